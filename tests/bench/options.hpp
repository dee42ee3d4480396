/// What one run of the benchmark measures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kommander::bench {

struct bench_options {
  /// processes, in-process, failover, idle, fairness, flood, memory, restore, routing, split, join or balance.
  std::string mode = "processes";
  std::string directory;       ///< Where the logs go; empty: a fresh folder under the system's temporary one.
  std::string log = "rocksdb"; ///< Of the nodes that are processes; or sqlite; or memory, with `idle`.
  std::vector<std::size_t> payloads{128};
  std::vector<std::size_t> batches{1};
  std::vector<std::size_t> in_flight{1, 16, 64, 256};
  std::vector<std::uint32_t> partitions{1, 8, 64};
  double seconds = 3;
  double warm_up_seconds = 1;
  std::uint32_t runs = 1;
  std::uint32_t trials = 10;
  std::uint64_t entries =
    1'000'000; ///< Of a log that is restored, that a dead follower lacks, or keys of a partition that is split.
  std::uint32_t wal_writers = 1;
  std::size_t threads = 1; ///< Of each node's scheduler.
  bool with_disk_baseline = true;
  bool quiescence = true; ///< Of `idle`.
  bool secret = false;    ///< Nodes share a secret and sign all that they say.
  bool tls = false;       ///< They speak TLS, with certificates of both sides unless they have a secret as well.
  std::uint32_t flood_rate = 1000; ///< Of `flood`: bad connections a second.
  bool compacts = false;           ///< State machines hold what they are given, so logs are compacted.

  // Of a node that the benchmark starts; not for people.
  std::uint32_t node = 0;
  bool floods = false;      ///< It is no node, but floods those at `ports`.
  std::string certificates; ///< Folder with a certificate for each node.
  std::vector<std::uint16_t> ports;
  std::uint16_t client_port = 0;
  bool may_lead = true;
};

} // namespace kommander::bench
