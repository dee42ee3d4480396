/// The invariant checker. It sees what is durable on each disk, every output of every core before it is carried out,
/// every message that leaves and every promise made to a client, and derives from these again what must be true:
///
///  - election safety: at most one leader a term; a vote never changes within a term, even across crashes;
///  - log matching: entries of one index and term are equal, and so is everything before them;
///  - leader completeness: a new leader has every entry that was committed in an earlier term;
///  - state machine safety: what each replica applies is one chain of hashes, without hole or repetition;
///  - configurations: made one at a time, behind a committed entry of the leader's own term, each by a step that keeps
///    majorities together; a leader is elected by a quorum of its configuration;
///  - commits: only on the durable logs of a quorum of the leader's configuration, only by an entry of the leader's own term; a committed entry never
///    changes and is never cut off;
///  - one leader gives each index once a term, and each proposal its indexes once, in one piece; a proposal is
///    committed whole or not at all;
///  - term, commit index and applied index never go back in one life, and the term not at all;
///  - what a message claims (vote, term, acknowledgement) is durable on its sender before it leaves;
///  - success is answered only for what is committed at that index with that content and applied there; "not appended"
///    only for what no log ever contains; every request at most once, and in time;
///  - a read that succeeds names an index at or above all that was committed anywhere when it was asked, and is answered
///    where that much is applied;
///  - a node that cannot prove that it is ready makes no entry for a client;
///  - what clients were told of the registers that the log carries is linearizable;
///  - a leader sleeps only when nothing is left to do, and all of its group have what it has; a follower only where all is
///    durable and committed; a core that sleeps needs no ticks;
///  - a snapshot ends with a committed entry of the term that it names; what a state machine imports is what everybody else
///    had there; the log follows the import, with the configuration that holds there; nothing is applied during an import;
///  - compacted are only entries that are durable, committed and applied; what is compacted counts as held;
///  - all limits are kept.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "actors/partition/raft_core.hpp"
#include "tests/sim/checker/history.hpp"
#include "tests/sim/clients.hpp"
#include "tests/sim/disk.hpp"
#include "tests/sim/plan.hpp"

namespace kommander::sim {

class checker {
public:
  /// Looks up what is durable of a partition on a node.
  using image_lookup = std::function<const disk_image&(node_id, partition_id)>;

  checker(const plan& plan, request_book& book, dose& counts, image_lookup images);

  // -- what happens; each call may throw a violation ------------------------------------------------------------------

  /// A core was made from `found`, what could be read of the disk.
  void started(node_id node, partition_id partition, const raft_core& core, log_index applied,
               const recovered_partition& found);

  /// A core is gone: its node died, or its owner gave it up.
  void stopped(node_id node, partition_id partition);

  /// The partition comes into being with these voters.
  void born(partition_id partition, const group_configuration& first);

  /// The replica has stopped, and its log will be dropped: the partition is elsewhere.
  void lets_go(node_id node, partition_id partition);

  /// Called with each configuration that a leader has made: where, and after which one.
  using configuration_watch =
    std::function<void(partition_id, const group_configuration& before, const group_configuration& made)>;

  void watch(configuration_watch x) {
    watch_ = std::move(x);
  }

  /// A write of the partition was made to fail: its core may fail.
  void write_failed(node_id node, partition_id partition);

  /// The disk has lost what it held of the partition, beyond `left` of its hard state. The core is gone.
  void forgets(node_id node, partition_id partition, hard_state left);

  /// The disk of `node` loses, or may lose, what it had acknowledged; its core will be told. From now on a leader may count
  /// on what is not there any more, and the fence has to make up for that: all other rules hold as before.
  void struck(node_id node) {
    struck_[node.value()] = true;
  }

  /// The disk of `node` is empty, and its cores will be told.
  void wiped(node_id node);

  /// A request was handed to a core.
  void asked(node_id node, partition_id partition, proposal_id id);

  /// `out` was just taken from `core` and has not been carried out yet. With `holds`, the core was allowed to keep new
  /// entries back.
  void took(node_id node, partition_id partition, const raft_core& core, const raft_output& out, bool holds);

  /// `core` has had an input: does it sleep, and may it?
  void sleeps(node_id node, partition_id partition, const raft_core& core);

