// What every log adapter must do besides writing: compaction, snapshots, dropped partitions, neighbours, metadata.
#define CAF_SUITE wal
#include <caf/test/unit_test.hpp>

#include "tests/wal/support.hpp"

using namespace wal_test;

namespace {

/// Partitions whose keys lie side by side, or that a sloppy order of keys would mix up.
const std::vector<std::uint64_t> neighbours = {
  0, 1, 255, 256, 257, 65535, 65536, std::uint64_t{1} << 63, ~std::uint64_t{0} - 1, ~std::uint64_t{0}};

bool is_gone(wal& log, std::uint64_t partition, std::uint64_t index) {
  return !log.read(partition_id{partition}, log_index{index}, log_index{index}, 1);
}

} // namespace

// -- compaction ----------------------------------------------------------------------------------------------------

CAF_TEST(compaction forgets the beginning and keeps the rest) {
  auto fill = [](wal& log) {
    auto x = append(1, 1, 5, 1);
    x.commit = log_index{4};
    x.state = hard_state{raft_term{3}, node_id{2}};
    write(log, x, append(1, 6, 8, 3));
    value_of(log.compact(partition_id{1}, at(3, 1)));
  };
  before_and_after_reopening(fill, [](wal& log) {
    auto found = recover(log, 1);
    CAF_CHECK(found.boundary == at(3, 1));
    CAF_CHECK_EQUAL(found.last.value(), 8u);
    CAF_CHECK_EQUAL(found.commit.value(), 4u);
    CAF_CHECK(found.state == (hard_state{raft_term{3}, node_id{2}}));
    CAF_CHECK(found.terms == (std::vector<term_run>{{log_index{4}, raft_term{1}}, {log_index{6}, raft_term{3}}}));
    CAF_CHECK(is_gone(log, 1, 3));
    CAF_CHECK_EQUAL(read(log, 1, 4, 8).size(), 5u);
  });
}

CAF_TEST(compaction never goes back and may take everything) {
  auto fill = [](wal& log) {
    write(log, append(1, 1, 2000, 2));
    value_of(log.compact(partition_id{1}, at(1500, 2)));
    value_of(log.compact(partition_id{1}, at(1000, 2)));
    CAF_CHECK(recover(log, 1).boundary == at(1500, 2));
    value_of(log.compact(partition_id{1}, at(2000, 2)));
  };
  before_and_after_reopening(fill, [](wal& log) {
    auto found = recover(log, 1);
    CAF_CHECK(found.boundary == at(2000, 2));
    CAF_CHECK_EQUAL(found.last.value(), 2000u);
    CAF_CHECK_EQUAL(found.commit.value(), 2000u);
    CAF_CHECK(found.terms.empty());
    CAF_CHECK(is_gone(log, 1, 2000));
    CAF_CHECK(refusal_of(try_write(log, append(1, 1, 1, 2))) == status::invalid_argument);
  });
}

CAF_TEST(a log goes on behind its boundary) {
  for_each_adapter([](log_under_test& log) {
    write(*log, append(1, 1, 10, 1));
    value_of(log->compact(partition_id{1}, at(10, 1)));
    log.reopen();
    write(*log, append(1, 11, 12, 2));
    log.reopen();
    CAF_CHECK(holds(*log, 1, make_entries(11, 12, 2)));
    CAF_CHECK(recover(*log, 1).boundary == at(10, 1));
  });
}

CAF_TEST(compaction beyond the end or of another term is refused) {
  for_each_adapter([](log_under_test& log) {
    write(*log, append(1, 1, 5, 2));
    auto beyond = log->compact(partition_id{1}, at(6, 2));
    CAF_REQUIRE(!beyond);
    CAF_CHECK(beyond.error().code == status::invalid_argument);
    CAF_CHECK(contains(beyond.error().message, "its last entry is 5"));
    auto other_term = log->compact(partition_id{1}, at(3, 1));
    CAF_REQUIRE(!other_term);
    CAF_CHECK(other_term.error().code == status::invalid_argument);
    CAF_CHECK(contains(other_term.error().message, "of term 2, not 1"));
    CAF_CHECK(holds(*log, 1, make_entries(1, 5, 2)));
  });
}

