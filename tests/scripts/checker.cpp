#include "tests/scripts/checker.hpp"

#include <algorithm>

#include "tests/scripts/text.hpp"

namespace kommander::scripts {

void checker::started(node_id node, log_index applied) {
  applied_[node] = applied;
}

std::string checker::leads(node_id node, raft_term term) {
  auto [i, added] = leaders_.emplace(term, node);
  if (added || i->second == node)
    return {};
  return to_string(node) + " and " + to_string(i->second) + " both lead term " + to_string(term);
}

std::string checker::sends(const raft_message& x) const {
  const auto* disk = disks_(x.from);
  if (disk == nullptr)
    return {};
  auto pre_vote = false;
  if (const auto* request = std::get_if<vote_request>(&x.body))
    pre_vote = request->pre_vote;
  if (const auto* reply = std::get_if<vote_reply>(&x.body)) {
    pre_vote = reply->pre_vote;
    if (!pre_vote && reply->granted && disk->state != hard_state{x.term, x.to})
      return "a vote for " + to_string(x.to) + " leaves before it is durable";
  }
  if (!pre_vote && disk->state.current_term < x.term)
    return "term " + to_string(x.term) + " leaves before it is durable";
  if (const auto* reply = std::get_if<append_reply>(&x.body))
    if (!reply->rejected && reply->index > disk->last())
      return "entry " + to_string(reply->index) + " is acknowledged before it is durable";
  if (const auto* reply = std::get_if<snapshot_reply>(&x.body))
    if (reply->answer == snapshot_answer::installed && reply->index > disk->last())
      return "a snapshot up to " + to_string(reply->index) + " is acknowledged before its boundary is durable";
  return {};
}

std::string checker::wrote(const disk& content) const {
  if (content.entries.empty() || content.entries.back().time.node == 0)
    return {}; // A no-op, or an entry that a script made by hand.
  const auto& last = content.entries.back();
  auto caller = callers_.find(proposal_id{last.time.time});
  if (caller == callers_.end())
    return {};
  auto held = std::count_if(content.entries.begin(), content.entries.end(),
                            [&last](const entry& x) { return same_proposal(x, last); });
  if (static_cast<std::size_t>(held) == caller->second.entries.size())
    return {};
  return "a disk holds only a part of proposal " + to_string(caller->first);
}

std::string checker::commits(node_id node, const raft_core& core) {
  auto index = core.commit_index();
  auto term = core.log().term_at(index);
  if (!term)
    return to_string(node) + " commits " + to_string(index) + ", which it does not hold";
  // Whoever commits first is the leader, whose configuration counts; the others may not know it yet.
  if (index <= committed_)
    return {};
  committed_ = index;
  if (auto known = chosen_.find(index); known != chosen_.end() && known->second.term == *term)
    return {}; // Committed before; a disk that held it may have been lost since.
  const auto& all = core.configurations();
  // An entry may commit in the same step in which its successor becomes the configuration: then the one before counts.
  const auto& group = all.index() > index && all.at(index).is_joint() ? all.at(index) : all.current();
  if (!is_on_majority(group.voters, {index, *term})
      || (group.is_joint() && !is_on_majority(group.old_voters, {index, *term})))
    return to_string(node) + " commits " + to_text(log_position{index, *term}) + ", which no majority of "
           + to_text(group) + " has on disk";
  return {};
}

bool checker::is_on_majority(const std::vector<node_id>& voters, const log_position& x) const {
  std::size_t holders = 0;
  for (auto voter : voters) {
    const auto* disk = disks_(voter);
    if (disk == nullptr)
      return true; // A voter that the script plays by hand: what it holds is not known.
    holders += disk->holds(x) ? 1 : 0;
  }
  return 2 * holders > voters.size();
}

std::string checker::applies(node_id node, const entry& x) {
  auto& applied = applied_[node];
  if (x.index != applied + 1)
    return to_string(node) + " applies " + to_string(x.index) + " after " + to_string(applied);
  applied = x.index;
  auto [i, added] = chosen_.emplace(x.index, x);
  if (added || i->second == x)
    return {};
  return to_string(node) + " applies " + to_text(x) + " where " + to_text(i->second) + " was applied before";
}

std::string checker::reaches(node_id node, log_index index, const std::string& content, bool imported) {
  auto& applied = applied_[node];
  if (imported && index <= applied)
    return to_string(node) + " imports " + to_string(index) + " after " + to_string(applied);
  if (imported)
    applied = index;
  auto [i, added] = states_.emplace(index, content);
  if (added || i->second == content)
    return {};
  return to_string(node) + " is at \"" + content + "\" after " + to_string(index) + ", another one at \"" + i->second
         + "\"";
}

void checker::proposed(const propose_input& x) {
  callers_[x.id].entries = x.entries;
}

void checker::asked(proposal_id id) {
  callers_[id] = {};
}

void checker::reads(proposal_id id) {
  callers_[id].committed = committed_;
}

std::string checker::answers(const core_reply& x, const raft_core& core) {
  auto i = callers_.find(x.id);
  if (i == callers_.end())
    return "there is no caller " + to_string(x.id);
  if (std::exchange(i->second.answered, true))
    return "caller " + to_string(x.id) + " is answered twice";
  if (i->second.committed && x.code == status::success
      && (x.index < *i->second.committed || core.applied_index() < x.index))
    return "read " + to_string(x.id) + " does not see all that was committed when it came";
  if (i->second.entries.empty())
    return {};
  if (x.code == status::success)
    return answers_success(x, i->second, core);
  if (outcome(x.code) == proposal_outcome::not_applied && x.index)
    return "caller " + to_string(x.id) + " is told that nothing was appended, and an index";
  return {};
}

std::string checker::answers_success(const core_reply& x, const waiting& caller, const raft_core& core) const {
  auto index = x.index - caller.entries.size();
  if (x.ticket != caller.entries.front().time)
    return "caller " + to_string(x.id) + " gets another's ticket";
  if (core.applied_index() < x.index)
    return "caller " + to_string(x.id) + " is answered before its entry is applied";
  for (const auto& wanted : caller.entries) {
    auto i = chosen_.find(++index);
    if (i == chosen_.end() || i->second.payload != wanted.payload || i->second.time != wanted.time)
      return "caller " + to_string(x.id) + " gets success for an entry that is not its own";
  }
  return {};
}

} // namespace kommander::scripts