  /// The state machine has taken over a state, durably: everything up to `index`, by whose hash over it `chain`. Or it has not
  /// taken over anything.
  void imported(node_id node, partition_id partition, log_index index, std::uint64_t chain);
  void not_imported(node_id node, partition_id partition);

  /// What stands on a disk for the entries that a snapshot includes.
  [[nodiscard]] std::vector<entry> committed_entries(partition_id partition, const snapshot_boundary& boundary) const;

  /// `message` is about to leave.
  void sends(const raft_message& message);

  /// The state machine has applied everything up to `index`.
  void applied(node_id node, partition_id partition, log_index index);

  /// `core` has been told the time `now`, and its output was carried out.
  void told_time(node_id node, partition_id partition, instant now);

  /// The end of a run: no proposal may be committed in part, and what clients were told must be linearizable.
  void finish();

  // -- what is known ------------------------------------------------------------------------------------------------

  [[nodiscard]] const partition_history& history(partition_id partition) const noexcept {
    return histories_[partition.value()];
  }

  /// The configuration that holds at the last committed entry.
  [[nodiscard]] const group_configuration& committed_group(partition_id partition) const noexcept {
    return *committed_groups_[partition.value()];
  }

  /// Hash over everything that the replica has applied.
  [[nodiscard]] std::uint64_t chain(node_id node, partition_id partition) const noexcept;

  /// True if its disk was struck, so that it may hold less than it has said.
  [[nodiscard]] bool is_struck(node_id node) const {
    return struck_[node.value()];
  }

  /// How much of the log the node has had on its disk, before it last let the partition go or since.
  [[nodiscard]] log_index reached(node_id node, partition_id partition) const;

private:
  using group_pointer = std::shared_ptr<const group_configuration>;

  /// What the core has said it put into its log.
  struct logged {
    raft_term term;
    std::uint64_t content = 0;
    std::uint64_t weight_sum = 0; ///< Of this entry and all before.
    group_pointer group;          ///< The configuration from here on …
    log_index group_index;        ///< … and where its entry is.
  };

  /// What the outputs of one replica's present life have said.
  struct view {
    hard_state state;
    write_sequence write;
    std::vector<logged> log; ///< From index 1.
    log_index commit, handed_out, applied;
    std::uint64_t chain = 0; ///< Over what was handed out.
    bool may_fail = false;
    bool importing = false; ///< The last part of a snapshot was handed out.
    raft_term led;          ///< The last term in which it was seen to lead …
    raft_term judged;       ///< … and the last one of which its election was judged.
    group_pointer first_group;
    std::vector<logged> acting; ///< The configurations that held at some time while the last output came about.
    std::deque<proposal_id> waiting;
    bool asleep = false;

    [[nodiscard]] log_index last() const noexcept {
      return log_index{log.size()};
    }

    [[nodiscard]] raft_term term_at(log_index index) const noexcept {
      return index && index <= last() ? log[index.value() - 1].term : raft_term{};
    }

    /// The configuration that a log which ends at `index` gives.
    [[nodiscard]] logged group_at(log_index index) const {
      return index ? log[index.value() - 1] : logged{{}, 0, 0, first_group, {}};
    }

    [[nodiscard]] std::uint64_t weight_to(log_index index) const noexcept {
      return index ? log[index.value() - 1].weight_sum : 0;
    }
  };

  /// What a replica has had when it was told to let go. Its term and vote still hold when it comes back, and its log is known
  /// to be lost: whoever counts on that is safe because of the fence.
  struct farewell {
    hard_state promised;
    log_index last;
  };

  [[nodiscard]] const farewell& farewell_of(node_id node, partition_id partition) const {
    return farewells_[partition.value() * (plan_.nodes + 1) + node.value()];
  }

  [[nodiscard]] hard_state durable_state(node_id node, partition_id partition) const;

  /// The entry at `index` was on disk, and its replica was told to let go.
  [[nodiscard]] bool has_let_go(node_id node, partition_id partition, log_index index) const;

  view& view_of(node_id node, partition_id partition) {
    return views_[partition.value() * (plan_.nodes + 1) + node.value()];
  }

  partition_history& history_of(partition_id partition) {
    return histories_[partition.value()];
  }

