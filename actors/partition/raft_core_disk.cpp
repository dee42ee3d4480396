// What the core does when its disk does not keep up.
//
// A node whose disk is stalled takes part and votes as its disk allows, but it is a bad leader: each commit waits for the
// others anyway, and its own writes only pile up. If it leads it hands over to the most complete voter that answers, and
// steps down where that fails within an election time-out. It does not campaign, nor take leadership from another one,
// until its disk keeps up; but if nobody leads for several election time-outs it does: when all disks are slow, a slow
// leader is better than none. Whoever was elected like this leads on, else leadership would go round in circles.
//
// A follower that has as much under way to its disk as it may refuses further entries and says so; so it needs no more
// memory the slower its disk is. Its leader sends it no entries until a reply to a heartbeat, which never stops, tells that
// there is room for half of that again. A partition with nothing under way takes entries even if the others of its
// node have used up what all may have together: no partition is starved by a busy one.
#include "actors/partition/raft_core.hpp"

#include <algorithm>

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

/// The disk keeps up again: a successor that was not told to campaign yet is not needed any more. One that was may still
/// come; `hand_over` waits for it.
void raft_core::keep_leading(leader& self) {
  if (self.hand_over_until == instant{0} || (self.transferee && self.handed_over))
    return;
  if (!transfer_)
    self.transferee = node_id{};
  self.hand_over_until = instant{0};
}

/// True if the leader has stepped down, since nobody took over in time.
bool raft_core::hand_over(leader& self) {
  if (self.hand_over_until == instant{0})
    return false;
  if (now_ >= self.hand_over_until && disk_.stalled) {
    become_follower(state_.current_term, node_id{});
    return true;
  }
  if (now_ >= self.hand_over_until) {
    self.hand_over_until = instant{0};
    if (!transfer_)
      self.transferee = node_id{}; // it does not come, its disk may be stalled, too
    return false;
  }
  if (!disk_.stalled || !is_ready() || transfer_ || self.transferee)
    return false; // not needed, not yet, or a transfer is under way already
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

// -- followers ----------------------------------------------------------------------------------------------------

void raft_core::step(const write_pressure_input& input) {
  disk_.node_full = input.full;
}

write_backlog raft_core::backlog() const noexcept {
  auto first = std::max(durable_, log_.boundary().index) + 1;
  write_backlog result;
  for (auto i = first; i <= log_.last(); ++i) {
    ++result.entries;
    if (const auto* x = log_.find(i)) // what is not durable is in memory
      result.bytes += x->weight();
  }
  return result;
}

/// True if at least one part in `parts` of what may be under way is.
bool raft_core::is_saturated(std::size_t parts) const noexcept {
  if (log_.last() <= std::max(durable_, log_.boundary().index))
    return false;
  auto now = backlog();
  return disk_.node_full || now.entries * parts >= options_.wal_queue_entries_max
         || now.bytes * parts >= options_.wal_queue_bytes_max;
}

/// Entries that are here already cost nothing, and are acknowledged as ever.
bool raft_core::refuses_entries(const append_request& request) {
  if (request.entries.empty() || !is_saturated(1))
    return false;
  const auto& last = request.entries.back();
  if (log_.matches({last.index, last.term}))
    return false;
  disk_.refused = true;
  return true;
}

/// For the reply to a heartbeat.
bool raft_core::still_refuses() {
  disk_.refused = disk_.refused && is_saturated(2);
  return disk_.refused;
}

} // namespace kommander
