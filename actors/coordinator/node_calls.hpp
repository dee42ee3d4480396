/// Where what nodes ask of each other arrives.
#pragma once

#include <vector>

#include "kommander/caf_compat.hpp"
#include "kommander/raft_message.hpp"

namespace kommander {

/// Calls and answers of one peer, in their order; `raft_message::is_between_nodes` holds for each. The transport has checked
/// that they come from `from`.
struct node_calls {
  node_id from;
  std::vector<raft_message> messages;
};

using node_calls_receiver = cafx::typed<void(node_calls)>;

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::node_calls)
