/// One member of one Raft group: the protocol, and nothing else. Pure: no CAF, thread, clock, random source, file or
/// socket. Inputs are values, time is a number, and what must happen comes out as data, in `output`.
///
/// The owner calls any number of `step`s and `tick`s, then takes the output and carries it out:
///  1. if `output.needs_write()`: write `state`, `truncate_from` and `append` together, atomically, in the order of the
///     write sequences; when they are durable, step with `durable_input{write}`;
///  2. send `messages` at once, whatever the write does: what depends on a write (votes, acknowledgements) is held back
///     in the core and comes out after that write's `durable_input`, so no owner can send it too early;
///  3. give `apply` to the state machine, and step with `applied_input{index}` when it has answered;
///  4. fetch what `reads` asks for from the log, and step with `entries_read_input`;
///  5. answer the callers named in `replies`;
///  6. give up what `snapshot_closed` names, and serve `snapshot_reads` and `snapshot_writes`; see snapshots.hpp;
///  7. let `compact`, if it is set, become the boundary of the log on disk, at any time after the writes before.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "actors/partition/configuration.hpp"
#include "actors/partition/disk_state.hpp"
#include "actors/partition/lazy_deque.hpp"
#include "actors/partition/proposals.hpp"
#include "actors/partition/quorum.hpp"
#include "actors/partition/raft_log.hpp"
#include "actors/partition/read_queue.hpp"
#include "actors/partition/roles.hpp"
#include "actors/partition/snapshot_receiver.hpp"
#include "actors/partition/snapshot_sender.hpp"
#include "kommander/raft_message.hpp"
#include "kommander/status.hpp"
#include "kommander/wal.hpp"

namespace kommander {

/// A small generator for election jitter (SplitMix64), passed in so that a seed decides everything.
class jitter_source {
public:
  explicit jitter_source(std::uint64_t seed) noexcept : state_{seed} {
    // nop
  }

