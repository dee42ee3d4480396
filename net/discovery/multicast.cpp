// Discovery by UDP multicast: the settings, and the thread between socket and core.
#include <atomic>
#include <random>

#include "net/discovery/feed.hpp"
#include "net/discovery/multicast_core.hpp"
#include "net/discovery/multicast_socket.hpp"
#include "net/discovery/worker.hpp"
#include "net/log.hpp"

namespace kommander {

namespace {

using namespace net;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds interval_min{50};
constexpr std::chrono::hours interval_max{1};
constexpr std::chrono::seconds log_interval{30};
constexpr std::size_t key_bytes_max = 1024;

/// So many packets are read before it is time to look whether something else is due.
constexpr int packets_at_once_max = 64;

instant now() {
  return std::chrono::duration_cast<instant>(steady_clock::now().time_since_epoch());
}

/// A line in a while, whatever comes.
class rare_log {
public:
  template <class... Ts>
  void warn(const char* format, const Ts&... xs) {
    auto time = steady_clock::now();
    if (last_ && time - *last_ < log_interval)
      return;
    last_ = time;
    network_log()->warn(fmt::runtime(format), xs...);
  }

private:
  std::optional<steady_clock::time_point> last_;
};

struct shared_counters {
  std::atomic<std::uint64_t> packets{0}, malformed{0}, foreign{0}, failures{0};
};

struct multicast_settings {
  multicast_options options;
  discovery_context context;
};

announcement own_announcement(const node_info& self) {
  announcement x;
  x.node = self.id;
  x.address = self.address;
  if (x.address.host == "0.0.0.0")
    x.address.host.clear(); // where the packet comes from
  else if (x.address.host == "localhost")
    x.address.host = "127.0.0.1";
  return x;
}

multicast_rules rules_of(const multicast_options& options) {
  return {options.interval, options.forget_after, contacts_max};
}

class multicast_work final : public discovery_work {
public:
  multicast_work(const multicast_settings& settings, std::unique_ptr<multicast_socket> socket,
                 std::shared_ptr<contact_feed> feed, std::shared_ptr<shared_counters> counters)
    : key_{make_packet_key(settings.context.cluster_id, settings.options.key)},
      loopback_only_{is_loopback(settings.context.self.address.host)},
      socket_{std::move(socket)},
      feed_{std::move(feed)},
      counters_{std::move(counters)},
      core_{make_core(settings)} {
    // nop
  }

  void run(const stop_signal& stop) override {
    do {
      core_.tick(now());
      carry_out();
      auto rest = std::max(core_.due() - now(), instant{0});
      if (stop.wait(std::min(rest, interval_), socket_->descriptor()))
        return;
      read_packets();
    } while (true);
  }

private:
  multicast_core make_core(const multicast_settings& settings) {
    std::random_device random;
    auto instance = (std::uint64_t{random()} << 32) | random();
    auto mine = own_announcement(settings.context.self);
    interval_ = settings.options.interval;
    return {{mine.node, mine.address}, instance, rules_of(settings.options), std::minstd_rand{random()}};
  }

  void read_packets() {
    for (auto n = 0; n < packets_at_once_max; ++n) {
      auto packet = socket_->receive();
      if (!packet)
        return;
      ++counters_->packets;
      auto content = decode_packet(packet->content, key_);
      if (auto* refusal = std::get_if<packet_refusal>(&content))
        refuse(*refusal, packet->source);
      else
        take(std::get<announcement>(content), *packet);
    }
  }

  void take(const announcement& x, const received_packet& packet) {
    // Sent by the loopback interface only; one from elsewhere would lead to a node of this machine.
    if (is_loopback(x.address.host) && !packet.by_loopback)
      return refuse(packet_refusal::malformed, packet.source);
    core_.hear(x, packet.source, now());
  }

  void refuse(packet_refusal why, const std::string& source) {
    ++(why == packet_refusal::foreign ? counters_->foreign : counters_->malformed);
    if (why == packet_refusal::other_version)
      version_log_.warn("discovery: {} sends packets of another version of this library", source);
    else if (why == packet_refusal::malformed)
      malformed_log_.warn("discovery: {} sends packets that are not ours, or damaged", source);
    else // two clusters in one network are nothing strange; a wrong key is
      foreign_log_.warn("discovery: nodes of another cluster, or with another key, are at {}", source);
  }

