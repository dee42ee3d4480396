/// What is new in a view of the others: whom to act upon. Free of CAF.
#pragma once

#include <vector>

#include "actors/swim/liveness.hpp"

namespace kommander {

/// True if `view` says that `node` is suspect or dead. Of what it does not know, it says nothing.
bool suspects(const liveness_view_ptr& view, node_id node) noexcept;

/// The nodes that are suspected in `now` and were not `before`, or whose incarnation has risen, so that they may have
/// started anew. Either may be null: then nothing is believed.
std::vector<node_id> newly_in_doubt(const liveness_view_ptr& before, const liveness_view_ptr& now);

} // namespace kommander
