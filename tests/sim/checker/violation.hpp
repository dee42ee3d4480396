/// What the checker throws, and the run reports.
#pragma once

#include <stdexcept>
#include <string>

namespace kommander::sim {

/// A fact that must hold does not.
class violation : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

} // namespace kommander::sim