  void carry_out() {
    auto output = core_.take_output();
    if (output.twin)
      twin_log_.warn("discovery: another node with the id of this one is at {}", *output.twin);
    if (output.changed)
      tell();
    if (!output.send)
      return;
    socket_->refresh();
    auto problem = socket_->send(encode_packet(*output.send, key_), loopback_only_);
    if (problem.empty())
      return;
    ++counters_->failures;
    send_log_.warn("discovery cannot send: {}", problem);
  }

  void tell() {
    std::vector<contact> all;
    for (const auto& x : core_.known())
      all.push_back({x.node, x.address});
    feed_->offer(std::move(all));
  }

  std::string key_;
  bool loopback_only_;
  std::unique_ptr<multicast_socket> socket_;
  std::shared_ptr<contact_feed> feed_;
  std::shared_ptr<shared_counters> counters_;
  instant interval_{0};
  multicast_core core_;
  rare_log version_log_, malformed_log_, foreign_log_, twin_log_, send_log_;
};

failure wrong(const std::string& name, const std::string& value, const std::string& rule) {
  return {status::invalid_argument, "multicast_options." + name + " is " + value + ", but must be " + rule};
}

/// What the operating system does not check.
result<done> check(const multicast_settings& x) {
  const auto& [options, context] = x;
  if (options.interval < interval_min || options.interval > interval_max)
    return wrong("interval", std::to_string(options.interval.count()) + " ms", "50 ms to 1 h");
  if (options.forget_after < 2 || options.forget_after > 1000)
    return wrong("forget_after", std::to_string(options.forget_after), "2 to 1000 intervals");
  if (options.hops < 1 || options.hops > 255)
    return wrong("hops", std::to_string(options.hops), "1 to 255");
  if (options.port == 0)
    return wrong("port", "0", "1 to 65535");
  if (options.key.size() > key_bytes_max)
    return wrong("key", "of " + std::to_string(options.key.size()) + " bytes", "of up to 1024");
  const auto& host = context.self.address.host;
  if (!context.self.id || context.self.address.port == 0 || host.size() > packet_host_bytes_max)
    return failure{status::invalid_argument, "node " + to_string(context.self.id) + " at "
                                               + to_string(context.self.address)
                                               + " cannot be announced: it needs an id, a host of up to 255 bytes and "
                                                 "a port"};
  if (host == "::")
    return failure{
      status::invalid_argument,
      "a node that listens at :: cannot be announced: packets are IPv4, and it takes IPv6 only; let it listen "
      "at an address of its own, or at 0.0.0.0"};
  auto all = list_interfaces();
  auto named = std::ranges::find(all, options.interface, &network_interface::name);
  if (is_loopback(host) && named != all.end() && !named->is_loopback)
    return wrong("interface", "'" + options.interface + "'",
                 "a loopback interface or empty for a node at " + host + ", which only its own machine reaches");
  return done{};
}

class multicast_discovery_impl final : public discovery {
public:
  explicit multicast_discovery_impl(multicast_options options) : options_{std::move(options)} {
    // nop
  }

  ~multicast_discovery_impl() override {
    multicast_discovery_impl::stop();
  }

  result<done> start(caf::actor_system& system, discovery_context context) override {
    if (stop_)
      return started_before();
    multicast_settings settings{options_, context};
    if (auto good = check(settings); !good)
      return good.error();
    auto socket = multicast_socket::open(options_);
    if (!socket)
      return socket.error();
    auto stop = stop_signal::make();
    if (!stop)
      return stop.error();
    if (!feed_->open(std::move(context)))
      return started_before();
    stop_ = *stop;
    spawn_worker(system, std::make_shared<multicast_work>(settings, std::move(*socket), feed_, counters_), stop_);
    return done{};
  }

  void stop() override {
    feed_->close();
    if (stop_)
      stop_->raise();
  }

  discovery_counters counters() const override {
    return {counters_->packets, counters_->malformed, counters_->foreign, counters_->failures};
  }

private:
  multicast_options options_;
  std::shared_ptr<stop_signal> stop_;
  std::shared_ptr<contact_feed> feed_ = std::make_shared<contact_feed>();
  std::shared_ptr<shared_counters> counters_ = std::make_shared<shared_counters>();
};

} // namespace

discovery_ptr multicast_discovery(multicast_options options) {
  return std::make_shared<multicast_discovery_impl>(std::move(options));
}

} // namespace kommander
