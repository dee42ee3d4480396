/// Keys of the RocksDB log: see wal/record.hpp for the format.
#pragma once

#include <string>
#include <string_view>

#include "kommander/types.hpp"
#include "wal/record.hpp"

namespace kommander::wal_keys {

/// Appends eight bytes, big-endian, so that keys sort as numbers do.
inline void put_big_endian(std::string& out, std::uint64_t x) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>((x >> shift) & 0xff));
}

/// The key of a record that a partition has one of.
inline std::string of_partition(wal_record::tag what, partition_id partition) {
  std::string key(1, static_cast<char>(what));
  put_big_endian(key, partition.value());
  return key;
}

/// The key of an entry.
inline std::string of_entry(partition_id partition, log_index index) {
  auto key = of_partition(wal_record::tag::entry, partition);
  put_big_endian(key, index.value());
  return key;
}

/// The first key that belongs to no entry of `partition` any more.
inline std::string end_of_entries(partition_id partition) {
  auto key = of_entry(partition, log_index{~std::uint64_t{0}});
  key.push_back('\0');
  return key;
}

/// The key of a value of the node's own.
inline std::string of_metadata(std::string_view name) {
  std::string key(1, static_cast<char>(wal_record::tag::metadata));
  key.append(name);
  return key;
}

/// For people: "entry 7 of partition 3".
inline std::string describe_entry(partition_id partition, log_index index) {
  return "entry " + to_string(index) + " of partition " + to_string(partition);
}

} // namespace kommander::wal_keys
