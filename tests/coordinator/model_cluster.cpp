#include "tests/coordinator/model_cluster.hpp"

#include <algorithm>
#include <utility>

#include "tests/coordinator/rosters.hpp"

namespace kommander::test {

namespace {

constexpr std::uint64_t step_milliseconds = 5;
constexpr std::uint64_t answer_steps = 300; ///< Whoever has no answer by then is told that there is none.
constexpr std::uint64_t late_steps = 400;
constexpr std::size_t partitions_wanted = 12;
constexpr std::uint64_t rest_steps = 40'000;

} // namespace

model_cluster::model_cluster(std::uint64_t seed) : random_{seed, 17} {
  loss_ = random_.chance(0.3) ? 0 : random_.uniform(0, 0.1);
  doubling_ = random_.chance(0.3) ? 0 : random_.uniform(0, 0.1);
  lateness_ = random_.chance(0.3) ? 0 : random_.uniform(0, 0.1);
  unrest_ = random_.chance(0.2) ? 0 : random_.log_uniform(0.0005, 0.02);
  delay_max_ = random_.log_between(1, 40);
  options_.initial_partitions = random_.between(1, 4);
  options_.initial_members = first_members(nodes_max);
  options_.copies_max = random_.between(1, 4);
  if (random_.chance(0.5))
    options_.operation_timeout = std::chrono::seconds{random_.between(1, 5)};
  system_.on_change = [this](const auto& map) { map_changed(map); };
  for (auto& x : nodes_)
    start(x);
}

model_report model_cluster::run(std::uint64_t steps) {
  while (now_ < steps && report_.wrong.empty())
    step();
  faulty_ = false;
  for (auto& x : nodes_)
    if (!x.core)
      start(x);
  auto rests = [this] {
    auto is_running = [](const auto& x) { return !is_over(x.phase); };
    return events_.empty() && system_.is_idle() && std::ranges::none_of(system_.state().map().operations, is_running)
           && std::ranges::all_of(partitions_, [](const auto& x) { return x.second->is_idle(); });
  };
  while (!rests() && report_.wrong.empty() && now_ < steps + rest_steps)
    step();
  if (report_.wrong.empty() && !rests())
    fail("it does not come to rest");
  if (report_.wrong.empty())
    check_end();
  return report_;
}

void model_cluster::fail(const std::string& why) {
  if (report_.wrong.empty())
    report_.wrong = "step " + std::to_string(now_) + ": " + why;
}

// -- time and messages ----------------------------------------------------------------------------------------------

void model_cluster::at(std::uint64_t step, std::function<void()> what) {
  events_.emplace(std::max(step, now_ + 1), std::move(what));
}

/// Most messages take about as long; a few are so late that much has changed meanwhile.
std::uint64_t model_cluster::draw_delay() {
  return random_.between(1, faulty_ && random_.chance(lateness_) ? late_steps : delay_max_);
}

void model_cluster::later(const std::function<void()>& what) {
  for (auto copies = faulty_ && random_.chance(doubling_) ? 2 : 1; copies > 0; --copies)
    if (!faulty_ || !random_.chance(loss_))
      at(now_ + draw_delay(), what);
}

void model_cluster::run_events() {
  while (!events_.empty() && events_.begin()->first <= now_) {
    auto what = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    what();
  }
}

void model_cluster::step() {
  ++now_;
  run_events();
  step_logs();
  tell_leadership();
  if (faulty_)
    step_users();
  for (std::uint64_t i = 1; i <= nodes_max; ++i)
    step_node(node_id{i});
  check();
}

// -- nodes ----------------------------------------------------------------------------------------------------------

node_id model_cluster::any_node() {
  for (;;)
    if (node_id id{random_.between(1, nodes_max)}; of(id).core)
      return id;
}

void model_cluster::start(node& x) {
  x.core = std::make_unique<coordinator_core>(options_);
  ++x.life;
  x.view = random_.below(x.view + 1); // its disk may be behind
  if (x.view > 0)
    x.core->map(system_.history()[x.view - 1]);
}

void model_cluster::crash(node_id id) {
  of(id).core.reset();
  ++report_.counts["crashes"];
  if (system_.leader() == id)
    system_.depose();
  for (auto& [name, x] : partitions_)
    if (x->leader() == id)
      x->depose();
}

/// Whoever leads partition 0 hears of it late, and later still that it leads no more.
void model_cluster::tell_leadership() {
  auto leader = system_.is_ready() ? system_.leader() : node_id{};
  if (told_leader_ && (told_leader_ != system_.leader() || told_term_ != system_.term()))
    tell(std::exchange(told_leader_, {}), std::nullopt);
  if (leader && told_term_ != system_.term()) {
    told_leader_ = leader;
    told_term_ = system_.term();
    tell(leader, told_term_);
  }
}

void model_cluster::tell(node_id id, std::optional<raft_term> term) {
  auto& x = of(id);
  x.news_from = std::max(x.news_from, now_ + draw_delay());
  at(x.news_from, [this, id, term, life = x.life, known = system_.history().size()] {
    auto& y = of(id);
    if (!y.core || y.life != life)
      return;
    if (term && y.view < known) { // whoever is ready has applied what was there
      y.view = known;
      y.core->map(system_.history()[known - 1]);
    }
    y.core->leads(term);
  });
}

void model_cluster::step_node(node_id id) {
  auto& x = of(id);
  if (!x.core)
    return;
  if (x.view < system_.history().size() && random_.chance(0.3))
    x.core->map(system_.history()[x.view++]);
  x.core->tick(std::chrono::milliseconds{now_ * step_milliseconds});
  for (const auto& y : x.core->take_requests())
    send(id, y);
}

void model_cluster::send(node_id from, const coordinator_request& x) {
  auto life = of(from).life;
  later([this, from, life, x] { arrive(from, life, x); });
  at(now_ + answer_steps, [this, from, life, x] {
    auto& y = of(from);
    if (!y.core || y.life != life)
      return;
    if (std::holds_alternative<range_export>(x.what))
      y.core->answered(x.number, range_part{status::proposal_timeout, {}, {}, {}, {}, {}, false});
    else
      y.core->answered(x.number, control_result{status::proposal_timeout, {}, {}, {}});
  });
}

template <class Answer>
void model_cluster::answer(node_id to, std::uint64_t life, std::uint64_t number, const Answer& x) {
  later([=, this] {
    if (auto& y = of(to); y.core && y.life == life)
      y.core->answered(number, x);
  });
}

void model_cluster::arrive(node_id from, std::uint64_t life, const coordinator_request& x) {
  if (const auto* what = std::get_if<range_export>(&x.what)) {
    auto found = partitions_.find(what->what.source);
    auto part = found != partitions_.end() ? found->second->export_range(*what, random_) : range_part{};
    if (found == partitions_.end())
      part.code = status::unknown_partition;
    answer(from, life, x.number, part);
    return;
  }
  const auto& what = std::get<control_proposal>(x.what);
  auto* log = find(what.partition);
  if (log == nullptr || !log->is_ready()) {
    constexpr std::array transient{status::node_is_not_leader, status::restore_in_progress, status::errored,
                                   status::proposal_queue_full};
    auto code = log == nullptr ? status::unknown_partition : transient[random_.below(transient.size())];
    answer(from, life, x.number, control_result{code, {}, {}, "nobody leads"});
    return;
  }
  model_entry entry;
  entry.control = what.payload;
  entry.answer = [this, from, life, number = x.number](const auto& y) { answer(from, life, number, y); };
  log->append(std::move(entry));
}

// -- logs -----------------------------------------------------------------------------------------------------------

model_log* model_cluster::find(partition_id id) {
  if (!id)
    return &system_;
  auto found = partitions_.find(id);
  return found != partitions_.end() ? found->second.get() : nullptr;
}

void model_cluster::step_logs() {
  if (faulty_) {
    auto up = std::ranges::count_if(nodes_, [](const auto& x) { return x.core != nullptr; });
    if (up > 1 && random_.chance(unrest_ / 4))
      crash(any_node());
    for (auto& x : nodes_)
      if (!x.core && random_.chance(0.02))
        start(x);
  }
  auto step_log = [this](model_log& x) {
    if (faulty_ && x.leader() && random_.chance(unrest_))
      x.depose();
    if (!x.leader() && random_.chance(0.1)) {
      x.elect(any_node(), random_);
      ++report_.counts["elections"];
    }
    x.progress(random_);
    if (!x.wrong.empty())
      fail(x.wrong);
  };
  step_log(system_);
  for (auto& [id, x] : partitions_)
    step_log(*x);
}

/// Nodes start what is new. What was removed they drop, at some time.
void model_cluster::map_changed(const partition_map& map) {
  for (const auto& x : map.partitions) {
    if (x.state == partition_state::removed) {
      at(now_ + random_.between(1, 200), [this, id = x.id] {
        if (auto found = partitions_.find(id); found != partitions_.end()) {
          report_.counts["exports lost"] += found->second->exports_lost;
          partitions_.erase(found);
        }
      });
    } else if (!partitions_.contains(x.id)) {
      partitions_.emplace(x.id, std::make_unique<model_partition>(x));
    }
  }
  for (const auto& x : map.operations)
    operation_changed(map, x);
}

void model_cluster::operation_changed(const partition_map& map, const operation_info& x) {
  if (x.phase == operation_phase::committed && committed_.insert(x.id).second) {
    const auto& source = partitions_.at(x.source);
    if (x.kind == operation_kind::remove) // with all that is in it
      for (const auto& [id, place] : source->content())
        removed_.insert(id);
    else if (x.copies_itself)
      partitions_.at(x.target)->receive(source->part_of(moving_of(x)));
  }
  if (!is_over(x.phase) || !ended_.insert(x.id).second)
    return;
  ++report_
      .counts[std::string{to_string(x.kind)} + (x.routed ? "" : " unrouted") + " " + std::string{to_string(x.phase)}];
  if (x.reason.find("goes on here") != std::string::npos || x.reason.find("owns nothing yet") != std::string::npos)
    fail("operation " + to_string(x.id) + " of version " + to_string(map.version) + " has found another: " + x.reason);
}

// -- users ----------------------------------------------------------------------------------------------------------

void model_cluster::step_users() {
  if (random_.chance(0.3))
    write();
  if (random_.chance(0.03))
    change_map();
}

/// By a map that may be old.
void model_cluster::write() {
  const auto& history = system_.history();
  if (history.empty())
    return;
  const auto& map = *history[history.size() - 1 - random_.below(std::min<std::size_t>(history.size(), 6))];
  auto id = ++last_write_;
  auto place = static_cast<std::uint32_t>(random_.below(cells) * cell_size + random_.below(cell_size));
  const auto* where = map.route(place);
  if (random_.chance(0.2)) {
    const auto& any = map.partitions[random_.below(map.partitions.size())];
    if (!any.routed) {
      where = &any;
      place = any_place;
    }
  }
  if (where == nullptr)
    return;
  auto expected = random_.chance(0.2) ? where->current : generation{};
  auto arrives = [=, this, to = where->id] { write_arrives(id, to, place, expected); };
  // Without sessions, a second copy could be taken by a partition that has given the first one away: nothing says that
  // what no key leads to is not its own any more.
  if (where->routed)
    later(arrives);
  else
    at(now_ + draw_delay(), arrives);
}

void model_cluster::write_arrives(write_id id, partition_id where, std::uint32_t place, generation expected) {
  auto found = partitions_.find(where);
  if (found == partitions_.end() || !found->second->is_ready())
    return;
  if (found->second->refusal(place, expected)) {
    ++report_.counts["writes refused"];
    return;
  }
  model_entry entry;
  entry.write = id;
  entry.place = place;
  entry.answer = [this, id](const auto&) { acknowledged_.insert(id); };
  found->second->append(std::move(entry));
}

void model_cluster::change_map() {
  auto command = draw_command();
  if (!command)
    return;
  later([this, payload = encode(*command)] {
    model_entry entry;
    entry.control = payload;
    if (system_.is_ready())
      system_.append(std::move(entry));
  });
}

std::optional<map_command> model_cluster::draw_command() {
  const auto& map = system_.state().map();
  if (map.partitions.empty())
    return std::nullopt;
  if (random_.chance(0.15) && !map.operations.empty())
    return map_cancel{
      map.operations[map.operations.size() - 1 - random_.below(std::min<std::size_t>(map.operations.size(), 4))].id};
  if (random_.chance(0.1)) {
    if (random_.chance(0.5))
      return map_create{};
    for (std::uint32_t i = 0; i < cells; ++i)
      if (map.route(i * cell_size) == nullptr)
        return map_create{{}, true, {i * cell_size, i * cell_size + cell_size - 1}};
  }
  return draw_begin(map);
}

std::optional<map_command> model_cluster::draw_begin(const partition_map& map) {
  std::vector<const partition_info*> kept;
  for (const auto& x : map.partitions)
    if (x.state != partition_state::removed)
      kept.push_back(&x);
  if (kept.empty())
    return std::nullopt;
  const auto& source = *kept[random_.below(kept.size())];
  map_begin x;
  x.source = source.id;
  x.copies_itself = random_.chance(0.1);
  if (random_.chance(0.05)) {
    x.kind = operation_kind::remove;
    x.leaves_hole = true;
  } else if (random_.chance(kept.size() > partitions_wanted ? 0.9 : 0.4)) {
    x.kind = operation_kind::merge;
    const auto* neighbour = map.route(random_.chance(0.5) ? source.range.last + 1 : source.range.first - 1);
    if (source.routed && neighbour != nullptr)
      x.target = neighbour->id;
    if (!source.routed)
      x.target = kept[random_.below(kept.size())]->id;
  } else {
    x.routed = source.routed && random_.chance(0.9);
    if (x.routed)
      x.boundary = static_cast<std::uint32_t>(random_.below(cells)) * cell_size;
  }
  return x;
}

// -- checks ---------------------------------------------------------------------------------------------------------

void model_cluster::check() {
  auto has_changed = std::exchange(system_.has_changed, false);
  for (auto& [id, x] : partitions_)
    has_changed = std::exchange(x->has_changed, false) || has_changed;
  if (!has_changed)
    return;
  const auto& map = system_.state().map();
  for (std::uint32_t i = 0; i < cells; ++i)
    check_place(map, i * cell_size);
}

/// At most one partition would take a write. What no operation goes on at takes its own.
void model_cluster::check_place(const partition_map& map, std::uint32_t place) {
  std::vector<partition_id> takers;
  for (const auto& [id, x] : partitions_)
    if (x->routed() && x->takes(place))
      takers.push_back(id);
  if (takers.size() > 1)
    fail("partitions " + to_string(takers[0]) + " and " + to_string(takers[1]) + " would take a write for place "
         + std::to_string(place));
  const auto* owner = map.route(place);
  if (owner == nullptr || map.running_at(owner->id) != nullptr)
    return;
  if (!partitions_.at(owner->id)->serves(place) || takers != std::vector{owner->id})
    fail("partition " + to_string(owner->id) + " does not take a write for place " + std::to_string(place)
         + ", though no operation goes on there");
}

void model_cluster::check_end() {
  const auto& map = system_.state().map();
  std::map<write_id, partition_id> where;
  for (const auto& x : map.partitions) {
    if (x.state == partition_state::removed)
      continue;
    const auto& partition = *partitions_.at(x.id);
    report_.counts["exports lost"] += partition.exports_lost;
    for (const auto& [id, place] : partition.content()) {
      if (auto [other, is_new] = where.emplace(id, x.id); !is_new)
        fail("write " + std::to_string(id) + " is in partitions " + to_string(other->second) + " and "
             + to_string(x.id));
      if (x.routed && !x.range.contains(place))
        fail("write " + std::to_string(id) + " is in partition " + to_string(x.id) + ", which does not own its place");
    }
    if (!x.routed && !partition.serves(any_place))
      fail("partition " + to_string(x.id) + " serves nobody");
  }
  for (auto id : acknowledged_)
    if (!where.contains(id) && !removed_.contains(id))
      fail("write " + std::to_string(id) + " was acknowledged, and is lost");
  report_.counts["writes acknowledged"] += acknowledged_.size();
  report_.counts["writes removed"] += removed_.size();
}

} // namespace kommander::test
