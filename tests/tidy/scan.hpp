/// A rough reader of C++: enough to find includes and the extent of functions, without a compiler.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidy {

std::vector<std::string> lines_of(const std::string& text);

/// `text` with comments blanked, and with `literals` also the content of string and character literals. Line breaks
/// stay.
std::string blank(const std::string& text, bool literals);

struct include_line {
  std::string name; ///< Between the quotes or angle brackets.
  bool quoted = false;
};

std::vector<include_line> includes_of(const std::string& text);

/// A function's lines, numbered from 1: from its declaration to its closing brace.
struct function_extent {
  std::size_t first = 0;
  std::size_t last = 0;
};

/// All functions (and test cases) of a file; lambdas count to the function around them.
std::vector<function_extent> functions_of(const std::string& text);

} // namespace tidy
