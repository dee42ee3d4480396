// Compaction: the beginning goes, its last position and the configuration that holds there stay.
#include "wal/conformance/subject.hpp"

namespace kommander::conformance {

namespace {

using indexes = std::vector<std::uint64_t>;

void the_beginning_goes(subject& x) {
  auto w = append(1, 1, 5, 1);
  w.commit = log_index{4};
  w.state = hard_state{raft_term{3}, node_id{2}};
  x.write(w, append(1, 6, 8, 3));
  x.compact(1, at(3, 1));
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(4, 5, 1) + make_entries(6, 8, 3));
    x.expect_boundary(1, at(3, 1));
    x.expect_commit(1, 4);
    x.expect_state(1, 3, 2);
    std::vector<term_run> expected{{log_index{4}, raft_term{1}}, {log_index{6}, raft_term{3}}};
    x.expect(x.recover().terms == expected, "the runs of terms are others");
    x.expect_unreadable(1, 3, 3);
    x.expect_unreadable(1, 3, 5);
  });
}

void everything_goes(subject& x) {
  x.write(append(1, 1, 100, 2));
  x.compact(1, at(100, 2));
  x.now_and_later([&] {
    x.expect_holds(1, {});
    x.expect_boundary(1, at(100, 2));
    x.expect_equal(x.recover().last.value(), 100, "the last entry");
    x.expect(x.recover().terms.empty(), "an empty log has terms");
    x.expect_commit(1, 100);
  });
}

void it_never_goes_back(subject& x) {
  x.write(append(1, 1, 2000, 2));
  x.compact(1, at(1500, 2));
  x.compact(1, at(1000, 2));
  x.compact(1, at(1500, 2));
  x.now_and_later([&] {
    x.expect_boundary(1, at(1500, 2));
    x.expect_holds(1, make_entries(1501, 2000, 2));
  });
}

void the_log_goes_on(subject& x) {
  x.write(append(1, 1, 10, 1));
  x.compact(1, at(10, 1));
  x.reopen();
  x.write(append(1, 11, 12, 2));
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(11, 12, 2));
    x.expect_boundary(1, at(10, 1));
  });
}

void what_is_compacted_cannot_be_written(subject& x) {
  x.write(append(1, 1, 10, 1));
  x.compact(1, at(10, 1));
  x.expect_refused(x.try_write(append(1, 1, 1, 1)));
  x.expect_refused(x.try_write(append(1, 10, 10, 1)));
  x.expect_refused(x.try_write(append(1, 12, 12, 1)));
  x.now_and_later([&] { x.expect_boundary(1, at(10, 1)); });
}

void the_hint_rises_to_the_boundary(subject& x) {
  x.write(append(1, 1, 10, 1), hint(1, 2));
  x.compact(1, at(6, 1));
  x.now_and_later([&] { x.expect_commit(1, 6); });
}

void the_tail_can_be_cut(subject& x) {
  x.write(append(1, 1, 10, 1));
  x.compact(1, at(4, 1));
  x.write(replacing(1, 5, make_entries(5, 6, 2)));
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(5, 6, 2));
    x.expect_boundary(1, at(4, 1));
  });
}

void again_and_again(subject& x) {
  for (std::uint64_t i = 1; i <= 30; ++i) {
    x.write(append(1, 2 * i - 1, 2 * i, i));
    if (i > 1)
      x.compact(1, at(2 * i - 3, i - 1));
  }
  x.now_and_later([&] {
    x.expect_boundary(1, at(57, 29));
    x.expect_holds(1, make_entries(58, 58, 29) + make_entries(59, 60, 30));
  });
}

void nothing_shows_what_is_gone(subject& x) {
  x.write(append(1, 1, 12'000, 3));
  x.compact(1, at(11'000, 3));
  auto unreadable = [&] {
    for (std::uint64_t i : {1, 5000, 5001, 10'999, 11'000})
      x.expect_unreadable(1, i, i);
    x.expect_unreadable(1, 11'000, 11'001);
  };
  x.now_and_later([&] {
    x.expect_boundary(1, at(11'000, 3));
    x.expect_holds(1, make_entries(11'001, 12'000, 3));
    unreadable();
  });
  // The log goes on below what is gone, as a part of another one.
  x.install(1, at(7000, 4));
  x.write(append(1, 7001, 7002, 4));
  x.now_and_later([&] {
    x.expect_boundary(1, at(7000, 4));
    x.expect_holds(1, make_entries(7001, 7002, 4));
    unreadable();
    x.expect_unreadable(1, 7000, 7000);
    x.expect_unreadable(1, 7003, 7003);
  });
  x.drop(1);
  x.write(append(1, 1, 2, 1));
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(1, 2, 1));
    x.expect_unreadable(1, 3, 3);
  });
}

void what_follows_is_never_of_an_older_term(subject& x) {
  x.write(append(1, 1, 10, 3));
  x.compact(1, at(10, 3));
  x.install(2, at(5, 4));
  auto cut = replacing(1, 11, make_entries(11, 11, 2));
  auto with_its_boundary = append(3, 6, 6, 1);
  with_its_boundary.install = snapshot_boundary{at(5, 2), false, {}, {}};
  x.now_and_later([&] {
    for (const auto& older : {append(1, 11, 11, 2), append(2, 6, 7, 3), cut, with_its_boundary})
      x.expect_refused(x.try_write(older), status::invalid_argument, " after term ");
    x.expect_holds(1, {});
    x.expect_holds(2, {});
    x.expect_unknown(3);
  });
  x.write(append(1, 11, 12, 3), append(2, 6, 6, 4));
  x.expect_refused(x.try_write(cut));
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(11, 12, 3));
    x.expect_holds(2, make_entries(6, 6, 4));
  });
}

