#include "tests/tidy/scan.hpp"

#include <regex>
#include <sstream>

namespace tidy {

namespace {

/// What a character belongs to.
enum class state { code, line_comment, block_comment, string, character, raw_string };

/// Blanks comments and literals one character at a time.
class blanker {
public:
  blanker(const std::string& text, bool literals) : text_{text}, literals_{literals} {
    // nop
  }

  std::string run() {
    while (pos_ < text_.size())
      step();
    return std::move(out_);
  }

private:
  [[nodiscard]] bool at(std::string_view what) const {
    return text_.compare(pos_, what.size(), what) == 0;
  }

  void take(std::size_t count, bool keep) {
    for (; count > 0 && pos_ < text_.size(); --count, ++pos_)
      out_.push_back(keep || text_[pos_] == '\n' ? text_[pos_] : ' ');
  }

  void step() {
    switch (state_) {
      case state::code: return step_code();
      case state::line_comment:
        if (at("\n"))
          state_ = state::code;
        return take(1, false);
      case state::block_comment: return step_until("*/", false);
      case state::raw_string: return step_until(raw_end_, !literals_);
      case state::string: return step_literal('"');
      case state::character: return step_literal('\'');
    }
  }

  void step_code() {
    if (at("//") || at("/*")) {
      state_ = at("//") ? state::line_comment : state::block_comment;
      return take(2, false);
    }
    if (at("R\"")) {
      auto open = text_.find('(', pos_);
      raw_end_ = ")" + text_.substr(pos_ + 2, open - pos_ - 2) + "\"";
      state_ = state::raw_string;
      return take(open - pos_ + 1, true);
    }
    auto c = text_[pos_];
    if (c == '"')
      state_ = state::string;
    else if (c == '\'' && !is_digit_separator())
      state_ = state::character;
    take(1, true);
  }

  [[nodiscard]] bool is_digit_separator() const {
    return pos_ > 0 && std::isxdigit(static_cast<unsigned char>(text_[pos_ - 1])) != 0;
  }

  void step_until(const std::string& end, bool keep) {
    if (!at(end))
      return take(1, keep);
    state_ = state::code;
    take(end.size(), keep);
  }

  void step_literal(char end) {
    if (at("\\"))
      return take(2, !literals_);
    auto ends = text_[pos_] == end || text_[pos_] == '\n';
    if (ends)
      state_ = state::code;
    take(1, ends || !literals_);
  }

  const std::string& text_;
  bool literals_;
  std::size_t pos_ = 0;
  state state_ = state::code;
  std::string raw_end_;
  std::string out_;
};

/// Tells from what stands before a brace outside of functions whether a function's body begins.
bool opens_function(const std::string& before) {
  static const std::regex container{
    R"((?:^|\n)\s*(template\s*<.*>\s*)?(inline\s+)?(namespace|class|struct|enum|union|extern)\b)"};
  return before.find('(') != std::string::npos && !std::regex_search(before, container)
         && before.find('=') == std::string::npos;
}

/// Blanks preprocessor directives with their continuation lines.
std::string without_directives(const std::string& code) {
  std::string out;
  bool continued = false;
  for (const auto& line : lines_of(code)) {
    auto first = line.find_first_not_of(" \t");
    auto directive = continued || (first != std::string::npos && line[first] == '#');
    continued = directive && !line.empty() && line.back() == '\\';
    out += (directive ? std::string{} : line) + "\n";
  }
  return out;
}

} // namespace

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

std::string blank(const std::string& text, bool literals) {
  return blanker{text, literals}.run();
}

std::vector<include_line> includes_of(const std::string& text) {
  static const std::regex form{R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])"};
  std::vector<include_line> result;
  for (const auto& line : lines_of(blank(text, false))) {
    std::smatch match;
    if (std::regex_search(line, match, form))
      result.push_back({match[2], match[1] == "\""});
  }
  return result;
}

std::vector<function_extent> functions_of(const std::string& text) {
  std::vector<function_extent> result;
  std::string before;          // since the last end of a declaration
  std::size_t before_line = 1; // where it begins
  std::size_t line = 1, depth = 0;
  function_extent current; // first == 0: outside of functions
  for (char c : without_directives(blank(text, true))) {
    if (c == '\n')
      ++line;
    if (current.first != 0) {
      if (c == '{')
        ++depth;
      if (c == '}' && --depth == 0) {
        current.last = line;
        result.push_back(current);
        current = {};
      }
      continue;
    }
    if (c == '{' && opens_function(before)) {
      current.first = before_line;
      depth = 1;
    }
    if (c == '{' || c == '}' || c == ';') {
      before.clear();
      continue;
    }
    if (before.empty() && std::isspace(static_cast<unsigned char>(c)) != 0)
      continue;
    if (before.empty())
      before_line = line;
    before.push_back(c);
  }
  return result;
}

} // namespace tidy
