#include "actors/raft/values/hosted_record.hpp"

#include <limits>

#include "actors/coordinator/roster_encoding.hpp"
#include "kommander/encoding.hpp"

namespace kommander {

namespace {

constexpr std::uint8_t record_format = 5;

enum record_flag : std::uint8_t { complete = 1, whole = 2, known_new = 4 };

enum flag : std::uint8_t { routed = 1, born_receiving = 2, new_to_disk = 4, ending = 8, away = 16, kept = 32 };

constexpr std::uint8_t all_flags = routed | born_receiving | new_to_disk | ending | away | kept;

std::uint8_t flags_of(const hosted_partition& x) {
  return static_cast<std::uint8_t>((x.birth.routed ? routed : 0) | (x.birth.born_receiving ? born_receiving : 0)
                                   | (x.new_to_disk ? new_to_disk : 0) | (x.ending ? ending : 0) | (x.away ? away : 0)
                                   | (x.kept ? kept : 0));
}

hosted_partition get_partition(byte_reader& in) {
  hosted_partition x;
  x.birth.id = in.get_number<partition_id_tag>();
  x.birth.created = in.get_number<map_version_tag>();
  auto flags = in.get_byte();
  x.birth.routed = (flags & routed) != 0;
  x.birth.born_receiving = (flags & born_receiving) != 0;
  x.new_to_disk = (flags & new_to_disk) != 0;
  x.ending = (flags & ending) != 0;
  x.birth.born_with = get_range(in);
  x.birth.born_voters = get_ids(in, members_max);
  x.away = (flags & away) != 0;
  if ((flags & kept) != 0)
    x.kept = {in.get_number<raft_term_tag>(), in.get_number<node_id_tag>(), get_enum(in, log_loss::unknown)};
  if (x.kept)
    x.known_voters = get_ids(in, std::numeric_limits<std::size_t>::max());
  if (!x.birth.id || (flags & ~all_flags) != 0 || (x.away && (x.ending || !x.kept)))
    in.fail();
  x.birth = birth_of(x.birth);
  return x;
}

} // namespace

partition_info birth_of(const partition_info& x) {
  partition_info birth;
  birth.id = x.id;
  birth.state = x.born_receiving ? partition_state::receiving : partition_state::active;
  birth.routed = x.routed;
  birth.range = x.born_with;
  birth.created = x.created;
  birth.born_receiving = x.born_receiving;
  birth.born_with = x.born_with;
  birth.born_voters = x.born_voters;
  return birth;
}

std::string encode(const hosted_record& x) {
  std::string result;
  byte_writer out{result};
  out.put_byte(record_format);
  out.put(x.seen);
  out.put(x.since);
  out.put_byte(
    static_cast<std::uint8_t>((x.complete ? complete : 0) | (x.whole ? whole : 0) | (x.known_new ? known_new : 0)));
  out.put_varint(x.partitions.size());
  for (const auto& [id, y] : x.partitions) {
    out.put(id);
    out.put(y.birth.created);
    out.put_byte(flags_of(y));
    put(out, y.birth.born_with);
    put_ids(out, y.birth.born_voters);
    if (!y.kept)
      continue;
    out.put(y.kept->current_term);
    out.put(y.kept->voted_for);
    put_enum(out, y.kept->lost);
    put_ids(out, y.known_voters);
  }
  return result;
}

std::optional<hosted_record> decode_hosted_record(const std::string& x) {
  hosted_record result;
  if (x.empty())
    return result;
  byte_reader in{bytes::copy(x)};
  if (in.get_byte() != record_format)
    return std::nullopt;
  result.seen = in.get_number<map_version_tag>();
  result.since = in.get_number<map_version_tag>();
  auto flags = in.get_byte();
  result.complete = (flags & complete) != 0;
  result.whole = (flags & whole) != 0;
  result.known_new = (flags & known_new) != 0;
  auto count = in.get_varint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    auto one = get_partition(in);
    auto id = one.birth.id;
    if (!result.partitions.empty() && id <= result.partitions.rbegin()->first)
      in.fail();
    result.partitions.emplace(id, std::move(one));
  }
  if (!in.complete() || (flags & ~(complete | whole | known_new)) != 0)
    return std::nullopt;
  return result;
}

} // namespace kommander
