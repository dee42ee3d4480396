#include "wal/rocksdb_wal.hpp"

#include <rocksdb/write_batch.h>

#include <algorithm>

#include "wal/record.hpp"
#include "wal/rocksdb_keys.hpp"

namespace kommander {

namespace {

using wal_record::tag;
using wal_record::verdict;

/// Cuts longer than this are one range deletion; shorter ones a deletion a key, which later reads do not pay for.
constexpr std::uint64_t point_deletions_max = 64;

/// Reads this much ahead when a whole log is scanned.
constexpr std::size_t readahead_bytes = std::size_t{2} << 20;

bytes as_bytes(const rocksdb::Slice& x) {
  return bytes::copy({x.data(), x.size()});
}

void delete_entries(rocksdb::WriteBatch& batch, partition_id partition, log_index first, log_index last) {
  if (distance(first, last) < point_deletions_max) {
    for (auto i = first; i <= last; ++i)
      batch.Delete(wal_keys::of_entry(partition, i));
  } else {
    batch.DeleteRange(wal_keys::of_entry(partition, first), wal_keys::of_entry(partition, last + 1));
  }
}

} // namespace

rocksdb_log::rocksdb_log(std::string path, std::unique_ptr<rocksdb::DB> database, bool sync_writes)
  : path_{std::move(path)}, database_{std::move(database)}, sync_writes_{sync_writes} {
  // nop
}

rocksdb_log::~rocksdb_log() {
  database_->Close();
}

failure rocksdb_log::failed(const std::string& what, const rocksdb::Status& why) const {
  return {status::storage_failed, "the log in '" + path_ + "' could not " + what + ": " + why.ToString()};
}

failure rocksdb_log::damaged(const std::string& what, const std::string& why) const {
  return {status::storage_failed, "the log in '" + path_ + "' is damaged: the record of " + what + ": " + why};
}

// -- writing ------------------------------------------------------------------------------------------------------

result<done> rocksdb_log::write(std::span<const partition_write> writes) {
  rocksdb::WriteBatch batch;
  std::string buffer;
  tail_map tails;
  for (const auto& x : writes) {
    auto known = tails.find(x.partition);
    if (known == tails.end()) {
      auto tail = tail_of(x.partition);
      if (!tail)
        return tail.error();
      known = tails.emplace(x.partition, *tail).first;
    }
    if (auto staged = stage(batch, buffer, x, known->second); !staged)
      return staged;
  }
  if (auto committed = commit(batch, sync_writes_); !committed)
    return committed;
  std::lock_guard guard{mutex_};
  for (const auto& [partition, tail] : tails)
    tails_[partition] = tail;
  return done{};
}

result<done> rocksdb_log::stage(rocksdb::WriteBatch& batch, std::string& buffer, const partition_write& x,
                                log_tail& tail) {
  auto after = tail_after(tail, x);
  if (!after)
    return after.error();
  auto put = [&](const std::string& key, auto encode) {
    buffer.clear();
    encode(buffer);
    batch.Put(key, buffer);
  };
  if (x.truncate_from && x.truncate_from <= tail.last)
    delete_entries(batch, x.partition, x.truncate_from, tail.last);
  for (const auto& e : x.entries)
    put(wal_keys::of_entry(x.partition, e.index), [&](auto& out) { wal_record::encode(out, x.partition, e); });
  if (x.state)
    put(wal_keys::of_partition(tag::hard_state, x.partition),
        [&](auto& out) { wal_record::encode(out, x.partition, *x.state); });
  if (x.commit)
    put(wal_keys::of_partition(tag::commit, x.partition),
        [&](auto& out) { wal_record::encode_commit(out, x.partition, x.commit); });
  tail = *after;
  return done{};
}

result<done> rocksdb_log::commit(rocksdb::WriteBatch& batch, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  if (auto written = database_->Write(options, &batch); !written.ok())
    return failed("be written", written);
  if (sync)
    syncs_.fetch_add(1, std::memory_order_relaxed);
  return done{};
}

result<done> rocksdb_log::compact(partition_id partition, log_position boundary) {
  auto tail = tail_of(partition);
  if (!tail)
    return tail.error();
  if (boundary.index <= tail->boundary)
    return done{};
  if (boundary.index > tail->last)
    return failure{status::invalid_argument, "partition " + to_string(partition) + " cannot be compacted up to "
                                               + to_string(boundary.index) + ": its last entry is "
                                               + to_string(tail->last)};
  return replace_log(partition, boundary, boundary.index);
}

result<done> rocksdb_log::install_snapshot_boundary(partition_id partition, log_position boundary) {
  auto tail = tail_of(partition);
  if (!tail)
    return tail.error();
  return replace_log(partition, boundary, tail->last);
}

result<done> rocksdb_log::replace_log(partition_id partition, log_position boundary, log_index drop_up_to) {
  auto tail = tail_of(partition);
  if (!tail)
    return tail.error();
  rocksdb::WriteBatch batch;
  std::string record;
  wal_record::encode_boundary(record, partition, boundary);
  batch.Put(wal_keys::of_partition(tag::boundary, partition), record);
  if (drop_up_to > tail->boundary)
    delete_entries(batch, partition, tail->boundary + 1, drop_up_to);
  if (drop_up_to >= tail->last) {
    record.clear();
    wal_record::encode_commit(record, partition, boundary.index);
    batch.Put(wal_keys::of_partition(tag::commit, partition), record);
  }
  if (auto committed = commit(batch, sync_writes_); !committed)
    return committed;
  std::lock_guard guard{mutex_};
  tails_[partition] = {boundary.index, drop_up_to >= tail->last ? boundary.index : tail->last};
  return done{};
}

result<done> rocksdb_log::drop(partition_id partition) {
  rocksdb::WriteBatch batch;
  batch.DeleteRange(wal_keys::of_entry(partition, log_index{}), wal_keys::end_of_entries(partition));
  for (auto what : {tag::hard_state, tag::commit, tag::boundary})
    batch.Delete(wal_keys::of_partition(what, partition));
  if (auto committed = commit(batch, sync_writes_); !committed)
    return committed;
  std::lock_guard guard{mutex_};
  tails_.erase(partition);
  return done{};
}

// -- reading ------------------------------------------------------------------------------------------------------

result<log_tail> rocksdb_log::tail_of(partition_id partition) {
  {
    std::lock_guard guard{mutex_};
    if (auto known = tails_.find(partition); known != tails_.end())
      return known->second;
  }
  auto loaded = load_tail(partition);
  if (loaded) {
    std::lock_guard guard{mutex_};
    tails_.emplace(partition, *loaded);
  }
  return loaded;
}

result<log_tail> rocksdb_log::load_tail(partition_id partition) {
  auto boundary = load_boundary(partition);
  if (!boundary)
    return boundary.error();
  log_tail tail{boundary->index, boundary->index};
  auto first = wal_keys::of_entry(partition, log_index{});
  auto end = wal_keys::end_of_entries(partition);
  rocksdb::Slice first_slice{first};
  rocksdb::Slice end_slice{end};
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &first_slice;
  options.iterate_upper_bound = &end_slice;
  std::unique_ptr<rocksdb::Iterator> it{database_->NewIterator(options)};
  it->SeekToLast();
  if (!it->status().ok())
    return failed("be searched for the last entry of partition " + to_string(partition), it->status());
  if (it->Valid()) {
    std::uint64_t index = 0;
    for (auto i = it->key().size() - 8; i < it->key().size(); ++i)
      index = (index << 8) | static_cast<std::uint8_t>(it->key()[i]);
    tail.last = std::max(tail.last, log_index{index});
  }
  return tail;
}

result<log_position> rocksdb_log::load_boundary(partition_id partition) {
  std::string record;
  auto got = database_->Get({}, wal_keys::of_partition(tag::boundary, partition), &record);
  log_position boundary;
  if (got.IsNotFound())
    return boundary;
  auto name = "the boundary of partition " + to_string(partition);
  if (!got.ok())
    return failed("read " + name, got);
  if (auto v = wal_record::decode_boundary(bytes{std::move(record)}, partition, boundary); v != verdict::good)
    return damaged(name, std::string{wal_record::to_string(v)});
  return boundary;
}

result<done> rocksdb_log::load_small_records(partition_id partition, recovered_partition& into) {
  auto boundary = load_boundary(partition);
  if (!boundary)
    return boundary.error();
  into.boundary = *boundary;
  std::string record;
  auto load = [&](tag what, const std::string& name, auto decode) -> result<done> {
    auto full_name = name + " of partition " + to_string(partition);
    auto got = database_->Get({}, wal_keys::of_partition(what, partition), &record);
    if (got.IsNotFound())
      return done{};
    if (!got.ok())
      return failed("read " + full_name, got);
    if (auto v = decode(bytes{std::move(record)}); v != verdict::good)
      return damaged(full_name, std::string{wal_record::to_string(v)});
    return done{};
  };
  auto state = load(tag::hard_state, "term and vote",
                    [&](const bytes& x) { return wal_record::decode(x, partition, into.state); });
  if (!state)
    return state;
  return load(tag::commit, "the commit index",
              [&](const bytes& x) { return wal_record::decode_commit(x, partition, into.commit); });
}

result<recovered_partition> rocksdb_log::recover(partition_id partition) {
  recovered_partition found;
  if (auto loaded = load_small_records(partition, found); !loaded)
    return loaded.error();
  scan_entries(partition, found);
  if (!found.damaged_at && found.commit > found.last) {
    found.damaged_at = found.last + 1;
    found.damage = damaged(wal_keys::describe_entry(partition, found.damaged_at),
                           "it is missing, though entries up to " + to_string(found.commit) + " were committed")
                     .message;
  }
  found.commit = std::clamp(found.commit, found.boundary.index, found.last);
  return found;
}

void rocksdb_log::scan_entries(partition_id partition, recovered_partition& into) {
  into.last = into.boundary.index;
  auto term = into.boundary.term;
  auto stop = [&](const std::string& why) {
    into.damaged_at = into.last + 1;
    into.damage = damaged(wal_keys::describe_entry(partition, into.damaged_at), why).message;
  };
  auto end = wal_keys::end_of_entries(partition);
  rocksdb::Slice end_slice{end};
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &end_slice;
  options.fill_cache = false;
  options.readahead_size = readahead_bytes;
  std::unique_ptr<rocksdb::Iterator> it{database_->NewIterator(options)};
  for (it->Seek(wal_keys::of_entry(partition, into.last + 1)); it->Valid(); it->Next()) {
    auto expected = into.last + 1;
    if (it->key() != rocksdb::Slice{wal_keys::of_entry(partition, expected)})
      return stop("it is missing, though later ones are there");
    entry x;
    if (auto v = wal_record::decode(as_bytes(it->value()), partition, expected, x); v != verdict::good)
      return stop(std::string{wal_record::to_string(v)});
    if (x.term < term)
      return stop("its term " + to_string(x.term) + " is below the term " + to_string(term) + " of the one before");
    if (into.terms.empty() || into.terms.back().term != x.term)
      into.terms.push_back({expected, x.term});
    term = x.term;
    into.last = expected;
  }
  if (!it->status().ok())
    stop(it->status().ToString());
}

result<std::vector<entry>> rocksdb_log::read(partition_id partition, log_index first, log_index last,
                                             std::size_t bytes_max) {
  std::vector<entry> entries;
  auto end = wal_keys::of_entry(partition, last + 1);
  rocksdb::Slice end_slice{end};
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &end_slice;
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> it{database_->NewIterator(options)};
  std::size_t sum = 0;
  auto expected = first;
  for (it->Seek(wal_keys::of_entry(partition, first)); it->Valid(); it->Next(), ++expected) {
    if (it->key() != rocksdb::Slice{wal_keys::of_entry(partition, expected)})
      break;
    entry x;
    if (auto v = wal_record::decode(as_bytes(it->value()), partition, expected, x); v != verdict::good)
      return damaged(wal_keys::describe_entry(partition, expected), std::string{wal_record::to_string(v)});
    sum += x.weight();
    if (sum > bytes_max && !entries.empty())
      return entries;
    entries.push_back(std::move(x));
  }
  if (!it->status().ok())
    return failed("be read", it->status());
  if (expected <= last)
    return damaged(wal_keys::describe_entry(partition, expected), "it is missing");
  return entries;
}

// -- the node's own values ------------------------------------------------------------------------------------------

result<std::string> rocksdb_log::get_metadata(const std::string& key) {
  std::string record;
  std::string value;
  auto got = database_->Get({}, wal_keys::of_metadata(key), &record);
  if (got.IsNotFound())
    return value;
  if (!got.ok())
    return failed("read the value '" + key + "'", got);
  if (auto v = wal_record::decode_metadata(bytes{std::move(record)}, key, value); v != verdict::good)
    return damaged("the value '" + key + "'", std::string{wal_record::to_string(v)});
  return value;
}

result<done> rocksdb_log::set_metadata(const std::string& key, const std::string& value) {
  rocksdb::WriteBatch batch;
  std::string record;
  wal_record::encode_metadata(record, key, value);
  batch.Put(wal_keys::of_metadata(key), record);
  return commit(batch, sync_writes_);
}

} // namespace kommander
