/// The project keeps its own rules of structure; and each rule is seen to catch what breaks it.
#include "tests/tidy/rules.hpp"
#include "tests/tidy/scan.hpp"

#define CAF_SUITE tidy
#include <caf/test/unit_test.hpp>

#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

using namespace tidy;

namespace {

const source_tree& project() {
  static const source_tree tree = read_sources(KOMMANDER_SOURCE_DIR);
  return tree;
}

void expect_none(const complaints& found) {
  for (const auto& x : found)
    CAF_ERROR(x);
  CAF_CHECK_EQUAL(found.size(), 0u);
}

/// `found` is one complaint that contains `part`.
void expect_one(const complaints& found, const std::string& part) {
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_MESSAGE(found.front());
  CAF_CHECK(found.front().find(part) != std::string::npos);
}

/// What `command` prints, on both channels.
std::string output_of(const std::string& command) {
  std::unique_ptr<FILE, int (*)(FILE*)> pipe{popen(("{ " + command + "; } 2>&1").c_str(), "r"), pclose};
  std::string result;
  std::array<char, 4096> chunk{};
  while (pipe && fgets(chunk.data(), chunk.size(), pipe.get()) != nullptr)
    result += chunk.data();
  return result;
}

/// Other versions format some things in another way.
bool has_clang_format() {
  auto found = output_of("clang-format --version").find("version 14.") != std::string::npos;
  if (!found)
    CAF_MESSAGE("clang-format 14 is not installed: nothing is compared");
  return found;
}

/// The places in `files` (relative to the project) that clang-format would change.
std::string misformatted(const std::string& files) {
  auto format = "cd '" KOMMANDER_SOURCE_DIR "' && clang-format --dry-run " + files;
  return output_of("{ " + format + "; } 2>&1 | grep 'error:\\|warning:'");
}

std::string repeat(const std::string& line, std::size_t times) {
  std::string result;
  for (; times > 0; --times)
    result += line;
  return result;
}

} // namespace

// -- the project ----------------------------------------------------------------------------------------------------

CAF_TEST(the sources are found) {
  CAF_CHECK(project().contains("include/kommander/kommander.hpp"));
  CAF_CHECK(project().contains("actors/partition/raft_core.hpp"));
  CAF_CHECK(project().contains("tests/run.sh"));
}

CAF_TEST(each folder includes only what it may) {
  expect_none(check_includes(project()));
}

CAF_TEST(the cores know nothing of the outside world) {
  expect_none(check_purity(project()));
}

CAF_TEST(files and functions are short) {
  expect_none(check_file_lengths(project()));
  expect_none(check_function_lengths(project()));
}

CAF_TEST(nothing is left open in the code) {
  expect_none(check_words(project()));
}

CAF_TEST(public headers are few and every header says what it is for) {
  expect_none(check_headers(project()));
}

CAF_TEST(every file with tests checks something) {
  expect_none(check_tests(project()));
}

CAF_TEST(the sources are formatted by clang format 14) {
  std::string files;
  for (const auto& [path, text] : project())
    if (path.ends_with(".hpp") || path.ends_with(".cpp"))
      files += " " + path;
  if (has_clang_format())
    CAF_CHECK_EQUAL(misformatted(files), "");
}

// -- each rule catches what breaks it ---------------------------------------------------------------------------------

CAF_TEST(an include of a folder that must not be known is found) {
  source_tree tree{
    {"include/kommander/a.hpp", "#include \"wal/b.hpp\"\n"},
    {"wal/b.hpp", "#include \"kommander/a.hpp\"\n#include <vector>\n"},
  };
  expect_one(check_includes(tree), "include/ must not know wal/");
  tree = {{"actors/x/c.cpp", "#include \"net/d.hpp\"\n"}, {"net/d.hpp", ""}};
  expect_one(check_includes(tree), "actors/ must not know net/");
  tree = {{"examples/e.cpp", "// #include \"net/d.hpp\"\n#include \"kommander/nowhere.hpp\"\n"}, {"net/d.hpp", ""}};
  expect_one(check_includes(tree), "no file of ours");
}

