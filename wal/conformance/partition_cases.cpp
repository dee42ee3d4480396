// Many partitions in one log, those that are dropped, and the node's own values.
#include "wal/conformance/subject.hpp"

namespace kommander::conformance {

namespace {

constexpr auto top = ~std::uint64_t{0};

/// Partitions whose keys lie side by side, or that a sloppy order of keys would mix up.
const std::vector<std::uint64_t>& neighbours() {
  static const std::vector<std::uint64_t> x{
    0, 1, 2, 9, 10, 255, 256, 257, 65535, 65536, 0xffffffff, std::uint64_t{1} << 63, top - 1, top};
  return x;
}

void an_unknown_partition_is_empty(subject& x) {
  x.expect_unknown(99);
  x.expect_unknown(0);
  x.expect_unknown(top);
  x.write(append(1, 1, 3, 1), vote(1, 1, 1));
  x.now_and_later([&] { x.expect_unknown(99); });
}

void a_log_that_was_never_written(subject& x) {
  x.now_and_later([&] {
    x.expect_unknown(1);
    x.expect(x.get("node").empty(), "a value of the node is set");
  });
}

void neighbours_are_apart(subject& x) {
  std::vector<partition_write> group;
  for (std::size_t i = 0; i < neighbours().size(); ++i) {
    group.push_back(append(neighbours()[i], 1, 3 + i, 1 + i));
    group.back().state = hard_state{raft_term{100 + i}, node_id{i}};
    group.back().commit = log_index{1 + i};
  }
  x.expect(x->write(group).ok(), "a write of many partitions failed");
  x.now_and_later([&] {
    for (std::size_t i = 0; i < neighbours().size(); ++i) {
      x.expect_holds(neighbours()[i], make_entries(1, 3 + i, 1 + i));
      x.expect_state(neighbours()[i], 100 + i, i);
      x.expect_commit(neighbours()[i], 1 + i);
    }
  });
}

void neighbours_are_not_touched(subject& x) {
  std::vector<partition_write> group;
  for (std::size_t i = 0; i < neighbours().size(); ++i) {
    group.push_back(append(neighbours()[i], 1, 5 + i, 1));
    group.back().state = hard_state{raft_term{100 + i}, node_id{i}};
  }
  x.expect(x->write(group).ok(), "a write of many partitions failed");
  for (std::size_t i = 0; i < neighbours().size(); ++i) {
    auto p = neighbours()[i];
    x.write(replacing(p, 4, make_entries(4, 4, 2)));
    x.compact(p, at(2, 1));
    x.install(p, at(50, 3));
    x.drop(p);
    for (std::size_t k = 0; k < neighbours().size(); ++k)
      if (k <= i) {
        x.expect_unknown(neighbours()[k]);
      } else {
        x.expect_holds(neighbours()[k], make_entries(1, 5 + k, 1));
        x.expect_state(neighbours()[k], 100 + k, k);
      }
  }
}

void a_dropped_partition_is_forgotten(subject& x) {
  auto w = append(1, 1, 200, 1);
  w.state = hard_state{raft_term{3}, node_id{2}};
  w.commit = log_index{150};
  x.write(w, append(2, 1, 3, 1));
  x.compact(1, at(100, 1));
  x.drop(1);
  x.now_and_later([&] {
    x.expect_unknown(1);
    x.expect_unreadable(1, 150, 150);
    x.expect_holds(2, make_entries(1, 3, 1));
  });
}

void a_dropped_partition_begins_anew(subject& x) {
  x.write(append(1, 1, 20, 5), vote(1, 5, 1), hint(1, 20));
  x.drop(1);
  x.write(append(1, 1, 2, 1));
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(1, 2, 1));
    x.expect_state(1, 0, 0);
    x.expect_commit(1, 0);
  });
}

void dropping_what_never_was(subject& x) {
  x.drop(77);
  x.write(append(1, 1, 1, 1));
  x.drop(77);
  x.now_and_later([&] {
    x.expect_unknown(77);
    x.expect_holds(1, make_entries(1, 1, 1));
  });
}

