/// Histories of registers with compare-and-set: what clients asked, when, and what they were told. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kommander::linearizability {

/// What a register holds. Zero: nothing was ever written.
using register_value = std::uint64_t;

/// A point of time on any clock that all clients of a history share.
using moment = std::uint64_t;

/// The moment of an answer that never came.
inline constexpr moment never = ~moment{0};

enum class action : std::uint8_t { read, write, compare_and_set };

/// One operation of one client on one register. An operation of which the client knows that it had no effect at all
/// (it was refused) is no part of a history; one whose outcome nobody knows is, with `answered == never`.
struct operation {
  std::uint64_t key = 0; ///< Which register.
  action what = action::read;
  register_value expected = 0; ///< Of a compare-and-set.
  register_value value = 0;    ///< What a read found, or what is put.
  bool swapped = true;         ///< Whether a compare-and-set that was answered found what it expected.
  moment invoked = 0;
  moment answered = never; ///< Not below `invoked`. What is invoked at this moment or before may overlap.

  [[nodiscard]] bool is_open() const noexcept {
    return answered == never;
  }
};

using history = std::vector<operation>;

// -- making operations ----------------------------------------------------------------------------------------------

inline operation read(std::uint64_t key, register_value found, moment invoked, moment answered) {
  return {key, action::read, 0, found, true, invoked, answered};
}

inline operation write(std::uint64_t key, register_value value, moment invoked, moment answered = never) {
  return {key, action::write, 0, value, true, invoked, answered};
}

inline operation swap(std::uint64_t key, register_value expected, register_value value, moment invoked,
                      moment answered = never) {
  return {key, action::compare_and_set, expected, value, true, invoked, answered};
}

inline operation failed_swap(std::uint64_t key, register_value expected, register_value value, moment invoked,
                             moment answered) {
  return {key, action::compare_and_set, expected, value, false, invoked, answered};
}

// -- for entries of logs --------------------------------------------------------------------------------------------

/// What is asked for, as the payload of an entry; and back, with nothing known of the answer.
std::string payload_of(const operation& x);
operation operation_of(const std::string& payload);

// -- for people -----------------------------------------------------------------------------------------------------

/// "key 3: swap 4 -> 5 failed in [7, 9]".
std::string to_text(const operation& x);

} // namespace kommander::linearizability
