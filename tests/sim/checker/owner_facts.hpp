/// Which keys a partition owns, derived a second time from the steps in its log, as the coordinator's README tells what they
/// mean; nothing of actors/partition/ownership.cpp is used.
#pragma once

#include <optional>
#include <string>

#include "actors/partition/ownership.hpp"
#include "tests/sim/elastic/keys.hpp"

namespace kommander::sim {

class owner_facts {
public:
  explicit owner_facts(const partition_info& birth);

  /// The next step in the log. True if it takes effect.
  bool follow(const ownership_change& x);

  /// Why a write of `key` does not belong where the log is now; nothing if it does.
  [[nodiscard]] std::optional<std::string> refusal(key_id key, std::uint64_t expected) const;

  /// True if a write of this place would be taken.
  [[nodiscard]] bool takes(std::uint32_t place) const {
    return routed_ && !refusal(place, 0);
  }

  [[nodiscard]] bool fenced_by(operation_id x) const noexcept {
    return fence_ && fence_->operation == x;
  }

  /// The last operation that has ended here.
  [[nodiscard]] operation_id over() const noexcept {
    return over_;
  }

private:
  void end(const ownership_change& x);

  bool serves_;
  bool routed_;
  hash_range range_;
  std::uint64_t generation_ = 1;
  std::optional<moving_state> fence_;
  operation_id arriving_, complete_; ///< Operations of which parts, or all, have come.
  std::uint64_t attempt_ = 0, parts_ = 0;
  operation_id over_;
};

} // namespace kommander::sim
