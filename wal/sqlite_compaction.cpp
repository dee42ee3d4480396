// What goes from the log in SQLite: compaction, the boundary of a snapshot, a partition that is dropped.
#include "wal/record.hpp"
#include "wal/sqlite_wal.hpp"

namespace kommander {

namespace {

using wal_record::tag;

/// What one transaction erases of the entries that are compacted away. Each of them costs, and the writes behind wait.
constexpr std::uint64_t compacted_entries_max = 5000;
constexpr std::size_t compacted_bytes_max = std::size_t{8} << 20;

} // namespace

result<done> sqlite_log::compact(partition_id partition, log_position boundary) {
  return guarded([&]() -> result<done> {
    auto tail = tail_of(partition);
    if (!tail)
      return tail.error();
    if (boundary.index <= tail->boundary)
      return done{};
    auto term_there = [&]() -> result<raft_term> {
      auto found = read(partition, boundary.index, boundary.index, 0);
      return found ? result<raft_term>{found->front().term} : found.error();
    };
    if (auto checked = check_boundary(partition, boundary, *tail, term_there); !checked)
      return checked;
    auto compacted = commit(shard_of(partition), [&](sqlite_database& into) -> result<done> {
      if (auto x = stage_boundary(into, partition, boundary); !x || boundary.index < tail->last)
        return x;
      return into.erase(wal_keys::key{tag::commit, partition}.view()); // everything up to the boundary is committed
    });
    if (compacted)
      remember(partition, {boundary.index, tail->last, boundary.term});
    return compacted;
  });
}

/// Makes `boundary` the boundary: what is not above it is not shown any more.
result<done> sqlite_log::stage_boundary(sqlite_database& into, partition_id partition, log_position boundary) {
  std::string record;
  wal_record::encode_boundary(record, partition, boundary);
  if (auto put = into.put(wal_keys::key{tag::boundary, partition}.view(), record); !put)
    return put;
  return erase_compacted(into, partition, boundary.index, compacted_entries_max);
}

result<done> sqlite_log::erase_compacted(sqlite_database& into, partition_id partition, log_index boundary,
                                         std::uint64_t entries_max) {
  auto begin = wal_keys::before_entry(partition, log_index{});
  log_index last;
  std::uint64_t entries = 0;
  std::size_t sum = 0;
  auto count = [&](std::string_view key, const bytes& record) {
    last = wal_keys::index_of(key);
    sum += record.size();
    return ++entries < entries_max && sum < compacted_bytes_max;
  };
  auto counted = into.scan(begin.view(), wal_keys::of_entry(partition, boundary + 1).view(), count);
  if (!counted || entries == 0)
    return counted;
  return into.erase(begin.view(), wal_keys::of_entry(partition, last + 1).view());
}

result<done> sqlite_log::stage_install(sqlite_database& into, partition_id partition, const snapshot_boundary& x) {
  auto staged = stage_boundary(into, partition, x.position);
  if (!staged || x.keeps_tail)
    return staged;
  if (auto y = into.erase(wal_keys::of_entry(partition, x.position.index + 1).view(),
                          wal_keys::end_of_entries(partition).view());
      !y)
    return y;
  if (auto y =
        into.erase(wal_keys::of_config(partition, log_index{}).view(), wal_keys::end_of_configs(partition).view());
      !y)
    return y;
  // Everything up to the boundary is committed.
  if (auto y = into.erase(wal_keys::key{tag::commit, partition}.view()); !y || !x.configuration_index)
    return y;
  std::string record;
  wal_record::encode(record, partition, configuration_entry(x));
  return into.put(wal_keys::of_config(partition, x.configuration_index).view(), record);
}

result<done> sqlite_log::drop(partition_id partition) {
  return guarded([&]() -> result<done> {
    auto erase_all = [&](sqlite_database& into) -> result<done> {
      auto erased =
        into.erase(wal_keys::before_entry(partition, log_index{}).view(), wal_keys::end_of_entries(partition).view());
      if (erased)
        erased =
          into.erase(wal_keys::of_config(partition, log_index{}).view(), wal_keys::end_of_configs(partition).view());
      for (auto what : {tag::hard_state, tag::commit, tag::boundary, tag::kept})
        if (erased)
          erased = into.erase(wal_keys::key{what, partition}.view());
      return erased;
    };
    auto dropped = commit(shard_of(partition), erase_all);
    if (dropped)
      remember(partition, {});
    return dropped;
  });
}

} // namespace kommander
