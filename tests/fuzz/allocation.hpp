/// How much a thread asks for at once. Linking allocation.cpp replaces `operator new`.
#pragma once

#include <cstddef>

namespace kommander::test {

/// The largest single allocation of this thread since the last reset.
std::size_t largest_allocation();

void reset_largest_allocation();

} // namespace kommander::test
