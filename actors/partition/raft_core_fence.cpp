// The core's fence: a node whose disk has lost what it had promised may do harm with its vote, and with an acknowledgement
// too. It takes back its place in the group step by step.
//
// What may be lost, and why the fence is safe:
//  - `log_loss::entries`: the log is shorter than what was acknowledged; term and vote are as they were. The node takes
//    entries and acknowledges them (they are on its disk), but neither votes nor campaigns until its log holds everything
//    that the present leader had when it was asked. Every acknowledgement that this node ever gave to this leader is for
//    less than that. For older terms its lost acknowledgements do no harm: every leader since was elected by a majority
//    without it, and that majority and the one that committed have another member in common (a majority of all voters,
//    less one, still meets every majority that does not contain that one).
//  - `log_loss::everything`: term and vote may be lost as well. The node takes part in nothing until every other voter has
//    told its term: whoever got the lost vote has that term on its disk. The node adopts the highest and gives no vote
//    in it; then it goes on as above. Members may have changed since the configuration that the node was started with:
//    each answer names all voters that its sender has ever known, the log shows others, and a leader that calls is one more;
//    all of them are asked. Those that were removed, too: one that does not know it yet may hold the lost vote, and still
//    win with it. So a removed voter that never answers keeps this node from voting; a node in its place gets an id of its
//    own, see `unknown`. One that has dropped its log answers from what it has kept (`hosting_core::answer_in_absence`):
//    whatever it was a candidate for has ended with its replica, as with the process of one that was wiped. If every log
//    is empty, its own among them, the group is new, and the fence ends; but only if the node was started as one of
//    several: none of a group's first voters but a single one can have made an entry without another of them having it.
//    And first voters may all have gone, been wiped and come back long after; so only the group that begins a cluster,
//    whose founders know that it is new, may take disks that all are in doubt for new ones. Elsewhere fewer than a
//    majority of the first voters may be in doubt: every majority had one of the others in it. A node that began alone, or
//    without a group, waits to be called. Only a vote for itself can be unknown to all others, and this one does no harm:
//    the candidate that counted it is gone, and a vote that others give it late reaches a node that has got back all that
//    was committed before it campaigns again.
//  - `log_loss::unknown`: the log is empty, which is all that can be seen of a wiped disk, and of a new one. The same, unless
//    the owner knows that nothing was ever here (`never_here_input`); then the fence ends at once. It knows it from a
//    committed entry of partition 0, by which this node joined: the id had never been that of a member before, and the
//    disk is the one with which it joined. Only members become voters or learners of a group, so nothing that counts was
//    promised in this id's name before that entry; and what was promised after it was promised with this disk, and is
//    on it. A node that is wiped later has another disk id than that entry says. So a node in the place of a voter
//    that never comes back takes part, though the dead one's term can be asked of nobody.
//
// A node that has lost something without knowing (an old copy of its disk) asks the first leader that it hears: the
// leader knows how far it had acknowledged in this term.
#include <algorithm>
#include <limits>

#include "actors/partition/raft_core.hpp"

