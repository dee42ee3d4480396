// What does not continue the log is refused, before anything of the call is written.
#include "wal/conformance/subject.hpp"

namespace kommander::conformance {

namespace {

/// Partition 1 is compacted up to 2 and ends at 5, in term 3; partition 2 is empty.
void prepare(subject& x) {
  x.write(append(1, 1, 5, 3));
  x.compact(1, at(2, 3));
}

/// `bad` comes behind a write of partition 2 that is right, in one call, and leaves no trace of it; and the log can be
/// written on.
void refuses_the_whole_call(subject& x, const partition_write& bad, status code = status::invalid_argument) {
  auto others = append(2, 1, 3, 1);
  others.state = hard_state{raft_term{9}, node_id{9}};
  x.expect_refused(x.try_write(others, append(3, 1, 2, 1), bad), code, "partition 1");
  x.now_and_later([&] {
    x.expect_unknown(2);
    x.expect_unknown(3);
    x.expect_holds(1, make_entries(3, 5, 3));
  });
  x.write(append(1, 6, 6, 4), append(2, 1, 3, 1));
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(3, 5, 3) + make_entries(6, 6, 4));
    x.expect_holds(2, make_entries(1, 3, 1));
  });
}

void a_hole(subject& x) {
  prepare(x);
  refuses_the_whole_call(x, append(1, 7, 8, 4));
}

void an_overlap(subject& x) {
  prepare(x);
  refuses_the_whole_call(x, append(1, 5, 6, 4));
}

void a_hole_behind_a_cut(subject& x) {
  prepare(x);
  refuses_the_whole_call(x, replacing(1, 4, make_entries(5, 5, 4)));
}

void a_hole_within(subject& x) {
  prepare(x);
  auto bad = append(1, 6, 7, 4);
  bad.entries[1].index = log_index{8};
  refuses_the_whole_call(x, bad);
}

void a_cut_into_what_is_compacted(subject& x) {
  prepare(x);
  refuses_the_whole_call(x, replacing(1, 2, make_entries(2, 2, 4)));
}

void a_term_that_goes_back(subject& x) {
  prepare(x);
  auto bad = append(1, 6, 7, 4);
  bad.entries[1].term = raft_term{3};
  refuses_the_whole_call(x, bad);
}

void a_type_that_is_too_long(subject& x) {
  prepare(x);
  auto bad = append(1, 6, 6, 4);
  bad.entries[0].type = std::string(256, 't');
  refuses_the_whole_call(x, bad);
}

void an_unknown_kind(subject& x) {
  prepare(x);
  auto bad = append(1, 6, 6, 4);
  bad.entries[0].kind = static_cast<entry_kind>(99);
  refuses_the_whole_call(x, bad);
}

void a_bad_second_write_of_one_partition(subject& x) {
  prepare(x);
  x.expect_refused(x.try_write(append(1, 6, 7, 4), append(1, 9, 9, 4)));
  x.now_and_later([&] { x.expect_holds(1, make_entries(3, 5, 3)); });
}

void a_vote_with_a_bad_write(subject& x) {
  x.write(vote(1, 1, 1));
  auto bad = append(1, 3, 3, 2);
  bad.state = hard_state{raft_term{2}, node_id{2}};
  bad.commit = log_index{3};
  x.expect_refused(x.try_write(bad));
  x.now_and_later([&] {
    x.expect_state(1, 1, 1);
    x.expect_commit(1, 0);
  });
}

void a_cut_with_a_bad_write(subject& x) {
  prepare(x);
  x.expect_refused(x.try_write(replacing(1, 4, {}), append(1, 9, 9, 9)));
  x.now_and_later([&] { x.expect_holds(1, make_entries(3, 5, 3)); });
}

void an_empty_log_that_does_not_begin_at_one(subject& x) {
  x.expect_refused(x.try_write(append(1, 2, 3, 1)));
  x.expect_refused(x.try_write(append(1, 0, 1, 1)));
  x.now_and_later([&] { x.expect_unknown(1); });
}

void a_refusal_is_no_failure(subject& x) {
  for (int i = 0; i < 5; ++i)
    x.expect_refused(x.try_write(append(1, 9, 9, 1)));
  x.write(append(1, 1, 1, 1));
  x.set("node", "1");
  x.now_and_later([&] { x.expect_holds(1, make_entries(1, 1, 1)); });
}

} // namespace

std::vector<case_row> refusal_cases() {
  return {
    {"refusal", "a write that leaves a hole is refused with its whole call", a_hole},
    {"refusal", "a write of what is there already is refused with its whole call", an_overlap},
    {"refusal", "a hole behind a cut is refused with its whole call", a_hole_behind_a_cut},
    {"refusal", "a hole between two entries is refused with its whole call", a_hole_within},
    {"refusal", "a cut into what is compacted is refused with its whole call", a_cut_into_what_is_compacted},
    {"refusal", "a term that goes back is refused with its whole call", a_term_that_goes_back},
    {"refusal", "a type that is too long is refused with its whole call", a_type_that_is_too_long},
    {"refusal", "an unknown kind is refused with its whole call", an_unknown_kind},
    {"refusal", "of two writes of one partition the bad one takes the good one with it",
     a_bad_second_write_of_one_partition},
    {"refusal", "a vote and a hint beside bad entries are not written", a_vote_with_a_bad_write},
    {"refusal", "a cut before bad entries is not made", a_cut_with_a_bad_write},
    {"refusal", "an empty log begins at one", an_empty_log_that_does_not_begin_at_one},
    {"refusal", "a log that has refused something goes on", a_refusal_is_no_failure},
  };
}

} // namespace kommander::conformance
