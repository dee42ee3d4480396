// What the checker derives of configurations: how they follow each other, and what their quorums hold and vote.
#include <algorithm>

#include "tests/sim/checker/checker.hpp"
#include "tests/sim/checker/violation.hpp"
#include "tests/sim/trace.hpp"

namespace kommander::sim {

namespace {

void require(bool condition, const char* fact) {
  if (!condition)
    throw violation{fact};
}

template <class Holds>
bool is_quorum(const group_configuration& group, Holds holds) {
  auto is_majority = [&](const std::vector<node_id>& voters) {
    auto count = static_cast<std::size_t>(std::count_if(voters.begin(), voters.end(), holds));
    return 2 * count > voters.size();
  };
  return is_majority(group.voters) && (group.old_voters.empty() || is_majority(group.old_voters));
}

std::size_t count_differences(const std::vector<node_id>& xs, const std::vector<node_id>& ys) {
  auto lacks = [](const std::vector<node_id>& all) {
    return [&all](node_id x) { return std::find(all.begin(), all.end(), x) == all.end(); };
  };
  return static_cast<std::size_t>(std::count_if(xs.begin(), xs.end(), lacks(ys))
                                  + std::count_if(ys.begin(), ys.end(), lacks(xs)));
}

} // namespace

/// `x` does not contain `made` yet.
void checker::check_change(const view& x, node_id node, partition_id partition, const raft_core& core,
                           const entry& made) {
  auto next = decode_configuration(made.payload).value_or(group_configuration{});
  auto before = x.group_at(x.last());
  const auto& now = *before.group;
  require(before.group_index <= core.commit_index(), "a change begins while another one is not committed");
  require(x.term_at(std::min(core.commit_index(), x.last())) == made.term || core.commit_index() >= made.index,
          "a change begins before an entry of the leader's term is committed");
  if (!now.old_voters.empty())
    require(next.voters == now.voters && next.old_voters.empty(), "a joint configuration is left for another one");
  else if (next.old_voters.empty())
    require(count_differences(now.voters, next.voters) <= 1, "several voters change without a joint configuration");
  else
    require(next.old_voters == now.voters, "a joint configuration has other old voters");
  require(!next.voters.empty(), "a group is left without voters");
  if (watch_)
    watch_(partition, now, next);
  ++dose_.changes;
  dose_.joint_changes += next.old_voters.empty() ? 0 : 1;
  dose_.removed_leaders += now.is_voter(node) && !next.is_voter(node) ? 1 : 0;
}

/// A new leader was voted for by a quorum of the configuration that its log had.
void checker::check_votes(const view& x, node_id node, partition_id partition, const leader& self,
                          raft_term term) const {
  auto before = x.group_at(std::min(self.first_of_term - 1, x.last()));
  const auto& history = histories_[partition.value()];
  require(is_quorum(*before.group,
                    [&](node_id voter) {
                      return voter == node ? x.state.voted_for == node : history.vote_of(voter, term) == node;
                    }),
          "leads without the votes of a quorum of its configuration");
}

/// The entry is durable on a quorum of a configuration that held on the leader, whose view is `x`, when it committed it.
void checker::check_quorum(const view& x, partition_id partition, log_index index, raft_term term) const {
  auto is_held = [&](const logged& by, log_index at, raft_term term_there) {
    return is_quorum(*by.group, [&](node_id voter) {
      return struck_[voter.value()] || images_(voter, partition).term_at(at) == term_there
             || has_let_go(voter, partition, at);
    });
  };
  for (std::size_t i = 0; i < x.acting.size(); ++i) {
    if (!is_held(x.acting[i], index, term))
      continue;
    // A joint configuration is left only when it is committed: by itself, not by what follows it.
    auto leaves_joint = i > 0 && !x.acting[i - 1].group->old_voters.empty();
    if (!leaves_joint)
      return;
    const auto& joint = x.acting[i - 1];
    auto is_committed = joint.group_index <= histories_[partition.value()].committed();
    if (is_committed || is_held(joint, joint.group_index, x.term_at(joint.group_index)))
      return;
  }
  throw violation{"entry " + to_text(log_position{index, term})
                  + " is committed, but not durable on a quorum of the leader's configuration"};
}

} // namespace kommander::sim
