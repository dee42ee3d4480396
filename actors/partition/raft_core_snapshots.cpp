// The core's snapshots: a peer that needs entries below the first one kept gets the state machine's state instead, and a
// log that goes on after the last entry that this state includes (thesis, chapter 5). Sessions are in snapshot_sender.hpp
// and snapshot_receiver.hpp; here is what they mean for the log.
//
// The receiver's state machine takes over the state first, atomically and durably; then the log's new boundary, its
// configuration and the commit index follow in a numbered write, and only when that is durable the leader is told. A crash
// between the two leaves a state machine that is ahead of its log. This does no harm:
//  - what it has taken over is committed, so the entries at and below `applied_` need not be delivered again, and are not;
//  - nothing was acknowledged for it, so the node speaks and votes for the log that it has. The commit index is that
//    log's, below `applied_`: entries between the two may still be cut off, if they are another leader's. Only when the
//    commit index has come past `applied_` delivery goes on;
//  - it leads only with a log that holds everything committed (Raft paper, section 5.4.1), which `applied_` is part of;
//  - it is brought up to date by entries, or by a snapshot again: one at or below `applied_` is not imported, and only its
//    boundary is taken over.
//
// From the moment the last chunk is handed out, the import can happen at any time. Until its outcome is known the core applies
// nothing, takes no entries and does not campaign. What is imported is committed, whoever leads by then.
#include <algorithm>

#include "actors/partition/raft_core.hpp"

