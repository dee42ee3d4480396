#include "actors/raft/partition_settings.hpp"

#include <algorithm>

namespace kommander {

namespace {

constexpr std::chrono::milliseconds tick_interval_min{2};

} // namespace

std::chrono::milliseconds tick_interval(const raft_config& config) {
  auto interval =
    std::min({config.check_leader_interval, config.heartbeat_interval / 2, config.start_election_timeout / 8});
  return std::max(interval, tick_interval_min);
}

std::uint64_t mixed_seed(std::uint64_t seed, node_id node, partition_id partition) {
  constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;
  auto x = seed ^ (node.value() * golden) ^ ((partition.value() + 1) * 0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 31)) * golden;
  return x ^ (x >> 29);
}

raft_core_options core_options(const raft_config& config, partition_id partition, node_id self,
                               const group_configuration& group) {
  raft_core_options x;
  x.partition = partition;
  x.self = self;
  x.group = group;
  x.heartbeat_interval = config.heartbeat_interval;
  x.election_timeout_min = config.start_election_timeout;
  x.election_timeout_max = config.end_election_timeout;
  x.pre_vote = config.enable_pre_vote;
  x.check_quorum = config.enable_check_quorum;
  x.quiescence = config.enable_quiescence;
  x.quiesce_after = config.quiesce_after;
  x.proposal_timeout = config.proposal_timeout;
  x.proposal_queue_entries_max = config.proposal_queue_entries_max;
  x.proposal_queue_bytes_max = config.proposal_queue_bytes_max;
  x.inflight_messages_max = config.inflight_messages_max;
  x.inflight_bytes_max = config.inflight_bytes_max;
  x.append_bytes_max = config.append_bytes_max;
  x.log_cache_bytes_max = config.log_cache_bytes_max;
  x.apply_bytes_max = config.apply_bytes_max;
  x.wal_queue_entries_max = config.wal_queue_entries_max;
  x.wal_queue_bytes_max = config.wal_queue_bytes_max;
  x.snapshots.sessions_max = config.snapshot_sessions_max;
  x.snapshots.chunk_bytes = config.snapshot_chunk_bytes;
  x.snapshots.bytes_max = config.snapshot_bytes_max;
  x.snapshots.step_timeout = config.snapshot_step_timeout;
  return x;
}

} // namespace kommander
