/// What RocksDB's own write-ahead log files (`NNNNNN.log`) need beside RocksDB: how they are laid out for quick syncs, and
/// whether one has lost something in its middle.
#pragma once

#include <rocksdb/file_system.h>

#include <memory>
#include <string>

#include "kommander/result.hpp"

namespace kommander {

/// `target`, except that RocksDB's log files are allocated ahead *with* their size, and filled with zeros a little ahead
/// of what is written. A sync then has neither a change of size nor one of the file's extents to write along with the
/// data, which saves up to half of its time; the unused rest reads as zeros and is cut when the file is closed.
std::shared_ptr<rocksdb::FileSystem> preallocate_log_files(std::shared_ptr<rocksdb::FileSystem> target);

/// Checks RocksDB's log files in `directory` before RocksDB replays them. RocksDB can only stop at the first thing that
/// does not verify (and then drops whatever follows, silently) or refuse every torn tail, which a power failure may leave
/// at any time. This tells the two apart: RocksDB numbers all operations in sequence and begins a write only after the
/// sync of the one before, so an intact write *behind* a missing one proves that the missing one had been acknowledged.
/// That is damage, and an error that names file and offset. An incomplete last write is none: it is for RocksDB to cut.
result<done> check_log_files(const std::string& directory);

} // namespace kommander
