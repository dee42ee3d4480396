#include "tests/scripts/story.hpp"

#include <sstream>

#include "tests/scripts/commands.hpp"
#include "tests/scripts/text.hpp"

namespace kommander::scripts {

namespace {

using lines = std::vector<std::string>;

lines split_lines(const std::string& content) {
  lines result;
  std::istringstream in{content};
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

/// What a command prints. A command that makes no sense ends with a line "??", one at which a core throws with "!!".
lines execute(cluster& target, const std::string& command) {
  auto with_transcript = [&target](const std::string& last) {
    auto result = target.take_transcript();
    result.push_back(last);
    return result;
  };
  try {
    return run_command(target, command);
  } catch (const script_error& e) {
    return with_transcript(std::string{"  ?? "} + e.what());
  } catch (const std::exception& e) {
    return with_transcript(std::string{"  !! exception: "} + e.what());
  }
}

/// Both sides from the first line that differs, with what is the same left out at the end.
std::string difference(const std::string& name, std::size_t line, const lines& expected, const lines& actual) {
  std::size_t same = 0;
  while (same < expected.size() && same < actual.size() && expected[same] == actual[same])
    ++same;
  std::size_t tail = 0;
  while (tail < expected.size() - same && tail < actual.size() - same
         && expected[expected.size() - 1 - tail] == actual[actual.size() - 1 - tail])
    ++tail;
  auto text = name + ":" + std::to_string(line + same) + ": not as expected\n";
  for (auto i = same; i < expected.size() - tail; ++i)
    text += "-" + expected[i] + "\n";
  for (auto i = same; i < actual.size() - tail; ++i)
    text += "+" + actual[i] + "\n";
  return text;
}

} // namespace

story_result run_story(const std::string& name, const std::string& content) {
  story_result result;
  cluster target;
  auto text = split_lines(content);
  for (std::size_t i = 0; i < text.size();) {
    const auto& line = text[i++];
    result.rewritten += line + "\n";
    if (!line.starts_with("> ")) {
      if (!line.empty() && line.front() != '#')
        result.differences += name + ":" + std::to_string(i) + ": neither comment, command nor expected output\n";
      continue;
    }
    auto actual = execute(target, line.substr(2));
    auto first = i + 1;
    lines expected;
    for (; i < text.size() && text[i].starts_with("  "); ++i)
      expected.push_back(text[i]);
    if (expected != actual)
      result.differences += difference(name, first, expected, actual);
    for (const auto& x : actual) {
      result.rewritten += x + "\n";
      if (x.starts_with("  ??") || x.starts_with("  !! exception"))
        ++result.violations;
    }
    ++result.commands;
  }
  result.violations += target.violations();
  return result;
}

bool has_introduction(const std::string& content) {
  return content.starts_with("# ") && content.find("\n> ") != std::string::npos;
}

} // namespace kommander::scripts