void many_partitions_many_times(subject& x) {
  for (std::uint64_t round = 0; round < 10; ++round) {
    std::vector<partition_write> group;
    for (std::uint64_t p = 0; p < 100; ++p)
      group.push_back(append(p, 2 * round + 1, 2 * round + 2, round + 1));
    x.expect(x->write(group).ok(), "a write of a hundred partitions failed");
  }
  x.now_and_later([&] {
    for (std::uint64_t p = 0; p < 100; p += 9)
      x.expect_equal(x.all(p).size(), 20, "the number of entries of a partition");
  });
}

void many_small_writes(subject& x) {
  constexpr std::uint64_t rounds = 200;
  for (std::uint64_t i = 0; i < rounds; ++i)
    x.write(append(1, i * 50 + 1, i * 50 + 50, 1 + i / 100), append(2, i + 1, i + 1, 1));
  x.now_and_later([&] {
    x.expect_equal(x.recover().last.value(), rounds * 50, "the last entry");
    x.expect_equal(x.recover().terms.size(), 2, "the number of runs");
    x.expect_equal(x.all().size(), rounds * 50, "the number of entries");
    x.expect_holds(2, make_entries(1, rounds, 1));
  });
}

// -- the node's own values ----------------------------------------------------------------------------------------

void values_are_kept(subject& x) {
  x.expect(x.get("node").empty(), "a value that was not set is there");
  x.set("node", "1");
  x.set("node", "17");
  x.now_and_later([&] { x.expect(x.get("node") == "17", "a value is another"); });
}

void names_of_values_are_apart(subject& x) {
  x.set("node", "long");
  x.set("nod", "short");
  x.set("nodes", "longer");
  x.set("node.x", "dotted");
  x.now_and_later([&] {
    x.expect(x.get("nod") == "short" && x.get("node") == "long" && x.get("nodes") == "longer"
               && x.get("node.x") == "dotted",
             "values of similar names are mixed up");
    x.expect(x.get("no").empty() && x.get("node.").empty(), "a value that was not set is there");
  });
}

void values_may_be_any_bytes(subject& x) {
  const std::string binary("\0\xff'\"\0", 5);
  x.set("binary", binary);
  x.set("large", std::string(100'000, 'x'));
  x.set("emptied", "full");
  x.set("emptied", "");
  x.now_and_later([&] {
    x.expect(x.get("binary") == binary, "a value of any bytes is another");
    x.expect_equal(x.get("large").size(), 100'000, "the size of a large value");
    x.expect(x.get("emptied").empty(), "a value that was emptied is not empty");
  });
}

void values_and_partitions_are_apart(subject& x) {
  x.set("0", "zero");
  x.set("1", "one");
  x.write(append(0, 1, 3, 1), append(1, 1, 3, 1));
  x.drop(0);
  x.drop(1);
  x.now_and_later([&] {
    x.expect(x.get("0") == "zero" && x.get("1") == "one", "a dropped partition took a value with it");
    x.expect_unknown(0);
  });
}

} // namespace

std::vector<case_row> partition_cases() {
  return {
    {"partitions", "an unknown partition is empty and no error", an_unknown_partition_is_empty},
    {"partitions", "a log that was never written is empty", a_log_that_was_never_written},
    {"partitions", "neighbouring partitions are told apart", neighbours_are_apart},
    {"partitions", "neighbours are never touched by what happens to a partition", neighbours_are_not_touched},
    {"drop", "a dropped partition is forgotten", a_dropped_partition_is_forgotten},
    {"drop", "a dropped partition may begin anew", a_dropped_partition_begins_anew},
    {"drop", "a partition that never was may be dropped", dropping_what_never_was},
    {"partitions", "a hundred partitions are written many times", many_partitions_many_times},
    {"partitions", "many small writes outlive every buffer", many_small_writes},
    {"metadata", "values of the node are kept", values_are_kept},
    {"metadata", "values of similar names are told apart", names_of_values_are_apart},
    {"metadata", "values of the node may be any bytes", values_may_be_any_bytes},
    {"metadata", "values of the node and partitions are told apart", values_and_partitions_are_apart},
  };
}

} // namespace kommander::conformance
