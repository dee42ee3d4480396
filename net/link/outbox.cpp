#include "net/link/outbox.hpp"

#include "net/message_codec.hpp"

namespace kommander::net {

void outbox::push(raft_message&& x) {
  auto weight = x.weight();
  auto control = x.is_control();
  auto& bytes = control ? control_bytes_ : entry_bytes_;
  auto most = control ? limits_.control_bytes_max : limits_.queue_bytes_max;
  if (weight >= limits_.message_bytes_max || bytes + weight > most) {
    ++dropped_;
    return;
  }
  bytes += weight;
  (control ? control_ : entries_).push_back({++arrivals_, weight, std::move(x)});
}

std::optional<outgoing_body> outbox::next(bool entries, bool control) {
  entries = entries && control;
  if (!rest_.empty() && (control_.empty() || !control))
    return entries ? std::optional{take_fragment()} : std::nullopt;
  // While a message is sent in parts, no other entries may overtake it.
  auto content = control ? gather(entries && rest_.empty()) : std::string{};
  if (content.empty())
    return std::nullopt;
  if (content.size() <= limits_.frame_bytes_max)
    return outgoing_body{std::move(content), 0, 0};
  rest_ = std::move(content);
  rest_offset_ = 0;
  return take_fragment();
}

void outbox::clear() {
  dropped_ += entries_.size() + control_.size() + (rest_.empty() ? 0 : 1);
  entries_.clear();
  control_.clear();
  entry_bytes_ = 0;
  control_bytes_ = 0;
  rest_ = {};
  rest_offset_ = 0;
}

/// Where the next message comes from: the older one's queue, unless more waits than one body holds.
std::deque<outbox::waiting>* outbox::pick(bool entries) {
  if (!entries || entries_.empty())
    return control_.empty() ? nullptr : &control_;
  if (control_.empty())
    return &entries_;
  auto crowded = entry_bytes_ + control_bytes_ > limits_.frame_bytes_max;
  return crowded || control_.front().arrival < entries_.front().arrival ? &control_ : &entries_;
}

/// As many messages as fit into one body. One that does not fit into any is alone, and the body too large.
std::string outbox::gather(bool entries) {
  std::string body;
  body.reserve(std::min(limits_.frame_bytes_max, control_bytes_ + (entries ? entry_bytes_ : 0) + 1));
  std::size_t count = 0;
  while (auto* queue = pick(entries)) {
    auto& x = queue->front();
    if (!body.empty() && (body.size() + x.weight > limits_.frame_bytes_max || count == messages_per_body_max))
      break;
    ++count;
    encode_message(body, x.message);
    (queue == &control_ ? control_bytes_ : entry_bytes_) -= x.weight;
    queue->pop_front();
  }
  return body;
}

outgoing_body outbox::take_fragment() {
  auto n = std::min(limits_.frame_bytes_max, rest_.size() - rest_offset_);
  outgoing_body x{rest_.substr(rest_offset_, n), rest_offset_, rest_.size()};
  rest_offset_ += n;
  if (rest_offset_ == rest_.size()) {
    rest_ = {};
    rest_offset_ = 0;
  }
  return x;
}

} // namespace kommander::net
