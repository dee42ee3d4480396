#include "net/message_codec.hpp"

#include <tuple>

#include "kommander/encoding.hpp"

namespace kommander::net {

namespace {

/// Bodies up to this size are never worth a copy.
constexpr std::size_t small_body_bytes = 1024;

/// An encoded entry is at least this long: index, term, time (8 + 1), kind, two lengths.
constexpr std::size_t entry_bytes_min = 14;

/// Kinds are the alternatives of `raft_message_body`, in order; the number is part of the format.
template <std::size_t I>
using body_at = std::variant_alternative_t<I, raft_message_body>;

template <std::size_t I, class T>
constexpr bool has_number = std::is_same_v<body_at<I>, T>;

static_assert(
  has_number<0,
             vote_request> && has_number<1, vote_reply> && has_number<2, append_request> && has_number<3, append_reply> && has_number<4, heartbeat> && has_number<5, heartbeat_reply> && has_number<6, timeout_now> && has_number<7, fence_request> && has_number<8, fence_reply> && has_number<9, read_index_request> && has_number<10, read_index_reply> && has_number<11, snapshot_chunk> && has_number<12, snapshot_reply> && has_number<13, node_call> && has_number<14, node_answer> && has_number<15, node_gossip> && std::variant_size_v<raft_message_body> == 16,
  "the order of the alternatives is part of the wire format");

// -- writing ------------------------------------------------------------------------------------------------------

void put(byte_writer& out, const log_position& x) {
  out.put(x.index);
  out.put(x.term);
}

void put_flags(byte_writer& out, bool first, bool second, bool third = false) {
  out.put_byte(static_cast<std::uint8_t>((first ? 1 : 0) | (second ? 2 : 0) | (third ? 4 : 0)));
}

void put(byte_writer& out, const vote_request& x) {
  put_flags(out, x.pre_vote, x.transfer);
  put(out, x.last);
}

void put(byte_writer& out, const vote_reply& x) {
  put_flags(out, x.pre_vote, x.granted);
}

void put(byte_writer& out, const append_request& x) {
  put(out, x.previous);
  out.put(x.commit);
  out.put_varint(x.entries.size());
  for (const auto& e : x.entries)
    out.put(e);
}

void put(byte_writer& out, const append_reply& x) {
  put_flags(out, x.rejected, x.saturated);
  out.put(x.index);
  if (x.rejected) {
    put(out, x.conflict);
    out.put(x.last);
  }
}

void put(byte_writer& out, const heartbeat& x) {
  put_flags(out, x.sleep, x.snapshot_required);
  put(out, x.commit);
  out.put_varint(x.round);
}

void put(byte_writer& out, const heartbeat_reply& x) {
  put_flags(out, x.asleep, x.saturated, x.fenced);
  out.put_varint(x.round);
}

void put(byte_writer&, const timeout_now&) {
  // nop
}

void put(byte_writer& out, const fence_request& x) {
  out.put_varint(x.nonce);
  out.put(x.last);
}

void put(byte_writer& out, const fence_reply& x) {
  put_flags(out, x.leads, x.fenced);
  out.put_varint(x.nonce);
  out.put(x.last);
  out.put(x.counted);
  out.put_varint(x.voters.size());
  for (auto voter : x.voters)
    out.put(voter);
}

void put(byte_writer& out, const read_index_request& x) {
  out.put_varint(x.request);
}

void put(byte_writer& out, const read_index_reply& x) {
  out.put_varint(x.request);
  out.put(x.index);
}

void put(byte_writer& out, const snapshot_chunk& x) {
  put_flags(out, x.last, false);
  out.put_varint(x.session);
  put(out, x.position);
  out.put(x.configuration_index);
  out.put_bytes(x.configuration.view());
  out.put_varint(x.offset);
  out.put_bytes(x.data.view());
  out.put_fixed64(x.digest);
}

void put(byte_writer& out, const snapshot_reply& x) {
  out.put_byte(static_cast<std::uint8_t>(x.answer));
  out.put_varint(x.session);
  out.put_varint(x.offset);
  out.put(x.index);
}

void put(byte_writer& out, const node_call& x) {
  out.put_varint(x.id);
  out.put_bytes(x.body.view());
}

void put(byte_writer& out, const node_answer& x) {
  out.put_varint(x.id);
  out.put_bytes(x.body.view());
}

void put(byte_writer& out, const node_gossip& x) {
  out.put_bytes(x.body.view());
}

// -- reading ------------------------------------------------------------------------------------------------------

log_position get_position(byte_reader& in) {
  auto index = in.get_number<log_index_tag>();
  return {index, in.get_number<raft_term_tag>()};
}

/// Two flags; any other bit is an error.
std::pair<bool, bool> get_flags(byte_reader& in) {
  auto x = in.get_byte();
  if (x > 3)
    in.fail();
  return {(x & 1) != 0, (x & 2) != 0};
}

vote_request get_vote_request(byte_reader& in) {
  auto [pre_vote, transfer] = get_flags(in);
  return {pre_vote, transfer, get_position(in)};
}

vote_reply get_vote_reply(byte_reader& in) {
  auto [pre_vote, granted] = get_flags(in);
  return {pre_vote, granted};
}

append_request get_append_request(byte_reader& in) {
  append_request x;
  x.previous = get_position(in);
  x.commit = in.get_number<log_index_tag>();
  auto n = in.get_varint();
  if (n > in.remaining() / entry_bytes_min) {
    in.fail();
    return x;
  }
  x.entries.reserve(n);
  for (std::uint64_t i = 0; i < n && in.ok(); ++i)
    x.entries.push_back(in.get_entry());
  return x;
}

append_reply get_append_reply(byte_reader& in) {
  append_reply x;
  std::tie(x.rejected, x.saturated) = get_flags(in);
  if (x.saturated && !x.rejected)
    in.fail();
  x.index = in.get_number<log_index_tag>();
  if (x.rejected) {
    x.conflict = get_position(in);
    x.last = in.get_number<log_index_tag>();
  }
  return x;
}

fence_request get_fence_request(byte_reader& in) {
  auto nonce = in.get_varint();
  return {nonce, in.get_number<log_index_tag>()};
}

heartbeat_reply get_heartbeat_reply(byte_reader& in) {
  auto flags = in.get_byte();
  if (flags > 7)
    in.fail();
  return {in.get_varint(), (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0};
}

fence_reply get_fence_reply(byte_reader& in) {
  fence_reply x;
  std::tie(x.leads, x.fenced) = get_flags(in);
  x.nonce = in.get_varint();
  x.last = in.get_number<log_index_tag>();
  x.counted = in.get_number<log_index_tag>();
  auto n = in.get_varint();
  if (n > in.remaining()) {
    in.fail();
    return x;
  }
  x.voters.reserve(n);
  for (std::uint64_t i = 0; i < n && in.ok(); ++i)
    x.voters.push_back(in.get_number<node_id_tag>());
  return x;
}

snapshot_chunk get_snapshot_chunk(byte_reader& in) {
  snapshot_chunk x;
  auto [last, unused] = get_flags(in);
  if (unused)
    in.fail();
  x.last = last;
  x.session = in.get_varint();
  x.position = get_position(in);
  x.configuration_index = in.get_number<log_index_tag>();
  x.configuration = in.get_bytes();
  x.offset = in.get_varint();
  x.data = in.get_bytes();
  x.digest = in.get_fixed64();
  return x;
}

snapshot_reply get_snapshot_reply(byte_reader& in) {
  snapshot_reply x;
  auto answer = in.get_byte();
  if (answer > static_cast<std::uint8_t>(snapshot_answer::refused))
    in.fail();
  x.answer = static_cast<snapshot_answer>(answer);
  x.session = in.get_varint();
  x.offset = in.get_varint();
  x.index = in.get_number<log_index_tag>();
  return x;
}

raft_message_body get_body(byte_reader& in, std::uint8_t kind) {
  switch (kind) {
    case 0: return get_vote_request(in);
    case 1: return get_vote_reply(in);
    case 2: return get_append_request(in);
    case 3: return get_append_reply(in);
    case 4: {
      auto [sleep, snapshot_required] = get_flags(in);
      auto commit = get_position(in);
      return heartbeat{commit, in.get_varint(), sleep, snapshot_required};
    }
    case 5: return get_heartbeat_reply(in);
    case 6: return timeout_now{};
    case 7: return get_fence_request(in);
    case 8: return get_fence_reply(in);
    case 9: return read_index_request{in.get_varint()};
    case 10: {
      auto request = in.get_varint();
      return read_index_reply{request, in.get_number<log_index_tag>()};
    }
    case 11: return get_snapshot_chunk(in);
    case 12: return get_snapshot_reply(in);
    case 13: {
      auto id = in.get_varint();
      return node_call{id, in.get_bytes()};
    }
    case 14: {
      auto id = in.get_varint();
      return node_answer{id, in.get_bytes()};
    }
    case 15: return node_gossip{in.get_bytes()};
    default: in.fail(); return timeout_now{};
  }
}

/// Moves the payloads of `x` into a block of their own if they are a small part of the body they point into.
void release_body(append_request& x, std::size_t body_bytes) {
  std::size_t sum = 0;
  for (const auto& e : x.entries)
    sum += e.payload.size();
  if (sum == 0 || body_bytes <= small_body_bytes || sum >= body_bytes / 4)
    return;
  std::string block;
  block.reserve(sum);
  for (const auto& e : x.entries)
    block.append(e.payload.view());
  bytes owner{std::move(block)};
  std::size_t offset = 0;
  for (auto& e : x.entries) {
    auto n = e.payload.size();
    e.payload = owner.slice(offset, n);
    offset += n;
  }
}

} // namespace

void encode_message(std::string& body, const raft_message& x) {
  byte_writer out{body};
  if (body.empty())
    out.put_byte(body_version);
  out.put_byte(static_cast<std::uint8_t>(x.body.index()));
  out.put(x.partition);
  out.put(x.term);
  std::visit([&out](const auto& content) { put(out, content); }, x.body);
}

result<std::vector<raft_message>> decode_messages(const bytes& body, node_id from, node_id to) {
  byte_reader in{body};
  if (auto version = in.get_byte(); !in.ok() || version != body_version)
    return failure{status::errored, body.empty() ? "an empty body: at least its version was expected"
                                                 : "a body of version " + std::to_string(version)
                                                     + ": this node reads version " + std::to_string(body_version)};
  std::vector<raft_message> result;
  while (in.ok() && in.remaining() > 0) {
    auto offset = body.size() - in.remaining();
    if (result.size() == messages_per_body_max)
      return failure{status::errored, "more than " + std::to_string(messages_per_body_max) + " messages in a body of "
                                        + std::to_string(body.size()) + " bytes"};
    auto kind = in.get_byte();
    if (kind >= std::variant_size_v<raft_message_body>)
      return failure{status::errored, "a message of kind " + std::to_string(kind) + " at byte " + std::to_string(offset)
                                        + ": this node knows none of that kind"};
    raft_message x{in.get_number<partition_id_tag>(), from, to, in.get_number<raft_term_tag>(), get_body(in, kind)};
    if (!in.ok())
      return failure{status::errored, "a malformed message of kind " + std::to_string(kind) + " at byte "
                                        + std::to_string(offset) + " of " + std::to_string(body.size())};
    if (auto* append = std::get_if<append_request>(&x.body))
      release_body(*append, body.size());
    result.push_back(std::move(x));
  }
  return result;
}

} // namespace kommander::net
