#include "net/frame.hpp"

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
  auto carries = x.kind == frame_kind::data || x.kind == frame_kind::fragment;
  if (carries == x.body.empty())
    return bad("frame: a body where none belongs, or none where one does");
  if (x.kind != frame_kind::fragment)
    return x.fragment_offset == 0 && x.fragment_total == 0 ? caf::error{} : bad("frame: not a fragment");
  if (x.body.size() > x.fragment_total || x.fragment_offset > x.fragment_total - x.body.size())
    return bad("frame: a fragment beyond its message");
  return caf::none;
}

} // namespace kommander::net
