#include "tests/sim/plan.hpp"

#include <array>
#include <sstream>

namespace kommander::sim {

namespace {

constexpr std::uint64_t plan_stream = 1;
constexpr std::uint64_t lossy_stream = 7;    ///< Of its own, so that old seeds still draw what they drew.
constexpr std::uint64_t sleep_stream = 20;   ///< The same.
constexpr std::uint64_t snapshot_stream = 8; ///< The same.
constexpr std::uint64_t watch_stream = 21;   ///< The same.
constexpr std::uint64_t elastic_stream =
  123; ///< The same: with it, no seed that is older becomes elastic in seeds.txt.
constexpr std::uint64_t newcomer_stream =
  5854;                                      ///< The same: with it, no seed that is older has newcomers in seeds.txt.
constexpr std::uint64_t roster_stream = 311; ///< The same.
constexpr auto first_lossy = static_cast<std::size_t>(fault::torn_write);
constexpr auto first_of_snapshots = static_cast<std::size_t>(fault::compact);

void draw_shape(plan& x, random_source& random) {
  constexpr std::array<std::uint64_t, 16> sizes{1, 2, 3, 3, 3, 3, 3, 4, 5, 5, 5, 5, 5, 6, 7, 3};
  x.nodes = sizes[random.below(sizes.size())];
  x.partitions = random.log_between(1, 16);
  x.tiny = random.chance(0.5);
}

void draw_faults(plan& x, random_source& random) {
  for (std::size_t i = 0; i < first_lossy; ++i)
    x.faults.set(i, random.chance(0.5));
}

void draw_lossy_storage(plan& x) {
  random_source random{x.seed, lossy_stream};
  for (auto i = first_lossy; i < first_of_snapshots; ++i)
    x.faults.set(i, random.chance(0.5));
  x.disk_full = random.log_uniform(0.0001, 0.002);
  x.full_max = random.log_between(20, 1000);
  x.bit_flip = random.log_uniform(0.00005, 0.001);
  x.lost_sync = random.log_uniform(0.0001, 0.002);
  x.wiped_disk = random.log_uniform(0.0001, 0.002);
  x.fenced_disk = random.log_uniform(0.0001, 0.002);
}

void draw_snapshots(plan& x) {
  random_source random{x.seed, snapshot_stream};
  for (auto i = first_of_snapshots; i < fault_count; ++i)
    x.faults.set(i, random.chance(0.5));
  x.compact = random.log_uniform(0.0005, 0.05);
  x.no_export = random.uniform(0.01, 0.3);
  x.flipped_chunk = random.log_uniform(0.001, 0.1);
  auto& limits = x.core.snapshots;
  limits.chunk_bytes = random.log_between(4, 100); // a state has some fifty bytes
  limits.sessions_max = random.between(1, 3);
  limits.step_timeout = tick_length * static_cast<instant::rep>(random.log_between(30, 1000));
}

void draw_network(plan& x, random_source& random) {
  x.loss = random.uniform(0, 0.3);
  x.duplicate = random.uniform(0, 0.5);
  x.delay_min = 1 + random.below(3);
  x.delay_mean = random.uniform(0.5, 10);
  x.clog = random.log_uniform(0.0005, 0.02);
  x.stale = random.log_uniform(0.001, 0.2);
  x.partition = random.log_uniform(0.0005, 0.01);
  x.one_way = random.log_uniform(0.0005, 0.02);
  x.cut_max = random.log_between(20, 1000);
}

void draw_processes(plan& x, random_source& random) {
  x.crash = random.log_uniform(0.0001, 0.005);
  x.boundary_crash = random.log_uniform(0.00002, 0.002);
  x.recovery_crash = random.uniform(0.05, 0.5);
  x.pause = random.log_uniform(0.0001, 0.003);
  x.slow_node = random.log_uniform(0.0001, 0.003);
  x.down_max = random.log_between(5, 600);
  x.pause_max = random.log_between(20, 2400);
  x.drift = random.log_uniform(0.0002, 0.05);
  x.clock_jump = random.log_uniform(0.0001, 0.003);
  x.clock_freeze = random.log_uniform(0.0001, 0.002);
}

void draw_storage(plan& x, random_source& random) {
  x.lanes = random.between(1, 2);
  x.group_max = random.between(x.partitions, 64);
  x.disk_latency_max = random.log_between(2, 30);
  x.apply_latency_max = random.log_between(1, 20);
  x.stalled_disk = random.log_uniform(0.0001, 0.002);
  x.write_failure = random.log_uniform(0.0001, 0.005);
  x.read_failure = random.uniform(0.01, 0.5);
}

void draw_clients(plan& x, random_source& random) {
  x.tick_every = random.between(1, 4);
  x.batch_inputs = random.chance(0.5);
  x.holds_entries = random.chance(0.5);
  x.proposals = random.log_uniform(0.003, x.tiny ? 0.02 : 0.1);
  x.entries_max = random.chance(0.5) ? 1 : random.between(2, 8);
  x.payload_max = random.log_between(16, 512);
  x.transfer = random.log_uniform(0.0002, 0.01);
  x.step_down = random.log_uniform(0.0002, 0.005);
  x.burst = random.log_uniform(0.0002, 0.002);
}

void draw_limits(plan& x, random_source& random) {
  auto& core = x.core;
  core.heartbeat_interval = tick_length * 10;
  core.election_timeout_min = tick_length * static_cast<instant::rep>(random.between(30, 50));
  core.election_timeout_max = core.election_timeout_min * 2;
  core.proposal_timeout = tick_length * static_cast<instant::rep>(random.log_between(50, 1000));
  core.pre_vote = !random.chance(0.1);
  core.check_quorum = !random.chance(0.1);
  if (!x.tiny)
    return;
  core.proposal_queue_entries_max = random.between(1, 16);
  core.proposal_queue_bytes_max = random.log_between(200, 4000);
  core.inflight_messages_max = random.between(1, 2);
  core.inflight_bytes_max = random.log_between(1, 1000);
  core.append_bytes_max = random.log_between(1, 1000);
  core.log_cache_bytes_max = random.log_between(1, 2000);
  core.apply_bytes_max = random.log_between(1, 1000);
}

void draw_reads(plan& x, random_source& random) {
  x.leader_reads = random.log_uniform(0.001, 0.03);
  x.follower_reads = random.log_uniform(0.001, 0.03);
  if (x.tiny)
    x.core.waiting_reads_max = random.between(1, 16);
}

/// Members change only with pre-vote and check-quorum: without, a removed node may disturb for ever (thesis, section 4.2.3).
void draw_members(plan& x, random_source& random) {
  x.membership = random.log_uniform(0.0005, 0.02);
  x.first_voters = std::min(x.nodes, random.between(1, 5));
  x.others_know = random.chance(0.5);
  if (!x.is_on(fault::membership)) {
    x.membership = 0;
    x.first_voters = x.nodes;
    return;
  }
  x.core.pre_vote = true;
  x.core.check_quorum = true;
  // Where disks may lose something in silence is reckoned for a group whose members stay.
  for (auto what : {fault::lost_sync, fault::wiped_disk})
    x.faults.reset(static_cast<std::size_t>(what));
}

void draw_sleep(plan& x) {
  random_source random{x.seed, sleep_stream};
  x.core.quiescence = random.chance(0.5);
  x.core.quiesce_after = tick_length * static_cast<instant::rep>(random.log_between(5, 150));
  x.idle = random.log_uniform(0.0005, 0.01);
  x.idle_max = random.log_between(100, 2000);
  x.idle_end = random.chance(0.5);
  x.suspect_after = random.log_between(20, 500);
  x.false_suspicion = random.log_uniform(0.0001, 0.005);
  x.ticks_asleep = random.chance(0.3);
  x.rivals = 0.03; // a question wakes a leader: if it came at once, none could sleep through its own replacement
  // What a disk has lost a sleeping group finds out only when it hears of the restart.
  x.tells_restarts = false;
  for (auto what : {fault::bit_flip, fault::lost_sync, fault::wiped_disk, fault::fenced_disk})
    x.tells_restarts = x.tells_restarts || x.is_on(what);
  if (x.core.quiescence)
    return;
  x.idle = x.false_suspicion = 0;
  x.idle_end = false;
}

/// Some owners watch their disks, also with so little patience that every disk seems stalled now and then. In some clusters
/// little may be under way to a disk.
void draw_watch(plan& x) {
  random_source random{x.seed, watch_stream};
  if (random.chance(0.5))
    x.stall_after = random.log_between(10, 300);
  if (!random.chance(0.5))
    return;
  x.core.wal_queue_entries_max = random.log_between(1, 64);
  x.core.wal_queue_bytes_max = random.log_between(1, 20'000);
  x.node_queue_entries = random.log_between(1, 200);
}

/// A third of the seeds. What else the seed drew stays, but for limits that the library's own entries would not fit, and
/// for changes of members.
void draw_elastic(plan& x, const plan_overrides& overrides) {
  random_source random{x.seed, elastic_stream};
  x.elastic = overrides.elastic.value_or(random.chance(1.0 / 3));
  if (!x.elastic)
    return;
  if (!overrides.elastic)
    x.ticks = std::max<std::uint64_t>(x.ticks / 4, 1); // they take longer
  x.coordinator.initial_partitions = overrides.partitions.value_or(random.between(1, 4));
  for (std::size_t i = 1; i <= x.nodes; ++i)
    x.coordinator.initial_members.push_back({node_id{i}, {"node", 1}, {}, member_role::voter, {}, false});
  x.partitions = 40;
  x.coordinator.operation_timeout = tick_length * static_cast<instant::rep>(random.log_between(200, 4000));
  x.coordinator.part_bytes = random.log_between(10, 400);
  x.coordinator.copies_max = random.between(1, 4);
  x.coordinator.attempts_max = static_cast<unsigned>(random.between(1, 8));
  x.coordinator.requests_max = random.between(2, 16);
  x.coordinator.backoff_min = tick_length * static_cast<instant::rep>(random.log_between(1, 20));
  x.coordinator.backoff_max = 10 * x.coordinator.backoff_min;
  x.call_timeout = tick_length * static_cast<instant::rep>(random.log_between(50, 500));
  x.key_operations = random.log_uniform(0.02, 0.2);
  x.map_changes = random.log_uniform(0.002, 0.03);
  x.client_patience = random.log_between(50, 500);
  x.partitions_wanted = random.between(2, 8);
  x.group_max = std::max<std::uint64_t>(x.group_max, 16);
  x.core.proposal_queue_bytes_max = std::max<std::size_t>(x.core.proposal_queue_bytes_max, 100'000);
  x.core.proposal_queue_entries_max = std::max<std::size_t>(x.core.proposal_queue_entries_max, 4);
  x.core.snapshots.chunk_bytes = random.log_between(100, 4000); // a state has some thousand bytes
  x.entries_max = 1;
  x.proposals = 0;
  x.membership = 0;
  x.first_voters = x.nodes;
  x.faults.reset(static_cast<std::size_t>(fault::membership));
}

instant ticks(std::uint64_t x) {
  return tick_length * static_cast<instant::rep>(x);
}

void draw_detector(plan& x, random_source& random) {
  using std::chrono::milliseconds;
  auto& swim = x.swim;
  swim.ping_interval = milliseconds{random.log_between(200, 1000)};
  swim.ping_timeout = swim.ping_interval / 2;
  swim.suspicion_timeout = milliseconds{random.log_between(500, 4000)};
  swim.gossip_interval = milliseconds{random.log_between(500, 5000)};
  swim.indirect_ping_fanout = static_cast<std::uint32_t>(random.between(0, 3));
  swim.gossip_fanout = static_cast<std::uint32_t>(random.between(1, 3));
}

/// Half of the elastic seeds. Only those disks are struck that their nodes know of, as with other changes of members.
void draw_rosters(plan& x, const plan_overrides& overrides) {
  random_source random{x.seed, roster_stream};
  auto may = x.elastic && !overrides.off.test(static_cast<std::size_t>(fault::membership));
  x.rosters = may && overrides.rosters.value_or(random.chance(0.5));
  if (!x.rosters)
    return;
  x.faults.set(static_cast<std::size_t>(fault::membership));
  if (!overrides.nodes)
    x.nodes = random.between(3, 7);
  x.first_voters = random.between(1, std::min<std::uint64_t>(x.nodes, 4));
  x.others_know = false;
  x.coordinator.initial_members.clear();
  for (std::size_t i = 1; i <= x.first_voters; ++i)
    x.coordinator.initial_members.push_back({node_id{i}, {"node", 1}, {}, member_role::voter, {}, false});
  x.factor_min = random.chance(0.5) ? 1 : 3;
  x.coordinator.replication_factor =
    random.chance(0.5) ? 0 : static_cast<std::uint32_t>(random.between(x.factor_min, 4));
  x.roster_changes = random.log_uniform(0.002, 0.02);
  draw_detector(x, random);
  x.members.promotion_lag = x.placement.promotion_lag = random.log_between(1, 20);
  x.members.stable_window = ticks(random.between(0, 100));
  x.members.eviction_grace = ticks(random.log_between(50, 500));
  x.members.probe_timeout = ticks(random.log_between(20, 100));
  x.members.requests_max = random.log_between(1, 16);
  x.members.poll_interval = x.placement.poll_interval = ticks(random.log_between(5, 50));
  x.members.backoff_min = x.placement.backoff_min = ticks(random.log_between(2, 10));
  x.members.backoff_max = x.placement.backoff_max = 10 * x.members.backoff_min;
  x.away_max = static_cast<std::uint64_t>(x.members.eviction_grace / tick_length) + 1500;
  x.placement.balance = random.chance(0.8);
  x.placement.interval = ticks(random.log_between(50, 500));
  x.placement.moves_max = random.between(1, 4);
  x.placement.requests_max = random.log_between(1, 16);
  x.member.unheard_max = ticks(random.log_between(100, 500));
  x.member.backoff_min = ticks(random.log_between(5, 50));
  x.member.backoff_max = 10 * x.member.backoff_min;
  x.core.pre_vote = x.core.check_quorum = true;
  for (auto what : {fault::lost_sync, fault::wiped_disk})
    x.faults.reset(static_cast<std::size_t>(what));
}

void clear_what_is_off(plan& x) {
  auto keep = [&](fault which, double& rate) {
    if (!x.is_on(which))
      rate = 0;
  };
  keep(fault::loss, x.loss);
  keep(fault::duplicate, x.duplicate);
  keep(fault::clog, x.clog);
  keep(fault::stale, x.stale);
  keep(fault::partition, x.partition);
  keep(fault::one_way, x.one_way);
  keep(fault::crash, x.crash);
  keep(fault::boundary_crash, x.boundary_crash);
  keep(fault::recovery_crash, x.recovery_crash);
  keep(fault::pause, x.pause);
  keep(fault::slow_node, x.slow_node);
  keep(fault::drift, x.drift);
  keep(fault::clock_jump, x.clock_jump);
  keep(fault::clock_freeze, x.clock_freeze);
  keep(fault::stalled_disk, x.stalled_disk);
  keep(fault::write_failure, x.write_failure);
  keep(fault::read_failure, x.read_failure);
  keep(fault::disk_full, x.disk_full);
  keep(fault::bit_flip, x.bit_flip);
  keep(fault::lost_sync, x.lost_sync);
  keep(fault::wiped_disk, x.wiped_disk);
  keep(fault::fenced_disk, x.fenced_disk);
  keep(fault::compact, x.compact);
  keep(fault::no_export, x.no_export);
  keep(fault::flipped_chunk, x.flipped_chunk);
  keep(fault::transfer, x.transfer);
  keep(fault::step_down, x.step_down);
  keep(fault::burst, x.burst);
  if (!x.is_on(fault::delay)) {
    x.delay_min = 1;
    x.delay_mean = 0;
  }
  if (!x.is_on(fault::slow_disk)) {
    x.disk_latency_max = 2;
    x.apply_latency_max = 1;
  }
}

void draw_newcomers(plan& x) {
  random_source random{x.seed, newcomer_stream};
  if (x.membership > 0 && random.chance(0.5))
    x.finds_out = random.log_uniform(0.0001, 0.1);
}

} // namespace

plan draw_plan(std::uint64_t seed, std::uint64_t ticks, const plan_overrides& overrides) {
  plan x;
  x.seed = seed;
  x.ticks = ticks;
  random_source random{seed, plan_stream};
  draw_shape(x, random);
  draw_faults(x, random);
  draw_network(x, random);
  draw_processes(x, random);
  draw_storage(x, random);
  draw_clients(x, random);
  draw_limits(x, random);
  draw_lossy_storage(x);
  draw_snapshots(x);
  x.nodes = overrides.nodes.value_or(x.nodes);
  x.partitions = overrides.partitions.value_or(x.partitions);
  x.faults &= ~overrides.off;
  draw_members(x, random);
  draw_reads(x, random);
  draw_sleep(x);
  draw_watch(x);
  draw_elastic(x, overrides);
  draw_rosters(x, overrides);
  draw_newcomers(x);
  clear_what_is_off(x);
  return x;
}

std::string to_arguments(const plan_overrides& x) {
  std::string text;
  if (x.nodes)
    text += " --nodes " + std::to_string(*x.nodes);
  if (x.partitions)
    text += " --partitions " + std::to_string(*x.partitions);
  if (x.elastic)
    text += *x.elastic ? " --elastic yes" : " --elastic no";
  if (x.rosters)
    text += *x.rosters ? " --rosters yes" : " --rosters no";
  std::string off;
  for (std::size_t i = 0; i < fault_count; ++i)
    if (x.off.test(i))
      off += (off.empty() ? "" : ",") + std::string{to_string(static_cast<fault>(i))};
  return off.empty() ? text : text + " --off " + off;
}

group_configuration first_group(const plan& x, node_id node) {
  group_configuration result;
  if (node.value() <= x.first_voters || x.others_know)
    for (std::uint64_t i = 1; i <= x.first_voters; ++i)
      result.voters.emplace_back(i);
  return result;
}

std::string to_text(const plan& x) {
  std::ostringstream out;
  out << "seed " << x.seed << ": " << x.nodes << " nodes, " << x.partitions << " partitions, " << x.ticks << " ticks, "
      << (x.membership > 0 ? std::to_string(x.first_voters) + " voters at first, " : "")
      << (x.tiny ? "tiny limits" : "usual limits") << (x.core.pre_vote ? "" : ", no pre-vote")
      << (x.core.check_quorum ? "" : ", no check-quorum") << (x.elastic ? ", elastic" : "")
      << (x.rosters ? ", rosters" : "") << (x.core.quiescence ? ", sleep" : "")
      << (x.finds_out > 0 ? ", newcomers" : "") << "; faults:";
  for (std::size_t i = 0; i < fault_count; ++i)
    if (x.faults.test(i))
      out << ' ' << to_string(static_cast<fault>(i));
  return out.str();
}

} // namespace kommander::sim
