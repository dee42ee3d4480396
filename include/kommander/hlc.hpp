/// Hybrid logical clock timestamps (Kulkarni et al., "Logical Physical Clocks", 2014). Free of CAF.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <string>

namespace kommander {

/// A point in hybrid time: 42 bits of milliseconds since 1970 and 22 bits of counter. The node only breaks ties, and
/// makes timestamps of different nodes unique.
struct hlc_timestamp {
  std::uint64_t time = 0; ///< (milliseconds << 22) | counter
  std::uint64_t node = 0; ///< The node that issued it.

  static constexpr unsigned counter_bits = 22;

  /// The last millisecond that a clock believes, in the year 2107. The two years behind it are room for what is issued then.
  static constexpr std::uint64_t milliseconds_max = (std::uint64_t{1} << 42) - (std::uint64_t{1} << 36);

  [[nodiscard]] constexpr std::uint64_t milliseconds() const noexcept {
    return time >> counter_bits;
  }

  [[nodiscard]] constexpr std::uint64_t counter() const noexcept {
    return time & ((std::uint64_t{1} << counter_bits) - 1);
  }

  auto operator<=>(const hlc_timestamp&) const = default;

  template <class Inspector>
  friend auto inspect(Inspector& f, hlc_timestamp& x) {
    return f(x.time, x.node);
  }
};

/// "milliseconds.counter@node".
std::string to_string(const hlc_timestamp& x);

/// A node's clock. Not thread-safe: each actor that stamps has its own, with a `node` of its own, or shares through
/// messages. Wall time is passed in, so the clock itself is deterministic.
class hybrid_clock {
public:
  explicit hybrid_clock(std::uint64_t node) noexcept : node_{node} {
    // nop
  }

  /// A timestamp greater than every one issued or observed before. A counter that overflows moves the time on. A wall clock
  /// beyond `milliseconds_max` counts as if it stood there.
  hlc_timestamp issue(std::uint64_t wall_milliseconds) noexcept {
    auto wall = std::min(wall_milliseconds, hlc_timestamp::milliseconds_max) << hlc_timestamp::counter_bits;
    last_ = wall > last_ ? wall : last_ + 1;
    return {last_, node_};
  }

  /// Takes note of a timestamp that came from elsewhere. One beyond `milliseconds_max` is damaged or forged, and ignored:
  /// nothing could be issued after the greatest of them.
  void observe(const hlc_timestamp& seen) noexcept {
    if (seen.time > last_ && seen.milliseconds() <= hlc_timestamp::milliseconds_max)
      last_ = seen.time;
  }

private:
  std::uint64_t node_;
  std::uint64_t last_ = 0;
};

} // namespace kommander
