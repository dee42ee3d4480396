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

/// Time-outs for tests that hold a leader against being deposed: far longer than a busy machine keeps a process waiting.
inline cluster_options patient_options(std::uint32_t partitions) {
  cluster_options result;
  result.partitions = partitions;
  result.election_min = std::chrono::milliseconds{1500};
  result.election_max = std::chrono::milliseconds{3000};
  return result;
}

} // namespace process_test
