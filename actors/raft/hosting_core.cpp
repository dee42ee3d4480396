#include "actors/raft/hosting_core.hpp"

#include <utility>

namespace kommander {

hosting_core::hosting_core(hosted_record stored) : record_{std::move(stored)} {
  for (const auto& [id, x] : record_.partitions) {
    auto& mine = slots_[id];
    mine.at = x.ending ? stage::ended : stage::running;
    drop_if_due(id, mine);
  }
}

// -- the map ------------------------------------------------------------------------------------------------------

bool hosting_core::follow(std::shared_ptr<const partition_map> map) {
  if (!map->version || map->version < record_.seen || (map_ && map->version <= map_->version))
    return false;
  map_ = std::move(map);
  for (const auto& x : map_->partitions) {
    if (x.state == partition_state::removed)
      remove(x.id);
    else if (!slots_.contains(x.id))
      add(x);
  }
  record_.seen = map_->version; // stored with the next change: until then there is nothing that it would tell
  return true;
}

void hosting_core::add(const partition_info& x) {
  auto new_to_disk = record_.complete && x.created > record_.seen;
  record_.partitions.emplace(x.id, hosted_partition{birth_of(x), new_to_disk, false});
  auto& mine = slots_[x.id];
  note(mine);
  if (!broken_)
    return;
  mine.at = stage::ended;
  orders_.given_up.push_back(x.id);
}

void hosting_core::remove(partition_id id) {
  auto found = slots_.find(id);
  if (found == slots_.end() || record_.partitions[id].ending)
    return;
  auto& mine = found->second;
  record_.partitions[id].ending = true;
  note(mine);
  if (mine.at == stage::running)
    orders_.stop.push_back(id);
  else if (mine.at == stage::recording)
    mine.at = stage::ended;
}

/// Stored at once: after a crash, what has come into the log meanwhile would count as something of the past.
void hosting_core::trust() {
  if (!std::exchange(record_.complete, true))
    ++changes_;
}

void hosting_core::doubt() {
  if (std::exchange(record_.complete, false))
    ++changes_;
}

void hosting_core::never_here() {
  if (std::exchange(record_.known_new, true))
    return;
  for (auto& [id, x] : record_.partitions)
    x.new_to_disk = true;
  ++changes_;
}

// -- what has been done -------------------------------------------------------------------------------------------

void hosting_core::recorded(bool success) {
  records_ = false;
  broken_ = broken_ || !success;
  if (!broken_)
    durable_ = given_;
  for (auto& [id, x] : slots_) {
    if (x.at == stage::recording && broken_) {
      x.at = stage::ended;
      orders_.given_up.push_back(id);
    } else if (x.at == stage::recording && x.change <= durable_) {
      x.at = stage::recovering;
      orders_.recover.push_back(id);
    }
    drop_if_due(id, x);
  }
}

void hosting_core::started(partition_id id) {
  if (auto found = slots_.find(id); found != slots_.end())
    found->second.at = stage::running;
}

void hosting_core::ended(partition_id id) {
  auto found = slots_.find(id);
  if (found == slots_.end())
    return;
  found->second.at = stage::ended;
  drop_if_due(id, found->second);
}

void hosting_core::dropped(partition_id id) {
  record_.partitions.erase(id);
  slots_.erase(id);
  ++changes_;
}

void hosting_core::note(slot& x) {
  x.change = ++changes_;
}

void hosting_core::drop_if_due(partition_id id, slot& x) {
  if (x.at != stage::ended || x.change > durable_ || !record_.partitions[id].ending)
    return;
  x.at = stage::dropping;
  orders_.drop.push_back(id);
}

// -- what is to be done -------------------------------------------------------------------------------------------

hosting_core::orders hosting_core::take_orders() {
  auto result = std::exchange(orders_, {});
  if (given_ == changes_ || records_ || broken_)
    return result;
  result.record = record_;
  given_ = changes_;
  records_ = true;
  return result;
}

const hosted_partition* hosting_core::find(partition_id id) const noexcept {
  auto found = record_.partitions.find(id);
  return found == record_.partitions.end() ? nullptr : &found->second;
}

bool hosting_core::wants(partition_id id) const noexcept {
  const auto* found = find(id);
  return found != nullptr && !found->ending;
}

} // namespace kommander
