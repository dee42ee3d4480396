/// How the map stands in a snapshot of partition 0, and what of it must agree when it is read: the commands rely on that.
#include "actors/coordinator/map_state.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "actors/coordinator/placement_steps.hpp"
#include "actors/coordinator/roster_encoding.hpp"
#include "actors/coordinator/roster_steps.hpp"
#include "actors/partition/range_encoding.hpp"

namespace kommander {

namespace {

void put(byte_writer& out, const partition_placement& x) {
  out.put_varint(x.factor);
  put_ids(out, x.replicas);
  put_ids(out, x.former);
  put_enum(out, x.phase);
  out.put(x.version);
}

partition_placement get_placement(byte_reader& in) {
  partition_placement x;
  x.factor = get_factor(in);
  x.replicas = get_ids(in, members_max);
  x.former = get_ids(in, members_max);
  x.phase = get_enum(in, placement_phase::switching);
  x.version = in.get_number<map_version_tag>();
  return x;
}

void put(byte_writer& out, const partition_info& x) {
  out.put(x.id);
  put_enum(out, x.state);
  out.put_byte(static_cast<std::uint8_t>((x.routed ? 1 : 0) | (x.born_receiving ? 2 : 0)));
  put(out, x.range);
  out.put(x.current);
  out.put(x.created);
  put(out, x.born_with);
  put_ids(out, x.born_voters);
  put(out, x.where);
}

partition_info get_partition(byte_reader& in) {
  partition_info x;
  x.id = in.get_number<partition_id_tag>();
  x.state = get_enum(in, partition_state::removed);
  auto flags = get_flags(in, 2);
  x.routed = (flags & 1) != 0;
  x.born_receiving = (flags & 2) != 0;
  x.range = get_range(in);
  x.current = in.get_number<generation_tag>();
  x.created = in.get_number<map_version_tag>();
  x.born_with = get_range(in);
  x.born_voters = get_ids(in, members_max);
  x.where = get_placement(in);
  return x;
}

void put(byte_writer& out, const operation_info& x) {
  out.put(x.id);
  put_enum(out, x.kind);
  put_enum(out, x.phase);
  out.put(x.source);
  out.put(x.target);
  out.put_byte(static_cast<std::uint8_t>((x.routed ? 1 : 0) | (x.copies_itself ? 2 : 0)));
  put(out, x.moving);
  out.put(x.source_generation);
  out.put(x.target_generation);
  out.put_bytes(x.reason);
}

operation_info get_operation(byte_reader& in) {
  operation_info x;
  x.id = in.get_number<operation_id_tag>();
  x.kind = get_enum(in, operation_kind::merge);
  x.phase = get_enum(in, operation_phase::failed);
  x.source = in.get_number<partition_id_tag>();
  x.target = in.get_number<partition_id_tag>();
  auto flags = get_flags(in, 2);
  x.routed = (flags & 1) != 0;
  x.copies_itself = (flags & 2) != 0;
  x.moving = get_range(in);
  x.source_generation = in.get_number<generation_tag>();
  x.target_generation = in.get_number<generation_tag>();
  x.reason = in.get_view();
  if (x.reason.size() > reason_bytes_max)
    in.fail();
  return x;
}

/// How a partition is while an operation that may still be rolled back goes on there.
partition_state state_of_source(operation_kind x) {
  return x == operation_kind::split ? partition_state::splitting : partition_state::draining;
}

bool may_roll_back(const operation_info& x) {
  return x.phase == operation_phase::fencing || x.phase == operation_phase::copying;
}

/// No place has two owners.
bool are_apart(const std::vector<partition_info>& partitions) {
  std::vector<hash_range> owned;
  for (const auto& x : partitions)
    if (x.routed && x.state != partition_state::removed && x.state != partition_state::receiving)
      owned.push_back(x.range);
  std::ranges::sort(owned);
  auto meet = [](const hash_range& x, const hash_range& y) { return y.first <= x.last; };
  return std::ranges::adjacent_find(owned, meet) == owned.end();
}

template <class T>
bool ascend(const std::vector<T>& x) {
  auto not_below = [](const T& first, const T& second) { return first.id >= second.id; };
  return (x.empty() || x.front().id) && std::ranges::adjacent_find(x, not_below) == x.end();
}

} // namespace

void map_state::encode(byte_writer& out) const {
  out.put(map_.version);
  out.put(map_.next_id);
  out.put(last_operation_);
  out.put_varint(map_.partitions.size());
  for (const auto& x : map_.partitions)
    put(out, x);
  out.put_varint(map_.operations.size());
  for (const auto& x : map_.operations)
    put(out, x);
  out.put_varint(cancelled_.size());
  for (auto x : cancelled_)
    out.put(x);
  out.put_varint(ended_.size());
  for (auto x : ended_)
    out.put(x);
  out.put_varint(map_.replication_factor);
  put(out, map_.roster);
}

map_state map_state::decode(byte_reader& in) {
  map_state x;
  x.map_.version = in.get_number<map_version_tag>();
  x.map_.next_id = in.get_number<partition_id_tag>();
  x.last_operation_ = in.get_number<operation_id_tag>();
  auto partitions = in.get_varint();
  for (std::uint64_t i = 0; i < partitions && in.ok(); ++i) {
    x.map_.partitions.push_back(get_partition(in));
    x.kept_ += x.map_.partitions.back().state != partition_state::removed ? 1 : 0;
  }
  auto operations = in.get_varint();
  for (std::uint64_t i = 0; i < operations && in.ok(); ++i)
    x.map_.operations.push_back(get_operation(in));
  auto cancelled = in.get_varint();
  for (std::uint64_t i = 0; i < cancelled && in.ok(); ++i)
    if (!x.cancelled_.insert(in.get_number<operation_id_tag>()).second)
      in.fail();
  auto ended = in.get_varint();
  for (std::uint64_t i = 0; i < ended && in.ok(); ++i)
    x.ended_.push_back(in.get_number<operation_id_tag>());
  x.map_.replication_factor = get_factor(in);
  x.map_.roster = get_roster(in);
  if (in.ok() && !x.is_consistent())
    in.fail();
  return in.ok() ? x : map_state{};
}

bool map_state::is_consistent() const {
  if (!ascend(map_.partitions) || !ascend(map_.operations) || !are_apart(map_.partitions) || kept_ > partitions_max)
    return false;
  if (!map_.next_id || map_.next_id > id_max + 1 || map_.find(map_.next_id) != nullptr)
    return false;
  if (!map_.version)
    return *this == map_state{};
  if (!kommander::is_consistent(map_.roster) || map_.roster.version.value() > map_.version.value())
    return false;
  auto belongs = [&](const partition_info& x) {
    return x.id <= id_max && x.current && x.created <= map_.version && !x.born_voters.empty()
           && kommander::is_consistent(x, map_);
  };
  if (!std::ranges::all_of(map_.partitions, belongs))
    return false;
  std::size_t over = 0;
  std::map<partition_id, const operation_info*> busy;
  for (const auto& x : map_.operations) {
    if (x.id > last_operation_ || !is_consistent(x))
      return false;
    over += is_over(x.phase) ? 1 : 0;
    for (auto y : {x.source, x.target})
      if (y && !is_over(x.phase) && !busy.emplace(y, &x).second)
        return false; // one operation a partition
  }
  for (const auto& x : map_.partitions) {
    auto rests = x.state == partition_state::active || x.state == partition_state::removed;
    auto by = busy.find(x.id);
    if (!rests && (by == busy.end() || !may_roll_back(*by->second)))
      return false; // nothing would ever bring it to rest
  }
  auto ended = ended_;
  std::ranges::sort(ended);
  auto is_known_to_be_over = [&](operation_id x) { return map_.find(x) != nullptr && is_over(map_.find(x)->phase); };
  auto is_rolling_back = [&](operation_id x) {
    return map_.find(x) != nullptr && map_.find(x)->phase == operation_phase::rolling_back;
  };
  return over == ended_.size() && over <= ended_operations_max && std::ranges::adjacent_find(ended) == ended.end()
         && std::ranges::all_of(ended, is_known_to_be_over) && std::ranges::all_of(cancelled_, is_rolling_back);
}

/// Whatever is left to be done can be done.
bool map_state::is_consistent(const operation_info& x) const {
  const auto* source = map_.find(x.source);
  const auto* target = map_.find(x.target);
  auto has_target = x.kind == operation_kind::split || x.kind == operation_kind::merge;
  if (source == nullptr || has_target != (target != nullptr) || has_target != static_cast<bool>(x.target)
      || source == target || (x.kind == operation_kind::create && x.phase != operation_phase::done))
    return false;
  if (!may_roll_back(x))
    return true;
  if (source->state != state_of_source(x.kind))
    return false;
  if (x.kind == operation_kind::split)
    return target->state == partition_state::receiving && x.routed == target->routed && (!x.routed || source->routed)
           && (!x.routed
               || (target->range == x.moving && x.moving.last == source->range.last
                   && x.moving.first > source->range.first));
  if (x.routed != source->routed || (x.routed && x.moving != source->range))
    return false;
  return x.kind == operation_kind::remove
         || (target->state == partition_state::active && target->routed == x.routed
             && (!x.routed || x.moving.first == target->range.last + 1 || target->range.first == x.moving.last + 1));
}

} // namespace kommander
