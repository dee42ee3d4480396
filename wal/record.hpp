/// The records of a durable log: what one looks like on disk, and how damage is told. Used by every durable adapter.
///
/// Format, version 1
/// -----------------
///   record   := body checksum
///   body     := version (1 byte, 1) tag (1 byte) partition (varint) content
///   checksum := XXH3-64 of the body, 8 bytes, little-endian
///
///   tag   what it is                  stored under                    content
///   'e'   an entry                    'e' partition index             the entry: index, term, time, kind, [origin,] type, payload
///   's'   term and vote               's' partition                   current_term, voted_for (varints)
///   'c'   commit hint                 'c' partition                   index (varint)
///   'b'   boundary of compaction      'b' partition                   index, term (varints)
///   'e'   copy of a config entry      'g' partition index             the entry again; compaction leaves it; or a snapshot's
///   'k'   state kept beside the log   'k' partition                   index (varint), data (byte run)
///   'm'   a value of the node's own   'm' name                        name, value (byte runs); the partition is 0
///
/// Keys: the tag byte, then partition and index as 8 bytes big-endian each, so that keys sort as the log does and a scan
/// of one partition has a bound. One entry is one record. Varints and byte runs are those of kommander/encoding.hpp.
/// The body repeats its key, so a record that turns up under another key does not verify: neither by its checksum, if
/// bits have changed, nor by its content, if it was misplaced whole.
///
/// What a crash leaves
/// -------------------
/// All records of one `wal::write` are one atomic write of the database below, so there is no state between "all" and
/// "nothing" of a write:
///   crash before the database's log was written     nothing of the write; it was never acknowledged
///   crash while it was written, or before its sync  all, or nothing: the database cuts an incomplete last write
///   crash after the sync                            all
/// Anything else is damage, and is reported, never cut:
///   a record that does not verify                   recovery stops below it: `damaged_at`
///   an index without a record between others        the same
///   a commit hint above the last entry              the same: entries that were durable are gone
///   a term-and-vote or commit record is damaged     what is lost is told, in `hard_state::lost`
///   a boundary, 'g' or 'k' record is damaged        the partition cannot be recovered: an error that names the key
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kommander/bytes.hpp"
#include "kommander/entry.hpp"
#include "kommander/types.hpp"
#include "kommander/wal.hpp"

namespace kommander::wal_record {

/// The version of the record format that this code writes, and the only one it reads.
inline constexpr std::uint8_t format_version = 1;

/// The longest payload that fits a record.
inline constexpr std::size_t payload_bytes_max = std::size_t{1} << 30;

/// What a record is. Part of the disk format.
enum class tag : std::uint8_t {
  entry = 'e',
  hard_state = 's',
  commit = 'c',
  boundary = 'b',
  metadata = 'm',
  kept = 'k',
  config = 'g', ///< Only in keys.
};

/// Why a record does not verify.
enum class verdict : std::uint8_t {
  good,
  too_short,       ///< Shorter than any record.
  bad_checksum,    ///< Some of its bits have changed.
  unknown_version, ///< Intact, but of a format that this code does not read.
  misplaced,       ///< Intact, but it belongs to another key.
  malformed,       ///< Intact, but its content is not what its tag says.
};

/// For people: "its checksum does not match", …
std::string_view to_string(verdict x) noexcept;

// -- writing: each appends one record to `out` ----------------------------------------------------------------------

void encode(std::string& out, partition_id partition, const entry& x);
void encode(std::string& out, partition_id partition, const hard_state& x);
void encode_commit(std::string& out, partition_id partition, log_index commit);
void encode_boundary(std::string& out, partition_id partition, const log_position& x);
void encode(std::string& out, partition_id partition, const kept_state& x);
void encode_metadata(std::string& out, std::string_view name, std::string_view value);

// -- reading: verifies that `record` is what was stored under the key given; `x` is changed only if it is good --------

/// The payload shares the record's memory.
verdict decode(const bytes& record, partition_id partition, log_index index, entry& x);
verdict decode(const bytes& record, partition_id partition, hard_state& x);
verdict decode_commit(const bytes& record, partition_id partition, log_index& x);
verdict decode_boundary(const bytes& record, partition_id partition, log_position& x);
/// The data shares the record's memory.
verdict decode(const bytes& record, partition_id partition, kept_state& x);
verdict decode_metadata(const bytes& record, std::string_view name, std::string& x);

} // namespace kommander::wal_record
