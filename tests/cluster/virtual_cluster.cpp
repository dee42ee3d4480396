#include "tests/cluster/virtual_cluster.hpp"

#include <filesystem>
#include <stdexcept>

#include "tests/support/temporary_directory.hpp"

namespace cluster_test {

using namespace kommander;

namespace {

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
    [=](const disk_stalled& x) { log->push_back("disk_stalled " + to_string(x.partition)); },
    [=](const partition_map_changed& x) { log->push_back("partition_map_changed 0 to " + to_string(x.map->version)); },
    [=](const join_progress& x) { log->push_back("join_progress " + std::string{to_string(x.phase)}); },
  };
}

} // namespace

virtual_cluster::virtual_cluster(cluster_options options)
  : cluster{[this, hooks = options.hooks](caf::actor_system& in, std::size_t number) {
              auto& x = members_.at(number - 1);
              x.lines = std::make_shared<journal>();
              return spawn_machine(in, x.lines, hooks);
            },
            {options.nodes, options.partitions, options.seed, options.adjust, {}, {}}},
    members_(options.nodes) {
  if (!options.rocksdb)
    return;
  for (std::size_t i = 1; i <= options.nodes; ++i) {
    members_[i - 1].path = test::make_directory("kommander-cluster");
    set_log(i, rocksdb_wal(members_[i - 1].path + "/log"));
  }
}

virtual_cluster::~virtual_cluster() {
  end();
  for (const auto& x : members_)
    if (!x.path.empty())
      std::filesystem::remove_all(x.path);
}

pending_ptr<propose_result> virtual_cluster::propose_later(std::size_t number, partition_id partition,
                                                           std::string payload) {
  auto lines = members_.at(number - 1).lines;
  return cluster::propose_later(number, partition, "test", payload, [=, this](const propose_result& x) {
    if (x.code == status::success && !lines->holds(partition, x.index, payload))
      violations_.push_back("\"" + payload + "\" was acknowledged before it was applied");
  });
}

event_log virtual_cluster::listen(std::size_t number) {
  auto log = std::make_shared<std::vector<std::string>>();
  event_listener handle = system->spawn(listener, log);
  caf::anon_send(node(number), subscribe{handle}); // at once: before anything else that happens
  return log;
}

void virtual_cluster::check_replicas() {
  require(violations_.empty(), violations_.empty() ? "" : violations_.front());
  cluster::check_replicas();
}

} // namespace cluster_test
