// What every log must do, run over each adapter: the contract in kommander/wal.hpp, case by case.
#define CAF_SUITE wal
#include <caf/test/unit_test.hpp>

#include <array>
#include <functional>
#include <thread>

#include "kommander/testing/memory_wal_faults.hpp"
#include "tests/wal/support.hpp"

using namespace wal_test;

namespace {

constexpr partition_id p1{1};

partition_write appending(std::uint64_t partition, std::vector<entry> entries) {
  partition_write x;
  x.partition = partition_id{partition};
  x.entries = std::move(entries);
  return x;
}

partition_write replacing(std::uint64_t partition, std::uint64_t from, std::vector<entry> entries) {
  auto x = appending(partition, std::move(entries));
  x.truncate_from = log_index{from};
  return x;
}

void must_write(log_under_test& log, const std::vector<partition_write>& writes) {
  value_of(log->write(writes));
}

recovered_partition recovered(log_under_test& log, partition_id partition = p1) {
  return value_of(log->recover(partition));
}

/// Everything that the log holds of a partition, by recovery and reading.
std::vector<entry> all_entries(wal& log, std::uint64_t partition) {
  auto found = recover(log, partition);
  if (found.last == found.boundary.index)
    return {};
  return read(log, partition, found.boundary.index.value() + 1, found.last.value());
}

/// Both before and after a restart.
void check_now_and_after_restart(log_under_test& log, const std::function<void()>& check) {
  check();
  CAF_MESSAGE("after a restart");
  log.reopen();
  check();
}

} // namespace

CAF_TEST(an unknown partition is empty and no error) {
  for_each_adapter([](log_under_test& log) {
    auto found = recovered(log, partition_id{99});
    CAF_CHECK(found.state == hard_state{});
    CAF_CHECK(found.boundary == log_position{});
    CAF_CHECK_EQUAL(found.last.value(), 0u);
    CAF_CHECK(found.terms.empty());
    CAF_CHECK_EQUAL(found.commit.value(), 0u);
    CAF_CHECK_EQUAL(found.damaged_at.value(), 0u);
    CAF_CHECK(found.damage.empty());
  });
}

CAF_TEST(what was written is there after a restart) {
  for_each_adapter([](log_under_test& log) {
    auto x = appending(1, make_entries(1, 20, 2));
    x.state = hard_state{raft_term{2}, node_id{3}};
    x.commit = log_index{15};
    must_write(log, {x});
    check_now_and_after_restart(log, [&] {
      auto found = recovered(log);
      CAF_CHECK((found.state == hard_state{raft_term{2}, node_id{3}}));
      CAF_CHECK_EQUAL(found.last.value(), 20u);
      CAF_CHECK_EQUAL(found.commit.value(), 15u);
      CAF_CHECK_EQUAL(found.damaged_at.value(), 0u);
      CAF_CHECK(all_entries(*log, 1) == make_entries(1, 20, 2));
    });
  });
}

CAF_TEST(a write may carry only a vote or only a commit hint) {
  for_each_adapter([](log_under_test& log) {
    partition_write vote;
    vote.partition = p1;
    vote.state = hard_state{raft_term{7}, node_id{2}};
    must_write(log, {vote});
    must_write(log, {appending(1, make_entries(1, 3, 7))});
    partition_write hint;
    hint.partition = p1;
    hint.commit = log_index{2};
    must_write(log, {hint});
    check_now_and_after_restart(log, [&] {
      auto found = recovered(log);
      CAF_CHECK((found.state == hard_state{raft_term{7}, node_id{2}}));
      CAF_CHECK_EQUAL(found.commit.value(), 2u);
      CAF_CHECK_EQUAL(found.last.value(), 3u);
    });
  });
}

CAF_TEST(a commit hint is never above the last entry) {
  for_each_adapter([](log_under_test& log) {
    auto x = appending(1, make_entries(1, 3, 1));
    x.commit = log_index{10};
    must_write(log, {x});
    check_now_and_after_restart(log, [&] {
      auto found = recovered(log);
      CAF_CHECK_EQUAL(found.commit.value(), 3u);
      CAF_CHECK_EQUAL(found.damaged_at.value(), 0u);
    });
  });
}

CAF_TEST(terms come back as runs) {
  for_each_adapter([](log_under_test& log) {
    must_write(log, {appending(1, make_entries(1, 4, 1)), appending(1, make_entries(5, 5, 3)),
                     appending(1, make_entries(6, 9, 3)), appending(1, make_entries(10, 11, 8))});
    check_now_and_after_restart(log, [&] {
      std::vector<term_run> expected{
        {log_index{1}, raft_term{1}}, {log_index{5}, raft_term{3}}, {log_index{10}, raft_term{8}}};
      CAF_CHECK(recovered(log).terms == expected);
    });
  });
}