CAF_TEST(a snapshot boundary replaces the whole log wherever it lies) {
  struct row {
    std::uint64_t index, term;
  };
  for (auto [index, term] : {row{5, 1}, {10, 1}, {1000, 7}}) {
    auto fill = [boundary = at(index, term)](wal& log) {
      auto x = append(1, 1, 10, 1);
      x.state = hard_state{raft_term{4}, node_id{1}};
      x.commit = log_index{6};
      write(log, x, append(2, 1, 10, 1));
      install_boundary(log, 1, boundary);
    };
    before_and_after_reopening(fill, [index = index, term = term](wal& log) {
      auto found = recover(log, 1);
      CAF_CHECK(found.boundary == at(index, term));
      CAF_CHECK_EQUAL(found.last.value(), index);
      CAF_CHECK_EQUAL(found.commit.value(), index);
      CAF_CHECK(found.terms.empty());
      CAF_CHECK_EQUAL(found.damaged_at.value(), 0u);
      CAF_CHECK(found.state == (hard_state{raft_term{4}, node_id{1}}));
      CAF_CHECK(holds(log, 2, make_entries(1, 10, 1)));
      CAF_CHECK(refusal_of(try_write(log, append(1, index + 2, index + 2, term))) == status::invalid_argument);
    });
  }
}

CAF_TEST(a log goes on behind a snapshot boundary) {
  for_each_adapter([](log_under_test& log) {
    write(*log, append(1, 1, 10, 1));
    install_boundary(*log, 1, at(5, 1));
    write(*log, append(1, 6, 7, 2));
    log.reopen();
    CAF_CHECK(holds(*log, 1, make_entries(6, 7, 2)));
    CAF_CHECK(is_gone(*log, 1, 8));
    CAF_CHECK(recover(*log, 1).boundary == at(5, 1));
  });
}

CAF_TEST(a boundary and its configuration come with a write and replace the log) {
  auto fill = [](wal& log) {
    auto before = append(1, 1, 10, 1);
    before.entries[2].kind = before.entries[8].kind = entry_kind::config;
    before.commit = log_index{2};
    write(log, before);
    auto x = append(1, 8, 9, 4);
    x.install = snapshot_boundary{at(7, 3), false, log_index{6}, bytes{"members"}};
    x.state = hard_state{raft_term{4}, node_id{2}};
    write(log, x);
  };
  before_and_after_reopening(fill, [](wal& log) {
    auto found = recover(log, 1);
    CAF_CHECK(found.boundary == at(7, 3));
    CAF_CHECK_EQUAL(found.commit.value(), 7u);
    CAF_CHECK(found.state == (hard_state{raft_term{4}, node_id{2}}));
    CAF_CHECK(read(log, 1, 8, 9) == make_entries(8, 9, 4));
    CAF_CHECK(is_gone(log, 1, 7));
    CAF_CHECK(is_gone(log, 1, 10));
    CAF_REQUIRE_EQUAL(found.configs.size(), 1u); // those of the old log are gone
    CAF_CHECK_EQUAL(found.configs[0].index.value(), 6u);
    CAF_CHECK(found.configs[0].payload == bytes{"members"});
  });
}

CAF_TEST(a boundary that keeps its tail keeps the configurations of the log) {
  auto fill = [](wal& log) {
    auto before = append(1, 1, 10, 1);
    before.entries[2].kind = before.entries[8].kind = entry_kind::config;
    write(log, before);
    auto x = append(1, 11, 11, 2);
    x.install = snapshot_boundary{at(7, 1), true, log_index{3}, before.entries[2].payload};
    x.truncate_from = log_index{11};
    write(log, x);
    auto too_high = append(1, 12, 12, 2);
    too_high.install = snapshot_boundary{at(12, 2), true, {}, {}};
    CAF_CHECK(refusal_of(try_write(log, too_high)) == status::invalid_argument);
  };
  before_and_after_reopening(fill, [](wal& log) {
    auto found = recover(log, 1);
    CAF_CHECK(found.boundary == at(7, 1));
    CAF_CHECK_EQUAL(found.last.value(), 11u);
    CAF_CHECK(is_gone(log, 1, 7));
    CAF_REQUIRE_EQUAL(found.configs.size(), 2u);
    CAF_CHECK_EQUAL(found.configs[0].index.value(), 3u);
    CAF_CHECK_EQUAL(found.configs[1].index.value(), 9u);
  });
}

