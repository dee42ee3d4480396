// Boundaries of snapshots: the log becomes an empty one that begins behind them.
#include "wal/conformance/subject.hpp"

namespace kommander::conformance {

namespace {

/// A log of ten entries and another one beside it; then a boundary.
void check_boundary_at(subject& x, log_position boundary) {
  auto w = append(1, 1, 10, 1);
  w.state = hard_state{raft_term{4}, node_id{1}};
  w.commit = log_index{6};
  x.write(w, append(2, 1, 10, 1));
  x.install(1, boundary);
  auto next = boundary.index.value() + 1;
  auto term = boundary.term.value() + 1;
  x.now_and_later([&] {
    x.expect_boundary(1, boundary);
    x.expect_holds(1, {});
    x.expect(x.recover().terms.empty(), "an empty log has terms");
    x.expect_commit(1, boundary.index.value());
    x.expect_state(1, 4, 1);
    x.expect_unreadable(1, next, next);
    x.expect_holds(2, make_entries(1, 10, 1));
    x.expect_refused(x.try_write(append(1, next + 1, next + 1, term)));
  });
  x.write(append(1, next, next + 1, term));
  x.now_and_later([&] { x.expect_holds(1, make_entries(next, next + 1, term)); });
}

void below_the_end(subject& x) {
  check_boundary_at(x, at(5, 1));
}

void at_the_end(subject& x) {
  check_boundary_at(x, at(10, 1));
}

void beyond_the_end(subject& x) {
  check_boundary_at(x, at(1000, 7));
}

void far_beyond(subject& x) {
  check_boundary_at(x, at(std::uint64_t{1} << 62, std::uint64_t{1} << 40));
}

void on_an_unknown_partition(subject& x) {
  x.install(1, at(7, 3));
  x.now_and_later([&] {
    x.expect_boundary(1, at(7, 3));
    x.expect_state(1, 0, 0);
  });
  x.write(append(1, 8, 9, 3));
  x.now_and_later([&] { x.expect_holds(1, make_entries(8, 9, 3)); });
}

void behind_a_compacted_one(subject& x) {
  x.write(append(1, 1, 10, 1));
  x.compact(1, at(6, 1));
  x.install(1, at(8, 2));
  x.now_and_later([&] {
    x.expect_boundary(1, at(8, 2));
    x.expect_holds(1, {});
  });
}

void one_after_the_other(subject& x) {
  for (std::uint64_t i = 1; i <= 4; ++i) {
    x.install(1, at(10 * i, i));
    x.write(append(1, 10 * i + 1, 10 * i + 3, i));
  }
  x.now_and_later([&] {
    x.expect_boundary(1, at(40, 4));
    x.expect_holds(1, make_entries(41, 43, 4));
  });
}

void compacted_behind_it(subject& x) {
  x.install(1, at(50, 2));
  x.write(append(1, 51, 60, 3));
  x.compact(1, at(55, 3));
  x.now_and_later([&] {
    x.expect_boundary(1, at(55, 3));
    x.expect_holds(1, make_entries(56, 60, 3));
  });
}

void entries_of_the_old_log_stay_away(subject& x) {
  x.write(append(1, 1, 10, 1));
  x.install(1, at(5, 1));
  x.write(append(1, 6, 7, 2));
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(6, 7, 2));
    x.expect_unreadable(1, 8, 8);
    x.expect_unreadable(1, 5, 5);
  });
}

void configurations_of_the_old_log_stay_away(subject& x) {
  auto all = make_entries(1, 9, 1);
  all[7].kind = entry_kind::config;
  x.write(appending(1, all));
  x.install(1, at(5, 1));
  x.write(append(1, 6, 9, 2));
  x.now_and_later([&] { x.expect(x.configurations().empty(), "a configuration of the old log is told of"); });
}

void with_a_configuration(subject& x) {
  auto before = append(1, 1, 10, 1);
  before.entries[2].kind = before.entries[8].kind = entry_kind::config;
  before.commit = log_index{2};
  x.write(before);
  auto w = append(1, 8, 9, 4);
  w.install = snapshot_boundary{at(7, 3), false, log_index{6}, bytes{"members"}};
  w.state = hard_state{raft_term{4}, node_id{2}};
  x.write(w);
  x.now_and_later([&] {
    x.expect_boundary(1, at(7, 3));
    x.expect_commit(1, 7);
    x.expect_state(1, 4, 2);
    x.expect_holds(1, make_entries(8, 9, 4));
    auto found = x.recover().configs;
    x.expect(found.size() == 1 && found[0].index == log_index{6}, "the configurations are not the snapshot's");
    x.expect(found[0].payload == bytes{"members"}, "the configuration has another content");
    x.expect_unreadable(1, 7, 7);
    x.expect_unreadable(1, 10, 10);
  });
}

