#include "tests/sim/checker/elastic_facts.hpp"

#include <functional>

#include "tests/sim/checker/violation.hpp"

namespace kommander::sim {

namespace {

std::string name(partition_id x) {
  return "partition " + to_string(x);
}

} // namespace

elastic_facts::elastic_facts(dose& counts, std::uint64_t partitions_max)
  : dose_{counts},
    seen_(partitions_max + 1),
    done_(partitions_max + 1),
    states_(partitions_max + 1),
    machines_(partitions_max + 1),
    cells_{cells_of(partition_info{})} {
  // nop
}

// -- replicas -------------------------------------------------------------------------------------------------------

void elastic_facts::check_equal(std::vector<std::uint64_t>& known, partition_id partition, log_index index,
                                const std::string& state, const char* what) const {
  auto hash = std::hash<std::string>{}(state) | 1;
  if (known.size() <= index.value())
    known.resize(index.value() + 1);
  auto& first = known[index.value()];
  if (first == 0)
    first = hash;
  if (first != hash)
    throw violation{name(partition) + ": replicas differ in " + what + " after entry " + to_string(index)};
}

void elastic_facts::committed(partition_id partition, const entry& x, const replicated_state& after) {
  check_equal(states_[partition.value()], partition, x.index, std::string{after.encode().view()},
              partition ? "the library's state" : "the partition map");
  auto& seen = seen_[partition.value()];
  if (x.index != seen + 1)
    return;
  seen = x.index;
  if (!partition && after.map().map().version > map_->version)
    follow_map(after.map().map());
  if (partition && x.kind == entry_kind::control)
    if (auto change = decode_ownership_change(x.payload))
      follow_owner(partition, x.index, *change);
  if (partition && x.kind == entry_kind::command)
    check_write(partition, x);
}

void elastic_facts::installed(partition_id partition, const replicated_state& state) {
  check_equal(states_[partition.value()], partition, state.index(), std::string{state.encode().view()},
              "what a snapshot has brought");
}

void elastic_facts::applied(partition_id partition, log_index index, const keyed_machine& machine) {
  check_equal(machines_[partition.value()], partition, index, machine.encode(), "the application's state");
  auto& done = done_[partition.value()];
  done = std::max(done, index);
}

void elastic_facts::starts(node_id node, partition_id partition) const {
  if (dropped_.contains({node, partition}))
    throw violation{"node " + to_string(node) + ": " + name(partition)
                    + ", which was removed and has left the disk, begins anew"};
}

void elastic_facts::drops(node_id node, partition_id partition) {
  const auto* found = map_->find(partition);
  if (found == nullptr || found->state != partition_state::removed)
    throw violation{"node " + to_string(node) + ": " + name(partition) + " is dropped, but was not removed"};
  dropped_.emplace(node, partition);
}

void elastic_facts::wiped(node_id node) {
  std::erase_if(dropped_, [&](const auto& x) { return x.first == node; });
}

// -- the map --------------------------------------------------------------------------------------------------------

void elastic_facts::follow_map(const partition_map& next) {
  if (auto wrong = map_checker_.follow(next); !wrong.empty())
    throw violation{"version " + to_string(next.version) + " of the map: " + wrong};
  for (const auto& x : next.partitions)
    if (map_->find(x.id) == nullptr) {
      auto birth = x; // of this very version
      owners_.emplace(x.id, owner_facts{birth});
      for (const auto& [key, cell] : cells_of(birth))
        cells_[key] = cell;
    }
  for (const auto& x : next.operations) {
    const auto* before = map_->find(x.id);
    if (before == nullptr || before->phase != x.phase)
      count(x);
  }
  if (watch_)
    watch_(*map_, next);
  map_ = std::make_shared<const partition_map>(next);
  ++dose_.map_versions;
  check_places();
}

void elastic_facts::count(const operation_info& x) {
  auto kind = static_cast<std::size_t>(x.kind);
  if (map_->find(x.id) == nullptr)
    ++dose_.operations_begun[kind];
  if (x.phase == operation_phase::rolling_back)
    ++dose_.roll_backs;
  if (!kommander::is_over(x.phase) || !ended_.insert(x.id).second)
    return;
  if (x.phase == operation_phase::done)
    ++dose_.operations_done[kind];
  else if (x.phase == operation_phase::cancelled)
    ++dose_.operations_cancelled[kind];
  else
    ++dose_.operations_failed[kind];
}

void elastic_facts::check_rest() const {
  for (const auto& x : map_->operations)
    if (!kommander::is_over(x.phase))
      throw violation{"operation " + to_string(x.id) + " goes on for ever"};
  check_places();
}

// -- owners ---------------------------------------------------------------------------------------------------------

void elastic_facts::follow_owner(partition_id partition, log_index index, const ownership_change& x) {
  auto owner = owners_.find(partition);
  if (owner == owners_.end())
    throw violation{name(partition) + " takes a step before the map has created it"};
  if (!owner->second.follow(x))
    return;
  ++dose_.steps;
  try {
    check_step(partition, x);
    check_places();
  } catch (const violation& y) {
    throw violation{"after entry " + to_string(index) + " of " + name(partition) + ": " + y.what()};
  }
}

void elastic_facts::check_step(partition_id partition, const ownership_change& x) const {
  auto require = [&](bool condition, const char* fact) {
    if (!condition)
      throw violation{"operation " + to_string(x.what.operation) + " " + fact};
  };
  const auto* operation = map_->find(x.what.operation);
  if (operation == nullptr)
    return; // so old that the map has forgotten it
  using phase = operation_phase;
  auto now = operation->phase;
  auto is_committed = now == phase::committed || now == phase::done;
  switch (x.step) {
    case ownership_step::fence: break;
    case ownership_step::import: {
      const auto& source = owners_.at(x.what.source);
      require(source.fenced_by(x.what.operation) || !(source.over() < x.what.operation),
              "copies what is not fenced at its source");
      break;
    }
    case ownership_step::activate: require(is_committed, "is activated before the point of no return"); break;
    case ownership_step::release:
      require(is_committed, "is released before the point of no return");
      require(!(owners_.at(x.what.target).over() < x.what.operation), "is released before its target serves");
      break;
    default:
      require(now == phase::rolling_back || now == phase::failed || now == phase::cancelled,
              partition == x.what.source ? "is unfenced without a roll-back" : "is discarded without a roll-back");
  }
}

/// Where it was appended, its partition had to own its key; also if a session keeps it from having an effect.
void elastic_facts::check_write(partition_id partition, const entry& x) const {
  auto what = decode_key_request(x);
  auto owner = owners_.find(partition);
  if (!what || owner == owners_.end())
    throw violation{name(partition) + ": an entry that no client has made, at " + to_string(x.index)};
  if (auto why = owner->second.refusal(what->key, what->expected_generation))
    throw violation{name(partition) + ": entry " + to_string(x.index) + " writes key " + std::to_string(what->key)
                    + ", which is not its own there: " + *why};
}

void elastic_facts::check_places() const {
  for (std::uint32_t i = 0; i < place_count; ++i)
    check_place(routed_key(i));
}

void elastic_facts::check_place(std::uint32_t place) const {
  partition_id taker;
  for (const auto& [id, x] : owners_) {
    if (!x.takes(place))
      continue;
    if (taker)
      throw violation{"partitions " + to_string(taker) + " and " + to_string(id) + " both serve place "
                      + std::to_string(place)};
    taker = id;
  }
  const auto* owner = map_->route(place);
  if (owner != nullptr && map_->running_at(owner->id) == nullptr && taker != owner->id)
    throw violation{name(owner->id) + " does not serve place " + std::to_string(place)
                    + ", although no operation goes on there"};
}

// -- keys -----------------------------------------------------------------------------------------------------------

const applied_operation* elastic_facts::find(std::uint64_t operation) const {
  auto found = operations_.find(operation);
  return found == operations_.end() ? nullptr : &found->second;
}

const key_cell* elastic_facts::cell(key_id key) const {
  auto found = cells_.find(key);
  return found == cells_.end() ? nullptr : &found->second;
}

void elastic_facts::applies(partition_id partition, const entry& x, const key_request& what,
                            const keyed_machine& machine) {
  const auto* held = machine.find(what.key);
  auto where = name(partition) + ": entry " + to_string(x.index) + " ";
  if (held == nullptr)
    throw violation{where + "is applied where key " + std::to_string(what.key) + " is not"};
  auto known = operations_.find(what.operation);
  if (known != operations_.end()) {
    const auto& first = known->second;
    if (first.partition != partition || first.index != x.index)
      throw violation{where + "is applied, although operation " + std::to_string(what.operation)
                      + " was applied before, at entry " + to_string(first.index) + " of " + name(first.partition)};
    return;
  }
  auto& truth = cells_.at(what.key);
  if (*held != truth)
    throw violation{where + "finds " + std::to_string(held->value) + " under key " + std::to_string(what.key)
                    + ", where " + std::to_string(truth.value) + " was put last"};
  using linearizability::action;
  applied_operation result{partition, x.index, x.time, held->lineage, held->value, false};
  result.put = what.what == action::write || (what.what == action::compare_and_set && held->value == what.expected);
  if (result.put)
    truth.value = what.operation;
  operations_.emplace(what.operation, result);
}

} // namespace kommander::sim
