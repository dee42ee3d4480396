#include "actors/raft/status_feed_actor.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace kommander {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds interval_min{10};
constexpr milliseconds interval_max{std::chrono::hours{24}};

struct subscriber {
  status_listener listener;
  milliseconds interval{0};
  caf::actor_clock::time_point due;
  bool waits = false; ///< Has not answered yet.
};

class status_feed_impl final : public status_feed::base {
public:
  status_feed_impl(caf::actor_config& config, caf::weak_actor_ptr node)
    : status_feed::base{config},
      node_{std::move(node)} {
    // nop
  }

  const char* name() const override {
    return "kommander.status_feed";
  }

  behavior_type make_behavior() override {
    cafx::use_library_handlers(this);
    set_down_handler([this](const caf::down_msg& x) {
      std::erase_if(subscribers_, [&](const subscriber& y) { return y.listener.address() == x.source; });
    });
    return {
      [this](const subscribe_status& x) { add(x); },
      [this](const unsubscribe_status& x) { remove(x.listener); },
      [this](const feed_tick&) {
        ticks_ = false;
        look();
      },
    };
  }

  /// The timer keeps this object for a while, but nobody who listened.
  void on_exit() override {
    subscribers_.clear();
  }

private:
  void add(const subscribe_status& x) {
    if (!x.listener || find(x.listener) != subscribers_.end())
      return;
    monitor(x.listener);
    subscribers_.push_back({x.listener, std::clamp(x.interval, interval_min, interval_max), clock().now()});
    look();
  }

  void remove(const status_listener& x) {
    auto found = find(x);
    if (found == subscribers_.end())
      return;
    subscribers_.erase(found);
    demonitor(x.address());
  }

  std::vector<subscriber>::iterator find(const status_listener& x) {
    return std::ranges::find(subscribers_, x, &subscriber::listener);
  }

  bool is_due(const subscriber& x) {
    return !x.waits && x.due <= clock().now();
  }

  /// One question serves all whose turn it is.
  void look() {
    if (subscribers_.empty())
      return;
    arm();
    auto node = caf::actor_cast<caf::strong_actor_ptr>(node_);
    if (asks_ || !node || std::ranges::none_of(subscribers_, [this](const auto& x) { return is_due(x); }))
      return;
    asks_ = true;
    request(caf::actor_cast<raft_actor>(node), caf::infinite, get_status{})
      .then([this](const node_status& x) { tell(x); }, [this](const caf::error&) { asks_ = false; });
  }

  void tell(const node_status& x) {
    asks_ = false;
    for (auto& each : subscribers_) {
      if (!is_due(each))
        continue;
      each.waits = true;
      each.due = clock().now() + each.interval;
      auto answered = [this, who = each.listener.address()] {
        for (auto& y : subscribers_)
          if (y.listener.address() == who)
            y.waits = false;
      };
      request(each.listener, caf::infinite, status_changed{x})
        .then([=](const status_seen&) { answered(); }, [=](const caf::error&) { answered(); });
    }
  }

  /// One timer for all, at the pace of the fastest.
  void arm() {
    if (std::exchange(ticks_, true))
      return;
    delayed_send(this, std::ranges::min(subscribers_, {}, &subscriber::interval).interval, feed_tick{});
  }

  caf::weak_actor_ptr node_;
  std::vector<subscriber> subscribers_;
  bool ticks_ = false;
  bool asks_ = false;
};

} // namespace

status_feed spawn_status_feed(caf::actor_system& system, caf::weak_actor_ptr node) {
  return system.spawn<status_feed_impl>(std::move(node));
}

} // namespace kommander
