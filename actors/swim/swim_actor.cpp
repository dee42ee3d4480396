#include "actors/swim/swim_actor.hpp"

#include <memory>
#include <optional>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/raft/log.hpp"

namespace kommander {

namespace {

/// Packets of peers that cannot be read are logged so often at most.
constexpr instant complaint_interval = std::chrono::seconds{10};

/// Higher in each life of a node, as long as its clock is not set back; if it is, the other nodes say so.
std::uint64_t wall_microseconds() {
  auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count());
}

class swim_impl final : public swim_actor::base {
public:
  swim_impl(caf::actor_config& config, swim_parts parts)
    : swim_actor::base{config},
      parts_{std::move(parts)},
      log_{component_logger("swim")},
      core_{with_clocks(parts_.options)} {
    core_.set_members(parts_.members, now());
  }

  const char* name() const override {
    return "kommander.swim";
  }

  behavior_type make_behavior() override {
    cafx::use_library_handlers(this);
    carry_out();
    delayed_send(this, parts_.options.tick_interval(), swim_tick{});
    return {
      [this](const heard_gossip& x) { on_gossip(x); },
      [this](const swim_members& x) { on_members(x); },
      [this](swim_roster& x) { on_roster(x); },
      [this](const swim_tick&) { on_tick(); },
    };
  }

  void on_exit() override {
    parts_ = swim_parts{};
  }

private:
  void on_gossip(const heard_gossip& x) {
    auto unreadable = core_.counters().unreadable;
    for (const auto& packet : x.packets)
      core_.step(x.from, packet, now());
    if (core_.counters().unreadable != unreadable)
      complain(x.from);
    carry_out();
  }

  void on_members(const swim_members& x) {
    core_.set_members(x.members, now());
    carry_out();
  }

  void on_roster(swim_roster& x) {
    auto size = x.content.size();
    if (!core_.set_roster(x.version, std::move(x.content)))
      log_->error("the roster has {} bytes: more than {} are not told to other nodes", size,
                  parts_.options.roster_bytes_max);
  }

  void on_tick() {
    delayed_send(this, parts_.options.tick_interval(), swim_tick{});
    core_.tick(now());
    carry_out();
  }

  void carry_out() {
    auto out = core_.take_output();
    for (auto& x : out.packets)
      if (auto link = parts_.link(x.to))
        cafx::send_urgent(this, link, link_send{{wrapped(std::move(x))}});
    if (!out.view && !out.roster)
      return;
    auto observer = caf::actor_cast<caf::strong_actor_ptr>(parts_.observer);
    if (!observer)
      return;
    auto owner = caf::actor_cast<swim_observer>(observer);
    if (out.view) {
      log_changes(*out.view);
      view_ = out.view;
      cafx::send_urgent(this, owner, liveness_changed{std::move(out.view)});
    }
    if (out.roster)
      send(owner, roster_heard{out.roster->version, std::move(out.roster->content)});
  }

  void log_changes(const liveness_view& view) {
    for (const auto& x : view.nodes) {
      const auto* before = view_ ? view_->find(x.node) : nullptr;
      if (x.state != (before != nullptr ? before->state : liveness::alive))
        log_->info("node {} is {}", x.node.value(), to_string(x.state));
    }
  }

  void complain(node_id from) {
    if (complained_ && now() - *complained_ < complaint_interval)
      return;
    complained_ = now();
    log_->warn("node {} has sent gossip that cannot be read; {} so far, of all nodes", from.value(),
               core_.counters().unreadable);
  }

  raft_message wrapped(swim_packet&& x) const {
    return {{}, parts_.options.self, x.to, {}, node_gossip{std::move(x.body)}};
  }

  swim_options with_clocks(swim_options x) {
    x.incarnation = wall_microseconds();
    x.now = now();
    return x;
  }

  instant now() {
    return std::chrono::duration_cast<instant>(clock().now().time_since_epoch());
  }

  swim_parts parts_;
  std::shared_ptr<spdlog::logger> log_;
  swim_core core_;
  liveness_view_ptr view_; ///< The last one.
  std::optional<instant> complained_;
};

} // namespace

swim_actor spawn_swim(caf::actor_system& system, swim_parts parts) {
  return system.spawn<swim_impl>(std::move(parts));
}

} // namespace kommander
