/// A state machine of the full kind whose state survives the node: what a node's application has on its own disk.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kommander/state_machine.hpp"

namespace cluster_test {

/// What survives a crash of the node.
struct vault_disk {
  struct state {
    kommander::log_index index; ///< All entries up to here are in `content`.
    std::string content;        ///< Payloads in their order, each with its index.
  };

  std::map<kommander::partition_id, state> states;
};

/// What it does otherwise than it should, and what it has seen. Of one node.
struct vault_watch {
  bool mute_export = false;           ///< Never answers.
  bool refuse_import = false;         ///< Refuses the last part.
  std::function<void()> before_part;  ///< Called before a part of an import is answered.
  std::function<void()> at_import;    ///< Called when a state has been taken over, before that is answered.
  std::size_t exports = 0;            ///< Parts given.
  std::size_t imports = 0;            ///< States taken over.
  std::size_t open_exports = 0;       ///< Sessions that have begun and not ended.
  std::vector<std::uint64_t> applied; ///< Indexes in the order in which they came.
};

inline void add_to(vault_disk::state& x, const kommander::entry& e) {
  x.content += to_string(e.index) + ":" + std::string{e.payload.view()} + "\n";
}

kommander::full_state_machine spawn_vault(caf::actor_system& system, std::shared_ptr<vault_disk> disk,
                                          std::shared_ptr<vault_watch> watch);

} // namespace cluster_test
