// The crash matrix: a scripted sequence of calls of every kind, cut before, within and after each operation of the file
// system, with a disk that fails or fills up at each call, and with flipped bits. It walks the list of states in
// kommander/wal.hpp: each state that is named there must be met here, and recovered from as is written there.
#define CAF_SUITE wal_crash_matrix
#include <caf/test/unit_test.hpp>

#include <algorithm>

#include "kommander/testing/memory_wal_faults.hpp"
#include "tests/wal/crash_disk.hpp"
#include "tests/wal/failing_disk.hpp"
#include "tests/wal/scripted_calls.hpp"
#include "tests/wal/unreadable_disk.hpp"
#include "wal/rocksdb_keys.hpp"
#include "wal/rocksdb_wal.hpp"

using namespace wal_test;
using kommander::wal_record::tag;

namespace {

constexpr std::size_t call_count = 200;
const rocksdb_wal_options small_files{true, std::size_t{64} << 10};

const scripted_calls& script() {
  static const scripted_calls x{call_count};
  return x;
}

/// How often each state of the list was met and recovered from as it should be.
std::map<std::string, std::size_t>& met() {
  static std::map<std::string, std::size_t> x;
  return x;
}

/// How many of the calls `content` shows, among `least` … `most`; nothing if it shows none of these.
std::optional<std::size_t> calls_in(const log_content& content, std::size_t least, std::size_t most) {
  for (auto n = least; n <= std::min(most, call_count); ++n)
    if (content == script().after(n))
      return n;
  return std::nullopt;
}

/// Makes the calls from `first` on; gives the number of those that were acknowledged, from the first of all.
std::size_t make_calls(wal& log, std::size_t first, std::size_t end = call_count) {
  for (auto i = first; i < end; ++i)
    if (!script().make(i, log))
      return i;
  return end;
}

/// Opens what a crash left, checks that it shows all that was acknowledged and at most one call more, and now and then
/// that it can be gone on with.
void check_recovery(const std::string& path, const image& files, std::size_t acknowledged, bool goes_on) {
  restore(path, files);
  auto log = rocksdb_wal(path, small_files)();
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
  auto again = open(rocksdb_wal(path, small_files));
  CAF_REQUIRE(content_of(*again) == script().after(call_count));
}

/// Opens the log on a watched disk and makes the calls from `first` on.
std::vector<directory_picture> watch(const std::string& path, std::size_t first, std::size_t end) {
  watched_directory watch{path};
  watch.acknowledge(first);
  auto log = value_of(rocksdb_log::open(path, small_files, std::make_shared<watched_disk>(watch)));
  for (auto i = first; i < end; ++i) {
    value_of(script().make(i, *log));
    watch.acknowledge(i + 1);
  }
  return watch.pictures();
}

const char* name_of(unsynced x) {
  constexpr const char* names[] = {"killed", "power-lost", "torn"};
  return names[static_cast<std::size_t>(x)];
}

constexpr unsynced fates[] = {unsynced::kept, unsynced::gone, unsynced::torn};

} // namespace

CAF_TEST(every crash before within and after each of two hundred calls is recovered from) {
  quiet logs;
  temporary_directory directory{true};
  restore(directory / "log", {});
  auto pictures = watch(directory / "log", 0, call_count);
  CAF_MESSAGE(pictures.size() << " operations of the file system");
  CAF_CHECK(pictures.size() > 2 * call_count);
  std::mt19937_64 random{31};
  for (std::size_t i = 0; i < pictures.size(); ++i)
    for (auto fate : fates) {
      check_recovery(directory / "copy", image_of(pictures[i], fate, random), pictures[i].acknowledged, i % 20 == 0);
      ++met()[name_of(fate)];
    }
}

CAF_TEST(every crash while a log is opened is recovered from) {
  quiet logs;
  temporary_directory directory{true};
  std::mt19937_64 random{37};
  for (auto fate : fates) {
    restore(directory / "log", {});
    auto pictures = watch(directory / "log", 0, 60);
    const auto& crashed = pictures[pictures.size() * 4 / 5];
    restore(directory / "log", image_of(crashed, fate, random));
    auto nested = watch(directory / "log", crashed.acknowledged, crashed.acknowledged);
    CAF_MESSAGE(nested.size() << " operations while opening");
    CAF_CHECK(nested.size() > 5);
    for (const auto& x : nested)
      for (auto second : fates) {
        check_recovery(directory / "copy", image_of(x, second, random), crashed.acknowledged, false);
        ++met()["opening"];
      }
  }
}

CAF_TEST(a disk that fails or is full at each call) {
  quiet logs;
  temporary_directory directory{true};
  auto path = directory / "log";
  restore(path, {});
  std::mt19937_64 random{43};
  std::vector<image> before; // by the number of calls that were made
  for (const auto& x : watch(path, 0, call_count))
    if (x.acknowledged == before.size() && before.size() < call_count)
      before.push_back(image_of(x, unsynced::kept, random));
  CAF_REQUIRE_EQUAL(before.size(), call_count);
  for (auto kind : {disk_fault::failing, disk_fault::full})
    for (std::size_t i = 0; i < call_count; ++i) {
      restore(path, before[i]);
      auto plan = std::make_shared<fault_plan>();
      plan->kind = kind;
      auto log = value_of(rocksdb_log::open(path, small_files, std::make_shared<failing_disk>(plan)));
      // The first operation of the call fails, or the one behind it: with these two, its append and its sync.
      plan->fails_from = plan->operations + i % 2;
      auto acknowledged = make_calls(*log, i);
      CAF_REQUIRE(acknowledged < i + 3);
      if (acknowledged < call_count)
        CAF_REQUIRE(refusal_of(script().make(acknowledged, *log)) == status::storage_failed);
      log.reset();
      auto again = open(rocksdb_wal(path, small_files));
      CAF_REQUIRE(calls_in(content_of(*again), acknowledged, acknowledged + 1).has_value());
      ++met()[kind == disk_fault::full ? "full" : "failing"];
    }
}

