/// What the cores of one partition say to each other. Plain values, free of CAF; the wire format is in net/.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "kommander/bytes.hpp"
#include "kommander/entry.hpp"
#include "kommander/types.hpp"

namespace kommander {

/// Asks for a vote (Raft paper, section 5.2), or with `pre_vote` whether one would be given (thesis, section 9.6).
struct vote_request {
  bool pre_vote = false;
  bool transfer = false; ///< Asked for by the leader that hands over: leader stickiness does not apply.
  log_position last;     ///< The candidate's last entry.

  friend bool operator==(const vote_request&, const vote_request&) = default;
};

struct vote_reply {
  bool pre_vote = false;
  bool granted = false;

  friend bool operator==(const vote_reply&, const vote_reply&) = default;
};

/// Entries that follow `previous` (design rule 2). With no entries it probes for a match.
struct append_request {
  log_position previous;
  log_index commit; ///< The leader's commit index.
  std::vector<entry> entries;

  friend bool operator==(const append_request&, const append_request&) = default;
};

struct append_reply {
  bool rejected = false;
  /// Accepted: the last index that is known to match the leader's log and is durable here.
  /// Rejected: the `previous.index` that did not match.
  log_index index;
  /// Rejected: where to look next. The term of the entry here at `previous.index` (or of the last one, if the log is
  /// shorter) and the first index of that term; both zero if there is none.
  log_position conflict;
  /// Rejected: the last index here.
  log_index last;
  /// Rejected only because too much is under way to the disk already: nothing was taken, and nothing is to be sent before
  /// the sender's heartbeat replies say that it is saturated no more. `index` tells nothing then.
  bool saturated = false;

  friend bool operator==(const append_reply&, const append_reply&) = default;
};

/// The leader is alive. `commit` is its commit index, or the receiver's match index if that is lower, with the term of
/// that entry: the receiver moves its commit index only if its log holds that very entry, so even a disk that lost
/// acknowledged entries cannot make it commit others.
struct heartbeat {
  log_position commit;
  std::uint64_t round = 0; ///< Comes back in the reply.
  bool sleep = false;      ///< The log ends at `commit`: a receiver whose log ends there, too, may sleep.
  /// The receiver needs entries that are compacted away, and the sender's state machine exports none of its state. For
  /// people; nothing depends on it.
  bool snapshot_required = false;

  friend bool operator==(const heartbeat&, const heartbeat&) = default;
};

/// With round zero it answers nothing: it tells that its sender is awake.
struct heartbeat_reply {
  std::uint64_t round = 0;
  bool asleep = false;    ///< The sender does without further heartbeats.
  bool saturated = false; ///< The sender has refused entries, and would refuse more.
  bool fenced = false;    ///< The sender's log may lack what it had acknowledged: it still asks.

  friend bool operator==(const heartbeat_reply&, const heartbeat_reply&) = default;
};

/// Start an election at once: the leader hands over (thesis, section 3.10).
struct timeout_now {
  friend bool operator==(const timeout_now&, const timeout_now&) = default;
};

/// Asks what a node that has, or may have, lost something must know; see actors/partition/raft_core_fence.cpp.
struct fence_request {
  std::uint64_t nonce = 0; ///< Comes back in the reply. No two lives of a node use the same.
  log_index last;          ///< The sender's last entry.

  friend bool operator==(const fence_request&, const fence_request&) = default;
};

struct fence_reply {
  std::uint64_t nonce = 0;
  bool leads = false;  ///< The sender leads in its term.
  bool fenced = false; ///< The sender is fenced itself: its log tells nothing about whether the group is new.
  log_index last;      ///< The sender's last entry.
  log_index counted;   ///< A leader's: this far it counts on the receiver's log.
  /// All voters of all configurations that the sender knows of, in ascending order.
  std::vector<node_id> voters;

  friend bool operator==(const fence_reply&, const fence_reply&) = default;
};

/// A follower asks its leader up to where it must have applied before it may answer the reads that wait there (thesis,
/// section 6.4). Repeated until it is answered.
struct read_index_request {
  std::uint64_t request = 0; ///< Comes back in the reply. Ascends at each sender, also over restarts.

  friend bool operator==(const read_index_request&, const read_index_request&) = default;
};

/// The sender has led at some time after the request came, and nothing above `index` was committed then.
struct read_index_reply {
  std::uint64_t request = 0;
  log_index index;

