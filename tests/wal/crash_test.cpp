// A small crash matrix: the last write reaches the disk only in part, in every way in which it may. Everything that was
// acknowledged before is there, and of the last write all or nothing.
#define CAF_SUITE wal_crash
#include <caf/test/unit_test.hpp>

#include <algorithm>
#include <random>

#include "tests/wal/support.hpp"

using namespace wal_test;

namespace {

const rocksdb_wal_options small_files{true, std::size_t{256} << 10};

/// A directory before and after its last write, and where that write lies in the newest log file.
class last_write {
public:
  /// The last write carries entries of `size` bytes in two partitions, and cuts a tail in one of them.
  explicit last_write(std::uint64_t count, std::size_t size) : count_{count}, size_{size} {
    auto log = open(rocksdb_wal(directory_ / "log", small_files));
    auto x = append(1, 1, 4, 1);
    x.state = hard_state{raft_term{1}, node_id{1}};
    write(*log, x);
    write(*log, append(2, 1, 6, 1));
    auto before = image_of(directory_ / "log");
    auto first = append(1, 5, 4 + count, 2, size);
    first.state = hard_state{raft_term{2}, node_id{2}};
    auto second = replace(2, 5, 5, 2);
    write(*log, first, second);
    after_ = image_of(directory_ / "log");
    name_ = newest_log_file(after_);
    const auto& content = after_[name_];
    auto differs = std::mismatch(content.begin(), content.end(), before[name_].begin(), before[name_].end()).first;
    begin_ = static_cast<std::size_t>(differs - content.begin());
    end_ = content.find_last_not_of('\0') + 1;
    CAF_REQUIRE(end_ > begin_);
  }

  [[nodiscard]] std::size_t begin() const {
    return begin_;
  }

  [[nodiscard]] std::size_t end() const {
    return end_;
  }

  /// The content of the newest log file if the write is complete.
  [[nodiscard]] const std::string& file() const {
    return after_.at(name_);
  }

  enum class found { all, nothing, wrong };

  /// Opens the log with this content of its newest log file, writes on, and opens it once more.
  found open_with(const std::string& file) {
    auto files = after_;
    files[name_] = file;
    restore(directory_ / "copy", files);
    auto factory = rocksdb_wal(directory_ / "copy", small_files);
    auto log = factory();
    if (!log) {
      CAF_MESSAGE(log.error().message);
      return found::wrong;
    }
    auto result = content_of(**log);
    if (result == found::wrong)
      return result;
    write(**log, append(3, 1, 1, 1));
    log->reset();
    auto again = open(factory);
    return holds(*again, 3, make_entries(1, 1, 1)) ? content_of(*again) : found::wrong;
  }

private:
  [[nodiscard]] found content_of(wal& log) const {
    auto first = make_entries(1, 4, 1);
    auto state = recover(log, 1).state;
    if (state == hard_state{raft_term{1}, node_id{1}} && holds(log, 1, first) && holds(log, 2, make_entries(1, 6, 1)))
      return found::nothing;
    auto later = make_entries(5, 4 + count_, 2, size_);
    first.insert(first.end(), later.begin(), later.end());
    auto second = make_entries(1, 4, 1);
    second.push_back(make_entry(5, 2));
    if (state == hard_state{raft_term{2}, node_id{2}} && holds(log, 1, first) && holds(log, 2, second))
      return found::all;
    return found::wrong;
  }

  temporary_directory directory_{true};
  std::uint64_t count_;
  std::size_t size_;
  image after_;
  std::string name_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// The first `size` bytes, and zeros as in a file that was allocated ahead.
std::string then_zeros(const std::string& file, std::size_t size) {
  auto x = file;
  std::fill(x.begin() + static_cast<std::ptrdiff_t>(size), x.end(), '\0');
  return x;
}

} // namespace

CAF_TEST(a small last write that ends at any byte is there or not ) {
  quiet logs;
  last_write x{2, 20};
  CAF_CHECK(x.open_with(x.file()) == last_write::found::all);
  for (auto size = x.begin(); size < x.end(); ++size) {
    CAF_MESSAGE("cut at byte " << size - x.begin());
    CAF_REQUIRE(x.open_with(x.file().substr(0, size)) == last_write::found::nothing);
    // If the last bytes are zeros by themselves, nothing is missing.
    auto zeroed = then_zeros(x.file(), size);
    CAF_REQUIRE(x.open_with(zeroed) == (zeroed == x.file() ? last_write::found::all : last_write::found::nothing));
  }
}

CAF_TEST(a last write of many blocks that ends anywhere is there or not ) {
  quiet logs;
  last_write x{40, 4000};
  CAF_CHECK(x.end() - x.begin() > 4 * 32768);
  std::mt19937_64 random{11};
  std::vector<std::size_t> sizes;
  for (auto at_page = (x.begin() / 4096 + 1) * 4096; at_page < x.end(); at_page += 4096)
    sizes.insert(sizes.end(), {at_page - 1, at_page, at_page + 1});
  for (int i = 0; i < 40; ++i)
    sizes.push_back(x.begin() + static_cast<std::size_t>(random() % (x.end() - x.begin())));
  for (auto size : sizes) {
    if (size >= x.end())
      continue;
    CAF_MESSAGE("cut at byte " << size - x.begin());
    CAF_REQUIRE(x.open_with(x.file().substr(0, size)) == last_write::found::nothing);
    CAF_REQUIRE(x.open_with(then_zeros(x.file(), size)) == last_write::found::nothing);
  }
}

CAF_TEST(a last write whose sectors reached the disk in any order is there or not ) {
  quiet logs;
  last_write x{40, 4000};
  std::mt19937_64 random{13};
  for (int round = 0; round < 120; ++round) {
    auto file = x.file();
    auto missing = 0;
    // What was on disk before the write stays: a sector that is lost becomes what it was.
    for (auto sector = x.begin() / 512 * 512; sector < x.end(); sector += 512) {
      if (random() % (round % 10 + 2) != 0)
        continue;
      auto from = std::max(sector, x.begin());
      auto to = std::min(sector + 512, x.end());
      std::fill(file.begin() + static_cast<std::ptrdiff_t>(from), file.begin() + static_cast<std::ptrdiff_t>(to), '\0');
      ++missing;
    }
    CAF_MESSAGE(missing << " sectors missing");
    CAF_REQUIRE(x.open_with(file) == (missing == 0 ? last_write::found::all : last_write::found::nothing));
  }
}
