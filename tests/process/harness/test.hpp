/// To be included by tests, after caf-test.
#pragma once

#include "tests/process/harness/cluster.hpp"

namespace process_test {

/// Runs `test` on a cluster that has started. What it throws fails the test, and the others still run.
template <class Test>
void with_cluster(const cluster_options& options, Test test) {
  try {
    cluster servers{options};
    servers.start_all();
    client user{servers};
    user.await_all_ready();
    test(servers, user);
  } catch (const std::exception& x) {
    CAF_ERROR(x.what());
  }
}

/// A node that is not one of these two.
inline std::size_t other_than(std::size_t x, std::size_t y) {
  std::size_t result = 0;
  while (result == x || result == y)
    ++result;
  return result;
}

/// Entries of this size fill what is bounded soon.
constexpr std::size_t large_bytes = std::size_t{32} << 10;

/// How much more memory than its peer a node may use that keeps things for a third one: twice what link_window_bytes and
/// inflight_bytes_max allow, and far below what the tests send meanwhile. The address sanitizer keeps freed memory.
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t excess_bytes_max = std::size_t{320} << 20;
#else
constexpr std::size_t excess_bytes_max = std::size_t{64} << 20;
#endif

/// Whether `node` needs not much more memory than `peer`, which does the same work with less to keep.
inline bool is_modest(cluster& servers, std::size_t node, std::size_t peer) {
  auto bytes = servers.process(node).resident_bytes();
  auto peer_bytes = servers.process(peer).resident_bytes();
  CAF_MESSAGE("resident: " << (bytes >> 20) << " MiB, its peer " << (peer_bytes >> 20) << " MiB");
  return bytes > 0 && bytes < peer_bytes + excess_bytes_max;
}

/// Time-outs for tests that hold a leader against being deposed: far longer than a busy machine keeps a process waiting.
inline cluster_options patient_options(std::uint32_t partitions) {
  cluster_options result;
  result.partitions = partitions;
  result.election_min = std::chrono::milliseconds{1500};
  result.election_max = std::chrono::milliseconds{3000};
  return result;
}

} // namespace process_test
