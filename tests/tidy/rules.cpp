#include "tests/tidy/rules.hpp"

#include "tests/tidy/scan.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

namespace tidy {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t file_lines_max = 600;
constexpr std::size_t function_lines_max = 70;
constexpr std::size_t public_headers_max = 20;

bool is_header(const std::string& path) {
  return path.ends_with(".hpp");
}

bool is_cpp(const std::string& path) {
  return is_header(path) || path.ends_with(".cpp");
}

std::string zone_of(const std::string& path) {
  return path.substr(0, path.find('/'));
}

/// Whose headers each folder may include, itself among them.
bool may_include(const std::string& from, const std::string& to) {
  static const std::map<std::string, std::set<std::string>> allowed{
    {"include", {"include"}},
    {"wal", {"wal", "include"}},
    {"net", {"net", "include"}},
    {"actors", {"actors", "include"}},
    {"examples", {"examples", "include"}},
    {"tests", {"tests", "include", "actors", "wal", "net", "examples"}},
  };
  auto i = allowed.find(from);
  return i == allowed.end() || i->second.contains(to);
}

/// The file of ours that an include line means: beside the includer, from the top, or in include/.
std::optional<std::string> resolve(const source_tree& tree, const std::string& includer, const include_line& line) {
  auto beside = (fs::path{includer}.parent_path() / line.name).lexically_normal().string();
  auto is_public = "include/" + line.name;
  if (line.quoted && tree.contains(beside))
    return beside;
  if (line.quoted && tree.contains(line.name))
    return line.name;
  if (tree.contains(is_public))
    return is_public;
  return std::nullopt;
}

bool is_core(const std::string& path) {
  static const std::regex form{
    R"(^actors/(.*/\w+_core\w*|partition/(?!partition_actor|node_budget|node_clock|open_charges)\w+|coordinator/(map_\w+|roster_\w+|eviction|balance_planner|call_table|node_request)|client/(?!\w+_actor)\w+|swim/(?!swim_actor|heard_gossip|liveness_message)\w+)\.[ch]pp$)"};
  return std::regex_match(path, form);
}

bool is_impure(const std::string& header) {
  static const std::regex form{
    R"(^(caf/|spdlog/|rocksdb/|sys/|net/|netinet/|arpa/|openssl/).*)"
    R"(|^(thread|mutex|shared_mutex|condition_variable|future|stop_token|semaphore|latch|barrier|atomic|random)$)"
    R"(|^(fstream|iostream|filesystem|cstdio|ctime|csignal|unistd\.h|fcntl\.h|poll\.h|pthread\.h|time\.h|netdb\.h)$)"};
  return std::regex_match(header, form);
}

/// `start` and all files of ours that it includes, directly or not, each with the one that brought it in.
std::map<std::string, std::string> closure(const source_tree& tree, const std::string& start) {
  std::map<std::string, std::string> seen{{start, start}};
  std::vector<std::string> open{start};
  while (!open.empty()) {
    auto path = open.back();
    open.pop_back();
    for (const auto& line : includes_of(tree.at(path)))
      if (auto target = resolve(tree, path, line); target && seen.emplace(*target, path).second)
        open.push_back(*target);
  }
  return seen;
}

/// Complains about what `path`, a part of `core`, takes from the outside world.
void check_pure_file(const source_tree& tree, const std::string& core, const std::string& path, complaints& out) {
  auto whose = path == core ? path : path + " (included by " + core + ")";
  for (const auto& line : includes_of(tree.at(path)))
    if (is_impure(line.name))
      out.push_back(whose + " includes <" + line.name
                    + ">; a core knows no CAF, thread, clock, random source, file or socket");
  static const std::regex clock{R"(_clock::now\b|\brandom_device\b|\bsrand\b|\bgetenv\b)"};
  if (std::smatch match; std::regex_search(tree.at(path), match, clock))
    out.push_back(whose + " uses " + match.str() + "; time and randomness are passed to a core");
}

bool has_waiver(const std::vector<std::string>& lines, const function_extent& x) {
  static const std::regex form{R"(// A long function, because \w+)"};
  for (auto i = x.first > 1 ? x.first - 2 : 0; i < x.last && i < lines.size(); ++i)
    if (std::regex_search(lines[i], form))
      return true;
  return false;
}

std::string read_file(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

} // namespace

source_tree read_sources(const std::string& root) {
  source_tree result;
  for (const auto* folder : {"include", "actors", "wal", "net", "tests", "examples", "cmake", ".ci"})
    for (const auto& x : fs::recursive_directory_iterator{fs::path{root} / folder}) {
      auto path = fs::relative(x.path(), root).string();
      if (x.is_regular_file()
          && (is_cpp(path) || path.ends_with(".sh") || path.ends_with(".cmake") || path.ends_with("CMakeLists.txt")
              || path == ".ci/run"))
        result.emplace(path, read_file(x.path()));
    }
  return result;
}

complaints check_includes(const source_tree& tree) {
  complaints out;
  for (const auto& [path, text] : tree) {
    if (!is_cpp(path))
      continue;
    for (const auto& line : includes_of(text)) {
      auto target = resolve(tree, path, line);
      if (!target && line.quoted && !line.name.ends_with(".inc")) // those are made by the build
        out.push_back(path + " includes \"" + line.name + "\", which is no file of ours; is <...> meant?");
      else if (target && !may_include(zone_of(path), zone_of(*target)))
        out.push_back(path + " includes " + *target + "; " + zone_of(path) + "/ must not know " + zone_of(*target)
                      + "/");
    }
  }
  return out;
}

complaints check_purity(const source_tree& tree) {
  complaints out;
  for (const auto& [path, text] : tree)
    if (is_core(path))
      for (const auto& [part, via] : closure(tree, path))
        check_pure_file(tree, path, part, out);
  return out;
}

complaints check_file_lengths(const source_tree& tree) {
  complaints out;
  for (const auto& [path, text] : tree) {
    auto lines = lines_of(text).size();
    if (is_cpp(path) && lines > file_lines_max)
      out.push_back(path + " has " + std::to_string(lines) + " lines; at most 600, so it has two jobs to part");
  }
  return out;
}

complaints check_function_lengths(const source_tree& tree) {
  complaints out;
  for (const auto& [path, text] : tree) {
    if (!is_cpp(path))
      continue;
    auto lines = lines_of(text);
    for (const auto& x : functions_of(text))
      if (auto length = x.last - x.first + 1; length > function_lines_max && !has_waiver(lines, x))
        out.push_back(path + ":" + std::to_string(x.first) + " begins a function of " + std::to_string(length)
                      + " lines; at most 70, or a line that says why");
  }
  return out;
}

complaints check_words(const source_tree& tree) {
  // Spelled so that this file does not contain them.
  static const std::regex form{R"(TOD[O]|FIXM[E]|\bXX[X]\b|not [i]mplemented|\bst[u]b\b)"};
  complaints out;
  for (const auto& [path, text] : tree) {
    auto lines = lines_of(text);
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (std::smatch match; std::regex_search(lines[i], match, form))
        out.push_back(path + ":" + std::to_string(i + 1) + " says \"" + match.str() + "\"; finish it or leave it out");
  }
  return out;
}

complaints check_headers(const source_tree& tree) {
  complaints out;
  std::size_t count = 0;
  for (const auto& [path, text] : tree) {
    if (!is_header(path))
      continue;
    count += path.starts_with("include/kommander/") && path.find('/', 18) == std::string::npos ? 1 : 0;
    if (!text.starts_with("//"))
      out.push_back(path + " does not begin with a comment that says what it is for");
  }
  if (count > public_headers_max)
    out.push_back("include/kommander/ has " + std::to_string(count)
                  + " headers; at most 20, so that users find their way");
  return out;
}

complaints check_tests(const source_tree& tree) {
  static const std::regex has_test{R"(\bCAF_TEST\w*\()"};
  static const std::regex has_check{R"(CHECK|REQUIRE|CAF_FAIL|CAF_ERROR|\bexpect\(|\binject\(|\ballow\()"};
  complaints out;
  for (const auto& [path, text] : tree)
    if (path.starts_with("tests/") && is_cpp(path) && std::regex_search(text, has_test)
        && !std::regex_search(text, has_check))
      out.push_back(path + " has tests that check nothing");
  return out;
}

} // namespace tidy