  /// True if `xs` keep the limit: only the last proposal, which is never cut apart, may reach beyond it, and only its
  /// entries after the first.
  static bool fits(const std::vector<entry>& xs, std::size_t bytes_max);

  /// True if `last` is the last entry of its proposal.
  bool ends_whole(const entry& last) const;

  void check_recalls(node_id node, partition_id partition, const raft_core& core, const recovered_partition& found);

  // -- parts of `took`, in this order ---------------------------------------------------------------------------------
  void check_state(view& x, const raft_core& core, const raft_output& out);
  void check_install(view& x, partition_id partition, const raft_core& core, const raft_output& out);
  void check_compact(const view& x, node_id node, partition_id partition, const raft_output& out) const;
  void check_snapshots(view& x, const raft_core& core, const raft_output& out) const;
  void check_cut(view& x, partition_id partition, const raft_core& core, const raft_output& out, raft_term term_before);
  void check_append(view& x, node_id node, partition_id partition, const raft_core& core, const raft_output& out);
  void check_made(node_id node, partition_id partition, const entry& made, std::uint64_t content);
  void check_leader(view& x, node_id node, partition_id partition, const raft_core& core);
  void check_commit(view& x, node_id node, partition_id partition, const raft_core& core, bool holds);
  void put(view& x, const entry& made, std::uint64_t content);
  void check_change(const view& x, node_id node, partition_id partition, const raft_core& core, const entry& made);
  void check_votes(const view& x, node_id node, partition_id partition, const leader& self, raft_term term) const;
  void check_quorum(const view& x, partition_id partition, log_index index, raft_term term) const;
  void check_durable(const view& x, node_id node, partition_id partition, const raft_core& core) const;
  void check_apply(view& x, partition_id partition, const raft_core& core, const raft_output& out);
  void check_reads(const view& x, node_id node, partition_id partition, const raft_output& out) const;
  void check_replies(view& x, node_id node, partition_id partition, const raft_output& out);
  void check_read_answer(const view& x, partition_id partition, const client_request& request, const core_reply& reply);
  void check_success(const view& x, partition_id partition, const client_request& request, const core_reply& reply);
  void check_limits(const view& x, const raft_core& core, const raft_output& out) const;
  void check_memory(const view& x, const raft_core& core) const;
  void check_progress(const raft_core& core) const;
  void check_registers() const;

  // -- parts of `sleeps` ----------------------------------------------------------------------------------------------
  void check_sleep(const view& x, const raft_core& core) const;
  void check_group_sleeps(const view& x, partition_id partition, const raft_core& core);

  // -- parts of `sends` -------------------------------------------------------------------------------------------------
  static void check_message(const raft_message& message, const node_call& call);
  static void check_message(const raft_message& message, const node_answer& answer);
  static void check_message(const raft_message& message, const node_gossip& gossip);
  void check_message(const raft_message& message, const vote_request& request);
  void check_message(const raft_message& message, const vote_reply& reply);
  void check_message(const raft_message& message, const append_request& request);
  void check_message(const raft_message& message, const append_reply& reply);
  void check_message(const raft_message& message, const heartbeat& beat);
  void check_message(const raft_message& message, const heartbeat_reply& reply);
  void check_message(const raft_message& message, const timeout_now& order);
  void check_message(const raft_message& message, const fence_request& request);
  void check_message(const raft_message& message, const fence_reply& reply);
  void check_message(const raft_message& message, const read_index_request& request);
  void check_message(const raft_message& message, const read_index_reply& reply);
  void check_message(const raft_message& message, const snapshot_chunk& chunk);
  void check_message(const raft_message& message, const snapshot_reply& reply);

  const plan& plan_;
  request_book& book_;
  dose& dose_;
  image_lookup images_;
  std::vector<bool> struck_;                 ///< By node, from 1.
  std::vector<partition_history> histories_; ///< By partition, from 1.
  std::vector<view> views_;
  std::vector<farewell> farewells_; ///< As the views.
  configuration_watch watch_;
  std::vector<group_pointer> committed_groups_; ///< By partition, from 1.
  /// By partition, from 1: each committed configuration with its index.
  std::vector<std::map<log_index, group_pointer>> committed_configurations_;
};

} // namespace kommander::sim
