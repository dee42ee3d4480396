/// What tests do with the members of a keyed cluster.
#pragma once

#include <caf/test/unit_test.hpp>

#include "tests/cluster/keyed_cluster.hpp"

namespace cluster_test {

inline kommander::operation_result join_of(keyed_cluster& x, std::size_t number) {
  auto answer = x.nodes->ask<kommander::operation_result>(x.nodes->node(number), kommander::join{});
  x.run([&] { return answer->done(); }, std::chrono::seconds{60});
  return x.nodes->await(answer);
}

inline kommander::membership_result change_of(keyed_cluster& x, std::size_t number,
                                              const kommander::change_membership& what) {
  auto answer = x.nodes->ask<kommander::membership_result>(x.nodes->node(number), what);
  x.run([&] { return answer->done(); }, std::chrono::seconds{120});
  return x.nodes->await(answer);
}

/// A node more, started and a voter.
inline std::size_t grow(keyed_cluster& x) {
  auto number = x.add_node();
  CAF_REQUIRE(x.nodes->start(number).ok());
  auto joined = join_of(x, number);
  CAF_CHECK_EQUAL(joined.reason, "");
  CAF_CHECK(joined.code == kommander::status::success);
  return number;
}

/// Until the writers have had so many words more acknowledged.
inline bool writes_on(keyed_cluster& x, std::size_t more) {
  auto goal = x.acknowledged() + more;
  return x.run([&] { return x.acknowledged() >= goal; }, std::chrono::seconds{60});
}

} // namespace cluster_test
