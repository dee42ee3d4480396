#include "kommander/testing/cluster.hpp"

#include <algorithm>
#include <map>

using namespace std::chrono_literals;

namespace kommander::testing {

namespace {

struct client_task {
  std::function<void(caf::event_based_actor*)> run;
};

} // namespace

} // namespace kommander::testing

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::testing::client_task)

namespace kommander::testing {

/// What the state machine of one start of a node was given.
struct cluster::delivered {
  struct line {
    log_index index;
    std::string type;
    bytes payload;

    friend bool operator==(const line&, const line&) = default;
  };

  std::map<partition_id, std::vector<line>> lines;
  std::map<partition_id, log_index> begins; ///< The machine held everything up to here by other means.

  void begin(partition_id partition, log_index after) {
    begins[partition] = after;
    lines[partition].clear();
  }

  [[nodiscard]] log_index begin_of(partition_id partition) const {
    auto found = begins.find(partition);
    return found == begins.end() ? log_index{} : found->second;
  }

  /// Those after `index`.
  [[nodiscard]] std::vector<line> after(partition_id partition, log_index index) const {
    auto result = of(partition);
    std::erase_if(result, [index](const line& x) { return x.index <= index; });
    return result;
  }

  void add(partition_id partition, const std::vector<entry>& entries) {
    for (const auto& x : entries)
      lines[partition].push_back({x.index, x.type, x.payload});
  }

  [[nodiscard]] const std::vector<line>& of(partition_id partition) const {
    static const std::vector<line> none;
    auto found = lines.find(partition);
    return found == lines.end() ? none : found->second;
  }

