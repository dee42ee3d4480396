#include "net/discovery/packet.hpp"

#include <array>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "kommander/encoding.hpp"
#include "kommander/hash.hpp"

namespace kommander::net {

namespace {

constexpr std::string_view magic = "KmDs";
constexpr std::size_t version_at = magic.size();
constexpr std::size_t checksum_at = version_at + 1;
constexpr std::size_t code_at = checksum_at + sizeof(std::uint64_t);
constexpr std::size_t code_bytes = 32;
constexpr std::size_t content_at = code_at + code_bytes;

/// What the longest content needs: two numbers of up to ten and eight bytes, the host with its length, port and flag.
static_assert(content_at + 10 + 8 + 2 + packet_host_bytes_max + 3 + 1 <= packet_bytes_max);

using code_type = std::array<unsigned char, EVP_MAX_MD_SIZE>;

/// False if OpenSSL cannot.
bool authenticate(std::string_view key, std::string_view content, code_type& out) {
  std::string covered{static_cast<char>(packet_version)};
  covered += content;
  unsigned n = 0;
  return HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
              reinterpret_cast<const unsigned char*>(covered.data()), covered.size(), out.data(), &n)
           != nullptr
         && n == code_bytes;
}

std::uint64_t get_fixed(std::string_view x) {
  return byte_reader{bytes::copy(x)}.get_fixed64();
}

std::string encode_content(const announcement& x) {
  std::string out;
  byte_writer to{out};
  to.put(x.node);
  to.put_fixed64(x.instance);
  to.put_byte(x.asks ? 1 : 0);
  to.put_varint(x.address.port);
  to.put_bytes(x.address.host);
  return out;
}

std::variant<announcement, packet_refusal> decode_content(std::string_view content) {
  byte_reader in{bytes::copy(content)};
  announcement x;
  x.node = node_id{in.get_varint()};
  x.instance = in.get_fixed64();
  auto asks = in.get_byte();
  auto port = in.get_varint();
  x.address.host = in.get_view();
  auto good = in.complete() && x.node && asks <= 1 && port > 0 && port <= 65'535
              && x.address.host.size() <= packet_host_bytes_max;
  if (!good)
    return packet_refusal::malformed;
  x.asks = asks == 1;
  x.address.port = static_cast<std::uint16_t>(port);
  return x;
}

} // namespace

std::string make_packet_key(std::string_view cluster_id, std::string_view secret) {
  std::string key = "kommander discovery ";
  byte_writer to{key};
  to.put_bytes(cluster_id);
  to.put_bytes(secret);
  return key;
}

std::string encode_packet(const announcement& x, std::string_view key) {
  auto content = encode_content(x);
  code_type code;
  if (!authenticate(key, content, code))
    code = {}; // nobody will read it; OpenSSL without HMAC is no reason to end
  std::string rest{reinterpret_cast<const char*>(code.data()), code_bytes};
  rest += content;
  std::string out{magic};
  byte_writer to{out};
  to.put_byte(packet_version);
  to.put_fixed64(hash64(rest));
  return out + rest;
}

std::variant<announcement, packet_refusal> decode_packet(std::string_view packet, std::string_view key) {
  if (!packet.starts_with(magic) || packet.size() <= version_at || packet.size() > packet_bytes_max)
    return packet_refusal::malformed;
  if (static_cast<std::uint8_t>(packet[version_at]) != packet_version)
    return packet_refusal::other_version;
  if (packet.size() < content_at
      || get_fixed(packet.substr(checksum_at, sizeof(std::uint64_t))) != hash64(packet.substr(code_at)))
    return packet_refusal::malformed;
  code_type code;
  auto content = packet.substr(content_at);
  if (!authenticate(key, content, code) || CRYPTO_memcmp(code.data(), packet.data() + code_at, code_bytes) != 0)
    return packet_refusal::foreign;
  return decode_content(content);
}

} // namespace kommander::net
