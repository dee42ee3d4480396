/// All groups come to be as roster and placements say, whatever happens to nodes and messages.
/// Another range of seeds: KOMMANDER_ROSTER_SEEDS="1000 5000" (the first, and how many).
#include "tests/coordinator/model_roster.hpp"

#define CAF_SUITE roster_sim
#include <caf/test/unit_test.hpp>

#include <cstdlib>
#include <sstream>

using namespace kommander::test;

CAF_TEST(all groups come to be as roster and placements say) {
  std::uint64_t first = 1, count = 200;
  if (const auto* wish = std::getenv("KOMMANDER_ROSTER_SEEDS"))
    std::istringstream{wish} >> first >> count;
  std::map<std::string, std::size_t> counts;
  std::size_t failures = 0;
  for (auto seed = first; seed < first + count && failures < 5; ++seed) {
    auto report = model_roster{seed}.run(3000);
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
  for (const auto* what : {"joins", "leaves", "stays", "promoted", "evicted", "removed", "late goals", "crashes",
                           "leaders", "factors", "adding", "switching", "settled"})
    if (count >= 200 && counts[what] < 20)
      CAF_ERROR("too few: " << what);
  CAF_CHECK_EQUAL(failures, 0u);
}
