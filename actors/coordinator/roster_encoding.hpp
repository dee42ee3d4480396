/// How nodes, and what is said of them, stand in the library's own entries, messages and records. What no encoder writes is
/// refused when it is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "actors/partition/range_encoding.hpp"
#include "kommander/encoding.hpp"
#include "kommander/partition_map.hpp"

namespace kommander {

/// Ascending.
inline void put_ids(byte_writer& out, const std::vector<node_id>& x) {
  out.put_varint(x.size());
  for (auto id : x)
    out.put(id);
}

/// At most `count_max`, each above the one before, and none zero.
inline std::vector<node_id> get_ids(byte_reader& in, std::size_t count_max) {
  std::vector<node_id> x;
  auto count = in.get_varint();
  if (count > count_max)
    in.fail();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    auto id = in.get_number<node_id_tag>();
    if (id <= (x.empty() ? node_id{} : x.back()))
      in.fail();
    x.push_back(id);
  }
  return x;
}

/// How many replicas there are to be.
inline std::uint32_t get_factor(byte_reader& in) {
  auto factor = in.get_varint();
  if (factor > members_max)
    in.fail();
  return static_cast<std::uint32_t>(factor);
}

/// Where a member is.
inline void put_address(byte_writer& out, const endpoint& address, const std::string& zone) {
  out.put_bytes(address.host);
  out.put_varint(address.port);
  out.put_bytes(zone);
}

inline void get_address(byte_reader& in, endpoint& address, std::string& zone) {
  address.host = in.get_view();
  auto port = in.get_varint();
  zone = in.get_view();
  if (address.host.size() > host_bytes_max || zone.size() > zone_bytes_max || port > UINT16_MAX)
    in.fail();
  address.port = static_cast<std::uint16_t>(port);
}

inline void put(byte_writer& out, const cluster_roster& x) {
  out.put(x.version);
  out.put_varint(x.members.size());
  for (const auto& member : x.members) {
    out.put(member.id);
    put_address(out, member.address, member.zone);
    put_enum(out, member.role);
    out.put(member.joined);
    out.put_byte(static_cast<std::uint8_t>((member.evicted ? 1 : 0) | (member.first_time ? 2 : 0)));
    out.put_fixed64(member.disk);
  }
  put_ids(out, x.former);
}

/// Whether it agrees with itself is another question: see `is_consistent`.
inline cluster_roster get_roster(byte_reader& in) {
  cluster_roster x;
  x.version = in.get_number<roster_version_tag>();
  auto count = in.get_varint();
  if (count > members_max)
    in.fail();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    auto& member = x.members.emplace_back();
    member.id = in.get_number<node_id_tag>();
    get_address(in, member.address, member.zone);
    member.role = get_enum(in, member_role::leaving);
    member.joined = in.get_number<roster_version_tag>();
    auto flags = get_flags(in, 2);
    member.evicted = (flags & 1) != 0;
    member.first_time = (flags & 2) != 0;
    member.disk = in.get_fixed64();
  }
  x.former = get_ids(in, former_members_max);
  return x;
}

} // namespace kommander
