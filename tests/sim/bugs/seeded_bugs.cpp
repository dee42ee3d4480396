#include "tests/sim/bugs/seeded_bugs.hpp"

#include "tests/sim/bugs/active_bug.hpp"
#include "tests/sim/cluster.hpp"

namespace kommander::sim {

const std::vector<seeded_bug>& seeded_bugs() {
  static const std::vector<seeded_bug> all{
#include "core_bugs.inc"
    {"durable-before-sync", "The owner reports a write as durable before the sync."},
    {"disk-forgets-synced-tail", "A disk loses synced entries when its node dies."},
    {"disk-forgets-vote", "A disk keeps the entries but loses term and vote when its node dies."},
    {"disk-is-lost-where-it-counts", "A disk loses what it has synced although the others hold too little of it."},
    {"checksum-is-ignored", "A record on disk that has changed is used all the same."},
    {"machine-forgets-at-restart", "A state machine comes up empty although it says how far it has applied."},
    {"reads-return-other-entries", "A read of the log starts one entry too early."},
  };
  return all;
}

const std::vector<seeded_bug>& seeded_map_bugs() {
  static const std::vector<seeded_bug> all{
#include "map_bugs.inc"
    {"fence-is-not-checked", "A leader does not look at what its partition owns when it appends."},
    {"fence-counts-when-applied", "A leader looks at what is applied: what it has appended before does not count yet."},
  };
  return all;
}

hunt_result hunt(const seeded_bug& bug, std::uint64_t seeds_max, std::uint64_t ticks, const plan_overrides& overrides) {
  active_bug = bug.name;
  hunt_result result;
  for (std::uint64_t seed = 1; seed <= seeds_max && result.seeds == 0; ++seed) {
    auto run = run_plan(draw_plan(seed, ticks, overrides));
    if (!run.ok())
      result = {seed, run.tick, run.violation};
  }
  active_bug = {};
  return result;
}

} // namespace kommander::sim