  [[nodiscard]] bool holds(partition_id partition, log_index index, const std::string& payload) const {
    if (index <= begin_of(partition))
      return true;
    const auto& all = of(partition);
    auto i = std::ranges::lower_bound(all, index, {}, &line::index);
    return i != all.end() && i->index == index && i->payload.view() == payload;
  }
};

struct cluster::slot {
  wal_factory log;
  raft_actor handle;
  bool joins = false; ///< It is none of the initial members.
  std::shared_ptr<delivered> lines = std::make_shared<delivered>();
};

namespace {

/// Sends what tests want to send, and gets the answers.
caf::behavior client(caf::event_based_actor* self) {
  return {
    [=](const client_task& x) { x.run(self); },
  };
}

// -- the way to the application's state machine: what passes is written down ----------------------------------------

template <class Entries, class Self, class Lines, class Machine>
auto entries_to(Self* self, std::shared_ptr<Lines> to, Machine inner) {
  return [=](Entries& x) {
    to->add(x.partition, x.entries);
    return self->delegate(inner, std::move(x));
  };
}

/// What is of no interest here.
template <class Message, class Self, class Machine>
auto passed_to(Self* self, Machine inner) {
  return [=](const Message& x) { return self->delegate(inner, x); };
}

template <class Message, class Self, class Machine>
auto told_to(Self* self, Machine inner) {
  return [=](const Message& x) { self->send(inner, x); };
}

/// What the machine is given begins after what it has durably, or has taken over.
template <class Self, class Lines, class Machine>
auto durable_index_of(Self* self, std::shared_ptr<Lines> to, Machine inner) {
  return [=](const get_durable_index& x) {
    auto promise = self->template make_response_promise<durable_state>();
    self->request(inner, caf::infinite, x)
      .then(
        [=, p = x.partition](const durable_state& y) mutable {
          to->begin(p, y.index);
          promise.deliver(y);
        },
        [=](caf::error& y) mutable { promise.deliver(std::move(y)); });
    return promise;
  };
}

template <class Self, class Lines, class Machine>
auto imports_of(Self* self, std::shared_ptr<Lines> to, Machine inner) {
  return [=](const import_state& x) {
    auto promise = self->template make_response_promise<import_result>();
    self->request(inner, caf::infinite, x)
      .then(
        [=](const import_result& y) mutable {
          if (y.ok && x.last)
            to->begin(x.partition, x.index);
          promise.deliver(y);
        },
        [=](caf::error& y) mutable { promise.deliver(std::move(y)); });
    return promise;
  };
}

template <class Lines>
state_machine::behavior_type recorder(state_machine::pointer self, std::shared_ptr<Lines> to,
                                      const state_machine& inner) {
  cafx::use_library_handlers(self);
  self->link_to(inner);
  return {entries_to<restore_entries>(self, to, inner), entries_to<apply_entries>(self, to, inner)};
}

template <class Lines>
full_state_machine::behavior_type full_recorder(full_state_machine::pointer self, std::shared_ptr<Lines> to,
                                                const full_state_machine& inner) {
  cafx::use_library_handlers(self);
  self->link_to(inner);
  return {entries_to<restore_entries>(self, to, inner),
          entries_to<apply_entries>(self, to, inner),
          durable_index_of(self, to, inner),
          passed_to<export_state>(self, inner),
          told_to<end_export>(self, inner),
          imports_of(self, to, inner),
          told_to<abort_import>(self, inner)};
}

template <class Lines>
divisible_state_machine::behavior_type divisible_recorder(divisible_state_machine::pointer self,
                                                          std::shared_ptr<Lines> to,
                                                          const divisible_state_machine& inner) {
  cafx::use_library_handlers(self);
  self->link_to(inner);
  return {entries_to<restore_entries>(self, to, inner),
          entries_to<apply_entries>(self, to, inner),
          durable_index_of(self, to, inner),
          passed_to<export_state>(self, inner),
          told_to<end_export>(self, inner),
          imports_of(self, to, inner),
          told_to<abort_import>(self, inner),
          passed_to<export_range>(self, inner),
          passed_to<import_range>(self, inner),
          passed_to<drop_range>(self, inner)};
}

template <class Lines>
machine_handle record(caf::actor_system& system, std::shared_ptr<Lines> to, const machine_handle& inner) {
  if (inner.divisible)
    return system.spawn(divisible_recorder<Lines>, std::move(to), inner.divisible);
  if (inner.full)
    return system.spawn(full_recorder<Lines>, std::move(to), inner.full);
  return system.spawn(recorder<Lines>, std::move(to), inner.plain);
}

caf::actor_system_config& prepare(caf::actor_system_config& config, const cluster_options& options) {
  setup(config);
  config.set("scheduler.policy", caf::atom("testing"));
  if (options.setup)
    options.setup(config);
  return config;
}

} // namespace

// -- construction -------------------------------------------------------------------------------------------------

cluster::cluster(machine_maker machines, cluster_options options)
  : system{std::make_unique<caf::actor_system>(prepare(config_, options))},
    network{in_process_network::make(options.seed)},
    machines_{std::move(machines)},
    options_{std::move(options)},
    client_{system->spawn(client)},
    scheduler{*system, options_.seed} {
  for (std::size_t i = 1; i <= options_.nodes; ++i) {
    slots_.push_back(std::make_unique<slot>());
    slots_.back()->log = options_.log ? options_.log(i) : memory_wal();
  }
}

cluster::~cluster() {
  end();
}

void cluster::end() {
  if (!system)
    return;
  for (auto& x : slots_) {
    caf::anon_send_exit(x->handle, caf::exit_reason::kill);
    x->handle = raft_actor{};
  }
  caf::anon_send_exit(client_, caf::exit_reason::kill);
  client_ = caf::actor{};
  scheduler.settle();
  system.reset();
}

// -- nodes --------------------------------------------------------------------------------------------------------

const cluster::slot& cluster::slot_of(std::size_t number) const {
  return *slots_.at(number - 1);
}

cluster::slot& cluster::slot_of(std::size_t number) {
  return *slots_.at(number - 1);
}

raft_config cluster::config_of(std::size_t number) const {
  raft_config x;
  x.node_name = "n" + std::to_string(number);
  x.node_id = number;
  x.initial_partitions = options_.partitions;
  x.heartbeat_interval = 100ms;
  x.check_leader_interval = 50ms;
  x.start_election_timeout = 400ms;
  x.ping_interval = 200ms;
  x.ping_timeout = 100ms;
  x.suspicion_timeout = 1s;
  x.gossip_interval = 1s;
  x.end_election_timeout = 800ms;
  x.proposal_timeout = 3s;
  x.election_seed = options_.seed;
  x.detached_wal_actors = false;
  x.enable_leader_balancer = false; // leaders stay where elections have put them
  x.log_level = "off";
  if (options_.adjust)
    options_.adjust(x);
  return x;
}

raft_parts cluster::parts_of(std::size_t number) const {
  raft_parts x;
  x.log = slot_of(number).log;
  x.net = in_process_transport(network);
  for (std::size_t i = 1; i <= slots_.size(); ++i)
    if (!slot_of(i).joins)
      x.discovery.members.push_back({node_id{i}, {"127.0.0.1", static_cast<std::uint16_t>(7000 + i)}});
  x.discovery.join = slot_of(number).joins;
  return x;
}

result<raft_actor> cluster::start(std::size_t number) {
  auto& x = slot_of(number);
  require(!x.handle, "node " + std::to_string(number) + " does not run");
  x.lines = std::make_shared<delivered>();
  auto machine = record(*system, x.lines, machines_(*system, number));
  auto started = spawn_raft(*system, config_of(number), parts_of(number), machine);
  if (started)
    x.handle = *started;
  return started;
}

void cluster::start_all() {
  for (std::size_t i = 1; i <= slots_.size(); ++i) {
    auto started = start(i);
    require(started.ok(), "node " + std::to_string(i) + " starts: " + (started ? "" : started.error().message));
  }
}

std::size_t cluster::add_node() {
  auto& x = *slots_.emplace_back(std::make_unique<slot>());
  x.joins = true;
  x.log = options_.log ? options_.log(slots_.size()) : memory_wal();
  return slots_.size();
}

operation_result cluster::stop(std::size_t number) {
  auto& x = slot_of(number);
  auto answer = await(ask<operation_result>(x.handle, kommander::stop{}));
  x.handle = raft_actor{};
  return answer;
}

void cluster::crash(std::size_t number) {
  auto& x = slot_of(number);
  caf::anon_send_exit(x.handle, caf::exit_reason::kill);
  x.handle = raft_actor{};
  scheduler.settle();
}

bool cluster::is_up(std::size_t number) const {
  return static_cast<bool>(slot_of(number).handle);
}

std::vector<std::size_t> cluster::up() const {
  std::vector<std::size_t> result;
  for (std::size_t i = 1; i <= slots_.size(); ++i)
    if (is_up(i))
      result.push_back(i);
  return result;
}

raft_actor cluster::node(std::size_t number) const {
  return slot_of(number).handle;
}

void cluster::set_log(std::size_t number, wal_factory log) {
  slot_of(number).log = std::move(log);
}

// -- requests -----------------------------------------------------------------------------------------------------

void cluster::do_later(std::function<void(caf::event_based_actor*)> what) {
  caf::anon_send(client_, client_task{std::move(what)});
}

pending_ptr<propose_result> cluster::propose_later(std::size_t number, partition_id partition, std::string type,
                                                   std::string payload,
                                                   std::function<void(const propose_result&)> answered) {
  auto answer = std::make_shared<pending<propose_result>>();
  auto to = slot_of(number).handle;
  propose message;
  message.partition = partition;
  message.type = std::move(type);
  message.payloads.push_back(bytes::copy(payload));
  do_later([=, this](caf::event_based_actor* self) {
    auto taken = [=, this](propose_result& x) {
      if (x.code == status::success)
        acknowledged_.push_back({partition, x.index, payload});
      if (answered)
        answered(x);
      answer->value = std::move(x);
    };
    self->request(to, caf::infinite, message).then(taken, [=](caf::error& x) { answer->error = std::move(x); });
  });
  return answer;
}

std::size_t cluster::leader_of(partition_id partition) {
  for (auto tries = 0; tries < 1000; ++tries) {
    for (auto i : up()) {
      auto known = await(ask<leader_result>(node(i), is_leader{partition}));
      if (known.code != status::success)
        continue;
      // A leader that was cut off may still think that it leads.
      std::size_t agreeing = 0;
      for (auto j : up()) {
        auto other = await(ask<leader_result>(node(j), get_leader{partition}));
        agreeing += other.leader.id == node_id{i} && other.term == known.term ? 1 : 0;
      }
      if (agreeing >= replicas_of(partition) / 2 + 1)
        return i;
    }
    scheduler.run_for(50ms);
  }
  throw cluster_failure{"partition " + to_string(partition) + " has no leader"};
}

void cluster::propose_surely(partition_id partition, const std::string& type, const std::string& payload) {
  for (auto tries = 0; tries < 100; ++tries)
    if (await(propose_later(leader_of(partition), partition, type, payload)).code == status::success)
      return;
  throw cluster_failure{"\"" + payload + "\" was not acknowledged in a hundred tries"};
}

// -- checks -------------------------------------------------------------------------------------------------------

void cluster::require(bool condition, const std::string& what) {
  if (!condition)
    throw cluster_failure{"not so: " + what};
}

/// The newest one that any node has known here.
void cluster::read_map() {
  for (auto i : up())
    if (auto x = await(ask<partition_map>(node(i), get_partition_map{})); x.version > map_.version)
      map_ = std::move(x);
}

/// The partitions that there are.
std::vector<partition_id> cluster::present_partitions() {
  read_map();
  std::vector<partition_id> result{partition_id{}};
  for (const auto& x : map_.partitions)
    if (x.state != partition_state::removed)
      result.push_back(x.id);
  for (std::uint64_t i = 1; i <= options_.partitions && !map_.version; ++i)
    result.push_back(partition_id{i});
  return result;
}

/// How many nodes have it.
std::size_t cluster::replicas_of(partition_id partition) {
  read_map();
  const auto* known = map_.find(partition);
  return known != nullptr && known->where.is_placed() ? known->where.replicas.size() : slots_.size();
}

/// Those that are up and have it.
std::vector<std::size_t> cluster::hosts_of(partition_id partition) const {
  auto result = up();
  if (const auto* known = map_.find(partition))
    std::erase_if(result, [&](std::size_t i) { return !known->where.hosts(node_id{i}); });
  return result;
}

/// Why the nodes that are up do not hold the same, and all that was acknowledged; empty if they do.
std::string cluster::difference() {
  auto partitions = present_partitions();
  for (const auto& x : acknowledged_)
    for (auto i : hosts_of(x.partition))
      if (std::ranges::binary_search(partitions, x.partition)
          && !slot_of(i).lines->holds(x.partition, x.index, x.payload))
        return "node " + std::to_string(i) + " does not hold \"" + x.payload + "\", which was acknowledged at index "
               + to_string(x.index) + " of partition " + to_string(x.partition);
  for (auto p : partitions) {
    auto running = hosts_of(p);
    if (running.empty())
      continue;
    auto begin = log_index{}; // where all were given entries
    for (auto i : running)
      begin = std::max(begin, slot_of(i).lines->begin_of(p));
    const auto first = slot_of(running.front()).lines->after(p, begin);
    for (auto i : running) {
      const auto other = slot_of(i).lines->after(p, begin);
      if (auto [x, y] = std::ranges::mismatch(first, other); x != first.end() || y != other.end())
        return "nodes " + std::to_string(running.front()) + " and " + std::to_string(i)
               + " were given different entries of partition " + to_string(p) + " from index "
               + to_string(x != first.end() ? x->index : y->index) + " on";
    }
    for (std::size_t i = 1; i < first.size(); ++i)
      if (first[i - 1].index >= first[i].index)
        return "entry " + to_string(first[i].index) + " of partition " + to_string(p)
               + " was given out of order, or twice";
  }
  return {};
}

void cluster::check_replicas() {
  require(!up().empty(), "a node runs");
  for (auto waited = 0ms; !difference().empty() && waited < 1min; waited += 50ms)
    scheduler.run_for(50ms);
  if (auto wrong = difference(); !wrong.empty())
    throw cluster_failure{wrong};
  scheduler.settle(); // what the state machines were given they have done, too
}

} // namespace kommander::testing
