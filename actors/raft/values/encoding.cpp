#include "kommander/encoding.hpp"

#include <cstring>

namespace kommander {

namespace {

constexpr unsigned varint_bits = 7;
constexpr std::uint8_t varint_more = 0x80;

/// Set in the byte of an entry's kind when its origin follows.
constexpr std::uint8_t has_origin = 0x80;

} // namespace

// -- byte_writer --------------------------------------------------------------------------------------------------

void byte_writer::put_varint(std::uint64_t x) {
  char buffer[10];
  std::size_t n = 0;
  while (x >= varint_more) {
    buffer[n++] = static_cast<char>(static_cast<std::uint8_t>(x) | varint_more);
    x >>= varint_bits;
  }
  buffer[n++] = static_cast<char>(x);
  out_.append(buffer, n);
}

void byte_writer::put_fixed64(std::uint64_t x) {
  char buffer[8];
  for (auto& c : buffer) {
    c = static_cast<char>(x & 0xff);
    x >>= 8;
  }
  out_.append(buffer, sizeof buffer);
}

void byte_writer::put_bytes(std::string_view x) {
  put_varint(x.size());
  out_.append(x);
}

void byte_writer::put(const entry& x) {
  put(x.index);
  put(x.term);
  put(x.time);
  auto kind = static_cast<std::uint8_t>(x.kind);
  put_byte(x.origin.client ? kind | has_origin : kind);
  if (x.origin.client) {
    put(x.origin.client);
    put_varint(x.origin.sequence);
  }
  put_bytes(x.type);
  put_bytes(x.payload.view());
}

// -- byte_reader --------------------------------------------------------------------------------------------------

std::uint8_t byte_reader::get_byte() {
  if (rest_.empty()) {
    fail();
    return 0;
  }
  auto x = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return x;
}

std::uint64_t byte_reader::get_varint() {
  std::uint64_t x = 0;
  for (unsigned shift = 0; shift < 64; shift += varint_bits) {
    auto c = get_byte();
    if (!ok_)
      return 0;
    if (shift == 63 && c > 1)
      break;
    x |= (std::uint64_t{c} & 0x7f) << shift;
    if ((c & varint_more) == 0) {
      if (c == 0 && shift > 0)
        break;
      return x;
    }
  }
  fail();
  return 0;
}

std::uint64_t byte_reader::get_fixed64() {
  if (rest_.size() < 8) {
    fail();
    return 0;
  }
  std::uint64_t x = 0;
  for (int i = 7; i >= 0; --i)
    x = (x << 8) | static_cast<std::uint8_t>(rest_[static_cast<std::size_t>(i)]);
  rest_.remove_prefix(8);
  return x;
}

std::string_view byte_reader::get_view() {
  auto n = get_varint();
  if (n > rest_.size()) {
    fail();
    return {};
  }
  auto x = rest_.substr(0, n);
  rest_.remove_prefix(n);
  return x;
}

bytes byte_reader::get_bytes() {
  auto x = get_view();
  if (x.empty())
    return {};
  return owner_.slice(static_cast<std::size_t>(x.data() - owner_.data()), x.size());
}

hlc_timestamp byte_reader::get_timestamp() {
  auto time = get_fixed64();
  return {time, get_varint()};
}

entry byte_reader::get_entry() {
  entry x;
  x.index = get_number<log_index_tag>();
  x.term = get_number<raft_term_tag>();
  x.time = get_timestamp();
  auto kind = get_byte();
  x.kind = static_cast<entry_kind>(kind & ~has_origin);
  if ((kind & has_origin) != 0) {
    x.origin.client = get_number<client_id_tag>();
    x.origin.sequence = get_varint();
    if (!x.origin.client)
      fail(); // one entry, one encoding
  }
  auto type = get_view();
  x.payload = get_bytes();
  if (!is_valid(x.kind) || type.size() > 255)
    fail();
  if (!ok_)
    return {};
  x.type = type;
  return x;
}

} // namespace kommander