void with_its_tail(subject& x) {
  auto before = append(1, 1, 10, 1);
  before.entries[2].kind = before.entries[8].kind = entry_kind::config;
  x.write(before);
  auto w = append(1, 11, 11, 2);
  w.install = snapshot_boundary{at(7, 1), true, log_index{3}, before.entries[2].payload};
  w.truncate_from = log_index{11};
  x.write(w);
  entries kept{before.entries.begin() + 7, before.entries.end()};
  kept.push_back(w.entries.front());
  auto too_high = append(1, 12, 12, 2);
  too_high.install = snapshot_boundary{at(12, 2), true, {}, {}};
  x.expect_refused(x.try_write(too_high));
  x.now_and_later([&] {
    x.expect_boundary(1, at(7, 1));
    x.expect_holds(1, kept);
    x.expect_unreadable(1, 7, 7);
    x.expect(x.configurations() == std::vector<std::uint64_t>{3, 9}, "the configurations of the log are not kept");
  });
}

partition_write keeping(std::uint64_t partition, std::uint64_t index, const std::string& data) {
  partition_write w;
  w.partition = partition_id{partition};
  w.kept = kept_state{log_index{index}, bytes::copy(data)};
  return w;
}

void a_state_is_kept(subject& x) {
  x.expect_kept(1, 0);
  auto w = append(1, 1, 10, 1);
  w.kept = keeping(1, 7, "seven").kept;
  x.write(w, append(2, 1, 10, 1));
  x.now_and_later([&] {
    x.expect_kept(1, 7, "seven");
    x.expect_kept(2, 0);
    x.expect_holds(1, make_entries(1, 10, 1));
  });
  x.write(keeping(1, 8, std::string("\0\xff", 2)));
  x.write(keeping(1, 9, ""), keeping(1, 10, std::string(100'000, 'x')), keeping(2, 3, ""));
  x.now_and_later([&] {
    x.expect_kept(1, 10, std::string(100'000, 'x'));
    x.expect_kept(2, 3, "");
    x.expect_holds(1, make_entries(1, 10, 1));
  });
}

void a_kept_state_outlives_entries(subject& x) {
  x.write(append(1, 1, 10, 1), keeping(1, 7, "seven"));
  x.compact(1, at(5, 1));
  x.write(replacing(1, 8, make_entries(8, 9, 2)));
  x.now_and_later([&] { x.expect_kept(1, 7, "seven"); });
  x.compact(1, at(9, 2));
  x.now_and_later([&] { x.expect_kept(1, 7, "seven"); });
  auto w = keeping(1, 30, "thirty");
  w.install = snapshot_boundary{at(30, 2), false, {}, {}};
  x.write(w);
  x.now_and_later([&] {
    x.expect_kept(1, 30, "thirty");
    x.expect_boundary(1, at(30, 2));
  });
  x.drop(1);
  x.now_and_later([&] { x.expect_kept(1, 0); });
}

void a_refused_write_keeps_nothing(subject& x) {
  auto w = append(1, 5, 6, 1); // a hole
  w.kept = keeping(1, 4, "four").kept;
  x.expect_refused(x.try_write(keeping(2, 1, "one"), w));
  x.now_and_later([&] {
    x.expect_kept(1, 0);
    x.expect_kept(2, 0);
  });
}

} // namespace

std::vector<case_row> snapshot_cases() {
  return {
    {"snapshot", "a snapshot boundary below the end replaces the whole log", below_the_end},
    {"snapshot", "a snapshot boundary at the end replaces the whole log", at_the_end},
    {"snapshot", "a snapshot boundary beyond the end replaces the whole log", beyond_the_end},
    {"snapshot", "a snapshot boundary may be a very large index", far_beyond},
    {"snapshot", "a partition may begin with a snapshot boundary", on_an_unknown_partition},
    {"snapshot", "a compacted log takes a snapshot boundary", behind_a_compacted_one},
    {"snapshot", "one snapshot boundary may follow another", one_after_the_other},
    {"snapshot", "what follows a snapshot boundary can be compacted", compacted_behind_it},
    {"snapshot", "entries of the log that was replaced do not come back", entries_of_the_old_log_stay_away},
    {"snapshot", "configurations behind a snapshot boundary go with their log",
     configurations_of_the_old_log_stay_away},
    {"snapshot", "a boundary and its configuration come with a write and replace the log", with_a_configuration},
    {"snapshot", "a boundary that keeps its tail keeps the configurations of the log", with_its_tail},
    {"snapshot", "a state is kept beside the log until another one replaces it", a_state_is_kept},
    {"snapshot", "a kept state outlives the entries that it is about", a_kept_state_outlives_entries},
    {"snapshot", "a write that is refused keeps no state", a_refused_write_keeps_nothing},
  };
}

} // namespace kommander::conformance
