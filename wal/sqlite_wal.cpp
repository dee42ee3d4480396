#include "wal/sqlite_wal.hpp"

#include <algorithm>

#include "wal/log_scan.hpp"
#include "wal/record.hpp"

namespace kommander {

namespace {

using wal_record::tag;
using wal_record::verdict;

/// SQLite holds no value of 10^9 bytes or more.
result<done> check_sizes(const partition_write& x) {
  constexpr std::size_t payload_bytes_max = 999'000'000;
  for (const auto& e : x.entries)
    if (e.payload.size() > payload_bytes_max)
      return failure{status::payload_too_large, "write to partition " + to_string(x.partition) + " refused: entry "
                                                  + to_string(e.index) + " has a payload of "
                                                  + std::to_string(e.payload.size()) + " bytes; at most "
                                                  + std::to_string(payload_bytes_max) + " fit"};
  return done{};
}

} // namespace

failure sqlite_log::damaged(const std::string& what, std::string_view why) const {
  return {status::storage_failed,
          "the log in '" + path_ + "' is damaged: the record of " + what + ": " + std::string{why}};
}

// -- writing ------------------------------------------------------------------------------------------------------

result<done> sqlite_log::write(std::span<const partition_write> writes) {
  return guarded([&]() -> result<done> {
    auto checked = check(writes);
    if (!checked)
      return checked.error();
    for (const auto& [number, all] : *checked) {
      auto staged = [&](sqlite_database& into) -> result<done> {
        for (const auto& x : all)
          if (auto put = stage(into, x); !put)
            return put;
        return done{};
      };
      if (auto committed = commit(*shards_[number], staged, true); !committed)
        return committed;
      for (const auto& x : all)
        remember(x.work->partition, x.after);
    }
    return done{};
  });
}

/// Checks everything before anything is written, and sorts it by shard, in the order given.
result<std::map<std::size_t, std::vector<sqlite_log::checked_write>>> sqlite_log::check(
  std::span<const partition_write> writes) {
  std::map<std::size_t, std::vector<checked_write>> checked;
  std::unordered_map<partition_id, log_tail> tails;
  for (const auto& x : writes) {
    auto known = tails.find(x.partition);
    if (known == tails.end()) {
      auto tail = tail_of(x.partition);
      if (!tail)
        return tail.error();
      known = tails.emplace(x.partition, *tail).first;
    }
    auto after = tail_after(known->second, x);
    if (!after)
      return after.error();
    if (auto fits = check_sizes(x); !fits)
      return fits.error();
    checked[x.partition.value() % shards_.size()].push_back({&x, known->second, *after});
    known->second = *after;
  }
  return checked;
}

result<done> sqlite_log::stage(sqlite_database& into, const checked_write& checked) {
  const auto& x = *checked.work;
  result<done> staged = done{};
  auto then = [&staged](auto step) {
    if (staged)
      staged = step();
  };
  std::string record;
  auto put = [&](const wal_keys::key& key) { then([&] { return into.put(key.view(), record); }); };
  if (x.install)
    then([&] { return stage_install(into, x.partition, *x.install); });
  if (x.truncate_from && x.truncate_from <= checked.before.last) {
    then([&] {
      return into.erase(wal_keys::of_entry(x.partition, x.truncate_from).view(),
                        wal_keys::end_of_entries(x.partition).view());
    });
    then([&] {
      return into.erase(wal_keys::of_config(x.partition, x.truncate_from).view(),
                        wal_keys::end_of_configs(x.partition).view());
    });
  }
  for (const auto& e : x.entries) {
    record.clear();
    wal_record::encode(record, x.partition, e);
    put(wal_keys::of_entry(x.partition, e.index));
    if (e.kind == entry_kind::config)
      put(wal_keys::of_config(x.partition, e.index));
  }
  if (x.state) {
    record.clear();
    wal_record::encode(record, x.partition, *x.state);
    put({tag::hard_state, x.partition});
  }
  if (x.kept) {
    record.clear();
    wal_record::encode(record, x.partition, *x.kept);
    put({tag::kept, x.partition});
  }
  then([&] { return stage_commit(into, checked); });
  if (!x.entries.empty()) // twice as many as come: what a compaction has left goes before the next one
    then([&] { return erase_compacted(into, x.partition, checked.after.boundary, 2 * x.entries.size() + 100); });
  return staged;
}

result<done> sqlite_log::stage_commit(sqlite_database& into, const checked_write& checked) {
  const auto& x = *checked.work;
  auto last = checked.after.last;
  auto commit = x.commit;
  auto key = wal_keys::key{tag::commit, x.partition};
  auto is_another_log = x.install && !x.install->keeps_tail; // the old one's hint is gone
  if (!commit && last < checked.before.last && !is_another_log) {
    std::string damage;
    auto stored = load_commit(into, x.partition, damage);
    if (!stored)
      return stored.error();
    if (!*stored)
      return into.erase(key.view());
    if (**stored > last)
      commit = **stored;
  }
  if (!commit)
    return done{};
  std::string record;
  wal_record::encode_commit(record, x.partition, std::min(commit, last));
  return into.put(key.view(), record);
}

result<done> sqlite_log::commit(shard& in, const work& f, bool counts) {
  std::lock_guard writer{in.writing};
  {
    std::lock_guard guard{mutex_};
    if (!stopped_.empty())
      return failure{status::storage_failed, stopped_};
  }
  auto before = in.writer->changes();
  auto done_so_far = in.writer->begin();
  if (done_so_far)
    done_so_far = f(*in.writer);
  if (done_so_far)
    done_so_far = in.writer->commit();
  if (done_so_far) {
    if (counts && in.writer->changes() != before)
      syncs_.fetch_add(1, std::memory_order_relaxed);
    return done{};
  }
  in.writer->rollback();
  std::lock_guard guard{mutex_};
  if (stopped_.empty())
    stopped_ =
      done_so_far.error().message + " (an earlier write; nothing has been written since, start the node again)";
  return done_so_far;
}

void sqlite_log::remember(partition_id partition, log_tail tail) {
  std::lock_guard guard{mutex_};
  tails_[partition] = tail;
}

// -- reading ------------------------------------------------------------------------------------------------------

result<log_tail> sqlite_log::tail_of(partition_id partition) {
  {
    std::lock_guard guard{mutex_};
    if (auto known = tails_.find(partition); known != tails_.end())
      return known->second;
  }
  auto& in = shard_of(partition);
  std::lock_guard reader{in.reading};
  auto tail = load_tail(*in.reader, partition);
  if (!tail)
    return tail;
  std::lock_guard guard{mutex_};
  return tails_.emplace(partition, *tail).first->second; // what a write has remembered since is newer
}

result<log_tail> sqlite_log::load_tail(sqlite_database& from, partition_id partition) {
  auto boundary = load_boundary(from, partition);
  if (!boundary)
    return boundary.error();
  auto found =
    from.last(wal_keys::of_entry(partition, boundary->index + 1).view(), wal_keys::end_of_entries(partition).view());
  if (!found)
    return found.error();
  return log_tail{boundary->index, *found ? wal_keys::index_of((*found)->first) : boundary->index, boundary->term};
}

result<log_position> sqlite_log::load_boundary(sqlite_database& from, partition_id partition) {
  auto record = from.get(wal_keys::key{tag::boundary, partition}.view());
  if (!record)
    return record.error();
  log_position found;
  if (*record)
    if (auto v = wal_record::decode_boundary(**record, partition, found); v != verdict::good)
      return damaged("the boundary of partition " + to_string(partition), to_string(v));
  return found;
}

result<hard_state> sqlite_log::load_state(sqlite_database& from, partition_id partition, std::string& damage) {
  auto record = from.get(wal_keys::key{tag::hard_state, partition}.view());
  if (!record)
    return record.error();
  hard_state found;
  if (*record)
    if (auto v = wal_record::decode(**record, partition, found); v != verdict::good) {
      damage = damaged("term and vote of partition " + to_string(partition), to_string(v)).message;
      return hard_state{{}, {}, log_loss::everything};
    }
  return found;
}

result<std::optional<log_index>> sqlite_log::load_commit(sqlite_database& from, partition_id partition,
                                                         std::string& damage) {
  auto record = from.get(wal_keys::key{tag::commit, partition}.view());
  if (!record)
    return record.error();
  log_index found;
  if (*record)
    if (auto v = wal_record::decode_commit(**record, partition, found); v != verdict::good) {
      damage = damaged("the commit index of partition " + to_string(partition), to_string(v)).message;
      return std::optional<log_index>{};
    }
  return std::optional<log_index>{found};
}

result<std::optional<kept_state>> sqlite_log::load_kept(sqlite_database& from, partition_id partition) {
  auto record = from.get(wal_keys::key{tag::kept, partition}.view());
  if (!record)
    return record.error();
  if (!*record)
    return std::optional<kept_state>{};
  kept_state found;
  if (auto v = wal_record::decode(**record, partition, found); v != verdict::good)
    return damaged("the kept state of partition " + to_string(partition), to_string(v));
  return std::optional<kept_state>{std::move(found)};
}

result<std::optional<entry>> sqlite_log::load_config(sqlite_database& from, partition_id partition, log_index index) {
  auto found = from.last(wal_keys::of_config(partition, log_index{}).view(),
                         wal_keys::of_config(partition, index).successor().view());
  if (!found)
    return found.error();
  if (!*found)
    return std::optional<entry>{};
  auto at = wal_keys::index_of((*found)->first);
  entry x;
  if (auto v = wal_record::decode((*found)->second, partition, at, x); v != verdict::good)
    return damaged("the configuration of " + wal_keys::describe_entry(partition, at), to_string(v));
  return std::optional<entry>{std::move(x)};
}

result<recovered_partition> sqlite_log::recover(partition_id partition) {
  return guarded([&]() -> result<recovered_partition> {
    auto& in = shard_of(partition);
    std::lock_guard reader{in.reading};
    return recover(*in.reader, partition);
  });
}

result<recovered_partition> sqlite_log::recover(sqlite_database& from, partition_id partition) {
  auto boundary = load_boundary(from, partition);
  if (!boundary)
    return boundary.error();
  recovered_partition found;
  auto state = load_state(from, partition, found.damage);
  if (!state)
    return state.error();
  auto commit = load_commit(from, partition, found.damage);
  if (!commit)
    return commit.error();
  found.boundary = *boundary;
  found.last = boundary->index;
  found.state = *state;
  if (!*commit) // entries behind the last one found may have been committed, and be gone
    found.state.lost = combined(found.state.lost, log_loss::entries);
  auto config = load_config(from, partition, boundary->index);
  if (!config)
    return config.error();
  if (*config)
    found.configs.push_back(std::move(**config));
  auto kept = load_kept(from, partition);
  if (!kept)
    return kept.error();
  found.kept = std::move(*kept);
  auto committed = commit->value_or(found.boundary.index);
  log_scan scan{partition, found,
                [this](const std::string& what, std::string_view why) { return damaged(what, why).message; }};
  auto all_taken = true;
  auto scanned = from.scan(
    wal_keys::of_entry(partition, found.last + 1).view(), wal_keys::end_of_entries(partition).view(),
    [&](std::string_view key, const bytes& record) { return all_taken = scan.take(wal_keys::index_of(key), record); });
  if (all_taken)
    scan.finish(committed, scanned ? std::string{} : scanned.error().message);
  found.commit = std::clamp(committed, found.boundary.index, found.last);
  return found;
}

result<std::vector<entry>> sqlite_log::read(partition_id partition, log_index first, log_index last,
                                            std::size_t bytes_max) {
  return guarded([&]() -> result<std::vector<entry>> {
    if (auto checked = check_range(partition, first, last); !checked)
      return checked.error();
    auto tail = tail_of(partition);
    if (!tail)
      return tail.error();
    if (first <= tail->boundary) // it may be there still, see `erase_compacted`
      return damaged(wal_keys::describe_entry(partition, first), "it is missing");
    auto& in = shard_of(partition);
    std::lock_guard reader{in.reading};
    return read(*in.reader, partition, first, last, bytes_max);
  });
}

result<std::vector<entry>> sqlite_log::read(sqlite_database& from, partition_id partition, log_index first,
                                            log_index last, std::size_t bytes_max) {
  std::vector<entry> entries;
  std::size_t sum = 0;
  auto expected = first;
  auto is_full = false;
  auto wrong = verdict::good;
  auto take = [&](std::string_view key, const bytes& record) {
    if (wal_keys::index_of(key) != expected)
      return false;
    entry x;
    wrong = wal_record::decode(record, partition, expected, x);
    if (wrong != verdict::good)
      return false;
    sum += x.weight();
    is_full = sum > bytes_max && !entries.empty() && !same_proposal(entries.back(), x);
    if (is_full)
      return false;
    entries.push_back(std::move(x));
    ++expected;
    return true;
  };
  auto scanned = from.scan(wal_keys::of_entry(partition, first).view(),
                           wal_keys::of_entry(partition, last).successor().view(), take);
  if (!scanned)
    return scanned.error();
  if (wrong != verdict::good)
    return damaged(wal_keys::describe_entry(partition, expected), to_string(wrong));
  if (expected <= last && !is_full)
    return damaged(wal_keys::describe_entry(partition, expected), "it is missing");
  return entries;
}

// -- the node's own values ------------------------------------------------------------------------------------------

result<std::string> sqlite_log::get_metadata(const std::string& key) {
  return guarded([&]() -> result<std::string> {
    auto& in = *shards_.front();
    std::lock_guard reader{in.reading};
    auto record = in.reader->get(wal_keys::of_metadata(key));
    if (!record)
      return record.error();
    std::string value;
    if (*record)
      if (auto v = wal_record::decode_metadata(**record, key, value); v != verdict::good)
        return damaged("the value '" + key + "'", to_string(v));
    return value;
  });
}

result<done> sqlite_log::set_metadata(const std::string& key, const std::string& value) {
  return guarded([&]() -> result<done> {
    std::string record;
    wal_record::encode_metadata(record, key, value);
    return commit(*shards_.front(),
                  [&](sqlite_database& into) { return into.put(wal_keys::of_metadata(key), record); });
  });
}

} // namespace kommander
