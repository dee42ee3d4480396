#include "tests/linearizability/history.hpp"

#include <sstream>

namespace kommander::linearizability {

std::string payload_of(const operation& x) {
  std::ostringstream out;
  out << x.key << ' ' << static_cast<int>(x.what) << ' ' << x.expected << ' ' << x.value;
  return out.str();
}

operation operation_of(const std::string& payload) {
  std::istringstream in{payload};
  operation x;
  int what = 0;
  in >> x.key >> what >> x.expected >> x.value;
  x.what = static_cast<action>(what);
  return x;
}

std::string to_text(const operation& x) {
  auto text = "key " + std::to_string(x.key) + ": ";
  switch (x.what) {
    case action::read: text += "read " + std::to_string(x.value); break;
    case action::write: text += "write " + std::to_string(x.value); break;
    case action::compare_and_set:
      text += "swap " + std::to_string(x.expected) + " -> " + std::to_string(x.value) + (x.swapped ? "" : " failed");
      break;
  }
  text += " in [" + std::to_string(x.invoked) + ", ";
  return text + (x.is_open() ? std::string{"unknown"} : std::to_string(x.answered)) + "]";
}

} // namespace kommander::linearizability
