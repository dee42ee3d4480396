#include "kommander/types.hpp"

#include "kommander/hlc.hpp"

namespace kommander {

std::string to_string(const endpoint& x) {
  auto host = x.host.find(':') == std::string::npos ? x.host : "[" + x.host + "]";
  return host + ":" + std::to_string(x.port);
}

std::string to_string(const hlc_timestamp& x) {
  return std::to_string(x.milliseconds()) + "." + std::to_string(x.counter()) + "@" + std::to_string(x.node);
}

} // namespace kommander
