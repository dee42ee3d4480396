/// What a member of a Raft group can be, and what it keeps for as long as it is that. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "actors/partition/progress.hpp"
#include "actors/partition/quiescence.hpp"
#include "kommander/types.hpp"

namespace kommander {

/// Follows the leader of the term, or waits for one.
struct follower {
  node_id leader;          ///< Zero: not known.
  instant last_contact{0}; ///< When the leader was last heard.
  instant election_timeout{0};
  bool asleep = false; ///< Waits without a timer, by its leader's wish.
};

/// Asks whether it would be elected, without disturbing anybody (thesis, section 9.6).
struct pre_candidate {
  std::vector<node_id> granted, refused;
  instant started{0};
  instant election_timeout{0};
};

/// Asks for votes in its own new term.
struct candidate {
  std::vector<node_id> granted, refused;
  instant started{0};
  instant election_timeout{0};
  bool transfer = false;
};

/// A peer's question how far it must have applied before it may answer its reads.
struct peer_read {
  std::uint64_t request = 0; ///< Goes back with the answer.
  std::uint64_t round = 0;   ///< Of the heartbeats that will prove the answer; zero: not begun yet.
};

/// Leads.
struct leader {
  progress_map peers;
  log_index first_of_term; ///< The no-op that began this term.
  instant last_heartbeat{0};
  instant last_quorum_check{0};
  std::uint64_t round = 0;         ///< Of the last heartbeat.
  node_id transferee;              ///< Zero: no transfer under way.
  bool handed_over = false;        ///< The transferee was told to campaign.
  instant hand_over_until{0};      ///< The disk is stalled: a successor is sought until then. Zero: it is not.
  log_index configuration_settled; ///< Of the last committed configuration that was acted on.
  std::map<node_id, peer_read> peer_reads;
  leader_rest rest;

  /// `peer` answers, takes entries as they come, and does not say any more that its disk may have lost something: as a voter
  /// it would be of use. In a group that sleeps all peers have answered that they have everything.
  [[nodiscard]] bool hears(const progress& peer) const noexcept;
};

/// Has met a broken invariant or a failed write: takes part in nothing any more (design rule 11).
struct failed {
  std::string reason;
};

using role_state = std::variant<follower, pre_candidate, candidate, leader, failed>;

} // namespace kommander
