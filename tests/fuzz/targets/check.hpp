/// What a fuzz target demands of the code under test.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace kommander::test {

/// Ends the process, so that the fuzzer keeps the input, unless `good`.
inline void demand(bool good, const char* what) {
  if (good)
    return;
  std::fprintf(stderr, "Broken: %s\n", what);
  std::abort();
}

} // namespace kommander::test
