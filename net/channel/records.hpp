/// Bytes after a handshake, cut into records that nobody without the key can make, repeat, leave out or put into
/// another order: {length, bytes, code}. The code is HMAC-SHA256, of which 16 bytes are sent, over the record's number,
/// its length and its bytes. The number counts from zero, is not sent, and each direction has a key of its own.
#pragma once

#include <cstdint>
#include <string_view>

#include "kommander/result.hpp"
#include "net/channel/channel.hpp"
#include "net/channel/keys.hpp"

namespace kommander::net {

inline constexpr std::size_t record_length_bytes = 4;
inline constexpr std::size_t record_code_bytes = 16;

/// Of content; a record has at least one byte.
inline constexpr std::size_t record_bytes_max = std::size_t{64} << 10;

/// Makes the records of one direction.
class record_writer {
public:
  record_writer() = default;
  explicit record_writer(const key_array& key);

  /// Appends to `out` the records that carry `plain`.
  result<done> write(std::string_view plain, channel_bytes& out);

private:
  bool write_one(std::string_view plain, channel_bytes& out);

  keyed_hash hash_;
  std::uint64_t number_ = 0;
};

/// Checks the records of one direction. Holds at most one of them.
class record_reader {
public:
  record_reader() = default;
  explicit record_reader(const key_array& key);

  /// Takes what comes next and appends to `plain` the content of records that are complete and sound. After a failure
  /// nothing that follows may be read.
  result<done> read(std::string_view wire, channel_bytes& plain);

private:
  result<done> take(std::string_view record, channel_bytes& plain);

  keyed_hash hash_;
  std::uint64_t number_ = 0;
  channel_bytes pending_; ///< The beginning of a record.
};

} // namespace kommander::net
