#include <array>
#include <optional>

#include "kommander/kommander.hpp"
#include "kommander/testing/in_process_network.hpp"
#include "tests/cluster/journal.hpp"
#include "tests/support/temporary_directory.hpp"

#define CAF_SUITE cluster_threads
#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t nodes = 3;
constexpr std::uint32_t partitions = 4;
constexpr std::size_t proposals_per_partition = 2000;
constexpr std::size_t in_flight = 64;

struct threads_config : caf::actor_system_config {
  threads_config() {
    setup(*this);
  }
};

/// An acknowledged entry.
struct acknowledged {
  partition_id partition;
  log_index index;
  std::string payload;
};

/// The present handles of all nodes. Safe to use from several threads.
class node_directory {
public:
  void set(std::size_t i, raft_actor x) {
    std::lock_guard guard{mutex_};
    handles_[i] = std::move(x);
  }

  raft_actor get(std::size_t i) const {
    std::lock_guard guard{mutex_};
    return handles_[i];
  }

private:
  mutable std::mutex mutex_;
  std::array<raft_actor, nodes> handles_;
};

struct load_plan {
  partition_id partition;
  std::shared_ptr<node_directory> handles;
};

struct load_progress {
  load_plan plan;
  std::size_t sent = 0;
  std::size_t open = 0;
  std::size_t target = 0; ///< Where the leader is thought to be.
  std::vector<acknowledged> answers;
  caf::typed_response_promise<std::vector<acknowledged>> promise;
};

struct run_load {};

using load_actor = cafx::typed<std::vector<acknowledged>(run_load)>;

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(run_load)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<acknowledged>)

namespace {

/// Keeps `in_flight` proposals open until all are acknowledged. What a node refuses or leaves unknown is proposed again,
/// at the leader that it names or at the next node.
class load : public load_actor::base {
public:
  load(caf::actor_config& config, load_plan plan) : load_actor::base{config} {
    state_.plan = std::move(plan);
  }

  behavior_type make_behavior() override {
    return {
      [this](run_load) {
        state_.promise = make_response_promise<caf::typed_response_promise<std::vector<acknowledged>>>();
        while (state_.open < in_flight && state_.sent < proposals_per_partition)
          send_next(std::to_string(++state_.sent));
        return state_.promise;
      },
    };
  }

private:
  void send_next(std::string payload) {
    ++state_.open;
    propose request{state_.plan.partition, "load", bytes::copy(payload)};
    auto target = state_.target;
    this->request(state_.plan.handles->get(target), caf::infinite, std::move(request))
      .then([=, this](const propose_result& x) { on_answer(x, target, payload); },
            [=, this](const caf::error&) { turn_to_next(target, payload); });
  }

  void on_answer(const propose_result& x, std::size_t target, const std::string& payload) {
    if (x.code != status::success)
      return turn_to_next(target, payload);
    --state_.open;
    state_.answers.push_back({state_.plan.partition, x.index, payload});
    if (state_.sent < proposals_per_partition)
      send_next(std::to_string(++state_.sent));
    else if (state_.open == 0)
      state_.promise.deliver(std::move(state_.answers));
  }

  /// Waits, without a clock, for a leader to be known somewhere.
  void turn_to_next(std::size_t failed, const std::string& payload) {
    if (state_.target == failed)
      state_.target = (failed + 1) % nodes;
    this
      ->request(state_.plan.handles->get(state_.target), caf::infinite,
                wait_for_leader{state_.plan.partition, 0ms, 500ms})
      .then([=, this](const leader_result& x) { retry(x, payload); },
            [=, this](const caf::error&) { retry({}, payload); });
  }

  void retry(const leader_result& x, const std::string& payload) {
    if (x.code == status::success)
      state_.target = x.leader.id.value() - 1;
    else
      state_.target = (state_.target + 1) % nodes;
    --state_.open;
    send_next(payload);
  }

  load_progress state_;
};

/// Three nodes on threads of their own.
struct fixture {
  threads_config config;
  caf::actor_system system{config};
  std::shared_ptr<in_process_network> network = in_process_network::make(1, true);
  std::vector<wal_factory> logs;
  std::shared_ptr<node_directory> handles = std::make_shared<node_directory>();
  std::vector<cluster_test::journal_ptr> journals;
  std::optional<test::temporary_directory> directory;

  ~fixture() {
    for (std::size_t i = 0; i < nodes; ++i)
      stop_node(i);
  }

  void use_rocksdb() {
    directory.emplace();
    for (std::size_t i = 0; i < nodes; ++i)
      logs.push_back(rocksdb_wal(*directory / std::to_string(i)));
  }

  void use_memory() {
    for (std::size_t i = 0; i < nodes; ++i)
      logs.push_back(memory_wal());
  }

