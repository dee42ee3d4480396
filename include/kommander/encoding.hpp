/// The packed encoding that disk records and network frames are made of. Free of CAF.
///
/// Numbers are little-endian base-128 varints (at most ten bytes) or fixed little-endian; byte runs are a varint length
/// and the bytes. A reader never reads beyond its input, never allocates more than its input holds, and remembers the
/// first error: read everything, then ask `ok()`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kommander/bytes.hpp"
#include "kommander/entry.hpp"
#include "kommander/types.hpp"

namespace kommander {

/// Appends to a string that the caller owns.
class byte_writer {
public:
  explicit byte_writer(std::string& out) noexcept : out_{out} {
    // nop
  }

  void put_byte(std::uint8_t x) {
    out_.push_back(static_cast<char>(x));
  }

  void put_varint(std::uint64_t x);
  void put_fixed64(std::uint64_t x);
  void put_bytes(std::string_view x); ///< Length and content.

  template <class Tag>
  void put(tagged_number<Tag> x) {
    put_varint(x.value());
  }

  void put(const hlc_timestamp& x) {
    put_fixed64(x.time);
    put_varint(x.node);
  }

  /// All of an entry.
  void put(const entry& x);

private:
  std::string& out_;
};

/// Reads what a `byte_writer` wrote, from memory that stays valid meanwhile. Payloads are slices of `owner`.
class byte_reader {
public:
  explicit byte_reader(bytes owner) noexcept : owner_{std::move(owner)}, rest_{owner_.view()} {
    // nop
  }

  std::uint8_t get_byte();
  std::uint64_t get_varint(); ///< Refuses encodings longer than needed and values above 64 bits.
  std::uint64_t get_fixed64();
  std::string_view get_view(); ///< Content of a byte run; empty on error.
  bytes get_bytes();           ///< The same, sharing the owner's memory.

  template <class Tag>
  tagged_number<Tag> get_number() {
    return tagged_number<Tag>{get_varint()};
  }

  hlc_timestamp get_timestamp();

  /// All of an entry; an unknown kind or a type longer than 255 bytes is an error.
  entry get_entry();

  /// For checks of the caller's own.
  void fail() noexcept {
    ok_ = false;
    rest_ = {};
  }

  /// False once anything was wrong. Values read since are zero or empty.
  [[nodiscard]] bool ok() const noexcept {
    return ok_;
  }

  /// True if all was well and nothing is left.
  [[nodiscard]] bool complete() const noexcept {
    return ok_ && rest_.empty();
  }

  [[nodiscard]] std::size_t remaining() const noexcept {
    return rest_.size();
  }

private:
  bytes owner_;
  std::string_view rest_;
  bool ok_ = true;
};

} // namespace kommander
