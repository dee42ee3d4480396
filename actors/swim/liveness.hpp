/// What a node believes about the others: the outcome of its failure detector, for whoever acts on it. Free of CAF.
///
/// It is advice. It decides when to look for another leader and whom to ask about, never who votes.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "kommander/types.hpp"

namespace kommander {

enum class liveness : std::uint8_t {
  alive = 0,
  suspect = 1, ///< It does not answer, directly or through others; it may still object.
  dead = 2,    ///< It has not objected in time.
};

std::string_view to_string(liveness x) noexcept;

struct node_liveness {
  node_id node;
  liveness state = liveness::alive;
  std::uint64_t incarnation = 0; ///< Of what is believed; raised by the node itself when it objects or starts anew.
  instant since{0};              ///< When this node began to believe it.
};

/// All members but this node itself, ascending by id. A view never changes; a new one takes its place.
struct liveness_view {
  std::uint64_t version = 0; ///< Ascends with each change.
  std::vector<node_liveness> nodes;

  /// Null: it is not a member, or nothing is known.
  [[nodiscard]] const node_liveness* find(node_id id) const noexcept;
};

using liveness_view_ptr = std::shared_ptr<const liveness_view>;

} // namespace kommander
