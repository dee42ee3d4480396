/// How ranges of places, flags and what moves stand in the library's own entries and messages. Whatever is no range is refused when it is read.
#pragma once

#include <cstdint>

#include "kommander/encoding.hpp"
#include "kommander/partition_map.hpp"

namespace kommander {

inline void put(byte_writer& out, const hash_range& x) {
  out.put_varint(x.first);
  out.put_varint(x.last);
}

inline std::uint32_t get_place(byte_reader& in) {
  auto x = in.get_varint();
  if (x > place_max)
    in.fail();
  return static_cast<std::uint32_t>(x);
}

inline hash_range get_range(byte_reader& in) {
  hash_range x;
  x.first = get_place(in);
  x.last = get_place(in);
  if (!x.is_valid())
    in.fail();
  return x;
}

/// A byte of `count` flags.
inline std::uint8_t get_flags(byte_reader& in, unsigned count) {
  auto x = in.get_byte();
  if (x >> count != 0)
    in.fail();
  return x;
}

inline void put(byte_writer& out, const moving_state& x) {
  out.put(x.operation);
  out.put(x.source);
  out.put(x.target);
  out.put_byte(static_cast<std::uint8_t>((x.routed ? 1 : 0) | (x.all ? 2 : 0)));
  put(out, x.range);
}

inline moving_state get_moving_state(byte_reader& in) {
  moving_state x;
  x.operation = in.get_number<operation_id_tag>();
  x.source = in.get_number<partition_id_tag>();
  x.target = in.get_number<partition_id_tag>();
  auto flags = get_flags(in, 2);
  x.routed = (flags & 1) != 0;
  x.all = (flags & 2) != 0;
  x.range = get_range(in);
  return x;
}

/// A value of an enumeration whose values are the numbers up to `last`.
template <class Enum>
Enum get_enum(byte_reader& in, Enum last) {
  auto x = in.get_byte();
  if (x > static_cast<std::uint8_t>(last)) {
    in.fail();
    return {};
  }
  return static_cast<Enum>(x);
}

template <class Enum>
void put_enum(byte_writer& out, Enum x) {
  out.put_byte(static_cast<std::uint8_t>(x));
}

} // namespace kommander
