// Cuts: what a new leader's log takes the place of is gone, and nothing else.
#include "wal/conformance/subject.hpp"

namespace kommander::conformance {

namespace {

void a_cut_and_what_follows(subject& x) {
  x.write(append(1, 1, 10, 1));
  x.write(replacing(1, 6, make_entries(6, 7, 2)));
  x.now_and_later([&] { x.expect_holds(1, make_entries(1, 5, 1) + make_entries(6, 7, 2)); });
  x.write(append(1, 8, 8, 2));
  x.now_and_later([&] { x.expect_holds(1, make_entries(1, 5, 1) + make_entries(6, 8, 2)); });
}

void a_cut_alone(subject& x) {
  x.write(append(1, 1, 10, 1));
  x.write(replacing(1, 4, {}));
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(1, 3, 1));
    x.expect_unreadable(1, 4, 4);
    x.expect_unreadable(1, 10, 10);
  });
}

void a_cut_of_everything(subject& x) {
  x.write(append(1, 1, 10, 1));
  x.write(replacing(1, 1, {}));
  x.now_and_later([&] {
    x.expect_holds(1, {});
    x.expect(x.recover().terms.empty(), "an empty log has terms");
  });
  x.write(append(1, 1, 2, 2));
  x.now_and_later([&] { x.expect_holds(1, make_entries(1, 2, 2)); });
}

void a_cut_above_the_end(subject& x) {
  x.write(append(1, 1, 3, 1));
  x.write(replacing(1, 4, make_entries(4, 4, 1)));
  x.write(replacing(1, 50, {}));
  x.now_and_later([&] { x.expect_holds(1, make_entries(1, 4, 1)); });
}

void a_shorter_tail_leaves_nothing_behind(subject& x) {
  x.write(append(1, 1, 100, 1));
  x.write(replacing(1, 50, make_entries(50, 50, 2)));
  x.write(append(1, 51, 51, 2));
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(1, 49, 1) + make_entries(50, 51, 2));
    x.expect_unreadable(1, 52, 52);
  });
}

void a_longer_tail(subject& x) {
  x.write(append(1, 1, 5, 1));
  x.write(replacing(1, 3, make_entries(3, 40, 2)));
  x.now_and_later([&] { x.expect_holds(1, make_entries(1, 2, 1) + make_entries(3, 40, 2)); });
}

void cuts_again_and_again(subject& x) {
  x.write(append(1, 1, 3, 1));
  for (std::uint64_t term = 2; term < 12; ++term)
    x.write(replacing(1, 2, make_entries(2, term + 3, term)));
  x.now_and_later([&] { x.expect_holds(1, make_entries(1, 1, 1) + make_entries(2, 14, 11)); });
}

void cuts_of_any_length(subject& x) {
  constexpr std::uint64_t longest = 3000;
  for (auto kept : {longest - 1, longest - 1024, longest - 1025, std::uint64_t{1}, std::uint64_t{0}}) {
    x.write(replacing(1, 1, make_entries(1, longest, 1)));
    x.write(replacing(1, kept + 1, {}));
    x.expect_equal(x.recover().last.value(), kept, "the last entry after a cut");
    x.write(append(1, kept + 1, kept + 2, 2));
    x.now_and_later([&] {
      x.expect_equal(x.recover().last.value(), kept + 2, "the last entry");
      x.expect_equal(x.recover().terms.back().first.value(), kept + 1, "where the last run begins");
    });
  }
}

void the_hint_falls_with_a_cut(subject& x) {
  x.write(append(1, 1, 10, 1), hint(1, 8));
  x.write(replacing(1, 6, {}));
  x.now_and_later([&] { x.expect_commit(1, 5); });
  x.write(append(1, 6, 12, 2));
  x.now_and_later([&] { x.expect_commit(1, 5); });
}

void a_hint_below_a_cut_stays(subject& x) {
  x.write(append(1, 1, 10, 1), hint(1, 3));
  x.write(replacing(1, 6, make_entries(6, 6, 2)));
  x.now_and_later([&] { x.expect_commit(1, 3); });
}

void a_cut_in_the_call_of_what_it_cuts(subject& x) {
  auto first = append(1, 1, 6, 1);
  first.state = hard_state{raft_term{1}, node_id{1}};
  auto second = replacing(1, 4, make_entries(4, 5, 2));
  second.state = hard_state{raft_term{2}, node_id{2}};
  x.write(first, second, append(1, 6, 8, 2));
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(1, 3, 1) + make_entries(4, 8, 2));
    x.expect_state(1, 2, 2);
    x.expect((x.recover().terms == std::vector<term_run>{{log_index{1}, raft_term{1}}, {log_index{4}, raft_term{2}}}),
             "the runs of terms are others");
  });
}

void a_cut_in_one_partition_only(subject& x) {
  x.write(append(1, 1, 10, 1), append(2, 1, 10, 1), append(3, 1, 10, 1));
  x.write(replacing(2, 1, make_entries(1, 1, 5)));
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(1, 10, 1));
    x.expect_holds(2, make_entries(1, 1, 5));
    x.expect_holds(3, make_entries(1, 10, 1));
  });
}

void a_cut_after_a_restart(subject& x) {
  x.write(append(1, 1, 10, 1));
  x.reopen();
  x.write(replacing(1, 3, make_entries(3, 3, 2)));
  x.reopen();
  x.expect_holds(1, make_entries(1, 2, 1) + make_entries(3, 3, 2));
}

} // namespace

std::vector<case_row> cutting_cases() {
  return {
    {"cut", "a cut removes the tail and what follows takes its place", a_cut_and_what_follows},
    {"cut", "a cut without entries shortens the log", a_cut_alone},
    {"cut", "a log may be cut to nothing and begin again", a_cut_of_everything},
    {"cut", "a cut above the end cuts nothing", a_cut_above_the_end},
    {"cut", "a shorter tail leaves nothing of the longer one behind", a_shorter_tail_leaves_nothing_behind},
    {"cut", "a longer tail may take the place of a shorter one", a_longer_tail},
    {"cut", "the same place may be cut again and again", cuts_again_and_again},
    {"cut", "cuts of any length leave nothing behind", cuts_of_any_length},
    {"cut", "a commit hint above a cut falls with it and stays there", the_hint_falls_with_a_cut},
    {"cut", "a commit hint below a cut stays", a_hint_below_a_cut_stays},
    {"cut", "writes of one partition in one call are carried out in order", a_cut_in_the_call_of_what_it_cuts},
    {"cut", "a cut touches one partition only", a_cut_in_one_partition_only},
    {"cut", "a cut is right after a restart too", a_cut_after_a_restart},
  };
}

} // namespace kommander::conformance
