#include "net/link/session.hpp"

#include "net/message_codec.hpp"

namespace kommander::net {

link_session::link_session(std::string cluster, node_id self, node_id peer, const session_limits& limits)
  : cluster_{std::move(cluster)},
    self_{self},
    peer_{peer},
    limits_{limits} {
  // nop
}

void link_session::begin(std::uint64_t epoch) {
  epoch_ = epoch;
  sent_frames_ = 0;
  sent_bytes_ = 0;
  confirmed_bytes_ = 0;
  taken_frames_ = 0;
  taken_bytes_ = 0;
  told_bytes_ = 0;
  assembly_ = {};
}

frame link_session::make_frame(frame_kind kind, outgoing_body content) {
  frame x;
  x.cluster = cluster_;
  x.sender = self_;
  x.receiver = peer_;
  x.epoch = epoch_;
  x.sequence = ++sent_frames_;
  x.kind = kind;
  x.acked = taken_bytes_;
  x.fragment_offset = content.fragment_offset;
  x.fragment_total = content.fragment_total;
  x.body = bytes{std::move(content.content)};
  sent_bytes_ += x.body.size();
  told_bytes_ = taken_bytes_;
  return x;
}

frame_verdict link_session::take(const frame& x, std::vector<raft_message>& out) {
  if (x.epoch != epoch_ || x.sequence <= taken_frames_)
    return frame_verdict::ignored;
  if (x.sequence != taken_frames_ + 1)
    return complain("frame " + std::to_string(x.sequence) + " came where " + std::to_string(taken_frames_ + 1)
                    + " was due");
  if (x.acked < confirmed_bytes_ || x.acked > sent_bytes_)
    return complain("the peer confirms " + std::to_string(x.acked) + " bytes of " + std::to_string(sent_bytes_)
                    + " sent");
  if (x.body.size() > limits_.frame_bytes_max)
    return complain("a body of " + std::to_string(x.body.size()) + " bytes, at most "
                    + std::to_string(limits_.frame_bytes_max) + " are allowed");
  taken_frames_ = x.sequence;
  confirmed_bytes_ = x.acked;
  taken_bytes_ += x.body.size();
  switch (x.kind) {
    case frame_kind::data: return take_body(x.body, out);
    case frame_kind::fragment: return take_fragment(x, out);
    default: return frame_verdict::taken;
  }
}

frame_verdict link_session::take_body(const bytes& body, std::vector<raft_message>& out) {
  auto messages = decode_messages(body, peer_, self_);
  if (!messages.ok())
    return complain(messages.error().message);
  if (out.empty())
    out = std::move(*messages);
  else
    out.insert(out.end(), std::make_move_iterator(messages->begin()), std::make_move_iterator(messages->end()));
  return frame_verdict::taken;
}

frame_verdict link_session::take_fragment(const frame& x, std::vector<raft_message>& out) {
  if (x.fragment_total > limits_.message_bytes_max)
    return complain("a message of " + std::to_string(x.fragment_total) + " bytes, at most "
                    + std::to_string(limits_.message_bytes_max) + " are allowed");
  if (x.fragment_offset != assembly_.size())
    return complain("a part at " + std::to_string(x.fragment_offset) + " came where " + std::to_string(assembly_.size())
                    + " was due");
  // Room is made for what has arrived only: a peer that announces much and sends little holds little.
  assembly_.append(x.body.view());
  if (assembly_.size() < x.fragment_total)
    return frame_verdict::taken;
  bytes whole{std::exchange(assembly_, {})};
  return take_body(whole, out);
}

frame_verdict link_session::complain(std::string what) {
  complaint_ = std::move(what);
  return frame_verdict::violation;
}

} // namespace kommander::net
