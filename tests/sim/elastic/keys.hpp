/// What clients of elastic clusters write: a few keys in sample places of the key space, and two in each partition that no
/// key leads to. And what an entry says of it.
#pragma once

#include <cstdint>
#include <optional>

#include "kommander/entry.hpp"
#include "kommander/partition_map.hpp"
#include "tests/linearizability/history.hpp"

namespace kommander::sim {

/// A place of the key space, or above it a key of a partition that is not routed.
using key_id = std::uint32_t;

inline constexpr std::uint32_t place_count = 16;
inline constexpr std::uint32_t cell_size = place_max / place_count + 1;
inline constexpr key_id unrouted_begin = 0x80000000;

/// The key in the `i`th part of the key space; some lie at an edge of their part.
constexpr key_id routed_key(std::uint32_t i) noexcept {
  constexpr std::uint32_t offsets[] = {0, cell_size - 1, 1, cell_size / 2};
  return i * cell_size + offsets[i % 4];
}

/// The two keys with which an unrouted partition is born.
constexpr key_id unrouted_key(partition_id partition, std::uint32_t i) noexcept {
  return unrouted_begin + static_cast<key_id>(partition.value()) * 2 + i;
}

constexpr bool is_routed(key_id key) noexcept {
  return key < unrouted_begin;
}

/// What a proposal names as its place.
constexpr std::uint32_t place_of(key_id key) noexcept {
  return is_routed(key) ? key : any_place;
}

/// What an entry asks of a key. An operation may be proposed many times; what it puts is its number.
struct key_request {
  std::uint64_t operation = 0;
  std::uint64_t expected = 0;            ///< Of a compare-and-set.
  std::uint64_t expected_generation = 0; ///< With which it was proposed.
  key_id key = 0;
  linearizability::action what = linearizability::action::read;
};

bytes encode(const key_request& x);

/// Nothing if `x` is none.
std::optional<key_request> decode_key_request(const entry& x);

} // namespace kommander::sim
