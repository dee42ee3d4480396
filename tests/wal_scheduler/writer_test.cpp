// The writer: what goes into one group and one sync, the order of writes, and who is told what when a write fails.
#define CAF_SUITE wal_scheduler
#include <caf/test/unit_test.hpp>

#include "actors/wal_scheduler/wal_writer_actor.hpp"
#include "tests/wal_scheduler/scripted_wal.hpp"

using namespace wal_scheduler_test;

namespace {

/// Partition, sequence and failure of each answer, in the order in which they came.
struct answer {
  std::uint64_t partition;
  std::uint64_t sequence;
  std::string failure;

  bool operator==(const answer&) const = default;
};

using answers = std::vector<answer>;

class writer_fixture : public fixture {
public:
  writer_fixture() : received_{std::make_shared<answers>()} {
    client_ = system().spawn([received = received_]() -> wal_write_client::behavior_type {
      return {[received](const wal_written& x) {
        received->push_back({x.partition.value(), x.sequence.value(), x.failure});
      }};
    });
    options.detached = false;
    options.counters = std::make_shared<wal_writer_counters>();
  }

  ~writer_fixture() {
    caf::anon_send_exit(client_, caf::exit_reason::user_shutdown);
    if (writer_)
      caf::anon_send_exit(writer_, caf::exit_reason::user_shutdown);
    run();
  }

  /// Sends the next write of a partition: one entry of `size` bytes.
  void send(std::uint64_t partition, std::size_t size = 10) {
    auto& last = last_[partition];
    ++last;
    send_write(partition, last, make_entry(last, 1, size));
  }

  /// Sends a write that every log refuses: it leaves a hole.
  void send_bad(std::uint64_t partition) {
    auto sequence = ++last_[partition];
    send_write(partition, sequence, make_entry(sequence + 1000, 1, 10));
  }

  /// Asks to keep a state as of `kept`, if not zero, and to compact up to `boundary`, if not zero.
  void send_compact(std::uint64_t partition, std::uint64_t kept, std::uint64_t boundary) {
    wal_compact message;
    message.partition = partition_id{partition};
    if (kept > 0)
      message.kept = kept_state{log_index{kept}, bytes{"state"}};
    message.boundary = {log_index{boundary}, raft_term{boundary > 0 ? 1u : 0u}};
    message.client =
      system().spawn([to = compactions](wal_compact_client::pointer) -> wal_compact_client::behavior_type {
        return {[to](const wal_compacted& x) { to->push_back(x.failure); }};
      });
    caf::anon_send(writer_, std::move(message));
  }

  /// The answers to the former.
  std::shared_ptr<std::vector<std::string>> compactions = std::make_shared<std::vector<std::string>>();

  void send_drop(std::uint64_t partition) {
    wal_drop message;
    message.partition = partition_id{partition};
    message.client = system().spawn([to = drops](wal_drop_client::pointer) -> wal_drop_client::behavior_type {
      return {[to](const wal_dropped& x) { to->push_back(to_string(x.partition) + ": " + x.failure); }};
    });
    caf::anon_send(writer_, std::move(message));
  }

  /// The answers to the former.
  std::shared_ptr<std::vector<std::string>> drops = std::make_shared<std::vector<std::string>>();

  void send_metadata(std::string key, std::string value) {
    wal_set_metadata message;
    message.key = std::move(key);
    message.value = std::move(value);
    message.client = system().spawn([to = stored](wal_metadata_client::pointer) -> wal_metadata_client::behavior_type {
      return {[to](const wal_metadata_set& x) { to->push_back(x.key + ": " + x.failure); }};
    });
    caf::anon_send(writer_, std::move(message));
  }

  /// The answers to the former.
  std::shared_ptr<std::vector<std::string>> stored = std::make_shared<std::vector<std::string>>();

  /// What was answered since the last call.
  answers take_answers() {
    return std::exchange(*received_, {});
  }

  /// What each group carried: "partition:index …" in order.
  std::vector<std::string> groups() {
    std::vector<std::string> result;
    for (const auto& x : log().groups) {
      auto& line = result.emplace_back();
      for (const auto& w : x)
        for (const auto& e : w.entries)
          line += (line.empty() ? "" : " ") + to_string(w.partition) + ":" + to_string(e.index);
    }
    return result;
  }

  void start() {
    writer_ = spawn_wal_writer(system(), shared_log(), options);
    run();
  }

  void stop() {
    caf::anon_send_exit(writer_, caf::exit_reason::user_shutdown);
  }

