#include "net/middleman/handshake_gate.hpp"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace kommander::net {

namespace {

address_key make_key(std::uint8_t family, const std::uint8_t* bytes, std::size_t n) {
  address_key key{family};
  std::copy_n(bytes, std::min(n, key.size() - 1), key.begin() + 1);
  return key;
}

} // namespace

address_key key_of(const std::string& address) {
  std::array<std::uint8_t, sizeof(in6_addr)> bytes{};
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1)
    return make_key(4, bytes.data(), sizeof(in_addr));
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1)
    return make_key(6, bytes.data(), bytes.size());
  return {};
}

address_key key_of(const sockaddr_storage& address) {
  std::array<std::uint8_t, sizeof(in6_addr)> bytes{};
  if (address.ss_family == AF_INET) {
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr, sizeof(in_addr));
    return make_key(4, bytes.data(), sizeof(in_addr));
  }
  if (address.ss_family == AF_INET6) {
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, bytes.size());
    return make_key(6, bytes.data(), bytes.size());
  }
  return {};
}

handshake_gate::handshake_gate(std::uint32_t per_second, std::uint32_t burst)
  : per_second_{static_cast<double>(std::max(per_second, 1U))},
    burst_{static_cast<double>(std::max(burst, 1U))} {
  // nop
}

bool handshake_gate::admit(const address_key& key, time_point now) {
  auto found = buckets_.find(key);
  if (found == buckets_.end()) {
    if (buckets_.size() >= addresses_max)
      forget_one();
    found = buckets_.emplace(key, bucket{burst_, now}).first;
  }
  auto& x = found->second;
  auto passed = std::chrono::duration<double>(now - x.seen).count();
  x.tokens = std::min(burst_, x.tokens + std::max(passed, 0.0) * per_second_);
  x.seen = std::max(x.seen, now);
  if (x.tokens < 1)
    return false;
  x.tokens -= 1;
  return true;
}

void handshake_gate::give_back(const address_key& key) {
  if (auto found = buckets_.find(key); found != buckets_.end())
    found->second.tokens = std::min(burst_, found->second.tokens + 1);
}

void handshake_gate::forget_one() {
  auto oldest = std::ranges::min_element(buckets_, {}, [](const auto& x) { return x.second.seen; });
  if (oldest != buckets_.end())
    buckets_.erase(oldest);
}

} // namespace kommander::net
