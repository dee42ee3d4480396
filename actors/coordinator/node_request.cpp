#include "actors/coordinator/node_request.hpp"

#include <algorithm>

#include "actors/partition/range_encoding.hpp"
#include "kommander/encoding.hpp"

namespace kommander {

namespace {

/// Reasons are for people; longer ones are cut.
constexpr std::size_t reason_bytes_max = 1024;

/// The first byte. Part of the wire format.
enum class kind : std::uint8_t { control = 0, range = 1 };

void put_kind(byte_writer& out, kind x) {
  out.put_byte(static_cast<std::uint8_t>(x));
}

/// What both replies begin with.
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
    default: return std::nullopt;
  }
  return in.complete() ? result : std::nullopt;
}

// -- what is alike of all -----------------------------------------------------------------------------------------

partition_id partition_of(const node_request& x) noexcept {
  if (const auto* control = std::get_if<control_proposal>(&x))
    return control->partition;
  return std::get<range_export>(x).what.source;
}

node_reply refusal_of(const node_request& x, status code, node_id leader, std::string reason) {
  if (std::holds_alternative<control_proposal>(x))
    return control_result{code, {}, leader, std::move(reason)};
  range_part part;
  part.code = code;
  part.leader = leader;
  part.reason = std::move(reason);
  return part;
}

bool answers(const node_reply& reply, const node_request& request) noexcept {
  return reply.index() == request.index();
}

} // namespace kommander
