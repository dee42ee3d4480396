#include "actors/coordinator/operation_steps.hpp"

namespace kommander {

moving_state moving_of(const operation_info& x) {
  moving_state result;
  result.operation = x.id;
  result.source = x.source;
  result.target = x.target;
  result.routed = x.routed;
  if (x.routed)
    result.range = x.moving;
  result.all = x.kind == operation_kind::merge || x.kind == operation_kind::remove;
  return result;
}

bool copies_state(const operation_info& x) noexcept {
  return (x.kind == operation_kind::split || x.kind == operation_kind::merge) && !x.copies_itself;
}

std::vector<partition_step> steps_of(const operation_info& x) {
  using step = ownership_step;
  switch (x.phase) {
    case operation_phase::fencing:
      // A new partition has to elect a leader first: nobody should wait for that behind the fence.
      if (x.kind == operation_kind::remove)
        return {{x.source, step::fence}};
      return {{x.target, step::ready}, {x.source, step::fence}};
    case operation_phase::committed:
      // The target first: until it serves, the source is all that has the data.
      if (x.kind == operation_kind::split)
        return {{x.target, step::activate}, {x.source, step::release}};
      if (x.kind == operation_kind::merge)
        return {{x.target, step::activate}};
      return {}; // what is removed takes no more entries
    case operation_phase::rolling_back:
      if (x.kind == operation_kind::merge)
        return {{x.source, step::unfence}, {x.target, step::discard}};
      return {{x.source, step::unfence}}; // the target of a split is removed with what it got
    default: return {};
  }
}

operation_phase next_phase(const operation_info& x) noexcept {
  switch (x.phase) {
    case operation_phase::fencing: return operation_phase::copying;
    case operation_phase::copying: return operation_phase::committed;
    case operation_phase::committed: return operation_phase::done;
    case operation_phase::rolling_back: return operation_phase::failed;
    default: return x.phase;
  }
}

ownership_change change_of(ownership_step what, const operation_info& x, const partition_map& map) {
  ownership_change result;
  result.step = what;
  result.what = moving_of(x);
  auto at_target = what == ownership_step::activate || what == ownership_step::discard;
  result.current = at_target ? x.target_generation : x.source_generation;
  if (what == ownership_step::activate || what == ownership_step::release) {
    const auto* owner = map.find(at_target ? x.target : x.source);
    if (owner != nullptr && owner->routed)
      result.owns = owner->range;
    result.without_data = what == ownership_step::activate && x.copies_itself;
  }
  return result;
}

} // namespace kommander
