// Crashes and damage of the SQLite log: processes that are killed, disks that fail, are full or lose what was not synced, a
// last write that reached the disk in part, and flipped bits.
#define CAF_SUITE wal_sqlite
#include <caf/test/unit_test.hpp>

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <random>

#include "tests/wal/scripted_calls.hpp"
#include "tests/wal/watched_vfs.hpp"
#include "wal/sqlite_wal.hpp"

using namespace wal_test;

namespace {

constexpr std::size_t call_count = 200;

const scripted_calls& script() {
  static const scripted_calls x{call_count};
  return x;
}

/// How many of the calls `content` shows, among `least` … `most`; nothing if it shows none of these.
std::optional<std::size_t> calls_in(const log_content& content, std::size_t least, std::size_t most) {
  for (auto n = least; n <= std::min(most, call_count); ++n)
    if (content == script().after(n))
      return n;
  return std::nullopt;
}

std::size_t make_calls(wal& log, std::size_t first, std::size_t end = call_count) {
  for (auto i = first; i < end; ++i)
    if (!script().make(i, log))
      return i;
  return end;
}

std::unique_ptr<wal> open_watched(const std::string& path) {
  return value_of(sqlite_log::open(path, {}, watched_vfs::name()));
}

/// A directory as it is, and as it would be if all that was not synced were gone.
struct picture {
  image now;
  image synced;
  std::size_t acknowledged;
};

/// A sector of what was not synced is there or not, by chance.
image torn(const picture& x, std::mt19937_64& random) {
  constexpr std::size_t sector = 512;
  auto result = x.now;
  for (auto& [name, content] : result) {
    auto found = x.synced.find(name);
    const auto& old = found == x.synced.end() ? std::string{} : found->second;
    for (std::size_t at = 0; at < content.size(); at += sector) {
      if (random() % 2 == 0)
        continue;
      for (auto i = at; i < std::min(at + sector, content.size()); ++i)
        content[i] = i < old.size() ? old[i] : '\0';
    }
  }
  return result;
}

/// Makes calls and takes a picture before every third operation.
std::vector<picture> watch_calls(const std::string& path) {
  std::vector<picture> pictures;
  std::size_t acknowledged = 0;
  std::size_t operations = 0;
  image synced;
  auto before = [&](const std::string& file) {
    synced.try_emplace(file); // that a file exists counts as synced at once, with nothing in it
    if (operations++ % 3 != 0)
      return SQLITE_OK;
    pictures.push_back({lasting(image_of(path)), synced, acknowledged});
    std::erase_if(pictures.back().synced, [&](const auto& x) { return !pictures.back().now.contains(x.first); });
    return SQLITE_OK;
  };
  watching hold{before, [&](const std::string& file) { synced[file] = image_of(path)[file]; }};
  auto log = open_watched(path);
  for (; acknowledged < 60; ++acknowledged)
    value_of(script().make(acknowledged, *log));
  return pictures;
}

void check_recovery(const std::string& path, const image& files, std::size_t acknowledged, bool goes_on) {
  restore(path, files);
  auto log = sqlite_wal(path)();
  if (!log)
    CAF_FAIL("after " << acknowledged << " calls the log cannot be opened: " << log.error().message);
  auto content = content_of(**log);
  auto found = calls_in(content, acknowledged, acknowledged + 1);
  if (!found)
    CAF_FAIL("after " << acknowledged << " calls the log shows neither these nor one more: " << content.trouble);
  if (!goes_on)
    return;
  CAF_REQUIRE_EQUAL(make_calls(**log, *found), call_count);
  log->reset();
  CAF_REQUIRE(content_of(*open(sqlite_wal(path))) == script().after(call_count));
}

std::vector<partition_write> group(std::uint64_t n) {
  std::vector<partition_write> result{append(1, n, n, 1, 300), append(2, n, n, 1, 300)};
  result[0].commit = log_index{n};
  return result;
}

} // namespace

CAF_TEST(a crash before operations of the file system is recovered from) {
  quiet logs;
  temporary_directory directory{true};
  auto pictures = watch_calls(directory / "log");
  CAF_MESSAGE(pictures.size() << " pictures");
  CAF_CHECK(pictures.size() > 100);
  std::mt19937_64 random{31};
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const auto& x = pictures[i];
    check_recovery(directory / "copy", x.now, x.acknowledged, i % 50 == 0);
    check_recovery(directory / "copy", i % 2 == 0 ? x.synced : torn(x, random), x.acknowledged, false);
  }
}

