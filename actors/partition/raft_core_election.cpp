// The core's elections: terms, votes, roles and the timers that change them.
#include "actors/partition/raft_core.hpp"

#include <algorithm>

namespace kommander {

namespace {

bool contains(const std::vector<node_id>& votes, node_id x) {
  return std::find(votes.begin(), votes.end(), x) != votes.end();
}

void add_vote(std::vector<node_id>& granted, std::vector<node_id>& refused, node_id from, bool grants) {
  if (!contains(granted, from) && !contains(refused, from))
    (grants ? granted : refused).push_back(from);
}

} // namespace

// -- terms --------------------------------------------------------------------------------------------------------

bool raft_core::adopt_higher_term(const raft_message& message) {
  if (const auto* request = std::get_if<vote_request>(&message.body)) {
    // A leader that is heard is not deposed by a node that does not hear it (thesis, section 4.2.3).
    auto is_handed_over = request->transfer && group().is_voter(message.from);
    if (!is_handed_over && hears_leader(request->pre_vote))
      return false;
    if (request->pre_vote)
      return true; // nobody's term changes by a pre-vote
  }
  const auto* reply = std::get_if<vote_reply>(&message.body);
  if (reply != nullptr && reply->pre_vote && reply->granted)
    return true; // carries the term that we would campaign in
  become_follower(message.term, is_from_leader(message) ? message.from : node_id{});
  return true;
}

void raft_core::answer_stale(const raft_message& message) {
  // Whoever still acts in an older term learns of the newer one (Raft paper, section 5.1): a stale leader steps down,
  // and a node whose term ran ahead while it was cut off brings the others up to it.
  if (std::holds_alternative<append_request>(message.body))
    send(message.from, append_reply{true, log_index{}, log_position{}, log_.last()});
  else if (std::holds_alternative<heartbeat>(message.body))
    send(message.from, heartbeat_reply{});
  else if (const auto* chunk = std::get_if<snapshot_chunk>(&message.body))
    send(message.from, snapshot_reply{chunk->session, snapshot_answer::refused, 0, {}});
  else if (const auto* request = std::get_if<vote_request>(&message.body))
    send(message.from, vote_reply{request->pre_vote, false});
}

bool raft_core::hears_leader(bool pre_vote) const noexcept {
  if (!options_.check_quorum && !pre_vote)
    return false;
  if (is_leader())
    return options_.check_quorum;
  const auto* self = std::get_if<follower>(&role_);
  return self != nullptr && self->leader && now_ - self->last_contact < options_.election_timeout_min;
}

// -- roles --------------------------------------------------------------------------------------------------------

instant raft_core::draw_timeout() {
  return instant{jitter_.between(options_.election_timeout_min.count(), options_.election_timeout_max.count())};
}

void raft_core::become_follower(raft_term term, node_id leader_of_term) {
  auto led = is_leader();
  if (term > state_.current_term)
    save_state(term, node_id{});
  role_ = follower{leader_of_term, now_, draw_timeout()};
  matched_ = commit_;
  acknowledged_ = log_index{};
  if (led) {
    // Committed proposals are still answered when they are applied; of the others nobody knows (design rule 7).
    answer_all(status::replication_failed, commit_);
    uncommitted_bytes_ = 0;
    answer_change(status::replication_failed);
    disk_.leader_heard = now_;
  }
  end_snapshots();
  lose_proofs();
  settle_transfer();
}

void raft_core::heard_leader(node_id from) {
  disk_.leader_heard = now_;
  auto* self = std::get_if<follower>(&role_);
  if (self == nullptr) {
    if (!expect(!is_leader(), "two leaders in one term"))
      return;
    become_follower(state_.current_term, from);
    return;
  }
  if (!expect(!self->leader || self->leader == from, "two leaders in one term"))
    return;
  self->leader = from;
  self->last_contact = now_;
  self->asleep = false;
  settle_transfer();
}

void raft_core::become_leader() {
  leader self;
  self.first_of_term = log_.last() + 1;
  self.last_heartbeat = now_;
  self.last_quorum_check = now_;
  self.rest.quiet_since = now_;
  follow_configuration(self, self.first_of_term);
  role_ = std::move(self);
  uncommitted_bytes_ = 0;
  // Design rule 4: the no-op commits everything inherited (Raft paper, sections 5.4.2 and 8).
  append_entry({log_.last() + 1, state_.current_term, {}, entry_kind::noop, {}, {}});
  // What the state machine holds is committed, and now this log is known to hold it, too (section 5.4.3). Without this,
  // whoever needs a snapshot could not have the state as it is, and might be needed to commit anything.
  advance_commit(applied_);
  commit_held();
  send_heartbeats(std::get<leader>(role_));
}

void raft_core::campaign() {
  if (!may_campaign())
    seek_leader();
  else if (ask_again())
    return;
  else if (options_.pre_vote)
    start_pre_vote();
  else
    start_election(false);
}

/// Nobody has refused, and too few have answered: messages were lost, or everybody is busy. Who has not answered is asked
/// the same again, and a late answer to the first question counts; a new campaign would make all answers void, and of
/// thousands of partitions that start at once on a busy node none would ever win. A vote that was asked for with a
/// leader's consent is not: that leader may lead on.
bool raft_core::ask_again() {
  auto again = [this](auto& self) {
    if (!self.refused.empty())
      return false;
    self.started = now_;
    self.election_timeout = draw_timeout();
    return true;
  };
  auto* pre = std::get_if<pre_candidate>(&role_);
  auto* running = std::get_if<candidate>(&role_);
  if (!(pre != nullptr && again(*pre)) && !(running != nullptr && !running->transfer && again(*running)))
    return false;
  const auto& granted = pre != nullptr ? pre->granted : running->granted;
  for (auto voter : group().members())
    if (std::ranges::find(granted, voter) == granted.end())
      ask_for_vote(voter);
  return true;
}

/// As the role that this core has demands.
void raft_core::ask_for_vote(node_id voter) {
  if (voter == options_.self || !group().is_voter(voter))
    return;
  if (const auto* running = std::get_if<candidate>(&role_))
    send(voter, vote_request{false, running->transfer, log_.last_position()});
  else
    send(voter, state_.current_term + 1, vote_request{true, false, log_.last_position()});
}

void raft_core::start_pre_vote() {
  become_follower(state_.current_term, node_id{});
  role_ = pre_candidate{{options_.self}, {}, now_, draw_timeout()};
  for (auto voter : group().members())
    ask_for_vote(voter);
  count_votes();
}

void raft_core::start_election(bool transfer) {
  become_follower(state_.current_term + 1, node_id{});
  save_state(state_.current_term, options_.self);
  role_ = candidate{{}, {}, now_, draw_timeout(), transfer};
  for (auto voter : group().members())
    ask_for_vote(voter);
}

void raft_core::count_votes() {
  if (auto* pre = std::get_if<pre_candidate>(&role_)) {
    auto outcome_now = tally(group(), pre->granted, pre->refused);
    if (outcome_now == vote_result::won)
      start_election(false);
    else if (outcome_now == vote_result::lost)
      become_follower(state_.current_term, node_id{});
  } else if (auto* self = std::get_if<candidate>(&role_)) {
    auto outcome_now = tally(group(), self->granted, self->refused);
    if (outcome_now == vote_result::won)
      become_leader();
    else if (outcome_now == vote_result::lost)
      become_follower(state_.current_term, node_id{});
  }
}

// -- messages -----------------------------------------------------------------------------------------------------

void raft_core::on(const raft_message& message, const vote_request& request) {
  if (request.pre_vote) {
    // Granted for a term that is really new, to a log that could win (thesis, section 9.6).
    auto grants = !is_fenced() && message.term > state_.current_term && log_.is_up_to_date(request.last);
    send(message.from, grants ? message.term : state_.current_term, vote_reply{true, grants});
    return;
  }
  // One vote a term, for ever (Raft paper, section 5.2; design rule 1).
  auto may_vote = state_.voted_for == message.from || (!state_.voted_for && !leader_id());
  auto grants = may_vote && !is_fenced() && log_.is_up_to_date(request.last);
  if (grants) {
    if (state_.voted_for != message.from)
      save_state(state_.current_term, message.from);
    if (auto* self = std::get_if<follower>(&role_))
      self->last_contact = now_;
  }
  send(message.from, vote_reply{false, grants});
}

void raft_core::on(const raft_message& message, const vote_reply& reply) {
  if (auto* pre = std::get_if<pre_candidate>(&role_)) {
    auto expected_term = reply.granted ? state_.current_term + 1 : state_.current_term;
    if (reply.pre_vote && message.term == expected_term) {
      add_vote(pre->granted, pre->refused, message.from, reply.granted);
      count_votes();
    }
  } else if (auto* self = std::get_if<candidate>(&role_)) {
    if (!reply.pre_vote && message.term == state_.current_term) {
      add_vote(self->granted, self->refused, message.from, reply.granted);
      count_votes();
    }
  }
}

void raft_core::on(const raft_message& message, const timeout_now&) {
  const auto* self = std::get_if<follower>(&role_);
  // Only the leader of the term may ask for it, and it has checked that this log is complete (thesis, section 3.10).
  if (self != nullptr && self->leader == message.from && may_campaign() && !disk_.stalled)
    start_election(true);
}

// -- time ---------------------------------------------------------------------------------------------------------

void raft_core::tick(instant now) {
  if (has_failed() || now < now_)
    return;
  auto paused = now - now_ > options_.election_timeout_min;
  now_ = now;
  if (paused && !is_asleep()) // nobody tells a sleeping core the time
    absorb_pause();
  apply_read_failed_ = false;
  answer_timeouts();
  tick_snapshots();
  tick_fence();
  if (auto* self = std::get_if<leader>(&role_))
    tick_leader(*self);
  else if (is_fenced())
    seek_leader(); // its deadline is that of its questions
  else if (now_ >= role_deadline())
    campaign();
  repeat_question();
}

void raft_core::absorb_pause() {
  disk_.leader_heard = now_;
  if (auto* self = std::get_if<follower>(&role_))
    self->last_contact = now_;
  else if (auto* pre = std::get_if<pre_candidate>(&role_))
    pre->started = now_;
  else if (auto* running = std::get_if<candidate>(&role_))
    running->started = now_;
  else if (is_leader() && !group().is_only_voter(options_.self))
    become_follower(state_.current_term, node_id{}); // the others have had time to elect somebody else
}

void raft_core::tick_leader(leader& self) {
  if (rests(self) || hand_over(self))
    return;
  if (options_.check_quorum && now_ - self.last_quorum_check >= options_.election_timeout_min) {
    self.last_quorum_check = now_;
    std::vector<node_id> heard{options_.self};
    for (auto& [id, peer] : self.peers) {
      if (std::exchange(peer.recently_active, false))
        heard.push_back(id);
    }
    if (tally(group(), heard, {}) != vote_result::won) {
      become_follower(state_.current_term, node_id{}); // thesis, section 6.2
      return;
    }
  }
  if (now_ - self.last_heartbeat >= options_.heartbeat_interval)
    send_heartbeats(self);
  else
    send_commit_notices(self);
}

instant raft_core::next_deadline() const noexcept {
  return has_failed() ? instant::max()
                      : std::min({role_deadline(), reads_.deadline(), next_question(), receiver_.deadline()});
}

instant raft_core::role_deadline() const noexcept {
  if (is_asleep())
    return instant::max();
  if (is_fenced())
    return fence_.asked + options_.heartbeat_interval;
  if (const auto* self = std::get_if<follower>(&role_))
    return may_campaign() || seeks_leader() ? std::max(self->last_contact + self->election_timeout, patience_ends())
                                            : instant::max();
  if (const auto* pre = std::get_if<pre_candidate>(&role_))
    return pre->started + pre->election_timeout;
  if (const auto* running = std::get_if<candidate>(&role_))
    return running->started + running->election_timeout;
  if (const auto* self = std::get_if<leader>(&role_)) {
    auto next = self->last_heartbeat + options_.heartbeat_interval;
    if (!proposals_.empty())
      next = std::min(next, proposals_.front().deadline);
    if (change_)
      next = std::min(next, change_->deadline);
    if (self->hand_over_until > instant{0})
      next = std::min(next, self->hand_over_until);
    return transfer_ ? std::min(next, transfer_->deadline) : next;
  }
  return instant::max();
}

} // namespace kommander
