/// The epochs of a cluster: each recovery after the loss of a majority begins one, and nodes of different epochs refuse
/// each other.
#pragma once

#include <cstdint>
#include <string>

#include "kommander/result.hpp"
#include "kommander/wal.hpp"

namespace kommander {

/// The name in the log's metadata of the epoch that it is of.
inline constexpr const char* epoch_key = "cluster_epoch";

/// How often the cluster was recovered up to `epoch`. An epoch is that number, from 1 to 999,999,999, a hyphen, and 16
/// digits to base 16 that were drawn at random: so two nodes that were recovered each for itself are of different
/// epochs. Zero for a text that is no epoch, an empty one among them.
std::uint32_t epoch_number(const std::string& epoch);

/// The one after `present`, which may be empty. `random` is the second part.
std::string next_epoch(const std::string& present, std::uint64_t random);

/// What nodes call their cluster among each other. Without an epoch: its id.
std::string name_of_cluster(const std::string& cluster_id, const std::string& epoch);

/// The epoch of a log, which is bound to `wanted` if it has never been used. Else `wanted` must be empty or what the
/// log says: what an earlier epoch has left would contradict what the present one says of the same entries.
result<std::string> bind_epoch(wal& log, const std::string& wanted);

} // namespace kommander
