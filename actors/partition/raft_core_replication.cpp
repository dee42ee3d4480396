// The core's log replication: appends, acknowledgements, heartbeats and the commit rule.
#include "actors/partition/raft_core.hpp"

#include <algorithm>

namespace kommander {

bool leader::hears(const progress& peer) const noexcept {
  auto is_heard = peer.round_heard != 0 && peer.round_heard + unanswered_rounds_max >= round;
  auto answers = rest.asleep || (is_heard && !peer.fenced);
  return answers && peer.mode() == replication_mode::replicate;
}

// -- follower -----------------------------------------------------------------------------------------------------

void raft_core::on(const raft_message& message, const append_request& request) {
  if (!is_well_formed(message, request))
    return;
  heard_leader(message.from);
  if (has_failed() || receiver_.is_importing())
    return; // the log is about to be replaced
  // Design rule 2. What is committed here is in every leader's log, so below the commit index nothing can differ.
  if (!log_.matches(request.previous)) {
    if (request.previous.index > commit_) {
      reject_append(message.from, request.previous.index);
      return;
    }
    if (!expect(request.previous.index < log_.boundary().index, "a leader's log lacks a committed entry"))
      return;
  }
  if (refuses_entries(request)) {
    send(message.from, append_reply{true, request.previous.index, log_position{}, log_.last(), true});
    return;
  }
  take_entries(request);
  if (has_failed())
    return;
  auto last = request.previous.index + request.entries.size();
  matched_ = std::max(matched_, last);
  advance_commit(std::min(request.commit, last));
  acknowledge(true);
  settle_fence();
}

bool raft_core::is_well_formed(const raft_message& message, const append_request& request) {
  auto previous = request.previous;
  for (const auto& x : request.entries) {
    if (x.index != previous.index + 1 || x.term < previous.term || x.term > message.term)
      return false;
    if (x.kind == entry_kind::config && !decode_configuration(x.payload))
      return false;
    previous = {x.index, x.term};
  }
  return previous.term <= message.term;
}

void raft_core::reject_append(node_id to, log_index previous) {
  auto at = std::min(previous, log_.last());
  log_position conflict;
  if (at > log_.boundary().index)
    conflict = {log_.first_of_term_at(at), log_.term_at(at).value_or(raft_term{})};
  send(to, append_reply{true, previous, conflict, log_.last()});
}

void raft_core::take_entries(const append_request& request) {
  for (const auto& x : request.entries) {
    if (x.index <= log_.last()) {
      if (x.index <= log_.boundary().index || log_.matches({x.index, x.term}))
        continue;
      cut_log(x.index); // Raft paper, section 5.3
      if (has_failed())
        return;
    }
    append_entry(x);
  }
}

void raft_core::acknowledge(bool repeat) {
  const auto* self = std::get_if<follower>(&role_);
  if (self == nullptr || !self->leader)
    return;
  auto index = std::min(matched_, durable_); // never more than is on this disk
  if (index > acknowledged_ || (repeat && matched_ <= durable_)) {
    send(self->leader, append_reply{false, index, log_position{}, log_.last()});
    acknowledged_ = std::max(acknowledged_, index);
  }
}

void raft_core::on(const raft_message& message, const heartbeat& beat) {
  heard_leader(message.from);
  if (has_failed())
    return;
  if (log_.matches(beat.commit) && !receiver_.is_importing()) {
    matched_ = std::max(matched_, beat.commit.index);
    advance_commit(beat.commit.index);
  }
  if (auto* self = std::get_if<follower>(&role_); self != nullptr)
    self->asleep = may_sleep(beat);
  if (is_asleep())
    receiver_.close(); // of a leader that has been overtaken: there is nothing left to be brought
  send(message.from, heartbeat_reply{beat.round, is_asleep(), still_refuses(), !fence_.settled});
}

// -- leader -------------------------------------------------------------------------------------------------------

void raft_core::on(const raft_message& message, const append_reply& reply) {
  auto* self = std::get_if<leader>(&role_);
  if (self == nullptr)
    return;
  if (!self->peers.contains(message.from)) {
    tell_removed(message.from, reply);
    return;
  }
  auto& peer = self->peers.at(message.from);
  peer.recently_active = true;
  if (reply.saturated) {
    peer.pause();
    return;
  }
  if (reply.rejected) {
    if (peer.refused(reply.index, next_candidate(reply)))
      replicate_pending_ = true;
    return;
  }
  if (reply.index > log_.last())
    return; // nobody can hold more than this leader sent
  auto news = peer.accepted(reply.index);
  if (peer.next() <= log_.last())
    replicate_pending_ = true;
  if (!news)
    return;
  commit_by_majority(); // may end this leadership, or take the peer off
  if (self = std::get_if<leader>(&role_); self != nullptr)
    hand_over_if_caught_up(*self);
}

log_index raft_core::next_candidate(const append_reply& reply) const noexcept {
  auto limit = std::min(reply.index - 1, reply.last);
  if (!reply.conflict.index)
    return limit;
  // Skips a whole term a round trip (Raft paper, end of section 5.3).
  auto same_term = log_.last_not_above(limit, reply.conflict.term);
  return log_.term_at(same_term) == reply.conflict.term ? same_term : std::min(limit, reply.conflict.index - 1);
}

void raft_core::on(const raft_message& message, const heartbeat_reply& reply) {
  auto* self = std::get_if<leader>(&role_);
  if (self == nullptr || !self->peers.contains(message.from))
    return;
  auto& peer = self->peers.at(message.from);
  peer.recently_active = true;
  peer.heard_heartbeat();
  if (reply.round <= self->round && reply.round >= peer.round_heard) {
    peer.round_heard = reply.round;
    peer.fenced = reply.fenced;
  }
  if (reply.asleep && reply.round <= self->round)
    peer.round_slept = std::max(peer.round_slept, reply.round);
  fall_asleep_if_all_do(*self);
  confirm_reads();
  if (peer.mode() == replication_mode::snapshot) {
    tend_snapshot(message.from, peer);
    return;
  }
  reply.saturated ? peer.pause() : peer.resume();
  if (peer.match() >= log_.last() || peer.paused())
    return;
  replicate_pending_ = true;
  // A message lost at the end of the pipeline shows only when something follows it; so does where the logs meet if that is at
  // the end, as after a snapshot.
  auto previous = peer.next() - 1;
  auto term = log_.term_at(previous);
  if (term && (peer.mode() == replication_mode::replicate || previous == log_.last()))
    send(message.from, append_request{{previous, *term}, commit_, {}});
  else if (!term)
    peer.needs_snapshot(); // even if what is in flight arrives, nothing can follow it
}

void raft_core::commit_by_majority() {
  const auto* self = std::get_if<leader>(&role_);
  if (self == nullptr)
    return;
  auto match = [this, self](node_id voter) {
    return voter == options_.self ? durable_ : self->peers.at(voter).match();
  };
  auto reached = majority_index(group(), match);
  // Design rule 3: an older term's entry is committed only by one of this term above it (Raft paper, section 5.4.2).
  if (reached > commit_ && log_.term_at(reached) == state_.current_term)
    advance_commit(reached);
  confirm_reads();
  if (commit_ >= self->first_of_term && !has_failed())
    configuration_committed();
}

void raft_core::replicate() {
  for (auto& [id, peer] : std::get<leader>(role_).peers)
    replicate_to(id, peer);
}

void raft_core::replicate_to(node_id peer, progress& state) {
  while (state.may_send() && !state.reading && state.next() <= log_.last()) {
    auto entries = log_.slice(state.next(), log_.last(), options_.append_bytes_max);
    if (entries.empty())
      request_entries(peer, state);
    else if (!send_entries(peer, state, std::move(entries)))
      return;
  }
}

bool raft_core::send_entries(node_id peer, progress& state, std::vector<entry> entries) {
  auto previous = state.next() - 1;
  auto term = log_.term_at(previous);
  if (!term) {
    state.needs_snapshot();
    return false;
  }
  std::size_t weight = 0;
  for (const auto& x : entries)
    weight += x.weight();
  auto last = entries.back().index;
  state.sent(last, weight);
  state.commit_sent = std::max(state.commit_sent, std::min(commit_, last));
  send(peer, append_request{{previous, *term}, commit_, std::move(entries)});
  return true;
}

void raft_core::request_entries(node_id peer, progress& state) {
  if (state.next() <= log_.boundary().index) {
    state.needs_snapshot();
    return;
  }
  state.reading = true;
  ++reads_under_way_[peer];
  out_.reads.push_back({peer, state.next(), log_.first_in_memory() - 1, options_.append_bytes_max});
}

void raft_core::send_heartbeats(leader& self) {
  self.last_heartbeat = now_;
  ++self.round;
  for (auto& [id, peer] : self.peers) {
    if (std::exchange(peer.read_failed, false)) {
      peer.reading = false;
      replicate_pending_ = true;
    }
    send_heartbeat(id, peer, self.round);
  }
  cover_reads(self);
}

void raft_core::send_commit_notices(leader& self) {
  for (auto& [id, peer] : self.peers) {
    if (std::min(commit_, peer.match()) > peer.commit_sent)
      send_heartbeat(id, peer, self.round);
  }
}

void raft_core::send_heartbeat(node_id peer, progress& state, std::uint64_t round) {
  auto index = std::min(commit_, state.match());
  auto term = log_.term_at(index);
  state.commit_sent = std::max(state.commit_sent, index);
  send(peer, heartbeat{term ? log_position{index, *term} : log_position{}, round, wishes_sleep(round)});
}

void raft_core::hand_over_if_caught_up(leader& self) {
  if (!self.transferee || self.handed_over || !self.peers.contains(self.transferee)
      || self.peers.at(self.transferee).match() != log_.last())
    return;
  self.handed_over = true;
  send(self.transferee, timeout_now{});
}

} // namespace kommander
