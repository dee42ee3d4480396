// What the checker derives when a core sleeps.
#include <utility>

#include "tests/sim/checker/checker.hpp"
#include "tests/sim/checker/violation.hpp"

namespace kommander::sim {

namespace {

void require(bool condition, const char* fact) {
  if (!condition)
    throw violation{fact};
}

} // namespace

void checker::sleeps(node_id node, partition_id partition, const raft_core& core) {
  auto& x = view_of(node, partition);
  auto slept = std::exchange(x.asleep, core.is_asleep());
  if (slept && !x.asleep && core.is_leader())
    ++dose_.wakes;
  if (!x.asleep)
    return;
  try {
    check_sleep(x, core);
    if (core.is_leader() && !slept) {
      ++dose_.sleeps;
      check_group_sleeps(x, partition, core);
    }
  } catch (const violation& why) {
    throw violation{"node " + to_string(node) + " partition " + to_string(partition) + ": " + why.what()};
  }
}

void checker::check_sleep(const view& x, const raft_core& core) const {
  auto last = core.log().last();
  require(plan_.core.quiescence, "sleeps although it was told not to");
  require(core.commit_index() == last && core.durable_index() == last, "sleeps with a log that is not settled");
  require(core.waiting_proposals() == 0 && core.waiting_reads() == 0, "sleeps while somebody waits");
  require(core.next_deadline() == instant::max(), "sleeps and yet wants to be told the time");
  require(!core.is_fenced(), "sleeps behind a fence");
  require(core.is_leader() || core.leader_id(), "sleeps without a leader");
  require(!core.is_leader() || (core.is_ready() && core.applied_index() == last && x.last() == last),
          "sleeps over its work");
}

/// Whatever its peers have done since they answered, what the leader has is committed, so they still have it.
void checker::check_group_sleeps(const view& x, partition_id partition, const raft_core& core) {
  auto last = core.log().last();
  const auto& group = core.configurations().current();
  require(!group.is_joint(), "sleeps in a joint configuration");
  for (auto member : group.members()) {
    if (member == core.options().self || struck_[member.value()] || has_let_go(member, partition, last))
      continue;
    require(images_(member, partition).term_at(last) == x.term_at(last),
            "sleeps although a member has not got everything");
    const auto& peer = view_of(member, partition);
    require(!peer.asleep || peer.state.current_term != core.current_term() || peer.last() == last,
            "sleeps beside a member with another log");
  }
}

} // namespace kommander::sim