CAF_TEST(a cut removes the tail and what follows takes its place) {
  for_each_adapter([](log_under_test& log) {
    must_write(log, {appending(1, make_entries(1, 10, 1))});
    must_write(log, {replacing(1, 6, make_entries(6, 7, 2))});
    check_now_and_after_restart(log, [&] {
      auto expected = make_entries(1, 5, 1);
      for (const auto& x : make_entries(6, 7, 2))
        expected.push_back(x);
      CAF_CHECK(all_entries(*log, 1) == expected);
      CAF_CHECK_EQUAL(recovered(log).last.value(), 7u);
    });
    must_write(log, {appending(1, make_entries(8, 8, 2))});
    CAF_CHECK_EQUAL(recovered(log).last.value(), 8u);
  });
}

CAF_TEST(cuts of any length leave nothing behind) {
  for_each_adapter([](log_under_test& log) {
    constexpr std::uint64_t longest = 5000;
    for (auto kept : {longest - 1, longest - 1024, longest - 1025, std::uint64_t{1}, std::uint64_t{0}}) {
      must_write(log, {replacing(1, 1, make_entries(1, longest, 1))});
      must_write(log, {replacing(1, kept + 1, {})});
      CAF_CHECK_EQUAL(recovered(log).last.value(), kept);
      must_write(log, {appending(1, make_entries(kept + 1, kept + 2, 2))});
      check_now_and_after_restart(log, [&] {
        auto found = recovered(log);
        CAF_CHECK_EQUAL(found.last.value(), kept + 2);
        CAF_CHECK_EQUAL(found.damaged_at.value(), 0u);
        CAF_CHECK_EQUAL(found.terms.back().first.value(), kept + 1);
      });
    }
  });
}

CAF_TEST(a cut above the end cuts nothing) {
  for_each_adapter([](log_under_test& log) {
    must_write(log, {appending(1, make_entries(1, 3, 1))});
    must_write(log, {replacing(1, 4, make_entries(4, 4, 1))});
    must_write(log, {replacing(1, 50, {})});
    CAF_CHECK(all_entries(*log, 1) == make_entries(1, 4, 1));
  });
}

CAF_TEST(several writes of one partition in one call are carried out in order) {
  for_each_adapter([](log_under_test& log) {
    auto first = appending(1, make_entries(1, 6, 1));
    first.state = hard_state{raft_term{1}, node_id{1}};
    auto second = replacing(1, 4, make_entries(4, 5, 2));
    second.state = hard_state{raft_term{2}, node_id{2}};
    auto third = appending(1, make_entries(6, 8, 2));
    must_write(log, {first, second, third});
    check_now_and_after_restart(log, [&] {
      auto found = recovered(log);
      CAF_CHECK_EQUAL(found.last.value(), 8u);
      CAF_CHECK((found.state == hard_state{raft_term{2}, node_id{2}}));
      CAF_CHECK((found.terms == std::vector<term_run>{{log_index{1}, raft_term{1}}, {log_index{4}, raft_term{2}}}));
    });
  });
}

CAF_TEST(what does not continue the log is refused and leaves no trace of the whole call) {
  for_each_adapter([](log_under_test& log) {
    must_write(log, {appending(1, make_entries(1, 5, 3))});
    if (!log->compact(p1, {log_index{2}, raft_term{3}}))
      CAF_FAIL("compaction failed");
    auto going_back = make_entries(6, 7, 4);
    going_back[1].term = raft_term{3};
    auto with_long_type = make_entries(6, 6, 4);
    with_long_type[0].type = std::string(256, 't');
    auto of_no_kind = make_entries(6, 6, 4);
    of_no_kind[0].kind = static_cast<entry_kind>(99);
    auto with_hole = make_entries(6, 7, 4);
    with_hole[1].index = log_index{8};
    std::vector<partition_write> bad{appending(1, make_entries(7, 8, 4)),
                                     appending(1, make_entries(5, 6, 4)),
                                     replacing(1, 2, make_entries(2, 2, 4)),
                                     replacing(1, 4, make_entries(5, 5, 4)),
                                     appending(1, going_back),
                                     appending(1, with_long_type),
                                     appending(1, of_no_kind),
                                     appending(1, with_hole)};
    for (const auto& x : bad) {
      auto written = log->write(std::vector{appending(2, make_entries(1, 3, 1)), x});
      CAF_REQUIRE(!written.ok());
      CAF_CHECK_EQUAL(to_string(written.error().code), to_string(status::invalid_argument));
      CAF_CHECK(written.error().message.find("partition 1") != std::string::npos);
    }
    check_now_and_after_restart(log, [&] {
      CAF_CHECK_EQUAL(recovered(log, partition_id{2}).last.value(), 0u);
      CAF_CHECK(all_entries(*log, 1) == make_entries(3, 5, 3));
    });
    must_write(log, {appending(1, make_entries(6, 6, 4)), appending(2, make_entries(1, 3, 1))});
    CAF_CHECK_EQUAL(recovered(log, partition_id{2}).last.value(), 3u);
  });
}

