/// kv: a replicated store of counters, on three nodes in this process. Clients count while a hot partition is split and split
/// again, and a part of it is merged with its neighbour. In the end every counter stands at what was acknowledged.
#include <kommander/client.hpp>
#include <kommander/kommander.hpp>
#include <kommander/testing/in_process_network.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace kommander;

namespace {

// -- the state machine: counters that can be divided ------------------------------------------------------------------

/// What one partition holds.
struct shelf {
  std::map<std::string, std::uint64_t> counters;
  operation_id last_import;       ///< The operation that has brought something here last,
  std::set<std::string> imported; ///< and what it was: it may have to go again.
};

struct store_state {
  std::map<partition_id, shelf> shelves;
  std::map<std::uint64_t, std::string> exports; ///< By session; those of ranges only.
};

/// A full machine that tells how a counter stands, besides.
using store_actor = divisible_state_machine::extend<caf::replies_to<partition_id, std::string>::with<std::uint64_t>>;

applied count(store_state& state, partition_id where, const std::vector<entry>& entries) {
  for (const auto& x : entries)
    ++state.shelves[where].counters[std::string{x.payload.view()}];
  return {}; // nothing is on a disk here: a restart begins with the whole log again
}

bool moves(const moving_state& what, const std::string& key) {
  return what.all || (what.routed && what.range.contains(route_key(key)));
}

/// Lines "key number" of what moves, taken down when the export begins.
std::string lines_of(const shelf& from, const moving_state& what) {
  std::string text;
  for (const auto& [key, number] : from.counters)
    if (moves(what, key))
      text += key + " " + std::to_string(number) + "\n";
  return text;
}

/// The lines from the cursor on, as many as fit.
state_chunk next_part(const std::string& text, const export_range& x) {
  auto from = x.cursor.empty() ? 0 : std::stoul(std::string{x.cursor.view()});
  auto to = std::min(text.size(), from + x.bytes_max);
  if (to < text.size())
    to = text.rfind('\n', to - 1) + 1;
  return {bytes::copy(text.substr(from, to - from)), bytes::copy(std::to_string(to)), to == text.size()};
}

import_result take_over(store_state& state, const import_range& x) {
  auto& to = state.shelves[x.what.target];
  if (x.offset == 0) {
    if (to.last_import == x.what.operation)
      for (const auto& key : to.imported)
        to.counters.erase(key);
    to.last_import = x.what.operation;
    to.imported.clear();
  }
  std::istringstream lines{std::string{x.data.view()}};
  std::string key;
  for (std::uint64_t number = 0; lines >> key >> number;) {
    to.counters[key] = number;
    to.imported.insert(key);
  }
  return {true, {}};
}

applied let_go(store_state& state, const drop_range& x) {
  auto& from = state.shelves[x.partition];
  auto is_source = x.partition == x.what.source;
  std::erase_if(from.counters, [&](const auto& y) {
    return is_source ? moves(x.what, y.first) : from.last_import == x.what.operation && from.imported.contains(y.first);
  });
  return {};
}

store_actor::behavior_type store(store_actor::stateful_pointer<store_state> self) {
  auto none = [](const auto&) { return import_result{false, "the log has everything: no snapshot is needed"}; };
  return {
    [self](const restore_entries& x) { return count(self->state, x.partition, x.entries); },
    [self](const apply_entries& x) { return count(self->state, x.partition, x.entries); },
    [](const get_durable_index&) { return durable_state{}; },
    [](const export_state&) -> caf::result<state_chunk> { return caf::make_error(caf::sec::runtime_error); },
    [self](const end_export& x) { self->state.exports.erase(x.session); },
    [none](const import_state& x) { return none(x); },
    [](const abort_import&) {},
    [self](const export_range& x) {
      if (x.cursor.empty())
        self->state.exports[x.session] = lines_of(self->state.shelves[x.what.source], x.what);
      return next_part(self->state.exports[x.session], x);
    },
    [self](const import_range& x) { return take_over(self->state, x); },
    [self](const drop_range& x) { return let_go(self->state, x); },
    [self](partition_id where, const std::string& key) { return self->state.shelves[where].counters[key]; },
  };
}

// -- clients ----------------------------------------------------------------------------------------------------------

constexpr std::uint64_t keys = 200;
constexpr std::size_t clients = 4;
constexpr std::size_t in_flight = 16;

std::string key_of(std::uint64_t i) {
  return "user" + std::to_string(i % keys) + "/visits";
}

using tally = std::map<std::string, std::uint64_t>;

struct counting_state {
  client_actor client;
  caf::actor boss;
  std::uint64_t next = 0;
  std::uint64_t open = 0;
  bool ending = false;
  tally acknowledged;
  std::uint64_t failed = 0;
  std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
  std::chrono::steady_clock::duration longest_pause{0};
};

using counting_actor = caf::stateful_actor<counting_state>;

/// Counts one up after the other until it is told to end; then the boss gets all that was acknowledged.
void count_on(counting_actor* self) {
  auto& state = self->state;
  while (state.open < in_flight && !state.ending) {
    auto key = key_of(state.next++ * 7919);
    ++state.open;
    auto answered = [self, key](bool success) {
      auto& own = self->state;
      auto now = std::chrono::steady_clock::now();
      own.longest_pause = std::max(own.longest_pause, now - own.last);
      own.last = now;
      --own.open;
      success ? ++own.acknowledged[key] : ++own.failed;
      count_on(self);
    };
    self->request(state.client, caf::infinite, client_write{key, "count", bytes::copy(key)})
      .then([=](const client_write_result& x) { answered(x.result.code == status::success); },
            [=](const caf::error&) { answered(false); });
  }
  auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(state.longest_pause).count();
  if (state.open == 0)
    self->send(state.boss, state.acknowledged, state.failed, static_cast<std::int64_t>(pause));
}

caf::behavior counting(counting_actor* self, const client_actor& client, const caf::actor& boss) {
  self->state.client = client;
  self->state.boss = boss;
  return {[self](bool goes_on) {
    self->state.ending = !goes_on;
    count_on(self);
  }};
}

// -- the cluster --------------------------------------------------------------------------------------------------------

struct node {
  store_actor machine;
  raft_actor raft;
};

std::vector<node> start_nodes(caf::actor_system& system) {
  auto network = in_process_network::make();
  static_discovery members;
  for (const auto* name : {"ada", "bob", "eve"})
    members.members.push_back({derive_node_id(name), {"127.0.0.1", 0}});
  std::vector<node> result;
  for (const auto* name : {"ada", "bob", "eve"}) {
    raft_config config;
    config.node_name = name;
    config.heartbeat_interval = std::chrono::milliseconds{50};
    config.check_leader_interval = std::chrono::milliseconds{25};
    config.start_election_timeout = std::chrono::milliseconds{200};
    config.ping_interval = std::chrono::milliseconds{100};
    config.ping_timeout = std::chrono::milliseconds{50};
    config.end_election_timeout = std::chrono::milliseconds{400};
    config.log_level = "warn";
    auto machine = system.spawn(store);
    auto raft = spawn_raft(system, config, {memory_wal(), in_process_transport(network), members}, machine);
    if (!raft) {
      std::cerr << raft.error().message << '\n';
      return {};
    }
    result.push_back({machine, *raft});
  }
  return result;
}

/// Asks for a change and waits for its end.
bool change(caf::scoped_actor& self, const raft_actor& at, const std::string& name, const change_partitions& what) {
  change_result answer;
  auto take = [&](const change_result& x) { answer = x; };
  auto lost = [](const caf::error&) {};
  self->request(at, caf::infinite, what).receive(take, lost);
  if (answer.code == status::success)
    self->request(at, caf::infinite, await_operation(answer.operation)).receive(take, lost);
  std::cout << name << ": " << to_string(answer.code) << (answer.reason.empty() ? "" : ", ") << answer.reason << '\n';
  return answer.code == status::success;
}

/// Where the keys are, and how many of the counters on each node are not what was acknowledged.
std::size_t compare(caf::scoped_actor& self, const std::vector<node>& nodes, const client_actor& client,
                    const tally& expected) {
  std::size_t wrong = 0;
  for (const auto& [key, number] : expected) {
    client_read_result where;
    self->request(client, caf::infinite, client_read{key})
      .receive([&](const client_read_result& x) { where = x; }, [](const caf::error&) {});
    for (const auto& x : nodes) {
      read_result ready; // the others catch up, too
      self->request(x.raft, caf::infinite, read_barrier{where.partition, read_policy::follower})
        .receive([&](const read_result& y) { ready = y; }, [](const caf::error&) {});
      self->request(x.machine, caf::infinite, where.partition, key)
        .receive([&](std::uint64_t found) { wrong += ready.code != status::success || found != number ? 1 : 0; },
                 [&](const caf::error&) { ++wrong; });
    }
  }
  return wrong;
}

struct app_config : caf::actor_system_config {
  app_config() {
    setup(*this);
  }
};

} // namespace

