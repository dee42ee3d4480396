#include "net/frame.hpp"

#include "kommander/encoding.hpp"

namespace kommander::net {

std::string_view to_string(frame_kind x) noexcept {
  switch (x) {
    case frame_kind::hello: return "hello";
    case frame_kind::welcome: return "welcome";
    case frame_kind::refusal: return "refusal";
    case frame_kind::data: return "data";
    case frame_kind::fragment: return "fragment";
    case frame_kind::ack: return "ack";
  }
  return "invalid";
}

std::string encode_endpoint(const endpoint& x) {
  std::string out;
  byte_writer writer{out};
  writer.put_bytes(x.host);
  writer.put_varint(x.port);
  return out;
}

std::optional<endpoint> decode_endpoint(const bytes& x) {
  byte_reader in{x};
  endpoint result;
  result.host = in.get_view();
  auto port = in.get_varint();
  if (!in.complete() || result.host.empty() || result.host.size() > host_bytes_max || port == 0 || port > 0xffff)
    return std::nullopt;
  result.port = static_cast<std::uint16_t>(port);
  return result;
}

caf::error check_frame(const frame& x) {
  auto bad = [](const char* what) { return caf::make_error(caf::sec::invalid_argument, std::string{what}); };
  if (x.cluster.empty() || x.cluster.size() > cluster_id_bytes_max)
    return bad("frame: cluster id of no or more than 96 bytes");
  if (x.kind > frame_kind::ack)
    return bad("frame: unknown kind");
  if (!x.sender || !x.receiver || x.sender == x.receiver)
    return bad("frame: sender and receiver must be two nodes");
  if (x.tag.size() > tag_bytes_max)
    return bad("frame: authentication tag of more than 64 bytes");
  auto greets = x.kind == frame_kind::hello || x.kind == frame_kind::welcome;
  if (greets && !decode_endpoint(x.body))
    return bad("frame: a greeting that does not say where its sender listens");
  auto carries = greets || x.kind == frame_kind::data || x.kind == frame_kind::fragment;
  if (carries == x.body.empty())
    return bad("frame: a body where none belongs, or none where one does");
  if (x.kind != frame_kind::fragment)
    return x.fragment_offset == 0 && x.fragment_total == 0 ? caf::error{} : bad("frame: not a fragment");
  if (x.body.size() > x.fragment_total || x.fragment_offset > x.fragment_total - x.body.size())
    return bad("frame: a fragment beyond its message");
  return caf::none;
}

} // namespace kommander::net
