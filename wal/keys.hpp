/// Keys of the records of a durable log: see wal/record.hpp for the format.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "kommander/types.hpp"
#include "wal/record.hpp"

namespace rocksdb {
class Slice;
} // namespace rocksdb

namespace kommander::wal_keys {

/// A key of fixed parts, kept in place: the path of a write allocates nothing for keys.
class key {
public:
  key(wal_record::tag what, partition_id partition) noexcept {
    bytes_[size_++] = static_cast<char>(what);
    put_big_endian(partition.value());
  }

  key(wal_record::tag what, partition_id partition, log_index index) noexcept : key{what, partition} {
    put_big_endian(index.value());
  }

  /// Sorts directly behind every key that begins with this one's bytes and differs in nothing else.
  [[nodiscard]] key successor() const noexcept {
    auto x = *this;
    x.bytes_[x.size_++] = '\0';
    return x;
  }

  [[nodiscard]] std::string_view view() const noexcept {
    return {bytes_.data(), size_};
  }

  operator rocksdb::Slice() const noexcept; // NOLINT: implicit on purpose; see rocksdb_keys.hpp

private:
  void put_big_endian(std::uint64_t x) noexcept {
    for (int shift = 56; shift >= 0; shift -= 8)
      bytes_[size_++] = static_cast<char>((x >> shift) & 0xff);
  }

  std::array<char, 18> bytes_{};
  std::size_t size_ = 0;
};

/// How many bytes the keys of one partition's entries have in common.
inline constexpr std::size_t partition_prefix_bytes = 9;

/// The key of an entry.
inline key of_entry(partition_id partition, log_index index) noexcept {
  return {wal_record::tag::entry, partition, index};
}

/// Sorts directly before the key of that entry, and is no entry's key: ranges of entries to be deleted begin with it.
inline key before_entry(partition_id partition, log_index index) noexcept {
  return index ? of_entry(partition, index - 1).successor() : key{wal_record::tag::entry, partition};
}

/// The first key that belongs to no entry of `partition` any more.
inline key end_of_entries(partition_id partition) noexcept {
  return of_entry(partition, log_index{~std::uint64_t{0}}).successor();
}

/// The key of the copy of a `config` entry, which outlives the entry when that is compacted away.
inline key of_config(partition_id partition, log_index index) noexcept {
  return {wal_record::tag::config, partition, index};
}

/// The first key that belongs to no copy of `partition` any more.
inline key end_of_configs(partition_id partition) noexcept {
  return of_config(partition, log_index{~std::uint64_t{0}}).successor();
}

inline bool is_entry(std::string_view key) noexcept {
  return key.size() == partition_prefix_bytes + 8 && key[0] == static_cast<char>(wal_record::tag::entry);
}

/// The index of an entry's key.
inline log_index index_of(std::string_view entry_key) noexcept {
  std::uint64_t index = 0;
  for (auto i = partition_prefix_bytes; i < entry_key.size(); ++i)
    index = (index << 8) | static_cast<std::uint8_t>(entry_key[i]);
  return log_index{index};
}

/// The key of a value of the node's own.
inline std::string of_metadata(std::string_view name) {
  std::string x(1, static_cast<char>(wal_record::tag::metadata));
  x.append(name);
  return x;
}

/// Under this name, of a value of the node's own, the database says which layout of keys and records it has: in plain
/// text, not as a record, so that every later version can read it.
inline constexpr const char* format_name = "kommander.format";
inline constexpr const char* format_value = "1";

/// For people: "entry 7 of partition 3".
inline std::string describe_entry(partition_id partition, log_index index) {
  return "entry " + to_string(index) + " of partition " + to_string(partition);
}

} // namespace kommander::wal_keys