int main() {
  app_config config;
  caf::actor_system system{config};
  auto nodes = start_nodes(system);
  client_config reach;
  for (const auto* name : {"ada", "bob", "eve"})
    if (reach.nodes.size() < nodes.size())
      reach.nodes.push_back({.name = name, .local = nodes[reach.nodes.size()].raft});
  auto client =
    nodes.empty() ? result<client_actor>{failure{status::errored, "no nodes"}} : spawn_client(system, reach);
  if (!client) {
    std::cerr << client.error().message << '\n';
    return EXIT_FAILURE;
  }
  caf::scoped_actor self{system};
  self->request(nodes[0].raft, caf::infinite, join{}).receive([](const operation_result&) {}, [](const caf::error&) {});
  std::vector<caf::actor> counters;
  for (std::size_t i = 0; i < clients; ++i) {
    counters.push_back(system.spawn(counting, *client, caf::actor_cast<caf::actor>(self)));
    self->send(counters.back(), true);
  }
  constexpr partition_id one{1}, two{2}, three{3};
  auto well = change(self, nodes[0].raft, "split partition 1 into 1 and 2", split_partition(one));
  well = change(self, nodes[1].raft, "split partition 2 into 2 and 3", split_partition(two)) && well;
  well = change(self, nodes[2].raft, "merge partition 2 into 1", merge_partitions(one, two)) && well;
  for (const auto& x : counters)
    self->send(x, false);
  tally expected;
  std::uint64_t failed = 0;
  std::uint64_t acknowledged = 0;
  std::int64_t pause = 0;
  for (std::size_t i = 0; i < clients; ++i)
    self->receive([&](const tally& counted, std::uint64_t not_answered, std::int64_t longest) {
      for (const auto& [key, number] : counted)
        acknowledged += number, expected[key] += number;
      failed += not_answered;
      pause = std::max(pause, longest);
    });
  auto wrong = compare(self, nodes, *client, expected);
  std::cout << acknowledged << " counted, " << failed << " not; longest wait of a client for its next answer " << pause
            << " ms; " << wrong << " of " << expected.size() * nodes.size() << " counters wrong\n";
  caf::anon_send_exit(*client, caf::exit_reason::user_shutdown);
  for (const auto& x : nodes)
    self->request(x.raft, caf::infinite, stop{}).receive([](const operation_result&) {}, [](const caf::error&) {});
  return well && wrong == 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
