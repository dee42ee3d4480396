#include "actors/coordinator/map_command.hpp"

#include <type_traits>
#include <utility>

#include "actors/coordinator/roster_encoding.hpp"
#include "actors/partition/range_encoding.hpp"
#include "kommander/encoding.hpp"

namespace kommander {

namespace {

// The kinds are numbered by their place in the variant.
static_assert(std::is_same_v<std::variant_alternative_t<0, map_command>, map_initialize>);
static_assert(std::is_same_v<std::variant_alternative_t<1, map_command>, map_create>);
static_assert(std::is_same_v<std::variant_alternative_t<2, map_command>, map_begin>);
static_assert(std::is_same_v<std::variant_alternative_t<3, map_command>, map_advance>);
static_assert(std::is_same_v<std::variant_alternative_t<4, map_command>, map_cancel>);
static_assert(std::is_same_v<std::variant_alternative_t<5, map_command>, member_change>);
static_assert(std::is_same_v<std::variant_alternative_t<6, map_command>, map_replication>);
static_assert(std::is_same_v<std::variant_alternative_t<7, map_command>, map_place>);

void put(byte_writer& out, const map_initialize& x) {
  out.put_varint(x.partitions);
  out.put_varint(x.members.size());
  for (const auto& member : x.members) {
    out.put(member.id);
    put_address(out, member.address, member.zone);
  }
  out.put_varint(x.replication_factor);
}

void put(byte_writer& out, const map_create& x) {
  out.put(x.id);
  out.put_byte(x.routed ? 1 : 0);
  put(out, x.range);
  out.put_varint(x.replication_factor);
}

void put(byte_writer& out, const map_begin& x) {
  put_enum(out, x.kind);
  out.put(x.source);
  out.put(x.target);
  out.put_byte(static_cast<std::uint8_t>((x.routed ? 1 : 0) | (x.copies_itself ? 2 : 0) | (x.leaves_hole ? 4 : 0)));
  out.put_varint(x.boundary);
}

void put(byte_writer& out, const map_advance& x) {
  out.put(x.operation);
  put_enum(out, x.from);
  put_enum(out, x.to);
  out.put_bytes(std::string_view{x.reason}.substr(0, reason_bytes_max));
}

void put(byte_writer& out, const map_cancel& x) {
  out.put(x.operation);
}

/// What means nothing to a step is not said.
void put(byte_writer& out, const member_change& x) {
  put_enum(out, x.what);
  out.put(x.node);
  out.put(x.expected);
  if (x.what == member_step::join) {
    put_address(out, x.address, x.zone);
    out.put_fixed64(x.disk);
  }
  if (x.what == member_step::leave)
    out.put_byte(x.evicted ? 1 : 0);
}

void put(byte_writer& out, const map_replication& x) {
  out.put(x.partition);
  out.put_varint(x.factor);
}

void put(byte_writer& out, const map_place& x) {
  out.put(x.partition);
  out.put(x.expected);
  put_enum(out, x.to);
  if (x.to == placement_phase::adding)
    put_ids(out, x.replicas);
}

map_initialize get_initialize(byte_reader& in) {
  map_initialize x;
  x.partitions = in.get_varint();
  auto count = in.get_varint();
  if (count > members_max)
    in.fail();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    auto& member = x.members.emplace_back();
    member.id = in.get_number<node_id_tag>();
    member.role = member_role::voter;
    member.joined = roster_version{1};
    get_address(in, member.address, member.zone);
  }
  x.replication_factor = get_factor(in);
  return x;
}

map_create get_create(byte_reader& in) {
  map_create x;
  x.id = in.get_number<partition_id_tag>();
  x.routed = get_flags(in, 1) != 0;
  x.range = get_range(in);
  x.replication_factor = get_factor(in);
  return x;
}

map_begin get_begin(byte_reader& in) {
  map_begin x;
  x.kind = get_enum(in, operation_kind::merge);
  x.source = in.get_number<partition_id_tag>();
  x.target = in.get_number<partition_id_tag>();
  auto flags = get_flags(in, 3);
  x.routed = (flags & 1) != 0;
  x.copies_itself = (flags & 2) != 0;
  x.leaves_hole = (flags & 4) != 0;
  auto boundary = in.get_varint();
  if (boundary > place_max && boundary != any_place)
    in.fail();
  x.boundary = static_cast<std::uint32_t>(boundary);
  if (x.kind == operation_kind::create)
    in.fail();
  return x;
}

map_advance get_advance(byte_reader& in) {
  map_advance x;
  x.operation = in.get_number<operation_id_tag>();
  x.from = get_enum(in, operation_phase::failed);
  x.to = get_enum(in, operation_phase::failed);
  auto reason = in.get_view();
  if (reason.size() > reason_bytes_max)
    in.fail();
  else
    x.reason = reason;
  return x;
}

member_change get_member_change(byte_reader& in) {
  member_change x;
  x.what = get_enum(in, member_step::remove);
  x.node = in.get_number<node_id_tag>();
  x.expected = in.get_number<roster_version_tag>();
  if (x.what == member_step::join) {
    get_address(in, x.address, x.zone);
    x.disk = in.get_fixed64();
  }
  if (x.what == member_step::leave)
    x.evicted = get_flags(in, 1) != 0;
  return x;
}

map_replication get_replication(byte_reader& in) {
  map_replication x;
  x.partition = in.get_number<partition_id_tag>();
  x.factor = get_factor(in);
  return x;
}

map_place get_map_place(byte_reader& in) {
  map_place x;
  x.partition = in.get_number<partition_id_tag>();
  x.expected = in.get_number<map_version_tag>();
  x.to = get_enum(in, placement_phase::switching);
  if (x.to == placement_phase::adding)
    x.replicas = get_ids(in, members_max);
  return x;
}

map_command get_command(byte_reader& in) {
  switch (in.get_byte()) {
    case 0: return get_initialize(in);
    case 1: return get_create(in);
    case 2: return get_begin(in);
    case 3: return get_advance(in);
    case 4: return map_cancel{in.get_number<operation_id_tag>()};
    case 5: return get_member_change(in);
    case 6: return get_replication(in);
    case 7: return get_map_place(in);
    default: in.fail(); return {};
  }
}

} // namespace

bytes encode(const map_command& x) {
  std::string result;
  byte_writer out{result};
  out.put_byte(map_command_version);
  out.put_byte(static_cast<std::uint8_t>(x.index()));
  std::visit([&](const auto& command) { put(out, command); }, x);
  return bytes{std::move(result)};
}

std::optional<map_command> decode_map_command(const bytes& data) {
  byte_reader in{data};
  if (in.get_byte() != map_command_version)
    return std::nullopt;
  auto x = get_command(in);
  if (!in.complete())
    return std::nullopt;
  return x;
}

} // namespace kommander
