/// Callers that wait for their proposals, in log order. Pure.
#pragma once

#include <cstddef>

#include "actors/partition/lazy_deque.hpp"
#include "kommander/entry.hpp"
#include "kommander/types.hpp"

namespace kommander {

/// Given by the owner of a core to each request that it wants answered.
using proposal_id = tagged_number<struct proposal_id_tag>;

/// A proposal that was appended and has not been answered.
struct waiting_proposal {
  proposal_id id;
  log_index last; ///< Its last entry.
  raft_term term;
  hlc_timestamp ticket; ///< The time of its first entry.
  instant deadline{0};
};

/// First in, first out: indexes and deadlines both ascend.
using proposal_queue = lazy_deque<waiting_proposal>;

} // namespace kommander