  wal_writer_options options;

private:
  void send_write(std::uint64_t partition, std::uint64_t sequence, entry x) {
    if (!writer_)
      start();
    wal_write message;
    message.work.partition = partition_id{partition};
    message.work.entries.push_back(std::move(x));
    message.sequence = write_sequence{sequence};
    message.client = client_;
    caf::anon_send(writer_, std::move(message));
  }

  std::shared_ptr<answers> received_;
  wal_write_client client_;
  wal_writer writer_;
  std::map<std::uint64_t, std::uint64_t> last_;
};

using strings = std::vector<std::string>;

failure disk_trouble() {
  return {status::storage_failed, "the disk is full"};
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(wal_writer_tests, writer_fixture)

CAF_TEST(a state is kept and the log compacted behind the writes that came before) {
  start();
  for (auto i = 0; i < 5; ++i)
    send(1);
  send_compact(1, 4, 3);
  send(1);
  run();
  CAF_CHECK(*compactions == strings{""});
  CAF_CHECK(take_answers() == (answers{{1, 5, ""}, {1, 6, ""}}));
  auto found = log().recover(partition_id{1});
  CAF_REQUIRE(found.ok());
  CAF_CHECK(found->boundary == (log_position{log_index{3}, raft_term{1}}));
  CAF_REQUIRE(found->kept.has_value());
  CAF_CHECK_EQUAL(found->kept->index.value(), 4u);
  CAF_CHECK_EQUAL(found->last.value(), 6u);
}

CAF_TEST(a partition is dropped behind the writes that came before) {
  start();
  for (auto i = 0; i < 3; ++i)
    send(1);
  send(2);
  send_drop(1);
  run();
  CAF_CHECK(*drops == strings{"1: "});
  CAF_CHECK(take_answers() == (answers{{1, 3, ""}, {2, 1, ""}}));
  CAF_CHECK_EQUAL(log().recover(partition_id{1})->last.value(), 0u);
  CAF_CHECK_EQUAL(log().recover(partition_id{2})->last.value(), 1u);
}

CAF_TEST(a partition whose write failed can be dropped) {
  start();
  send(1);
  run();
  log().before_write = [](const group&) { return std::optional{disk_trouble()}; };
  send(1);
  send_drop(1);
  run();
  CAF_CHECK(*drops == strings{"1: "});
  CAF_CHECK_EQUAL(log().recover(partition_id{1})->last.value(), 0u);
}

CAF_TEST(what stands in the way of a drop or of a value is told) {
  start();
  log().other_fault = disk_trouble();
  send_drop(1);
  send_metadata("color", "red");
  run();
  CAF_CHECK(*drops == strings{"1: the disk is full"});
  CAF_CHECK(*stored == strings{"color: the disk is full"});
}

CAF_TEST(a value of the node is stored before it is answered) {
  start();
  send_metadata("color", "red");
  send_metadata("color", "blue");
  run();
  CAF_CHECK(*stored == (strings{"color: ", "color: "}));
  CAF_CHECK_EQUAL(*log().get_metadata("color"), "blue");
}

CAF_TEST(a write with a value behind it is not left lying) {
  start();
  send(1);
  send_metadata("color", "red");
  run();
  CAF_CHECK(take_answers() == (answers{{1, 1, ""}}));
  CAF_CHECK_EQUAL(stored->size(), 1u);
}

CAF_TEST(nothing is compacted when what replaces it could not be written) {
  start();
  for (auto i = 0; i < 5; ++i)
    send(1);
  run();
  log().before_write = [](const group& x) {
    return x.front().kept ? std::optional{failure{status::storage_failed, "the disk is full"}} : std::nullopt;
  };
  send_compact(1, 4, 3);
  run();
  CAF_CHECK(*compactions == strings{"the disk is full"});
  CAF_CHECK_EQUAL(log().recover(partition_id{1})->boundary.index.value(), 0u);
}

// -- groups --------------------------------------------------------------------------------------------------------

CAF_TEST(what waits together is written together with one sync) {
  for (std::uint64_t p : {1, 2, 3, 1, 2, 1})
    send(p);
  run();
  CAF_CHECK(groups() == (strings{"1:1 2:1 3:1 1:2 2:2 1:3"}));
  CAF_CHECK_EQUAL(log().sync_count(), 1u);
  CAF_CHECK_EQUAL(options.counters->group_writes.load(), 1u);
  CAF_CHECK_EQUAL(options.counters->writes.load(), 6u);
}

CAF_TEST(a writer that lingers lets others join its group) {
  options.linger = std::chrono::milliseconds{5};
  start();
  send(1);
  run();
  send(2);
  run();
  CAF_CHECK(groups().empty());
  pass(std::chrono::milliseconds{5});
  CAF_CHECK(groups() == (strings{"1:1 2:1"}));
  send(3);
  run();
  pass(std::chrono::milliseconds{4});
  CAF_CHECK_EQUAL(groups().size(), 1u);
  pass(std::chrono::milliseconds{1});
  CAF_CHECK(groups() == (strings{"1:1 2:1", "3:1"}));
}

CAF_TEST(a group that is full does not linger) {
  options.linger = std::chrono::milliseconds{5};
  options.group_partitions_max = 2;
  start();
  for (std::uint64_t p : {1, 2, 3})
    send(p);
  run();
  CAF_CHECK(groups() == (strings{"1:1 2:1", "3:1"}) || groups() == (strings{"1:1 2:1"}));
  pass(std::chrono::milliseconds{5});
  CAF_CHECK(groups() == (strings{"1:1 2:1", "3:1"}));
}

CAF_TEST(each partition of a group gets one answer by its highest sequence) {
  for (std::uint64_t p : {1, 2, 1, 1})
    send(p);
  run();
  CAF_CHECK(take_answers() == (answers{{1, 3, ""}, {2, 1, ""}}));
}

CAF_TEST(what arrives during a write goes into the next group whole) {
  log().before_write = [this](const group&) {
    if (log().groups.size() == 1)
      for (std::uint64_t p : {1, 2, 3, 2})
        send(p);
    return std::nullopt;
  };
  send(1);
  run();
  CAF_CHECK(groups() == (strings{"1:1", "1:2 2:1 3:1 2:2"}));
  CAF_CHECK_EQUAL(log().sync_count(), 2u);
  CAF_CHECK(take_answers() == (answers{{1, 1, ""}, {1, 2, ""}, {2, 2, ""}, {3, 1, ""}}));
}

CAF_TEST(a single write does not wait for company) {
  send(5);
  run();
  CAF_CHECK(take_answers() == (answers{{5, 1, ""}}));
  send(5);
  run();
  CAF_CHECK(take_answers() == (answers{{5, 2, ""}}));
  CAF_CHECK(groups() == (strings{"5:1", "5:2"}));
}

CAF_TEST(a group carries no more partitions than it may) {
  options.group_partitions_max = 2;
  for (std::uint64_t p : {1, 2, 1, 3, 1, 4, 3})
    send(p);
  run();
  CAF_CHECK(groups() == (strings{"1:1 2:1 1:2", "3:1 1:3", "4:1 3:2"}));
  CAF_CHECK(take_answers() == (answers{{1, 2, ""}, {2, 1, ""}, {1, 3, ""}, {3, 1, ""}, {3, 2, ""}, {4, 1, ""}}));
}

CAF_TEST(a group of no partitions is taken as one of one) {
  options.group_partitions_max = 0;
  send(1);
  send(2);
  run();
  CAF_CHECK(groups() == (strings{"1:1", "2:1"}));
}

CAF_TEST(a group weighs no more than it may and a larger write goes alone) {
  auto weight = make_entry(1, 1, 100).weight();
  options.group_bytes_max = 2 * weight;
  for (std::size_t size : {100, 100, 100, 1000, 100})
    send(1, size);
  run();
  CAF_CHECK(groups() == (strings{"1:1 1:2", "1:3", "1:4", "1:5"}));
  CAF_CHECK(take_answers() == (answers{{1, 2, ""}, {1, 3, ""}, {1, 4, ""}, {1, 5, ""}}));
}

CAF_TEST(everything that was answered is in the log in order) {
  options.group_partitions_max = 3;
  options.group_bytes_max = 400;
  for (int round = 0; round < 50; ++round) {
    for (std::uint64_t p : {1, 2, 3, 4, 5})
      send(p, static_cast<std::size_t>(round));
    if (round % 7 == 0)
      run();
  }
  run();
  for (std::uint64_t p : {1, 2, 3, 4, 5}) {
    auto found = log().read(partition_id{p}, log_index{1}, log_index{50}, SIZE_MAX);
    CAF_REQUIRE(found);
    CAF_REQUIRE_EQUAL(found->size(), 50u);
    for (std::size_t i = 0; i < 50; ++i)
      CAF_REQUIRE_EQUAL((*found)[i].payload.size(), i);
  }
  std::map<std::uint64_t, std::uint64_t> highest;
  for (const auto& x : take_answers()) {
    CAF_REQUIRE(x.sequence > highest[x.partition]); // each write is answered once, ascending
    highest[x.partition] = x.sequence;
  }
  for (std::uint64_t p : {1, 2, 3, 4, 5})
    CAF_CHECK_EQUAL(highest[p], 50u);
}

// -- failures ------------------------------------------------------------------------------------------------------

CAF_TEST(a write that fails is told to every partition in it from its first write on) {
  log().before_write = [](const group&) { return disk_trouble(); };
  for (std::uint64_t p : {1, 2, 1, 1})
    send(p);
  run();
  CAF_CHECK(take_answers() == (answers{{1, 1, "the disk is full"}, {2, 1, "the disk is full"}}));
  CAF_CHECK_EQUAL(log().groups.size(), 1u); // it may have been written: no second try
  CAF_CHECK_EQUAL(options.counters->group_writes.load(), 0u);
  CAF_CHECK_EQUAL(options.counters->failed_groups.load(), 1u);
}

CAF_TEST(a partition that failed is refused for ever while others go on) {
  log().before_write = [this](const group&) -> std::optional<failure> {
    if (log().groups.size() == 1)
      return disk_trouble();
    return std::nullopt;
  };
  send(1);
  run();
  CAF_CHECK(take_answers() == (answers{{1, 1, "the disk is full"}}));
  for (std::uint64_t p : {1, 2, 1})
    send(p);
  run();
  CAF_CHECK(take_answers() == (answers{{1, 2, "the disk is full"}, {1, 3, "the disk is full"}, {2, 1, ""}}));
  CAF_CHECK(groups() == (strings{"1:1", "2:1"}));
}

CAF_TEST(what waits behind a failed write of its partition is never written) {
  options.group_bytes_max = 1;
  log().before_write = [this](const group&) -> std::optional<failure> {
    if (log().groups.size() == 2)
      return disk_trouble();
    return std::nullopt;
  };
  for (std::uint64_t p : {1, 1, 1, 2, 1})
    send(p);
  run();
  CAF_CHECK(groups() == (strings{"1:1", "1:2", "2:1"}));
  CAF_CHECK(take_answers() == (answers{{1, 1, ""}, {1, 2, "the disk is full"}, {2, 1, ""}}));
  CAF_CHECK_EQUAL(log().recover(partition_id{1})->last.value(), 1u);
}

CAF_TEST(data that the log refuses fails its own partition only) {
  send(1);
  send_bad(2);
  send(3);
  send(1);
  run();
  auto found = take_answers();
  CAF_REQUIRE_EQUAL(found.size(), 3u);
  CAF_CHECK(found[0] == (answer{1, 2, ""}));
  CAF_CHECK_EQUAL(found[1].partition, 2u);
  CAF_CHECK_EQUAL(found[1].sequence, 1u);
  CAF_CHECK(found[1].failure.find("entry 1001 where 1 is next") != std::string::npos);
  CAF_CHECK(found[2] == (answer{3, 1, ""}));
  CAF_CHECK_EQUAL(options.counters->group_writes.load(), 2u);
  send(2);
  send(3);
  run();
  found = take_answers();
  CAF_REQUIRE_EQUAL(found.size(), 2u);
  CAF_CHECK_EQUAL(found[0].partition, 2u);
  CAF_CHECK(!found[0].failure.empty());
  CAF_CHECK(found[1] == (answer{3, 2, ""}));
}

CAF_TEST(refused data of a partition alone fails it without a second try) {
  send(1);
  send_bad(1);
  run();
  auto found = take_answers();
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK_EQUAL(found[0].sequence, 1u); // neither of the two is durable
  CAF_CHECK(!found[0].failure.empty());
  CAF_CHECK_EQUAL(log().groups.size(), 1u);
  CAF_CHECK_EQUAL(log().recover(partition_id{1})->last.value(), 0u);
}

CAF_TEST(a disk that fails during the second try fails the partitions that it carries) {
  log().before_write = [this](const group&) -> std::optional<failure> {
    if (log().groups.size() == 3)
      return disk_trouble();
    return std::nullopt;
  };
  send(1);
  send_bad(2);
  send(3);
  run();
  auto found = take_answers(); // the group, then 1, 2 and 3 alone
  CAF_REQUIRE_EQUAL(found.size(), 3u);
  CAF_CHECK(found[0] == (answer{1, 1, ""}));
  CAF_CHECK(found[1] == (answer{2, 1, "the disk is full"}));
  CAF_CHECK(found[2] == (answer{3, 1, ""}));
}

// -- the end -------------------------------------------------------------------------------------------------------

CAF_TEST(a writer that ends writes and answers nothing more and lets go of the log) {
  std::weak_ptr<scripted_wal> watched = shared_log();
  auto before = watched.use_count();
  start();
  CAF_CHECK_EQUAL(watched.use_count(), before + 1);
  stop();
  send(1);
  run();
  CAF_CHECK(take_answers().empty());
  CAF_CHECK(log().groups.empty());
  CAF_CHECK_EQUAL(watched.use_count(), before);
}

CAF_TEST_FIXTURE_SCOPE_END()
