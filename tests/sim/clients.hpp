/// What clients ask, and every promise that was made to them.
#pragma once

#include <string>
#include <vector>

#include "actors/partition/raft_core.hpp"
#include "tests/sim/plan.hpp"
#include "tests/sim/random.hpp"

namespace kommander::sim {

enum class request_kind : std::uint8_t { proposal, transfer, step_down, leader_read, follower_read };

/// A request that was handed to a core.
struct client_request {
  request_kind kind = request_kind::proposal;
  partition_id partition;
  node_id node;                        ///< Whom it was handed to …
  std::uint64_t life = 0;              ///< … in which of its lives.
  instant asked{0};                    ///< By that node's clock.
  std::vector<std::uint64_t> contents; ///< The hash of each entry of a proposal.
  hlc_timestamp ticket;                ///< The time of a proposal's first entry.
  log_index first;                     ///< Where a proposal's first entry was appended; zero: not yet.
  raft_term term;                      ///< In which term.
  log_index committed;                 ///< A read: what was committed anywhere when it was asked.
  bool answered = false;
  status answer = status::pending;
};

/// A hash over all of an entry that its proposer decides: everything but its position.
std::uint64_t content_hash(const entry& x) noexcept;

/// Makes requests, and remembers all of them. A request's id is its place here.
class request_book {
public:
  explicit request_book(const plan& plan);

  /// A new proposal for `partition`, of random size or as `small` as can be, stamped by `node`'s clock.
  propose_input propose(partition_id partition, node_id node, std::uint64_t life, instant asked, bool small);

  /// A new transfer or step-down.
  proposal_id ask(request_kind kind, partition_id partition, node_id node, std::uint64_t life, instant asked);

  /// The request with this id; null if there was none.
  client_request* find(proposal_id id) noexcept;

  [[nodiscard]] const std::vector<client_request>& all() const noexcept {
    return requests_;
  }

  /// To which proposal an entry belongs, and which of its entries it is; id zero if to none. Told by the payload.
  struct origin {
    proposal_id id;
    std::uint32_t position = 0;
  };

  static origin origin_of(const entry& x) noexcept;

private:
  client_request& add(request_kind kind, partition_id partition, node_id node, std::uint64_t life, instant asked);

  const plan& plan_;
  random_source random_;
  std::vector<client_request> requests_;
  std::vector<hybrid_clock> clocks_; ///< One a node.
};

} // namespace kommander::sim
