// Opens and checks everything that a node needs, and only then starts its actors: what is wrong is the caller's to see.
#include <algorithm>
#include <random>

#include <spdlog/spdlog.h>

#include "actors/raft/epoch.hpp"
#include "actors/raft/log.hpp"
#include "actors/raft/raft_actor.hpp"
#include "actors/raft/recovery.hpp"
#include "kommander/raft.hpp"

namespace kommander {

namespace {

/// Messages carry at least this much beside their entries' content.
constexpr std::size_t message_slack_bytes = std::size_t{1} << 20;

failure wrong(std::string message) {
  return {status::invalid_argument, std::move(message)};
}

// -- members ------------------------------------------------------------------------------------------------------

/// All members in ascending order of their ids, this node among them.
result<std::vector<node_info>> members_of(const node_info& self, const static_discovery& discovery) {
  auto members = discovery.members;
  if (std::ranges::find(members, self.id, &node_info::id) == members.end())
    members.push_back(self);
  std::ranges::sort(members, {}, &node_info::id);
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!members[i].id)
      return wrong("discovery names a member at " + to_string(members[i].address) + " without an id");
    if (i > 0 && members[i].id == members[i - 1].id)
      return wrong("discovery names node " + to_string(members[i].id) + " twice, at "
                   + to_string(members[i - 1].address) + " and at " + to_string(members[i].address));
  }
  return members;
}

/// This node as the settings and discovery have it.
result<node_info> identity(const raft_config& config, const static_discovery& discovery) {
  node_info self{config.effective_node_id(), {config.host, config.port}};
  auto named = std::ranges::find(discovery.members, self.id, &node_info::id);
  if (named == discovery.members.end() || named->address.port == 0)
    return self;
  if (self.address.port == 0)
    self.address.port = named->address.port;
  if (named->address.port != self.address.port)
    return wrong("port is " + std::to_string(config.port) + ", but discovery names this node (" + to_string(self.id)
                 + ") at " + to_string(named->address) + ": the others would not find it");
  return self;
}

// -- what the data directory belongs to ---------------------------------------------------------------------------

struct owned_value {
  std::string key;
  std::string value;
  std::string meaning; ///< For people: "the log belongs to <meaning> <stored value>".
};

std::string listed(const std::vector<node_info>& members) {
  std::string result;
  for (const auto& x : members) {
    if (!result.empty())
      result += ',';
    result += to_string(x.id);
  }
  return result;
}

/// A log is bound to the node, the cluster and its members when it is first used, and refused to all others: a vote or an
/// entry of another group would be taken for one's own.
result<done> check_ownership(wal& log, const raft_config& config, const std::vector<node_info>& members) {
  const owned_value values[] = {
    {"cluster_id", config.cluster_id, "cluster_id"},
    {"node_id", to_string(config.effective_node_id()), "node_id"},
    {"members", listed(members), "a cluster of members"},
  };
  for (const auto& x : values) {
    auto stored = log.get_metadata(x.key);
    if (!stored)
      return stored.error();
    if (!stored->empty() && *stored != x.value)
      return wrong("the log belongs to " + x.meaning + " " + *stored + ", but this node ("
                   + config.effective_node_name() + ") is configured with " + x.value
                   + ": give it a log of its own, or its former settings");
  }
  for (const auto& x : values) {
    auto stored = log.get_metadata(x.key);
    if (stored && stored->empty())
      if (auto written = log.set_metadata(x.key, x.value); !written)
        return written.error();
  }
  return done{};
}

/// What the node has stored about its partitions, and partition 0 and all those that it goes on with.
result<done> recover_all(wal& log, node_parts& node) {
  auto stored = log.get_metadata(hosted_record::name);
  if (!stored)
    return stored.error();
  auto hosted = decode_hosted_record(*stored);
  if (!hosted)
    return failure{status::storage_failed, "the log's list of its partitions was not written by this version of the "
                                           "library"};
  std::vector<partition_id> all{partition_id{}};
  for (const auto& [id, x] : hosted->partitions)
    if (!x.ending)
      all.push_back(id);
  for (auto id : all) {
    auto found = log.recover(id);
    if (!found)
      return failure{found.error().code, "partition " + to_string(id) + ": " + found.error().message};
    if (auto good = check_recovered(id, *found, node.members.size()); !good)
      return good.error();
    node.recovered.emplace(id, std::move(found).value());
  }
  node.hosted = std::move(*hosted);
  return done{};
}

result<std::shared_ptr<wal>> open_log(const wal_factory& factory) {
  if (!factory)
    return wrong("raft_parts.log is empty: give it a write-ahead log, for example rocksdb_wal(path)");
  try {
    auto opened = factory();
    if (!opened)
      return opened.error();
    return std::shared_ptr<wal>{std::move(opened).value()};
  } catch (const std::exception& e) {
    return failure{status::storage_failed, std::string{"the log could not be opened: "} + e.what()};
  }
}

