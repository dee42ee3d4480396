#include "tests/sim/dose.hpp"

#include <cstdio>

namespace kommander::sim {

std::string_view to_string(fault x) noexcept {
  constexpr std::array<std::string_view, fault_count> names{
    "loss",          "duplicate",      "delay",          "clog",         "stale",        "partition", "one_way",
    "crash",         "boundary_crash", "recovery_crash", "pause",        "slow_node",    "slow_disk", "stalled_disk",
    "write_failure", "read_failure",   "drift",          "clock_jump",   "clock_freeze", "transfer",  "step_down",
    "burst",         "membership",     "torn_write",     "disk_full",    "bit_flip",     "lost_sync", "wiped_disk",
    "fenced_disk",   "compact",        "no_export",      "flipped_chunk"};
  return names[static_cast<std::size_t>(x)];
}

namespace {

struct named_count {
  const char* name;
  std::uint64_t dose::*count;
};

constexpr std::array counts{
  named_count{"runs", &dose::runs},
  named_count{"ticks", &dose::ticks},
  named_count{"healing ticks", &dose::healing_ticks},
  named_count{"messages", &dose::messages},
  named_count{"writes", &dose::writes},
  named_count{"lost writes", &dose::lost_writes},
  named_count{"damage found", &dose::damage_found},
  named_count{"reads", &dose::reads},
  named_count{"restarts", &dose::restarts},
  named_count{"elections", &dose::elections},
  named_count{"proposals", &dose::proposals},
  named_count{"acknowledged", &dose::acknowledged},
  named_count{"refused", &dose::refused},
  named_count{"unknown", &dose::unknown},
  named_count{"committed", &dose::committed},
  named_count{"checked operations", &dose::operations},
  named_count{"leader reads", &dose::leader_reads},
  named_count{"follower reads", &dose::follower_reads},
  named_count{"unread", &dose::unread},
  named_count{"sleeps", &dose::sleeps},
  named_count{"wakes", &dose::wakes},
  named_count{"newcomers", &dose::newcomers},
  named_count{"lost groups", &dose::lost_groups},
  named_count{"suspicions", &dose::suspicions},
  named_count{"false suspicions", &dose::false_suspicions},
  named_count{"compactions", &dose::compactions},
  named_count{"chunks", &dose::chunks},
  named_count{"imports", &dose::imports},
  named_count{"installs", &dose::installs},
  named_count{"kept tails", &dose::kept_tails},
  named_count{"starts ahead", &dose::ahead},
  named_count{"saturated", &dose::refusals},
  named_count{"stalls noticed", &dose::stalls},
  named_count{"elastic runs", &dose::elastic_runs},
  named_count{"map versions", &dose::map_versions},
  named_count{"roll-backs", &dose::roll_backs},
  named_count{"steps", &dose::steps},
  named_count{"calls", &dose::calls},
  named_count{"changes taken", &dose::changes_taken},
  named_count{"changes refused", &dose::changes_refused},
  named_count{"logs dropped", &dose::drops},
  named_count{"keys acknowledged", &dose::key_acknowledged},
  named_count{"keys moved", &dose::key_moved},
  named_count{"keys given up", &dose::key_given_up},
  named_count{"roster runs", &dose::roster_runs},
  named_count{"joins", &dose::joins},
  named_count{"returns", &dose::returns},
  named_count{"promotions", &dose::promotions},
  named_count{"leaves", &dose::leaves},
  named_count{"evictions", &dose::evictions},
  named_count{"removals", &dose::removals},
  named_count{"moves begun", &dose::moves_begun},
  named_count{"moves done", &dose::moves_done},
  named_count{"replicas gone", &dose::replicas_gone},
  named_count{"replicas back", &dose::replicas_back},
  named_count{"absent answers", &dose::answers_in_absence},
  named_count{"stale goals", &dose::stale_goals},
  named_count{"deaths told", &dose::deaths},
};

struct named_counts {
  const char* name;
  std::array<std::uint64_t, 4> dose::*counts;
};

constexpr std::array operation_kinds{"create", "remove", "split", "merge"};
constexpr std::array operation_counts{
  named_counts{"begun", &dose::operations_begun},
  named_counts{"done", &dose::operations_done},
  named_counts{"cancelled", &dose::operations_cancelled},
  named_counts{"failed", &dose::operations_failed},
};

void put(std::string& text, std::string_view name, std::uint64_t count) {
  char line[64];
  std::snprintf(line, sizeof line, "  %-18.*s %14llu\n", static_cast<int>(name.size()), name.data(),
                static_cast<unsigned long long>(count));
  text += line;
}

} // namespace

void dose::add(const dose& other) noexcept {
  for (std::size_t i = 0; i < fault_count; ++i)
    faults[i] += other.faults[i];
  for (const auto& x : counts)
    this->*x.count += other.*x.count;
  for (const auto& x : operation_counts)
    for (std::size_t i = 0; i < operation_kinds.size(); ++i)
      (this->*x.counts)[i] += (other.*x.counts)[i];
}

std::string to_text(const dose& x) {
  std::string text;
  for (const auto& each : counts)
    put(text, each.name, x.*each.count);
  text += "operations:\n";
  for (std::size_t i = 0; i < operation_kinds.size(); ++i)
    for (const auto& each : operation_counts)
      put(text, std::string{operation_kinds[i]} + " " + each.name, (x.*each.counts)[i]);
  text += "faults:\n";
  for (std::size_t i = 0; i < fault_count; ++i)
    put(text, to_string(static_cast<fault>(i)), x.faults[i]);
  return text;
}

} // namespace kommander::sim
