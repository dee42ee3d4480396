// Runs each file in stories/ as a test named after it. With KOMMANDER_REWRITE=1 in the environment the expected parts
// are rewritten instead; read the difference before you commit it.
#define CAF_SUITE scripts
#include <caf/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/scripts/story.hpp"

namespace {

using namespace kommander::scripts;
namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// "first_election.story" is the test "first election".
std::string test_name(const fs::path& path) {
  auto name = path.stem().string();
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

class story_test : public caf::test::test {
public:
  explicit story_test(fs::path path) : test{test_name(path), false}, path_{std::move(path)} {
    // nop
  }

  void run_test_impl() override {
    auto content = read_file(path_);
    auto outcome = run_story(path_.string(), content);
    CAF_CHECK(has_introduction(content));
    CAF_CHECK(outcome.commands > 0);
    const auto* rewrite = std::getenv("KOMMANDER_REWRITE");
    if (rewrite != nullptr && *rewrite == '1') {
      if (outcome.rewritten != content)
        std::ofstream{path_, std::ios::binary} << outcome.rewritten;
    } else if (!outcome.differences.empty()) {
      CAF_ERROR("\n" << outcome.differences);
    }
    CAF_CHECK_EQUAL(outcome.violations, 0u);
  }

private:
  fs::path path_;
};

/// Adds a test for each story before main runs, so that a new file needs no registration.
struct registrar {
  registrar() {
    std::vector<fs::path> paths;
    for (const auto& x : fs::directory_iterator{fs::path{KOMMANDER_SOURCE_DIR} / "tests/scripts/stories"})
      if (x.path().extension() == ".story")
        paths.push_back(x.path());
    std::sort(paths.begin(), paths.end());
    for (auto& x : paths)
      caf::test::engine::add("scripts", std::make_unique<story_test>(std::move(x)));
  }
};

const registrar stories;

} // namespace

CAF_TEST(a transcript that differs is shown with file and line and both sides) {
  auto outcome = run_story("x.story", "# Wrong.\n> nodes 1 2 3\n  1 is follower term=0\n  2 is leader\n"
                                      "  3 is follower term=0\n> log 2\n");
  CAF_CHECK_EQUAL(outcome.differences, "x.story:4: not as expected\n-  2 is leader\n+  2 is follower term=0\n"
                                       "x.story:7: not as expected\n+  2 has\n");
  CAF_CHECK_EQUAL(outcome.rewritten, "# Wrong.\n> nodes 1 2 3\n  1 is follower term=0\n  2 is follower term=0\n"
                                     "  3 is follower term=0\n> log 2\n  2 has\n");
  CAF_CHECK_EQUAL(outcome.violations, 0u);
}

CAF_TEST(a command that makes no sense fails the script even if the transcript expects it) {
  auto outcome = run_story("x.story", "# Wrong.\n> dance\n  ?? there is no command dance\n");
  CAF_CHECK(outcome.differences.empty());
  CAF_CHECK_EQUAL(outcome.violations, 1u);
}

CAF_TEST(a line that is no comment and no command is refused) {
  auto outcome = run_story("x.story", "# Wrong.\nnodes 1\n");
  CAF_CHECK_EQUAL(outcome.differences, "x.story:2: neither comment, command nor expected output\n");
}