  /// A number in [low, high]; `low` if the range is empty.
  std::int64_t between(std::int64_t low, std::int64_t high) noexcept;

private:
  std::uint64_t state_;
};

/// Settings of one core. Times and limits have the meaning of the settings of `raft_config` with the same names.
struct raft_core_options {
  partition_id partition;
  node_id self;
  group_configuration group; ///< Holds where the log has no configuration. Empty: this node waits to be told.
  instant heartbeat_interval = std::chrono::milliseconds{500};
  instant election_timeout_min = std::chrono::milliseconds{2000};
  instant election_timeout_max = std::chrono::milliseconds{4000};
  bool pre_vote = true;
  bool check_quorum = true;
  instant proposal_timeout = std::chrono::milliseconds{10000};
  std::size_t proposal_queue_entries_max = 2048;
  std::size_t proposal_queue_bytes_max = std::size_t{16} << 20;
  std::size_t inflight_messages_max = 64;
  std::size_t inflight_bytes_max = std::size_t{8} << 20;
  std::size_t append_bytes_max = std::size_t{256} << 10;
  std::size_t log_cache_bytes_max = std::size_t{4} << 20;
  std::size_t apply_bytes_max = std::size_t{1} << 20;
  std::size_t wal_queue_entries_max = 8192;
  std::size_t wal_queue_bytes_max = std::size_t{16} << 20;
  std::size_t waiting_reads_max = 2048; ///< More are refused.
  bool quiescence = false;              ///< Idle groups sleep; needs an owner as `peer_suspected_input` describes.
  instant quiesce_after = std::chrono::milliseconds{1500};
  snapshot_limits snapshots;
};

// -- inputs -------------------------------------------------------------------------------------------------------

/// One payload of a proposal; the core gives it its position.
struct proposed_entry {
  hlc_timestamp time; ///< The ticket: one for all entries of a proposal, and of no other proposal.
  entry_kind kind = entry_kind::command;
  std::string type;
  bytes payload;
  entry_origin origin = {};
};

/// A client's proposal: all of it or nothing. The answer comes in `output.replies` under `id`.
struct propose_input {
  proposal_id id;
  std::vector<proposed_entry> entries;
};

/// Everything up to this write is durable.
struct durable_input {
  write_sequence write;
};

/// A write has failed: what it contained may or may not be on disk. The core fails.
struct storage_failed_input {
  std::string reason;
};

/// The state machine has answered for everything up to `index`.
struct applied_input {
  log_index index;
};

/// Answer to a `log_read`, with whole proposals; one to each, and for one peer in the order of the requests. No entries: the read failed, and it may be asked for again.
struct entries_read_input {
  node_id peer; ///< As in the request.
  std::vector<entry> entries;
};

/// Nothing was ever on this disk, nor on another one of this node: what looks like a wiped disk is a new one. Said only of
/// a node that had never been a member of the cluster when it joined with this disk. Every other loss stays what it is.
struct never_here_input {};

/// The owner's request to hand leadership to `target` (zero: the most up-to-date peer).
struct transfer_input {
  proposal_id id;
  node_id target;
};

/// The owner's request to give up leadership.
struct step_down_input {
  proposal_id id;
};

/// A request to change the group's members to these, and no others. Success: the change is committed, a joint
/// configuration left. `node_is_not_leader`: nothing was done, for a leader too that is not ready or hands over.
/// `concurrent_membership_change`: another change is not complete. Refusals by `first_step` likewise change nothing.
/// `proposal_timeout` and `replication_failed`: the change may still happen.
struct change_configuration_input {
  proposal_id id;
  std::vector<node_id> voters;
  std::vector<node_id> learners;
};

/// A request for an index that makes a local read linearizable (design rule 10). Answered with success and the index when
/// everything up to it is applied here and whatever was committed anywhere when the request came is at or below it.
///
/// A leader lets reads wait until its no-op has committed; a transfer does not hinder them. With `read_policy::leader`, a
/// node that does not lead, or stops leading before the proof, answers node_is_not_leader. Others: proposal_queue_full
/// when too many wait, proposal_timeout without a proof in time. A read that failed may always be repeated.
/// With `read_policy::local` the answer is what is applied here, and proves nothing.
struct read_input {
  proposal_id id;
  read_policy policy = read_policy::leader;
};

// -- outputs ------------------------------------------------------------------------------------------------------

/// Entries that are needed and not in memory any more.
struct log_read {
  node_id peer; ///< For whom; zero: to be applied here.
  log_index first, last;
  std::size_t bytes_max = 0;

  friend bool operator==(const log_read&, const log_read&) = default;
};

/// The answer to a proposal, read, transfer or step-down.
struct core_reply {
  proposal_id id;
  status code = status::errored;
  log_index index;      ///< Of a proposal's last entry, if it was appended; of a read that succeeded.
  hlc_timestamp ticket; ///< Of a proposal, if it was appended.

  friend bool operator==(const core_reply&, const core_reply&) = default;
};

/// What the owner must do; see the top of this file for the order.
struct raft_output {
  write_sequence write; ///< Numbers this write; zero: nothing to write.
  std::optional<hard_state> state;
  std::optional<snapshot_boundary> install; ///< Part of the write; comes before the cut.
  log_index truncate_from;                  ///< Zero: nothing to cut.
  std::vector<entry> append;
  log_index commit;                   ///< The commit index now: a hint to go along with the next write.
  std::vector<raft_message> messages; ///< May leave at once.
  std::vector<entry> apply;           ///< Contiguous with what was applied before, of all kinds.
  std::vector<log_read> reads;
  std::vector<core_reply> replies;
  std::vector<snapshot_close> snapshot_closed;
  std::vector<snapshot_read> snapshot_reads;
  std::vector<snapshot_write> snapshot_writes;
  log_position compact; ///< Index zero: nothing to compact.
  bool role_changed = false;
  bool leader_changed = false; ///< Who leads, or whether it is ready, has changed.

