/// What clients know of their proposals, what nodes have applied, and whether the two agree. Free of CAF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace process_test {

/// What a client knows about a proposal.
enum class fate : std::uint8_t {
  in_flight,    ///< Not answered, on a connection that still stands.
  acknowledged, ///< Success, with an index.
  refused,      ///< The status says: certainly not appended.
  unknown,      ///< The status says: unknown; or the connection is lost.
};

/// A proposal as its client sees it. Each is sent once, under an id of its own.
struct proposal {
  std::string id;
  std::size_t entries = 1; ///< Proposed together: all or nothing, at consecutive indexes.
  std::size_t padding = 0; ///< Bytes of filling in each entry.
  fate known = fate::in_flight;
  std::uint64_t index = 0; ///< If acknowledged: of the last entry.
  std::uint64_t floor = 0; ///< The highest index that was acknowledged in the partition when this was sent.
};

/// The payload of entry number `n` of a proposal. Has no line break.
std::string payload_of(const proposal& x, std::size_t n);

/// The same without its filling, which `shorten` checks and counts: enough to tell any two payloads apart.
std::string name_of(const proposal& x, std::size_t n);

/// What `name_of` gives for the proposal that has this payload; the payload itself if its filling is damaged.
std::string shorten(const std::string& payload);

/// An entry that a node handed to its state machine.
struct applied_entry {
  std::uint64_t index = 0;
  std::string name; ///< See `name_of`.

  friend bool operator==(const applied_entry&, const applied_entry&) = default;
};

/// One partition on one node, in the order in which it was applied.
using replica = std::vector<applied_entry>;

/// Reads what a node has written about one partition, "index payload" a line, up to the last whole line.
replica read_replica(const std::string& path);

/// Everything that is wrong with one partition, as sentences; none if all is well. `replicas` are those of the nodes
/// that run, by their names, after each has applied everything that was committed. It is wrong if
/// - replicas differ, or one is not in ascending order of indexes;
/// - an acknowledged entry is not at its index, or is there twice;
/// - a refused entry is there; an unknown one twice or in part;
/// - an entry has an index at or below one that was acknowledged before the entry was proposed;
/// - an entry was proposed by nobody;
/// - a proposal has no answer at all.
std::vector<std::string> violations(const std::vector<proposal>& proposals,
                                    const std::map<std::string, replica>& replicas);

} // namespace process_test
