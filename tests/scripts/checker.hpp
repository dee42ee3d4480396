/// Facts that must hold in every script, derived anew from what the cores did and what the disks hold, whatever the
/// expected transcript says (design rules 1, 3, 7 and 8). Free of CAF.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/partition/raft_core.hpp"
#include "tests/scripts/disk.hpp"

namespace kommander::scripts {

/// Watches one cluster. Each function returns what is broken, or an empty string.
class checker {
public:
  /// Looks up a node's disk; null if there is no such node.
  using disk_lookup = std::function<const disk*(node_id)>;

  explicit checker(disk_lookup disks) : disks_{std::move(disks)} {
    // nop
  }

  /// A node (re)starts; delivery begins after `applied`.
  void started(node_id node, log_index applied);

  /// Election safety: at most one leader a term (Raft paper, section 5.2).
  std::string leads(node_id node, raft_term term);

  /// What a node says must be true of its disk: votes and acknowledgements follow durable writes (design rule 1).
  std::string sends(const raft_message& x) const;

  /// No disk ends within a proposal: it holds all entries of one or none.
  std::string wrote(const disk& content) const;

  /// The entry at a commit index is on the disks of a majority.
  std::string commits(node_id node, const raft_core& core);

  /// State machine safety: every node applies the same entries in index order, each once per start.
  std::string applies(node_id node, const entry& x);

  /// The state machine of `node`, now `content`, has applied everything up to `index`; or has taken it over from a snapshot.
  std::string reaches(node_id node, log_index index, const std::string& content, bool imported);

  void proposed(const propose_input& x);

  /// Waits for an answer that tells of no entry: a transfer or step-down.
  void asked(proposal_id id);

  /// Waits for an index that makes a read linearizable.
  void reads(proposal_id id);

  /// Each caller gets one answer, success only for the very entries it proposed, applied by `core` (design rule 7).
  std::string answers(const core_reply& x, const raft_core& core);

private:
  struct waiting {
    std::vector<proposed_entry> entries;
    std::optional<log_index> committed; ///< A read: what was committed anywhere when it came.
    bool answered = false;
  };

  std::string answers_success(const core_reply& x, const waiting& caller, const raft_core& core) const;

  [[nodiscard]] bool is_on_majority(const std::vector<node_id>& voters, const log_position& x) const;

  disk_lookup disks_;
  log_index committed_; ///< By anybody.
  std::map<raft_term, node_id> leaders_;
  std::map<node_id, log_index> applied_;
  std::map<log_index, entry> chosen_;
  std::map<log_index, std::string> states_; ///< Of state machines, after each index.
  std::map<proposal_id, waiting> callers_;
};

} // namespace kommander::scripts
