#include "tests/linearizability/history.hpp"

namespace kommander::linearizability {

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
