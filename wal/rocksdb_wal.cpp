#include "wal/rocksdb_wal.hpp"

#include <rocksdb/perf_level.h>

#include <algorithm>
#include <utility>

#include "wal/log_scan.hpp"
#include "wal/record.hpp"
#include "wal/rocksdb_keys.hpp"

namespace kommander {

namespace {

using wal_record::tag;
using wal_record::verdict;

/// Cuts longer than this are one range deletion; shorter ones a deletion a key, which later reads do not pay for.
constexpr std::uint64_t point_deletions_max = 1024;

/// Reads this much ahead when a whole log is scanned.
constexpr std::size_t readahead_bytes = std::size_t{2} << 20;

/// A batch that has grown beyond this is not kept.
constexpr std::size_t scratch_bytes_max = std::size_t{16} << 20;

bytes as_bytes(const rocksdb::Slice& x) {
  return bytes::copy({x.data(), x.size()});
}

/// Deletes the entries `first` … `last`, if there are any.
void delete_entries(rocksdb::WriteBatch& batch, partition_id partition, log_index first, log_index last) {
  if (last < first)
    return;
  if (distance(first, last) < point_deletions_max) {
    for (auto i = first; i <= last; ++i)
      batch.Delete(wal_keys::of_entry(partition, i));
  } else {
    batch.DeleteRange(wal_keys::before_entry(partition, first), wal_keys::of_entry(partition, last).successor());
  }
}

} // namespace

rocksdb_log::rocksdb_log(std::string path, std::shared_ptr<rocksdb::Env> env, std::shared_ptr<table_pace> pace,
                         std::unique_ptr<rocksdb::DB> database, bool sync_writes)
  : path_{std::move(path)},
    env_{std::move(env)},
    pace_{std::move(pace)},
    database_{std::move(database)},
    sync_writes_{sync_writes} {
  pace_->set_enabled(true);
}

rocksdb_log::~rocksdb_log() {
  pace_->set_enabled(false);
  database_->Close().PermitUncheckedError(); // everything that was acknowledged is synced
}

failure rocksdb_log::failed(const std::string& what, const rocksdb::Status& why) const {
  return {status::storage_failed, "the log in '" + path_ + "' could not " + what + ": " + why.ToString()};
}

failure rocksdb_log::damaged(const std::string& what, std::string_view why) const {
  return {status::storage_failed,
          "the log in '" + path_ + "' is damaged: the record of " + what + ": " + std::string{why}};
}

template <class F>
auto rocksdb_log::guarded(F f) -> decltype(f()) {
  try {
    return f();
  } catch (const std::exception& x) {
    return failure{status::storage_failed, "the log in '" + path_ + "' failed: " + x.what()};
  }
}

// -- writing ------------------------------------------------------------------------------------------------------

result<done> rocksdb_log::write(std::span<const partition_write> writes) {
  return guarded([&]() -> result<done> {
    auto own = take_scratch();
    auto written = write(writes, *own);
    give_back(std::move(own));
    return written;
  });
}

result<done> rocksdb_log::write(std::span<const partition_write> writes, scratch& with) {
  for (const auto& x : writes) {
    auto known = with.tails.find(x.partition);
    if (known == with.tails.end()) {
      auto tail = tail_of(x.partition);
      if (!tail)
        return tail.error();
      known = with.tails.emplace(x.partition, *tail).first;
    }
    if (auto staged = stage(with, x, known->second); !staged)
      return staged;
  }
  if (with.batch.Count() == 0)
    return done{};
  if (auto committed = commit(with.batch); !committed)
    return committed;
  if (sync_writes_)
    syncs_.fetch_add(1, std::memory_order_relaxed);
  std::lock_guard guard{mutex_};
  for (const auto& [partition, tail] : with.tails)
    tails_[partition] = tail;
  return done{};
}

result<done> rocksdb_log::stage(scratch& with, const partition_write& x, log_tail& tail) {
  auto after = tail_after(tail, x);
  if (!after)
    return after.error();
  auto put = [&with](const wal_keys::key& key, auto encode) {
    with.record.clear();
    encode(with.record);
    with.batch.Put(key, with.record);
  };
  if (x.install)
    stage_install(with.batch, x.partition, *x.install);
  // Entries that are written anew need no deletion: the last operation on a key holds.
  if (x.truncate_from)
    delete_entries(with.batch, x.partition, std::max(x.truncate_from, after->last + 1), tail.last);
  if (x.truncate_from)
    with.batch.DeleteRange(wal_keys::of_config(x.partition, x.truncate_from), wal_keys::end_of_configs(x.partition));
  for (const auto& e : x.entries) {
    put(wal_keys::of_entry(x.partition, e.index), [&](auto& out) { wal_record::encode(out, x.partition, e); });
    if (e.kind == entry_kind::config)
      with.batch.Put(wal_keys::of_config(x.partition, e.index), with.record);
  }
  if (x.state)
    put({tag::hard_state, x.partition}, [&](auto& out) { wal_record::encode(out, x.partition, *x.state); });
  if (x.kept)
    put({tag::kept, x.partition}, [&](auto& out) { wal_record::encode(out, x.partition, *x.kept); });
  auto commit = x.commit;
  auto is_another_log = x.install && !x.install->keeps_tail; // the old one's hint is gone
  if (after->last < tail.last && !commit && !is_another_log) {
    std::string damage;
    auto stored = load_commit(x.partition, damage);
    if (!stored)
      return stored.error();
    if (!*stored)
      with.batch.Delete(wal_keys::key{tag::commit, x.partition});
    else if (**stored > after->last)
      commit = **stored;
  }
  if (commit) {
    // Never above the log's end: recovery takes that for a loss.
    commit = std::min(commit, after->last);
    put({tag::commit, x.partition}, [&](auto& out) { wal_record::encode_commit(out, x.partition, commit); });
  }
  tail = *after;
  return done{};
}

/// Writes the batch with one sync. After a failure nobody knows what is on disk, so nothing is written any more.
result<done> rocksdb_log::commit(rocksdb::WriteBatch& batch) {
  {
    std::lock_guard guard{mutex_};
    if (!stopped_.empty())
      return failure{status::storage_failed, stopped_};
  }
  rocksdb::WriteOptions options;
  options.sync = sync_writes_;
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable); // of this thread: counting every comparison costs
  auto written = database_->Write(options, &batch);
  pace_->logged(batch.GetDataSize());
  if (written.ok())
    return done{};
  auto why = failed("be written", written);
  std::lock_guard guard{mutex_};
  if (stopped_.empty())
    stopped_ = why.message + " (an earlier write; nothing has been written since, start the node again)";
  return why;
}

