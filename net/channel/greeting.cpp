#include "net/channel/greeting.hpp"

#include <algorithm>

namespace kommander::net {

namespace {

template <std::size_t N>
void put_number(std::string& to, std::uint64_t x) {
  for (auto i = N; i > 0; --i)
    to += static_cast<char>((x >> (8 * (i - 1))) & 0xff);
}

std::string_view take(std::string_view& from, std::size_t n) {
  auto x = from.substr(0, n);
  from.remove_prefix(n);
  return x;
}

std::uint64_t read_number(std::string_view from) {
  std::uint64_t x = 0;
  for (auto c : from)
    x = (x << 8) | static_cast<std::uint8_t>(c);
  return x;
}

} // namespace

std::string encode_greeting(const greeting& x) {
  auto address = x.address.substr(0, greeting_address_bytes_max);
  std::string out{greeting_magic};
  put_number<2>(out, greeting_body_bytes_min + address.size());
  put_number<1>(out, x.version);
  put_number<1>(out, static_cast<std::uint8_t>(x.side));
  put_number<1>(out, static_cast<std::uint8_t>(x.purpose));
  out += x.cluster_mark;
  put_number<8>(out, x.from.value());
  put_number<8>(out, x.to.value());
  out += view_of(x.nonce);
  put_number<1>(out, address.size());
  out += address;
  return out;
}

std::optional<std::size_t> read_greeting_head(std::string_view head) {
  auto magic = head.substr(0, greeting_magic.size());
  if (magic != greeting_magic.substr(0, magic.size()))
    return std::nullopt;
  if (head.size() < greeting_head_bytes)
    return std::size_t{0};
  auto length = static_cast<std::size_t>(read_number(head.substr(magic.size(), 2)));
  if (length < greeting_body_bytes_min || length > greeting_body_bytes_max)
    return std::nullopt;
  return length;
}

std::optional<greeting> decode_greeting(std::string_view body) {
  if (body.size() < greeting_body_bytes_min || body.size() > greeting_body_bytes_max)
    return std::nullopt;
  greeting x;
  x.version = static_cast<std::uint8_t>(read_number(take(body, 1)));
  auto side = read_number(take(body, 1));
  auto purpose = read_number(take(body, 1));
  x.cluster_mark = take(body, cluster_mark_bytes);
  x.from = node_id{read_number(take(body, 8))};
  x.to = node_id{read_number(take(body, 8))};
  auto nonce = take(body, key_bytes);
  std::copy(nonce.begin(), nonce.end(), x.nonce.begin());
  auto length = read_number(take(body, 1));
  if (side > 1 || purpose < 1 || purpose > 2 || length != body.size())
    return std::nullopt;
  x.side = static_cast<channel_side>(side);
  x.purpose = static_cast<channel_purpose>(purpose);
  x.address = body;
  return x;
}

std::string mark_of_cluster(std::string_view cluster) {
  key_array hash;
  if (!hash_of({"kommander cluster", cluster}, hash))
    return {};
  return std::string{view_of(hash).substr(0, cluster_mark_bytes)};
}

} // namespace kommander::net
