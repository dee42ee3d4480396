#include "net/middleman/packet_filter.hpp"

#include <optional>
#include <string_view>

#include <caf/all.hpp>
#include <caf/io/basp/header.hpp>
#include <caf/io/basp/message_type.hpp>

namespace kommander::net {

namespace {

using basp_type = caf::io::basp::message_type;

static_assert(caf::io::basp::header_size == packet_header_bytes);

constexpr std::uint8_t named_receiver = caf::io::basp::header::named_receiver_flag;
constexpr std::uint8_t select_connection = caf::io::basp::header::select_connection_flag;

/// Of a message id: it answers a request; it has been answered, or belongs to one of CAF's stream queues.
constexpr std::uint64_t response_bit = std::uint64_t{1} << 63;
constexpr std::uint64_t forbidden_bits = std::uint64_t{3} << 61;

/// The client sends its handshake at once, and again when it has read the server's.
constexpr unsigned handshakes_max = 2;

constexpr std::size_t error_head_bytes = 9; // code and category

std::uint64_t big_endian(std::span<const char> from) {
  std::uint64_t x = 0;
  for (auto c : from)
    x = (x << 8) | static_cast<std::uint8_t>(c);
  return x;
}

/// Where the content begins, and what it is, of a payload that carries a message without stages.
struct message_head {
  std::string_view type;
  std::size_t size = 0;
};

/// The head is one byte (no stages), two bytes (zero: the type is named), and the name with its varbyte length.
std::optional<message_head> read_message_head(std::span<const char> payload) {
  constexpr std::size_t fixed = 3;
  constexpr unsigned shift_max = 14;
  if (payload.size() <= fixed || payload[0] != 0 || payload[1] != 0 || payload[2] != 0)
    return std::nullopt;
  std::size_t length = 0;
  auto at = fixed;
  for (unsigned shift = 0;; shift += 7) {
    if (at == payload.size() || shift > shift_max)
      return std::nullopt;
    auto c = static_cast<std::uint8_t>(payload[at++]);
    length |= static_cast<std::size_t>(c & 0x7f) << shift;
    if ((c & 0x80) == 0)
      break;
  }
  if (payload.size() - at < length)
    return std::nullopt;
  return message_head{std::string_view{payload.data() + at, length}, at + length};
}

} // namespace

packet_filter::packet_filter(caf::actor_system& system, socket_limits_ptr limits, bool accepted, peer_check accept_peer)
  : system_{system},
    limits_{std::move(limits)},
    accepted_{accepted},
    accept_peer_{std::move(accept_peer)} {
  caf::binary_serializer sink{system_, empty_message_};
  caf::message nothing;
  if (sink(nothing))
    empty_message_.clear();
}

bool packet_filter::take_header(std::span<const char, packet_header_bytes> header) {
  operation_ = static_cast<std::uint8_t>(header[0]);
  flags_ = static_cast<std::uint8_t>(header[3]);
  payload_bytes_ = big_endian(header.subspan(4, 4));
  operation_data_ = big_endian(header.subspan(8, 8));
  destination_ = big_endian(header.subspan(24, 8));
  return header_is_sound();
}

bool packet_filter::header_is_sound() {
  auto known = static_cast<bool>(peer_);
  switch (static_cast<basp_type>(operation_)) {
    case basp_type::server_handshake:
      return !accepted_ && !known && payload_bytes_ >= node_id_bytes && payload_bytes_ <= introduction_bytes_max;
    case basp_type::client_handshake:
      return accepted_ && payload_bytes_ == node_id_bytes && (flags_ & ~select_connection) == 0
             && handshakes_++ < handshakes_max;
    case basp_type::direct_message:
      return known && payload_bytes_ > 0 && payload_bytes_ <= limits_->payload_bytes_max
             && (operation_data_ & forbidden_bits) == 0 && (flags_ & ~named_receiver) == 0;
    case basp_type::monitor_message: return known && payload_bytes_ == 2 * node_id_bytes;
    case basp_type::down_message:
      return known && payload_bytes_ >= 2 * node_id_bytes + error_head_bytes
             && payload_bytes_ <= introduction_bytes_max;
    case basp_type::heartbeat: return known && payload_bytes_ == 0;
    default: return false; // messages for other nodes, which we do not pass on, and what does not exist
  }
}

packet_verdict packet_filter::take_payload(std::vector<char>& payload) {
  switch (static_cast<basp_type>(operation_)) {
    case basp_type::server_handshake:
    case basp_type::client_handshake: return check_handshake(payload);
    case basp_type::monitor_message:
    case basp_type::down_message: return check_watch(payload);
    case basp_type::direct_message: return check_message(payload);
    case basp_type::heartbeat: return packet_verdict::pass;
    default: return packet_verdict::cut;
  }
}

/// Takes a node id from the front of `from`; none if there is no sound one.
caf::node_id packet_filter::read_node(std::span<const char>& from) const {
  if (from.size() < node_id_bytes)
    return {};
  caf::binary_deserializer source{system_, from.data(), node_id_bytes};
  from = from.subspan(node_id_bytes);
  caf::node_id x;
  // Every form but the default one has a length of its own, which could be anything.
  if (source(x) || !x || x->implementation_id() != caf::node_id::default_data::class_id)
    return {};
  return x;
}

packet_verdict packet_filter::check_handshake(std::span<const char> payload) {
  auto who = read_node(payload);
  if (!who || who == system_.node() || (peer_ && who != peer_))
    return packet_verdict::cut;
  // Not cut, so that a process which connects twice can still read who we are and see that it need not. When we dial, the
  // broker sees to that.
  if (accepted_ && !peer_ && accept_peer_ && !accept_peer_(who))
    return packet_verdict::drop;
  peer_ = std::move(who);
  return packet_verdict::pass;
}

packet_verdict packet_filter::check_watch(std::vector<char>& payload) {
  std::span<const char> rest{payload};
  auto from = read_node(rest);
  auto to = read_node(rest);
  if (!from || from != peer_ || to != system_.node())
    return packet_verdict::cut;
  if (static_cast<basp_type>(operation_) == basp_type::monitor_message)
    return is_offered() ? packet_verdict::pass : packet_verdict::drop;
  cut_error_context(payload, 2 * node_id_bytes);
  return packet_verdict::pass;
}

packet_verdict packet_filter::check_message(std::vector<char>& payload) {
  auto response = (operation_data_ & response_bit) != 0;
  if ((flags_ & named_receiver) != 0)
    return packet_verdict::drop; // each CAF node asks so for a server that we do not run
  // Who offers an actor asks nobody for anything, so no answer can be right there.
  if (response ? !limits_->any_destination : !is_offered())
    return packet_verdict::drop;
  auto head = read_message_head(payload);
  if (!head)
    return packet_verdict::cut;
  if (limits_->content_types.contains(head->type))
    return packet_verdict::pass;
  if (!response)
    return packet_verdict::drop;
  if (head->type == "@<>")
    return payload.size() == head->size ? packet_verdict::pass : packet_verdict::cut;
  if (head->type != "@<>+@error")
    return packet_verdict::drop;
  if (payload.size() < head->size + error_head_bytes)
    return packet_verdict::cut;
  cut_error_context(payload, head->size);
  return packet_verdict::pass;
}

bool packet_filter::is_offered() const {
  return limits_->any_destination || (destination_ != 0 && destination_ == limits_->destination);
}

/// An error carries a message of any type, which may nest without end or claim any length: it is taken away.
void packet_filter::cut_error_context(std::vector<char>& payload, std::size_t error_offset) const {
  payload.resize(error_offset + error_head_bytes);
  payload.insert(payload.end(), empty_message_.begin(), empty_message_.end());
}

} // namespace kommander::net