CAF_TEST(a disk that fails or is full is told and nothing is written after it) {
  quiet logs;
  temporary_directory directory{true};
  auto path = directory / "log";
  std::size_t failed = 0;
  for (auto code : {SQLITE_IOERR_WRITE, SQLITE_FULL})
    for (std::size_t n = 0; n < 400; n += 3) {
      restore(path, {});
      std::size_t operations = 0;
      std::size_t acknowledged = 0;
      {
        watching hold{[&](const std::string&) { return operations++ >= n ? code : SQLITE_OK; }, nullptr};
        auto log = sqlite_log::open(path, {}, watched_vfs::name());
        if (log)
          acknowledged = make_calls(**log, 0);
        CAF_REQUIRE(log || contains(log.error().message, path));
        if (log && acknowledged < call_count) {
          ++failed;
          for (int i = 0; i < 2; ++i) {
            auto again = script().make(acknowledged, **log);
            CAF_REQUIRE(refusal_of(again) == status::storage_failed);
            CAF_REQUIRE(contains(again.error().message, path));
          }
        }
      }
      auto again = open(sqlite_wal(path));
      CAF_REQUIRE(calls_in(content_of(*again), acknowledged, acknowledged + 1).has_value());
    }
  CAF_MESSAGE(failed << " logs failed in a call");
  CAF_CHECK(failed > 100);
}

