#include "net/middleman/handshake_gate.hpp"

#include <algorithm>

#include <arpa/inet.h>

namespace kommander::net {

handshake_gate::handshake_gate(std::uint32_t per_second, std::uint32_t burst)
  : per_second_{static_cast<double>(std::max(per_second, 1U))},
    burst_{static_cast<double>(std::max(burst, 1U))} {
  // nop
}

bool handshake_gate::admit(const std::string& address, time_point now) {
  auto key = key_of(address);
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

void handshake_gate::give_back(const std::string& address) {
  if (auto found = buckets_.find(key_of(address)); found != buckets_.end())
    found->second.tokens = std::min(burst_, found->second.tokens + 1);
}

handshake_gate::key_type handshake_gate::key_of(const std::string& address) {
  key_type key{};
  std::array<std::uint8_t, sizeof(in6_addr)> bytes{};
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1)
    key[0] = 4;
  else if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1)
    key[0] = 6;
  std::copy_n(bytes.begin(), key.size() - 1, key.begin() + 1);
  return key;
}

void handshake_gate::forget_one() {
  auto oldest = std::ranges::min_element(buckets_, {}, [](const auto& x) { return x.second.seen; });
  if (oldest != buckets_.end())
    buckets_.erase(oldest);
}

} // namespace kommander::net
