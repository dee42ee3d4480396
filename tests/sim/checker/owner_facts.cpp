#include "tests/sim/checker/owner_facts.hpp"

#include <algorithm>

namespace kommander::sim {

owner_facts::owner_facts(const partition_info& birth)
  : serves_{!birth.born_receiving},
    routed_{birth.routed},
    range_{birth.born_with} {
  // nop
}

void owner_facts::end(const ownership_change& x) {
  over_ = x.what.operation;
  generation_ = std::max(generation_, x.current.value());
  fence_.reset();
  arriving_ = complete_ = {};
}

bool owner_facts::follow(const ownership_change& x) {
  auto id = x.what.operation;
  if (id <= over_)
    return false;
  switch (x.step) {
    case ownership_step::fence:
      if (fence_ || arriving_ || !serves_)
        return false;
      fence_ = x.what;
      generation_ = std::max(generation_, x.current.value());
      return true;
    case ownership_step::import: {
      if (fence_ || complete_ == id || (arriving_ == id && x.attempt < attempt_))
        return false;
      auto begins = arriving_ != id || x.attempt > attempt_;
      if (x.number != (begins ? 0 : parts_))
        return false;
      arriving_ = id;
      attempt_ = x.attempt;
      parts_ = x.number + 1;
      complete_ = x.last ? id : operation_id{};
      return true;
    }
    case ownership_step::activate:
      if (complete_ != id)
        return false; // here all operations bring data
      end(x);
      serves_ = true;
      range_ = x.owns;
      return true;
    case ownership_step::release:
      if (!fenced_by(id))
        return false;
      end(x);
      range_ = x.owns;
      return true;
    case ownership_step::unfence:
    case ownership_step::discard: end(x); return true;
    default: return false;
  }
}

std::optional<std::string> owner_facts::refusal(key_id key, std::uint64_t expected) const {
  if (expected != 0 && expected != generation_)
    return "the generation is " + std::to_string(generation_) + ", not " + std::to_string(expected);
  if (!serves_)
    return "it owns nothing yet";
  if (fence_ && (!fence_->routed || fence_->all || (is_routed(key) && fence_->range.contains(key))))
    return "operation " + to_string(fence_->operation) + " has fenced it";
  if (routed_ && is_routed(key) && !range_.contains(key))
    return "it owns " + to_string(range_);
  return std::nullopt;
}

} // namespace kommander::sim
