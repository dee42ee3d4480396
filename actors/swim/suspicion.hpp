/// How long a suspect has to object (Lifeguard, section IV-B). Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "kommander/types.hpp"

namespace kommander {

struct suspicion_times {
  instant least{0};              ///< With enough confirmations.
  instant most{0};               ///< While only one node suspects it.
  std::size_t confirmations = 0; ///< That make it `least`. Zero: it is `least` from the beginning.
};

/// In a cluster of `members` nodes. The least time grows with their logarithm, as the time does in which a rumour and its
/// refutation get around; below four members there is nobody to confirm anything, and the most is the least.
suspicion_times suspicion_times_for(std::chrono::milliseconds suspicion_timeout, std::size_t members);

/// A suspicion against one node, in the time that its holder lives through.
class suspicion {
public:
  suspicion(instant began, node_id accuser, const suspicion_times& times);

  /// Another node has had no answer either. False if that is not new, or no more is needed.
  bool confirm(node_id accuser);

  /// Somebody holds it to be over: no confirmation is needed any more.
  void conclude() noexcept {
    times_.most = times_.least;
  }

  [[nodiscard]] instant deadline() const;

  [[nodiscard]] bool is_accuser(node_id x) const noexcept;

  [[nodiscard]] node_id first_accuser() const noexcept {
    return accusers_.front();
  }

private:
  instant began_;
  suspicion_times times_;
  std::vector<node_id> accusers_; ///< At most one more than confirmations are needed.
};

} // namespace kommander
