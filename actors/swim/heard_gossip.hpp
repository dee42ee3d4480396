/// Where what the failure detectors of other nodes tell arrives.
#pragma once

#include <vector>

#include "kommander/bytes.hpp"
#include "kommander/caf_compat.hpp"
#include "kommander/types.hpp"

namespace kommander {

/// The content of `node_gossip` messages of one peer, in their order. The transport has checked that they come from `from`.
struct heard_gossip {
  node_id from;
  std::vector<bytes> packets;
};

using gossip_receiver = cafx::typed<void(heard_gossip)>;

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::heard_gossip)
