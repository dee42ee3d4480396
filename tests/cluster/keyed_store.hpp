/// A state machine that can be divided: under each key a list of words, written as "key=word". It survives the node.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kommander/hash.hpp"
#include "kommander/state_machine.hpp"

namespace cluster_test {

/// What survives a crash of the node.
struct keyed_disk {
  using content = std::map<std::string, std::vector<std::string>>;

  struct state {
    kommander::log_index index; ///< Everything up to here is in the content.
    content keys;
    std::map<kommander::operation_id, std::set<std::string>> imported; ///< With the latest operation.
  };

  std::map<kommander::partition_id, state> states;
};

/// What it does otherwise than it should. Of one node.
struct keyed_watch {
  bool refuse_export = false; ///< Of ranges.
  bool refuse_import = false; ///< The same.
  std::size_t imports = 0;    ///< Parts of ranges that came.
};

kommander::divisible_state_machine spawn_keyed_store(caf::actor_system& system, std::shared_ptr<keyed_disk> disk,
                                                     std::shared_ptr<keyed_watch> watch);

} // namespace cluster_test
