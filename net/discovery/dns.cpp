#include "net/discovery/dns.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

#include "net/discovery/feed.hpp"
#include "net/discovery/worker.hpp"
#include "net/log.hpp"

namespace kommander {

namespace {

using namespace net;

constexpr std::chrono::milliseconds refresh_min{50};
constexpr std::chrono::hours refresh_max{24};
constexpr std::chrono::milliseconds first_retry{1000};
constexpr std::size_t name_bytes_max = 253; ///< RFC 1035, as text.

/// The contacts that a name's addresses make, with the ids that have been told. Functions may be called from any thread.
class dns_contacts {
public:
  explicit dns_contacts(contact_feed& feed) : feed_{feed} {
    // nop
  }

  /// These are the addresses now; what was told of those that stay is kept. Returns those that have told nothing.
  std::vector<endpoint> set(const std::vector<endpoint>& addresses) {
    std::lock_guard guard{mutex_};
    std::map<endpoint, node_id> next;
    std::vector<endpoint> unknown;
    for (const auto& x : addresses) {
      auto known = ids_.find(x);
      auto id = next.emplace(x, known != ids_.end() ? known->second : node_id{}).first->second;
      if (!id)
        unknown.push_back(x);
    }
    ids_ = std::move(next);
    offer();
    return unknown;
  }

  void tell(const endpoint& where, node_id id) {
    std::lock_guard guard{mutex_};
    auto known = ids_.find(where);
    if (!id || known == ids_.end())
      return;
    known->second = id;
    offer();
  }

private:
  void offer() {
    std::vector<contact> all;
    for (const auto& [where, id] : ids_)
      all.push_back({id, where});
    feed_.offer(std::move(all));
  }

  contact_feed& feed_;
  std::mutex mutex_; ///< Held while contacts are offered, so that the latest are offered last.
  std::map<endpoint, node_id> ids_;
};

/// What the thread, those who answer and the discovery share.
struct dns_state {
  contact_feed feed;
  dns_contacts contacts{feed};
  std::atomic<std::uint64_t> failures{0};
};

class dns_work final : public discovery_work {
public:
  dns_work(dns_options options, endpoint self, resolver look_up, identifier identify, std::shared_ptr<dns_state> state)
    : options_{std::move(options)},
      self_{std::move(self)},
      look_up_{std::move(look_up)},
      identify_{std::move(identify)},
      state_{std::move(state)} {
    // nop
  }

  void run(const stop_signal& stop) override {
    while (!stop.wait(look_up_once()))
      ;
  }

private:
  /// Returns how long to wait before the next time.
  std::chrono::milliseconds look_up_once() {
    auto found = look_up_(options_.name);
    if (found.answered && found.hosts.size() > contacts_max)
      found.problem = "'" + options_.name + "' has " + std::to_string(found.hosts.size()) + " addresses, of which "
                      + std::to_string(contacts_max) + " are taken";
    note(found.problem);
    if (!found.answered)
      ++state_->failures;
    if (!found.answered || !take(std::move(found.hosts)))
      return retry_delay(++trouble_in_a_row_, options_.refresh);
    trouble_in_a_row_ = 0;
    return options_.refresh;
  }

  /// True if nobody had to be asked.
  bool take(std::vector<std::string> hosts) {
    std::vector<endpoint> addresses;
    for (auto& host : hosts)
      addresses.push_back({std::move(host), options_.port});
    std::erase(addresses, self_);
    auto unknown = state_->contacts.set(addresses);
    if (!identify_ || unknown.empty())
      return true;
    unknown.resize(std::min(unknown.size(), contacts_max));
    for (const auto& x : unknown)
      identify_(x, [state = state_, x](node_id id) { state->contacts.tell(x, id); });
    return false;
  }

  /// Once for each time that something is wrong.
  void note(const std::string& problem) {
    if (!problem.empty() && problem != noted_)
      network_log()->warn("discovery: {}", problem);
    noted_ = problem;
  }

  dns_options options_;
  endpoint self_;
  resolver look_up_;
  identifier identify_;
  std::shared_ptr<dns_state> state_;
  std::uint32_t trouble_in_a_row_ = 0; ///< Look-ups that failed, or found addresses that have not said who they are.
  std::string noted_;
};

failure wrong(const std::string& name, const std::string& value, const std::string& rule) {
  return {status::invalid_argument, "dns_options." + name + " is " + value + ", but must be " + rule};
}

result<done> check(const dns_options& x) {
  if (x.name.empty() || x.name.size() > name_bytes_max || x.name.find('\0') != std::string::npos)
    return wrong("name", "'" + x.name + "'", "a host name of 1 to 253 characters");
  if (x.port == 0)
    return wrong("port", "0", "1 to 65535");
  if (x.refresh < refresh_min || x.refresh > refresh_max)
    return wrong("refresh", std::to_string(x.refresh.count()) + " ms", "50 ms to 24 h");
  return done{};
}

class dns_discovery_impl final : public discovery {
public:
  dns_discovery_impl(dns_options options, resolver look_up, identifier identify)
    : options_{std::move(options)},
      look_up_{std::move(look_up)},
      identify_{std::move(identify)} {
    // nop
  }

  ~dns_discovery_impl() override {
    dns_discovery_impl::stop();
  }

  result<done> start(caf::actor_system& system, discovery_context context) override {
    if (stop_)
      return started_before();
    if (auto good = check(options_); !good)
      return good.error();
    auto stop = stop_signal::make();
    if (!stop)
      return stop.error();
    auto self = context.self.address;
    if (!state_->feed.open(std::move(context)))
      return started_before();
    stop_ = *stop;
    spawn_worker(system, std::make_shared<dns_work>(options_, self, look_up_, std::move(identify_), state_), stop_);
    return done{};
  }

  void stop() override {
    state_->feed.close();
    if (stop_)
      stop_->raise();
  }

  discovery_counters counters() const override {
    discovery_counters x;
    x.failures = state_->failures;
    return x;
  }

private:
  dns_options options_;
  resolver look_up_;
  identifier identify_;
  std::shared_ptr<stop_signal> stop_;
  std::shared_ptr<dns_state> state_ = std::make_shared<dns_state>();
};

} // namespace

namespace net {

discovery_ptr make_dns_discovery(dns_options options, resolver look_up, identifier identify) {
  return std::make_shared<dns_discovery_impl>(std::move(options), std::move(look_up), std::move(identify));
}

std::chrono::milliseconds retry_delay(std::uint32_t failures, std::chrono::milliseconds refresh) {
  auto doubled = first_retry * (std::int64_t{1} << std::min<std::uint32_t>(std::max(failures, 1u) - 1, 20));
  return std::min(doubled, refresh);
}

} // namespace net

discovery_ptr dns_discovery(dns_options options, transport_ptr net) {
  net::identifier identify;
  if (net)
    identify = [net](const endpoint& where, std::function<void(node_id)> told) {
      net->identify(where, std::move(told));
    };
  return net::make_dns_discovery(std::move(options), net::resolve, std::move(identify));
}

} // namespace kommander