CAF_TEST(a core that reaches a clock or CAF through another header is found) {
  source_tree tree{
    {"actors/x/x_core.cpp", "#include \"actors/x/x_core.hpp\"\n"},
    {"actors/x/x_core.hpp", "#include \"kommander/helper.hpp\"\n"},
    {"include/kommander/helper.hpp", "#include <vector>\n"},
  };
  expect_none(check_purity(tree));
  tree["include/kommander/helper.hpp"] = "#include <caf/all.hpp>\n";
  CAF_CHECK_EQUAL(check_purity(tree).size(), 2u);
  tree["include/kommander/helper.hpp"] = "auto x = std::chrono::steady_clock::now();\n";
  CAF_CHECK_EQUAL(check_purity(tree).size(), 2u);
  expect_one(check_purity({{"actors/partition/quorum.cpp", "#include <random>\n"}}), "<random>");
}

CAF_TEST(a file that is too long is found) {
  expect_none(check_file_lengths({{"wal/a.cpp", repeat("int x;\n", 600)}}));
  expect_one(check_file_lengths({{"wal/a.cpp", repeat("int x;\n", 601)}}), "601 lines");
}

CAF_TEST(a function that is too long is found unless it says why) {
  auto body = repeat("  if (x) { y(\"}\"); } // }\n", 68) + "}\n";
  auto head = std::string{"namespace n {\nstruct s {\nint a = 0;\n};\n\n"};
  expect_none(check_function_lengths({{"wal/a.cpp", head + "void f() {\n" + body + "}\n"}}));
  auto longer = head + "void f(int a,\n       int b) {\n" + body + "}\n";
  expect_one(check_function_lengths({{"wal/a.cpp", longer}}), "wal/a.cpp:6 begins a function of 71 lines");
  auto waived = head + "// A long function, because it is a table.\n" + longer.substr(head.size());
  expect_none(check_function_lengths({{"wal/a.cpp", waived}}));
}

CAF_TEST(functions are told from types and from initializers) {
  auto text = std::string{"class a : public b<int()> {\n  int f() const {\n    return 1;\n  }\n};\n"
                          "const std::map<int, int> m = {{f(1), 2}};\n"
                          "#define BAD(x) {\n"
                          "REGISTER(a)\n\nnamespace n {\n}\n"
                          "template <class T>\nT g(T x) {\n  return R\"({)\" ? x : '{';\n}\n"};
  auto found = functions_of(text);
  CAF_REQUIRE_EQUAL(found.size(), 2u);
  CAF_CHECK_EQUAL(found[0].first, 2u);
  CAF_CHECK_EQUAL(found[0].last, 4u);
  CAF_CHECK_EQUAL(found[1].first, 12u);
  CAF_CHECK_EQUAL(found[1].last, 15u);
}

CAF_TEST(a word that says that something is left open is found) {
  auto word = std::string{"TO"} + "DO";
  expect_one(check_words({{"wal/a.cpp", "int x;\n// " + word + ": all of it\n"}}), "wal/a.cpp:2");
  expect_none(check_words({{"wal/a.cpp", "// a stubborn case\n"}, {"wal/b.cpp", "// to do so\n"}}));
}

CAF_TEST(too many public headers and a header without a word are found) {
  source_tree tree;
  for (int i = 0; i < 21; ++i)
    tree["include/kommander/" + std::to_string(i) + ".hpp"] = "/// Something.\n";
  expect_one(check_headers(tree), "21 headers");
  expect_one(check_headers({{"wal/a.hpp", "#pragma once\n"}}), "wal/a.hpp");
}

CAF_TEST(tests that check nothing are found) {
  expect_one(check_tests({{"tests/a.cpp", "CAF_TEST"
                                          "(nothing) { f(); }\n"}}),
             "tests/a.cpp");
}

CAF_TEST(a file that is not formatted is found) {
  auto path = std::filesystem::temp_directory_path() / ("kommander-tidy-" + std::to_string(getpid()) + ".cpp");
  std::ofstream{path} << "int   x ;\n";
  if (has_clang_format())
    CAF_CHECK(misformatted("--style=file:.clang-format " + path.string()).find("code should be clang-formatted")
              != std::string::npos);
  std::filesystem::remove(path);
}