std::unique_ptr<rocksdb_log::scratch> rocksdb_log::take_scratch() {
  {
    std::lock_guard guard{mutex_};
    if (!scratch_.empty()) {
      auto x = std::move(scratch_.back());
      scratch_.pop_back();
      return x;
    }
  }
  return std::make_unique<scratch>();
}

void rocksdb_log::give_back(std::unique_ptr<scratch> x) {
  if (x->batch.GetDataSize() > scratch_bytes_max || x->record.capacity() > scratch_bytes_max)
    return;
  x->batch.Clear();
  x->tails.clear();
  std::lock_guard guard{mutex_};
  scratch_.push_back(std::move(x));
}

result<done> rocksdb_log::compact(partition_id partition, log_position boundary) {
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
    rocksdb::WriteBatch batch;
    stage_boundary(batch, partition, boundary);
    log_tail after{boundary.index, tail->last, boundary.term};
    if (after.last == after.boundary)
      batch.Delete(wal_keys::key{tag::commit, partition}); // everything up to the boundary is committed
    if (auto committed = commit(batch); !committed)
      return committed;
    std::lock_guard guard{mutex_};
    tails_[partition] = after;
    return done{};
  });
}

/// Makes `boundary` the boundary, and removes the entries up to it.
void rocksdb_log::stage_boundary(rocksdb::WriteBatch& batch, partition_id partition, log_position boundary) {
  std::string record;
  wal_record::encode_boundary(record, partition, boundary);
  batch.Put(wal_keys::key{tag::boundary, partition}, record);
  batch.DeleteRange(wal_keys::before_entry(partition, log_index{}), wal_keys::of_entry(partition, boundary.index + 1));
}

void rocksdb_log::stage_install(rocksdb::WriteBatch& batch, partition_id partition, const snapshot_boundary& x) {
  stage_boundary(batch, partition, x.position);
  if (x.keeps_tail)
    return;
  batch.DeleteRange(wal_keys::before_entry(partition, x.position.index + 1), wal_keys::end_of_entries(partition));
  batch.DeleteRange(wal_keys::of_config(partition, log_index{}), wal_keys::end_of_configs(partition));
  batch.Delete(wal_keys::key{tag::commit, partition}); // everything up to the boundary is committed
  if (!x.configuration_index)
    return;
  std::string record;
  wal_record::encode(record, partition, configuration_entry(x));
  batch.Put(wal_keys::of_config(partition, x.configuration_index), record);
}