namespace kommander {

// -- compaction ---------------------------------------------------------------------------------------------------

void raft_core::step(const compact_input& input) {
  if (has_failed() || receiver_.is_importing())
    return;
  // A peer that is being sent a snapshot needs the entries after it next.
  auto index = sender_.lowest_position(std::min({input.index, applied_, commit_, durable_}));
  while (index > log_.boundary().index && log_.splits_proposal(index))
    index = index - 1;
  auto term = log_.term_at(index);
  if (index <= log_.boundary().index || !expect(term.has_value(), "what is to be compacted is not in the log"))
    return;
  log_.compact(index);
  out_.compact = {index, *term};
}

// -- leader -------------------------------------------------------------------------------------------------------

/// The peer lives, and needs a snapshot.
void raft_core::tend_snapshot(node_id id, progress& peer) {
  if (peer.match() >= log_.boundary().index) {
    sender_.close(id); // what it has acknowledged meanwhile goes as far as the entries kept
    peer.installed(peer.match());
    replicate_pending_ = true;
  } else if (const auto* chunk = sender_.unanswered(id)) {
    send(id, *chunk); // it, or its answer, may be lost
  } else if (auto read = sender_.open(id, now_)) {
    out_.snapshot_reads.push_back(*read);
  }
  note_closed();
}

void raft_core::step(snapshot_chunk_input input) {
  const auto* self = std::get_if<leader>(&role_);
  if (self == nullptr || !sender_.expects(input))
    return; // of a session that is over
  auto term = log_.term_at(input.index);
  auto is_allowed = input.index && input.index <= std::min(applied_, commit_) && !log_.splits_proposal(input.index);
  if (!needs_snapshot(input.peer) || input.index < log_.boundary().index) {
    sender_.close(input.peer); // nothing to be sent, or compacted away while it was read: the next one is newer
  } else if (!term || !is_allowed || !sender_.fits(input)) {
    sender_.fail(input.peer, now_);
  } else {
    auto at = configurations_.index_at(input.index);
    // The term is that of the entry: the receiver's log goes on after it, and is compared by it.
    snapshot_sender::head about{{input.index, *term}, at, at ? encode(configurations_.at(input.index)) : bytes{}};
    auto peer = input.peer;
    send(peer, sender_.take(std::move(input), about, now_));
  }
  note_closed();
}

void raft_core::step(const snapshot_unavailable_input& input) {
  if (has_failed() || sender_.session_of(input.peer) != input.session || input.session == 0)
    return;
  sender_.fail(input.peer, now_);
  note_closed();
}

void raft_core::on(const raft_message& message, const snapshot_reply& reply) {
  auto* self = std::get_if<leader>(&role_);
  if (self == nullptr || !self->peers.contains(message.from))
    return;
  auto& peer = self->peers.at(message.from);
  peer.recently_active = true;
  if (peer.mode() != replication_mode::snapshot)
    return;
  auto is_of_session = reply.session != 0 && sender_.session_of(message.from) == reply.session;
  if (reply.answer == snapshot_answer::wants) {
    if (auto read = sender_.wanted(message.from, reply.session, reply.offset, now_))
      out_.snapshot_reads.push_back(*read);
  } else if (reply.answer == snapshot_answer::refused) {
    if (is_of_session)
      sender_.fail(message.from, now_);
  } else if (reply.index >= log_.boundary().index && reply.index <= log_.last()) {
    // Of an earlier session, too: it is true, and claims no match. Without this step snapshots would follow each other.
    sender_.close(message.from);
    peer.installed(reply.index);
    replicate_pending_ = true;
  } else if (is_of_session) {
    sender_.close(message.from);
  }
  note_closed();
}

bool raft_core::needs_snapshot(node_id peer) const noexcept {
  const auto* self = std::get_if<leader>(&role_);
  auto i = self != nullptr ? self->peers.find(peer) : progress_map::const_iterator{};
  return self != nullptr && i != self->peers.end() && i->second.mode() == replication_mode::snapshot;
}

const snapshot_sender& raft_core::snapshots_sent() const noexcept {
  return sender_;
}

// -- follower -----------------------------------------------------------------------------------------------------

void raft_core::on(const raft_message& message, const snapshot_chunk& chunk) {
  if (!is_well_formed(message, chunk))
    return;
  heard_leader(message.from);
  if (has_failed() || receiver_.is_importing())
    return;
  if (commit_ >= chunk.position.index) {
    receiver_.close();
    if (durable_ >= chunk.position.index)
      answer_chunk({chunk.session, snapshot_answer::installed, 0, chunk.position.index});
  } else if (applied_ >= chunk.position.index) {
    receiver_.close(); // the state machine was ahead of its log
    if (!snapshot_receiver::begins_well(chunk)) {
      answer_chunk({chunk.session, snapshot_answer::wants, 0, {}});
      note_closed();
      return;
    }
    installed_ = snapshot_reply{chunk.session, snapshot_answer::installed, 0, chunk.position.index};
    install({chunk.position, false, chunk.configuration_index, chunk.configuration});
  } else {
    auto decision = receiver_.take(message.from, chunk, now_);
    if (decision.write)
      out_.snapshot_writes.push_back(std::move(*decision.write));
    if (decision.reply)
      answer_chunk(*decision.reply);
  }
  note_closed();
}

bool raft_core::is_well_formed(const raft_message& message, const snapshot_chunk& chunk) {
  auto at = chunk.configuration_index;
  return chunk.position.index && chunk.position.term <= message.term && at <= chunk.position.index
         && (at ? decode_configuration(chunk.configuration).has_value() : chunk.configuration.empty());
}

void raft_core::answer_chunk(const snapshot_reply& reply) {
  const auto* self = std::get_if<follower>(&role_);
  if (self != nullptr && self->leader)
    send(self->leader, reply);
}

void raft_core::step(const snapshot_stored_input& input) {
  if (has_failed())
    return;
  if (auto reply = receiver_.stored(input, now_))
    answer_chunk(*reply);
}

void raft_core::step(const snapshot_imported_input& input) {
  if (has_failed() || receiver_.number() != input.session || input.session == 0)
    return;
  auto boundary = *receiver_.boundary();
  if (!expect(!input.ok || receiver_.is_importing(), "a snapshot was imported that is not complete"))
    return;
  auto reply = receiver_.finish(input.ok);
  if (!input.ok) {
    answer_chunk(reply);
    return;
  }
  installed_ = reply;
  install(std::move(boundary));
}

void raft_core::step(const machine_holds_input& input) {
  machine_holds_ = std::max(machine_holds_, input.index);
  commit_held();
}

/// Only a leader's log is known to hold what is committed (see the head of this file). It may need this to export a state, since
/// the library's own part of it has to come as far as the state machine, and others may need the state to commit anything.
void raft_core::commit_held() {
  if (const auto* self = std::get_if<leader>(&role_))
    advance_commit(std::min(machine_holds_, self->first_of_term - 1));
}

/// The state machine holds everything up to the boundary, durably: the log follows.
void raft_core::install(snapshot_boundary boundary) {
  auto at = boundary.position;
  if (!expect(!is_leader() && at.index > commit_, "a snapshot was imported that brings nothing"))
    return;
  auto group = boundary.configuration_index ? decode_configuration(boundary.configuration) : std::nullopt;
  applied_ = std::max(applied_, at.index);
  apply_sent_ = std::max(apply_sent_, at.index);
  answer_applied(); // while the log still tells which entries these are
  // What follows the very entry belongs to this log and may be counted on. Nothing that was not handed out for writing is.
  boundary.keeps_tail = log_.matches(at) && at.index <= taken_;
  if (boundary.keeps_tail) {
    log_.compact(at.index);
  } else {
    log_.reset(at);
    configurations_.reset(boundary.configuration_index, group.value_or(group_configuration{}));
    out_.append.clear();
    out_.truncate_from = log_index{};
    taken_ = at.index;
    durable_ = log_index{}; // what is durable is of the old log, until the boundary is
    for (auto& write : writes_)
      write.last = log_index{};
  }
  commit_ = at.index;
  matched_ = std::max(matched_, at.index);
  out_.install = std::move(boundary);
  answer_reads();
}

/// What the leader is told must be true after a crash, too.
void raft_core::tell_installed() {
  if (!installed_ || durable_ < installed_->index || out_.install)
    return;
  answer_chunk(*installed_);
  installed_.reset();
}

// -- sessions -----------------------------------------------------------------------------------------------------

void raft_core::tick_snapshots() {
  for (auto peer : sender_.peers())
    if (!needs_snapshot(peer))
      sender_.close(peer); // removed, or probed again
  sender_.expire(now_);
  receiver_.expire(now_);
  note_closed();
}

/// The leader of the sessions is not the leader any more, or not known to be.
void raft_core::end_snapshots() {
  sender_.close_all();
  if (!receiver_.is_importing())
    receiver_.close();
  note_closed();
}

void raft_core::note_closed() {
  for (auto& x : sender_.take_closed())
    out_.snapshot_closed.push_back(x);
  if (auto x = receiver_.take_closed())
    out_.snapshot_closed.push_back(*x);
}

} // namespace kommander
