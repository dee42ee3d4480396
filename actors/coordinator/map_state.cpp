#include "actors/coordinator/map_state.hpp"

#include <algorithm>
#include <utility>

#include "actors/coordinator/placement_steps.hpp"
#include "actors/coordinator/roster_steps.hpp"

namespace kommander {

namespace {

map_outcome refused(status code, std::string reason, operation_id operation = {}) {
  return {code, operation, {}, std::move(reason), false};
}

map_outcome repeated(operation_id operation, partition_id partition) {
  return {status::success, operation, partition, {}, false};
}

std::string name(partition_id x) {
  return "partition " + to_string(x);
}

std::string name(operation_id x) {
  return "operation " + to_string(x);
}

map_outcome occupied(const operation_info& by, partition_id where) {
  return refused(status::active_proposal, name(by.id) + " goes on at " + name(where), by.id);
}

std::string too_many_replicas(std::uint32_t x) {
  return std::to_string(x) + " replicas are too many: at most " + std::to_string(members_max)
         + ", or 0 for one on every member";
}

bool are_neighbours(const hash_range& x, const hash_range& y) {
  return (x.last < y.first && x.last + 1 == y.first) || (y.last < x.first && y.last + 1 == x.first);
}

/// The steps that there are from one phase to another.
bool is_step(operation_phase from, operation_phase to) {
  using phase = operation_phase;
  switch (from) {
    case phase::fencing: return to == phase::copying || to == phase::rolling_back;
    case phase::copying: return to == phase::committed || to == phase::rolling_back;
    case phase::committed: return to == phase::done;
    case phase::rolling_back: return to == phase::failed || to == phase::cancelled;
    default: return false;
  }
}

/// True if whoever is in `now` has come through `x`.
bool has_passed(operation_phase now, operation_phase x) {
  using phase = operation_phase;
  auto rolls_back = [](phase y) { return y == phase::rolling_back || y == phase::cancelled || y == phase::failed; };
  if (x == phase::cancelled || x == phase::failed)
    return now == phase::cancelled || now == phase::failed;
  if (x == phase::rolling_back)
    return rolls_back(now);
  return !rolls_back(now) && now >= x; // the phases on the way to `done` ascend
}

/// The same split or merge that somebody has asked for before, and that is done. Ids are used once, so whoever names the
/// target of a split, or the source of a merge, names one operation.
const operation_info* find_done(const partition_map& map, const map_begin& x) {
  if (x.kind == operation_kind::remove || !x.target)
    return nullptr;
  auto is_it = [&](const operation_info& y) {
    return y.phase == operation_phase::done && y.kind == x.kind && y.source == x.source && y.target == x.target
           && (x.kind == operation_kind::merge
               || (y.routed == x.routed && (x.boundary == any_place || x.boundary == y.moving.first)));
  };
  auto found = std::ranges::find_if(map.operations, is_it);
  return found != map.operations.end() ? &*found : nullptr;
}

} // namespace

// -- commands -------------------------------------------------------------------------------------------------------

map_outcome map_state::apply(log_index index, const map_command& x) {
  if (const auto* first = std::get_if<map_initialize>(&x))
    return apply_initialize(*first);
  if (!map_.version)
    return refused(status::restore_in_progress, "the first map has not been made yet");
  if (const auto* step = std::get_if<map_advance>(&x))
    return apply_advance(*step);
  if (const auto* what = std::get_if<map_cancel>(&x))
    return apply_cancel(*what);
  if (const auto* what = std::get_if<member_change>(&x))
    return apply_member(*what);
  if (const auto* what = std::get_if<map_replication>(&x))
    return apply_replication(*what);
  if (const auto* what = std::get_if<map_place>(&x))
    return apply_place(*what);
  operation_id id{index.value()};
  if (id <= last_operation_) // a log's indexes ascend; whatever does not is no entry of it
    return refused(status::errored, "entry " + to_string(index) + " comes out of order");
  if (const auto* what = std::get_if<map_create>(&x))
    return apply_create(id, *what);
  return apply_begin(id, std::get<map_begin>(x));
}

map_outcome map_state::apply_initialize(const map_initialize& x) {
  if (x.partitions == 0 || x.partitions > partitions_max)
    return refused(status::invalid_argument,
                   "a map begins with 1 to " + std::to_string(partitions_max) + " partitions");
  if (x.replication_factor > members_max)
    return refused(status::invalid_argument, too_many_replicas(x.replication_factor));
  if (auto wrong = wrong_with_first(x.members); !wrong.empty())
    return refused(status::invalid_argument, std::move(wrong));
  if (map_.version)
    return repeated({}, {}); // each new leader may ask for it
  map_.roster = first_roster(x.members);
  map_.replication_factor = x.replication_factor;
  replica_choice nodes{map_, map_.roster.in_role(member_role::voter)};
  auto places = std::uint64_t{place_max} + 1;
  std::uint64_t next = 0;
  for (std::uint64_t i = 0; i < x.partitions; ++i) {
    auto length = places / x.partitions + (i < places % x.partitions ? 1 : 0);
    add_partition(partition_id{i + 1}, true,
                  {static_cast<std::uint32_t>(next), static_cast<std::uint32_t>(next + length - 1)}, false, 0, nodes);
    next += length;
  }
  return changed({}, {});
}

map_outcome map_state::apply_create(operation_id id, const map_create& x) {
  if (x.id > id_max || (x.routed && !x.range.is_valid()))
    return refused(status::invalid_argument, "there is no such partition, or no such range");
  if (x.replication_factor > members_max)
    return refused(status::invalid_argument, too_many_replicas(x.replication_factor));
  if (const auto* same = find(x.id); same != nullptr && same->state == partition_state::active
                                     && same->routed == x.routed && (!x.routed || same->range == x.range))
    return repeated({}, x.id);
  if (auto refusal = refusal_of_new(x.id))
    return *refusal;
  for (const auto& y : map_.partitions)
    if (x.routed && y.routed && y.state != partition_state::removed && y.range.overlaps(x.range))
      return refused(status::errored, name(y.id) + " has the places " + to_string(y.range) + " or will have them");
  auto made = add_partition(x.id, x.routed, x.range, false, x.replication_factor);
  add_operation(id, operation_kind::create, *find(made));
  end(id, operation_phase::done);
  return changed(id, made);
}

map_outcome map_state::apply_begin(operation_id id, const map_begin& x) {
  if (x.kind == operation_kind::create || (x.boundary > place_max && x.boundary != any_place))
    return refused(status::invalid_argument, "there is no such operation, or no such place");
  if (const auto* same = find_done(map_, x))
    return repeated(same->id, same->target);
  auto* source = find(x.source);
  if (source != nullptr && source->state == partition_state::removed && x.kind == operation_kind::remove)
    return repeated({}, x.source);
  if (source == nullptr || source->state == partition_state::removed)
    return refused(status::unknown_partition,
                   source == nullptr ? "there is no " + name(x.source) : name(x.source) + " was removed");
  if (const auto* other = map_.running_at(x.source))
    return occupied(*other, x.source);
  switch (x.kind) {
    case operation_kind::remove: return begin_remove(id, x, *source);
    case operation_kind::split: return begin_split(id, x, *source);
    default: return begin_merge(id, x, *source);
  }
}

map_outcome map_state::begin_remove(operation_id id, const map_begin& x, partition_info& source) {
  if (source.routed && !x.leaves_hole)
    return refused(status::errored, name(source.id) + " owns the places " + to_string(source.range)
                                      + ", which nobody would own then; merge it, or say that this is intended");
  source.state = partition_state::draining;
  ++source.current;
  add_operation(id, operation_kind::remove, source);
  return changed(id, source.id);
}

map_outcome map_state::begin_split(operation_id id, const map_begin& x, partition_info& source) {
  if (!x.routed && x.boundary != any_place)
    return refused(status::invalid_argument, "a partition that no key leads to has no first place");
  if (x.routed && !source.routed)
    return refused(status::errored, "no key leads to " + name(source.id) + ", so there is no place to split it at");
  auto boundary = x.boundary;
  if (x.routed && boundary == any_place) // of two places or more
    boundary = source.range.first + (source.range.last - source.range.first) / 2 + 1;
  if (x.routed && (boundary <= source.range.first || boundary > source.range.last))
    return refused(status::errored, name(source.id) + " owns the places " + to_string(source.range)
                                      + "; none of them would stay, or none would move");
  if (x.target > id_max)
    return refused(status::invalid_argument, "there is no such partition");
  if (auto refusal = refusal_of_new(x.target))
    return *refusal;
  hash_range moving = x.routed ? hash_range{boundary, source.range.last} : hash_range{};
  source.state = partition_state::splitting;
  ++source.current;
  auto factor = source.where.factor;
  auto& operation = add_operation(id, operation_kind::split, source); // before `source` moves in memory
  operation.routed = x.routed;
  operation.moving = moving;
  operation.copies_itself = x.copies_itself;
  operation.target = add_partition(x.target, x.routed, moving, true, factor);
  operation.target_generation = generation{1};
  return changed(id, operation.target);
}

map_outcome map_state::begin_merge(operation_id id, const map_begin& x, partition_info& source) {
  if (x.source == x.target)
    return refused(status::invalid_argument, "a partition is not merged with itself");
  auto* target = find(x.target);
  if (target == nullptr || target->state == partition_state::removed)
    return refused(status::unknown_partition,
                   target == nullptr ? "there is no " + name(x.target) : name(x.target) + " was removed");
  if (const auto* other = map_.running_at(x.target))
    return occupied(*other, x.target);
  if (source.routed != target->routed)
    return refused(status::errored, "keys lead to one of the two only");
  if (source.routed && !are_neighbours(source.range, target->range))
    return refused(status::errored, "the places " + to_string(source.range) + " and " + to_string(target->range)
                                      + " are not neighbours");
  source.state = partition_state::draining;
  ++source.current;
  auto& operation = add_operation(id, operation_kind::merge, source);
  operation.copies_itself = x.copies_itself;
  operation.target = x.target;
  operation.target_generation = target->current;
  return changed(id, x.target);
}

map_outcome map_state::apply_advance(const map_advance& x) {
  if (!is_step(x.from, x.to))
    return refused(status::invalid_argument, "there is no such step");
  auto* operation = find(x.operation);
  if (operation == nullptr)
    return refused(status::proposal_not_found, "there is no " + name(x.operation) + ", or it was over long ago");
  if (operation->phase != x.from) {
    if (has_passed(operation->phase, x.to))
      return repeated(operation->id, operation->target);
    return refused(status::errored, name(x.operation) + " is " + std::string{to_string(operation->phase)}, x.operation);
  }
  auto target = operation->target;
  switch (x.to) {
    case operation_phase::committed: commit(*operation); break;
    case operation_phase::rolling_back: roll_back(*operation, x.reason); break;
    case operation_phase::done: end(x.operation, operation_phase::done); break;
    case operation_phase::failed:
    case operation_phase::cancelled:
      end(x.operation, cancelled_.contains(x.operation) ? operation_phase::cancelled : operation_phase::failed);
      break;
    default: operation->phase = x.to;
  }
  return changed(x.operation, target);
}

map_outcome map_state::apply_cancel(const map_cancel& x) {
  auto* operation = find(x.operation);
  if (operation == nullptr)
    return refused(status::proposal_not_found, "there is no " + name(x.operation) + ", or it was over long ago");
  if (has_passed(operation->phase, operation_phase::rolling_back)) // also for another cause: what was asked for holds
    return repeated(operation->id, operation->target);
  if (operation->phase >= operation_phase::committed)
    return refused(status::errored, name(x.operation) + " is past the point of no return", x.operation);
  cancelled_.insert(x.operation);
  roll_back(*operation, "it was cancelled");
  return changed(x.operation, operation->target);
}

map_outcome map_state::apply_member(const member_change& x) {
  if (const auto* host = x.what == member_step::remove ? still_on(x.node) : nullptr)
    return refused(status::errored,
                   "node " + to_string(x.node) + " cannot be removed: it still has a replica of " + name(host->id));
  auto found = change_roster(map_.roster, x);
  if (found.code != status::success)
    return refused(found.code, std::move(found.reason));
  return found.changed ? changed({}, {}) : repeated({}, {});
}

/// A partition with a place of its own that is on this node; null: there is none.
const partition_info* map_state::still_on(node_id id) const noexcept {
  auto found = std::ranges::find_if(map_.partitions, [id](const partition_info& y) {
    return y.state != partition_state::removed && y.where.is_placed() && y.where.hosts(id);
  });
  return found != map_.partitions.end() ? &*found : nullptr;
}

map_outcome map_state::apply_replication(const map_replication& x) {
  if (x.factor > members_max)
    return refused(status::invalid_argument, too_many_replicas(x.factor));
  auto* found = x.partition ? find(x.partition) : nullptr;
  if (x.partition && (found == nullptr || found->state == partition_state::removed))
    return refused(status::unknown_partition, "there is no " + name(x.partition) + ", or it was removed");
  auto& factor = found != nullptr ? found->where.factor : map_.replication_factor;
  if (factor == x.factor)
    return repeated({}, x.partition);
  factor = x.factor;
  return changed({}, x.partition);
}

map_outcome map_state::apply_place(const map_place& x) {
  auto* found = find(x.partition);
  if (found == nullptr || found->state == partition_state::removed)
    return refused(status::unknown_partition, "there is no " + name(x.partition) + ", or it was removed");
  auto what = change_placement(*found, map_.roster, x, map_.version + 1);
  if (what.code != status::success)
    return refused(what.code, std::move(what.reason));
  return what.changed ? changed({}, x.partition) : repeated({}, x.partition);
}

// -- steps ----------------------------------------------------------------------------------------------------------

/// The point of no return: the ranges change.
void map_state::commit(operation_info& x) {
  auto& source = *find(x.source);
  auto* target = find(x.target);
  ++source.current;
  if (target != nullptr)
    ++target->current;
  if (x.kind == operation_kind::split) {
    source.state = partition_state::active;
    if (x.routed)
      source.range.last = x.moving.first - 1;
    target->state = partition_state::active;
  } else {
    remove(source);
    if (x.kind == operation_kind::merge && x.routed)
      target->range = {std::min(target->range.first, x.moving.first), std::max(target->range.last, x.moving.last)};
  }
  x.phase = operation_phase::committed;
  x.source_generation = source.current;
  x.target_generation = target != nullptr ? target->current : generation{};
}

void map_state::roll_back(operation_info& x, const std::string& reason) {
  auto& source = *find(x.source);
  source.state = partition_state::active;
  ++source.current;
  if (x.kind == operation_kind::split) {
    auto& target = *find(x.target);
    ++target.current;
    remove(target);
    x.target_generation = target.current;
  }
  x.phase = operation_phase::rolling_back;
  x.source_generation = source.current;
  x.reason = reason.substr(0, reason_bytes_max);
}

/// Whoever ended first is forgotten first, however long the others take.
void map_state::end(operation_id id, operation_phase how) {
  find(id)->phase = how;
  cancelled_.erase(id);
  ended_.push_back(id);
  if (ended_.size() > ended_operations_max) {
    std::erase_if(map_.operations, [&](const auto& x) { return x.id == ended_.front(); });
    ended_.erase(ended_.begin());
  }
}

// -- records --------------------------------------------------------------------------------------------------------

map_outcome map_state::changed(operation_id operation, partition_id partition) {
  ++map_.version;
  return {status::success, operation, partition, {}, true};
}

/// Why there can be no further partition of this name; zero: of the next one.
std::optional<map_outcome> map_state::refusal_of_new(partition_id id) const {
  if (kept_ >= partitions_max)
    return refused(status::errored, "there are " + std::to_string(kept_) + " partitions already");
  if (const auto* known = map_.find(id))
    return refused(status::errored,
                   name(id)
                     + (known->state == partition_state::removed ? " was removed, and its name is not used again"
                                                                 : " is there already"));
  if (!id && map_.next_id > id_max)
    return refused(status::errored, "there are no names left");
  return std::nullopt;
}

partition_id map_state::add_partition(partition_id id, bool routed, const hash_range& range, bool receiving,
                                      std::uint32_t factor) {
  replica_choice nodes{map_, map_.roster.in_role(member_role::voter)};
  return add_partition(id, routed, range, receiving, factor, nodes);
}

/// Its id: zero chooses one.
partition_id map_state::add_partition(partition_id id, bool routed, const hash_range& range, bool receiving,
                                      std::uint32_t factor, replica_choice& nodes) {
  partition_info x;
  x.id = id ? id : map_.next_id;
  x.state = receiving ? partition_state::receiving : partition_state::active;
  x.routed = routed;
  x.range = routed ? range : hash_range{};
  x.created = map_.version + 1;
  x.born_receiving = receiving;
  x.born_with = x.range;
  x.born_voters = map_.roster.in_role(member_role::voter);
  x.where.factor = factor;
  x.where.version = x.created;
  if (auto wanted = replicas_wanted(map_, x.where, x.born_voters.size()); wanted > 0) {
    x.where.replicas = x.born_voters = nodes.choose(wanted, {});
    nodes.place({}, x.where.replicas);
  }
  map_.partitions.insert(std::ranges::lower_bound(map_.partitions, x.id, {}, &partition_info::id), x);
  ++kept_;
  while (map_.find(map_.next_id) != nullptr)
    ++map_.next_id;
  return x.id;
}

void map_state::remove(partition_info& x) {
  x.state = partition_state::removed;
  --kept_;
}

/// The newest one, so it comes last.
operation_info& map_state::add_operation(operation_id id, operation_kind kind, const partition_info& source) {
  operation_info x;
  x.id = id;
  x.kind = kind;
  x.source = source.id;
  x.routed = source.routed;
  if (source.routed)
    x.moving = source.range;
  x.source_generation = source.current;
  last_operation_ = id;
  return map_.operations.emplace_back(std::move(x));
}

partition_info* map_state::find(partition_id id) noexcept {
  return const_cast<partition_info*>(map_.find(id)); // NOLINT: of a map that is not const
}

operation_info* map_state::find(operation_id id) noexcept {
  return const_cast<operation_info*>(map_.find(id)); // NOLINT: of a map that is not const
}

} // namespace kommander
