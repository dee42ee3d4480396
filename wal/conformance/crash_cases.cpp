// A process that is killed between two calls: all calls that had returned are there.
#include "wal/conformance/subject.hpp"

namespace kommander::conformance {

namespace {

void kill_after_a_write(subject& x) {
  auto w = append(1, 1, 5, 2);
  w.state = hard_state{raft_term{2}, node_id{1}};
  w.commit = log_index{4};
  x.write(w);
  if (!x.kill())
    return;
  x.expect_holds(1, make_entries(1, 5, 2));
  x.expect_state(1, 2, 1);
  x.expect_commit(1, 4);
}

void kill_after_a_cut(subject& x) {
  x.write(append(1, 1, 50, 1));
  x.write(replacing(1, 20, make_entries(20, 21, 2)));
  if (!x.kill())
    return;
  x.expect_holds(1, make_entries(1, 19, 1) + make_entries(20, 21, 2));
  x.write(append(1, 22, 22, 2));
  x.now_and_later([&] { x.expect_holds(1, make_entries(1, 19, 1) + make_entries(20, 22, 2)); });
}

void kill_after_a_vote(subject& x) {
  for (std::uint64_t term = 1; term <= 5; ++term) {
    x.write(vote(1, term, term % 3));
    if (!x.kill())
      return;
    x.expect_state(1, term, term % 3);
  }
}

void kill_after_compaction(subject& x) {
  x.write(append(1, 1, 2000, 1));
  x.compact(1, at(1500, 1));
  if (!x.kill())
    return;
  x.expect_boundary(1, at(1500, 1));
  x.expect_holds(1, make_entries(1501, 2000, 1));
}

void kill_after_a_snapshot_boundary(subject& x) {
  x.write(append(1, 1, 20, 1));
  x.install(1, at(40, 3));
  if (!x.kill())
    return;
  x.expect_boundary(1, at(40, 3));
  x.expect_holds(1, {});
}

void kill_after_a_drop(subject& x) {
  x.write(append(1, 1, 20, 1), vote(1, 1, 1), append(2, 1, 1, 1));
  x.drop(1);
  if (!x.kill())
    return;
  x.expect_unknown(1);
  x.expect_holds(2, make_entries(1, 1, 1));
}

void kill_after_a_value(subject& x) {
  x.set("node", "17");
  if (x.kill())
    x.expect(x.get("node") == "17", "a value is gone");
}

void kill_again_and_again(subject& x) {
  for (std::uint64_t i = 1; i <= 8; ++i) {
    x.write(append(1, 3 * i - 2, 3 * i, i), append(2, i, i, i));
    if (!x.kill())
      return;
    x.expect_equal(x.all(1).size(), 3 * i, "the number of entries after a kill");
    x.expect_equal(x.all(2).size(), i, "the number of entries after a kill");
  }
}

} // namespace

std::vector<case_row> crash_cases() {
  return {
    {"killed", "a write is there after its process was killed", kill_after_a_write},
    {"killed", "a cut is there after its process was killed", kill_after_a_cut},
    {"killed", "each vote is there after its process was killed", kill_after_a_vote},
    {"killed", "a compaction is there after its process was killed", kill_after_compaction},
    {"killed", "a snapshot boundary is there after its process was killed", kill_after_a_snapshot_boundary},
    {"killed", "a drop is there after its process was killed", kill_after_a_drop},
    {"killed", "a value of the node is there after its process was killed", kill_after_a_value},
    {"killed", "a log outlives one kill after the other", kill_again_and_again},
  };
}

} // namespace kommander::conformance
