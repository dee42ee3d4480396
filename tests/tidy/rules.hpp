/// The rules of structure that a machine can check, as functions from source text to complaints.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace tidy {

/// Source files by path relative to the project, e.g. "wal/record.cpp".
using source_tree = std::map<std::string, std::string>;

/// One sentence each: where, what, and what would be right.
using complaints = std::vector<std::string>;

/// Reads all C++ files, scripts and build files of the project's folders.
source_tree read_sources(const std::string& root);

/// Each folder includes only what it may (design, section 1).
complaints check_includes(const source_tree& tree);

/// Cores, and all that they include, know no CAF, thread, clock, random source, file or socket.
complaints check_purity(const source_tree& tree);

/// No file is longer than 600 lines.
complaints check_file_lengths(const source_tree& tree);

/// No function is longer than 70 lines, unless a line in or right above it says `// A long function, because <reason>`.
complaints check_function_lengths(const source_tree& tree);

/// Nothing is marked as left open.
complaints check_words(const source_tree& tree);

/// At most 20 headers are what applications include (those in testing/ are for tests), and each header begins with a comment that says what it is for.
complaints check_headers(const source_tree& tree);

/// Each file with tests checks something.
complaints check_tests(const source_tree& tree);

} // namespace tidy
