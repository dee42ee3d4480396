#include "wal/table_pace.hpp"

#include <algorithm>

namespace kommander {

namespace {

using std::chrono::microseconds;

constexpr microseconds full_after{1 + 1'000'000 * pace_account::piece_bytes / pace_account::bytes_per_second_min};

constexpr std::int64_t bytes_in(microseconds x) noexcept {
  return pace_account::bytes_per_second_min * x.count() / 1'000'000;
}

} // namespace

bool pace_account::logged(std::int64_t bytes) noexcept {
  auto more = bytes * bytes_per_logged_byte;
  saved_ = std::max(saved_, std::min(saved_ + more, std::max(saved_bytes_max, more)));
  return saved_ >= piece_bytes;
}

microseconds pace_account::take(std::int64_t bytes, time_point now) noexcept {
  auto passed = std::chrono::duration_cast<microseconds>(now - then_);
  if (passed > microseconds{0}) {
    then_ += passed;
    saved_ = std::max(saved_, std::min(saved_ + bytes_in(std::min(passed, full_after)), piece_bytes));
  }
  auto wanted = std::min(bytes, piece_bytes);
  if (wanted > saved_)
    return microseconds{1 + (wanted - saved_) * 1'000'000 / bytes_per_second_min};
  saved_ -= wanted;
  return microseconds{0};
}

void table_pace::logged(std::size_t bytes) {
  std::lock_guard guard{mutex_};
  if (account_.logged(static_cast<std::int64_t>(bytes)))
    more_.notify_one();
}

void table_pace::set_enabled(bool enabled) {
  std::lock_guard guard{mutex_};
  enabled_ = enabled;
  more_.notify_all();
}

void table_pace::Request(std::int64_t bytes, rocksdb::Env::IOPriority priority, rocksdb::Statistics*) {
  requests_.fetch_add(1, std::memory_order_relaxed);
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (priority >= rocksdb::Env::IO_USER)
    return;
  std::unique_lock guard{mutex_};
  while (enabled_) {
    auto wait = account_.take(bytes, std::chrono::steady_clock::now());
    if (wait == microseconds{0})
      return;
    more_.wait_for(guard, wait);
  }
}

} // namespace kommander
