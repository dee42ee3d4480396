#include "actors/coordinator/node_request.hpp"

#include <algorithm>

#include "actors/coordinator/roster_encoding.hpp"
#include "actors/partition/range_encoding.hpp"
#include "kommander/encoding.hpp"

namespace kommander {

namespace {

/// Reasons are for people; longer ones are cut.
constexpr std::size_t reason_bytes_max = 1024;

/// As many as a cluster may begin with; more are not believed.
constexpr std::uint64_t led_max = 1'000'000;

/// The first byte. Part of the wire format.
enum class kind : std::uint8_t { control = 0, range = 1, group = 2, member = 3, handover = 4, load = 5, progress = 6 };

void put_kind(byte_writer& out, kind x) {
  out.put_byte(static_cast<std::uint8_t>(x));
}

/// What all replies begin with.
template <class Reply>
void put_head(byte_writer& out, kind k, const Reply& x) {
  put_kind(out, k);
  out.put_byte(static_cast<std::uint8_t>(x.code));
  out.put(x.leader);
  out.put_bytes(std::string_view{x.reason}.substr(0, reason_bytes_max));
}

template <class Reply>
Reply get_head(byte_reader& in) {
  Reply x;
  x.code = static_cast<status>(in.get_byte());
  x.leader = in.get_number<node_id_tag>();
  x.reason = in.get_view();
  if (!is_valid(x.code) || x.reason.size() > reason_bytes_max)
    in.fail();
  return x;
}

void put(byte_writer& out, const control_proposal& x) {
  put_kind(out, kind::control);
  out.put(x.partition);
  out.put_bytes(x.payload.view());
}

void put(byte_writer& out, const range_export& x) {
  put_kind(out, kind::range);
  put(out, x.what);
  out.put_varint(x.attempt);
  out.put_bytes(x.cursor.view());
  out.put_varint(x.bytes_max);
}

void put(byte_writer& out, const group_request& x) {
  put_kind(out, kind::group);
  out.put(x.partition);
  out.put_byte(x.has_goal ? 1 : 0);
  if (!x.has_goal)
    return;
  put_ids(out, x.voters);
  put_ids(out, x.learners);
  out.put(x.version);
  out.put(x.placed);
}

void put(byte_writer& out, const member_request& x) {
  put_kind(out, kind::member);
  out.put_bytes(x.change.view());
}

void put(byte_writer& out, const handover_request& x) {
  put_kind(out, kind::handover);
  out.put(x.partition);
  out.put(x.target);
}

void put(byte_writer& out, const load_request&) {
  put_kind(out, kind::load);
}

void put(byte_writer& out, const progress_request& x) {
  put_kind(out, kind::progress);
  out.put(x.node);
}

void put(byte_writer& out, const control_result& x) {
  put_head(out, kind::control, x);
  out.put(x.index);
}

void put(byte_writer& out, const range_part& x) {
  put_head(out, kind::range, x);
  out.put_bytes(x.library.view());
  out.put_bytes(x.data.view());
  out.put_bytes(x.cursor.view());
  out.put_byte(x.last ? 1 : 0);
}

void put(byte_writer& out, const group_report& x) {
  put_head(out, kind::group, x);
  out.put_byte(x.settled ? 1 : 0);
  put_ids(out, x.voters);
  put_ids(out, x.learners);
  out.put_varint(x.peers.size());
  for (const auto& peer : x.peers) {
    out.put(peer.node);
    out.put_byte(peer.known ? 1 : 0);
    out.put_varint(peer.lag);
  }
}

/// Ids one after the other are a byte each: a node may lead many thousands.
void put(byte_writer& out, const load_report& x) {
  put_head(out, kind::load, x);
  out.put_byte(x.reluctant ? 1 : 0);
  out.put_varint(x.led.size());
  std::uint64_t last = 0;
  for (const auto& y : x.led) {
    out.put_varint(y.partition.value() - last);
    out.put_varint(y.led_for_seconds);
    out.put_varint(y.operations_per_second);
    last = y.partition.value();
  }
}

void put(byte_writer& out, const progress_report& x) {
  put_head(out, kind::progress, x);
  out.put_varint(x.caught_up);
  out.put_varint(x.partitions);
}

/// An entry without a payload says nothing.
control_proposal get_control_proposal(byte_reader& in) {
  control_proposal x;
  x.partition = in.get_number<partition_id_tag>();
  x.payload = in.get_bytes();
  if (x.payload.empty())
    in.fail();
  return x;
}

range_export get_range_export(byte_reader& in) {
  range_export x;
  x.what = get_moving_state(in);
  x.attempt = in.get_varint();
  x.cursor = in.get_bytes();
  x.bytes_max = in.get_varint();
  if (!x.what.operation || x.bytes_max == 0)
    in.fail();
  return x;
}

/// A group without voters could do nothing any more, so nobody asks for that.
group_request get_group_request(byte_reader& in) {
  group_request x;
  x.partition = in.get_number<partition_id_tag>();
  x.has_goal = get_flags(in, 1) != 0;
  if (!x.has_goal)
    return x;
  x.voters = get_ids(in, members_max);
  x.learners = get_ids(in, members_max);
  x.version = in.get_number<roster_version_tag>();
  x.placed = in.get_number<map_version_tag>();
  auto learns = [&](node_id id) { return std::ranges::binary_search(x.learners, id); };
  if (x.voters.empty() || std::ranges::any_of(x.voters, learns))
    in.fail();
  return x;
}

member_request get_member_request(byte_reader& in) {
  member_request x;
  x.change = in.get_bytes();
  if (x.change.empty())
    in.fail();
  return x;
}

handover_request get_handover_request(byte_reader& in) {
  handover_request x;
  x.partition = in.get_number<partition_id_tag>();
  x.target = in.get_number<node_id_tag>();
  if (!x.target)
    in.fail();
  return x;
}

progress_request get_progress_request(byte_reader& in) {
  progress_request x{in.get_number<node_id_tag>()};
  if (!x.node)
    in.fail();
  return x;
}

load_report get_load_report(byte_reader& in) {
  auto x = get_head<load_report>(in);
  x.reluctant = get_flags(in, 1) != 0;
  auto count = in.get_varint();
  if (count > led_max)
    in.fail();
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    auto step = in.get_varint();
    auto& y = x.led.emplace_back();
    y.partition = partition_id{last + step};
    y.led_for_seconds = in.get_varint();
    y.operations_per_second = in.get_varint();
    if (step == 0 || y.partition.value() < last)
      in.fail();
    last = y.partition.value();
  }
  return x;
}

progress_report get_progress_report(byte_reader& in) {
  auto x = get_head<progress_report>(in);
  x.caught_up = in.get_varint();
  x.partitions = in.get_varint();
  if (x.caught_up > x.partitions)
    in.fail();
  return x;
}

control_result get_control_result(byte_reader& in) {
  auto x = get_head<control_result>(in);
  x.index = in.get_number<log_index_tag>();
  return x;
}

range_part get_range_part(byte_reader& in) {
  auto x = get_head<range_part>(in);
  x.library = in.get_bytes();
  x.data = in.get_bytes();
  x.cursor = in.get_bytes();
  x.last = get_flags(in, 1) != 0;
  return x;
}

group_report get_group_report(byte_reader& in) {
  auto x = get_head<group_report>(in);
  x.settled = get_flags(in, 1) != 0;
  x.voters = get_ids(in, group_members_max);
  x.learners = get_ids(in, group_members_max);
  auto count = in.get_varint();
  if (count > group_members_max)
    in.fail();
  node_id last;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    auto& peer = x.peers.emplace_back();
    peer.node = in.get_number<node_id_tag>();
    peer.known = get_flags(in, 1) != 0;
    peer.lag = in.get_varint();
    if (peer.node <= last)
      in.fail();
    last = peer.node;
  }
  return x;
}