  friend bool operator==(const read_index_reply&, const read_index_reply&) = default;
};

/// A part of a leader's snapshot, for a peer that needs entries which are compacted away; see
/// actors/partition/snapshot_sender.hpp.
struct snapshot_chunk {
  std::uint64_t session = 0;     ///< Ascends at each sender while it lives.
  log_position position;         ///< The last entry that the snapshot includes, with that entry's term.
  log_index configuration_index; ///< Of the configuration that holds there; zero: the group's first one.
  bytes configuration;           ///< As in the payload of a `config` entry; empty if the index is zero.
  std::uint64_t offset = 0;      ///< Where `data` begins.
  bytes data;
  std::uint64_t digest = 0; ///< Of everything up to the end of `data`, and of the fields above but the session; see
                            ///< `chain_digest`.
  bool last = false;        ///< Nothing follows `data`.

  friend bool operator==(const snapshot_chunk&, const snapshot_chunk&) = default;
};

enum class snapshot_answer : std::uint8_t {
  wants,     ///< The session is to go on at `offset`; zero: it has to begin anew.
  installed, ///< The receiver's log and state machine hold everything up to `index`, durably.
  refused,   ///< The receiver does not take this snapshot.
};

struct snapshot_reply {
  std::uint64_t session = 0;
  snapshot_answer answer = snapshot_answer::wants;
  std::uint64_t offset = 0;
  log_index index; ///< Installed: the snapshot's last entry.

  friend bool operator==(const snapshot_reply&, const snapshot_reply&) = default;
};

/// A request from one node to another, whatever partition it concerns; answered with a `node_answer`. Either may be lost.
struct node_call {
  std::uint64_t id = 0; ///< Comes back in the answer. No two lives of a node use the same.
  bytes body;           ///< See actors/coordinator/node_request.hpp.

  friend bool operator==(const node_call&, const node_call&) = default;
};

struct node_answer {
  std::uint64_t id = 0;
  bytes body;

  friend bool operator==(const node_answer&, const node_answer&) = default;
};

/// What the failure detector of one node tells that of another, whatever partition it names. It may be lost.
struct node_gossip {
  bytes body; ///< See actors/swim/swim_message.hpp.

  friend bool operator==(const node_gossip&, const node_gossip&) = default;
};

using raft_message_body =
  std::variant<vote_request, vote_reply, append_request, append_reply, heartbeat, heartbeat_reply, timeout_now,
               fence_request, fence_reply, read_index_request, read_index_reply, snapshot_chunk, snapshot_reply,
               node_call, node_answer, node_gossip>;

/// A message between two members of one partition's group.
struct raft_message {
  partition_id partition;
  node_id from;
  node_id to;
  raft_term term; ///< The sender's term; for a pre-vote request the term it would campaign in.
  raft_message_body body;

  friend bool operator==(const raft_message&, const raft_message&) = default;

  /// What the message counts for against limits in bytes.
  [[nodiscard]] std::size_t weight() const noexcept {
    std::size_t sum = 64;
    if (const auto* append = std::get_if<append_request>(&body))
      for (const auto& x : append->entries)
        sum += x.weight();
    if (const auto* reply = std::get_if<fence_reply>(&body))
      sum += 10 * reply->voters.size();
    if (const auto* chunk = std::get_if<snapshot_chunk>(&body))
      sum += 64 + chunk->configuration.size() + chunk->data.size();
    if (const auto* call = std::get_if<node_call>(&body))
      sum += call->body.size();
    if (const auto* answer = std::get_if<node_answer>(&body))
      sum += answer->body.size();
    if (const auto* gossip = std::get_if<node_gossip>(&body))
      sum += gossip->body.size();
    return sum;
  }

  /// True if it is not for a partition's core, but for the node.
  [[nodiscard]] bool is_between_nodes() const noexcept {
    return std::holds_alternative<node_call>(body) || std::holds_alternative<node_answer>(body)
           || std::holds_alternative<node_gossip>(body);
  }

  /// True for all but appends that carry entries, chunks and calls: what must not wait behind a queue of entries.
  [[nodiscard]] bool is_control() const noexcept {
    const auto* append = std::get_if<append_request>(&body);
    return (append == nullptr || append->entries.empty()) && !std::holds_alternative<snapshot_chunk>(body)
           && !std::holds_alternative<node_call>(body) && !std::holds_alternative<node_answer>(body);
  }
};

} // namespace kommander
