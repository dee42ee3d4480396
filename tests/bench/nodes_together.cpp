#include "tests/bench/nodes_together.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace kommander::bench {

namespace {

constexpr std::uint32_t first_nodes = 3;

static_discovery first_members() {
  static_discovery result;
  for (std::uint32_t i = 1; i <= first_nodes; ++i)
    result.members.push_back({node_id{i}, {"127.0.0.1", static_cast<std::uint16_t>(i)}});
  return result;
}

} // namespace

nodes_together::config::config(const bench_options& options, std::uint32_t partitions) {
  raft.log_level = "error";
  raft.initial_partitions = partitions;
  raft.wal_writers = options.wal_writers;
  raft.enable_quiescence = options.quiescence;
  raft.join_timeout = std::chrono::minutes{20};
  kommander::setup(*this, raft);
  set("scheduler.max-threads", options.threads);
}

nodes_together::nodes_together(const bench_options& options, std::uint32_t partitions, std::string directory,
                               adjustment adjust)
  : options_{options},
    directory_{std::move(directory)},
    adjust_{std::move(adjust)},
    config_{options, partitions},
    system_{config_} {
  for (std::uint32_t i = 1; i <= first_nodes; ++i)
    start(i, first_members());
}

nodes_together::~nodes_together() {
  caf::scoped_actor self{system_};
  for (auto& x : nodes_)
    self->request(x, caf::infinite, stop{}).receive([](const operation_result&) {}, [](const caf::error&) {});
  nodes_.clear();
  self->await_all_other_actors_done();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void nodes_together::start(std::uint32_t node, static_discovery known) {
  auto raft = config_.raft;
  raft.node_name = "node" + std::to_string(node);
  raft.node_id = node;
  raft.port = static_cast<std::uint16_t>(node);
  if (adjust_)
    adjust_(node, raft);
  auto started = spawn_raft(
    system_, raft, {log_of(options_, directory_ + "/" + raft.node_name), in_process_transport(network_), known},
    spawn_counter(system_, options_));
  if (started.ok())
    nodes_.push_back(*started);
  else
    std::fprintf(stderr, "cannot start a node: %s\n", started.error().message.c_str());
}

raft_actor nodes_together::start_newcomer() {
  auto before = nodes_.size();
  auto known = first_members();
  known.join = true;
  start(static_cast<std::uint32_t>(before + 1), known);
  return nodes_.size() > before ? nodes_.back() : raft_actor{};
}

bool nodes_together::await_joined(const raft_actor& node) {
  caf::scoped_actor self{system_};
  operation_result joined;
  self->request(node, caf::infinite, join{})
    .receive([&](const operation_result& x) { joined = x; }, [](const caf::error&) {});
  if (joined.code != status::success)
    std::fprintf(stderr, "a node does not join: %s\n", joined.reason.c_str());
  return joined.code == status::success;
}

bool nodes_together::await_leaders() {
  auto good =
    nodes_.size() == first_nodes && std::ranges::all_of(nodes_, [this](const auto& x) { return await_joined(x); });
  if (!good)
    std::fprintf(stderr, "the cluster does not start\n");
  return good;
}

node_status nodes_together::status_of(const raft_actor& node) {
  caf::scoped_actor self{system_};
  node_status result;
  self->request(node, caf::infinite, get_status{})
    .receive([&](node_status& x) { result = std::move(x); }, [](const caf::error&) {});
  return result;
}

} // namespace kommander::bench
