// The core's configurations: who is a member, who is listened to, and how a leader takes its group from one configuration to
// the next. The algebra is in configuration.hpp.
#include <algorithm>

#include "actors/partition/raft_core.hpp"

namespace kommander {

namespace {

/// Who has heard no leader for so many longest election time-outs believes a stranger. One is enough for an election that
/// succeeds at once, and who asks for votes at its end must not be overtaken by a stranger.
constexpr int strangers_timeouts = 2;

/// Nobody is this many terms behind: it would be a century with an election each second.
constexpr std::uint64_t strange_terms_max = std::uint64_t{1} << 32;

} // namespace

const group_configuration& raft_core::group() const noexcept {
  return configurations_.current();
}

const configuration_history& raft_core::configurations() const noexcept {
  return configurations_;
}

// -- who is listened to -------------------------------------------------------------------------------------------

/// Design rule 5. This node may lag behind: the group may have members that it does not know yet, one of which may lead,
/// or may need its vote (Raft paper, end of section 6). So
///  - what a leader says counts from anybody in the end, see `is_believed`: that its term has one leader was decided by
///    votes, not by what is known here;
///  - a stranger's request for a vote counts only if its log could win; of one that could not, not even the term is
///    taken. A removed node's log falls behind with the next commit; until then `is_believed` keeps it from disturbing;
///  - an answer counts only from members and from peers that are still told of their removal. A removed node that
///    acknowledges in this term is told how far it may commit, so that it learns of its removal, but not counted.
/// It is safe to ignore any message; and a vote counts with the candidate alone, by the candidate's own configuration.
bool raft_core::counts(const raft_message& message) const {
  if (group().is_member(message.from) || concerns_fence(message))
    return true; // what concerns a fence is a question, or an answer that was asked for
  if (const auto* request = std::get_if<vote_request>(&message.body))
    return log_.is_up_to_date(request->last);
  if (std::holds_alternative<timeout_now>(message.body))
    return leader_id() == message.from;
  if (is_from_leader(message))
    return true;
  if (std::holds_alternative<append_reply>(message.body) && message.term == state_.current_term)
    return true;
  const auto* self = std::get_if<leader>(&role_);
  return self != nullptr && self->peers.contains(message.from);
}

bool raft_core::is_from_leader(const raft_message& message) noexcept {
  return std::holds_alternative<append_request>(message.body) || std::holds_alternative<heartbeat>(message.body)
         || std::holds_alternative<snapshot_chunk>(message.body);
}

/// Who belongs to a configuration that holds, or may hold here, or leads already.
bool raft_core::is_known(node_id x) const {
  return group().is_member(x) || configurations_.has_member_from(commit_, x) || leader_id() == x;
}

/// Design rule 5, against who is let in and is no member. Where leaders are heard, a stranger neither leads nor is voted
/// for: a leader that has a quorum knows that nobody else leads, or loses the quorum and steps down, and others wait until
/// nobody whom they know has led for so long that a group which could elect somebody has done so. A node that lags behind
/// a group in which it knows nobody any more finds its leader then. One that knows no group waits only while it has a
/// leader. Who sleeps hears nobody, and is woken instead.
/// A group that lives does not get ahead by `strange_terms_max`, but a term at the end of the numbers would be its last.
bool raft_core::is_believed(const raft_message& message) const {
  auto asks_for_vote = std::holds_alternative<vote_request>(message.body);
  if ((!asks_for_vote && !is_from_leader(message)) || message.term < state_.current_term || is_known(message.from))
    return true;
  if (message.term.value() - state_.current_term.value() > strange_terms_max || is_asleep())
    return false;
  if (message.term == state_.current_term && (is_leader() || leader_id()))
    return false; // who leads this term is known
  if (is_leader())
    return !options_.check_quorum;
  auto knows_nobody = group().voters.empty();
  auto patience = knows_nobody ? options_.election_timeout_min : strangers_timeouts * options_.election_timeout_max;
  return now_ - disk_.leader_heard >= patience;
}

/// The last word to a peer that was taken off before it acknowledged its own removal.
void raft_core::tell_removed(node_id peer, const append_reply& reply) {
  auto index = std::min(commit_, reply.index);
  auto term = log_.term_at(index);
  if (!reply.rejected && term)
    send(peer, heartbeat{{index, *term}, std::get<leader>(role_).round});
}

/// A voter; and one whose removal is in its log, but not known to be committed: the others may be unable to win without
/// that entry (thesis, section 4.2.2). It does not count its own vote then.
bool raft_core::may_campaign() const noexcept {
  return !is_fenced() && !receiver_.is_importing()
         && (group().is_voter(options_.self) || configurations_.at(commit_).is_voter(options_.self));
}

/// The best successor: rather one that answers, takes entries and may campaign, and of these the one that has most of the log.
node_id raft_core::most_complete_voter(const leader& self) const {
  auto fitness = [&self](node_id id) {
    const auto& peer = self.peers.at(id);
    auto answers = peer.round_heard + unanswered_rounds_max >= self.round;
    return std::pair{answers && !peer.fenced && !peer.paused(), peer.match()};
  };
  node_id best;
  for (const auto& [id, peer] : self.peers) {
    if (group().is_voter(id) && (!best || fitness(best) < fitness(id)))
      best = id;
  }
  return best;
}

// -- changes ------------------------------------------------------------------------------------------------------

void raft_core::step(change_configuration_input input) {
  auto* self = std::get_if<leader>(&role_);
  if (has_failed()) {
    answer(input.id, status::errored);
    return;
  }
  wake();
  // Only behind an entry of its own term that is committed: else two leaders could each change the group in a way that the
  // other's majority does not see (design rule 4).
  if (self == nullptr || !is_ready() || self->transferee) {
    answer(input.id, status::node_is_not_leader);
    return;
  }
  // Design rule 6: one change at a time.
  if (change_ || configurations_.index() > commit_) {
    answer(input.id, status::concurrent_membership_change);
    return;
  }
  auto step = first_step(group(), std::move(input.voters), std::move(input.learners));
  if (step.code != status::success || step.next == group()) {
    answer(input.id, step.code);
    return;
  }
  change_ = waiting_change{input.id, now_ + options_.proposal_timeout};
  append_configuration(step.next);
}

void raft_core::append_configuration(const group_configuration& next) {
  append_entry({log_.last() + 1, state_.current_term, {}, entry_kind::config, {}, encode(next)});
  if (auto* self = std::get_if<leader>(&role_))
    follow_configuration(*self, log_.last());
}

/// Brings the peers in line: a new member is probed with the entry `next`. One that leaves is told of it until that is
/// committed.
void raft_core::follow_configuration(leader& self, log_index next) {
  auto wanted = configurations_.members_from(commit_);
  auto is_gone = [&wanted](const auto& x) { return !std::binary_search(wanted.begin(), wanted.end(), x.first); };
  for (auto& [id, peer] : self.peers) {
    if (is_gone(std::pair{id, 0}))
      send_heartbeat(id, peer, self.round); // the last word: that its removal is committed
  }
  std::erase_if(self.peers, is_gone);
  for (auto id : wanted) {
    if (id != options_.self)
      self.peers.try_emplace(id, next, options_.inflight_messages_max, options_.inflight_bytes_max);
  }
}

/// Called when the leader's commit index, which is behind an entry of its own term, may have moved.
void raft_core::configuration_committed() {
  auto& self = std::get<leader>(role_);
  if (configurations_.index() > commit_ || configurations_.index() <= self.configuration_settled)
    return;
  self.configuration_settled = configurations_.index();
  follow_configuration(self, log_.last());
  if (group().is_joint()) {
    append_configuration(final_step(group())); // thesis, section 4.3: the leader leaves it without being asked
    return;
  }
  answer_change(status::success);
  if (!group().is_voter(options_.self))
    resign(self);
}

/// The leader is removed, and that is committed (thesis, section 4.2.2): it tells so, hands over, and steps down.
void raft_core::resign(leader& self) {
  for (auto& [id, peer] : self.peers)
    send_heartbeat(id, peer, self.round);
  send(most_complete_voter(self), timeout_now{});
  become_follower(state_.current_term, node_id{});
}

void raft_core::answer_change(status code) {
  if (!change_)
    return;
  answer(change_->id, code);
  change_.reset();
}

} // namespace kommander