result<done> rocksdb_log::drop(partition_id partition) {
  return guarded([&]() -> result<done> {
    rocksdb::WriteBatch batch;
    batch.DeleteRange(wal_keys::before_entry(partition, log_index{}), wal_keys::end_of_entries(partition));
    batch.DeleteRange(wal_keys::of_config(partition, log_index{}), wal_keys::end_of_configs(partition));
    for (auto what : {tag::hard_state, tag::commit, tag::boundary, tag::kept})
      batch.Delete(wal_keys::key{what, partition});
    if (auto committed = commit(batch); !committed)
      return committed;
    std::lock_guard guard{mutex_};
    tails_.erase(partition);
    return done{};
  });
}

// -- reading ------------------------------------------------------------------------------------------------------

result<log_tail> rocksdb_log::tail_of(partition_id partition) {
  {
    std::lock_guard guard{mutex_};
    if (auto known = tails_.find(partition); known != tails_.end())
      return known->second;
  }
  auto tail = load_tail(partition);
  if (!tail)
    return tail;
  std::lock_guard guard{mutex_};
  return tails_.emplace(partition, *tail).first->second;
}

result<log_tail> rocksdb_log::load_tail(partition_id partition) {
  auto boundary = load_boundary(partition);
  if (!boundary)
    return boundary.error();
  log_tail tail{boundary->index, boundary->index, boundary->term};
  auto end = wal_keys::end_of_entries(partition);
  auto begin = wal_keys::of_entry(partition, boundary->index + 1);
  rocksdb::Slice end_slice{end};
  rocksdb::Slice begin_slice{begin};
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &begin_slice;
  options.iterate_upper_bound = &end_slice;
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> it{database_->NewIterator(options)};
  it->SeekToLast();
  if (!it->status().ok())
    return failed("be searched for the last entry of partition " + to_string(partition), it->status());
  if (it->Valid())
    tail.last = wal_keys::index_of(it->key());
  return tail;
}

result<std::optional<bytes>> rocksdb_log::get(const rocksdb::Slice& key, const std::string& name) {
  std::string record;
  auto got = database_->Get({}, key, &record);
  if (got.IsNotFound())
    return std::optional<bytes>{};
  if (!got.ok())
    return failed("read " + name, got);
  return std::optional<bytes>{bytes{std::move(record)}};
}

result<log_position> rocksdb_log::load_boundary(partition_id partition) {
  auto name = "the boundary of partition " + to_string(partition);
  auto record = get(wal_keys::key{tag::boundary, partition}, name);
  if (!record)
    return record.error();
  log_position found;
  if (*record)
    if (auto v = wal_record::decode_boundary(**record, partition, found); v != verdict::good)
      return damaged(name, to_string(v));
  return found;
}

result<hard_state> rocksdb_log::load_state(partition_id partition, std::string& damage) {
  auto name = "term and vote of partition " + to_string(partition);
  auto record = get(wal_keys::key{tag::hard_state, partition}, name);
  if (!record)
    return record.error();
  hard_state found;
  if (*record)
    if (auto v = wal_record::decode(**record, partition, found); v != verdict::good) {
      damage = damaged(name, to_string(v)).message;
      return hard_state{{}, {}, log_loss::everything};
    }
  return found;
}

result<std::optional<log_index>> rocksdb_log::load_commit(partition_id partition, std::string& damage) {
  auto name = "the commit index of partition " + to_string(partition);
  auto record = get(wal_keys::key{tag::commit, partition}, name);
  if (!record)
    return record.error();
  log_index found;
  if (*record)
    if (auto v = wal_record::decode_commit(**record, partition, found); v != verdict::good) {
      damage = damaged(name, to_string(v)).message;
      return std::optional<log_index>{};
    }
  return std::optional<log_index>{found};
}

result<std::optional<kept_state>> rocksdb_log::load_kept(partition_id partition) {
  auto name = "the kept state of partition " + to_string(partition);
  auto record = get(wal_keys::key{tag::kept, partition}, name);
  if (!record)
    return record.error();
  if (!*record)
    return std::optional<kept_state>{};
  kept_state found;
  if (auto v = wal_record::decode(**record, partition, found); v != verdict::good)
    return damaged(name, to_string(v));
  return std::optional<kept_state>{std::move(found)};
}

result<std::optional<entry>> rocksdb_log::load_config(partition_id partition, log_index index) {
  auto end = wal_keys::of_config(partition, index).successor();
  auto begin = wal_keys::of_config(partition, log_index{});
  rocksdb::Slice end_slice{end};
  rocksdb::Slice begin_slice{begin};
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &begin_slice;
  options.iterate_upper_bound = &end_slice;
  std::unique_ptr<rocksdb::Iterator> it{database_->NewIterator(options)};
  it->SeekToLast();
  if (!it->status().ok())
    return failed("be searched for the configuration of partition " + to_string(partition), it->status());
  if (!it->Valid())
    return std::optional<entry>{};
  auto at = wal_keys::index_of(it->key());
  entry x;
  if (auto v = wal_record::decode(as_bytes(it->value()), partition, at, x); v != verdict::good)
    return damaged("the configuration of " + wal_keys::describe_entry(partition, at), to_string(v));
  return std::optional<entry>{std::move(x)};
}

