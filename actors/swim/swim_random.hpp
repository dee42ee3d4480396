/// Where a failure detector's choices come from: a small generator (SplitMix64), so that a seed decides everything. Pure.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace kommander {

class swim_random {
public:
  explicit swim_random(std::uint64_t seed) noexcept : state_{seed} {
    // nop
  }

  std::uint64_t next() noexcept {
    auto x = state_ += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }

  /// A number in [0, n); zero if n is.
  std::size_t below(std::size_t n) noexcept {
    return n == 0 ? 0 : static_cast<std::size_t>(next() % n);
  }

  template <class T>
  void shuffle(std::vector<T>& xs) noexcept {
    for (auto i = xs.size(); i > 1; --i)
      std::swap(xs[i - 1], xs[below(i)]);
  }

  /// Leaves `n` of `xs`, any of them.
  template <class T>
  void choose(std::vector<T>& xs, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n && i < xs.size(); ++i)
      std::swap(xs[i], xs[i + below(xs.size() - i)]);
    if (n < xs.size())
      xs.erase(xs.begin() + static_cast<std::ptrdiff_t>(n), xs.end());
  }

private:
  std::uint64_t state_;
};

} // namespace kommander