  [[nodiscard]] bool needs_write() const noexcept {
    return static_cast<bool>(write);
  }
};

/// How a core starts: what was recovered, and how far the state machine has got without the log.
struct raft_core_start {
  recovered_partition recovered;
  /// Delivery begins after this index. It may be above the log's end, after a crash between the import of a snapshot and
  /// the write that was to follow; what is below the boundary is raised to it.
  log_index applied;
  instant now{0};
  std::uint64_t seed = 1; ///< For election jitter.
  /// What this disk is known to have lost, or may have; what an earlier start found is in the recovered state. With
  /// `everything` or `unknown`, a node that `options.group` does not name together with another voter cannot find out by
  /// itself that its group is new, and waits to be called: who begins a group alone must know that this is its first start,
  /// and say `none`.
  log_loss lost = log_loss::none;
  std::vector<node_id> known_voters{}; ///< Of the group, besides those that the log names: an earlier log did.
  /// All disks of the group may be new at once, so that it is new if all logs are empty. Else nearly all of its first voters
  /// must be certain that theirs are new: those that are not could have committed nothing without them.
  bool begins_cluster = true;
  bool verify = false; ///< Ask the first leader whether it counts on more than this log holds.
  /// Numbers above it mark this life's questions to leaders. Far above what any earlier start of this replica was given,
  /// for example the wall clock in microseconds: an old answer must not be taken for one to a new question.
  std::uint64_t question_base = 0;
};

class raft_core {
public:
  raft_core(raft_core_options options, raft_core_start start);

  // -- doors ------------------------------------------------------------------------------------------------------

  void step(const raft_message& message);
  void step(propose_input input);
  void step(const durable_input& input);
  void step(const storage_failed_input& input);
  void step(const applied_input& input);
  void step(entries_read_input input);
  void step(const transfer_input& input);
  void step(const step_down_input& input);
  void step(change_configuration_input input);
  void step(const read_input& input);
  void step(const peer_suspected_input& input);
  void step(const disk_input& input);
  void step(const write_pressure_input& input);
  void step(snapshot_chunk_input input);
  void step(const snapshot_unavailable_input& input);
  void step(const snapshot_stored_input& input);
  void step(const snapshot_imported_input& input);
  void step(const machine_holds_input& input);
  void step(const compact_input& input);
  void step(const never_here_input& input);

  /// Tells the time. `now` never goes back; a step forward by more than an election time-out is taken for a pause of
  /// this process: timers start anew, and a leader that others may have replaced steps down.
  void tick(instant now);

  /// What has to be done since the last call.
  ///
  /// With `hold_entries`, new entries that nothing urgent depends on are neither written nor sent yet: they gather in the
  /// core until a call without it. An owner that holds them while its last write is under way makes few large writes
  /// and messages of many small ones. Terms, votes, heartbeats, commits and answers are never held.
  raft_output take_output(bool hold_entries = false);

  /// True if `take_output` would give anything to do.
  [[nodiscard]] bool has_output() const noexcept;

  // -- observers --------------------------------------------------------------------------------------------------

