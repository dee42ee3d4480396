/// A script: a text file of commands and the transcript that is expected of each. Free of CAF.
///
/// Lines that begin with "#" are comments; lines that begin with "> " are commands; the lines below a command that begin
/// with two blanks are what it is expected to print.
#pragma once

#include <string>
#include <vector>

namespace kommander::scripts {

/// One run of a script.
struct story_result {
  std::string differences; ///< Empty if all was as expected; otherwise names file and line and shows both sides.
  std::string rewritten;   ///< The script with what was printed in place of what was expected.
  std::size_t commands = 0;
  std::size_t violations = 0; ///< Facts found broken, expected or not: a script cannot expect them.
};

/// Runs the script `content` on a cluster of its own. `name` is for messages.
story_result run_story(const std::string& name, const std::string& content);

/// True if `content` begins with a comment that says what it shows.
bool has_introduction(const std::string& content);

} // namespace kommander::scripts
