/// What SQLite does not check of its files: checksums of the database's pages, and whether its write-ahead file is damaged
/// below its tail.
#pragma once

#include <string>

#include "kommander/result.hpp"

namespace kommander {

/// The name of a file system for SQLite that puts a checksum into each page of a database file when it is written, and
/// verifies it when it is read: a page whose bits have changed is a read error, not other content. The last
/// `page_checksum_bytes` of each page are reserved for it: XXH3-64 of the page's number and its other bytes, little-endian.
/// The write-ahead file has checksums of SQLite's own. `below` is the name of the file system under it; null: SQLite's
/// default one. Empty if SQLite has no such file system.
std::string checksummed_vfs(const char* below);

inline constexpr int page_checksum_bytes = 8;

/// Reads the write-ahead file of a database before SQLite does, which drops everything behind the first frame that does
/// not verify without a word. SQLite begins a transaction only after the sync of the one before: an intact transaction
/// behind a damaged one proves that the damaged one had been acknowledged. That is refused, with file and offset. What
/// is damaged at the very end is a torn tail; SQLite cuts it. A file that is not there is in order.
result<done> check_write_ahead_file(const std::string& file);

} // namespace kommander