  [[nodiscard]] const role_state& role() const noexcept;
  [[nodiscard]] raft_term current_term() const noexcept;
  [[nodiscard]] node_id voted_for() const noexcept;
  [[nodiscard]] node_id leader_id() const noexcept; ///< Zero: not known.
  [[nodiscard]] bool is_leader() const noexcept;
  /// Leads, its no-op has committed, and everything before it is applied (design rule 4).
  [[nodiscard]] bool is_ready() const noexcept;
  [[nodiscard]] bool has_failed() const noexcept;
  /// Neither votes nor campaigns, because its disk has lost, or may have lost, what it had promised.
  [[nodiscard]] bool is_fenced() const noexcept;
  /// Of which nodes it needs an answer for that; empty if it only has to be brought up to date.
  [[nodiscard]] std::vector<node_id> fence_awaits() const;
  /// Follows or leads without heartbeats until something happens; see quiescence.hpp.
  [[nodiscard]] bool is_asleep() const noexcept;
  [[nodiscard]] log_index commit_index() const noexcept;
  [[nodiscard]] log_index applied_index() const noexcept;
  [[nodiscard]] log_index durable_index() const noexcept;
  [[nodiscard]] const raft_log& log() const noexcept;
  /// The configurations of the log. `current()` holds; it is committed if `index()` is not above the commit index.
  [[nodiscard]] const configuration_history& configurations() const noexcept;
  [[nodiscard]] const raft_core_options& options() const noexcept;
  [[nodiscard]] std::size_t waiting_proposals() const noexcept;
  /// Leader: entries that the owner has taken are not committed, or not applied yet.
  [[nodiscard]] bool awaits_apply() const noexcept;
  [[nodiscard]] std::size_t waiting_reads() const noexcept;
  [[nodiscard]] std::size_t uncommitted_bytes() const noexcept;   ///< Leader: of its own term.
  [[nodiscard]] write_backlog backlog() const noexcept;           ///< What waits for this node's disk.
  [[nodiscard]] std::uint64_t strangers_ignored() const noexcept; ///< Messages of those who wanted to lead in vain.
  /// Leader: `peer` needs entries that are compacted away, and waits for a snapshot or is being sent one.
  [[nodiscard]] bool needs_snapshot(node_id peer) const noexcept;
  [[nodiscard]] const snapshot_sender& snapshots_sent() const noexcept;
  [[nodiscard]] instant next_deadline() const noexcept; ///< When `tick` should be called next at the latest.

private:
  /// A write that the owner has taken and not yet reported durable.
  struct pending_write {
    write_sequence sequence;
    log_index last; ///< The log's end on disk after it; lowered when a later write cuts the log.
  };

  /// A message that must not leave before a write is durable.
  struct held_message {
    write_sequence after;
    raft_message message;
  };

  /// A transfer that somebody waits for.
  struct waiting_transfer {
    proposal_id id;
    node_id target;
    instant deadline{0};
  };

  /// What a fenced node, or one that has just started, has learnt from the others.
  struct fence_state {
    struct answer {
      raft_term term;
      log_index last;
      bool fenced = false;
    };

    std::uint64_t nonce = 0;
    bool settled = true; ///< Nothing is left to be asked.
    instant asked{0};
    std::set<node_id> named;           ///< Who may have been a voter: answers have named it, or it has called.
    std::map<node_id, answer> answers; ///< Of the other voters, if everything may be lost.
    bool terms_known = false;          ///< All of them have answered.
    raft_term leader_term;             ///< The leader of this term has told
    log_index target;                  ///< how far its log went.
  };

  /// A change of the configuration that somebody waits for.
  struct waiting_change {
    proposal_id id;
    instant deadline{0};
  };

  /// What the owner was last told, to notice changes.
  struct reported_state {
    std::size_t role = 0;
    raft_term term;
    node_id leader;
    bool ready = false;

    friend bool operator==(const reported_state&, const reported_state&) = default;
  };

  // -- raft_core.cpp: writes, output, applying, callers -----------------------------------------------------------

  void fail(std::string reason);
  bool expect(bool condition, const char* what);
  void save_state(raft_term term, node_id vote);
  [[nodiscard]] write_sequence next_write() const noexcept;
  [[nodiscard]] bool state_is_durable() const noexcept;
  void send(node_id to, raft_term term, raft_message_body body);
  void send(node_id to, raft_message_body body);
  void release_held();
  void append_entry(entry x);
  void cut_log(log_index from);
  void number_write();
  void advance_commit(log_index index);
  void collect_apply();
  void emit_apply(std::vector<entry> entries);
  void answer(proposal_id id, status code);
  void answer_applied();
  void answer_timeouts();
  void answer_all(status code, log_index above);
  void settle_transfer();
  [[nodiscard]] reported_state reportable() const noexcept;

