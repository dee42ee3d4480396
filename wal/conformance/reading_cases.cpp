// Reading: ranges, bounds in bytes, proposals that stay together, several threads.
#include <thread>

#include "wal/conformance/subject.hpp"

namespace kommander::conformance {

namespace {

constexpr std::size_t payload = 100;

std::size_t weight() {
  return make_entry(1, 1, payload).weight();
}

void fill(subject& x) {
  x.write(appending(1, make_entries(1, 10, 1, payload)), append(2, 1, 20, 1));
}

/// `entries` of one proposal.
entries proposed_together(entries all, std::uint64_t time) {
  for (auto& e : all)
    e.time = {time, 1};
  return all;
}

void a_range_in_the_middle(subject& x) {
  fill(x);
  x.now_and_later([&] { x.expect(x.read(1, 3, 7) == make_entries(3, 7, 1, payload), "other entries were read"); });
}

void both_ends(subject& x) {
  fill(x);
  x.now_and_later([&] {
    x.expect(x.read(1, 1, 1) == make_entries(1, 1, 1, payload), "the first entry is another");
    x.expect(x.read(1, 10, 10) == make_entries(10, 10, 1, payload), "the last entry is another");
    x.expect(x.read(1, 1, 10) == make_entries(1, 10, 1, payload), "the whole log is another");
  });
}

void bytes_end_a_read(subject& x) {
  fill(x);
  x.expect_equal(x.read(1, 3, 7, 2 * weight()).size(), 2, "the number of entries in just the bytes of two");
  x.expect_equal(x.read(1, 3, 7, 3 * weight() - 1).size(), 2,
                 "the number of entries in a byte less than those of three");
  x.expect_equal(x.read(1, 3, 7, 3 * weight()).size(), 3, "the number of entries in the bytes of three");
}

void the_first_entry_always_comes(subject& x) {
  fill(x);
  for (std::size_t bytes_max : {std::size_t{0}, std::size_t{1}, weight() - 1})
    x.expect(x.read(1, 3, 7, bytes_max) == make_entries(3, 3, 1, payload), "not just the first entry was read");
}

void a_proposal_is_read_whole(subject& x) {
  auto all = make_entries(1, 1, 1, payload) + proposed_together(make_entries(2, 6, 1, payload), 77)
             + make_entries(7, 8, 1, payload);
  x.write(appending(1, all));
  x.now_and_later([&] {
    x.expect_equal(x.read(1, 2, 8, 0).size(), 5, "the entries read of a proposal of five");
    x.expect_equal(x.read(1, 1, 8, weight()).size(), 1, "the entries read before a proposal");
    x.expect_equal(x.read(1, 1, 8, 2 * weight()).size(), 6, "the entries read when a proposal has begun");
    x.expect_equal(x.read(1, 4, 8, 0).size(), 3, "the entries read from the middle of a proposal");
  });
}

void neighbouring_proposals_are_apart(subject& x) {
  auto all =
    proposed_together(make_entries(1, 2, 1, payload), 5) + proposed_together(make_entries(3, 4, 1, payload), 6);
  x.write(appending(1, all));
  x.expect_equal(x.read(1, 1, 4, 0).size(), 2, "the entries read of the first of two proposals");
}

void one_ticket_in_two_terms_is_two_proposals(subject& x) {
  auto all =
    proposed_together(make_entries(1, 2, 1, payload), 5) + proposed_together(make_entries(3, 4, 2, payload), 5);
  x.write(appending(1, all));
  x.expect_equal(x.read(1, 1, 4, 0).size(), 2, "the entries read of one term");
}

void beyond_the_end(subject& x) {
  fill(x);
  x.now_and_later([&] {
    x.expect_unreadable(1, 9, 11, status::storage_failed, "entry 11 of partition 1");
    x.expect_unreadable(1, 11, 11, status::storage_failed, "entry 11 of partition 1");
    x.expect_unreadable(3, 1, 1, status::storage_failed, "entry 1 of partition 3");
  });
}

void no_range(subject& x) {
  fill(x);
  x.expect_unreadable(1, 0, 3, status::invalid_argument);
  x.expect_unreadable(1, 5, 4, status::invalid_argument);
}

void a_bound_in_bytes_before_what_is_missing(subject& x) {
  fill(x);
  x.expect_equal(x.read(1, 9, 12, weight()).size(), 1, "the entries read before the end");
}

void reading_changes_nothing(subject& x) {
  fill(x);
  auto syncs = x->sync_count();
  for (int i = 0; i < 3; ++i) {
    x.read(1, 1, 10);
    x.recover(1);
    x.recover(9);
  }
  x.expect_equal(x->sync_count(), syncs, "the number of syncs after reads");
  x.now_and_later([&] {
    x.expect_holds(1, make_entries(1, 10, 1, payload));
    x.expect_unknown(9);
  });
}

void what_was_read_outlives_a_cut(subject& x) {
  fill(x);
  auto before = x.read(1, 1, 10);
  x.write(replacing(1, 1, make_entries(1, 10, 9)));
  x.expect(before == make_entries(1, 10, 1, payload), "entries that were read have changed");
}

/// Runs `work(p)` for the partitions 1 to 4, each on a thread of its own; none may fail.
template <class F>
void on_threads(subject& x, F work) {
  std::vector<std::thread> threads;
  std::vector<char> wrong(5, 0);
  for (std::uint64_t p = 1; p <= 4; ++p)
    threads.emplace_back([&, p] { wrong[p] = work(p) ? 0 : 1; });
  for (auto& t : threads)
    t.join();
  for (std::uint64_t p = 1; p <= 4; ++p)
    x.expect(wrong[p] == 0, "a call on partition " + std::to_string(p) + " failed beside those of other threads");
}

void threads_write_and_read(subject& x) {
  constexpr std::uint64_t rounds = 40;
  on_threads(x, [&](std::uint64_t p) {
    for (std::uint64_t i = 0; i < rounds; ++i) {
      if (!x->write(std::vector{append(p, i * 3 + 1, i * 3 + 3, 1)}))
        return false;
      auto found = x->read(partition_id{p}, log_index{1}, log_index{i * 3 + 3}, SIZE_MAX);
      if (!found || found->size() != i * 3 + 3)
        return false;
    }
    return true;
  });
  x.now_and_later([&] {
    for (std::uint64_t p = 1; p <= 4; ++p)
      x.expect_holds(p, make_entries(1, rounds * 3, 1));
  });
}

void threads_read_one_partition_while_it_grows(subject& x) {
  x.write(append(1, 1, 50, 1));
  on_threads(x, [&](std::uint64_t p) {
    for (std::uint64_t i = 0; i < 40; ++i)
      if (p == 1) {
        if (!x->write(std::vector{append(1, 51 + i, 51 + i, 1)}))
          return false;
      } else if (auto found = x->read(partition_id{1}, log_index{1}, log_index{50}, SIZE_MAX);
                 !found || *found != make_entries(1, 50, 1)) {
        return false;
      }
    return true;
  });
  x.now_and_later([&] { x.expect_holds(1, make_entries(1, 90, 1)); });
}

} // namespace

std::vector<case_row> reading_cases() {
  return {
    {"read", "a read gives just the range that is asked for", a_range_in_the_middle},
    {"read", "the first and the last entry can be read", both_ends},
    {"read", "a read ends before it is above its bytes", bytes_end_a_read},
    {"read", "a read gives the first entry however few bytes are asked for", the_first_entry_always_comes},
    {"read", "a read never ends within a proposal", a_proposal_is_read_whole},
    {"read", "a read may end between two proposals", neighbouring_proposals_are_apart},
    {"read", "one ticket in two terms is two proposals", one_ticket_in_two_terms_is_two_proposals},
    {"read", "a read of what is not there is an error that names it", beyond_the_end},
    {"read", "a range that begins at zero or ends before it begins is invalid", no_range},
    {"read", "a read that its bytes end does not reach what is missing", a_bound_in_bytes_before_what_is_missing},
    {"read", "reading and recovering change nothing", reading_changes_nothing},
    {"read", "what was read stays as it is when the log is cut", what_was_read_outlives_a_cut},
    {"threads", "partitions are written and read by several threads at once", threads_write_and_read},
    {"threads", "a partition is read by several threads while it grows", threads_read_one_partition_while_it_grows},
  };
}

} // namespace kommander::conformance
