#include "kommander/hash.hpp"

#include <xxhash.h>

#include <limits>

namespace kommander {

std::uint64_t hash64(std::string_view key) noexcept {
  return XXH64(key.data(), key.size(), 0);
}

std::uint32_t hash32(std::string_view key) noexcept {
  return XXH32(key.data(), key.size(), 0);
}

std::uint32_t static_hash(std::string_view key, std::uint32_t buckets) noexcept {
  return buckets == 0 ? 0 : static_cast<std::uint32_t>(hash64(key) % buckets);
}

std::uint64_t hash_in_range(std::string_view key, std::uint64_t low, std::uint64_t high) noexcept {
  if (high < low)
    return low;
  auto width = high - low + 1; // zero: all numbers
  return width == 0 ? hash64(key) : low + hash64(key) % width;
}

std::uint32_t jump_hash(std::uint64_t key, std::uint32_t buckets) noexcept {
  std::uint64_t bucket = 0;
  // Each round draws the next bucket that this key would jump to if there were that many.
  for (std::uint64_t next = 0; next < buckets;) {
    bucket = next;
    key = key * 2862933555777941757ULL + 1;
    auto draw = static_cast<double>((key >> 33) + 1);
    next = static_cast<std::uint64_t>(static_cast<double>(bucket + 1) * (static_cast<double>(1ULL << 31) / draw));
  }
  return static_cast<std::uint32_t>(bucket);
}

std::uint32_t consistent_hash(std::string_view key, std::uint32_t buckets) noexcept {
  std::uint64_t upper = XXH32(key.data(), key.size(), 0xAAAAAAAA);
  return jump_hash((upper << 32) | XXH32(key.data(), key.size(), 0x55555555), buckets);
}

std::string_view before_first(std::string_view key, std::string_view separator) noexcept {
  return separator.empty() ? key : key.substr(0, key.find(separator));
}

std::string_view before_last(std::string_view key, std::string_view separator) noexcept {
  return separator.empty() ? key : key.substr(0, key.rfind(separator));
}

std::uint32_t routing_value(std::string_view key) noexcept {
  return routing_value_of_hash(hash64(key));
}

std::uint32_t routing_value_of_hash(std::uint64_t hash) noexcept {
  constexpr auto value_max = std::numeric_limits<std::int32_t>::max();
  auto low = static_cast<std::int32_t>(static_cast<std::uint32_t>(hash));
  if (low == std::numeric_limits<std::int32_t>::min())
    return value_max;
  return static_cast<std::uint32_t>(low < 0 ? -low : low);
}

std::uint32_t route_key(std::string_view key) noexcept {
  return routing_value(before_last(key, "/"));
}

std::uint32_t route_prefix(std::string_view prefix) noexcept {
  return routing_value(prefix);
}

} // namespace kommander
