// Opening the SQLite log: who else uses the directory, whose files are in it, how many shards it has.
#define CAF_SUITE wal_sqlite
#include <caf/test/unit_test.hpp>

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/wal/support.hpp"
#include "wal/keys.hpp"
#include "wal/sqlite_database.hpp"

using namespace wal_test;

namespace {

std::string refusal_to_open(const std::string& path, sqlite_wal_options options = {}) {
  auto opened = sqlite_wal(path, options)();
  if (opened)
    CAF_FAIL("a log was opened in " << path);
  CAF_CHECK(contains(opened.error().message, path));
  return opened.error().message;
}

unsigned mode_of(const std::string& path) {
  struct stat info {};
  CAF_REQUIRE_EQUAL(::stat(path.c_str(), &info), 0);
  return info.st_mode & 0777;
}

void run(const std::string& file, const std::string& sql) {
  sqlite3* database = nullptr;
  CAF_REQUIRE_EQUAL(sqlite3_open(file.c_str(), &database), SQLITE_OK);
  CAF_REQUIRE_EQUAL(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
}

} // namespace

CAF_TEST(directory and files are for their owner only) {
  temporary_directory directory;
  auto log = open(sqlite_wal(directory / "a/b"));
  write(*log, append(1, 1, 1, 1));
  CAF_CHECK_EQUAL(mode_of(directory / "a/b"), 0700u);
  for (const auto* file : {"shard-0.sqlite", "shard-0.sqlite-wal", "LOCK"})
    CAF_CHECK_EQUAL(mode_of(directory / "a/b/" + file), 0600u);
}

CAF_TEST(a second log on the same directory is refused in this process and in another) {
  temporary_directory directory;
  auto path = directory / "log";
  auto log = open(sqlite_wal(path));
  CAF_CHECK(contains(refusal_to_open(path), "locked"));
  log.reset();
  log = open(sqlite_wal(path));
  auto child = ::fork();
  if (child == 0) {
    auto opened = sqlite_wal(path)();
    ::_exit(!opened && contains(opened.error().message, "another process") ? 0 : 1);
  }
  int how = -1;
  CAF_REQUIRE_EQUAL(::waitpid(child, &how, 0), child);
  CAF_CHECK_EQUAL(how, 0);
}

CAF_TEST(logs of other kinds are left alone) {
  temporary_directory directory;
  { write(*open(rocksdb_wal(directory / "rocks")), append(1, 1, 3, 1)); }
  CAF_CHECK(contains(refusal_to_open(directory / "rocks"), "rocksdb_wal"));
  CAF_CHECK(holds(*open(rocksdb_wal(directory / "rocks")), 1, make_entries(1, 3, 1)));
  { write(*open(sqlite_wal(directory / "sqlite")), append(1, 1, 3, 1)); }
  auto opened = rocksdb_wal(directory / "sqlite")();
  CAF_REQUIRE(!opened);
  CAF_CHECK(contains(opened.error().message, "sqlite_wal"));
  CAF_CHECK(holds(*open(sqlite_wal(directory / "sqlite")), 1, make_entries(1, 3, 1)));
}

CAF_TEST(a database of somebody else is refused and left alone) {
  temporary_directory directory;
  std::filesystem::create_directory(directory / "log");
  run(directory / "log/shard-0.sqlite", "CREATE TABLE customers(name TEXT)");
  CAF_CHECK(contains(refusal_to_open(directory / "log"), "not a log of this library"));
  run(directory / "log/shard-0.sqlite", "INSERT INTO customers VALUES('still there')");
}

CAF_TEST(another format version is refused) {
  temporary_directory directory;
  auto path = directory / "log";
  { open(sqlite_wal(path)); }
  {
    auto database =
      value_of(sqlite_database::open(path + "/shard-0.sqlite", sqlite_database::access::write, true, nullptr));
    value_of(database->begin());
    value_of(database->put(wal_keys::of_metadata(wal_keys::format_name), "2"));
    value_of(database->commit());
  }
  auto why = refusal_to_open(path);
  CAF_CHECK(contains(why, "format version '2'"));
  CAF_CHECK(contains(why, "reads version '1'"));
}

CAF_TEST(the number of shards is fixed) {
  temporary_directory directory;
  auto path = directory / "log";
  { write(*open(sqlite_wal(path, {3, true})), append(1, 1, 3, 1), append(2, 1, 3, 1), append(3, 1, 3, 1)); }
  for (std::uint32_t shards : {1, 2, 4})
    CAF_CHECK(contains(refusal_to_open(path, {shards, true}), "shard"));
  auto log = open(sqlite_wal(path, {3, true}));
  for (std::uint64_t p : {1, 2, 3})
    CAF_CHECK(holds(*log, p, make_entries(1, 3, 1)));
  for (std::uint32_t shards : {0, 65}) {
    auto opened = sqlite_wal(directory / "other", {shards, true})();
    CAF_CHECK(refusal_of(opened) == status::invalid_argument);
  }
}

CAF_TEST(a shard that is missing or in the place of another one is told) {
  temporary_directory directory;
  auto path = directory / "log";
  { write(*open(sqlite_wal(path, {2, true})), append(0, 1, 3, 1), append(1, 1, 3, 1)); }
  auto files = image_of(path);
  auto changed = files;
  changed.erase("shard-1.sqlite");
  restore(path, changed);
  CAF_CHECK(contains(refusal_to_open(path, {2, true}), "shard-1.sqlite"));
  changed = files;
  changed.erase("shard-0.sqlite");
  restore(path, changed);
  CAF_CHECK(contains(refusal_to_open(path, {2, true}), "shard-1.sqlite"));
  changed = files;
  std::swap(changed["shard-0.sqlite"], changed["shard-1.sqlite"]);
  restore(path, changed);
  CAF_CHECK(contains(refusal_to_open(path, {2, true}), "shard-"));
  restore(path, files);
  CAF_CHECK(holds(*open(sqlite_wal(path, {2, true})), 1, make_entries(1, 3, 1)));
}
