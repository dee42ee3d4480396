/// The simulator's only source of chance (SplitMix64): a seed decides everything that follows.
#pragma once

#include <cmath>
#include <cstdint>

namespace kommander::sim {

/// Scrambles `x`, so that neighbouring numbers give unrelated streams.
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

class random_source {
public:
  explicit random_source(std::uint64_t seed) noexcept : state_{seed} {
    // nop
  }

  /// A stream of its own for each part of the simulator: what one part draws does not shift what another draws.
  random_source(std::uint64_t seed, std::uint64_t stream) noexcept : state_{mix(seed + 0x632be59bd9b4e019u * stream)} {
    // nop
  }

  std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15u;
    return mix(state_);
  }

  /// A number in [0, n); zero if `n` is.
  std::uint64_t below(std::uint64_t n) noexcept {
    return n == 0 ? 0 : next() % n;
  }

  /// A number in [low, high].
  std::uint64_t between(std::uint64_t low, std::uint64_t high) noexcept {
    return low + below(high - low + 1);
  }

  /// True with probability `p`. Draws nothing if that is certain.
  bool chance(double p) noexcept {
    return p > 0 && (p >= 1 || unit() < p);
  }

  /// A number in [0, 1).
  double unit() noexcept {
    return static_cast<double>(next() >> 11) * 0x1.0p-53;
  }

  double uniform(double low, double high) noexcept {
    return low + (high - low) * unit();
  }

  /// Each order of magnitude between `low` and `high` is as likely as another.
  double log_uniform(double low, double high) noexcept {
    return low * std::exp(std::log(high / low) * unit());
  }

  std::uint64_t log_between(std::uint64_t low, std::uint64_t high) noexcept {
    return static_cast<std::uint64_t>(log_uniform(static_cast<double>(low), static_cast<double>(high) + 0.999));
  }

  /// A waiting time with this mean, rounded down.
  std::uint64_t exponential(double mean) noexcept {
    return mean <= 0 ? 0 : static_cast<std::uint64_t>(-mean * std::log(1.0 - unit()));
  }

private:
  std::uint64_t state_;
};

} // namespace kommander::sim