// -- state machines and network -----------------------------------------------------------------------------------

result<done> make_machines(const state_machine_factory& factory, node_parts& node) {
  if (!factory)
    return wrong("the factory of state machines is empty");
  try {
    for (const auto& [id, x] : node.recovered) {
      auto made = factory(id);
      if (!made)
        return wrong("there is no state machine for partition " + to_string(id));
      node.machines.emplace(id, std::move(made));
    }
  } catch (const std::exception& e) {
    return wrong(std::string{"the factory of state machines has failed: "} + e.what());
  }
  node.factory = factory;
  return done{};
}

result<done> start_network(caf::actor_system& system, node_parts& node) {
  transport_context context;
  context.self = node.self;
  context.node_name = node.config.effective_node_name();
  context.cluster_id = node.config.cluster_id;
  context.deliver = [routes = node.routes](node_id, std::vector<raft_message>&& x) { routes->deliver(std::move(x)); };
  auto largest =
    std::max({node.config.proposal_queue_bytes_max, node.config.append_bytes_max, node.config.snapshot_chunk_bytes})
    + message_slack_bytes;
  context.message_bytes_max = std::max(context.message_bytes_max, largest);
  context.link_window_bytes = node.config.link_window_bytes;
  auto where = node.net->start(system, std::move(context));
  if (!where)
    return where.error();
  node.self.address = *where;
  for (auto& x : node.members)
    if (x.id == node.self.id)
      x.address = *where;
  return done{};
}

std::uint64_t election_seed(const raft_config& config) {
  if (config.election_seed != 0)
    return config.election_seed;
  std::random_device random;
  return (std::uint64_t{random()} << 32) | random();
}

/// Everything but the actors.
result<node_parts> prepare(caf::actor_system& system, const raft_config& config, raft_parts parts,
                           const state_machine_factory& machines) {
  if (auto valid = config.validate(); !valid)
    return valid.error();
  set_log_level(config.log_level);
  if (!parts.net)
    return wrong("raft_parts.net is empty: give it a transport, for example middleman_transport()");
  node_parts node;
  node.config = config;
  node.net = std::move(parts.net);
  node.routes = std::make_shared<partition_routes>();
  node.seed = election_seed(config);
  auto self = identity(config, parts.discovery);
  if (!self)
    return self.error();
  node.self = *self;
  auto members = members_of(node.self, parts.discovery);
  if (!members)
    return members.error();
  node.members = *members;
  auto log = open_log(parts.log);
  if (!log)
    return log.error();
  node.log = *log;
  auto epoch = bind_epoch(*node.log, parts.cluster_epoch);
  if (!epoch)
    return epoch.error();
  if (auto owned = check_ownership(*node.log, config, node.members); !owned)
    return owned.error();
  node.config.cluster_id = name_of_cluster(config.cluster_id, *epoch); // from here on
  if (auto recovered = recover_all(*node.log, node); !recovered)
    return recovered.error();
  if (auto made = make_machines(machines, node); !made)
    return made.error();
  if (auto started = start_network(system, node); !started)
    return started.error();
  return node;
}

void stop_and_wait(caf::actor_system& system, const raft_actor& node) {
  caf::scoped_actor self{system};
  self->request(node, caf::infinite, stop{}).receive([](const operation_result&) {}, [](const caf::error&) {});
}

} // namespace

result<raft_actor> spawn_raft(caf::actor_system& system, const raft_config& config, raft_parts parts,
                              state_machine_factory machines) {
  auto prepared = prepare(system, config, std::move(parts), machines);
  if (!prepared)
    return prepared.error();
  auto log = component_logger("raft");
  log->info("node {} ({}) of cluster \"{}\" listens at {}; {} members, {} partitions in its log",
            config.effective_node_name(), prepared->self.id.value(), prepared->config.cluster_id,
            to_string(prepared->self.address), prepared->members.size(), prepared->recovered.size());
  raft_actor node = spawn_node(system, std::move(prepared).value());
  if (config.client_port != 0) {
    auto offered = publish_client_port(system, node, {config.host, config.client_port});
    if (!offered) {
      stop_and_wait(system, node);
      return offered.error();
    }
    log->info("clients reach node {} at {}", config.effective_node_name(), to_string(*offered));
  }
  return node;
}

result<raft_actor> spawn_raft(caf::actor_system& system, const raft_config& config, raft_parts parts,
                              machine_handle machine) {
  return spawn_raft(system, config, std::move(parts), [held = std::move(machine)](partition_id) { return held; });
}

} // namespace kommander
