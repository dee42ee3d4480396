#include "tests/cluster/virtual_cluster.hpp"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

using namespace std::chrono_literals;

namespace cluster_test {

using namespace kommander;

namespace {

using task = std::function<void(caf::event_based_actor*)>;

struct client_task {
  task run;
};

} // namespace

} // namespace cluster_test

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cluster_test::client_task)

namespace cluster_test {

namespace {

/// Sends what tests want to send, and gets the answers.
caf::behavior client(caf::event_based_actor* self) {
  return {
    [=](const client_task& x) { x.run(self); },
  };
}

event_listener::behavior_type listener(event_listener::pointer, event_log log) {
  return {
    [=](const restore_started& x) { log->push_back("restore_started " + to_string(x.partition)); },
    [=](const restore_finished& x) {
      log->push_back("restore_finished " + to_string(x.partition) + " at " + to_string(x.index));
    },
    [=](const replication_error& x) {
      log->push_back("replication_error " + to_string(x.partition) + " at " + to_string(x.index) + ": " + x.reason);
    },
    [=](const leader_changed& x) {
      log->push_back("leader_changed " + to_string(x.partition) + " to " + to_string(x.leader.id));
    },
    [=](const partition_failed& x) { log->push_back("partition_failed " + to_string(x.partition) + ": " + x.reason); },
  };
}

caf::actor_system_config& for_tests(caf::actor_system_config& config) {
  setup(config);
  config.set("scheduler.policy", caf::atom("testing"));
  return config;
}

std::string make_directory() {
  auto pattern = (std::filesystem::temp_directory_path() / "kommander-cluster-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error{"no directory could be made like " + pattern};
  return pattern;
}

} // namespace

// -- construction -------------------------------------------------------------------------------------------------

virtual_cluster::virtual_cluster(cluster_options options)
  : system{std::make_unique<caf::actor_system>(for_tests(config))},
    network{in_process_network::make(options.seed)},
    options_{std::move(options)},
    slots_(options_.nodes),
    client_{system->spawn(client)},
    scheduler{*system, options_.seed} {
  for (auto& x : slots_) {
    if (options_.rocksdb) {
      x.path = make_directory();
      x.log = rocksdb_wal(x.path + "/log");
    } else {
      x.log = memory_wal();
    }
  }
}

virtual_cluster::~virtual_cluster() {
  for (auto& x : slots_) {
    caf::anon_send_exit(x.handle, caf::exit_reason::kill);
    x.handle = raft_actor{};
  }
  caf::anon_send_exit(client_, caf::exit_reason::kill);
  client_ = caf::actor{};
  scheduler.settle();
  system.reset();
  for (auto& x : slots_)
    if (!x.path.empty())
      std::filesystem::remove_all(x.path);
}

// -- nodes --------------------------------------------------------------------------------------------------------

raft_config virtual_cluster::config_of(std::size_t number) const {
  raft_config x;
  x.node_name = "n" + std::to_string(number);
  x.node_id = number;
  x.initial_partitions = options_.partitions;
  x.heartbeat_interval = 100ms;
  x.check_leader_interval = 50ms;
  x.start_election_timeout = 400ms;
  x.end_election_timeout = 800ms;
  x.proposal_timeout = 3s;
  x.election_seed = options_.seed;
  x.detached_wal_actors = false;
  x.log_level = "off";
  if (options_.adjust)
    options_.adjust(x);
  return x;
}

raft_parts virtual_cluster::parts_of(std::size_t number) const {
  raft_parts x;
  x.log = slot(number).log;
  x.net = in_process_transport(network);
  for (std::size_t i = 1; i <= slots_.size(); ++i)
    x.discovery.members.push_back({node_id{i}, {"127.0.0.1", static_cast<std::uint16_t>(7000 + i)}});
  return x;
}

result<raft_actor> virtual_cluster::start(std::size_t number) {
  auto& x = slots_.at(number - 1);
  x.lines = std::make_shared<journal>();
  auto started =
    spawn_raft(*system, config_of(number), parts_of(number), spawn_machine(*system, x.lines, options_.hooks));
  if (started)
    x.handle = *started;
  return started;
}

void virtual_cluster::start_all() {
  for (std::size_t i = 1; i <= slots_.size(); ++i) {
    auto started = start(i);
    require(started.ok(), "node " + std::to_string(i) + " starts: " + (started ? "" : started.error().message));
  }
}

operation_result virtual_cluster::stop(std::size_t number) {
  auto& x = slots_.at(number - 1);
  auto answer = await(ask<operation_result>(x.handle, kommander::stop{}));
  x.handle = raft_actor{};
  return answer;
}

void virtual_cluster::kill(std::size_t number) {
  auto& x = slots_.at(number - 1);
  caf::anon_send_exit(x.handle, caf::exit_reason::kill);
  x.handle = raft_actor{};
  scheduler.settle();
}

std::vector<std::size_t> virtual_cluster::up() const {
  std::vector<std::size_t> result;
  for (std::size_t i = 1; i <= slots_.size(); ++i)
    if (is_up(i))
      result.push_back(i);
  return result;
}

// -- requests -----------------------------------------------------------------------------------------------------

void virtual_cluster::do_later(task what) {
  caf::anon_send(client_, client_task{std::move(what)});
}

pending_ptr<propose_result> virtual_cluster::propose_later(std::size_t number, partition_id partition,
                                                           std::string payload) {
  auto answer = std::make_shared<pending<propose_result>>();
  auto to = slot(number).handle;
  auto lines = slot(number).lines;
  do_later([=, this](caf::event_based_actor* self) {
    auto taken = [=, this](propose_result& x) {
      if (x.code == status::success) {
        if (!lines->holds(partition, x.index, payload))
          violations_.push_back("\"" + payload + "\" was acknowledged before it was applied");
        acknowledged_.push_back({partition, x.index, payload});
      }
      answer->value = std::move(x);
    };
    self->request(to, caf::infinite, kommander::propose{partition, "test", bytes::copy(payload)})
      .then(taken, [=](caf::error& x) { answer->error = std::move(x); });
  });
  return answer;
}

std::size_t virtual_cluster::leader_of(partition_id partition) {
  for (auto tries = 0; tries < 1000; ++tries) {
    for (auto i : up()) {
      auto known = await(ask<leader_result>(slot(i).handle, is_leader{partition}));
      if (known.code != status::success)
        continue;
      // A leader that was cut off may still think that it leads.
      std::size_t agreeing = 0;
      for (auto j : up()) {
        auto other = await(ask<leader_result>(slot(j).handle, get_leader{partition}));
        agreeing += other.leader.id == node_id{i} && other.term == known.term ? 1 : 0;
      }
      if (agreeing >= slots_.size() / 2 + 1)
        return i;
    }
    scheduler.run_for(50ms);
  }
  require(false, "a leader was found");
  return 0;
}

void virtual_cluster::propose_surely(partition_id partition, const std::string& payload) {
  for (auto tries = 0; tries < 100; ++tries)
    if (propose(leader_of(partition), partition, payload).code == status::success)
      return;
  require(false, "a proposal was acknowledged in the end");
}

event_log virtual_cluster::listen(std::size_t number) {
  auto log = std::make_shared<std::vector<std::string>>();
  event_listener handle = system->spawn(listener, log);
  caf::anon_send(slot(number).handle, subscribe{handle}); // at once: before anything else that happens
  return log;
}

// -- checks -------------------------------------------------------------------------------------------------------

void virtual_cluster::require(bool condition, const std::string& what) {
  if (!condition)
    throw std::runtime_error{"not so: " + what};
}

bool virtual_cluster::replicas_agree() const {
  auto running = up();
  for (std::uint64_t p = 0; p <= options_.partitions; ++p) {
    for (const auto& x : acknowledged_)
      for (auto i : running)
        if (x.partition == partition_id{p} && !journal_of(i).holds(x.partition, x.index, x.payload))
          return false;
    for (auto i : running)
      if (journal_of(i).size(partition_id{p}) != journal_of(running.front()).size(partition_id{p}))
        return false;
  }
  return true;
}

void virtual_cluster::check_replicas() {
  require(violations_.empty(), violations_.empty() ? "" : violations_.front());
  auto agreed = scheduler.run_until([&] { return replicas_agree(); }, 1min);
  for (std::uint64_t p = 0; p <= options_.partitions; ++p)
    check_partition(partition_id{p});
  require(agreed, "all replicas hold everything that was acknowledged");
}

void virtual_cluster::check_partition(partition_id partition) const {
  auto running = up();
  const auto first = journal_of(running.front()).of(partition);
  for (std::size_t i = 1; i < first.size(); ++i)
    require(first[i - 1].index < first[i].index, "entries arrive in order, each once");
  for (auto i : running) {
    const auto other = journal_of(i).of(partition);
    auto common = std::min(first.size(), other.size());
    require(std::equal(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(common), other.begin()),
            "replicas hold the same entries at the same indexes in partition " + to_string(partition));
  }
  for (const auto& x : acknowledged_)
    for (auto i : running)
      require(x.partition != partition || journal_of(i).holds(partition, x.index, x.payload),
              "node " + std::to_string(i) + " holds \"" + x.payload + "\", acknowledged at index "
                + to_string(x.index));
}

} // namespace cluster_test
