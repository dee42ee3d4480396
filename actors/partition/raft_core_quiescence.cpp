// The core's sleep; quiescence.hpp tells how it goes.
#include <algorithm>

#include "actors/partition/raft_core.hpp"

namespace kommander {

bool raft_core::is_asleep() const noexcept {
  if (const auto* self = std::get_if<leader>(&role_))
    return self->rest.asleep;
  const auto* self = std::get_if<follower>(&role_);
  return self != nullptr && self->asleep;
}

// -- falling asleep -----------------------------------------------------------------------------------------------

/// A peer that lags, or was not told that all is committed, would stay behind for ever.
bool raft_core::is_quiet(const leader& self) const {
  auto last = log_.last();
  auto all_done = commit_ == last && applied_ == last && durable_ == last && state_is_durable() && !group().is_joint();
  auto nobody_waits =
    proposals_.empty() && reads_.size() == 0 && self.peer_reads.empty() && !change_ && !transfer_ && !self.transferee;
  auto keeps_up = [&](const auto& x) {
    const auto& [id, peer] = x;
    return peer.match() == last && peer.mode() == replication_mode::replicate && peer.commit_sent >= last
           && peer.round_heard + unanswered_rounds_max >= self.round;
  };
  return all_done && nobody_waits && std::all_of(self.peers.begin(), self.peers.end(), keeps_up);
}

/// Called with each tick. True if the leader has nothing to do because it sleeps.
bool raft_core::rests(leader& self) {
  auto& rest = self.rest;
  if (!options_.quiescence || rest.asleep)
    return rest.asleep;
  if (!is_quiet(self)) {
    rest.quiet_since = now_;
    rest.wish_round = 0;
  } else if (rest.wish_round == 0 && now_ - rest.quiet_since >= options_.quiesce_after) {
    rest.wish_round = self.round + 1;
    fall_asleep_if_all_do(self);
  }
  return rest.asleep;
}

void raft_core::fall_asleep_if_all_do(leader& self) {
  auto sleeps = [&](const auto& x) { return x.second.round_slept >= self.rest.wish_round; };
  if (self.rest.wish_round != 0 && is_quiet(self) && std::all_of(self.peers.begin(), self.peers.end(), sleeps)) {
    self.rest.asleep = true;
    log_.evict(std::min(durable_, applied_), 0); // as a follower does when its answer is taken
  }
}

bool raft_core::wishes_sleep(std::uint64_t round) const noexcept {
  const auto* self = std::get_if<leader>(&role_);
  return self != nullptr && self->rest.wish_round != 0 && round >= self->rest.wish_round;
}

bool raft_core::may_sleep(const heartbeat& beat) const noexcept {
  auto last = log_.last();
  auto has_all = log_.last_position() == beat.commit && commit_ == last && durable_ == last && matched_ == last;
  auto nobody_waits = proposals_.empty() && reads_.size() == 0 && !transfer_;
  // What is imported may be newer than this heartbeat, which may be old: only its outcome tells what there is to sleep on.
  // What is not applied yet may have to be read again, which takes time.
  auto is_whole = applied_ == last && state_is_durable() && fence_.settled && !receiver_.is_importing();
  return beat.sleep && options_.quiescence && has_all && is_whole && nobody_waits;
}

// -- waking -------------------------------------------------------------------------------------------------------

void raft_core::wake() {
  if (!options_.quiescence)
    return;
  if (auto* self = std::get_if<leader>(&role_))
    wake_leader(*self);
  else if (is_asleep())
    wake_follower(std::get<follower>(role_));
}

void raft_core::wake_leader(leader& self) {
  auto slept = self.rest.asleep;
  self.rest = leader_rest{now_, 0, false};
  if (!slept)
    return;
  self.last_quorum_check = now_; // nobody is judged by the time in which nobody was asked
  for (auto& [id, peer] : self.peers)
    peer.recently_active = false;
  send_heartbeats(self);
}

void raft_core::wake_follower(follower& self) {
  self.asleep = false;
  self.last_contact = now_;
  disk_.leader_heard = now_; // as far as can be known
  self.election_timeout = draw_timeout();
  send(self.leader, heartbeat_reply{});
}

void raft_core::step(const peer_suspected_input& input) {
  if (!is_asleep())
    return;
  const auto* self = std::get_if<leader>(&role_);
  if (leader_id() == input.peer || (self != nullptr && self->peers.contains(input.peer)))
    wake();
}

/// What a message tells about the sleep, before anything else is done with it.
void raft_core::woken_by(const raft_message& message) {
  if (!options_.quiescence)
    return;
  const auto* request = std::get_if<vote_request>(&message.body);
  if (const auto* self = std::get_if<leader>(&role_)) {
    const auto* beat = std::get_if<heartbeat_reply>(&message.body);
    const auto* append = std::get_if<append_reply>(&message.body);
    // Until all sleep, answers to the rounds before the wish may still come; round zero is a call.
    auto awake = beat != nullptr && !beat->asleep && (self->rest.asleep || beat->round == 0);
    auto behind = append != nullptr && (append->rejected || self->rest.asleep);
    if (request != nullptr || awake || behind || std::holds_alternative<fence_request>(message.body)
        || std::holds_alternative<read_index_request>(message.body))
      wake();
    return;
  }
  if (!is_asleep())
    return;
  auto& self = std::get<follower>(role_);
  if (request != nullptr && message.from == self.leader && message.term > state_.current_term) {
    // The leader itself wants to be elected: it does not lead any more, and nobody else has to be asked about it.
    self = follower{node_id{}, now_, draw_timeout()};
    return;
  }
  // A candidate may have lost the leader for good; but it is denied as long as the leader may answer this call.
  auto is_chunk = std::holds_alternative<snapshot_chunk>(message.body);
  if (request != nullptr || (message.from == self.leader && (!is_from_leader(message) || is_chunk)))
    wake_follower(self);
}

// -- a node that cannot campaign ------------------------------------------------------------------------------------

/// Nobody would notice that it has restarted, since the others sleep.
bool raft_core::seeks_leader() const noexcept {
  const auto* self = std::get_if<follower>(&role_);
  return options_.quiescence && self != nullptr && takes_part() && !may_campaign();
}

void raft_core::seek_leader() {
  const auto* self = std::get_if<follower>(&role_);
  if (!seeks_leader() || now_ - self->last_contact < self->election_timeout)
    return;
  become_follower(state_.current_term, node_id{}); // it must not deny others for the sake of a leader that is gone
  for (auto voter : configurations_.voters_ever()) // a log that was cut may not name this node any more
    if (voter != options_.self)
      send(voter, heartbeat_reply{});
}

} // namespace kommander