void beyond_the_end(subject& x) {
  x.write(append(1, 1, 5, 2));
  x.expect_refused(x->compact(partition_id{1}, at(6, 2)), status::invalid_argument, "its last entry is 5");
  x.expect_refused(x->compact(partition_id{2}, at(1, 1)));
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(1, 5, 2));
    x.expect_unknown(2);
  });
}

void of_another_term(subject& x) {
  x.write(append(1, 1, 5, 2));
  x.expect_refused(x->compact(partition_id{1}, at(3, 1)), status::invalid_argument, "of term 2, not 1");
  x.now_and_later([&] { x.expect_holds(1, make_entries(1, 5, 2)); });
}

/// Entries 1 … 9 of term 1, of which 2, 5 and 8 are configurations.
entries with_configurations() {
  auto all = make_entries(1, 9, 1);
  for (auto i : {2, 5, 8})
    all[static_cast<std::size_t>(i) - 1].kind = entry_kind::config;
  return all;
}

void expect_configurations(subject& x, const indexes& expected) {
  x.expect(x.configurations() == expected, "recovery tells of other configurations than there are");
}

void all_configurations_are_told(subject& x) {
  x.write(appending(1, with_configurations()));
  x.now_and_later([&] {
    expect_configurations(x, {2, 5, 8});
    x.expect(x.configurations(2).empty(), "another partition has configurations");
  });
}

void the_configuration_at_the_boundary_stays(subject& x) {
  struct row {
    std::uint64_t boundary;
    indexes expected;
  };
  x.write(appending(1, with_configurations()));
  for (const auto& r : {row{1, {2, 5, 8}}, {2, {2, 5, 8}}, {4, {2, 5, 8}}, {5, {5, 8}}, {7, {5, 8}}, {9, {8}}}) {
    x.compact(1, at(r.boundary, 1));
    x.now_and_later([&] { expect_configurations(x, r.expected); });
  }
}

void it_stays_while_the_log_grows(subject& x) {
  x.write(appending(1, with_configurations()));
  x.compact(1, at(9, 1));
  x.write(append(1, 10, 40, 2));
  x.compact(1, at(30, 2));
  x.now_and_later([&] { expect_configurations(x, {8}); });
}

void one_that_was_cut_off_stays_away(subject& x) {
  x.write(appending(1, with_configurations()));
  x.write(replacing(1, 5, make_entries(5, 9, 2)));
  expect_configurations(x, {2});
  x.compact(1, at(9, 2));
  x.now_and_later([&] { expect_configurations(x, {2}); });
}

void one_that_took_the_place_of_another(subject& x) {
  x.write(appending(1, with_configurations()));
  auto all = make_entries(5, 7, 2);
  all[1].kind = entry_kind::config;
  x.write(replacing(1, 5, all));
  expect_configurations(x, {2, 6});
  x.compact(1, at(7, 2));
  x.now_and_later([&] { expect_configurations(x, {6}); });
}

void a_dropped_partition_leaves_none(subject& x) {
  x.write(appending(1, with_configurations()));
  x.compact(1, at(6, 1));
  x.drop(1);
  x.now_and_later([&] { expect_configurations(x, {}); });
}

} // namespace

std::vector<case_row> compaction_cases() {
  return {
    {"compact", "compaction forgets the beginning and keeps the rest", the_beginning_goes},
    {"compact", "compaction may take everything", everything_goes},
    {"compact", "compaction never goes back", it_never_goes_back},
    {"compact", "a log goes on behind its boundary", the_log_goes_on},
    {"compact", "what is compacted cannot be written again", what_is_compacted_cannot_be_written},
    {"compact", "a commit hint rises to the boundary", the_hint_rises_to_the_boundary},
    {"compact", "the tail behind a boundary can be cut", the_tail_can_be_cut},
    {"compact", "a log may be compacted again and again while it grows", again_and_again},
    {"compact", "nothing shows what is compacted, however much it is", nothing_shows_what_is_gone},
    {"compact", "a first entry's term below the boundary's is refused", what_follows_is_never_of_an_older_term},
    {"compact", "compaction beyond the end is refused", beyond_the_end},
    {"compact", "compaction with another term than the entry's is refused", of_another_term},
    {"configuration", "recovery tells of all configurations of the log", all_configurations_are_told},
    {"configuration", "compaction keeps the configuration that holds at the boundary",
     the_configuration_at_the_boundary_stays},
    {"configuration", "the configuration that was compacted away stays while the log grows",
     it_stays_while_the_log_grows},
    {"configuration", "a configuration that was cut off does not come back by compaction",
     one_that_was_cut_off_stays_away},
    {"configuration", "a configuration may take the place of another one", one_that_took_the_place_of_another},
    {"configuration", "a partition that is dropped leaves no configuration behind", a_dropped_partition_leaves_none},
  };
}

} // namespace kommander::conformance
