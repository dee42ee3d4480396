#include "tests/net/cluster/raft_cluster.hpp"

#include <algorithm>

#include "net/middleman/system_module.hpp"
#include "tests/net/eventually.hpp"
#include "tests/process/harness/child.hpp"

namespace kommander::test {

namespace {

using namespace std::chrono_literals;

const client_id proposer{77};

std::string payload_of(std::size_t number) {
  return "entry-" + std::to_string(number) + std::string(100, '.');
}

state_machine::behavior_type record(state_machine::pointer, std::shared_ptr<journal> where) {
  auto take = [where = std::move(where)](const std::vector<entry>& entries) {
    where->add(entries);
    return applied{};
  };
  return {
    [take](const restore_entries& x) { return take(x.entries); },
    [take](const apply_entries& x) { return take(x.entries); },
  };
}

raft_config settings_of(std::uint64_t id, security_config security) {
  raft_config x;
  x.node_name = "node" + std::to_string(id);
  x.node_id = id;
  x.host = process_test::own_address();
  x.port = process_test::next_port();
  x.client_port = process_test::next_port();
  x.cluster_id = raft_cluster::cluster_id();
  x.heartbeat_interval = 100ms;
  x.check_leader_interval = 50ms;
  x.start_election_timeout = 600ms;
  x.end_election_timeout = 1200ms;
  x.ping_interval = 200ms;
  x.ping_timeout = 100ms;
  x.log_level = "warn";
  x.security = std::move(security);
  return x;
}

} // namespace

void journal::add(const std::vector<entry>& entries) {
  std::lock_guard guard{mutex_};
  for (const auto& x : entries)
    all_.emplace_back(x.payload.view());
}

std::vector<std::string> journal::all() const {
  std::lock_guard guard{mutex_};
  return all_;
}

raft_cluster::node_config::node_config(raft_config settings) : raft{std::move(settings)} {
  load<caf::io::middleman>();
  setup(*this, raft);
}

raft_cluster::raft_cluster(const security_maker& security) {
  std::vector<node_info> all;
  for (std::uint64_t id = 1; id <= nodes_.size(); ++id) {
    of(id).settings = settings_of(id, security(id));
    of(id).log = directory_ / of(id).settings.node_name;
    all.push_back({node_id{id}, raft_address(id)});
  }
  for (auto& x : nodes_)
    x.others = all;
}

raft_cluster::~raft_cluster() {
  for (std::uint64_t id = 1; id <= nodes_.size(); ++id)
    stop(id);
}

void raft_cluster::detour(std::uint64_t from, std::uint64_t to, endpoint where) {
  for (auto& x : of(from).others)
    if (x.id == node_id{to})
      x.address = where;
}

std::string raft_cluster::start(std::uint64_t id) {
  auto& x = of(id);
  x.config = std::make_unique<node_config>(x.settings);
  x.system = std::make_unique<caf::actor_system>(*x.config);
  x.applied = std::make_shared<journal>();
  auto made = spawn_raft(*x.system, x.config->raft, {rocksdb_wal(x.log), middleman_transport(), {x.others}},
                         x.system->spawn(record, x.applied));
  if (!made)
    return made.error().message;
  x.handle = *made;
  return {};
}

std::string raft_cluster::start_all() {
  std::string wrong;
  for (std::uint64_t id = 1; id <= nodes_.size() && wrong.empty(); ++id)
    wrong = start(id);
  return wrong;
}

void raft_cluster::stop(std::uint64_t id) {
  auto& x = of(id);
  if (x.handle) {
    caf::scoped_actor self{*x.system};
    self->request(x.handle, caf::infinite, kommander::stop{})
      .receive([](const operation_result&) {}, [](const caf::error&) {});
  }
  x.handle = raft_actor{};
  x.system = nullptr;
  x.config = nullptr;
}

bool raft_cluster::commit(std::size_t n) {
  for (; n > 0; --n) {
    propose x{partition_id{1}, "entry", bytes{payload_of(committed_ + 1)}};
    x.client = proposer;
    x.sequence = committed_ + 1;
    if (!eventually([&] { return commit_one(x); }))
      return false;
    ++committed_;
  }
  return true;
}

bool raft_cluster::commit_one(const propose& x) {
  auto done = false;
  for (auto& node : nodes_) {
    if (!node.handle || done)
      continue;
    caf::scoped_actor self{*node.system};
    self->request(node.handle, caf::infinite, x)
      .receive([&](const propose_result& y) { done = y.code == status::success; }, [](const caf::error&) {});
  }
  return done;
}

std::string raft_cluster::verdict() {
  std::vector<std::string> expected;
  for (std::size_t i = 1; i <= committed_; ++i)
    expected.push_back(payload_of(i));
  for (auto& node : nodes_) {
    if (!node.handle)
      continue;
    eventually([&] { return node.applied->all().size() >= expected.size(); });
    auto found = node.applied->all();
    if (found != expected)
      return node.settings.node_name + " has applied " + std::to_string(found.size()) + " entries, not the "
             + std::to_string(expected.size()) + " that were committed, or others";
  }
  return {};
}

endpoint raft_cluster::raft_address(std::uint64_t id) const {
  return {of(id).settings.host, of(id).settings.port};
}

endpoint raft_cluster::client_address(std::uint64_t id) const {
  return {of(id).settings.host, of(id).settings.client_port};
}

net::socket_counters& raft_cluster::counters(std::uint64_t id) {
  return net::state_of(*of(id).system)->counters;
}

std::uint64_t raft_cluster::term(std::uint64_t id) {
  std::uint64_t term = 0;
  caf::scoped_actor self{*of(id).system};
  self->request(of(id).handle, caf::infinite, get_leader{partition_id{1}})
    .receive([&](const leader_result& x) { term = x.term.value(); }, [](const caf::error&) {});
  return term;
}

} // namespace kommander::test
