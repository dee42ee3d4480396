/// Records: what is altered, repeated, left out or put into another order ends the connection.
#define CAF_SUITE net_records

#include "net/channel/records.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::net;

namespace {

const key_array key{1, 2, 3};

std::string write(record_writer& from, std::string_view plain) {
  channel_bytes out;
  CAF_REQUIRE(from.write(plain, out).ok());
  return {out.begin(), out.end()};
}

/// What `reader` makes of `wire`, or a dash.
std::string read(record_reader& reader, std::string_view wire) {
  channel_bytes plain;
  if (!reader.read(wire, plain))
    return "-";
  return {plain.begin(), plain.end()};
}

} // namespace

CAF_TEST(what is written can be read in pieces of any size) {
  for (std::size_t piece : {1u, 3u, 4u, 5u, 19u, 20u, 21u, 1000u, 100'000u}) {
    record_writer writer{key};
    record_reader reader{key};
    auto large = std::string(record_bytes_max + 1, 'b');
    auto wire = write(writer, "a");
    for (const auto& x : {large, std::string{}, std::string{"c"}})
      wire += write(writer, x);
    std::string found;
    for (std::size_t at = 0; at < wire.size(); at += piece)
      found += read(reader, std::string_view{wire}.substr(at, piece));
    CAF_CHECK_EQUAL(found, "a" + large + "c");
  }
}

CAF_TEST(a changed byte anywhere in a record is noticed and nothing of the record is let through) {
  record_writer writer{key};
  auto wire = write(writer, "0123456789");
  for (std::size_t at = 0; at < wire.size(); ++at)
    for (auto bit : {1, 128}) {
      auto changed = wire;
      changed[at] = static_cast<char>(changed[at] ^ bit);
      record_reader reader{key};
      auto found = read(reader, changed);
      if (found != "-" && !found.empty())
        CAF_ERROR("byte " << at << " was changed and let through");
    }
}

CAF_TEST(records are read in the order in which they were written and once) {
  record_writer writer{key};
  auto first = write(writer, "1");
  auto second = write(writer, "2");
  auto third = write(writer, "3");
  record_reader repeated{key};
  CAF_CHECK_EQUAL(read(repeated, first), "1");
  CAF_CHECK_EQUAL(read(repeated, first), "-");
  record_reader swapped{key};
  CAF_CHECK_EQUAL(read(swapped, second), "-");
  record_reader shortened{key};
  CAF_CHECK_EQUAL(read(shortened, first), "1");
  CAF_CHECK_EQUAL(read(shortened, third), "-");
  record_reader right{key};
  CAF_CHECK_EQUAL(read(right, first + second + third), "123");
}

CAF_TEST(records of another key are not taken) {
  record_writer writer{key};
  record_reader reader{key_array{3, 2, 1}};
  CAF_CHECK_EQUAL(read(reader, write(writer, "x")), "-");
  record_writer without;
  channel_bytes out;
  CAF_CHECK(!without.write("x", out).ok());
}

CAF_TEST(a length is refused before anything is kept for it) {
  for (const auto& head :
       {std::string(4, '\0'), std::string{"\x00\x01\x00\x01", 4}, std::string{"\x7f\xff\xff\xff", 4}}) {
    record_reader reader{key};
    CAF_CHECK_EQUAL(read(reader, head), "-");
    record_reader dripped{key};
    CAF_CHECK_EQUAL(read(dripped, head.substr(0, 2)), "");
    CAF_CHECK_EQUAL(read(dripped, head.substr(2)), "-");
  }
}

CAF_TEST(the code is that of the standard) {
  // RFC 4231, case 2.
  key_array jefe{'J', 'e', 'f', 'e'}; // HMAC pads a shorter key with zeros
  key_array out;
  keyed_hash hash{jefe};
  for (auto i = 0; i < 2; ++i) {
    CAF_REQUIRE(hash.compute({"what do ya want ", "for nothing?"}, out));
    CAF_CHECK_EQUAL(unsigned{out[0]}, 0x5bu);
    CAF_CHECK_EQUAL(unsigned{out[31]}, 0x43u);
  }
  // RFC 5869, case 1.
  std::string salt;
  for (char c = 0; c <= 0x0c; ++c)
    salt += c;
  std::string info;
  for (auto c = 0xf0; c <= 0xf9; ++c)
    info += static_cast<char>(c);
  CAF_REQUIRE(derive_key(std::string(22, '\x0b'), salt, info, out));
  CAF_CHECK_EQUAL(unsigned{out[0]}, 0x3cu);
  CAF_CHECK_EQUAL(unsigned{out[31]}, 0xbfu);
}
