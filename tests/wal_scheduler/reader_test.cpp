// The reader: entries, recovered partitions and failures reach whoever asked.
#define CAF_SUITE wal_scheduler
#include <caf/test/unit_test.hpp>

#include "actors/wal_scheduler/wal_reader_actor.hpp"
#include "tests/wal_scheduler/scripted_wal.hpp"

using namespace wal_scheduler_test;

namespace {

class reader_fixture : public fixture {
public:
  reader_fixture() {
    wal_reader_options options;
    options.detached = false;
    reader_ = spawn_wal_reader(system(), shared_log(), options);
    client_ = system().spawn([received = received_]() -> client::behavior_type {
      return {[received](const wal_read_done& x) { received->reads.push_back(x); },
              [received](const wal_recovered& x) { received->recovered.push_back(x); }};
    });
    partition_write x;
    x.partition = partition_id{1};
    x.state = hard_state{raft_term{2}, node_id{5}};
    for (std::uint64_t i = 1; i <= 10; ++i)
      x.entries.push_back(make_entry(i, 2, i));
    CAF_REQUIRE(log().write({&x, 1}).ok());
  }

  ~reader_fixture() {
    caf::anon_send_exit(client_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(reader_, caf::exit_reason::user_shutdown);
    run();
  }

  void ask(std::uint64_t partition, std::uint64_t first, std::uint64_t last, std::size_t bytes_max = SIZE_MAX) {
    caf::anon_send(
      reader_, wal_read{partition_id{partition}, node_id{7}, log_index{first}, log_index{last}, bytes_max, client_});
  }

  void ask_recovery(std::uint64_t partition) {
    caf::anon_send(reader_, wal_recover{partition_id{partition}, client_});
  }

  std::vector<wal_read_done>& reads() {
    return received_->reads;
  }

  std::vector<wal_recovered>& recovered() {
    return received_->recovered;
  }

private:
  using client = cafx::typed<void(wal_read_done), void(wal_recovered)>;

  struct answers {
    std::vector<wal_read_done> reads;
    std::vector<wal_recovered> recovered;
  };

  std::shared_ptr<answers> received_ = std::make_shared<answers>();
  wal_reader reader_;
  client client_;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(wal_reader_tests, reader_fixture)

CAF_TEST(entries come with what the request said) {
  ask(1, 3, 6);
  run();
  CAF_REQUIRE_EQUAL(reads().size(), 1u);
  const auto& x = reads().front();
  CAF_CHECK_EQUAL(x.partition.value(), 1u);
  CAF_CHECK_EQUAL(x.peer.value(), 7u);
  CAF_CHECK_EQUAL(x.first.value(), 3u);
  CAF_CHECK_EQUAL(x.failure, "");
  CAF_REQUIRE_EQUAL(x.entries.size(), 4u);
  for (std::uint64_t i = 0; i < 4; ++i)
    CAF_CHECK(x.entries[i] == make_entry(3 + i, 2, 3 + i));
}

CAF_TEST(a read keeps to its limit) {
  ask(1, 1, 10, 0);
  ask(1, 1, 10, make_entry(1, 2, 1).weight() + make_entry(2, 2, 2).weight());
  run();
  CAF_REQUIRE_EQUAL(reads().size(), 2u);
  CAF_CHECK_EQUAL(reads()[0].entries.size(), 1u);
  CAF_CHECK_EQUAL(reads()[1].entries.size(), 2u);
}

CAF_TEST(requests are answered in their order) {
  for (std::uint64_t i = 1; i <= 10; ++i)
    ask(1, i, i);
  run();
  CAF_REQUIRE_EQUAL(reads().size(), 10u);
  for (std::uint64_t i = 1; i <= 10; ++i)
    CAF_CHECK_EQUAL(reads()[i - 1].first.value(), i);
}

CAF_TEST(a read that fails says which entry is missing and nothing else is touched) {
  ask(1, 9, 11);
  ask(2, 1, 1);
  ask(1, 9, 10);
  run();
  CAF_REQUIRE_EQUAL(reads().size(), 3u);
  CAF_CHECK(reads()[0].failure.find("entry 11 of partition 1") != std::string::npos);
  CAF_CHECK(reads()[0].entries.empty());
  CAF_CHECK_EQUAL(reads()[0].peer.value(), 7u);
  CAF_CHECK_EQUAL(reads()[0].first.value(), 9u);
  CAF_CHECK(reads()[1].failure.find("entry 1 of partition 2") != std::string::npos);
  CAF_CHECK_EQUAL(reads()[2].entries.size(), 2u);
}

CAF_TEST(a partition is recovered whole) {
  ask_recovery(1);
  ask_recovery(2);
  run();
  CAF_REQUIRE_EQUAL(recovered().size(), 2u);
  CAF_CHECK_EQUAL(recovered()[0].partition.value(), 1u);
  CAF_CHECK_EQUAL(recovered()[0].failure, "");
  CAF_CHECK_EQUAL(recovered()[0].content.last.value(), 10u);
  CAF_CHECK(recovered()[0].content.state == (hard_state{raft_term{2}, node_id{5}}));
  CAF_CHECK_EQUAL(recovered()[1].partition.value(), 2u);
  CAF_CHECK_EQUAL(recovered()[1].failure, "");
  CAF_CHECK_EQUAL(recovered()[1].content.last.value(), 0u);
}

CAF_TEST(a disk that cannot be read is reported until it can) {
  log().read_fault = failure{status::storage_failed, "input/output error"};
  ask(1, 1, 1);
  ask_recovery(1);
  run();
  CAF_REQUIRE_EQUAL(reads().size(), 1u);
  CAF_REQUIRE_EQUAL(recovered().size(), 1u);
  CAF_CHECK_EQUAL(reads()[0].failure, "input/output error");
  CAF_CHECK_EQUAL(recovered()[0].failure, "input/output error");
  log().read_fault.reset();
  ask(1, 1, 1);
  run();
  CAF_REQUIRE_EQUAL(reads().size(), 2u);
  CAF_CHECK_EQUAL(reads()[1].failure, "");
}

CAF_TEST_FIXTURE_SCOPE_END()
