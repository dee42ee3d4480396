#include "net/discovery/dns.hpp"

#include <algorithm>
#include <atomic>

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

class dns_work final : public discovery_work {
public:
  dns_work(dns_options options, resolver look_up, std::shared_ptr<contact_feed> feed,
           std::shared_ptr<std::atomic<std::uint64_t>> failures)
    : options_{std::move(options)},
      look_up_{std::move(look_up)},
      feed_{std::move(feed)},
      failures_{std::move(failures)} {
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
    if (!found.answered) {
      ++*failures_;
      return retry_delay(++failures_in_a_row_, options_.refresh);
    }
    failures_in_a_row_ = 0;
    std::vector<contact> all;
    for (auto& host : found.hosts)
      all.push_back({{}, {std::move(host), options_.port}});
    feed_->offer(std::move(all));
    return options_.refresh;
  }

  /// Once for each time that something is wrong.
  void note(const std::string& problem) {
    if (!problem.empty() && problem != noted_)
      network_log()->warn("discovery: {}", problem);
    noted_ = problem;
  }

  dns_options options_;
  resolver look_up_;
  std::shared_ptr<contact_feed> feed_;
  std::shared_ptr<std::atomic<std::uint64_t>> failures_;
  std::uint32_t failures_in_a_row_ = 0;
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
  dns_discovery_impl(dns_options options, resolver look_up)
    : options_{std::move(options)},
      look_up_{std::move(look_up)} {
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
    if (!feed_->open(std::move(context)))
      return started_before();
    stop_ = *stop;
    spawn_worker(system, std::make_shared<dns_work>(options_, look_up_, feed_, failures_), stop_);
    return done{};
  }

  void stop() override {
    feed_->close();
    if (stop_)
      stop_->raise();
  }

  discovery_counters counters() const override {
    discovery_counters x;
    x.failures = *failures_;
    return x;
  }

private:
  dns_options options_;
  resolver look_up_;
  std::shared_ptr<stop_signal> stop_;
  std::shared_ptr<contact_feed> feed_ = std::make_shared<contact_feed>();
  std::shared_ptr<std::atomic<std::uint64_t>> failures_ = std::make_shared<std::atomic<std::uint64_t>>(0);
};

} // namespace

namespace net {

discovery_ptr make_dns_discovery(dns_options options, resolver look_up) {
  return std::make_shared<dns_discovery_impl>(std::move(options), std::move(look_up));
}

std::chrono::milliseconds retry_delay(std::uint32_t failures, std::chrono::milliseconds refresh) {
  auto doubled = first_retry * (std::int64_t{1} << std::min<std::uint32_t>(std::max(failures, 1u) - 1, 20));
  return std::min(doubled, refresh);
}

} // namespace net

discovery_ptr dns_discovery(dns_options options) {
  return net::make_dns_discovery(std::move(options), net::resolve);
}

} // namespace kommander
