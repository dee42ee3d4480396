#include "tests/cluster/keyed_cluster.hpp"

#include <algorithm>

namespace cluster_test {

using namespace kommander;
using namespace std::chrono_literals;

namespace {

/// What may be different the next time, and has certainly not been done or can be asked for again.
bool is_transient(status x) {
  return x == status::node_is_not_leader || x == status::proposal_timeout || x == status::replication_failed
         || x == status::restore_in_progress || x == status::proposal_queue_full;
}

} // namespace

keyed_cluster::keyed_cluster(options x) {
  for (std::size_t i = 0; i < x.nodes; ++i) {
    disks.push_back(std::make_shared<keyed_disk>());
    watches.push_back(std::make_shared<keyed_watch>());
  }
  auto make = [this, divisible = x.divisible](caf::actor_system& system, std::size_t number) -> machine_handle {
    auto machine = spawn_keyed_store(system, disks[number - 1], watches[number - 1]);
    return divisible ? machine_handle{machine} : machine_handle{full_state_machine{machine}};
  };
  testing::cluster_options how;
  how.nodes = x.nodes;
  how.partitions = x.partitions;
  how.seed = x.seed;
  how.adjust = x.adjust;
  nodes = std::make_unique<cluster>(make, how);
  nodes->start_all();
  for (std::uint64_t i = 1; i <= x.partitions; ++i)
    nodes->leader_of(partition_id{i});
}

/// Whoever is told of maps may be gone already.
keyed_cluster::~keyed_cluster() {
  if (!watcher_)
    return;
  caf::anon_send_exit(watcher_, caf::exit_reason::kill);
  watcher_ = event_listener{};
  nodes->scheduler.settle();
}

// -- members --------------------------------------------------------------------------------------------------------

std::size_t keyed_cluster::add_node() {
  disks.push_back(std::make_shared<keyed_disk>());
  watches.push_back(std::make_shared<keyed_watch>());
  return nodes->add_node();
}

membership keyed_cluster::members_of(std::size_t number) {
  return nodes->await(nodes->ask<membership>(nodes->node(number), get_membership{}));
}

cluster_roster keyed_cluster::roster() {
  cluster_roster latest;
  for (auto i : nodes->up())
    if (auto x = members_of(i).roster; x.version > latest.version)
      latest = std::move(x);
  return latest;
}

bool keyed_cluster::wait_for_voters(const std::vector<std::size_t>& numbers) {
  std::vector<node_id> wanted;
  for (auto i : numbers)
    wanted.emplace_back(i);
  auto knows = [&](std::size_t i) {
    auto known = members_of(i).roster;
    return known.in_role(member_role::voter) == wanted && known.members.size() == wanted.size();
  };
  // A leader follows exactly the other members of its group.
  auto follows = [&](const partition_status& x, const partition_map& map) {
    std::vector<node_id> group;
    for (const auto& peer : x.peers)
      group.push_back(peer.peer);
    const auto* known = map.find(x.partition);
    const auto& all = known != nullptr && known->where.is_placed() ? known->where.replicas : wanted;
    return group.size() + 1 == all.size() && std::ranges::includes(all, group);
  };
  auto is_reached = [&] {
    if (!std::ranges::all_of(numbers, knows))
      return false;
    std::size_t led = 0;
    const auto now = map();
    for (auto i : numbers)
      for (const auto& x : nodes->await(nodes->ask<node_status>(nodes->node(i), get_status{})).partitions)
        if (x.role == raft_role::leader && !follows(x, now))
          return false;
        else if (x.role == raft_role::leader)
          ++led;
    auto all = now.partitions;
    std::erase_if(all, [](const partition_info& x) { return x.state == partition_state::removed; });
    return led == all.size() + 1;
  };
  return run(is_reached, 60s);
}

// -- the map ------------------------------------------------------------------------------------------------------

partition_map keyed_cluster::map_of(std::size_t number) {
  return nodes->await(nodes->ask<partition_map>(nodes->node(number), get_partition_map{}));
}

partition_map keyed_cluster::map() {
  partition_map latest;
  for (auto i : nodes->up())
    if (auto x = map_of(i); x.version > latest.version)
      latest = std::move(x);
  return latest;
}

change_result keyed_cluster::change(const change_partitions& what, std::size_t number) {
  for (auto tries = 0; tries < 200; ++tries) {
    auto up = nodes->up();
    auto to = number != 0 ? number : up[static_cast<std::size_t>(tries) % up.size()];
    auto answer = nodes->ask<change_result>(nodes->node(to), what);
    run([&] { return answer->done(); }, 1min);
    cluster::require(answer->value.has_value(), "a change of the map is answered");
    if (!is_transient(answer->value->code))
      return *answer->value;
    nodes->scheduler.run_for(50ms);
  }
  throw testing::cluster_failure{"a change of the map was not accepted in two hundred tries"};
}

change_result keyed_cluster::change_and_await(const change_partitions& what) {
  auto begun = change(what);
  return begun.code == status::success && begun.operation ? await_end(begun.operation) : begun;
}

change_result keyed_cluster::await_end(operation_id id) {
  auto is_ended = [id](const partition_map& x) {
    const auto* found = x.find(id);
    return found != nullptr && is_over(found->phase);
  };
  cluster::require(wait_for_map(is_ended), "operation " + to_string(id) + " ends");
  return change(await_operation(id));
}

bool keyed_cluster::wait_for_map(const std::function<bool(const partition_map&)>& condition) {
  for (auto waited = 0ms; waited < 2min; waited += 20ms) {
    if (condition(map()))
      return true;
    run([] { return false; }, 20ms);
  }
  return false;
}

void keyed_cluster::watch_maps(std::function<void(const partition_map&)> note) {
  watcher_ = nodes->system->spawn([note](event_listener::pointer) -> event_listener::behavior_type {
    return {[](const restore_started&) {},
            [](const restore_finished&) {},
            [](const replication_error&) {},
            [](const leader_changed&) {},
            [](const partition_failed&) {},
            [](const disk_stalled&) {},
            [note](const partition_map_changed& y) { note(*y.map); },
            [](const join_progress&) {}};
  });
  for (auto i : nodes->up())
    watch_maps_of(i);
}

void keyed_cluster::watch_maps_of(std::size_t number) {
  caf::anon_send(nodes->node(number), subscribe{watcher_});
}

// -- writes -------------------------------------------------------------------------------------------------------

propose keyed_cluster::request_for(const std::string& key, const std::string& word, std::uint64_t client) {
  propose x{partition_id{}, "put", bytes::copy(key + "=" + word)};
  x.place = route_key(key);
  x.client = client_id{client};
  x.sequence = 1;
  return x;
}

void keyed_cluster::put(const std::string& key, const std::string& word) {
  auto request = request_for(key, word, ++last_client_);
  for (auto tries = 0; tries < 1000; ++tries) {
    if (const auto known = map(); const auto* owner = known.route(request.place)) {
      request.partition = owner->id;
      auto up = nodes->up();
      for (auto i : up) {
        auto answer = nodes->ask<propose_result>(nodes->node(i), request);
        nodes->scheduler.run_until([&] { return answer->done(); }, 1min);
        if (answer->value && answer->value->code == status::success) {
          words_of_[key].push_back(word);
          words_.insert(word);
          return;
        }
      }
    }
    nodes->scheduler.run_for(20ms);
  }
  throw testing::cluster_failure{"\"" + key + "=" + word + "\" was not acknowledged in a thousand tries"};
}

void keyed_cluster::begin_writer(const std::string& name) {
  auto& x = writers_.emplace_back(std::make_unique<writer>());
  x->name = name;
  pump(*x);
}

/// Whatever is refused or unknown is asked again, of the next node: the session makes it once.
void keyed_cluster::pump(writer& x) {
  if (x.answer && !x.answer->done())
    return;
  if (x.answer && x.answer->value && x.answer->value->code == status::success) {
    words_of_[x.key].push_back(x.word);
    words_.insert(x.word);
    x.word.clear();
  }
  if (x.word.empty()) {
    x.answer.reset();
    if (ending_)
      return;
    x.word = x.name + "-" + std::to_string(++x.next);
    x.key = x.name + std::to_string(x.next % 17) + "/k";
    x.request = request_for(x.key, x.word, ++last_client_);
  }
  auto up = nodes->up();
  if (up.empty())
    return;
  // Any map will do that a node had: the partition refuses what it does not own.
  auto to = up[++x.tries % up.size()];
  auto answer = std::make_shared<testing::pending<propose_result>>();
  x.answer = answer;
  auto node = nodes->node(to);
  auto asked = nodes->ask<partition_map>(node, get_partition_map{});
  nodes->scheduler.run_until([&] { return asked->done(); }, 1s);
  const auto* owner = asked->value ? asked->value->route(x.request.place) : nullptr;
  if (owner == nullptr) {
    answer->error = caf::make_error(caf::sec::runtime_error);
    return;
  }
  x.request.partition = owner->id;
  x.answer = nodes->ask<propose_result>(node, x.request);
}

/// Writers write on meanwhile. Time must pass between their requests, or it would stand still.
bool keyed_cluster::run(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  for (auto waited = 0ms; waited < limit; waited += 5ms) {
    pump_all();
    if (nodes->scheduler.run_until(condition, 5ms))
      return true;
  }
  return false;
}

void keyed_cluster::pump_all() {
  for (auto& x : writers_)
    pump(*x);
}

void keyed_cluster::end_writers() {
  ending_ = true;
  for (auto waited = 0ms; waited < 2min; waited += 5ms) {
    pump_all();
    if (std::ranges::all_of(writers_, [](const auto& x) { return x->word.empty(); })) {
      writers_.clear();
      ending_ = false;
      return;
    }
    nodes->scheduler.run_for(5ms);
  }
  throw testing::cluster_failure{"a write was not acknowledged in two minutes"};
}

// -- checks -------------------------------------------------------------------------------------------------------

partition_id keyed_cluster::holder_of(std::size_t number, const std::string& key) {
  partition_id result;
  const auto known = map_of(number);
  for (const auto& [partition, state] : disks.at(number - 1)->states) {
    const auto* info = known.find(partition);
    if (info == nullptr || info->state == partition_state::removed || !state.keys.contains(key))
      continue;
    cluster::require(!result, "only one partition has " + key);
    result = partition;
  }
  return result;
}

std::vector<std::size_t> keyed_cluster::hosts_of(const partition_info& x) const {
  auto result = nodes->up();
  std::erase_if(result, [&](std::size_t i) { return !x.where.hosts(node_id{i}); });
  return result;
}

std::string keyed_cluster::difference() {
  const auto known = map();
  for (const auto& x : known.operations)
    if (!is_over(x.phase))
      return "operation " + to_string(x.id) + " goes on: " + std::string{to_string(x.phase)};
  for (auto i : nodes->up())
    if (map_of(i) != known)
      return "node " + std::to_string(i) + " has another map";
  for (const auto& x : known.partitions) {
    if (x.state == partition_state::removed)
      continue;
    auto hosts = hosts_of(x);
    if (hosts.empty())
      return "nobody who is up has partition " + to_string(x.id);
    auto first = hosts.front();
    for (auto i : hosts)
      for (const auto& [left, right] : {std::pair{first, i}, std::pair{i, first}})
        for (const auto& [key, words] : disks[left - 1]->states[x.id].keys)
          if (const auto& others = disks[right - 1]->states[x.id].keys;
              !others.contains(key) || others.at(key) != words)
            return "nodes " + std::to_string(first) + " and " + std::to_string(i) + " differ in partition "
                   + to_string(x.id) + ": node " + std::to_string(left) + " has " + std::to_string(words.size())
                   + " words under " + key + ", the other "
                   + (others.contains(key) ? std::to_string(others.at(key).size()) : "none");
  }
  return {};
}

void keyed_cluster::check() {
  for (auto waited = 0ms; waited < 2min && !difference().empty(); waited += 50ms)
    nodes->scheduler.run_for(50ms);
  if (auto wrong = difference(); !wrong.empty())
    throw testing::cluster_failure{wrong};
  const auto known = map();
  for (const auto& [key, words] : words_of_) {
    const auto* owner = known.route(route_key(key));
    cluster::require(owner != nullptr, key + " has an owner");
    auto held = disks[hosts_of(*owner).front() - 1]->states[owner->id].keys[key];
    for (const auto& word : words)
      cluster::require(std::ranges::count(held, word) == 1, "\"" + key + "=" + word + "\" stands "
                                                              + std::to_string(std::ranges::count(held, word))
                                                              + " times in partition " + to_string(owner->id));
  }
  for (const auto& x : known.partitions)
    if (x.routed && x.state != partition_state::removed)
      for (const auto& [key, words] : disks[hosts_of(x).front() - 1]->states[x.id].keys)
        cluster::require(words.empty() || x.range.contains(route_key(key)),
                         key + " does not belong to partition " + to_string(x.id));
}

} // namespace cluster_test
