#include "actors/swim/link_watch_actor.hpp"

#include <memory>
#include <utility>

namespace kommander {

namespace {

class link_watch_impl final : public link_watch_actor::base {
public:
  link_watch_impl(caf::actor_config& config, std::map<node_id, peer_link> links, std::chrono::milliseconds interval,
                  caf::weak_actor_ptr listener)
    : link_watch_actor::base{config},
      links_{std::move(links)},
      interval_{interval},
      listener_{std::move(listener)} {
    // nop
  }

  const char* name() const override {
    return "kommander.link_watch";
  }

  behavior_type make_behavior() override {
    cafx::use_library_handlers(this);
    look();
    return {
      [this](const link_watch_tick&) { look(); },
    };
  }

  /// The timer keeps this object for a while, but no links.
  void on_exit() override {
    links_.clear();
  }

private:
  void look() {
    delayed_send(this, interval_, link_watch_tick{});
    for (const auto& [peer, link] : links_)
      request(link, caf::infinite, get_link_status{})
        .then([this, id = peer](const link_status& x) { learn(id, x.connected, x.connects); },
              [this, id = peer](const caf::error&) { learn(id, false, 0); });
  }

  void learn(node_id peer, bool connected, std::uint64_t connects) {
    auto& known = known_[peer];
    auto state = connected ? liveness::alive : liveness::suspect;
    if (known.node && known.state == state && connects <= known.incarnation)
      return;
    auto now = std::chrono::duration_cast<instant>(clock().now().time_since_epoch());
    known = {peer, state, std::max(connects, known.incarnation), now};
    tell();
  }

  void tell() {
    auto target = caf::actor_cast<caf::strong_actor_ptr>(listener_);
    if (!target || known_.size() < links_.size())
      return; // not all have answered yet
    auto view = std::make_shared<liveness_view>();
    view->version = ++version_;
    for (const auto& [peer, x] : known_)
      view->nodes.push_back(x);
    send(caf::actor_cast<liveness_listener>(target), liveness_changed{std::move(view)});
  }

  std::map<node_id, peer_link> links_;
  std::chrono::milliseconds interval_;
  caf::weak_actor_ptr listener_;
  std::map<node_id, node_liveness> known_;
  std::uint64_t version_ = 0;
};

} // namespace

link_watch_actor spawn_link_watch(caf::actor_system& system, std::map<node_id, peer_link> links,
                                  std::chrono::milliseconds interval, caf::weak_actor_ptr listener) {
  return system.spawn<link_watch_impl>(std::move(links), interval, std::move(listener));
}

} // namespace kommander
