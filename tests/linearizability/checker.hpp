/// Decides whether a history of registers is linearizable: whether there is an order of the operations, each at one
/// moment between its invocation and its answer, in which every answer is right. Pure.
///
/// A search over all orders (Wing and Gong, "Testing and verifying linearizable objects", 1993) that never looks twice at
/// the same set of ordered operations with the same value (Lowe, "Testing for linearizability", 2017), one register at a
/// time (locality: Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects", 1990).
#pragma once

#include <cstddef>
#include <string>

#include "tests/linearizability/history.hpp"

namespace kommander::linearizability {

enum class verdict : std::uint8_t {
  linearizable,
  violated,
  unknown, ///< Given up at the limit. Whoever asks must take it for a failure.
};

struct check_result {
  verdict answer = verdict::linearizable;
  std::string why;        ///< Empty if linearizable; else the register, and how far an order was found.
  std::size_t states = 0; ///< How many states were looked at, over all registers.

  [[nodiscard]] bool ok() const noexcept {
    return answer == verdict::linearizable;
  }
};

/// Checks `all`, whose operations may be in any order. `states_max` bounds the states of each register's search, and
/// with them its time and memory: at most `states_max` times an eighth of the register's operations in bytes.
check_result check(const history& all, std::size_t states_max = 1'000'000);

} // namespace kommander::linearizability
