#include "tests/cluster/journal.hpp"

namespace cluster_test {

using namespace kommander;

namespace {

caf::result<applied> take(journal& to, const machine_hooks& hooks, partition_id partition,
                          const std::vector<entry>& entries, bool restored) {
  if (hooks.fail)
    if (auto error = hooks.fail(entries.front()))
      return *error;
  applied answer;
  for (const auto& x : entries) {
    auto refusal = hooks.refuse ? hooks.refuse(x) : std::nullopt;
    if (refusal)
      answer.failures.push_back({x.index, *refusal});
    else
      to.add(partition, x, restored);
  }
  return answer;
}

state_machine::behavior_type machine(state_machine::pointer, journal_ptr to, machine_hooks hooks) {
  return {
    [=](const restore_entries& x) { return take(*to, hooks, x.partition, x.entries, true); },
    [=](const apply_entries& x) { return take(*to, hooks, x.partition, x.entries, false); },
  };
}

} // namespace

state_machine spawn_machine(caf::actor_system& system, journal_ptr to, machine_hooks hooks) {
  return system.spawn(machine, std::move(to), std::move(hooks));
}

} // namespace cluster_test
