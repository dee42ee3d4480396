#include "tests/fuzz/allocation.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t largest = 0;

} // namespace

namespace kommander::test {

std::size_t largest_allocation() {
  return largest;
}

void reset_largest_allocation() {
  largest = 0;
}

} // namespace kommander::test

void* operator new(std::size_t n) {
  largest = std::max(largest, n);
  if (auto* p = std::malloc(n))
    return p;
  throw std::bad_alloc{};
}

void operator delete(void* p) noexcept {
  std::free(p);
}

void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}
