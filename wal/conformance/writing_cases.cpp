// Entries, votes and commit hints that were written are there.
#include "wal/conformance/subject.hpp"

namespace kommander::conformance {

namespace {

void an_entry_comes_back(subject& x) {
  x.write(append(1, 1, 1, 1));
  x.now_and_later([&] { x.expect_holds(1, make_entries(1, 1, 1)); });
}

void many_entries_come_back(subject& x) {
  x.write(append(1, 1, 500, 2));
  x.now_and_later([&] { x.expect_holds(1, make_entries(1, 500, 2)); });
}

void writes_follow_each_other(subject& x) {
  for (std::uint64_t i = 1; i <= 20; ++i)
    x.write(append(1, i, i, 1));
  x.now_and_later([&] { x.expect_holds(1, make_entries(1, 20, 1)); });
}

void writes_follow_each_other_over_restarts(subject& x) {
  for (std::uint64_t i = 1; i <= 5; ++i) {
    x.write(append(1, i, i, i));
    x.reopen();
    x.expect_equal(x.recover().last.value(), i, "the last entry");
  }
}

void all_fields_come_back(subject& x) {
  auto e = make_entry(1, 3);
  e.time = {123'456'789'012, 77};
  e.type = std::string(255, 'q');
  x.write(appending(1, {e}));
  x.now_and_later([&] { x.expect_holds(1, {e}); });
}

void all_kinds_come_back(subject& x) {
  auto all = make_entries(1, 6, 1);
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i].kind = static_cast<entry_kind>(i);
  x.write(appending(1, all));
  x.now_and_later([&] { x.expect_holds(1, all); });
}

void binary_content_comes_back(subject& x) {
  auto all = make_entries(1, 2, 1);
  std::string every_byte;
  for (int i = 0; i < 512; ++i)
    every_byte += static_cast<char>(i);
  all[0].payload = bytes{every_byte};
  all[1].type = std::string("\0'\xff\"", 4);
  x.write(appending(1, all));
  x.now_and_later([&] { x.expect_holds(1, all); });
}

void empty_content_comes_back(subject& x) {
  auto all = make_entries(1, 2, 1, 0);
  all[0].type.clear();
  x.write(appending(1, all));
  x.now_and_later([&] { x.expect_holds(1, all); });
}

void large_payloads_come_back(subject& x) {
  auto all = make_entries(1, 2, 1, std::size_t{3} << 20) + make_entries(3, 3, 1);
  x.write(appending(1, all));
  x.now_and_later([&] { x.expect_holds(1, all); });
}

void payloads_of_many_sizes_come_back(subject& x) {
  entries all;
  for (std::size_t size : {1, 127, 128, 900, 1023, 1024, 4000, 4096, 4097, 16384, 65535, 65536, 70000})
    all.push_back(make_entry(all.size() + 1, 1, size));
  x.write(appending(1, all));
  x.now_and_later([&] { x.expect_holds(1, all); });
}

void payloads_outlive_their_writer(subject& x) {
  {
    auto all = make_entries(1, 50, 1, 2000);
    x.write(appending(1, all));
  }
  x.write(append(2, 1, 50, 9));
  x.now_and_later([&] { x.expect_holds(1, make_entries(1, 50, 1, 2000)); });
}

void terms_come_back_as_runs(subject& x) {
  x.write(append(1, 1, 4, 1), append(1, 5, 5, 3), append(1, 6, 9, 3), append(1, 10, 11, 8));
  x.now_and_later([&] {
    std::vector<term_run> expected{
      {log_index{1}, raft_term{1}}, {log_index{5}, raft_term{3}}, {log_index{10}, raft_term{8}}};
    x.expect(x.recover().terms == expected, "the runs of terms are others");
  });
}

void runs_of_one_term_over_writes_are_one(subject& x) {
  x.write(append(1, 1, 2, 4));
  x.reopen();
  x.write(append(1, 3, 4, 4));
  x.now_and_later([&] {
    x.expect(x.recover().terms == std::vector<term_run>{{log_index{1}, raft_term{4}}}, "more than one run of one term");
  });
}

void large_terms_come_back(subject& x) {
  constexpr auto top = ~std::uint64_t{0};
  x.write(append(1, 1, 1, top - 1), append(1, 2, 2, top));
  x.write(vote(1, top, top));
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(1, 1, top - 1) + make_entries(2, 2, top));
    x.expect_state(1, top, top);
  });
}

void a_vote_alone_comes_back(subject& x) {
  x.write(vote(1, 7, 2));
  x.now_and_later([&] {
    x.expect_state(1, 7, 2);
    x.expect_holds(1, {});
  });
}

void a_later_vote_replaces_the_one_before(subject& x) {
  x.write(vote(1, 1, 1));
  x.write(vote(1, 2, 0));
  x.write(vote(1, 2, 3));
  x.now_and_later([&] { x.expect_state(1, 2, 3); });
}

void the_later_of_two_votes_in_one_call_holds(subject& x) {
  x.write(vote(1, 4, 1), vote(1, 5, 2));
  x.now_and_later([&] { x.expect_state(1, 5, 2); });
}

void entries_leave_the_vote_alone(subject& x) {
  x.write(vote(1, 3, 2));
  x.write(append(1, 1, 9, 3));
  x.write(replacing(1, 5, make_entries(5, 6, 4)));
  x.now_and_later([&] { x.expect_state(1, 3, 2); });
}

