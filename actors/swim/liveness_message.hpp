/// How a failure detector tells its node what it believes.
#pragma once

#include "actors/swim/liveness.hpp"
#include "kommander/caf_compat.hpp"

namespace kommander {

/// What is believed of the others has changed.
struct liveness_changed {
  liveness_view_ptr view; ///< Not null.
};

/// Understands what a failure detector tells; the node.
using liveness_listener = cafx::typed<void(liveness_changed)>;

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::liveness_changed)