CAF_TEST(a disk that fails at each read while a log is opened and read) {
  quiet logs;
  temporary_directory directory{true};
  auto path = directory / "log";
  constexpr std::size_t made = 150;
  {
    auto log = open(rocksdb_wal(path, small_files));
    CAF_REQUIRE_EQUAL(make_calls(*log, 0, made), made);
  }
  auto files = image_of(path);
  std::size_t told = 0;
  auto plan = std::make_shared<read_plan>();
  for (std::uint64_t n = 0; n <= plan->reads; ++n) {
    restore(path, files);
    plan = std::make_shared<read_plan>();
    plan->fails_from = n;
    auto log = rocksdb_log::open(path, small_files, std::make_shared<unreadable_disk>(plan));
    auto content = log ? content_of(**log) : log_content{};
    auto trouble = log ? content.trouble : log.error().message;
    CAF_REQUIRE(contains(trouble, path) || content == script().after(made));
    told += trouble.empty() ? 0 : 1;
    if (log)
      log->reset();
    auto again = open(rocksdb_wal(path, small_files));
    CAF_REQUIRE(content_of(*again) == script().after(made)); // what could not be read is not lost
    ++met()["failing"];
  }
  CAF_MESSAGE("failed from each of " << plan->reads << " reads on, which was told " << told << " times");
  CAF_CHECK(told > 5);
}

CAF_TEST(a flipped bit in any byte of any record is told) {
  quiet logs;
  temporary_directory directory{true};
  auto path = directory / "log";
  const partition_id p{1};
  {
    auto log = open(rocksdb_wal(path, small_files));
    auto x = append(1, 1, 3, 7);
    x.state = hard_state{raft_term{7}, node_id{2}};
    x.commit = log_index{3};
    x.kept = kept_state{log_index{2}, bytes{"kept"}};
    write(*log, x);
    value_of(log->compact(p, at(1, 7)));
    value_of(log->set_metadata("scripted", "value"));
  }
  auto before = content_of(*open(rocksdb_wal(path, small_files)));
  CAF_REQUIRE_EQUAL(before.trouble, "");
  std::mt19937_64 random{41};
  auto key_of = [&](tag what) { return rocksdb::Slice{wal_keys::key{what, p}}.ToString(); };
  std::vector<std::string> keys{rocksdb::Slice{wal_keys::of_entry(p, log_index{2})}.ToString(),
                                key_of(tag::hard_state),
                                key_of(tag::commit),
                                key_of(tag::boundary),
                                key_of(tag::kept),
                                wal_keys::of_metadata("scripted")};
  for (const auto& key : keys) {
    std::string value;
    auto store = [&](const std::string& changed) {
      rocksdb::DB* opened = nullptr;
      CAF_REQUIRE(rocksdb::DB::Open({}, path, &opened).ok());
      std::unique_ptr<rocksdb::DB> database{opened};
      if (value.empty())
        CAF_REQUIRE(database->Get({}, key, &value).ok());
      if (!changed.empty())
        CAF_REQUIRE(database->Put({}, key, changed).ok());
    };
    store({});
    for (std::size_t i = 0; i < value.size(); ++i) {
      auto changed = value;
      changed[i] = static_cast<char>(changed[i] ^ (1 << (random() % 8)));
      store(changed);
      auto log = open(rocksdb_wal(path, small_files));
      CAF_CHECK(contains(content_of(*log).trouble, path));
      ++met()["flipped"];
    }
    store(value);
  }
  CAF_CHECK(content_of(*open(rocksdb_wal(path, small_files))) == before);
}

CAF_TEST(a log in memory that is given up before after or within each call) {
  temporary_directory directory{true};
  auto on_disk = open(rocksdb_wal(directory / "log", small_files));
  for (std::size_t i = 0; i <= call_count; ++i) {
    auto store = make_memory_wal_store();
    auto log = open(memory_wal(store));
    CAF_REQUIRE_EQUAL(make_calls(*log, 0, i), i);
    fail_writes(*store, 0, "simulated");
    auto acknowledged = make_calls(*log, i, std::min(i + 1, call_count));
    log.reset();
    heal(*store);
    log = open(memory_wal(store));
    auto content = content_of(*log);
    CAF_REQUIRE(content == script().after(acknowledged)); // what fails in memory leaves nothing
    if (acknowledged == i)
      CAF_REQUIRE(content == content_of(*on_disk)); // the adapters agree
    CAF_REQUIRE_EQUAL(make_calls(*log, acknowledged), call_count);
    CAF_REQUIRE(content_of(*log) == script().after(call_count));
    if (i < call_count)
      value_of(script().make(i, *on_disk));
    ++met()["memory"];
  }
}

CAF_TEST(each crash state that the header names is met above) {
  std::ifstream in{KOMMANDER_SOURCE_DIR "/include/kommander/wal.hpp"};
  std::size_t named = 0;
  for (std::string line; std::getline(in, line);) {
    auto begin = line.find("///   [");
    if (begin != 0)
      continue;
    auto name = line.substr(7, line.find(']') - 7);
    ++named;
    CAF_MESSAGE(name << ": met " << met()[name] << " times");
    CAF_CHECK(met()[name] > 0);
  }
  CAF_CHECK_EQUAL(named, met().size());
}
