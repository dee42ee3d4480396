// Seeds that must hold, and what the simulator promises about itself: that a seed decides everything, that every fault
// really strikes, and that a cluster without faults loses nothing.
#define CAF_SUITE sim

#include <unistd.h>

#include <caf/test/unit_test.hpp>
#include <cstdio>
#include <stdexcept>

#include "tests/sim/cluster.hpp"
#include "tests/sim/workers.hpp"

using namespace kommander::sim;

namespace {

#if defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
constexpr std::uint64_t seeds = 40;
constexpr std::uint64_t ticks = 4'000;
#else
constexpr std::uint64_t seeds = 500;
constexpr std::uint64_t ticks = 20'000;
#endif

constexpr std::uint64_t first_seed = 1;

std::string trace_of(std::uint64_t seed, std::uint64_t length) {
  std::string text;
  auto result = run_plan(draw_plan(seed, length), tracer{[&](const std::string& line) { text += line + '\n'; }});
  return text + result.violation;
}

std::vector<seed_job> fixed_seeds() {
  std::vector<seed_job> jobs;
  for (std::uint64_t i = 0; i < seeds; ++i)
    jobs.push_back({first_seed + i, ticks, {}});
  return jobs;
}

void run_all(const std::vector<seed_job>& jobs, dose& counts) {
  auto result = run_series(jobs, 2, [](std::size_t, const series_result&) {});
  counts = result.counts;
  for (const auto& x : result.failures)
    CAF_ERROR("seed " << x.job.seed << ", " << x.why << "; replay: tests/sim/run " << replay_arguments(x.job));
  CAF_CHECK_EQUAL(result.counts.runs, jobs.size());
}

} // namespace

CAF_TEST(the same seed gives the same trace byte for byte) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    auto once = trace_of(seed, 8000);
    CAF_CHECK(once.size() > 10'000);
    CAF_CHECK(once == trace_of(seed, 8000));
    CAF_CHECK(once != trace_of(seed + 1000, 8000));
  }
}

CAF_TEST(all invariants hold for a fixed series of seeds and every fault strikes) {
  dose counts;
  run_all(fixed_seeds(), counts);
  CAF_MESSAGE("dose:\n" << to_text(counts));
  for (std::size_t i = 0; i < fault_count; ++i)
    if (counts.faults[i] == 0)
      CAF_ERROR("a fault never struck: " << std::string{to_string(static_cast<fault>(i))});
  CAF_CHECK(counts.acknowledged > 0 && counts.unknown > 0 && counts.refused > 0);
  CAF_CHECK(counts.lost_writes > 0 && counts.damage_found > 0 && counts.reads > 0);
  CAF_CHECK(counts.sleeps > 100 && counts.wakes > 100 && counts.suspicions > 0 && counts.false_suspicions > 0);
  CAF_CHECK(counts.compactions > 0 && counts.chunks > counts.imports && counts.imports > 0);
  CAF_CHECK(counts.installs > counts.kept_tails);
  CAF_CHECK(counts.stalls > 0 && counts.refusals > 0);
  CAF_CHECK(counts.elastic_runs > 0);
  if (seeds < 500)
    return;
  constexpr std::size_t create = 0, remove = 1, split = 2, merge = 3; // what never happens is not tested
  CAF_CHECK(counts.operations_done[create] > 20 && counts.operations_done[remove] > 20);
  CAF_CHECK(counts.operations_done[split] > 100 && counts.operations_done[merge] > 100);
  CAF_CHECK(counts.operations_cancelled[split] > 10 && counts.operations_cancelled[merge] > 10);
  CAF_CHECK(counts.operations_failed[split] > 2 && counts.operations_failed[merge] > 2);
  CAF_CHECK(counts.kept_tails > 0 && counts.ahead > 0);
  CAF_CHECK(counts.key_moved > 1000 && counts.drops > 100);
  CAF_CHECK(counts.joins > 100 && counts.returns > 20 && counts.promotions > 50 && counts.deaths > 100);
  CAF_CHECK(counts.leaves > 40 && counts.evictions > 10 && counts.removals > 50);
  CAF_CHECK(counts.moves_done > 100 && counts.replicas_gone > 50 && counts.replicas_back > 15);
  CAF_CHECK(counts.answers_in_absence > 0);
}

CAF_TEST(all regression seeds hold) {
  dose counts;
  auto jobs = read_seed_list(KOMMANDER_SOURCE_DIR "/tests/sim/seeds.txt");
  CAF_CHECK(!jobs.empty());
  run_all(jobs, counts);
}

CAF_TEST(without faults nothing that a leader took is left open) {
  plan_overrides calm;
  calm.off.set();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto result = run_plan(draw_plan(seed, 3000, calm));
    CAF_CHECK_EQUAL(result.violation, "");
    CAF_CHECK(result.counts.acknowledged > 0);
    CAF_CHECK_EQUAL(result.counts.unknown, 0u);
  }
}

CAF_TEST(an override takes faults nodes and partitions out of a plan) {
  plan_overrides less;
  less.elastic = false;
  less.nodes = 2;
  less.partitions = 1;
  less.off.set();
  auto settings = draw_plan(7, 100, less);
  CAF_CHECK_EQUAL(settings.nodes, 2u);
  CAF_CHECK_EQUAL(settings.partitions, 1u);
  CAF_CHECK(settings.faults.none());
  CAF_CHECK_EQUAL(settings.loss + settings.crash + settings.write_failure + settings.drift, 0.0);
}

CAF_TEST(a line of a seed list that is none is named) {
  auto path = std::string{"/tmp/kommander-sim-seeds-"} + std::to_string(getpid());
  auto* file = std::fopen(path.c_str(), "w");
  std::fputs("# remark\n1 2 good\nnonsense\n", file);
  std::fclose(file);
  std::string said;
  try {
    read_seed_list(path);
  } catch (const std::runtime_error& x) {
    said = x.what();
  }
  std::remove(path.c_str());
  CAF_CHECK_EQUAL(said, path + ":3: \"nonsense\" is not \"seed ticks remark\"");
}
