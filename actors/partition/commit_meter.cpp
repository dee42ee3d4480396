#include "actors/partition/commit_meter.hpp"

#include <algorithm>
#include <cmath>

namespace kommander {

namespace {

std::int64_t second_of(instant x) {
  return std::chrono::duration_cast<std::chrono::seconds>(x).count();
}

std::int64_t microseconds_of(instant x) {
  return std::chrono::duration_cast<std::chrono::microseconds>(x).count();
}

/// The largest wait that counts in the bucket `i`.
std::int64_t top_of(std::size_t i) {
  return static_cast<std::int64_t>(std::exp2(static_cast<double>(i) / 2));
}

} // namespace

void commit_meter::committed(instant now, instant waited, std::uint64_t entries) {
  if (seconds_.empty())
    seconds_.resize(window_seconds);
  auto number = std::max<std::int64_t>(second_of(now), 0);
  auto& x = seconds_[static_cast<std::size_t>(number % window_seconds)];
  if (x.number != number)
    x = second{number, 0, {}};
  x.entries += entries;
  auto wait = microseconds_of(waited);
  std::size_t bucket = 0;
  while (bucket + 1 < buckets && top_of(bucket) < wait)
    ++bucket;
  ++x.waits[bucket];
}

commit_rates commit_meter::look(instant now) const {
  std::array<std::uint64_t, buckets> waits{};
  std::uint64_t entries = 0, proposals = 0;
  auto oldest = second_of(now) - window_seconds;
  for (const auto& x : seconds_) {
    if (x.number < 0 || x.number <= oldest)
      continue;
    entries += x.entries;
    for (std::size_t i = 0; i < buckets; ++i) {
      waits[i] += x.waits[i];
      proposals += x.waits[i];
    }
  }
  auto quantile = [&](double part) {
    auto rank = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(proposals)));
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < buckets; ++i)
      if (sum += waits[i]; sum >= rank && sum > 0)
        return std::chrono::duration_cast<instant>(std::chrono::microseconds{top_of(i)});
    return instant{0};
  };
  return {static_cast<double>(entries) / window_seconds, quantile(0.5), quantile(0.99)};
}

} // namespace kommander
