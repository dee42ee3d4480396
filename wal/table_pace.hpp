/// How fast RocksDB writes table files: not faster than the log needs it. Unhindered, a flush puts tens of megabytes into the
/// page cache at once, and every sync of the log then waits for the disk behind them.
#pragma once

#include <rocksdb/rate_limiter.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace kommander {

/// What may be written by now. It grows with time and, so that flushes and compactions keep up with any load, by a multiple
/// of what is written to the log. Pure: the time comes in.
class pace_account {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// So much may be written in a second, whatever happens.
  static constexpr std::int64_t bytes_per_second_min = std::int64_t{16} << 20;

  /// For each byte in the log: one goes to a new table file, and compaction writes most bytes two or three times more.
  static constexpr std::int64_t bytes_per_logged_byte = 4;

  /// What is taken at once. A sync never waits for much more, and no more is saved up of time.
  static constexpr std::int64_t piece_bytes = std::int64_t{256} << 10;

  /// Of what the log has brought, no more is saved up than this, or what the last write brought.
  static constexpr std::int64_t saved_bytes_max = std::int64_t{1} << 20;

  explicit pace_account(time_point now) noexcept : then_{now} {
    // nop
  }

  /// So many bytes have gone to the log, in one write. True if a whole piece may be written now.
  bool logged(std::int64_t bytes) noexcept;

  /// Takes up to `piece_bytes`, if they may be written now: the answer is then zero, and otherwise how long to wait if the
  /// log does not grow.
  std::chrono::microseconds take(std::int64_t bytes, time_point now) noexcept;

private:
  std::int64_t saved_ = piece_bytes;
  time_point then_;
};

/// Lets RocksDB's flushes and compactions wait for their account. Whatever RocksDB calls urgent (`IO_USER`: writers wait for
/// it) does not wait. Functions may be called from any thread.
class table_pace final : public rocksdb::RateLimiter {
public:
  /// So many bytes have gone to the log, in one write.
  void logged(std::size_t bytes);

  /// Nobody waits while this is off, as at the beginning: a log is opened and closed as fast as the disk can.
  void set_enabled(bool enabled);

  // -- what RocksDB calls -------------------------------------------------------------------------------------------

  using RateLimiter::Request;

  void Request(std::int64_t bytes, rocksdb::Env::IOPriority priority, rocksdb::Statistics*) override;

  [[nodiscard]] std::int64_t GetSingleBurstBytes() const override {
    return pace_account::piece_bytes;
  }

  [[nodiscard]] std::int64_t GetTotalBytesThrough(rocksdb::Env::IOPriority) const override {
    return bytes_.load(std::memory_order_relaxed);
  }

  [[nodiscard]] std::int64_t GetTotalRequests(rocksdb::Env::IOPriority) const override {
    return requests_.load(std::memory_order_relaxed);
  }

  [[nodiscard]] std::int64_t GetBytesPerSecond() const override {
    return pace_account::bytes_per_second_min;
  }

  void SetBytesPerSecond(std::int64_t) override {
    // The log's own load sets it.
  }

private:
  std::atomic<std::int64_t> bytes_{0};
  std::atomic<std::int64_t> requests_{0};
  std::mutex mutex_; ///< Of what follows.
  std::condition_variable more_;
  bool enabled_ = false;
  pace_account account_{std::chrono::steady_clock::now()};
};

} // namespace kommander