CAF_TEST(a kept state stays whatever happens to the entries until another one replaces it) {
  for_each_adapter([](log_under_test& log) {
    CAF_CHECK(!recover(*log, 1).kept);
    auto kept_in = [&](std::uint64_t partition) {
      log.reopen();
      return recover(*log, partition).kept;
    };
    const kept_state first{log_index{7}, bytes{"seven"}};
    const kept_state second{log_index{30}, bytes{}};
    auto x = append(1, 1, 10, 1);
    x.kept = first;
    write(*log, x, append(2, 1, 10, 1));
    CAF_CHECK(recover(*log, 1).kept == first);
    CAF_CHECK(kept_in(1) == first);
    value_of(log->compact(partition_id{1}, at(5, 1)));
    write(*log, replace(1, 8, 9, 2));
    CAF_CHECK(kept_in(1) == first);
    partition_write installing;
    installing.partition = partition_id{1};
    installing.install = snapshot_boundary{at(30, 2), false, {}, {}};
    installing.kept = second;
    write(*log, installing);
    CAF_CHECK(kept_in(1) == second);
    CAF_CHECK(recover(*log, 1).boundary == at(30, 2));
    CAF_CHECK(!kept_in(2));
    value_of(log->drop(partition_id{1}));
    CAF_CHECK(!kept_in(1));
  });
}

CAF_TEST(a kept state of a write that is refused is not there) {
  for_each_adapter([](log_under_test& log) {
    auto x = append(1, 5, 6, 1); // a hole
    x.kept = kept_state{log_index{4}, bytes{"four"}};
    CAF_CHECK(refusal_of(try_write(*log, x)) == status::invalid_argument);
    log.reopen();
    CAF_CHECK(!recover(*log, 1).kept);
  });
}

// -- many partitions -----------------------------------------------------------------------------------------------

CAF_TEST(a dropped partition is forgotten and may begin anew) {
  for_each_adapter([](log_under_test& log) {
    auto x = append(1, 1, 200, 1);
    x.state = hard_state{raft_term{3}, node_id{2}};
    x.commit = log_index{150};
    write(*log, x, append(2, 1, 3, 1));
    value_of(log->compact(partition_id{1}, at(100, 1)));
    value_of(log->drop(partition_id{1}));
    for (auto reopened : {false, true}) {
      if (reopened)
        log.reopen();
      CAF_CHECK(recover(*log, 1).state == hard_state{});
      CAF_CHECK(recover(*log, 1).boundary == log_position{});
      CAF_CHECK_EQUAL(recover(*log, 1).commit.value(), 0u);
      CAF_CHECK(holds(*log, 1, {}));
      CAF_CHECK(holds(*log, 2, make_entries(1, 3, 1)));
    }
    write(*log, append(1, 1, 2, 9));
    log.reopen();
    CAF_CHECK(holds(*log, 1, make_entries(1, 2, 9)));
    CAF_CHECK(log->drop(partition_id{77}).ok()); // one that never was
  });
}

CAF_TEST(neighbours are never touched by what happens to a partition) {
  for_each_adapter([](log_under_test& log) {
    auto length = [](std::size_t i) { return 5 + i; };
    std::vector<partition_write> group;
    for (std::size_t i = 0; i < neighbours.size(); ++i) {
      group.push_back(append(neighbours[i], 1, length(i), 1));
      group.back().state = hard_state{raft_term{100 + i}, node_id{i}};
    }
    value_of(log->write(group));
    for (std::size_t i = 0; i < neighbours.size(); ++i) {
      CAF_MESSAGE("partition " << neighbours[i]);
      auto p = partition_id{neighbours[i]};
      write(*log, replace(neighbours[i], 4, 4, 2));
      value_of(log->compact(p, at(2, 1)));
      install_boundary(*log, neighbours[i], at(50, 3));
      value_of(log->drop(p));
      for (std::size_t k = 0; k < neighbours.size(); ++k) {
        CAF_CHECK(holds(*log, neighbours[k], k <= i ? std::vector<entry>{} : make_entries(1, length(k), 1)));
        auto state = k <= i ? hard_state{} : hard_state{raft_term{100 + k}, node_id{k}};
        CAF_CHECK(recover(*log, neighbours[k]).state == state);
      }
    }
  });
}

