#include "tests/sim/minimise.hpp"

namespace kommander::sim {

namespace {

/// Takes `next` for `best` if it fails too.
bool try_out(small_failure& best, small_failure next) {
  next.result = run_plan(draw_plan(next.seed, next.ticks, next.overrides));
  if (next.result.ok())
    return false;
  best = std::move(next);
  return true;
}

bool drop_faults(small_failure& best) {
  auto smaller = false;
  for (std::size_t i = 0; i < fault_count; ++i) {
    auto next = best;
    next.overrides.off.set(i);
    if (!best.overrides.off.test(i) && draw_plan(best.seed, best.ticks).faults.test(i))
      smaller = try_out(best, std::move(next)) || smaller;
  }
  return smaller;
}

bool drop_partitions(small_failure& best) {
  auto count = draw_plan(best.seed, best.ticks, best.overrides).partitions;
  for (auto fewer : {std::uint64_t{1}, count / 2, count - 1}) {
    auto next = best;
    next.overrides.partitions = fewer;
    if (fewer > 0 && fewer < count && try_out(best, std::move(next)))
      return true;
  }
  return false;
}

bool drop_node(small_failure& best) {
  auto next = best;
  auto count = draw_plan(best.seed, best.ticks, best.overrides).nodes;
  if (count == 1)
    return false;
  next.overrides.nodes = count - 1;
  return try_out(best, std::move(next));
}

bool halve(small_failure& best) {
  auto next = best;
  next.ticks = best.ticks / 2;
  return best.result.tick < next.ticks && try_out(best, std::move(next));
}

/// Ends the run where it fails.
bool shorten(small_failure& best) {
  auto next = best;
  next.ticks = best.result.tick < best.ticks ? best.result.tick : best.ticks / 2;
  return next.ticks > 0 && next.ticks < best.ticks && try_out(best, std::move(next));
}

} // namespace

small_failure minimise(small_failure start) {
  // Whatever is left out changes the course of the run, so that it may fail later: half of its ticks are left for that.
  for (auto smaller = true; smaller;) {
    smaller = halve(start);
    smaller = drop_partitions(start) || smaller;
    smaller = drop_node(start) || smaller;
    smaller = drop_faults(start) || smaller;
  }
  while (shorten(start))
    continue;
  return start;
}

std::string replay_arguments(const small_failure& x) {
  return "--seed " + std::to_string(x.seed) + " --ticks " + std::to_string(x.ticks) + to_arguments(x.overrides);
}

} // namespace kommander::sim