CAF_TEST(neighbouring partitions do not touch each other) {
  for_each_adapter([](log_under_test& log) {
    constexpr auto top = ~std::uint64_t{0};
    const std::vector<std::uint64_t> partitions{0, 1, 2, 255, 256, 257, 0xffffffff, top - 1, top};
    std::vector<partition_write> writes;
    for (auto p : partitions) {
      auto x = appending(p, make_entries(1, 3 + p % 5, 1 + p % 7));
      x.state = hard_state{raft_term{1 + p % 7}, node_id{1}};
      writes.push_back(x);
    }
    must_write(log, writes);
    auto check = [&](std::uint64_t changed) {
      for (auto p : partitions)
        if (p != changed) {
          CAF_CHECK(all_entries(*log, p) == make_entries(1, 3 + p % 5, 1 + p % 7));
          CAF_CHECK_EQUAL(recovered(log, partition_id{p}).state.current_term.value(), 1 + p % 7);
        }
    };
    check_now_and_after_restart(log, [&] { check(5); });
    for (auto p : {std::uint64_t{256}, std::uint64_t{0}, top}) {
      CAF_REQUIRE(log->drop(partition_id{p}).ok());
      check_now_and_after_restart(log, [&] {
        CAF_CHECK_EQUAL(recovered(log, partition_id{p}).last.value(), 0u);
        CAF_CHECK(recovered(log, partition_id{p}).state == hard_state{});
        check(p);
      });
      must_write(log, {appending(p, make_entries(1, 3 + p % 5, 1 + p % 7))});
      partition_write state;
      state.partition = partition_id{p};
      state.state = hard_state{raft_term{1 + p % 7}, node_id{1}};
      must_write(log, {state});
    }
  });
}

CAF_TEST(reads are bounded by indexes and by bytes) {
  for_each_adapter([](log_under_test& log) {
    must_write(log, {appending(1, make_entries(1, 10, 1, 100)), appending(2, make_entries(1, 20, 1))});
    auto read = [&](std::uint64_t first, std::uint64_t last, std::size_t bytes_max) {
      auto found = log->read(p1, log_index{first}, log_index{last}, bytes_max);
      return found ? *found : std::vector<entry>{};
    };
    auto weight = make_entry(1, 1, 100).weight();
    CAF_CHECK(read(3, 7, SIZE_MAX) == make_entries(3, 7, 1, 100));
    CAF_CHECK(read(3, 7, 2 * weight) == make_entries(3, 4, 1, 100));
    CAF_CHECK(read(3, 7, 3 * weight - 1) == make_entries(3, 4, 1, 100));
    CAF_CHECK(read(3, 7, 0) == make_entries(3, 3, 1, 100));
    CAF_CHECK(read(10, 10, SIZE_MAX) == make_entries(10, 10, 1, 100));
  });
}

CAF_TEST(a read of what is not there is an error that names it) {
  for_each_adapter([](log_under_test& log) {
    must_write(log, {appending(1, make_entries(1, 10, 1)), appending(2, make_entries(1, 20, 1))});
    for (auto [first, last] : {std::pair<std::uint64_t, std::uint64_t>{9, 11}, {11, 11}}) {
      auto found = log->read(p1, log_index{first}, log_index{last}, SIZE_MAX);
      CAF_REQUIRE(!found.ok());
      CAF_CHECK(found.error().message.find("entry 11 of partition 1") != std::string::npos);
    }
    for (auto [first, last] : {std::pair<std::uint64_t, std::uint64_t>{0, 3}, {5, 4}}) {
      auto found = log->read(p1, log_index{first}, log_index{last}, SIZE_MAX);
      CAF_REQUIRE(!found.ok());
      CAF_CHECK(found.error().code == status::invalid_argument);
    }
  });
}