// -- the node's own values -----------------------------------------------------------------------------------------

CAF_TEST(values of the node survive and names do not mix) {
  const std::string binary("\0\xff\0", 3);
  auto fill = [&](wal& log) {
    CAF_CHECK_EQUAL(value_of(log.get_metadata("node")), "");
    value_of(log.set_metadata("node", "1"));
    value_of(log.set_metadata("node", "17"));
    value_of(log.set_metadata("nod", "short"));
    value_of(log.set_metadata("node.x", binary));
    write(log, append(1, 1, 1, 1));
    value_of(log.drop(partition_id{1}));
    value_of(log.drop(partition_id{0}));
  };
  before_and_after_reopening(fill, [&](wal& log) {
    CAF_CHECK_EQUAL(value_of(log.get_metadata("node")), "17");
    CAF_CHECK_EQUAL(value_of(log.get_metadata("nod")), "short");
    CAF_CHECK(value_of(log.get_metadata("node.x")) == binary);
    CAF_CHECK_EQUAL(value_of(log.get_metadata("no")), "");
  });
}

// -- configurations ------------------------------------------------------------------------------------------------

namespace {

/// Entries 1 … 9 of term 1, of which 2, 5 and 8 are configurations.
std::vector<entry> with_configurations() {
  auto entries = make_entries(1, 9, 1);
  for (auto i : {2, 5, 8})
    entries[i - 1].kind = entry_kind::config;
  return entries;
}

/// The indexes of the configurations that are found, with the content that they were written with.
std::vector<std::uint64_t> configurations(wal& log, std::uint64_t partition = 1) {
  std::vector<std::uint64_t> result;
  for (const auto& x : recover(log, partition).configs) {
    CAF_CHECK_EQUAL(x.kind, entry_kind::config);
    CAF_CHECK(x.payload == make_entry(x.index.value(), x.term.value()).payload);
    result.push_back(x.index.value());
  }
  return result;
}

using indexes = std::vector<std::uint64_t>;

} // namespace

CAF_TEST(recovery gives all configurations of the log) {
  auto fill = [](wal& log) { write(log, partition_write{partition_id{1}, {}, {}, with_configurations(), {}}); };
  before_and_after_reopening(fill, [](wal& log) {
    CAF_CHECK(configurations(log) == (indexes{2, 5, 8}));
    CAF_CHECK(configurations(log, 2).empty());
  });
}

CAF_TEST(compaction keeps the configuration that holds at the boundary) {
  for_each_adapter([](log_under_test& log) {
    write(*log, partition_write{partition_id{1}, {}, {}, with_configurations(), {}});
    struct row {
      std::uint64_t boundary;
      indexes expected;
    };
    for (const auto& x : {row{1, {2, 5, 8}}, {2, {2, 5, 8}}, {4, {2, 5, 8}}, {5, {5, 8}}, {7, {5, 8}}, {9, {8}}}) {
      value_of(log->compact(partition_id{1}, at(x.boundary, 1)));
      CAF_CHECK(configurations(*log) == x.expected);
      log.reopen();
      CAF_CHECK(configurations(*log) == x.expected);
    }
  });
}

CAF_TEST(a configuration that was cut off does not come back by compaction) {
  auto fill = [](wal& log) {
    write(log, partition_write{partition_id{1}, {}, {}, with_configurations(), {}});
    write(log, replace(1, 5, 9, 2));
    CAF_CHECK(configurations(log) == indexes{2});
    value_of(log.compact(partition_id{1}, at(9, 2)));
  };
  before_and_after_reopening(fill, [](wal& log) { CAF_CHECK(configurations(log) == indexes{2}); });
}

CAF_TEST(a partition that is dropped leaves no configuration behind) {
  auto fill = [](wal& log) {
    write(log, partition_write{partition_id{1}, {}, {}, with_configurations(), {}});
    value_of(log.compact(partition_id{1}, at(6, 1)));
    value_of(log.drop(partition_id{1}));
  };
  before_and_after_reopening(fill, [](wal& log) { CAF_CHECK(configurations(log).empty()); });
}
