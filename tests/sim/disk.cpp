#include "tests/sim/disk.hpp"

#include <algorithm>
#include <utility>

#include "tests/sim/bugs/active_bug.hpp"
#include "tests/sim/checker/violation.hpp"

namespace kommander::sim {

namespace {

constexpr std::uint64_t disk_stream = 100;

} // namespace

// -- image ----------------------------------------------------------------------------------------------------------

bool disk_image::accepts(const partition_write& x) const noexcept {
  auto end = last();
  auto begin = boundary;
  if (x.install) {
    if (x.install->keeps_tail && term_at(x.install->position.index) != x.install->position.term)
      return false;
    begin = x.install->position.index;
    end = x.install->keeps_tail ? end : begin;
  }
  if (x.truncate_from) {
    if (x.truncate_from > end + 1 || x.truncate_from <= begin)
      return false;
    end = x.truncate_from - 1;
  }
  for (const auto& each : x.entries) {
    if (each.index != end + 1)
      return false;
    end = each.index;
  }
  return true;
}

void disk_image::apply(const disk_write& write) {
  const auto& x = write.content;
  if (!accepts(x))
    throw violation{"a write of partition " + to_string(x.partition) + " does not fit the log on disk"};
  if (x.state)
    state = *x.state;
  if (x.install) {
    if (!x.install->keeps_tail)
      log = write.prefix;
    boundary = std::max(boundary, x.install->position.index);
  }
  if (x.truncate_from)
    log.resize(std::min<std::size_t>(log.size(), x.truncate_from.value() - 1));
  log.insert(log.end(), x.entries.begin(), x.entries.end());
  if (x.commit)
    commit = x.commit;
  if (x.kept)
    kept = x.kept;
  ++writes;
}

// -- writing --------------------------------------------------------------------------------------------------------

sim_disk::sim_disk(const plan& plan, node_id self, dose& counts)
  : plan_{plan},
    dose_{counts},
    random_{plan.seed, disk_stream + self.value()},
    lanes_(plan.lanes),
    images_(plan.partitions + 1),
    undo_(plan.partitions + 1),
    damaged_(plan.partitions + 1) {
  // nop
}

std::uint64_t sim_disk::due(std::uint64_t tick, std::uint64_t latency_max) {
  if (repaired_)
    return tick + 1;
  auto latency = random_.between(1, latency_max);
  if (latency > 2)
    dose_.hit(fault::slow_disk);
  return std::max(tick, stalled_until_) + latency;
}

void sim_disk::submit(disk_write write, std::uint64_t tick) {
  auto& x = lanes_[write.content.partition.value() % lanes_.size()];
  x.waiting.push_back(std::move(write));
  if (x.running.empty())
    begin_sync(x, tick);
}

void sim_disk::begin_sync(lane& x, std::uint64_t tick) {
  while (!x.waiting.empty() && (repaired_ || x.running.size() < plan_.group_max)) {
    x.running.push_back(std::move(x.waiting.front()));
    x.waiting.pop_front();
  }
  x.due = due(tick, plan_.disk_latency_max);
  x.full = !repaired_ && tick < full_until_;
  x.fails = x.full || (!repaired_ && random_.chance(plan_.write_failure));
}

void sim_disk::advance(std::uint64_t tick, const durable_handler& on_durable, const failed_handler& on_failed) {
  for (auto& x : lanes_) {
    if (x.running.empty() || tick < x.due || tick < stalled_until_)
      continue;
    end_sync(x, on_durable, on_failed);
    if (!x.waiting.empty())
      begin_sync(x, tick);
  }
}

void sim_disk::end_sync(lane& x, const durable_handler& on_durable, const failed_handler& on_failed) {
  auto batch = std::exchange(x.running, {});
  if (!x.fails) {
    // All of it before anybody is told: a node may die of what it is told, and the disk with it.
    for (const auto& write : batch)
      make_durable(write);
    dose_.writes += batch.size();
    for (const auto& write : batch)
      on_durable(write);
    return;
  }
  dose_.hit(x.full ? fault::disk_full : fault::write_failure);
  auto is_there = !x.full && random_.chance(0.5);
  std::vector<partition_id> hit;
  for (const auto& write : batch) {
    if (is_there)
      make_durable(write);
    if (std::find(hit.begin(), hit.end(), write.content.partition) == hit.end())
      hit.push_back(write.content.partition);
  }
  for (auto partition : hit) {
    forget(partition);
    on_failed(partition);
  }
}

void sim_disk::crash() {
  for (auto& x : lanes_) {
    auto kept = x.running.empty() ? 0 : random_.below(x.running.size() + 1);
    if (!plan_.is_on(fault::torn_write))
      kept = 2 * kept > x.running.size() ? x.running.size() : 0;
    for (std::size_t i = 0; i < kept; ++i)
      make_durable(x.running[i]);
    if (kept > 0 && kept < x.running.size())
      dose_.hit(fault::torn_write);
    dose_.writes += kept;
    dose_.lost_writes += x.running.size() - kept + x.waiting.size();
    x.running.clear();
    x.waiting.clear();
  }
}

void sim_disk::forget(partition_id partition) {
  for (auto& x : lanes_)
    std::erase_if(x.waiting, [&](const disk_write& write) { return write.content.partition == partition; });
}

bool sim_disk::is_writing(partition_id partition) const {
  auto is_of = [&](const disk_write& x) { return x.content.partition == partition; };
  return std::any_of(lanes_.begin(), lanes_.end(), [&](const lane& x) {
    return std::any_of(x.running.begin(), x.running.end(), is_of)
           || std::any_of(x.waiting.begin(), x.waiting.end(), is_of);
  });
}

void sim_disk::stall(std::uint64_t until) {
  stalled_until_ = std::max(stalled_until_, until);
}

void sim_disk::fill(std::uint64_t until) {
  full_until_ = std::max(full_until_, until);
}

void sim_disk::repair() {
  repaired_ = true;
  stalled_until_ = 0;
  for (auto& x : lanes_) {
    x.due = 0;
    x.fails = x.full = false;
  }
}

void sim_disk::roll_back(std::uint64_t entries) {
  for (auto& x : images_) {
    x.log.resize(x.log.size() - std::min<std::size_t>(x.log.size() - x.boundary.value(), entries));
    x.commit = std::min(x.commit, x.last());
  }
}

void sim_disk::forget_votes() {
  for (auto& x : images_)
    x.state = {x.state.current_term - 1, {}};
}

// -- losing what is durable -------------------------------------------------------------------------------------------

void sim_disk::make_durable(const disk_write& write) {
  const auto& x = write.content;
  auto p = x.partition.value();
  if (plan_.is_on(fault::lost_sync)) {
    undo_[p].push_back(undo_of(x));
    if (undo_[p].size() > undo_max)
      undo_[p].pop_front();
  }
  if (x.truncate_from)
    damaged_[p].erase(damaged_[p].lower_bound(x.truncate_from), damaged_[p].end());
  images_[p].apply(write);
  if (!x.install)
    return;
  undo_[p].clear(); // what an import has made true cannot be taken back
  auto gone = x.install->keeps_tail ? damaged_[p].upper_bound(x.install->position.index) : damaged_[p].end();
  damaged_[p].erase(damaged_[p].begin(), gone);
}

void sim_disk::compact(partition_id partition, log_position boundary) {
  auto p = partition.value();
  auto& x = images_[p];
  if (x.term_at(boundary.index) != boundary.term || !boundary.index)
    throw violation{"partition " + to_string(partition) + " is to be compacted up to an entry that is not on disk"};
  x.boundary = std::max(x.boundary, boundary.index);
  undo_[p].clear();
  damaged_[p].erase(damaged_[p].begin(), damaged_[p].upper_bound(x.boundary));
}

sim_disk::undo_record sim_disk::undo_of(const partition_write& x) const {
  const auto& now = image(x.partition);
  undo_record result{now.state, now.commit, now.log.size(), {}};
  if (x.truncate_from && x.truncate_from <= now.last()) {
    result.kept = x.truncate_from.value() - 1;
    result.cut.assign(now.log.begin() + static_cast<std::ptrdiff_t>(result.kept), now.log.end());
  }
  return result;
}

disk_image sim_disk::rolled_back(partition_id partition, std::size_t writes) const {
  auto result = image(partition);
  const auto& undo = undo_[partition.value()];
  for (std::size_t i = 0; i < std::min(writes, undo.size()); ++i) {
    const auto& x = undo[undo.size() - 1 - i];
    result.state = x.state;
    result.commit = x.commit;
    result.log.resize(x.kept);
    result.log.insert(result.log.end(), x.cut.begin(), x.cut.end());
    --result.writes;
  }
  return result;
}

void sim_disk::replace(partition_id partition, disk_image left) {
  auto p = partition.value();
  images_[p] = std::move(left);
  undo_[p].clear();
  damaged_[p].erase(damaged_[p].upper_bound(images_[p].last()), damaged_[p].end());
}

/// Of the many ids that there may be, few are in use.
partition_id sim_disk::any_with_entries(random_source& random) const {
  std::vector<partition_id> used{partition_id{0}};
  for (std::uint64_t p = 1; p <= plan_.partitions; ++p)
    if (images_[p].last())
      used.emplace_back(p);
  return used[random.below(used.size())];
}

bool sim_disk::flip_bit(random_source& random) {
  auto partition = plan_.elastic ? any_with_entries(random) : partition_id{random.between(1, plan_.partitions)};
  auto& log = images_[partition.value()].log;
  auto compacted = images_[partition.value()].boundary.value();
  if (log.size() <= compacted)
    return false;
  auto& victim = log[compacted + random.below(log.size() - compacted)];
  if (victim.payload.size() > 0) {
    std::string content{victim.payload.view()};
    auto& byte = content[random.below(content.size())];
    byte = static_cast<char>(byte ^ (1 << random.below(8)));
    victim.payload = bytes{std::move(content)};
  } else {
    victim.time.time ^= std::uint64_t{1} << random.below(64);
  }
  damaged_[partition.value()].insert(victim.index);
  undo_[partition.value()].clear(); // what is there now cannot be taken apart again
  dose_.hit(fault::bit_flip);
  return true;
}

// -- reading --------------------------------------------------------------------------------------------------------

recovered_partition sim_disk::recover(partition_id partition) const {
  const auto& x = image(partition);
  recovered_partition result;
  result.state = x.state;
  result.boundary = {x.boundary, x.term_at(x.boundary)};
  result.last = x.last();
  result.commit = std::clamp(x.commit, x.boundary, x.last());
  result.kept = x.kept;
  if (const auto& damaged = damaged_[partition.value()]; !damaged.empty() && !seeded("checksum-is-ignored")) {
    ++dose_.damage_found;
    result.damaged_at = *damaged.begin();
    // What is damaged may belong to the proposal before it, which must not be kept in part.
    auto kept = static_cast<std::size_t>(result.damaged_at.value()) - 1;
    auto compacted = x.boundary.value();
    if (kept > compacted && x.log[kept - 1].time.time != 0)
      for (--kept; kept > compacted && same_proposal(x.log[kept - 1], x.log[kept]);)
        --kept;
    result.damaged_at = log_index{kept + 1};
    result.last = result.damaged_at - 1;
    result.commit = std::min(result.commit, result.last);
  }
  for (const auto& each : x.log) {
    if (each.index > result.last)
      break;
    if (each.index <= x.boundary) {
      if (each.kind == entry_kind::config)
        result.configs.assign(1, each);
      continue;
    }
    if (result.terms.empty() || result.terms.back().term != each.term)
      result.terms.push_back({each.index, each.term});
    if (each.kind == entry_kind::config)
      result.configs.push_back(each);
  }
  return result;
}

std::vector<entry> sim_disk::read(partition_id partition, log_index first, log_index last, std::size_t bytes_max) {
  const auto& x = image(partition);
  std::vector<entry> result;
  if (!repaired_ && random_.chance(plan_.read_failure)) {
    dose_.hit(fault::read_failure);
    return result;
  }
  if (first <= x.boundary || last > x.last())
    return result;
  if (seeded("reads-return-other-entries") && first > x.boundary + 1)
    first = first - 1;
  std::size_t sum = 0;
  for (auto i = first; i <= last; ++i) {
    const auto& each = x.log[i.value() - 1];
    if (damaged_[partition.value()].contains(i) && !seeded("checksum-is-ignored")) {
      ++dose_.damage_found;
      return {};
    }
    sum += each.weight();
    if (!result.empty() && sum > bytes_max && !same_proposal(result.back(), each))
      break;
    result.push_back(each);
  }
  ++dose_.reads;
  return result;
}

} // namespace kommander::sim