CAF_TEST(large and empty payloads survive) {
  for_each_adapter([](log_under_test& log) {
    auto entries = make_entries(1, 3, 1, 4 << 20);
    entries.push_back(make_entry(4, 1, 0));
    entries[1].type.clear();
    must_write(log, {appending(1, entries)});
    check_now_and_after_restart(log, [&] { CAF_CHECK(all_entries(*log, 1) == entries); });
  });
}

CAF_TEST(many small writes outlive the write buffer) {
  for_each_adapter([](log_under_test& log) {
    constexpr std::uint64_t rounds = 300;
    for (std::uint64_t i = 0; i < rounds; ++i)
      must_write(log, {appending(1, make_entries(i * 50 + 1, i * 50 + 50, 1 + i / 100, 100)),
                       appending(2, make_entries(i + 1, i + 1, 1))});
    check_now_and_after_restart(log, [&] {
      auto found = recovered(log);
      CAF_CHECK_EQUAL(found.last.value(), rounds * 50);
      CAF_CHECK_EQUAL(found.terms.size(), 3u);
      CAF_CHECK_EQUAL(all_entries(*log, 1).size(), rounds * 50);
      CAF_CHECK_EQUAL(recovered(log, partition_id{2}).last.value(), rounds);
    });
  });
}

CAF_TEST(a call is one sync however much it writes) {
  for_each_adapter([](log_under_test& log) {
    auto before = log->sync_count();
    std::vector<partition_write> writes;
    for (std::uint64_t p = 1; p <= 50; ++p)
      writes.push_back(appending(p, make_entries(1, 20, 1)));
    must_write(log, writes);
    CAF_CHECK_EQUAL(log->sync_count() - before, 1u);
    must_write(log, {appending(1, make_entries(21, 21, 1))});
    CAF_CHECK_EQUAL(log->sync_count() - before, 2u);
  });
}

CAF_TEST(partitions can be written and read by several threads at once) {
  for_each_adapter([](log_under_test& log) {
    constexpr std::uint64_t rounds = 100;
    std::vector<std::thread> threads;
    std::array<std::uint64_t, 4> failures{};
    for (std::uint64_t p = 1; p <= 4; ++p)
      threads.emplace_back([&, p] {
        for (std::uint64_t i = 0; i < rounds; ++i) {
          if (!log->write(std::vector{appending(p, make_entries(i * 3 + 1, i * 3 + 3, 1))}).ok())
            ++failures[p - 1];
          auto found = log->read(partition_id{p}, log_index{1}, log_index{i * 3 + 3}, SIZE_MAX);
          if (!found.ok() || found->size() != i * 3 + 3)
            ++failures[p - 1];
        }
      });
    for (auto& x : threads)
      x.join();
    for (std::uint64_t p = 1; p <= 4; ++p) {
      CAF_CHECK_EQUAL(failures[p - 1], 0u);
      CAF_CHECK(all_entries(*log, p) == make_entries(1, rounds * 3, 1));
    }
  });
}

// -- the log in memory only ---------------------------------------------------------------------------------------------

CAF_TEST(an injected write failure leaves nothing and lasts until it is healed) {
  auto store = make_memory_wal_store();
  log_under_test log{memory_wal(store)};
  fail_writes(*store, 1, "the disk is on fire");
  must_write(log, {appending(1, make_entries(1, 2, 1))});
  for (int i = 0; i < 2; ++i) {
    auto written = log->write(std::vector{appending(1, make_entries(3, 4, 1)), appending(2, make_entries(1, 1, 1))});
    CAF_REQUIRE(!written.ok());
    CAF_CHECK(written.error().code == status::storage_failed);
    CAF_CHECK(written.error().message.find("the disk is on fire") != std::string::npos);
  }
  CAF_CHECK_EQUAL(recovered(log).last.value(), 2u);
  CAF_CHECK_EQUAL(recovered(log, partition_id{2}).last.value(), 0u);
  heal(*store);
  must_write(log, {appending(1, make_entries(3, 4, 1))});
  CAF_CHECK_EQUAL(recovered(log).last.value(), 4u);
}

CAF_TEST(an injected read failure is reported) {
  auto store = make_memory_wal_store();
  log_under_test log{memory_wal(store)};
  must_write(log, {appending(1, make_entries(1, 2, 1))});
  fail_reads(*store, 0, "unreadable");
  auto found = log->read(p1, log_index{1}, log_index{2}, SIZE_MAX);
  CAF_REQUIRE(!found.ok());
  CAF_CHECK(found.error().message.find("unreadable") != std::string::npos);
  CAF_CHECK(!log->recover(p1).ok());
  heal(*store);
  CAF_CHECK(log->read(p1, log_index{1}, log_index{2}, SIZE_MAX).ok());
}
