/// What one seed draws before a run begins: which faults are on and how hard they strike, the shape of the cluster, its
/// limits and its clients. The whole run follows from this and from the seed.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>

#include "actors/coordinator/coordinator_core.hpp"
#include "actors/coordinator/member_core.hpp"
#include "actors/coordinator/membership_core.hpp"
#include "actors/coordinator/placement_core.hpp"
#include "actors/partition/raft_core.hpp"
#include "actors/swim/swim_core.hpp"
#include "tests/sim/clock.hpp"
#include "tests/sim/dose.hpp"
#include "tests/sim/random.hpp"

namespace kommander::sim {

/// Chances are per tick, per message, or per operation; times are in ticks of `tick_length`.
struct plan {
  std::uint64_t seed = 1;
  std::uint64_t ticks = 20'000; ///< Of the safety phase.
  std::uint64_t nodes = 3;      ///< 1 … 7.
  std::uint64_t partitions = 1; ///< 1 … 16; elastic: the greatest id that there may ever be.
  std::bitset<fault_count> faults;

  // -- members ------------------------------------------------------------------------------------------------------
  std::uint64_t first_voters = 3; ///< Nodes 1 … so many begin as voters of every partition.
  bool others_know = false;       ///< The other nodes are started with that group too, else with none.
  double membership = 0;
  double finds_out =
    0; ///< A node that is no first voter takes its new disk for a wiped one, until it is told. Zero: it knows.

  // -- network ------------------------------------------------------------------------------------------------------
  double loss = 0;
  double duplicate = 0;
  std::uint64_t delay_min = 1;
  double delay_mean = 0; ///< Beyond the minimum.
  double clog = 0, stale = 0, partition = 0, one_way = 0;
  std::uint64_t cut_max = 500;

  // -- processes and clocks -----------------------------------------------------------------------------------------
  double crash = 0, boundary_crash = 0, recovery_crash = 0, pause = 0, slow_node = 0;
  std::uint64_t down_max = 300;
  std::uint64_t pause_max = 1000;
  double drift = 0; ///< Largest deviation of a clock's rate from 1.
  double clock_jump = 0, clock_freeze = 0;

  // -- disks --------------------------------------------------------------------------------------------------------
  std::uint64_t disk_latency_max = 2;
  std::uint64_t apply_latency_max = 1;
  double stalled_disk = 0, write_failure = 0, read_failure = 0;
  double disk_full = 0;
  std::uint64_t full_max = 500;
  double bit_flip = 0, lost_sync = 0, wiped_disk = 0, fenced_disk = 0; ///< Per tick of the whole cluster.
  std::uint64_t lanes = 1;      ///< Writers of a node, each of which syncs for its share of the partitions.
  std::uint64_t group_max = 64; ///< Writes in one sync.

  // -- snapshots ----------------------------------------------------------------------------------------------------
  double compact = 0; ///< Per tick and replica.
  double no_export = 0, flipped_chunk = 0;

  // -- owners and clients -------------------------------------------------------------------------------------------
  std::uint64_t tick_every = 1;  ///< How often an owner tells its cores the time.
  bool batch_inputs = false;     ///< An owner takes outputs once a turn, not after each input.
  std::uint64_t stall_after = 0; ///< An owner takes a disk for stalled when a write has taken so long. Zero: never.
  std::uint64_t node_queue_entries = ~std::uint64_t{0}; ///< Entries under way to a node's disk.
  bool holds_entries = false;    ///< An owner lets entries gather in the core while its last write is under way.
  double proposals = 0.01;       ///< Per tick and partition.
  std::uint64_t entries_max = 1; ///< Of a proposal.
  std::uint64_t payload_max = 64;
  double transfer = 0, step_down = 0, burst = 0;
  double leader_reads = 0, follower_reads = 0; ///< Per tick and partition.

  // -- sleep --------------------------------------------------------------------------------------------------------
  double idle = 0; ///< Chance per tick that all clients fall silent for a while.
  std::uint64_t idle_max = 0;
  bool idle_end = false; ///< They are silent at the end, too.
  std::uint64_t suspect_after =
    0; ///< A node that hears nothing of another one for so long may suspect it from then on.
  double false_suspicion = 0;
  bool tells_restarts = true; ///< Failure detectors notice that a node has started anew.
  double rivals = 0; ///< Where several nodes believe to lead, the chance per tick that each is asked what it knows.
  bool ticks_asleep = false; ///< Owners tell the time to cores that sleep, too.

  // -- elastic clusters ---------------------------------------------------------------------------------------------
  bool elastic = false; ///< Partition 0 keeps a map, and partitions are created, split, merged and removed.
  coordinator_options coordinator;
  instant call_timeout{0};             ///< Of what nodes ask of each other.
  double key_operations = 0;           ///< Per tick.
  double map_changes = 0;              ///< Per tick.
  std::uint64_t client_patience = 300; ///< Ticks until a client repeats what is not answered.
  std::uint64_t partitions_wanted = 6; ///< With more, most changes are merges.

  // -- rosters: elastic clusters whose members come and go, and whose partitions are placed ---------------------------
  bool rosters = false;         ///< The first voters are the first members; the other nodes may join.
  double roster_changes = 0;    ///< Per tick: nodes that come, leave or are away for long; numbers of replicas.
  std::uint64_t away_max = 0;   ///< Of a node that is away for long.
  std::uint64_t factor_min = 1; ///< Of the numbers of replicas that somebody asks for, but for 0.
  member_options member;
  membership_options members;
  placement_options placement;
  swim_options swim;

  /// Limits, time-outs and switches of all cores; partition, node and group are filled in for each.
  raft_core_options core;
  bool tiny = false; ///< Limits so small that each of them is met all the time.

  [[nodiscard]] bool is_on(fault x) const noexcept {
    return faults.test(static_cast<std::size_t>(x));
  }

  /// True if groups get other members.
  [[nodiscard]] bool members_change() const noexcept {
    return membership > 0 || rosters;
  }

  /// The first partition's id. Only elastic clusters have partition 0.
  [[nodiscard]] std::uint64_t first_partition() const noexcept {
    return elastic ? 0 : 1;
  }

  [[nodiscard]] std::uint64_t majority() const noexcept {
    return nodes / 2 + 1;
  }

  /// The weight of the largest proposal.
  [[nodiscard]] std::size_t proposal_bytes_max() const noexcept {
    return elastic ? core.proposal_queue_bytes_max : entries_max * (payload_max + 128);
  }

  /// Ticks in one longest election time-out.
  [[nodiscard]] std::uint64_t election_ticks() const noexcept {
    return static_cast<std::uint64_t>(core.election_timeout_max / tick_length);
  }
};

/// What a replay changes of what the seed drew.
struct plan_overrides {
  std::optional<std::uint64_t> nodes;
  std::optional<std::uint64_t> partitions;
  std::optional<bool> elastic;
  std::optional<bool> rosters;  ///< Of those that are elastic.
  std::bitset<fault_count> off; ///< Faults to leave out.
};

/// Draws the plan of `seed`.
plan draw_plan(std::uint64_t seed, std::uint64_t ticks, const plan_overrides& overrides = {});

/// The options that ask for `x`, each with a blank before it.
std::string to_arguments(const plan_overrides& x);

/// The configuration that `node` is started with.
group_configuration first_group(const plan& x, node_id node);

/// One paragraph for people.
std::string to_text(const plan& x);

} // namespace kommander::sim
