/// The map, command by command.
#define CAF_SUITE map_state
#include "tests/coordinator/map_story.hpp"

using namespace kommander;
using namespace kommander::test;

namespace {

constexpr std::uint32_t half = 1u << 30;
constexpr std::uint32_t quarter = 1u << 29;

partition_id id(std::uint64_t x) {
  return partition_id{x};
}

map_begin split_of(std::uint64_t source, std::uint32_t boundary = any_place, std::uint64_t target = 0) {
  map_begin x;
  x.source = id(source);
  x.target = id(target);
  x.routed = true;
  x.boundary = boundary;
  return x;
}

map_begin merge_of(std::uint64_t source, std::uint64_t survivor) {
  map_begin x;
  x.kind = operation_kind::merge;
  x.source = id(source);
  x.target = id(survivor);
  return x;
}

map_begin removal_of(std::uint64_t source, bool leaves_hole) {
  map_begin x;
  x.kind = operation_kind::remove;
  x.source = id(source);
  x.leaves_hole = leaves_hole;
  return x;
}

map_create creation_of(std::uint64_t what, hash_range range) {
  return {id(what), true, range};
}

} // namespace

// -- the first map --------------------------------------------------------------------------------------------------

CAF_TEST(the first map shares the key space evenly) {
  map_story log{3};
  CAF_CHECK_EQUAL(log.text(), "1 active [0, 715827882] g1; 2 active [715827883, 1431655765] g1; "
                              "3 active [1431655766, 2147483647] g1");
  CAF_CHECK(log.state.map().version == map_version{1});
  CAF_CHECK(log.state.map().next_id == id(4));
  CAF_CHECK(log.partition(2).created == map_version{1});
  CAF_CHECK(log.partition(2).born_with == log.partition(2).range);
  for (std::uint64_t n : {1u, 2u, 7u, 1000u, 65'536u})
    CAF_CHECK_EQUAL(map_checker::places_without_owner(map_story{n}.state.map()), 0u);
}

CAF_TEST(there is one first map) {
  map_story log{2};
  auto before = log.state;
  CAF_CHECK_EQUAL(log.word(map_initialize{3, first_members(3)}), "success");
  CAF_CHECK(log.state == before);
  map_story none;
  CAF_CHECK_EQUAL(none.word(map_initialize{0, first_members(3)}), "invalid_argument");
  CAF_CHECK_EQUAL(none.word(map_initialize{65'537, first_members(3)}), "invalid_argument");
  CAF_CHECK_EQUAL(none.word(map_create{id(1), false, {}}), "restore_in_progress");
  CAF_CHECK_EQUAL(none.word(split_of(1)), "restore_in_progress");
  CAF_CHECK_EQUAL(none.word(map_cancel{operation_id{1}}), "restore_in_progress");
  CAF_CHECK_EQUAL(none.word(map_initialize{2, first_members(3)}), "changed");
}

// -- create ---------------------------------------------------------------------------------------------------------

CAF_TEST(a partition without keys is created at once) {
  map_story log{1};
  auto made = log.create(0);
  CAF_CHECK(made.partition == id(2));
  CAF_CHECK(made.operation == operation_id{log.index});
  CAF_CHECK(log.partition(2).created == log.state.map().version);
  CAF_CHECK(!log.partition(2).routed);
  CAF_CHECK(log.operation(made.operation).phase == phase::done);
  CAF_CHECK(log.operation(made.operation).source == id(2));
  CAF_CHECK(log.create(0).partition == id(3));
}

CAF_TEST(whoever names a partition may ask again) {
  map_story log{1};
  CAF_CHECK_EQUAL(log.word(map_create{id(9), false, {}}), "changed");
  CAF_CHECK_EQUAL(log.word(map_create{id(9), false, {}}), "success");
  CAF_CHECK(log.last.partition == id(9));
  CAF_CHECK_EQUAL(log.word(creation_of(9, {})), "errored"); // another one
  CAF_CHECK_EQUAL(log.word(creation_of(1, {})), "success");
  CAF_CHECK_EQUAL(log.word(creation_of(1, {0, 9})), "errored");
  CAF_CHECK(log.create(0).partition == id(2)); // names are counted without gaps,
  for (std::uint64_t i = 3; i < 9; ++i)
    CAF_CHECK(log.create(0).partition == id(i));
  CAF_CHECK(log.create(0).partition == id(10)); // and those in use are left out
}

CAF_TEST(a partition with keys is created in a hole only) {
  map_story log{2};
  CAF_CHECK_EQUAL(log.word(creation_of(3, {0, 9})), "errored");
  CAF_CHECK_EQUAL(log.word(creation_of(3, {9, 0})), "invalid_argument");
  CAF_CHECK_EQUAL(log.word(creation_of(3, {0, place_max + 1})), "invalid_argument");
  auto removal = log.remove(1);
  CAF_CHECK_EQUAL(log.word(creation_of(3, {0, 9})), "errored"); // may still be rolled back
  log.finish(removal);
  CAF_CHECK_EQUAL(log.word(creation_of(3, {half - 10, half})), "errored");
  CAF_CHECK_EQUAL(log.word(creation_of(3, {half - 10, half - 1})), "changed");
  CAF_CHECK(log.state.map().route(half - 10)->id == id(3));
  CAF_CHECK(log.state.map().route(half - 11) == nullptr);
}

CAF_TEST(names are never used again) {
  map_story log{1};
  log.create(5);
  log.finish(log.remove(5));
  CAF_CHECK_EQUAL(log.word(map_create{id(5), false, {}}), "errored");
  CAF_CHECK_EQUAL(log.last.reason, "partition 5 was removed, and its name is not used again");
  CAF_CHECK_EQUAL(log.word(split_of(1, any_place, 5)), "errored");
  CAF_CHECK_EQUAL(log.word(map_create{map_state::id_max, false, {}}), "changed");
  CAF_CHECK_EQUAL(log.word(map_create{map_state::id_max + 1, false, {}}), "invalid_argument");
  CAF_CHECK_EQUAL(log.word(split_of(1, any_place, map_state::id_max.value() + 1)), "invalid_argument");
  CAF_CHECK(log.create(0).partition == id(2));
}

CAF_TEST(there are at most 65536 partitions) {
  map_story log{65'535};
  CAF_CHECK_EQUAL(log.word(map_create{}), "changed");
  CAF_CHECK_EQUAL(log.word(map_create{}), "errored");
  CAF_CHECK_EQUAL(log.last.reason, "there are 65536 partitions already");
  CAF_CHECK_EQUAL(log.word(split_of(1)), "errored");
  CAF_CHECK_EQUAL(log.word(map_create{id(65'536), false, {}}), "success"); // is there
  log.finish(log.remove(65'536));
  CAF_CHECK_EQUAL(log.word(split_of(1)), "changed");
}

// -- split ----------------------------------------------------------------------------------------------------------

CAF_TEST(a split moves the upper keys to a new partition) {
  map_story log{1};
  auto split = log.split(1, 1000);
  CAF_CHECK(log.last.partition == id(2));
  CAF_CHECK(split == operation_id{log.index});
  CAF_CHECK_EQUAL(log.text(), "1 splitting [0, 2147483647] g2; 2 receiving [1000, 2147483647] g1");
  CAF_CHECK(log.partition(2).born_receiving);
  CAF_CHECK(log.state.map().route(1000)->id == id(1)); // who receives owns nothing
  const auto& x = log.operation(split);
  CAF_CHECK(x.kind == operation_kind::split && x.phase == phase::fencing);
  CAF_CHECK(x.source == id(1) && x.target == id(2) && x.routed);
  CAF_CHECK((x.moving == hash_range{1000, place_max}));
  CAF_CHECK(x.source_generation == generation{2} && x.target_generation == generation{1});
  log.advance(split, phase::fencing, phase::copying);
  CAF_CHECK_EQUAL(log.text(), "1 splitting [0, 2147483647] g2; 2 receiving [1000, 2147483647] g1");
  log.advance(split, phase::copying, phase::committed);
  CAF_CHECK_EQUAL(log.text(), "1 active [0, 999] g3; 2 active [1000, 2147483647] g2");
  CAF_CHECK(log.operation(split).source_generation == generation{3});
  CAF_CHECK(log.operation(split).target_generation == generation{2});
  log.advance(split, phase::committed, phase::done);
  CAF_CHECK(log.operation(split).phase == phase::done);
  CAF_CHECK(log.state.map().version == map_version{5});
}

CAF_TEST(a split that names no boundary takes the middle) {
  map_story log{1};
  log.finish(log.split(1));
  CAF_CHECK((log.partition(2).range == hash_range{half, place_max}));
  log.finish(log.split(1, 2));
  log.finish(log.split(1)); // of [0, 1]
  CAF_CHECK((log.partition(1).range == hash_range{0, 0}));
  CAF_CHECK((log.partition(4).range == hash_range{1, 1}));
  CAF_CHECK_EQUAL(log.word(split_of(1)), "errored"); // one place
}

CAF_TEST(a split takes a part of the source) {
  map_story log{2};
  for (std::uint32_t boundary : {half, half - 1, 0u, 1u})
    CAF_CHECK_EQUAL(log.word(split_of(2, boundary)), "errored");
  CAF_CHECK_EQUAL(log.word(split_of(2, place_max + 1)), "invalid_argument");
  CAF_CHECK_EQUAL(log.word(split_of(3)), "unknown_partition");
  CAF_CHECK_EQUAL(log.word(split_of(0)), "unknown_partition"); // the system partition has no keys
  CAF_CHECK_EQUAL(log.word(split_of(2, any_place, 1)), "errored");
  log.create(7);
  CAF_CHECK_EQUAL(log.word(split_of(7)), "errored"); // no key leads to it
  CAF_CHECK_EQUAL(log.word(split_of(2, place_max)), "changed");
}

CAF_TEST(the state machine chooses what moves to a partition without keys) {
  map_story log{1};
  auto x = split_of(1);
  x.routed = false;
  CAF_CHECK_EQUAL(log.word(x), "changed");
  auto split = log.last.operation;
  CAF_CHECK_EQUAL(log.text(), "1 splitting [0, 2147483647] g2; 2 receiving unrouted g1");
  log.finish(split);
  CAF_CHECK_EQUAL(log.text(), "1 active [0, 2147483647] g3; 2 active unrouted g2");
  x.source = id(2);
  x.boundary = 5;
  CAF_CHECK_EQUAL(log.word(x), "invalid_argument");
  x.boundary = any_place;
  CAF_CHECK_EQUAL(log.word(x), "changed");
}

CAF_TEST(a split that is rolled back leaves the source as it was and no target) {
  for (auto from : {phase::fencing, phase::copying}) {
    map_story log{1};
    auto split = log.split(1, 1000);
    if (from == phase::copying)
      log.advance(split, phase::fencing, phase::copying);
    log.advance(split, from, phase::rolling_back, "the disk is full");
    CAF_CHECK_EQUAL(log.text(), "1 active [0, 2147483647] g3; 2 removed [1000, 2147483647] g2");
    CAF_CHECK_EQUAL(log.word(split_of(1)), "active_proposal"); // it is not unfenced yet
    CAF_CHECK(log.operation(split).source_generation == generation{3});
    log.advance(split, phase::rolling_back, phase::failed);
    CAF_CHECK(log.operation(split).phase == phase::failed);
    CAF_CHECK_EQUAL(log.operation(split).reason, "the disk is full");
    CAF_CHECK_EQUAL(log.word(split_of(1)), "changed");
    CAF_CHECK(log.last.partition == id(3));
  }
}

CAF_TEST(a split that has named its target may be asked for again) {
  map_story log{1};
  auto split = log.split(1, 1000, 7);
  CAF_CHECK_EQUAL(log.word(split_of(1, 1000, 7)), "active_proposal");
  CAF_CHECK(log.last.operation == split);
  log.finish(split);
  for (auto boundary : {1000u, any_place}) {
    CAF_CHECK_EQUAL(log.word(split_of(1, boundary, 7)), "success");
    CAF_CHECK(log.last.operation == split && log.last.partition == id(7));
  }
  CAF_CHECK_EQUAL(log.word(split_of(1, 900, 7)), "errored"); // another one
}

// -- merge ----------------------------------------------------------------------------------------------------------

CAF_TEST(a merge gives all keys to a neighbour) {
  for (auto [source, survivor] : {std::pair{1u, 2u}, {2u, 1u}}) {
    map_story log{2};
    auto range = log.partition(source).range;
    auto merge = log.merge(source, survivor);
    CAF_CHECK(log.partition(source).state == partition_state::draining);
    CAF_CHECK(log.partition(source).current == generation{2});
    CAF_CHECK(log.partition(survivor).state == partition_state::active);
    CAF_CHECK(log.operation(merge).moving == range);
    CAF_CHECK(log.operation(merge).target == id(survivor));
    log.commit_operation(merge);
    CAF_CHECK(log.partition(source).state == partition_state::removed);
    CAF_CHECK(log.partition(source).current == generation{3});
    CAF_CHECK(log.partition(survivor).range == hash_range{});
    CAF_CHECK(log.partition(survivor).current == generation{2});
    CAF_CHECK_EQUAL(log.word(removal_of(survivor, true)), "active_proposal");
    log.advance(merge, phase::committed, phase::done);
    CAF_CHECK_EQUAL(log.word(merge_of(source, survivor)), "success"); // asked again
    CAF_CHECK(log.last.operation == merge);
  }
}

CAF_TEST(a merge that is rolled back leaves both as they were) {
  map_story log{2};
  auto merge = log.merge(2, 1);
  log.advance(merge, phase::fencing, phase::copying);
  log.advance(merge, phase::copying, phase::rolling_back, "no");
  CAF_CHECK_EQUAL(log.text(), "1 active [0, 1073741823] g1; 2 active [1073741824, 2147483647] g3");
  CAF_CHECK(log.operation(merge).target_generation == generation{1});
  log.advance(merge, phase::rolling_back, phase::failed);
  CAF_CHECK_EQUAL(log.word(merge_of(1, 2)), "changed");
}

CAF_TEST(only partitions of a kind and neighbours are merged) {
  map_story log{4};
  log.create(8);
  log.create(9);
  CAF_CHECK_EQUAL(log.word(merge_of(1, 3)), "errored");
  CAF_CHECK_EQUAL(log.word(merge_of(4, 2)), "errored");
  CAF_CHECK_EQUAL(log.word(merge_of(1, 8)), "errored");
  CAF_CHECK_EQUAL(log.word(merge_of(1, 1)), "invalid_argument");
  CAF_CHECK_EQUAL(log.word(merge_of(1, 77)), "unknown_partition");
  CAF_CHECK_EQUAL(log.word(merge_of(77, 1)), "unknown_partition");
  CAF_CHECK_EQUAL(log.word(merge_of(8, 9)), "changed");
  log.finish(log.last.operation);
  CAF_CHECK_EQUAL(log.word(merge_of(9, 8)), "unknown_partition");
  CAF_CHECK_EQUAL(log.word(split_of(8)), "unknown_partition");
  CAF_CHECK_EQUAL(log.last.reason, "partition 8 was removed");
}

// -- remove ---------------------------------------------------------------------------------------------------------

CAF_TEST(a partition with keys is removed by those who mean it) {
  map_story log{2};
  CAF_CHECK_EQUAL(log.word(removal_of(1, false)), "errored");
  CAF_CHECK_EQUAL(log.word(removal_of(5, true)), "unknown_partition");
  auto removal = log.remove(1);
  CAF_CHECK(log.partition(1).state == partition_state::draining);
  CAF_CHECK(log.state.map().route(0)->id == id(1));
  log.commit_operation(removal);
  CAF_CHECK(log.partition(1).state == partition_state::removed);
  CAF_CHECK(log.state.map().route(0) == nullptr);
  log.advance(removal, phase::committed, phase::done);
  CAF_CHECK_EQUAL(log.word(removal_of(1, true)), "success"); // asked again
  log.create(9);
  CAF_CHECK_EQUAL(log.word(removal_of(9, false)), "changed");
}

// -- several at a time ----------------------------------------------------------------------------------------------

CAF_TEST(one operation at a time goes on at a partition) {
  map_story log{3};
  auto merge = log.merge(2, 1);
  for (const auto& x :
       {split_of(1), split_of(2), merge_of(1, 2), merge_of(3, 2), merge_of(2, 3), removal_of(1, true)}) {
    CAF_CHECK_EQUAL(log.word(x), "active_proposal");
    CAF_CHECK(log.last.operation == merge);
  }
  CAF_CHECK_EQUAL(log.word(split_of(3)), "changed");
  CAF_CHECK_EQUAL(log.word(split_of(4)), "active_proposal"); // a target
}

CAF_TEST(the last 64 operations that ended are remembered and all that go on) {
  map_story log{2};
  auto long_one = log.split(1);
  auto first = log.create(0).operation;
  for (int i = 1; i < 64; ++i)
    log.create(0);
  CAF_CHECK(log.state.map().find(first) != nullptr);
  CAF_CHECK_EQUAL(log.state.map().operations.size(), 65u);
  log.finish(long_one); // the lowest id, and the last end
  CAF_CHECK(log.state.map().find(long_one) != nullptr);
  CAF_CHECK(log.state.map().find(first) == nullptr);
  CAF_CHECK_EQUAL(log.state.map().operations.size(), 64u);
  CAF_CHECK_EQUAL(log.word(map_cancel{first}), "proposal_not_found");
  CAF_CHECK_EQUAL(log.word(map_advance{first, phase::committed, phase::done, {}}), "proposal_not_found");
}

// -- advance and cancel ---------------------------------------------------------------------------------------------

CAF_TEST(each step is taken once and from the phase before) {
  struct row {
    phase from, to;
    std::vector<std::string> in; ///< What becomes of it, by the phase that the operation is in.
  };
  // fencing, copying, committed, rolling back, done, cancelled, failed
  const std::string no = "errored", yes = "changed", was = "success", bad = "invalid_argument";
  const std::vector<row> table{
    {phase::fencing, phase::copying, {yes, was, was, no, was, no, no}},
    {phase::copying, phase::committed, {no, yes, was, no, was, no, no}},
    {phase::committed, phase::done, {no, no, yes, no, was, no, no}},
    {phase::fencing, phase::rolling_back, {yes, no, no, was, no, was, was}},
    {phase::copying, phase::rolling_back, {no, yes, no, was, no, was, was}},
    {phase::rolling_back, phase::failed, {no, no, no, yes, no, was, was}},
    {phase::fencing, phase::committed, {bad, bad, bad, bad, bad, bad, bad}},
    {phase::committed, phase::rolling_back, {bad, bad, bad, bad, bad, bad, bad}},
    {phase::done, phase::fencing, {bad, bad, bad, bad, bad, bad, bad}},
    {phase::copying, phase::copying, {bad, bad, bad, bad, bad, bad, bad}},
  };
  auto in_phase = [](phase where) {
    map_story log{2};
    auto x = log.merge(1, 2);
    switch (where) {
      case phase::fencing: break;
      case phase::copying: log.advance(x, phase::fencing, phase::copying); break;
      case phase::committed: log.commit_operation(x); break;
      case phase::rolling_back: log.advance(x, phase::fencing, phase::rolling_back, "r"); break;
      case phase::done: log.finish(x); break;
      case phase::failed: log.fail(x, phase::fencing); break;
      case phase::cancelled: log.commit(map_cancel{x}); log.advance(x, phase::rolling_back, phase::failed);
    }
    CAF_CHECK(log.operation(x).phase == where);
    return std::pair{log, x};
  };
  for (const auto& x : table)
    for (std::size_t i = 0; i < x.in.size(); ++i) {
      auto [log, operation] = in_phase(static_cast<phase>(i));
      CAF_CHECK_EQUAL(log.word(map_advance{operation, x.from, x.to, "r"}), x.in[i]);
    }
}

CAF_TEST(an operation is cancelled before the point of no return ) {
  // fencing, copying, committed, rolling back, done, cancelled, failed
  const std::vector<std::string> expected{"changed", "changed", "errored", "success", "errored", "success", "success"};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    map_story log{2};
    auto x = log.split(1);
    auto where = static_cast<phase>(i);
    if (where == phase::copying)
      log.advance(x, phase::fencing, phase::copying);
    else if (where == phase::committed)
      log.commit_operation(x);
    else if (where == phase::done)
      log.finish(x);
    else if (where == phase::rolling_back)
      log.advance(x, phase::fencing, phase::rolling_back, "r");
    else if (where == phase::failed)
      log.fail(x, phase::fencing);
    else if (where == phase::cancelled) {
      log.commit(map_cancel{x});
      log.advance(x, phase::rolling_back, phase::cancelled);
    }
    CAF_CHECK_EQUAL(log.word(map_cancel{x}), expected[i]);
  }
  map_story log{1};
  CAF_CHECK_EQUAL(log.word(map_cancel{operation_id{77}}), "proposal_not_found");
}

CAF_TEST(how an operation ends says who wanted it) {
  for (auto named : {phase::failed, phase::cancelled}) { // whatever its driver says
    map_story log{2};
    auto x = log.split(1);
    log.commit(map_cancel{x});
    log.commit(map_cancel{x});
    CAF_CHECK_EQUAL(log.operation(x).reason, "it was cancelled");
    log.advance(x, phase::rolling_back, named);
    CAF_CHECK(log.operation(x).phase == phase::cancelled);
    auto y = log.split(2);
    log.advance(y, phase::fencing, phase::rolling_back, "trouble");
    CAF_CHECK_EQUAL(log.word(map_cancel{y}), "success"); // too late to be the cause
    log.advance(y, phase::rolling_back, named);
    CAF_CHECK(log.operation(y).phase == phase::failed);
    CAF_CHECK_EQUAL(log.operation(y).reason, "trouble");
  }
}

CAF_TEST(a long reason is cut off) {
  map_story log{1};
  auto x = log.split(1);
  log.advance(x, phase::fencing, phase::rolling_back, std::string(100'000, 'x'));
  CAF_CHECK_EQUAL(log.operation(x).reason.size(), reason_bytes_max);
}

CAF_TEST(entries that do not ascend begin nothing) {
  map_story log{2};
  log.split(1);
  auto before = log.state;
  for (auto index : {log_index{log.index}, log_index{1}, log_index{}}) {
    auto outcome = log.state.apply(index, split_of(2));
    CAF_CHECK(outcome.code == status::errored && !outcome.changed);
    CAF_CHECK(log.state.apply(index, map_create{}).code == status::errored);
  }
  CAF_CHECK(log.state == before);
}

CAF_TEST(quarters that are split and merged again are whole) {
  map_story log{1};
  log.finish(log.split(1, half));
  log.finish(log.split(1, quarter));
  log.finish(log.split(2, half + quarter));
  CAF_CHECK_EQUAL(log.text(), "1 active [0, 536870911] g5; 2 active [1073741824, 1610612735] g4; "
                              "3 active [536870912, 1073741823] g2; 4 active [1610612736, 2147483647] g2");
  log.finish(log.merge(2, 3));
  log.finish(log.merge(4, 3));
  log.finish(log.merge(1, 3));
  CAF_CHECK(log.partition(3).range == hash_range{});
  CAF_CHECK(log.partition(3).current == generation{5});
}