result<recovered_partition> rocksdb_log::recover(partition_id partition) {
  return guarded([&]() -> result<recovered_partition> {
    auto boundary = load_boundary(partition);
    if (!boundary)
      return boundary.error();
    recovered_partition found;
    auto state = load_state(partition, found.damage);
    if (!state)
      return state.error();
    auto commit = load_commit(partition, found.damage);
    if (!commit)
      return commit.error();
    found.boundary = *boundary;
    found.last = boundary->index;
    found.state = *state;
    if (!*commit) // entries behind the last one found may have been committed, and be gone
      found.state.lost = combined(found.state.lost, log_loss::entries);
    auto config = load_config(partition, boundary->index);
    if (!config)
      return config.error();
    if (*config)
      found.configs.push_back(std::move(**config));
    auto kept = load_kept(partition);
    if (!kept)
      return kept.error();
    found.kept = std::move(*kept);
    auto committed = commit->value_or(found.boundary.index);
    scan_entries(partition, committed, found);
    found.commit = std::clamp(committed, found.boundary.index, found.last);
    return found;
  });
}

/// Reads all entries, up to damage if there is some.
void rocksdb_log::scan_entries(partition_id partition, log_index committed, recovered_partition& into) {
  auto damage_of = [this](const std::string& what, std::string_view why) { return damaged(what, why).message; };
  log_scan scan{partition, into, damage_of};
  auto end = wal_keys::end_of_entries(partition);
  rocksdb::Slice end_slice{end};
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &end_slice;
  options.fill_cache = false;
  options.readahead_size = readahead_bytes;
  std::unique_ptr<rocksdb::Iterator> it{database_->NewIterator(options)};
  for (it->Seek(wal_keys::of_entry(partition, into.last + 1)); it->Valid(); it->Next())
    if (!scan.take(wal_keys::index_of(it->key()), as_bytes(it->value())))
      return;
  scan.finish(committed, it->status().ok() ? std::string{} : it->status().ToString());
}

result<std::vector<entry>> rocksdb_log::read(partition_id partition, log_index first, log_index last,
                                             std::size_t bytes_max) {
  return guarded([&]() -> result<std::vector<entry>> {
    if (auto checked = check_range(partition, first, last); !checked)
      return checked.error();
    auto end = wal_keys::of_entry(partition, last).successor();
    rocksdb::Slice end_slice{end};
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &end_slice;
    options.fill_cache = false;
    std::unique_ptr<rocksdb::Iterator> it{database_->NewIterator(options)};
    std::vector<entry> entries;
    std::size_t sum = 0;
    auto expected = first;
    for (it->Seek(wal_keys::of_entry(partition, first)); it->Valid(); it->Next(), ++expected) {
      if (wal_keys::index_of(it->key()) != expected)
        break;
      entry x;
      if (auto v = wal_record::decode(as_bytes(it->value()), partition, expected, x); v != verdict::good)
        return damaged(wal_keys::describe_entry(partition, expected), to_string(v));
      sum += x.weight();
      if (sum > bytes_max && !entries.empty() && !same_proposal(entries.back(), x))
        return entries;
      entries.push_back(std::move(x));
    }
    if (!it->status().ok())
      return failed("read " + wal_keys::describe_entry(partition, expected), it->status());
    if (expected <= last)
      return damaged(wal_keys::describe_entry(partition, expected), "it is missing");
    return entries;
  });
}

// -- the node's own values ------------------------------------------------------------------------------------------

result<std::string> rocksdb_log::get_metadata(const std::string& key) {
  return guarded([&]() -> result<std::string> {
    auto name = "the value '" + key + "'";
    auto record = get(wal_keys::of_metadata(key), name);
    if (!record)
      return record.error();
    std::string value;
    if (*record)
      if (auto v = wal_record::decode_metadata(**record, key, value); v != verdict::good)
        return damaged(name, to_string(v));
    return value;
  });
}

result<done> rocksdb_log::set_metadata(const std::string& key, const std::string& value) {
  return guarded([&]() -> result<done> {
    rocksdb::WriteBatch batch;
    std::string record;
    wal_record::encode_metadata(record, key, value);
    batch.Put(wal_keys::of_metadata(key), record);
    return commit(batch);
  });
}

} // namespace kommander
