// Logs, progress and configurations when what they begin with is compacted away, or a snapshot takes its place.
#define CAF_SUITE snapshots
#include <caf/test/unit_test.hpp>

#include <random>

#include "actors/partition/configuration.hpp"
#include "actors/partition/progress.hpp"
#include "actors/partition/raft_log.hpp"

using namespace kommander;

namespace {

entry make_entry(std::uint64_t index, std::uint64_t term) {
  return {log_index{index}, raft_term{term}, {}, entry_kind::command, {}, bytes{"x"}};
}

/// What differs between a log and the same one that was compacted, above its boundary; empty if nothing does.
std::string compare(const raft_log& whole, const raft_log& compacted) {
  if (compacted.last() != whole.last() || compacted.last_position() != whole.last_position())
    return "the end";
  for (auto i = compacted.boundary().index; i <= whole.last(); ++i) {
    if (compacted.term_at(i) != whole.term_at(i))
      return "the term at " + to_string(i);
    if (i > compacted.boundary().index
        && compacted.first_of_term_at(i) != std::max(whole.first_of_term_at(i), compacted.first()))
      return "the beginning of the term at " + to_string(i);
    if (i > compacted.boundary().index && (compacted.find(i) == nullptr) != (whole.find(i) == nullptr))
      return "what is in memory at " + to_string(i);
  }
  return {};
}

} // namespace

CAF_TEST(a compacted log tells of what is left as before) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    std::mt19937_64 random{seed};
    raft_log whole{{}, SIZE_MAX};
    std::uint64_t term = 1;
    for (std::uint64_t i = 1; i <= 30; ++i)
      whole.append(make_entry(i, term += random() % 2));
    auto compacted = whole;
    for (std::uint64_t to = random() % 5; to <= 30; to += 1 + random() % 10) {
      compacted.compact(log_index{to});
      CAF_REQUIRE_EQUAL(compacted.boundary().index.value(), to);
      auto wrong = compare(whole, compacted);
      if (!wrong.empty())
        CAF_FAIL("seed " << seed << ", compacted to " << to << ": " << wrong);
      CAF_CHECK_EQUAL(compacted.memory_bytes(), (30 - to) * make_entry(1, 1).weight());
    }
    compacted.append(make_entry(31, term));
    whole.append(make_entry(31, term));
    CAF_CHECK_EQUAL(compare(whole, compacted), "");
  }
}

CAF_TEST(compaction to what is gone or not there changes nothing) {
  raft_log log{{}, SIZE_MAX};
  for (std::uint64_t i = 1; i <= 5; ++i)
    log.append(make_entry(i, 1));
  log.compact(log_index{3});
  log.compact(log_index{2});
  log.compact(log_index{6});
  CAF_CHECK(log.boundary() == (log_position{log_index{3}, raft_term{1}}));
  CAF_CHECK_EQUAL(log.last().value(), 5u);
}

CAF_TEST(a log that is reset is empty and goes on after its boundary) {
  raft_log log{{}, SIZE_MAX};
  for (std::uint64_t i = 1; i <= 5; ++i)
    log.append(make_entry(i, 1));
  log.reset({log_index{9}, raft_term{4}});
  CAF_CHECK(log.last_position() == (log_position{log_index{9}, raft_term{4}}));
  CAF_CHECK_EQUAL(log.memory_bytes(), 0u);
  CAF_CHECK(!log.term_at(log_index{5}));
  log.append(make_entry(10, 5));
  CAF_CHECK(log.matches({log_index{10}, raft_term{5}}));
  CAF_CHECK(log.matches({log_index{9}, raft_term{4}}));
}

CAF_TEST(entries of one proposal are told apart from neighbours) {
  raft_log log{{}, SIZE_MAX};
  for (std::uint64_t i = 1; i <= 4; ++i) {
    auto x = make_entry(i, 1);
    x.time = {i <= 2 ? 7u : i, 1};
    log.append(std::move(x));
  }
  CAF_CHECK(log.splits_proposal(log_index{1}));
  CAF_CHECK(!log.splits_proposal(log_index{2}));
  CAF_CHECK(!log.splits_proposal(log_index{4}));
}

CAF_TEST(after a snapshot a peer is probed behind it and nothing is counted as held) {
  progress peer{log_index{10}, 3, 1000};
  peer.accepted(log_index{2});
  peer.needs_snapshot();
  peer.installed(log_index{20});
  CAF_CHECK(peer.mode() == replication_mode::probe);
  CAF_CHECK_EQUAL(peer.match().value(), 2u);
  CAF_CHECK_EQUAL(peer.next().value(), 21u);
  CAF_CHECK(peer.may_send());
  peer.accepted(log_index{25});
  peer.installed(log_index{20}); // late
  CAF_CHECK_EQUAL(peer.next().value(), 26u);
}

CAF_TEST(a snapshot brings the configuration that holds at its end) {
  auto alone = group_configuration::of({node_id{1}});
  auto both = group_configuration::of({node_id{1}, node_id{2}});
  configuration_history x{alone, {{log_index{3}, raft_term{1}, {}, entry_kind::config, {}, encode(both)}}};
  CAF_CHECK_EQUAL(x.index_at(log_index{2}).value(), 0u);
  CAF_CHECK_EQUAL(x.index_at(log_index{7}).value(), 3u);
  auto other = group_configuration::of({node_id{2}});
  x.reset(log_index{5}, other);
  CAF_CHECK(x.current() == other);
  CAF_CHECK_EQUAL(x.index().value(), 5u);
  x.reset(log_index{}, other);
  CAF_CHECK(x.current() == alone);
  CAF_CHECK_EQUAL(x.index().value(), 0u);
}
