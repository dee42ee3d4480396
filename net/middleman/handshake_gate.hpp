/// How many connections one address may begin that prove nothing. No socket, no clock.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include <sys/socket.h>

namespace kommander::net {

/// Who counts as one: an IPv4 address, or of IPv6 the network, the first 64 bits, since its holder has as many hosts as he
/// likes. The family, and up to 8 bytes.
using address_key = std::array<std::uint8_t, 9>;

/// Of an address as text.
address_key key_of(const std::string& address);

/// Of an address as the kernel tells it.
address_key key_of(const sockaddr_storage& address);

/// For each address a bucket of tokens: a connection takes one and, if it proves itself, gives it back. So those who
/// belong here are never held up, unless somebody at the very same address is in their way.
class handshake_gate {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Addresses that are remembered. One more, and the one is forgotten that has been silent for longest.
  static constexpr std::size_t addresses_max = 1024;

  /// `per_second` tokens come back in a second, up to `burst`. Neither may be zero.
  handshake_gate(std::uint32_t per_second, std::uint32_t burst);

  /// False: the connection must be closed at once.
  bool admit(const address_key& key, time_point now);

  /// The connection has proved itself.
  void give_back(const address_key& key);

  [[nodiscard]] std::size_t size() const noexcept {
    return buckets_.size();
  }

private:
  struct bucket {
    double tokens = 0;
    time_point seen;
  };

  void forget_one();

  double per_second_;
  double burst_;
  std::map<address_key, bucket> buckets_;
};

} // namespace kommander::net