namespace kommander {

void raft_core::start_fence(const raft_core_start& start) {
  constexpr auto number_max = std::numeric_limits<std::int64_t>::max();
  fence_.nonce = static_cast<std::uint64_t>(jitter_source{start.seed}.between(1, number_max) ^ now_.count());
  fence_.settled = !start.verify;
  begins_cluster_ = start.begins_cluster;
  out_.truncate_from = start.recovered.damaged_at;
  auto lost = combined(start.lost, start.recovered.damaged_at ? log_loss::entries : log_loss::none);
  if (auto last = log_.term_at(log_.last()); last && *last > state_.current_term) {
    state_.current_term = *last; // the record of term and vote is lost, or is older than the log
    state_.voted_for = node_id{};
    lost = log_loss::everything;
  }
  if (combined(lost, state_.lost) != log_loss::none)
    begin_fence(lost);
}

void raft_core::begin_fence(log_loss lost) {
  auto nonce = fence_.nonce + 1;
  fence_ = fence_state{};
  fence_.nonce = nonce;
  fence_.settled = false;
  state_.lost = combined(state_.lost, lost);
  save_state(state_.current_term, state_.voted_for);
}

bool raft_core::is_fenced() const noexcept {
  return state_.lost != log_loss::none;
}

std::vector<node_id> raft_core::fence_awaits() const {
  return takes_part() ? std::vector<node_id>{} : voters_not_heard();
}

void raft_core::end_fence() {
  fence_.settled = true;
  state_.lost = log_loss::none;
  save_state(state_.current_term, state_.voted_for);
  if (auto* self = std::get_if<follower>(&role_))
    self->last_contact = now_;
}

/// Whether this log is an old copy, the first leader is asked nevertheless.
void raft_core::step(const never_here_input&) {
  if (has_failed() || state_.lost != log_loss::unknown)
    return;
  end_fence();
  fence_.settled = false;
}

bool raft_core::concerns_fence(const raft_message& message) noexcept {
  return std::holds_alternative<fence_request>(message.body) || std::holds_alternative<fence_reply>(message.body);
}

// -- asking -------------------------------------------------------------------------------------------------------

bool raft_core::takes_part() const noexcept {
  return !may_lack_vote(state_.lost) || fence_.terms_known;
}

void raft_core::tick_fence() {
  if (fence_.settled || is_leader() || now_ - fence_.asked < options_.heartbeat_interval)
    return;
  fence_.asked = now_;
  if (!takes_part()) {
    for (auto voter : voters_not_heard())
      send(voter, fence_request{fence_.nonce, log_.last()});
    conclude_terms();
  } else if (auto leads = leader_id(); leads && (is_fenced() || fence_.leader_term != state_.current_term)) {
    // Again until the log is complete: an acknowledgement of an earlier life may reach the leader behind this request.
    send(leads, fence_request{fence_.nonce, log_.last()});
  }
}

std::vector<node_id> raft_core::voters_not_heard() const {
  auto voters = configurations_.voters_ever();
  voters.insert(voters.end(), fence_.named.begin(), fence_.named.end());
  std::sort(voters.begin(), voters.end());
  voters.erase(std::unique(voters.begin(), voters.end()), voters.end());
  std::erase_if(voters, [this](node_id x) { return x == options_.self || fence_.answers.contains(x); });
  return voters;
}

void raft_core::on(const raft_message& message, const fence_request& request) {
  log_index counted;
  auto* self = std::get_if<leader>(&role_);
  if (auto peer = self != nullptr ? self->peers.find(message.from) : progress_map::iterator{};
      self != nullptr && peer != self->peers.end()) {
    counted = peer->second.match();
    if (request.last < counted) {
      peer->second.lost_entries(request.last);
      replicate_pending_ = true;
    }
  }
  send(message.from,
       fence_reply{request.nonce, is_leader(), is_fenced(), log_.last(), counted, configurations_.voters_ever()});
}

// -- answers ------------------------------------------------------------------------------------------------------

void raft_core::on(const raft_message& message, const fence_reply& reply) {
  if (reply.nonce != fence_.nonce || fence_.settled)
    return; // of an earlier life of this node
  if (!takes_part()) {
    fence_.answers[message.from] = {message.term, reply.last, reply.fenced};
    fence_.named.insert(reply.voters.begin(), reply.voters.end());
    conclude_terms();
    return;
  }
  if (!reply.leads || message.term != state_.current_term)
    return;
  // In this life nothing was acknowledged that is not in the log; so what the leader counts on besides is lost.
  if (!is_fenced() && reply.counted > log_.last()) {
    begin_fence(log_loss::everything);
    become_follower(state_.current_term, node_id{});
    return;
  }
  if (fence_.leader_term != message.term) {
    fence_.leader_term = message.term;
    fence_.target = reply.last;
  }
  settle_fence();
}

void raft_core::conclude_terms() {
  if (!voters_not_heard().empty() || fence_.answers.empty())
    return;
  auto highest = state_.current_term;
  auto is_first_voter = options_.group.is_voter(options_.self) && !options_.group.is_only_voter(options_.self);
  auto is_new = log_.last() == log_index{} && is_first_voter;
  std::size_t doubtful = 1; // of the first voters: this node is
  for (const auto& [voter, answer] : fence_.answers) {
    highest = std::max(highest, answer.term);
    // Who is fenced in a term that is not zero has an empty log because it has lost it.
    is_new = is_new && answer.last == log_index{} && !(answer.fenced && answer.term);
    doubtful += answer.fenced && options_.group.is_voter(voter) ? 1 : 0;
  }
  is_new = is_new && (begins_cluster_ || doubtful < options_.group.majority());
  fence_.terms_known = true;
  fence_.settled = is_new;
  fence_.leader_term = raft_term{};
  fence_.asked = now_ - options_.heartbeat_interval;
  if (is_new)
    state_.lost = log_loss::none;
  role_ = follower{node_id{}, now_, draw_timeout()};
  // A vote may have been given in any of these terms, so none is given in them again.
  save_state(highest, highest ? options_.self : node_id{});
}

void raft_core::settle_fence() {
  const auto* self = std::get_if<follower>(&role_);
  if (fence_.settled || self == nullptr || !self->leader || fence_.leader_term != state_.current_term)
    return;
  if (!is_fenced()) {
    fence_.settled = true; // the leader counts on nothing that is not here
  } else if (std::min(matched_, durable_) >= fence_.target) {
    if (may_lack_vote(state_.lost) && !voters_not_heard().empty())
      fence_.terms_known = false; // the log has told of voters that were not asked
    else
      end_fence();
  }
}

} // namespace kommander
