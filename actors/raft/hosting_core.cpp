#include "actors/raft/hosting_core.hpp"

#include <algorithm>
#include <utility>

#include "actors/coordinator/node_lists.hpp"

namespace kommander {

hosting_core::hosting_core(hosted_record stored, node_id self, std::uint64_t disk)
  : self_{self},
    disk_{disk},
    record_{std::move(stored)} {
  for (const auto& [id, x] : record_.partitions) {
    if (x.away)
      continue;
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
  if (!record_.since) {
    record_.since = map_->version;
    ++changes_;
  }
  for (const auto& x : map_->partitions)
    follow(x);
  record_.seen = map_->version; // stored with the next change: until then there is nothing that it would tell
  return true;
}

bool hosting_core::is_wanted(const partition_info& x) const noexcept {
  return x.state != partition_state::removed && x.where.hosts(self_);
}

/// It was created on this node alone, and has been nowhere else: what its log lacks, nobody has.
bool hosting_core::is_sole(const partition_info& x) const {
  return x.where.version == x.created && x.where.replicas == std::vector{self_};
}

void hosting_core::follow(const partition_info& x) {
  if (!is_wanted(x))
    remove(x);
  else if (!slots_.contains(x.id))
    add(x);
}

/// One that was created on this node alone waits until it is known that this is so still, and that no other disk had it.
void hosting_core::add(const partition_info& x) {
  const auto* self = map_->roster.find(self_);
  auto disk = self != nullptr ? self->disk : 0;
  auto is_later = x.created > record_.since;
  if (is_sole(x) && (!record_.complete || (disk == 0 && !is_later)))
    return;
  auto is_first =
    (is_sole(x) && (disk == disk_ || is_later)) || record_.whole || (record_.complete && x.created > record_.seen);
  auto [here, is_new] = record_.partitions.try_emplace(x.id, hosted_partition{birth_of(x), is_first});
  if (!is_new)
    here->second.away = here->second.new_to_disk = false;
  auto& mine = slots_[x.id];
  note(mine);
  if (!broken_)
    return;
  mine.at = stage::ended;
  orders_.given_up.push_back(x.id);
}

void hosting_core::remove(const partition_info& x) {
  auto known = record_.partitions.find(x.id);
  if (known == record_.partitions.end() || known->second.ending)
    return;
  if (known->second.away) {
    if (x.state == partition_state::removed) {
      record_.partitions.erase(known);
      ++changes_;
    }
    return;
  }
  auto& mine = slots_.at(x.id);
  known->second.ending = true;
  note(mine);
  if (mine.at == stage::running)
    orders_.stop.push_back(x.id);
  else if (mine.at == stage::recording)
    mine.at = stage::ended;
}

/// Stored at once: after a crash, what has come into the log meanwhile would count as something of the past.
void hosting_core::trust() {
  if (std::exchange(record_.complete, true))
    return;
  record_.whole = record_.whole || (!map_ && !record_.seen);
  ++changes_;
  if (map_)
    for (const auto& x : map_->partitions)
      follow(x);
}

void hosting_core::doubt() {
  if (!record_.complete && !record_.whole)
    return;
  record_.complete = record_.whole = false;
  ++changes_;
}

void hosting_core::never_here() {
  if (std::exchange(record_.known_new, true))
    return;
  record_.whole = true;
  for (auto& [id, x] : record_.partitions)
    x.new_to_disk = !x.kept;
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

void hosting_core::weighed(partition_id id, const hard_state& promised, const std::vector<node_id>& voters) {
  auto found = slots_.find(id);
  if (found == slots_.end() || found->second.at != stage::weighing)
    return;
  auto& here = record_.partitions[id];
  here.known_voters = united(here.known_voters, voters);
  // What it had kept when it came back may not have reached the log yet.
  if (!here.kept || here.kept->current_term <= promised.current_term)
    here.kept = promised;
  found->second.is_weighed = true;
  found->second.at = stage::ended;
  note(found->second);
}

void hosting_core::ended(partition_id id) {
  auto found = slots_.find(id);
  if (found == slots_.end())
    return;
  found->second.at = stage::ended;
  drop_if_due(id, found->second);
}

void hosting_core::dropped(partition_id id) {
  const auto* now = map_ ? map_->find(id) : nullptr;
  auto& here = record_.partitions[id];
  slots_.erase(id);
  ++changes_;
  if (!here.kept || (now != nullptr && now->state == partition_state::removed)) {
    record_.partitions.erase(id);
    return;
  }
  here.ending = false;
  here.away = true;
  if (now != nullptr && is_wanted(*now))
    add(*now);
}

void hosting_core::note(slot& x) {
  x.change = ++changes_;
}

/// A partition that was removed for good needs no promises any more.
void hosting_core::drop_if_due(partition_id id, slot& x) {
  const auto& here = record_.partitions[id];
  if (x.at != stage::ended || x.change > durable_ || !here.ending)
    return;
  const auto* now = map_ ? map_->find(id) : nullptr;
  auto is_removed = now != nullptr && now->state == partition_state::removed;
  x.at = x.is_weighed || is_removed ? stage::dropping : stage::weighing;
  (x.at == stage::dropping ? orders_.drop : orders_.weigh).push_back(id);
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
  return found == record_.partitions.end() || found->second.away ? nullptr : &found->second;
}

bool hosting_core::wants(partition_id id) const noexcept {
  const auto* found = find(id);
  return found != nullptr && !found->ending;
}

// -- questions ----------------------------------------------------------------------------------------------------

std::optional<raft_message> hosting_core::answer_in_absence(const raft_message& question) const {
  const auto* asked = std::get_if<fence_request>(&question.body);
  const auto* now = map_ ? map_->find(question.partition) : nullptr;
  if (asked == nullptr || now == nullptr || now->state == partition_state::removed || now->where.hosts(self_)
      || slots_.contains(question.partition))
    return std::nullopt;
  fence_reply reply{asked->nonce, false, true, {}, {}, now->born_voters};
  raft_term term{1};
  if (auto known = record_.partitions.find(question.partition); known != record_.partitions.end()) {
    reply.voters = united(reply.voters, known->second.known_voters);
    term = std::max(term, known->second.kept->current_term);
  }
  return raft_message{question.partition, self_, question.from, term, std::move(reply)};
}

} // namespace kommander