CAF_TEST(a process that is killed leaves all that it had acknowledged) {
  quiet logs;
  std::mt19937_64 random{17};
  for (int round = 0; round < 12; ++round) {
    temporary_directory directory{true};
    auto path = directory / "log";
    int acknowledged[2];
    CAF_REQUIRE_EQUAL(::pipe(acknowledged), 0);
    auto pid = ::fork();
    if (pid == 0) {
      auto log = sqlite_wal(path)();
      for (std::uint64_t n = 1; log && (*log)->write(group(n)); ++n)
        if (::write(acknowledged[1], &n, sizeof n) != sizeof n)
          break;
      ::_exit(1);
    }
    ::close(acknowledged[1]);
    std::uint64_t last = 0;
    auto enough = random() % 800;
    do
      CAF_REQUIRE_EQUAL(::read(acknowledged[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
    while (last < enough);
    ::kill(pid, SIGKILL);
    while (::read(acknowledged[0], &last, sizeof last) == static_cast<ssize_t>(sizeof last))
      ;
    ::close(acknowledged[0]);
    ::waitpid(pid, nullptr, 0);
    auto log = open(sqlite_wal(path));
    auto found = recover(*log, 1).last.value();
    CAF_MESSAGE("killed after " << last << " writes; " << found << " are there");
    CAF_REQUIRE(found == last || found == last + 1);
    CAF_REQUIRE(holds(*log, 1, make_entries(1, found, 1, 300)));
    CAF_REQUIRE(holds(*log, 2, make_entries(1, found, 1, 300)));
    value_of(log->write(group(found + 1)));
  }
}

CAF_TEST(a last write that ends at any byte is there or not ) {
  quiet logs;
  temporary_directory directory{true};
  auto path = directory / "log";
  image before;
  image after;
  {
    auto log = open(sqlite_wal(path));
    for (std::uint64_t n = 1; n <= 3; ++n)
      value_of(log->write(group(n)));
    before = lasting(image_of(path));
    value_of(log->write(group(4)));
    after = lasting(image_of(path));
  }
  const std::string file = "shard-0.sqlite-wal";
  const auto begin = before[file].size();
  const auto end = after[file].size();
  CAF_REQUIRE(end > begin);
  for (auto size = begin; size <= end; size += size + 40 < end ? 37 : 1)
    for (auto zeros : {false, true}) {
      auto files = after;
      files[file].resize(size);
      if (zeros)
        files[file].resize(end);
      restore(path, files);
      auto log = open(sqlite_wal(path));
      auto expected = files[file] == after[file] ? 4 : 3;
      CAF_REQUIRE(holds(*log, 1, make_entries(1, expected, 1, 300)));
      CAF_REQUIRE(holds(*log, 2, make_entries(1, expected, 1, 300)));
    }
}

CAF_TEST(a flipped bit in the write - ahead file below its last write is refused) {
  quiet logs;
  temporary_directory directory{true};
  auto path = directory / "log";
  const std::string file = "shard-0.sqlite-wal";
  image before;
  image after;
  {
    auto log = open(sqlite_wal(path));
    for (std::uint64_t n = 1; n <= 8; ++n)
      value_of(log->write(group(n)));
    before = lasting(image_of(path));
    value_of(log->write(group(9)));
    after = lasting(image_of(path));
  }
  std::mt19937_64 random{5};
  const auto settled = before[file].size();
  for (int i = 0; i < 400; ++i) {
    // Each byte of the header and of the first frame's, and any others.
    auto at = i < 56 ? static_cast<std::size_t>(i) : random() % settled;
    auto files = after;
    files[file][at] = static_cast<char>(files[file][at] ^ (1 << (random() % 8)));
    restore(path, files);
    auto log = sqlite_wal(path)();
    if (log)
      CAF_FAIL("a log was opened with byte " << at << " of its write-ahead file changed");
    CAF_REQUIRE(contains(log.error().message, file));
    CAF_REQUIRE(contains(log.error().message, "at offset "));
  }
  restore(path, after);
  CAF_CHECK(holds(*open(sqlite_wal(path)), 1, make_entries(1, 9, 1, 300)));
}

CAF_TEST(a flipped bit in a database file is told or changes nothing) {
  quiet logs;
  temporary_directory directory{true};
  auto path = directory / "log";
  { CAF_REQUIRE_EQUAL(make_calls(*open(sqlite_wal(path)), 0), call_count); }
  const auto& expected = script().after(call_count);
  auto files = lasting(image_of(path));
  std::mt19937_64 random{7};
  std::size_t told = 0;
  const std::string file = "shard-0.sqlite";
  constexpr std::size_t flips = 600;
  for (std::size_t i = 0; i < flips; ++i) {
    auto at = i < 120 ? i : random() % files[file].size();
    auto changed = files;
    changed[file][at] = static_cast<char>(changed[file][at] ^ (1 << (random() % 8)));
    restore(path, changed);
    auto log = sqlite_wal(path)();
    auto content = log ? content_of(**log) : log_content{};
    auto trouble = log ? content.trouble : log.error().message;
    if (trouble.empty()) {
      if (!(content == expected))
        CAF_FAIL("byte " << at << " was changed, and the log shows other content without a word");
    } else {
      ++told;
      CAF_REQUIRE(contains(trouble, path));
    }
  }
  CAF_MESSAGE(told << " of " << flips << " flips were told, the others lie in pages that hold nothing");
  CAF_CHECK(told > flips / 4);
}

CAF_TEST(a flipped bit in a record that its page does not show is told) {
  quiet logs;
  temporary_directory directory{true};
  auto path = directory / "log";
  const partition_id p{1};
  {
    auto log = open(sqlite_wal(path));
    auto x = append(1, 1, 3, 7);
    x.state = hard_state{raft_term{7}, node_id{2}};
    x.commit = log_index{3};
    write(*log, x);
    value_of(log->compact(p, at(1, 7)));
    value_of(log->set_metadata("scripted", "value"));
  }
  auto before = content_of(*open(sqlite_wal(path)));
  CAF_REQUIRE_EQUAL(before.trouble, "");
  using wal_record::tag;
  std::vector<std::string> keys{wal_keys::of_metadata("scripted"),
                                std::string{wal_keys::of_entry(p, log_index{2}).view()}};
  for (auto what : {tag::hard_state, tag::commit, tag::boundary})
    keys.emplace_back(wal_keys::key{what, p}.view());
  for (const auto& key : keys) {
    std::string original;
    auto store = [&](std::size_t changed) {
      auto database =
        value_of(sqlite_database::open(path + "/shard-0.sqlite", sqlite_database::access::write, true, nullptr));
      if (original.empty())
        original = std::string{value_of(database->get(key)).value().view()};
      auto record = original;
      if (changed < record.size())
        record[changed] = static_cast<char>(record[changed] ^ 4);
      value_of(database->begin());
      value_of(database->put(key, record));
      value_of(database->commit());
      return original.size();
    };
    auto size = store(SIZE_MAX);
    for (std::size_t i = 0; i < size; ++i) {
      store(i);
      CAF_CHECK(contains(content_of(*open(sqlite_wal(path))).trouble, path));
    }
    store(SIZE_MAX);
  }
  CAF_CHECK(content_of(*open(sqlite_wal(path))) == before);
}