  // -- raft_core_election.cpp -------------------------------------------------------------------------------------

  bool adopt_higher_term(const raft_message& message);
  void answer_stale(const raft_message& message);
  [[nodiscard]] bool hears_leader(bool pre_vote) const noexcept;
  [[nodiscard]] instant draw_timeout();
  [[nodiscard]] instant role_deadline() const noexcept;
  void become_follower(raft_term term, node_id leader);
  void become_leader();
  void campaign();
  bool ask_again();
  void ask_for_vote(node_id voter);
  void start_pre_vote();
  void start_election(bool transfer);
  void count_votes();
  void heard_leader(node_id from);
  void on(const raft_message& message, const vote_request& request);
  void on(const raft_message& message, const vote_reply& reply);
  void on(const raft_message& message, const timeout_now& request);
  void tick_leader(leader& self);
  void absorb_pause();

  // -- raft_core_fence.cpp ----------------------------------------------------------------------------------------

  void start_fence(const raft_core_start& start);
  void begin_fence(log_loss lost);
  void end_fence();
  void tick_fence();
  [[nodiscard]] bool takes_part() const noexcept;
  [[nodiscard]] std::vector<node_id> voters_not_heard() const;
  [[nodiscard]] static bool concerns_fence(const raft_message& message) noexcept;
  static void on(const raft_message&, const node_call&) noexcept {}
  static void on(const raft_message&, const node_answer&) noexcept {}
  static void on(const raft_message&, const node_gossip&) noexcept {}
  void on(const raft_message& message, const fence_request& request);
  void on(const raft_message& message, const fence_reply& reply);
  void conclude_terms();
  void settle_fence();

  // -- raft_core_replication.cpp ----------------------------------------------------------------------------------

  void on(const raft_message& message, const append_request& request);
  void on(const raft_message& message, const append_reply& reply);
  void on(const raft_message& message, const heartbeat& beat);
  void on(const raft_message& message, const heartbeat_reply& reply);
  [[nodiscard]] static bool is_well_formed(const raft_message& message, const append_request& request);
  void reject_append(node_id to, log_index previous);
  void take_entries(const append_request& request);
  void acknowledge(bool repeat);
  [[nodiscard]] log_index next_candidate(const append_reply& reply) const noexcept;
  void commit_by_majority();
  void replicate();
  void replicate_to(node_id peer, progress& state);
  bool send_entries(node_id peer, progress& state, std::vector<entry> entries);
  void request_entries(node_id peer, progress& state);
  void send_heartbeats(leader& self);
  void send_commit_notices(leader& self);
  void send_heartbeat(node_id peer, progress& state, std::uint64_t round);
  void hand_over_if_caught_up(leader& self);

  // -- raft_core_configuration.cpp --------------------------------------------------------------------------------

  [[nodiscard]] const group_configuration& group() const noexcept;
  [[nodiscard]] bool counts(const raft_message& message) const;
  [[nodiscard]] static bool is_from_leader(const raft_message& message) noexcept;
  [[nodiscard]] bool is_known(node_id x) const;
  [[nodiscard]] bool is_believed(const raft_message& message) const;
  void tell_removed(node_id peer, const append_reply& reply);
  [[nodiscard]] bool may_campaign() const noexcept;
  [[nodiscard]] node_id most_complete_voter(const leader& self) const;
  void append_configuration(const group_configuration& next);
  void follow_configuration(leader& self, log_index next);
  void configuration_committed();
  void resign(leader& self);
  void answer_change(status code);

  // -- raft_core_reads.cpp ----------------------------------------------------------------------------------------

