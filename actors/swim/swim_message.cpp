#include "actors/swim/swim_message.hpp"

#include <algorithm>

#include "kommander/encoding.hpp"

namespace kommander {

namespace {

/// What a rumour, and a report, has at least when it is encoded.
constexpr std::size_t rumour_bytes_min = 8 + 1 + 1;
constexpr std::size_t report_bytes_min = 8 + 1 + 1;

/// Nobody is asked to be more patient.
constexpr std::uint64_t patience_ms_max = 24 * 3600 * 1000;

bool has_probe(swim_kind x) {
  return x <= swim_kind::nack;
}

bool has_subject(swim_kind x) {
  return x >= swim_kind::ping_request && x <= swim_kind::nack;
}

bool has_reports(swim_kind x) {
  return x >= swim_kind::sync && x <= swim_kind::reports;
}

// -- writing ------------------------------------------------------------------------------------------------------

void put(byte_writer& out, const rumour& x) {
  out.put_fixed64(x.subject.value());
  out.put_byte(static_cast<std::uint8_t>(x.state));
  out.put_varint(x.incarnation);
  if (x.state != liveness::alive)
    out.put_fixed64(x.accuser.value());
}

void put(byte_writer& out, const node_report& x) {
  out.put_fixed64(x.node.value());
  out.put_varint(x.version);
  out.put_bytes(x.content.view());
}

template <class T>
void put_all(byte_writer& out, const std::vector<T>& all) {
  out.put_varint(all.size());
  for (const auto& x : all)
    put(out, x);
}

// -- reading ------------------------------------------------------------------------------------------------------

rumour get_rumour(byte_reader& in) {
  rumour x;
  x.subject = node_id{in.get_fixed64()};
  auto state = in.get_byte();
  if (state > static_cast<std::uint8_t>(liveness::dead))
    in.fail();
  x.state = static_cast<liveness>(state);
  x.incarnation = in.get_varint();
  if (!x.subject || x.incarnation > incarnation_max)
    in.fail();
  if (x.state != liveness::alive)
    x.accuser = node_id{in.get_fixed64()};
  return x;
}

node_report get_report(byte_reader& in) {
  node_report x;
  x.node = node_id{in.get_fixed64()};
  x.version = in.get_varint();
  x.content = in.get_bytes().compacted();
  if (!x.node || x.version > incarnation_max)
    in.fail();
  return x;
}

template <class Get>
auto get_all(byte_reader& in, std::size_t bytes_min, Get get) {
  std::vector<decltype(get(in))> all;
  auto n = in.get_varint();
  if (n > in.remaining() / bytes_min) {
    in.fail();
    return all;
  }
  all.reserve(n);
  for (std::uint64_t i = 0; i < n && in.ok(); ++i)
    all.push_back(get(in));
  return all;
}

} // namespace

bytes encode(const swim_message& x) {
  std::string body;
  byte_writer out{body};
  out.put_byte(swim_version);
  out.put_byte(static_cast<std::uint8_t>(x.kind));
  out.put_varint(x.incarnation);
  out.put_varint(x.roster_version);
  put_all(out, x.rumours);
  if (has_probe(x.kind))
    out.put_varint(x.probe);
  if (has_subject(x.kind))
    out.put_fixed64(x.subject.value());
  if (x.kind == swim_kind::ping_request)
    out.put_varint(static_cast<std::uint64_t>(std::max<std::int64_t>(x.patience.count(), 0)));
  if (has_reports(x.kind))
    put_all(out, x.reports);
  if (x.kind == swim_kind::roster)
    out.put_bytes(x.roster.view());
  return bytes{std::move(body)};
}

std::optional<swim_message> decode_swim_message(const bytes& body) {
  byte_reader in{body};
  auto version = in.get_byte();
  auto kind = in.get_byte();
  if (version != swim_version || kind > static_cast<std::uint8_t>(swim_kind::roster))
    return std::nullopt;
  swim_message x;
  x.kind = static_cast<swim_kind>(kind);
  x.incarnation = in.get_varint();
  x.roster_version = in.get_varint();
  x.rumours = get_all(in, rumour_bytes_min, get_rumour);
  if (has_probe(x.kind))
    x.probe = in.get_varint();
  if (has_subject(x.kind))
    x.subject = node_id{in.get_fixed64()};
  if (x.kind == swim_kind::ping_request) {
    auto patience = in.get_varint();
    if (patience > patience_ms_max)
      in.fail();
    x.patience = std::chrono::milliseconds{static_cast<std::int64_t>(patience)};
  }
  if (has_reports(x.kind))
    x.reports = get_all(in, report_bytes_min, get_report);
  if (x.kind == swim_kind::roster)
    x.roster = in.get_bytes().compacted();
  if (!in.complete() || x.incarnation > incarnation_max)
    return std::nullopt;
  return x;
}

} // namespace kommander
