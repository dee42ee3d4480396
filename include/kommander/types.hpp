/// Identifiers and positions. Each is a type of its own, so that a term is never passed where an index is
/// meant. This header is free of CAF: the cores include it.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace kommander {

/// An unsigned 64-bit number that only compares with and converts to its own kind. `Tag` names the kind.
template <class Tag>
class tagged_number {
public:
  using value_type = std::uint64_t;

  constexpr tagged_number() noexcept = default;

  constexpr explicit tagged_number(value_type value) noexcept : value_{value} {
    // nop
  }

  /// The plain number, for encoding and printing.
  [[nodiscard]] constexpr value_type value() const noexcept {
    return value_;
  }

  /// True unless this is zero, which means "none" for every kind.
  [[nodiscard]] constexpr explicit operator bool() const noexcept {
    return value_ != 0;
  }

  constexpr auto operator<=>(const tagged_number&) const noexcept = default;

  /// The position `n` further on.
  [[nodiscard]] friend constexpr tagged_number operator+(tagged_number x, value_type n) noexcept {
    return tagged_number{x.value_ + n};
  }

  /// The position `n` before, never below zero.
  [[nodiscard]] friend constexpr tagged_number operator-(tagged_number x, value_type n) noexcept {
    return tagged_number{x.value_ < n ? 0 : x.value_ - n};
  }

  constexpr tagged_number& operator++() noexcept {
    ++value_;
    return *this;
  }

  /// Used by CAF (and by any inspector that is called with references to fields).
  template <class Inspector>
  friend auto inspect(Inspector& f, tagged_number& x) {
    return f(x.value_);
  }

private:
  value_type value_ = 0;
};

template <class Tag>
std::string to_string(tagged_number<Tag> x) {
  return std::to_string(x.value());
}

/// How many positions lie in (from, to]; zero when `to` is not above `from`.
template <class Tag>
constexpr std::uint64_t distance(tagged_number<Tag> from, tagged_number<Tag> to) noexcept {
  return to.value() > from.value() ? to.value() - from.value() : 0;
}

/// A Raft term (Raft paper, section 5.1). Zero: before the first election.
using raft_term = tagged_number<struct raft_term_tag>;

/// Position of an entry in a partition's log, from 1 without holes. Zero: before the first entry.
using log_index = tagged_number<struct log_index_tag>;

/// A partition, that is one Raft group. Zero is the system partition.
using partition_id = tagged_number<struct partition_id_tag>;

/// A node for its whole life, whatever address it has. Zero: no node.
using node_id = tagged_number<struct node_id_tag>;

/// Numbers the states of the partition map, each one above the one before. Zero: there is none yet.
using map_version = tagged_number<struct map_version_tag>;

/// Numbers the states of the roster, each one above the one before. Zero: there is none yet.
using roster_version = tagged_number<struct roster_version_tag>;

/// A change of the partition map that takes several steps: the index, in the log of partition 0, of the entry that began it.
using operation_id = tagged_number<struct operation_id_tag>;

/// Raised by every change of who owns a key range. Zero in a request: do not check.
using generation = tagged_number<struct generation_tag>;

/// Who retries: chosen by a client of the log, unique among all of them for as long as a session lasts. Zero: nobody.
using client_id = tagged_number<struct client_id_tag>;

/// Numbers one core's writes to its log, in the order in which they must become durable.
using write_sequence = tagged_number<struct write_sequence_tag>;

/// A point of monotonic local time since an epoch of the caller's choice; never compared between nodes.
using instant = std::chrono::microseconds;

/// Who may answer a read, and what the answer is worth.
enum class read_policy : std::uint8_t {
  leader,   ///< Only the leader, after it has proved that it leads: linearizable.
  follower, ///< Any replica, after its leader has proved that it leads: linearizable too.
  local,    ///< Any replica, at once: what it has applied, however old.
};

/// Where a node listens: a numeric IP address or host name, and a TCP port.
struct endpoint {
  std::string host;
  std::uint16_t port = 0;

  auto operator<=>(const endpoint&) const = default;

  template <class Inspector>
  friend auto inspect(Inspector& f, endpoint& x) {
    return f(x.host, x.port);
  }
};

/// "host:port"; an IPv6 address is put into brackets.
std::string to_string(const endpoint& x);

/// A node and where it listens.
struct node_info {
  node_id id;
  endpoint address;

  auto operator<=>(const node_info&) const = default;

  template <class Inspector>
  friend auto inspect(Inspector& f, node_info& x) {
    return f(x.id, x.address);
  }
};

} // namespace kommander

template <class Tag>
struct std::hash<kommander::tagged_number<Tag>> {
  std::size_t operator()(kommander::tagged_number<Tag> x) const noexcept {
    return std::hash<std::uint64_t>{}(x.value());
  }
};
