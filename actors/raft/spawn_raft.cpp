// Opens and checks everything that a node needs, and only then starts its actors: what is wrong is the caller's to see.
#include <algorithm>
#include <optional>
#include <random>

#include <spdlog/spdlog.h>

#include "actors/coordinator/member_actor.hpp"
#include "actors/raft/disk_id.hpp"
#include "actors/raft/epoch.hpp"
#include "actors/raft/log.hpp"
#include "actors/raft/raft_actor.hpp"
#include "actors/raft/recovery.hpp"
#include "actors/raft/values/node_list.hpp"
#include "kommander/raft.hpp"

namespace kommander {

namespace {

/// Messages carry at least this much beside their entries' content.
constexpr std::size_t message_slack_bytes = std::size_t{1} << 20;

failure wrong(std::string message) {
  return {status::invalid_argument, std::move(message)};
}

// -- members ------------------------------------------------------------------------------------------------------

/// All whom discovery names, in ascending order of their ids, and this node among them.
result<std::vector<node_info>> nodes_of(const node_info& self, const static_discovery& discovery, bool finds_more) {
  auto nodes = discovery.members;
  if (std::ranges::find(nodes, self.id, &node_info::id) == nodes.end())
    nodes.push_back(self);
  std::ranges::sort(nodes, {}, &node_info::id);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!nodes[i].id)
      return wrong("discovery names a member at " + to_string(nodes[i].address) + " without an id");
    if (i > 0 && nodes[i].id == nodes[i - 1].id)
      return wrong("discovery names node " + to_string(nodes[i].id) + " twice, at " + to_string(nodes[i - 1].address)
                   + " and at " + to_string(nodes[i].address));
  }
  if (discovery.join && nodes.size() == 1 && !finds_more)
    return wrong("this node is to join a cluster, but discovery names no member that it could ask");
  return nodes;
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

/// A log is bound to the node and the cluster when it is first used, and refused to all others: a vote or an entry of
/// another group would be taken for one's own.
result<done> check_ownership(wal& log, const raft_config& config) {
  const owned_value values[] = {
    {"cluster_id", config.cluster_id, "cluster_id"},
    {"node_id", to_string(config.effective_node_id()), "node_id"},
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

/// Who voted in partition 0 at first, see `first_members_key`. Those whose address discovery does not know have port 0.
result<std::vector<node_info>> first_members(wal& log, const static_discovery& discovery,
                                             const std::vector<node_info>& nodes) {
  if (auto left = log.get_metadata(left_cluster_key); !left || !left->empty())
    return left ? wrong("the log is that of a node that has left its cluster: to join again it needs an empty log")
                : left.error();
  auto stored = log.get_metadata(first_members_key);
  if (!stored)
    return stored.error();
  if (stored->empty()) {
    auto first = discovery.join ? std::vector<node_info>{} : nodes;
    std::vector<node_id> ids;
    for (const auto& x : first)
      ids.push_back(x.id);
    auto value = discovery.join ? std::string{joined_later} : format_node_list(ids);
    if (auto written = log.set_metadata(first_members_key, value); !written)
      return written.error();
    return first;
  }
  auto ids = parse_node_list(*stored);
  if (!ids)
    return failure{status::storage_failed, "the log's list of first members, '" + *stored
                                             + "', was not written by this version of the library"};
  std::vector<node_info> first;
  for (auto id : *ids) {
    auto named = std::ranges::find(nodes, id, &node_info::id);
    first.push_back(named != nodes.end() ? *named : node_info{id, {"0.0.0.0", 0}});
  }
  return first;
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
    if (!x.ending && !x.away)
      all.push_back(id);
  for (auto id : all) {
    auto found = log.recover(id);
    if (!found)
      return failure{found.error().code, "partition " + to_string(id) + ": " + found.error().message};
    if (auto good = check_recovered(id, *found, known_nodes(node)); !good)
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
  context.security = node.config.security;
  context.deliver = [routes = node.routes, links = node.links](node_id from, std::vector<raft_message>&& x) {
    if (!links->find(from))
      links->introduce({from, {}});
    routes->deliver(std::move(x));
  };
  context.introduced = [links = node.links](const node_info& who) { links->introduce(who); };
  auto largest =
    std::max({node.config.proposal_queue_bytes_max, node.config.append_bytes_max, node.config.snapshot_chunk_bytes})
    + message_slack_bytes;
  context.message_bytes_max = std::max(context.message_bytes_max, largest);
  context.link_window_bytes = node.config.link_window_bytes;
  auto where = node.net->start(system, std::move(context));
  if (!where)
    return where.error();
  node.self.address = *where;
  node.links->set_self(node.self);
  for (auto& x : node.first_members)
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
  node.links = std::make_shared<link_directory>();
  node.seed = election_seed(config);
  auto self = identity(config, parts.discovery);
  if (!self)
    return self.error();
  node.self = *self;
  node.finder = std::move(parts.finder);
  if (node.finder && parts.discovery.members.empty())
    parts.discovery.join = true; // whom it finds may be as lost as this node: together they must not begin a cluster
  auto nodes = nodes_of(node.self, parts.discovery, node.finder != nullptr);
  if (!nodes)
    return nodes.error();
  node.contacts = *nodes;
  std::erase_if(node.contacts, [&](const node_info& x) { return x.id == node.self.id; });
  auto log = open_log(parts.log);
  if (!log)
    return log.error();
  node.log = *log;
  auto epoch = bind_epoch(*node.log, parts.cluster_epoch);
  if (!epoch)
    return epoch.error();
  if (auto owned = check_ownership(*node.log, config); !owned)
    return owned.error();
  node.config.cluster_id = name_of_cluster(config.cluster_id, *epoch); // from here on
  auto disk = bind_disk(*node.log);
  if (!disk)
    return disk.error();
  node.disk = *disk;
  auto first = first_members(*node.log, parts.discovery, *nodes);
  if (!first)
    return first.error();
  node.first_members = *first;
  if (auto recovered = recover_all(*node.log, node); !recovered)
    return recovered.error();
  if (auto made = make_machines(machines, node); !made)
    return made.error();
  if (auto started = start_network(system, node); !started)
    return started.error();
  return node;
}

/// What is found goes to the node's actor, which decides what becomes of it.
result<done> start_discovery(caf::actor_system& system, const discovery_ptr& finder, discovery_context context,
                             const raft_actor& node) {
  if (!finder)
    return done{};
  context.found = [weak = caf::actor_cast<caf::weak_actor_ptr>(node)](std::vector<contact> all) {
    if (auto target = caf::actor_cast<caf::strong_actor_ptr>(weak))
      caf::anon_send(caf::actor_cast<contacts_receiver>(target), contacts_found{std::move(all)});
  };
  return finder->start(system, std::move(context));
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
  log->info("node {} ({}) of cluster \"{}\" listens at {}; {} nodes known, {} partitions in its log",
            config.effective_node_name(), prepared->self.id.value(), prepared->config.cluster_id,
            to_string(prepared->self.address), prepared->contacts.size() + 1, prepared->recovered.size());
  auto finder = prepared->finder;
  discovery_context about{prepared->config.cluster_id, prepared->self, {}};
  raft_actor node = spawn_node(system, std::move(prepared).value());
  if (auto finds = start_discovery(system, finder, std::move(about), node); !finds) {
    stop_and_wait(system, node);
    return finds.error();
  }
  if (config.client_port != 0) {
    auto offered = publish_client_port(system, node, {config.host, config.client_port}, {},
                                       {config.security, config.cluster_id, config.effective_node_id()});
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
