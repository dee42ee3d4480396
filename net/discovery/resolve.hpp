/// Looking up a name. Blocks for as long as the system's resolver does.
#pragma once

#include <string>
#include <vector>

#include "kommander/types.hpp"

namespace kommander::net {

struct resolution {
  bool answered = false;          ///< False: nothing is known, for it could not be asked.
  std::vector<std::string> hosts; ///< Numeric, IPv4 and IPv6, without repetition; answered and none: there are none.
  std::string problem;            ///< If not answered: why; otherwise why there are none.
};

/// Link-local IPv6 addresses, which mean nothing without their interface, are left out.
resolution resolve(const std::string& name);

} // namespace kommander::net
