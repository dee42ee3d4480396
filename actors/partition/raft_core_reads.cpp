// The core's linearizable reads: read-index on the leader, and on followers through it (thesis, section 6.4; design
// rule 10). Nothing here trusts a clock: a read is answered only after a quorum has answered, in this term, a round of
// heartbeats that began after the read arrived. However long a process was paused in between, nobody else can have
// committed anything before that round.
#include <algorithm>

#include "actors/partition/raft_core.hpp"

namespace kommander {

void raft_core::step(const read_input& input) {
  if (has_failed())
    answer(input.id, status::errored);
  else if (input.policy == read_policy::local)
    out_.replies.push_back({input.id, status::success, applied_, {}});
  else if (input.policy == read_policy::leader && !is_leader())
    answer(input.id, status::node_is_not_leader);
  else if (reads_.size() >= options_.waiting_reads_max)
    answer(input.id, status::proposal_queue_full);
  else
    reads_.add(input.id, input.policy, now_ + options_.proposal_timeout);
  if (input.policy != read_policy::local)
    wake();
}

// -- attempts -----------------------------------------------------------------------------------------------------

bool raft_core::wants_proof() const noexcept {
  // One attempt at a time, so that reads cost no more messages than one round trip allows.
  if (const auto* self = std::get_if<leader>(&role_)) {
    auto is_covered = [](const auto& x) { return x.second.round != 0; };
    auto covered = std::count_if(self->peer_reads.begin(), self->peer_reads.end(), is_covered);
    auto waits = reads_.wants_attempt() || static_cast<std::size_t>(covered) < self->peer_reads.size();
    return waits && reads_.oldest_attempt() == 0 && covered == 0;
  }
  const auto* self = std::get_if<follower>(&role_);
  return self != nullptr && self->leader && reads_.wants_attempt() && reads_.oldest_attempt() == 0;
}

void raft_core::begin_proof() {
  if (!wants_proof())
    return;
  if (auto* self = std::get_if<leader>(&role_))
    send_heartbeats(*self);
  else
    ask_leader();
}

void raft_core::cover_reads(leader& self) {
  reads_.begin(self.round);
  for (auto& [peer, read] : self.peer_reads)
    read.round = read.round != 0 ? read.round : self.round;
  confirm_reads();
}

void raft_core::ask_leader() {
  reads_.begin(++read_request_);
  read_asked_ = now_;
  send(leader_id(), read_index_request{read_request_});
}

void raft_core::repeat_question() {
  const auto* self = std::get_if<follower>(&role_);
  if (self != nullptr && self->leader && now_ >= next_question())
    ask_leader();
}

instant raft_core::next_question() const noexcept {
  auto asks = std::holds_alternative<follower>(role_) && reads_.oldest_attempt() != 0;
  return asks ? read_asked_ + options_.heartbeat_interval : instant::max();
}

void raft_core::lose_proofs() {
  for (const auto& x : reads_.take_unconfirmed(read_policy::leader))
    answer(x.id, status::node_is_not_leader);
  reads_.forget_attempts();
}

// -- proofs -------------------------------------------------------------------------------------------------------

bool raft_core::is_proven(const leader& self, std::uint64_t round) const {
  std::vector<node_id> heard{options_.self};
  for (const auto& [id, peer] : self.peers)
    if (peer.round_heard >= round)
      heard.push_back(id);
  return tally(group(), heard, {}) == vote_result::won;
}

void raft_core::confirm_reads() {
  auto* self = std::get_if<leader>(&role_);
  // Before its no-op has committed a leader does not know what is committed (thesis, section 6.4, step 1).
  if (self == nullptr || commit_ < self->first_of_term)
    return;
  for (auto round = reads_.oldest_attempt(); round != 0 && is_proven(*self, round); round = reads_.oldest_attempt())
    reads_.confirm(round, commit_);
  std::erase_if(self->peer_reads, [&](const auto& x) {
    const auto& [peer, read] = x;
    if (read.round == 0 || !is_proven(*self, read.round))
      return false;
    send(peer, read_index_reply{read.request, commit_});
    return true;
  });
  answer_reads();
}

void raft_core::answer_reads() {
  for (const auto& x : reads_.take_applied(applied_))
    out_.replies.push_back({x.id, status::success, x.index, {}});
}

// -- messages -----------------------------------------------------------------------------------------------------

void raft_core::on(const raft_message& message, const read_index_request& request) {
  // One request a peer waits at a time. Another one comes again when the first is answered, or by repetition.
  if (auto* self = std::get_if<leader>(&role_))
    self->peer_reads.try_emplace(message.from, peer_read{request.request, 0});
}

void raft_core::on(const raft_message& message, const read_index_reply& reply) {
  // Only what the present leader says, and only to a request of this life.
  if (is_leader() || leader_id() != message.from || reply.request > read_request_)
    return;
  reads_.confirm(reply.request, reply.index);
  answer_reads();
}

} // namespace kommander
