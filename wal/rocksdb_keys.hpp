/// The keys of a log's records as RocksDB takes them.
#pragma once

#include <rocksdb/slice.h>

#include "wal/keys.hpp"

namespace kommander::wal_keys {

inline key::operator rocksdb::Slice() const noexcept {
  return {view().data(), view().size()};
}

inline bool is_entry(const rocksdb::Slice& key) noexcept {
  return is_entry(key.ToStringView());
}

inline log_index index_of(const rocksdb::Slice& entry_key) noexcept {
  return index_of(entry_key.ToStringView());
}

} // namespace kommander::wal_keys