  void on(const raft_message& message, const read_index_request& request);
  void on(const raft_message& message, const read_index_reply& reply);
  [[nodiscard]] bool wants_proof() const noexcept;
  void begin_proof();
  void cover_reads(leader& self);
  void ask_leader();
  void repeat_question();
  [[nodiscard]] instant next_question() const noexcept;
  void lose_proofs();
  [[nodiscard]] bool is_proven(const leader& self, std::uint64_t round) const;
  void confirm_reads();
  void answer_reads();

  // -- raft_core_quiescence.cpp -----------------------------------------------------------------------------------

  void wake();
  void woken_by(const raft_message& message);
  void wake_leader(leader& self);
  void wake_follower(follower& self);
  [[nodiscard]] bool is_quiet(const leader& self) const;
  [[nodiscard]] bool rests(leader& self);
  void fall_asleep_if_all_do(leader& self);
  [[nodiscard]] bool wishes_sleep(std::uint64_t round) const noexcept;
  [[nodiscard]] bool may_sleep(const heartbeat& beat) const noexcept;
  [[nodiscard]] bool seeks_leader() const noexcept;
  void seek_leader();

  // -- raft_core_disk.cpp -----------------------------------------------------------------------------------------

  void keep_leading(leader& self);
  bool hand_over(leader& self);
  [[nodiscard]] instant patience_ends() const noexcept;
  [[nodiscard]] bool is_saturated(std::size_t parts) const noexcept;
  bool refuses_entries(const append_request& request);
  bool still_refuses();

  // -- raft_core_snapshots.cpp ------------------------------------------------------------------------------------

  void on(const raft_message& message, const snapshot_chunk& chunk);
  void on(const raft_message& message, const snapshot_reply& reply);
  void tend_snapshot(node_id id, progress& peer);
  void tick_snapshots();
  void end_snapshots();
  void note_closed();
  void answer_chunk(const snapshot_reply& reply);
  void commit_held();
  void install(snapshot_boundary boundary);
  void tell_installed();
  [[nodiscard]] static bool is_well_formed(const raft_message& message, const snapshot_chunk& chunk);

  raft_core_options options_;
  raft_log log_;
  configuration_history configurations_;
  hard_state state_;
  role_state role_;
  jitter_source jitter_;
  instant now_{0};

  log_index commit_;
  log_index applied_;       ///< Answered by the state machine.
  log_index apply_sent_;    ///< Given to it.
  log_index machine_holds_; ///< It says that it holds this much; zero: nothing besides.
  bool apply_reading_ = false;
  bool apply_read_failed_ = false;

  write_sequence last_write_;    ///< The last write the owner took.
  write_sequence durable_write_; ///< The last one reported durable.
  write_sequence state_write_;   ///< The last one that contains a hard state.
  log_index durable_;            ///< The log's durable end.
  log_index taken_;              ///< The log's end in what the owner has taken for writing.
  lazy_deque<pending_write> writes_;
  lazy_deque<held_message> held_;

  fence_state fence_;
  bool begins_cluster_ = true; ///< As `raft_core_start`.
  disk_state disk_;
  std::uint64_t strangers_ignored_ = 0;

  log_index matched_;      ///< Follower: this far the log is known to equal the leader's.
  log_index acknowledged_; ///< Follower: this far the leader was told.

  bool replicate_pending_ = false;
  std::map<node_id, std::uint64_t> reads_under_way_; ///< For peers, those of earlier leaderships too.
  std::size_t uncommitted_bytes_ = 0;                ///< Leader: of its own term's uncommitted entries.
  proposal_queue proposals_;
  std::optional<waiting_transfer> transfer_;
  std::optional<waiting_change> change_;

  read_queue reads_;
  std::uint64_t read_request_ = 0; ///< Number of the last question to a leader.
  instant read_asked_{0};          ///< When it was asked.

  snapshot_sender sender_;
  snapshot_receiver receiver_;
  std::optional<snapshot_reply> installed_; ///< Leaves when what it tells is durable.

  reported_state reported_;
  raft_output out_;
};

} // namespace kommander