template <class Variant>
bytes encode_any(const Variant& x) {
  std::string result;
  byte_writer out{result};
  std::visit([&](const auto& y) { put(out, y); }, x);
  return bytes{std::move(result)};
}

} // namespace

bytes encode(const node_request& x) {
  return encode_any(x);
}

bytes encode(const node_reply& x) {
  return encode_any(x);
}

std::optional<node_request> decode_node_request(const bytes& data) {
  byte_reader in{data};
  std::optional<node_request> result;
  switch (static_cast<kind>(in.get_byte())) {
    case kind::control: result = get_control_proposal(in); break;
    case kind::range: result = get_range_export(in); break;
    case kind::group: result = get_group_request(in); break;
    case kind::member: result = get_member_request(in); break;
    case kind::handover: result = get_handover_request(in); break;
    case kind::load: result = load_request{}; break;
    case kind::progress: result = get_progress_request(in); break;
    default: return std::nullopt;
  }
  return in.complete() ? result : std::nullopt;
}

std::optional<node_reply> decode_node_reply(const bytes& data) {
  byte_reader in{data};
  std::optional<node_reply> result;
  switch (static_cast<kind>(in.get_byte())) {
    case kind::control: result = get_control_result(in); break;
    case kind::range: result = get_range_part(in); break;
    case kind::group: result = get_group_report(in); break;
    case kind::load: result = get_load_report(in); break;
    case kind::progress: result = get_progress_report(in); break;
    default: return std::nullopt;
  }
  return in.complete() ? result : std::nullopt;
}

// -- what is alike of all -----------------------------------------------------------------------------------------

partition_id partition_of(const node_request& x) noexcept {
  if (const auto* control = std::get_if<control_proposal>(&x))
    return control->partition;
  if (const auto* group = std::get_if<group_request>(&x))
    return group->partition;
  if (const auto* range = std::get_if<range_export>(&x))
    return range->what.source;
  if (const auto* handover = std::get_if<handover_request>(&x))
    return handover->partition;
  return {}; // partition 0 keeps the roster
}

bool is_for_node(const node_request& x) noexcept {
  return std::holds_alternative<load_request>(x) || std::holds_alternative<progress_request>(x);
}

node_reply refusal_of(const node_request& x, status code, node_id leader, std::string reason) {
  auto refused = [&](auto reply) -> node_reply {
    reply.code = code;
    reply.leader = leader;
    reply.reason = std::move(reason);
    return reply;
  };
  if (std::holds_alternative<range_export>(x))
    return refused(range_part{});
  if (std::holds_alternative<group_request>(x))
    return refused(group_report{});
  if (std::holds_alternative<load_request>(x))
    return refused(load_report{});
  if (std::holds_alternative<progress_request>(x))
    return refused(progress_report{});
  return refused(control_result{});
}

bool answers(const node_reply& reply, const node_request& request) noexcept {
  if (std::holds_alternative<range_export>(request))
    return std::holds_alternative<range_part>(reply);
  if (std::holds_alternative<group_request>(request))
    return std::holds_alternative<group_report>(reply);
  if (std::holds_alternative<load_request>(request))
    return std::holds_alternative<load_report>(reply);
  if (std::holds_alternative<progress_request>(request))
    return std::holds_alternative<progress_report>(reply);
  return std::holds_alternative<control_result>(reply);
}

} // namespace kommander
