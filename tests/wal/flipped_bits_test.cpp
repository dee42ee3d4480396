// Bits that flip in the files of a closed database: it is refused, or the damage is reported, or nothing is lost. Never is
// less there than was acknowledged without a word.
#define CAF_SUITE wal_damage
#include <caf/test/unit_test.hpp>

#include <algorithm>
#include <random>

#include "tests/wal/support.hpp"

using namespace wal_test;

namespace {

const rocksdb_wal_options small_files{true, std::size_t{512} << 10};
constexpr std::uint64_t partitions = 3;

/// What a log says of one partition.
struct view {
  recovered_partition found;
  std::vector<entry> entries;
  bool reported = false; ///< Damage was.

  bool operator==(const view& other) const {
    return !reported && !other.reported && found.state == other.found.state && found.boundary == other.found.boundary
           && found.last == other.found.last && found.terms == other.found.terms && found.commit == other.found.commit
           && entries == other.entries;
  }
};

view view_of(wal& log, std::uint64_t partition) {
  view result;
  auto found = log.recover(partition_id{partition});
  result.reported = !found || !found->damage.empty();
  if (result.reported)
    return result;
  result.found = *found;
  auto first = found->boundary.index + 1;
  if (found->last < first)
    return result;
  auto entries = log.read(partition_id{partition}, first, found->last, SIZE_MAX);
  if (entries)
    result.entries = *entries;
  result.reported = !entries;
  return result;
}

std::vector<view> views_of(wal& log) {
  std::vector<view> result;
  for (std::uint64_t p = 1; p <= partitions; ++p)
    result.push_back(view_of(log, p));
  return result;
}

/// A directory as a killed process leaves it, with table files and log files in it, and what it must be found to hold.
struct crashed_log {
  image files;
  std::vector<view> content;
  std::vector<view> without_last_write;
  std::size_t last_write_begins = 0; ///< In the newest log file.
  std::size_t last_write_ends = 0;
};

partition_write next_write(std::uint64_t partition, std::uint64_t first, std::uint64_t last, std::uint64_t term,
                           std::size_t size = 60) {
  auto x = append(partition, first, last, term, size);
  x.state = hard_state{raft_term{term}, node_id{partition}};
  x.commit = log_index{last};
  return x;
}

crashed_log make_crashed_log(const std::string& path) {
  {
    auto log = open(rocksdb_wal(path, small_files));
    for (std::uint64_t p = 1; p <= partitions; ++p)
      write(*log, next_write(p, 1, 8, p, 10000)); // several blocks of a table file
    value_of(log->compact(partition_id{2}, at(3, 2)));
  }
  auto log = open(rocksdb_wal(path, small_files)); // puts what was in log files into a table file
  for (std::uint64_t p = 1; p <= partitions; ++p)
    write(*log, next_write(p, 9, 12, 10));
  crashed_log result;
  result.without_last_write = views_of(*log);
  auto before = image_of(path);
  write(*log, next_write(1, 13, 14, 11), next_write(2, 13, 14, 11));
  result.files = image_of(path);
  result.content = views_of(*log);
  auto name = newest_log_file(result.files);
  const auto& newest = result.files[name];
  auto differs = std::mismatch(newest.begin(), newest.end(), before[name].begin(), before[name].end()).first;
  result.last_write_begins = static_cast<std::size_t>(differs - newest.begin());
  result.last_write_ends = newest.find_last_not_of('\0') + 1;
  return result;
}

enum class outcome { refused, reported, intact, last_write_cut, lost };

outcome open_and_compare(const std::string& path, const crashed_log& expected) {
  auto log = rocksdb_wal(path, small_files)();
  if (!log) {
    CAF_REQUIRE(contains(log.error().message, path));
    return outcome::refused;
  }
  auto found = views_of(**log);
  if (found == expected.content)
    return outcome::intact;
  if (found == expected.without_last_write)
    return outcome::last_write_cut;
  for (std::size_t p = 0; p < partitions; ++p)
    if (!found[p].reported && !(found[p] == expected.content[p]))
      return outcome::lost;
  return outcome::reported;
}

/// Which bytes of a file to try: all of a small one, some of a large one. Zeros at the end are unused.
std::vector<std::size_t> offsets_in(const std::string& content, std::mt19937_64& random) {
  auto used = content.find_last_not_of('\0') + 1;
  std::vector<std::size_t> result;
  constexpr std::size_t tries_max = 300;
  for (std::size_t i = 0; i < std::min(used, tries_max); ++i)
    result.push_back(used <= tries_max ? i : static_cast<std::size_t>(random() % used));
  return result;
}

} // namespace

CAF_TEST(the files of a crashed log that nobody damaged hold all that was acknowledged) {
  quiet logs;
  temporary_directory directory{true};
  auto crashed = make_crashed_log(directory / "log");
  restore(directory / "copy", crashed.files);
  CAF_CHECK(open_and_compare(directory / "copy", crashed) == outcome::intact);
  auto tables =
    std::count_if(crashed.files.begin(), crashed.files.end(), [](const auto& x) { return contains(x.first, ".sst"); });
  CAF_CHECK(tables > 0);
}

CAF_TEST(no flipped bit in any file makes acknowledged entries vanish in silence) {
  quiet logs;
  temporary_directory directory{true};
  auto crashed = make_crashed_log(directory / "log");
  auto newest = newest_log_file(crashed.files);
  std::mt19937_64 random{7};
  std::map<outcome, std::size_t> outcomes;
  for (const auto& [name, content] : crashed.files)
    for (auto offset : offsets_in(content, random)) {
      auto damaged = crashed.files;
      damaged[name][offset] = static_cast<char>(content[offset] ^ (1 << (random() % 8)));
      restore(directory / "copy", damaged);
      auto result = open_and_compare(directory / "copy", crashed);
      ++outcomes[result];
      // The last write of all, damaged, looks like one that a crash has torn: see wal/README.md.
      auto is_tail = name == newest && offset >= crashed.last_write_begins && offset < crashed.last_write_ends;
      if (result == outcome::lost || (result == outcome::last_write_cut && !is_tail))
        CAF_ERROR("a bit flipped at offset " << offset << " of " << name << " loses entries in silence");
    }
  CAF_MESSAGE("refused " << outcomes[outcome::refused] << ", reported " << outcomes[outcome::reported] << ", intact "
                         << outcomes[outcome::intact] << ", last write cut " << outcomes[outcome::last_write_cut]);
  CAF_CHECK(outcomes[outcome::refused] > 100);
  CAF_CHECK(outcomes[outcome::reported] > 100);
}

CAF_TEST(a lost sector in the middle of a log file is damage) {
  quiet logs;
  temporary_directory directory{true};
  auto crashed = make_crashed_log(directory / "log");
  auto newest = newest_log_file(crashed.files);
  for (std::size_t begin = 0; begin + 512 <= crashed.last_write_begins; begin += 512) {
    auto damaged = crashed.files;
    damaged[newest].replace(begin, 512, 512, '\0');
    restore(directory / "copy", damaged);
    CAF_REQUIRE(open_and_compare(directory / "copy", crashed) == outcome::refused);
  }
}

CAF_TEST(a missing table file is refused) {
  quiet logs;
  temporary_directory directory{true};
  auto crashed = make_crashed_log(directory / "log");
  for (const auto& [name, ignored] : crashed.files) {
    if (!contains(name, ".sst"))
      continue;
    auto damaged = crashed.files;
    damaged.erase(name);
    restore(directory / "copy", damaged);
    CAF_CHECK(open_and_compare(directory / "copy", crashed) == outcome::refused);
  }
}
