#include "tests/sim/elastic/clients.hpp"

#include <algorithm>
#include <utility>

#include "tests/linearizability/checker.hpp"
#include "tests/sim/checker/violation.hpp"

namespace kommander::sim {

using linearizability::action;

namespace {

constexpr std::uint64_t client_stream = 31;
constexpr unsigned attempts_max = 12;
constexpr std::uint64_t clients_a_key = 3;

} // namespace

elastic_clients::elastic_clients(const plan& settings, const elastic_facts& facts, dose& counts, const tracer& trace)
  : plan_{settings},
    facts_{facts},
    dose_{counts},
    trace_{trace},
    random_{settings.seed, client_stream} {
  for (std::uint32_t i = 0; i < place_count * clients_a_key; ++i) {
    auto& x = clients_.emplace_back();
    x.key = routed_key(i % place_count);
    if (i / place_count < 2)
      new_session(x);
  }
  // And of the keys that are not routed: who comes first takes the next one of them.
  for (std::uint32_t i = 0; i < 6; ++i) {
    auto& x = clients_.emplace_back();
    x.key = unrouted_key(partition_id{0}, i % 2);
    if (i < 4)
      new_session(x);
  }
}

// -- operations -----------------------------------------------------------------------------------------------------

void elastic_clients::new_session(client& x) {
  x.session = client_id{++last_session_};
  x.sequence = 0;
  x.lineage = {};
}

void elastic_clients::pass(std::uint64_t tick, bool talkative) {
  now_ = tick;
  if (talkative) {
    for (auto sum = plan_.key_operations; random_.chance(sum); sum -= 1) {
      auto number = random_.below(clients_.size());
      auto& x = clients_[number];
      if (x.operation == 0)
        begin(x, number, !random_.chance(0.3), tick);
    }
    if (random_.chance(plan_.map_changes))
      change_map();
  }
  for (auto& x : clients_)
    if (x.operation != 0 && tick >= x.repeat_at)
      send(x, tick);
}

void elastic_clients::burst(std::uint64_t tick) {
  for (std::size_t i = 0; i < clients_.size(); ++i)
    if (clients_[i].operation == 0)
      begin(clients_[i], i, true, tick);
}

void elastic_clients::begin(client& x, std::size_t number, bool writes, std::uint64_t tick) {
  if (!is_routed(x.key) && !silent_ && random_.chance(0.3)) {
    // Another key, in another session.
    std::vector<key_id> all;
    for (const auto& [key, cell] : facts_.cells())
      if (!is_routed(key))
        all.push_back(key);
    auto key = all[random_.below(all.size())];
    if (key != x.key && x.session)
      new_session(x);
    x.key = key;
  }
  auto& op = operations_.emplace_back();
  auto id = operations_.size() - 1;
  op.client = number;
  op.is_read = !writes;
  op.has_session = writes && x.session;
  op.what.operation = id;
  op.what.key = x.key;
  op.what.what = op.is_read ? action::read : static_cast<action>(random_.below(3));
  op.what.expected = random_.chance(0.9) ? last_told_[x.key] : id;
  op.invoked = ++moment_;
  x.operation = id;
  x.attempts = 0;
  if (op.has_session)
    ++x.sequence;
  if (x.map == nullptr || random_.chance(0.2))
    x.map = view_.some_map();
  x.repeat_at = tick;
}

/// Where to, with which generation; that of keys with a place is left out mostly.
std::optional<key_holder> elastic_clients::route(const client& x) {
  if (!is_routed(x.key))
    return view_.holder(x.key);
  const auto* owner = x.map ? x.map->route(x.key) : nullptr;
  if (owner == nullptr)
    return std::nullopt;
  return key_holder{owner->id, random_.chance(0.2) ? owner->current : generation{}};
}

void elastic_clients::send(client& x, std::uint64_t tick) {
  auto& op = operations_[x.operation];
  x.repeat_at = tick + random_.between(plan_.client_patience / 2, plan_.client_patience);
  if (!op.has_session && !op.is_read && x.attempts > 0)
    return give_up(x); // it may have been applied, and a repetition would not be known as one
  // A partition that is removed takes its sessions along: what covers its place anew knows of no repetitions.
  const auto* cell = facts_.cell(x.key);
  auto lineage = cell != nullptr ? cell->lineage : partition_id{};
  if (x.attempts == 0)
    x.asked = lineage;
  if (++x.attempts > attempts_max || (op.has_session && lineage != x.asked))
    return give_up(x);
  if (random_.chance(0.2) || !x.map)
    x.map = view_.some_map();
  auto to = route(x);
  if (!to) {
    x.map = view_.some_map();
    x.repeat_at = tick + random_.between(1, 50);
    return;
  }
  auto partition = to->partition;
  auto request = elastic_request{partition, ++last_attempt_, op.is_read, op.what, {}, {}};
  request.what.expected_generation = to->current.value();
  if (op.has_session)
    request.origin = {x.session, x.sequence};
  attempts_[request.attempt] = x.operation;
  auto leader = view_.leader(partition);
  auto node = leader && !random_.chance(0.1) ? leader : node_id{random_.between(1, plan_.nodes)};
  if (trace_.on())
    trace_.line("operation " + std::to_string(x.operation) + " on key " + std::to_string(x.key) + " attempt "
                + std::to_string(x.attempts) + " to n" + to_string(node) + " p" + to_string(partition)
                + (op.has_session ? " session " + to_string(x.session) + "." + std::to_string(x.sequence) : "")
                + (op.is_read ? " read" : ""));
  view_.send(node, request);
}

void elastic_clients::give_up(client& x) {
  auto& op = operations_[x.operation];
  x.operation = 0;
  ++dose_.key_given_up;
  if (op.has_session)
    new_session(x);
}

// -- answers --------------------------------------------------------------------------------------------------------

void elastic_clients::answered(std::uint64_t attempt, const client_answer& answer) {
  auto found = attempts_.extract(attempt);
  if (found.empty())
    return;
  auto id = found.mapped();
  auto& op = operations_[id];
  auto& x = clients_[op.client];
  if (trace_.on())
    trace_.line("operation " + std::to_string(id) + " is answered: " + std::string{to_string(answer.code)} + " at "
                + to_string(answer.index) + " " + answer.reason);
  if (op.answered != linearizability::never)
    return;
  if (answer.code == status::success)
    return succeed(x, op, answer);
  if (x.operation != id)
    return;
  if (answer.code == status::session_expired) {
    const auto* cell = facts_.cell(x.key);
    if (x.lineage && cell != nullptr && cell->lineage == x.lineage && x.sequence > 1)
      throw violation{"session " + to_string(x.session) + " of key " + std::to_string(x.key)
                      + " is not known any more: " + answer.reason};
    return give_up(x);
  }
  auto is_refused = outcome(answer.code) == proposal_outcome::not_applied;
  if (op.has_session || op.is_read) {
    x.repeat_at = std::min(x.repeat_at, now_ + 1 + random_.below(20));
    if (answer.code == status::partition_moved || answer.code == status::unknown_partition) {
      ++dose_.key_moved;
      x.map = view_.some_map();
    }
  } else if (is_refused) {
    x.operation = 0;
    op.end = "refused";
  }
}

void elastic_clients::succeed(client& x, operation& op, const client_answer& answer) {
  auto id = op.what.operation;
  op.answered = ++moment_;
  if (x.operation == id)
    x.operation = 0;
  ++dose_.key_acknowledged;
  if (op.is_read) {
    op.found = answer.cell->value;
    op.lineage = answer.cell->lineage;
    last_told_[x.key] = op.found;
    return;
  }
  const auto* done = facts_.find(id);
  if (done == nullptr)
    throw violation{"operation " + std::to_string(id) + " is acknowledged, and was applied nowhere"};
  if (done->ticket != answer.ticket || done->index != answer.index)
    throw violation{"operation " + std::to_string(id) + " is acknowledged with ticket " + to_string(answer.ticket)
                    + " at " + to_string(answer.index) + ", and was applied with " + to_string(done->ticket) + " at "
                    + to_string(done->index)};
  if (op.has_session && !x.lineage)
    x.lineage = done->lineage;
  if (done->put)
    last_told_[x.key] = id;
}

void elastic_clients::map_answered(const control_result& x) {
  if (trace_.on())
    trace_.line("a change of the map is answered: " + std::string{to_string(x.code)} + " at " + to_string(x.index) + " "
                + x.reason);
  ++(x.code == status::success ? dose_.changes_taken : dose_.changes_refused);
}

// -- the map --------------------------------------------------------------------------------------------------------

void elastic_clients::change_map() {
  auto command = draw_command();
  if (!command)
    return;
  elastic_request x;
  x.map_change = encode(*command);
  view_.send(node_id{random_.between(1, plan_.nodes)}, x);
}

std::optional<map_command> elastic_clients::draw_command() {
  const auto& map = *facts_.map();
  if (map.partitions.empty())
    return std::nullopt;
  if (plan_.rosters && random_.chance(0.25))
    return draw_roster_command(map);
  if (random_.chance(0.2) && !map.operations.empty())
    return map_cancel{
      map.operations[map.operations.size() - 1 - random_.below(std::min<std::size_t>(map.operations.size(), 4))].id};
  if (random_.chance(0.1) && random_.chance(0.3))
    return map_create{};
  for (std::uint32_t i = 0; i < place_count && random_.chance(0.5); ++i)
    if (map.route(i * cell_size) == nullptr)
      return map_create{{}, true, {i * cell_size, i * cell_size + cell_size - 1}};
  return draw_begin(map);
}

/// Somebody wants a node out, or in after all, or another number of replicas.
map_command elastic_clients::draw_roster_command(const partition_map& map) {
  if (random_.chance(0.3)) {
    member_change x;
    x.what = random_.chance(0.7) ? member_step::leave : member_step::stay;
    x.node = node_id{random_.between(1, plan_.nodes)};
    return x;
  }
  map_replication x;
  if (random_.chance(0.7))
    x.factor = static_cast<std::uint32_t>(random_.between(plan_.factor_min, 4));
  if (random_.chance(0.6))
    x.partition = map.partitions[random_.below(map.partitions.size())].id;
  return x;
}

std::optional<map_command> elastic_clients::draw_begin(const partition_map& map) {
  std::vector<const partition_info*> kept;
  for (const auto& x : map.partitions)
    if (x.state != partition_state::removed)
      kept.push_back(&x);
  if (kept.empty())
    return std::nullopt;
  const auto& source = *kept[random_.below(kept.size())];
  map_begin x;
  x.source = source.id;
  if (random_.chance(0.05)) {
    x.kind = operation_kind::remove;
    x.leaves_hole = true;
  } else if (random_.chance(kept.size() > plan_.partitions_wanted ? 0.9 : 0.4)) {
    x.kind = operation_kind::merge;
    const auto* neighbour = map.route(random_.chance(0.5) ? source.range.last + 1 : source.range.first - 1);
    if (source.routed && neighbour != nullptr)
      x.target = neighbour->id;
    if (!source.routed)
      x.target = kept[random_.below(kept.size())]->id;
  } else {
    x.routed = source.routed && random_.chance(0.9);
    if (x.routed)
      x.boundary = static_cast<std::uint32_t>(random_.below(place_count)) * cell_size;
  }
  return x;
}

// -- the end of a run -------------------------------------------------------------------------------------------------

void elastic_clients::fall_silent() {
  for (auto& x : clients_)
    if (x.operation != 0)
      give_up(x);
  silent_ = true;
}

std::vector<key_id> elastic_clients::owned_keys() const {
  std::vector<key_id> result;
  for (const auto& [key, cell] : facts_.cells())
    if (is_routed(key) ? facts_.map()->route(key) != nullptr : view_.holder(key).has_value())
      result.push_back(key);
  return result;
}

bool elastic_clients::write_everything(std::uint64_t tick) {
  now_ = tick;
  auto done = true;
  for (auto key : owned_keys()) {
    auto [at, is_new] = final_.try_emplace(key);
    auto& mine = at->second;
    if (is_new) {
      mine.client = clients_.size();
      clients_.emplace_back().key = key;
      new_session(clients_.back());
    }
    auto& x = clients_[mine.client];
    if (mine.operation != 0 && operations_[mine.operation].answered != linearizability::never) {
      ++mine.stage;
      mine.operation = 0;
    }
    if (mine.stage == 2)
      continue;
    done = false;
    x.map = facts_.map();
    if (x.operation == 0) {
      begin(x, mine.client, mine.stage == 0, tick);
      mine.operation = x.operation;
    }
  }
  return done;
}

std::optional<linearizability::operation> elastic_clients::history_item(std::uint64_t id, const operation& x) const {
  auto is_open = x.answered == linearizability::never;
  linearizability::operation result;
  result.invoked = x.invoked;
  result.answered = x.answered;
  auto key_of = [&](partition_id lineage) { return (lineage.value() << 32) + x.what.key; };
  if (x.is_read) {
    if (is_open)
      return std::nullopt;
    result.key = key_of(x.lineage);
    result.value = x.found;
    return result;
  }
  const auto* done = facts_.find(id);
  if (done == nullptr || (is_open && !done->put))
    return std::nullopt; // it had no effect, and nobody was told anything
  result.key = key_of(done->lineage);
  result.what = x.what.what;
  result.expected = x.what.expected;
  result.value = x.what.what == action::read ? done->found : id;
  result.swapped = x.what.what != action::compare_and_set || done->put;
  return result;
}

void elastic_clients::check_histories() const {
  linearizability::history history;
  for (std::uint64_t id = 1; id < operations_.size(); ++id)
    if (auto item = history_item(id, operations_[id]))
      history.push_back(*item);
  dose_.operations += history.size();
  if (auto found = linearizability::check(history); !found.ok())
    throw violation{"what clients were told of keys is not linearizable: " + found.why};
}

} // namespace kommander::sim
