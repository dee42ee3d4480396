/// Partitions that split and merge on real servers, over real sockets, while the node that drives it stands still or dies. The
/// servers' state machine moves no data, so what was acknowledged stays where it was: the ledgers of all partitions must agree.
#define CAF_SUITE process_split

#include "kommander/kommander.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/process/harness/test.hpp"

using namespace process_test;
using kommander::partition_id;
using kommander::status;

namespace {

constexpr std::chrono::seconds patience{60};

kommander::change_partitions by_itself(kommander::change_partitions x) {
  x.copies_itself = true;
  return x;
}

} // namespace

CAF_TEST(a split goes on when the leader of the map stands still and a merge when it dies) {
  with_cluster({.partitions = 2}, [](cluster& servers, client& user) {
    user.run();
    user.await_progress(100);
    auto still = user.leader_of(0, 0).node;
    auto asked = other_than(still, still);
    auto split = user.change(asked, by_itself(kommander::split_partition(partition_id{1})));
    CAF_REQUIRE(split.code == status::success);
    servers.pause(still);
    CAF_CHECK(user.change(asked, kommander::await_operation(split.operation, patience)).code == status::success);
    servers.resume(still);
    user.await_progress(100);
    auto dies = user.leader_of(0, asked).node;
    asked = other_than(dies, dies);
    auto merge = user.change(asked, by_itself(kommander::merge_partitions(partition_id{1}, split.partition)));
    CAF_REQUIRE(merge.code == status::success);
    servers.kill(dies);
    CAF_CHECK(user.change(asked, kommander::await_operation(merge.operation, patience)).code == status::success);
    servers.start(dies);
    user.await_ready(dies);
    user.await_progress(100);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(a partition that was created is there after all servers were killed and one that was removed is not ) {
  with_cluster({.partitions = 1}, [](cluster& servers, client& user) {
    auto made = user.change(0, kommander::create_partition());
    CAF_REQUIRE(made.code == status::success);
    auto gone = user.change(1, kommander::create_partition());
    CAF_REQUIRE(gone.code == status::success);
    auto removal = user.change(2, kommander::remove_partition(gone.partition));
    CAF_REQUIRE(removal.code == status::success);
    CAF_REQUIRE(user.change(0, kommander::await_operation(removal.operation, patience)).code == status::success);
    user.run();
    user.await_progress(100);
    for (std::size_t i = 0; i < servers.size(); ++i)
      servers.kill(i);
    servers.start_all();
    user.await_all_ready();
    auto runs = [&](partition_id id) {
      for (const auto& x : user.status(0).partitions)
        if (x.partition == id)
          return true;
      return false;
    };
    CAF_CHECK(eventually([&] { return user.leader_of(made.partition.value(), 0).term > 0; }));
    CAF_CHECK(runs(made.partition));
    CAF_CHECK(!runs(gone.partition));
    user.await_progress(50);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}
