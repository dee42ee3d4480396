/// Packets of multicast discovery: there and back, and everything that is none.
#define CAF_SUITE discovery_packet

#include "kommander/encoding.hpp"
#include "kommander/hash.hpp"
#include "net/discovery/packet.hpp"

#include <caf/test/unit_test.hpp>

#include <random>

using namespace kommander;
using namespace kommander::net;

namespace {

constexpr std::uint64_t seed = 20'260;

announcement sample() {
  return {node_id{7}, 0x0123'4567'89ab'cdef, {"10.1.2.3", 4001}, true};
}

std::string key_of(const std::string& cluster, const std::string& secret = {}) {
  return make_packet_key(cluster, secret);
}

bool is(const std::variant<announcement, packet_refusal>& x, packet_refusal why) {
  return x == std::variant<announcement, packet_refusal>{why};
}

/// `packet` with a checksum that is right for it, as any program could make.
std::string with_checksum(std::string packet) {
  std::string sum;
  byte_writer{sum}.put_fixed64(hash64(std::string_view{packet}.substr(13)));
  return packet.replace(5, sum.size(), sum);
}

} // namespace

CAF_TEST(what is encoded is decoded with the same key) {
  announcement all[] = {sample(), sample(), sample()};
  all[1].address = {"", 1};
  all[1].asks = false;
  all[2] = {node_id{~std::uint64_t{0}}, ~std::uint64_t{0}, {std::string(packet_host_bytes_max, 'h'), 65'535}, false};
  for (const auto& x : all) {
    auto packet = encode_packet(x, key_of("here", "secret"));
    CAF_CHECK(packet.size() <= packet_bytes_max);
    auto back = decode_packet(packet, key_of("here", "secret"));
    CAF_REQUIRE(std::holds_alternative<announcement>(back));
    CAF_CHECK(std::get<announcement>(back) == x);
  }
}

CAF_TEST(another cluster or another secret is foreign) {
  auto packet = encode_packet(sample(), key_of("here", "secret"));
  CAF_CHECK(is(decode_packet(packet, key_of("there", "secret")), packet_refusal::foreign));
  CAF_CHECK(is(decode_packet(packet, key_of("here", "other")), packet_refusal::foreign));
  CAF_CHECK(is(decode_packet(packet, key_of("here")), packet_refusal::foreign));
  // The end of an id is not the beginning of a secret.
  CAF_CHECK(is(decode_packet(packet, key_of("heres", "ecret")), packet_refusal::foreign));
  CAF_CHECK(is(decode_packet(packet, key_of("", "heresecret")), packet_refusal::foreign));
}

CAF_TEST(a packet that was cut or made longer is malformed) {
  auto packet = encode_packet(sample(), key_of("here"));
  for (std::size_t n = 0; n < packet.size(); ++n)
    CAF_CHECK(is(decode_packet(std::string_view{packet}.substr(0, n), key_of("here")), packet_refusal::malformed));
  CAF_CHECK(is(decode_packet(packet + "x", key_of("here")), packet_refusal::malformed));
  CAF_CHECK(is(decode_packet(packet + std::string(packet_bytes_max, 'x'), key_of("here")), packet_refusal::malformed));
}

CAF_TEST(a changed bit is noticed wherever it is) {
  auto packet = encode_packet(sample(), key_of("here"));
  for (std::size_t bit = 0; bit < packet.size() * 8; ++bit) {
    auto changed = packet;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    auto got = decode_packet(changed, key_of("here"));
    CAF_CHECK(is(got, bit / 8 == 4 ? packet_refusal::other_version : packet_refusal::malformed));
  }
}

CAF_TEST(who can count but has no key cannot change anything) {
  auto packet = encode_packet(sample(), key_of("here"));
  for (std::size_t bit = 13 * 8; bit < packet.size() * 8; ++bit) {
    auto changed = packet;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    CAF_CHECK(is(decode_packet(with_checksum(changed), key_of("here")), packet_refusal::foreign));
  }
}

CAF_TEST(a node zero or a port zero or a host that is too long is malformed although the key is right) {
  announcement all[] = {sample(), sample(), sample()};
  all[0].node = {};
  all[1].address.port = 0;
  all[2].address.host.assign(packet_host_bytes_max + 1, 'h');
  for (const auto& x : all)
    CAF_CHECK(is(decode_packet(encode_packet(x, key_of("here")), key_of("here")), packet_refusal::malformed));
}

CAF_TEST(random packets and random changes are never taken) {
  std::mt19937_64 random{seed};
  auto key = key_of("here");
  auto valid = encode_packet(sample(), key);
  for (auto i = 0; i < 200'000; ++i) {
    std::string packet;
    if (i % 2 == 0) {
      packet.resize(random() % (packet_bytes_max + 10));
      for (auto& c : packet)
        c = static_cast<char>(random());
      if (i % 4 == 0) // so that it gets further
        packet.replace(0, std::min<std::size_t>(5, packet.size()), valid, 0, std::min<std::size_t>(5, packet.size()));
    } else {
      packet = valid;
      for (auto n = 1 + random() % 4; n > 0; --n)
        packet[random() % packet.size()] = static_cast<char>(random());
    }
    if (i % 3 == 0 && packet.size() > 13)
      packet = with_checksum(packet);
    if (packet != valid && std::holds_alternative<announcement>(decode_packet(packet, key)))
      CAF_ERROR("a packet that nobody made was taken, number " << i << " of seed " << seed);
  }
}
