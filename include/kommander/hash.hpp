/// Hashes that spread keys over buckets and partitions. Every client of a cluster computes the same ones, whatever its
/// language: UTF-8 bytes go into xxHash as they are, and no function depends on the machine. Total: no input is an error.
/// Free of CAF.
#pragma once

#include <cstdint>
#include <string_view>

namespace kommander {

/// xxHash64 with seed 0.
std::uint64_t hash64(std::string_view key) noexcept;

/// xxHash32 with seed 0.
std::uint32_t hash32(std::string_view key) noexcept;

/// `hash64` modulo `buckets`: evenly spread, but nearly every key moves when the number of buckets changes. No buckets
/// count as one.
std::uint32_t static_hash(std::string_view key, std::uint32_t buckets) noexcept;

/// A number of [low, high] by `hash64`; `low` if the range is empty.
std::uint64_t hash_in_range(std::string_view key, std::uint64_t low, std::uint64_t high) noexcept;

/// The bucket of [0, buckets) by the jump consistent hash (Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash
/// Algorithm", 2014): with one bucket more, one key of `buckets + 1` moves, and into the new one. No buckets count as one.
std::uint32_t jump_hash(std::uint64_t key, std::uint32_t buckets) noexcept;

/// `jump_hash` of a text: of its xxHash32 with seed 0xAAAAAAAA (the upper half) and with seed 0x55555555.
std::uint32_t consistent_hash(std::string_view key, std::uint32_t buckets) noexcept;

/// What comes before the first `separator`, or the last one: keys that begin alike then go together. All of `key` if
/// there is none. An empty separator is not found.
std::string_view before_first(std::string_view key, std::string_view separator) noexcept;
std::string_view before_last(std::string_view key, std::string_view separator) noexcept;

/// The place of a key in the space [0, 2^31 - 1] that partitions divide: the lower half of `hash64` as a signed number,
/// without its sign; the one that has no positive counterpart counts as 2^31 - 1.
std::uint32_t routing_value(std::string_view key) noexcept;

/// The same for a key with this `hash64`.
std::uint32_t routing_value_of_hash(std::uint64_t hash) noexcept;

/// `routing_value` of what comes before the last '/', so that "orders/17" and "orders/18" are neighbours.
std::uint32_t route_key(std::string_view key) noexcept;

/// `routing_value` of the whole of `prefix`: where the keys "prefix/..." go by `route_key`.
std::uint32_t route_prefix(std::string_view prefix) noexcept;

} // namespace kommander
