// Every case of kommander/testing/wal_conformance.hpp over each log of the library; and logs that are wrong in one thing
// each, which the cases must find.
#define CAF_SUITE wal
#include <caf/test/unit_test.hpp>

#include <set>

#include "kommander/testing/wal_conformance.hpp"
#include "tests/wal/support.hpp"
#include "tests/wal/wrong_logs.hpp"

using namespace wal_test;

namespace {

/// A log in a directory of its own.
struct fixture_on_disk {
  explicit fixture_on_disk(const std::function<wal_factory(std::string)>& adapter, std::size_t syncs_max = 1) {
    auto path = directory / "log";
    fixture.open = adapter(path);
    fixture.syncs_a_write_max = syncs_max;
    fixture.remember_as_killed = [this, path] { killed = image_of(path); };
    fixture.bring_back = [this, path] { restore(path, killed); };
  }

  temporary_directory directory{true};
  image killed;
  wal_conformance_fixture fixture;
};

void run_all(const std::function<std::string(const wal_conformance_case&)>& run) {
  for (const auto& x : wal_conformance_cases()) {
    auto wrong = run(x);
    CAF_MESSAGE(x.about << ": " << x.name << (wrong.empty() ? "" : " -- WRONG: " + wrong));
    CAF_CHECK_EQUAL(wrong, "");
  }
}

wal_factory in_rocksdb(std::string path) {
  return rocksdb_wal(std::move(path), {true, std::size_t{256} << 10});
}

} // namespace

CAF_TEST(there are more than eighty cases and each has a name of its own) {
  std::set<std::string> names;
  for (const auto& x : wal_conformance_cases()) {
    CAF_CHECK(!x.about.empty());
    CAF_CHECK(names.insert(x.name).second);
  }
  CAF_MESSAGE(names.size() << " cases");
  CAF_CHECK(names.size() > 80);
}

CAF_TEST(the log in memory passes every case) {
  run_all([](const wal_conformance_case& x) { return x.run({memory_wal(), 1, {}, {}}); });
}

CAF_TEST(the log in RocksDB passes every case) {
  quiet logs;
  run_all([](const wal_conformance_case& x) { return x.run(fixture_on_disk{in_rocksdb}.fixture); });
}

CAF_TEST(the log in SQLite passes every case) {
  auto adapter = [](std::string path) { return sqlite_wal(std::move(path)); };
  run_all([&](const wal_conformance_case& x) { return x.run(fixture_on_disk{adapter}.fixture); });
}

CAF_TEST(the log in SQLite with five shards passes every case) {
  constexpr std::uint32_t shards = 5;
  auto adapter = [](std::string path) { return sqlite_wal(std::move(path), {shards, true}); };
  run_all([&](const wal_conformance_case& x) { return x.run(fixture_on_disk{adapter, shards}.fixture); });
}

CAF_TEST(each wrong log is found out) {
  for (const auto& wrong : wrong_logs()) {
    std::size_t found = 0;
    std::string first;
    for (const auto& x : wal_conformance_cases())
      if (auto what = x.run({wrong.make(), 1, {}, {}}); !what.empty() && found++ == 0)
        first = x.name + ": " + what;
    CAF_MESSAGE(wrong.what << ": " << found << " cases, first \"" << first << "\"");
    CAF_CHECK(found > 0);
  }
  // What the wrong logs are made from is right by itself.
  for (const auto& x : wal_conformance_cases())
    CAF_CHECK_EQUAL(x.run({right_log(), 1, {}, {}}), "");
}
