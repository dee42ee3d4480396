/// What clients ask, and every promise that was made to them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/partition/raft_core.hpp"
#include "tests/sim/plan.hpp"
#include "tests/sim/random.hpp"
#include "tests/sim/registers.hpp"

namespace kommander::sim {

enum class request_kind : std::uint8_t { proposal, transfer, step_down, change, leader_read, follower_read };

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
  bool carried_out = false;               ///< A proposal's operation, by the state machine of its node.
  linearizability::operation on_register; ///< What a proposal asks for, and its answer once that is known.
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

  /// "request 7 (key 4: write 7 in [12, unknown])".
  [[nodiscard]] std::string describe(proposal_id id) const;

  [[nodiscard]] const std::vector<client_request>& all() const noexcept {
    return requests_;
  }

  /// To which proposal an entry belongs, and which of its entries it is; id zero if to none. Told by the payload, or in an
  /// elastic cluster by the ticket.
  struct origin {
    proposal_id id;
    std::uint32_t position = 0;
  };

  [[nodiscard]] origin origin_of(const entry& x) const noexcept;

  // -- elastic clusters -----------------------------------------------------------------------------------------------

  /// A proposal of one entry that somebody else has made, with a ticket that `stamp` gave.
  propose_input enter(partition_id partition, node_id node, std::uint64_t life, instant asked, proposed_entry x);

  /// A ticket that no other entry has, at the end of what the node's clock or `not_before` says.
  hlc_timestamp stamp(node_id node, std::uint64_t milliseconds, std::uint64_t not_before);

  // -- registers ----------------------------------------------------------------------------------------------------

  /// What the entry asks of a register; none if it is not the first entry of a proposal. A read answers what it finds.
  [[nodiscard]] std::optional<linearizability::operation> operation_of(const entry& x) const noexcept;

  /// The state machine of `node` has carried out the operation of the proposal `id`.
  void carried_out(node_id node, proposal_id id, const linearizability::operation& with_answer) noexcept;

  /// The caller of a proposal is told of success now.
  void told_success(client_request& x) noexcept;

  /// What all clients of a partition asked and were told; refused operations are left out, open ones are not.
  [[nodiscard]] linearizability::history history_of(partition_id partition) const;

private:
  linearizability::operation draw_operation(partition_id partition, proposal_id id);

  client_request& add(request_kind kind, partition_id partition, node_id node, std::uint64_t life, instant asked);

  const plan& plan_;
  random_source random_;
  random_source operations_random_;
  linearizability::moment now_ = 0;                        ///< Counts questions and answers.
  std::vector<linearizability::register_value> last_told_; ///< By key: what a client was last told it holds.
  std::vector<client_request> requests_;
  std::vector<hybrid_clock> clocks_; ///< One a node.
  std::map<hlc_timestamp, proposal_id> tickets_;
};

} // namespace kommander::sim
