/// Operations run to their end whatever happens to nodes and messages, and no write is lost or taken twice.
/// Another range of seeds: KOMMANDER_COORDINATOR_SEEDS="1000 5000" (the first, and how many).
#include "tests/coordinator/model_cluster.hpp"

#define CAF_SUITE coordinator_sim
#include <caf/test/unit_test.hpp>

#include <cstdlib>
#include <sstream>

using namespace kommander::test;

CAF_TEST(every operation ends and every write has one place) {
  std::uint64_t first = 1, count = 300;
  if (const auto* wish = std::getenv("KOMMANDER_COORDINATOR_SEEDS"))
    std::istringstream{wish} >> first >> count;
  std::map<std::string, std::size_t> counts;
  std::size_t failures = 0;
  for (auto seed = first; seed < first + count && failures < 5; ++seed) {
    auto report = model_cluster{seed}.run(2000);
    if (!report.wrong.empty()) {
      CAF_ERROR("seed " << seed << ", " << report.wrong);
      ++failures;
    }
    for (const auto& [what, n] : report.counts)
      counts[what] += n;
  }
  for (const auto& [what, n] : counts)
    CAF_MESSAGE(n << " " << what);
  // What never happens is not tested.
  for (const auto* what :
       {"split done", "split cancelled", "split failed", "split unrouted done", "merge done", "merge cancelled",
        "merge failed", "merge unrouted done", "remove done", "remove unrouted done", "create done",
        "create unrouted done", "exports lost", "crashes", "writes refused", "writes acknowledged"})
    if (count >= 300 && counts[what] < 10)
      CAF_ERROR("too few: " << what);
  CAF_CHECK_EQUAL(failures, 0u);
}
