// What the core does when its disk does not keep up.
//
// A node whose disk is stalled takes part and votes as its disk allows, but it is a bad leader: each commit waits for the
// others anyway, and its own writes only pile up. If it leads it hands over to the most complete voter that answers, and
// steps down where that fails within an election time-out. It does not campaign, nor take leadership from another one,
// until its disk keeps up; but if nobody leads for several election time-outs it does: when all disks are slow, a slow
// leader is better than none. Whoever was elected like this leads on, else leadership would go round in circles.
#include "actors/partition/raft_core.hpp"

namespace kommander {

namespace {

/// Without a leader for so many longest election time-outs, a node with a stalled disk campaigns after all.
constexpr int patience_timeouts = 4;

} // namespace

void raft_core::step(const disk_input& input) {
  if (has_failed() || disk_.stalled == input.stalled)
    return;
  disk_.stalled = input.stalled;
  disk_.leader_heard = now_;
  auto* self = std::get_if<leader>(&role_);
  if (self == nullptr) {
    if (input.stalled && !std::holds_alternative<follower>(role_))
      become_follower(state_.current_term, node_id{}); // a candidacy of before the stall must not win now
    return;
  }
  if (!input.stalled) {
    keep_leading(*self);
  } else if (!group().is_only_voter(options_.self)) {
    wake();
    self->hand_over_until = now_ + options_.election_timeout_max;
    hand_over(*self);
  }
}

/// The disk keeps up again: a successor that was not told to campaign yet is not needed any more.
void raft_core::keep_leading(leader& self) {
  if (self.hand_over_until > instant{0} && !transfer_ && !self.handed_over)
    self.transferee = node_id{};
  self.hand_over_until = instant{0};
}

/// True if the leader has stepped down, since nobody took over in time.
bool raft_core::hand_over(leader& self) {
  if (self.hand_over_until == instant{0})
    return false;
  if (now_ >= self.hand_over_until) {
    become_follower(state_.current_term, node_id{});
    return true;
  }
  if (!is_ready() || transfer_ || self.transferee)
    return false; // not yet, or a transfer is under way already
  self.transferee = most_complete_voter(self);
  self.handed_over = false;
  replicate_pending_ = true;
  hand_over_if_caught_up(self);
  return false;
}

/// Before this time a node whose disk is stalled does not campaign.
instant raft_core::patience_ends() const noexcept {
  return disk_.stalled ? disk_.leader_heard + patience_timeouts * options_.election_timeout_max : instant::min();
}

} // namespace kommander