  void start_node(std::size_t i) {
    raft_config x;
    x.node_name = "t" + std::to_string(i + 1);
    x.node_id = i + 1;
    x.initial_partitions = partitions;
    x.heartbeat_interval = 100ms;
    x.check_leader_interval = 50ms;
    x.start_election_timeout = 400ms;
    x.ping_interval = 200ms;
    x.ping_timeout = 100ms;
    x.end_election_timeout = 800ms;
    x.log_level = "off";
    raft_parts parts;
    parts.log = logs[i];
    parts.net = in_process_transport(network);
    for (std::size_t j = 0; j < nodes; ++j)
      parts.discovery.members.push_back({node_id{j + 1}, {"127.0.0.1", static_cast<std::uint16_t>(7001 + j)}});
    journals[i] = std::make_shared<cluster_test::journal>();
    auto started = spawn_raft(system, x, std::move(parts), cluster_test::spawn_machine(system, journals[i]));
    CAF_REQUIRE(started.ok());
    handles->set(i, *started);
  }

  void start() {
    journals.resize(nodes);
    for (std::size_t i = 0; i < nodes; ++i)
      start_node(i);
  }

  void stop_node(std::size_t i) {
    auto node = handles->get(i);
    if (!node)
      return;
    caf::scoped_actor self{system};
    self->request(node, caf::infinite, stop{})
      .receive([](const operation_result& x) { CAF_CHECK(x.code == status::success); },
               [](const caf::error&) { CAF_ERROR("a stop is answered with a status"); });
    handles->set(i, {});
  }

  std::vector<acknowledged> run_all(const std::function<void(caf::scoped_actor&)>& meanwhile = {}) {
    caf::scoped_actor self{system};
    std::vector<load_actor> loads;
    for (std::uint32_t i = 1; i <= partitions; ++i)
      loads.push_back(system.spawn<load>(load_plan{partition_id{i}, handles}));
    for (const auto& x : loads)
      self->send(caf::actor_cast<caf::actor>(x), run_load{});
    if (meanwhile)
      meanwhile(self);
    std::vector<acknowledged> all;
    for (std::size_t i = 0; i < loads.size(); ++i)
      self->receive([&](const std::vector<acknowledged>& x) { all.insert(all.end(), x.begin(), x.end()); });
    return all;
  }

  /// Everything that was acknowledged is applied, where it was acknowledged, on every node.
  void check(const std::vector<acknowledged>& all) {
    CAF_REQUIRE_EQUAL(all.size(), partitions * proposals_per_partition);
    std::map<partition_id, log_index> last;
    for (const auto& x : all)
      last[x.partition] = std::max(last[x.partition], x.index);
    for (const auto& lines : journals)
      for (const auto& [partition, index] : last)
        CAF_REQUIRE(lines->wait_for(partition, index));
    std::size_t missing = 0;
    for (const auto& lines : journals)
      for (const auto& x : all)
        missing += lines->holds(x.partition, x.index, x.payload) ? 0 : 1;
    CAF_CHECK_EQUAL(missing, 0u);
    for (std::uint32_t i = 1; i <= partitions; ++i)
      check_order(partition_id{i}, last[partition_id{i}]);
  }

  /// All nodes hold the same up to `last`, in order, each entry once.
  void check_order(partition_id partition, log_index last) {
    auto upto = [&](const cluster_test::journal_ptr& x) {
      auto lines = x->of(partition);
      std::erase_if(lines, [&](const auto& line) { return line.index > last; });
      return lines;
    };
    auto first = upto(journals[0]);
    auto descends = [](const auto& x, const auto& y) { return x.index >= y.index; };
    CAF_CHECK(std::ranges::adjacent_find(first, descends) == first.end());
    for (const auto& x : journals)
      CAF_CHECK(upto(x) == first);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(thread_tests, fixture)

CAF_TEST(a load on all partitions is applied everywhere in one order) {
  use_memory();
  start();
  check(run_all());
}

CAF_TEST(a load survives the end and the return of a node on disk) {
  use_rocksdb();
  start();
  auto all = run_all([this](caf::scoped_actor& self) {
    self->request(handles->get(0), caf::infinite, join{})
      .receive([](const operation_result& x) { CAF_CHECK(x.code == status::success); },
               [](const caf::error&) { CAF_ERROR("a join is answered with a status"); });
    stop_node(0);
    start_node(0);
  });
  check(all);
}

CAF_TEST(many starts and stops leave nothing behind) {
  use_memory();
  for (auto i = 0; i < 20; ++i) {
    start();
    if (i % 2 == 0) {
      for (std::size_t n = 0; n < nodes; ++n)
        stop_node(n);
    } else {
      for (std::size_t n = 0; n < nodes; ++n) {
        caf::anon_send_exit(handles->get(n), i % 4 == 1 ? caf::exit_reason::kill : caf::exit_reason::user_shutdown);
        handles->set(n, {});
      }
    }
    system.await_all_actors_done();
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