void what_the_disk_lost_is_remembered(subject& x) {
  for (auto lost : {log_loss::everything, log_loss::unknown, log_loss::entries, log_loss::none}) {
    auto w = vote(1, 3, 2);
    w.state->lost = lost;
    x.write(w);
    x.now_and_later([&] { x.expect(x.recover().state == *w.state, "the loss in the hard state is another"); });
  }
}

void a_vote_entries_and_a_hint_ride_together(subject& x) {
  auto w = append(1, 1, 20, 2);
  w.state = hard_state{raft_term{2}, node_id{3}};
  w.commit = log_index{15};
  x.write(w);
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(1, 20, 2));
    x.expect_state(1, 2, 3);
    x.expect_commit(1, 15);
  });
}

void a_hint_alone_comes_back(subject& x) {
  x.write(append(1, 1, 3, 1));
  x.write(hint(1, 2));
  x.now_and_later([&] { x.expect_commit(1, 2); });
}

void no_hint_leaves_the_one_before(subject& x) {
  x.write(append(1, 1, 3, 1), hint(1, 2));
  x.write(append(1, 4, 6, 1));
  x.write(vote(1, 2, 1));
  x.now_and_later([&] { x.expect_commit(1, 2); });
}

void a_hint_is_never_above_the_end(subject& x) {
  auto w = append(1, 1, 3, 1);
  w.commit = log_index{10};
  x.write(w);
  x.now_and_later([&] { x.expect_commit(1, 3); });
}

void a_hint_above_the_end_does_not_rise_by_itself(subject& x) {
  auto w = append(1, 1, 3, 1);
  w.commit = log_index{10};
  x.write(w);
  x.write(append(1, 4, 9, 1));
  x.now_and_later([&] { x.expect_commit(1, 3); });
}

void nothing_is_a_write_too(subject& x) {
  x.write(append(1, 1, 2, 1));
  x.write();
  x.write(appending(1, {}));
  x.now_and_later([&] { x.expect_holds(1, make_entries(1, 2, 1)); });
}

void a_call_is_one_sync(subject& x) {
  auto before = x->sync_count();
  std::vector<partition_write> all;
  for (std::uint64_t p = 1; p <= 50; ++p)
    all.push_back(append(p, 1, 20, 1));
  x.expect(x->write(all).ok(), "a write of fifty partitions failed");
  auto needed = x->sync_count() - before;
  x.expect(needed >= 1 && needed <= x.fixture().syncs_a_write_max,
           "a write of fifty partitions took " + std::to_string(needed) + " syncs");
}

void a_call_of_one_partition_is_one_sync(subject& x) {
  for (std::uint64_t i = 0; i < 3; ++i) {
    auto before = x->sync_count();
    x.write(append(1, 2 * i + 1, 2 * i + 1, 1), append(1, 2 * i + 2, 2 * i + 2, 1), vote(1, i + 1, 1));
    x.expect_equal(x->sync_count() - before, 1, "the number of syncs of a write of one partition");
  }
}

} // namespace

std::vector<case_row> writing_cases() {
  return {
    {"write", "an entry is there after it was written", an_entry_comes_back},
    {"write", "many entries of one call are there", many_entries_come_back},
    {"write", "writes follow each other", writes_follow_each_other},
    {"write", "writes follow each other over restarts", writes_follow_each_other_over_restarts},
    {"write", "every field of an entry is kept", all_fields_come_back},
    {"write", "entries of every kind are kept", all_kinds_come_back},
    {"write", "payloads and types of any bytes are kept", binary_content_comes_back},
    {"write", "an empty payload and an empty type are kept", empty_content_comes_back},
    {"write", "payloads of megabytes are kept", large_payloads_come_back},
    {"write", "payloads of sizes around those of pages are kept", payloads_of_many_sizes_come_back},
    {"write", "a log keeps payloads that its caller lets go", payloads_outlive_their_writer},
    {"write", "terms are told as runs", terms_come_back_as_runs},
    {"write", "a run of one term over several writes is one run", runs_of_one_term_over_writes_are_one},
    {"write", "the largest terms and node ids are kept", large_terms_come_back},
    {"vote", "a write may carry only a vote", a_vote_alone_comes_back},
    {"vote", "a later vote replaces the one before", a_later_vote_replaces_the_one_before},
    {"vote", "of two votes in one call the later holds", the_later_of_two_votes_in_one_call_holds},
    {"vote", "entries and cuts leave term and vote alone", entries_leave_the_vote_alone},
    {"vote", "what the node has noted as lost is kept with its vote", what_the_disk_lost_is_remembered},
    {"write", "a vote and entries and a hint go in one write", a_vote_entries_and_a_hint_ride_together},
    {"hint", "a write may carry only a commit hint", a_hint_alone_comes_back},
    {"hint", "a write without a hint leaves the one before", no_hint_leaves_the_one_before},
    {"hint", "a commit hint is never above the last entry", a_hint_is_never_above_the_end},
    {"hint", "a hint above the end does not rise with later entries", a_hint_above_the_end_does_not_rise_by_itself},
    {"write", "a call with nothing in it changes nothing", nothing_is_a_write_too},
    {"sync", "a call is one sync however many partitions it writes", a_call_is_one_sync},
    {"sync", "a call of one partition is one sync", a_call_of_one_partition_is_one_sync},
  };
}

} // namespace kommander::conformance
