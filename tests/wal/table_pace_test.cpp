// Table files are written no faster than the log needs it, so that the log's syncs do not wait behind them.
#define CAF_SUITE table_pace
#include <caf/test/unit_test.hpp>

#include <rocksdb/file_system.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>

#include "tests/wal/support.hpp"
#include "wal/rocksdb_wal.hpp"
#include "wal/table_pace.hpp"

using namespace std::chrono_literals;
using namespace wal_test;

namespace {

using clock = std::chrono::steady_clock;

constexpr auto piece = pace_account::piece_bytes;
constexpr auto factor = pace_account::bytes_per_logged_byte;

/// An account at one moment, with nothing saved up.
struct fixture {
  clock::time_point now{1h};
  pace_account account{now};

  fixture() {
    CAF_REQUIRE_EQUAL(pieces_now(), 1);
  }

  bool take_piece() {
    return account.take(piece, now) == 0us;
  }

  /// How many pieces may be written at once.
  std::int64_t pieces_now() {
    std::int64_t n = 0;
    while (take_piece())
      ++n;
    return n;
  }
};

/// Remembers the sizes of what is appended to table files.
class table_sizes {
public:
  void add(std::size_t size) {
    std::lock_guard guard{mutex_};
    ++count_;
    largest_ = std::max(largest_, size);
  }

  [[nodiscard]] std::size_t count() {
    std::lock_guard guard{mutex_};
    return count_;
  }

  [[nodiscard]] std::size_t largest() {
    std::lock_guard guard{mutex_};
    return largest_;
  }

private:
  std::mutex mutex_;
  std::size_t count_ = 0;
  std::size_t largest_ = 0;
};

class measured_file final : public rocksdb::FSWritableFileOwnerWrapper {
public:
  measured_file(std::unique_ptr<rocksdb::FSWritableFile> target, table_sizes& sizes)
    : FSWritableFileOwnerWrapper{std::move(target)},
      sizes_{sizes} {
    // nop
  }

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& x,
                           rocksdb::IODebugContext* y) override {
    sizes_.add(data.size());
    return FSWritableFileOwnerWrapper::Append(data, x, y);
  }

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& x,
                           const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* y) override {
    return Append(data, x, y);
  }

private:
  table_sizes& sizes_;
};

class measured_disk final : public rocksdb::FileSystemWrapper {
public:
  explicit measured_disk(table_sizes& sizes) : FileSystemWrapper{rocksdb::FileSystem::Default()}, sizes_{sizes} {
    // nop
  }

  const char* Name() const override {
    return "kommander.measured_disk";
  }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& x,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* y) override {
    auto made = target()->NewWritableFile(name, x, file, y);
    if (made.ok() && name.ends_with(".sst"))
      *file = std::make_unique<measured_file>(std::move(*file), sizes_);
    return made;
  }

private:
  table_sizes& sizes_;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(table_pace_tests, fixture)

CAF_TEST(without a load table files get the least rate) {
  std::int64_t written = 0;
  for (auto begin = now; now < begin + 10s; now += 1ms)
    written += pieces_now() * piece;
  CAF_CHECK_LESS_OR_EQUAL(written, 10 * pace_account::bytes_per_second_min);
  CAF_CHECK_GREATER_OR_EQUAL(written, 9 * pace_account::bytes_per_second_min);
}

CAF_TEST(a wait is as long as it says) {
  auto wait = account.take(piece, now);
  CAF_CHECK_GREATER(wait, 1us);
  now += wait - 2us;
  CAF_CHECK(!take_piece());
  now += 2us;
  CAF_CHECK(take_piece());
}

CAF_TEST(what is written to the log lets table files keep up with it) {
  constexpr auto small = piece / factor / 2;
  for (int i = 0; i < 100; ++i) { // at one moment: nothing comes from time
    CAF_CHECK(!account.logged(small));
    CAF_CHECK(!take_piece());
    CAF_CHECK(account.logged(small));
    CAF_CHECK_EQUAL(pieces_now(), 1);
  }
}

CAF_TEST(a large write brings all that it is worth and small ones are saved up to a limit) {
  account.logged(100 * piece);
  CAF_CHECK_EQUAL(pieces_now(), 100 * factor);
  for (int i = 0; i < 1000; ++i)
    account.logged(1000);
  CAF_CHECK_EQUAL(pieces_now(), pace_account::saved_bytes_max / piece);
  account.logged(100 * piece);
  account.logged(1); // takes nothing away
  CAF_CHECK_EQUAL(pieces_now(), 100 * factor);
}

CAF_TEST(time is not saved up) {
  now += 1h;
  CAF_CHECK_EQUAL(pieces_now(), 1);
}

CAF_TEST(a clock that goes back gives nothing and takes nothing) {
  now -= 1min;
  CAF_CHECK_EQUAL(pieces_now(), 0);
  now += 1min;
  CAF_CHECK_EQUAL(pieces_now(), 0);
  now += 1s;
  CAF_CHECK_EQUAL(pieces_now(), 1);
}

CAF_TEST(only flushes and compactions of an open log wait) {
  table_pace pace;
  auto ask = [&](rocksdb::Env::IOPriority priority) {
    for (std::int64_t i = 0; i < 1000; ++i) // a minute of the least rate, and more than a test may take
      pace.Request(4 * piece, priority, nullptr);
  };
  ask(rocksdb::Env::IO_HIGH); // not enabled yet
  pace.set_enabled(true);
  ask(rocksdb::Env::IO_USER);
  auto waiting = std::async(std::launch::async, [&] { ask(rocksdb::Env::IO_HIGH); });
  auto requests = pace.GetTotalRequests(rocksdb::Env::IO_TOTAL);
  while (pace.GetTotalRequests(rocksdb::Env::IO_TOTAL) == requests)
    std::this_thread::yield();
  CAF_CHECK(waiting.wait_for(0s) == std::future_status::timeout);
  pace.set_enabled(false); // what waits goes on at once
  waiting.get();
}

CAF_TEST(a flush writes its table file piece by piece) {
  temporary_directory directory;
  table_sizes sizes;
  rocksdb_wal_options options;
  options.write_buffer_bytes = std::size_t{1} << 20;
  auto log = rocksdb_log::open(directory.path(), options, std::make_shared<measured_disk>(sizes));
  CAF_REQUIRE(log.ok());
  for (std::uint64_t i = 1; sizes.count() < 16; ++i) { // until several flushes have written
    partition_write x;
    x.partition = partition_id{1};
    x.entries.push_back({log_index{i}, raft_term{1}, {}, entry_kind::command, "t", bytes{std::string(100'000, 'x')}});
    CAF_REQUIRE((*log)->write({&x, 1}).ok());
  }
  log->reset();
  CAF_CHECK_LESS_OR_EQUAL(sizes.largest(), static_cast<std::size_t>(piece));
}

CAF_TEST_FIXTURE_SCOPE_END()
