// Opening: the directory, who else uses it, and whose database is in it. Every refusal names the directory.
#define CAF_SUITE wal_directory
#include <caf/test/unit_test.hpp>

#include <fcntl.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <sstream>

#include "tests/wal/support.hpp"
#include "wal/rocksdb_keys.hpp"

using namespace wal_test;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat info {};
  CAF_REQUIRE_EQUAL(::stat(path.c_str(), &info), 0);
  return info.st_mode & 0777;
}

/// The message of a refusal to open `path`, which must name it.
std::string refusal_to_open(const std::string& path) {
  auto opened = rocksdb_wal(path)();
  if (opened)
    CAF_FAIL("a log was opened in " << path);
  CAF_CHECK(opened.error().code == status::storage_failed);
  CAF_CHECK(contains(opened.error().message, "'" + path + "'"));
  return opened.error().message;
}

std::unique_ptr<rocksdb::DB> open_plainly(const std::string& path) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* database = nullptr;
  auto opened = rocksdb::DB::Open(options, path, &database);
  if (!opened.ok())
    CAF_FAIL(opened.ToString());
  return std::unique_ptr<rocksdb::DB>{database};
}

/// Holds the lock of the database in `path` in another process.
class other_process {
public:
  explicit other_process(const std::string& path) {
    int ready[2];
    CAF_REQUIRE_EQUAL(::pipe(ready), 0);
    CAF_REQUIRE_EQUAL(::pipe(release_), 0);
    auto lock_file = path + "/LOCK";
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(release_[1]);
      struct flock lock {};
      lock.l_type = F_WRLCK;
      auto file = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
      char locked = ::fcntl(file, F_SETLK, &lock) == 0 ? 'y' : 'n';
      auto written = ::write(ready[1], &locked, 1);
      ::_exit(::read(release_[0], &locked, 1) + written == 1 ? 0 : 1);
    }
    ::close(release_[0]);
    char locked = 'n';
    CAF_REQUIRE_EQUAL(::read(ready[0], &locked, 1), 1);
    CAF_REQUIRE_EQUAL(locked, 'y');
    ::close(ready[0]);
    ::close(ready[1]);
  }

  ~other_process() {
    ::close(release_[1]);
    ::waitpid(pid_, nullptr, 0);
  }

private:
  int release_[2] = {-1, -1};
  pid_t pid_ = -1;
};

} // namespace

// -- the directory -------------------------------------------------------------------------------------------------

CAF_TEST(a directory that is created is for its owner only) {
  temporary_directory parent;
  auto before = ::umask(0);
  auto log = open(rocksdb_wal(parent / "a/b/log"));
  ::umask(before);
  CAF_CHECK_EQUAL(mode_of(parent / "a/b/log"), 0700u);
  write(*log, append(1, 1, 1, 1));
}

CAF_TEST(a directory that is there is used as it is) {
  temporary_directory parent;
  std::filesystem::create_directory(parent / "log");
  CAF_REQUIRE_EQUAL(::chmod((parent / "log").c_str(), 0750), 0);
  auto log = open(rocksdb_wal(parent / "log"));
  CAF_CHECK_EQUAL(mode_of(parent / "log"), 0750u);
}

CAF_TEST(a path that cannot be a directory is refused by name) {
  temporary_directory parent;
  std::ofstream{parent / "file"} << "content";
  CAF_CHECK(contains(refusal_to_open(parent / "file"), "not a directory"));
  CAF_CHECK(contains(refusal_to_open(parent / "file/log"), "Not a directory"));
  CAF_CHECK(contains(refusal_to_open(""), "the path is empty"));
  refusal_to_open("/proc/kommander/log"); // not even root may create that
}

CAF_TEST(a directory without permission is refused by name) {
  temporary_directory parent;
  std::filesystem::create_directory(parent / "log");
  CAF_REQUIRE_EQUAL(::chmod((parent / "log").c_str(), 0500), 0);
  if (::geteuid() == 0)
    CAF_CHECK(rocksdb_wal(parent / "log")().ok()); // permissions do not bind root
  else
    CAF_CHECK(contains(refusal_to_open(parent / "log"), "Permission denied"));
}

// -- who else uses it ----------------------------------------------------------------------------------------------

CAF_TEST(a log that is open is refused to a second one of the same process) {
  temporary_directory parent;
  auto log = open(rocksdb_wal(parent / "log"));
  write(*log, append(1, 1, 3, 1));
  CAF_CHECK(contains(refusal_to_open(parent / "log"), "locked"));
  write(*log, append(1, 4, 4, 1)); // the first one is none the worse for it
  log.reset();
  CAF_CHECK(holds(*open(rocksdb_wal(parent / "log")), 1, make_entries(1, 4, 1)));
}

CAF_TEST(a log that another process holds is refused and free again when it ends) {
  temporary_directory parent;
  write(*open(rocksdb_wal(parent / "log")), append(1, 1, 3, 1));
  {
    other_process other{parent / "log"};
    CAF_CHECK(contains(refusal_to_open(parent / "log"), "another process"));
  }
  CAF_CHECK(holds(*open(rocksdb_wal(parent / "log")), 1, make_entries(1, 3, 1)));
}

// -- whose database it is ------------------------------------------------------------------------------------------

CAF_TEST(a database of another program is refused and left alone) {
  temporary_directory parent;
  CAF_REQUIRE(open_plainly(parent / "log")->Put({}, "theirs", "value").ok());
  CAF_CHECK(contains(refusal_to_open(parent / "log"), "not a log of this library"));
  auto database = open_plainly(parent / "log");
  std::unique_ptr<rocksdb::Iterator> it{database->NewIterator({})};
  it->SeekToFirst();
  CAF_REQUIRE(it->Valid());
  CAF_CHECK_EQUAL(it->key().ToString(), "theirs");
  it->Next();
  CAF_CHECK(!it->Valid());
}

CAF_TEST(another format version is refused and both versions are named) {
  temporary_directory parent;
  write(*open(rocksdb_wal(parent / "log")), append(1, 1, 3, 1));
  CAF_REQUIRE(open_plainly(parent / "log")->Put({}, wal_keys::of_metadata("kommander.format"), "2").ok());
  auto message = refusal_to_open(parent / "log");
  CAF_CHECK(contains(message, "format version '2'"));
  CAF_CHECK(contains(message, "reads version '1'"));
  CAF_REQUIRE(open_plainly(parent / "log")->Put({}, wal_keys::of_metadata("kommander.format"), "1").ok());
  CAF_CHECK(holds(*open(rocksdb_wal(parent / "log")), 1, make_entries(1, 3, 1)));
}

CAF_TEST(a database whose creation was interrupted before its first key is taken over) {
  temporary_directory parent;
  open_plainly(parent / "log");
  write(*open(rocksdb_wal(parent / "log")), append(1, 1, 3, 1));
  CAF_CHECK(holds(*open(rocksdb_wal(parent / "log")), 1, make_entries(1, 3, 1)));
}

// -- without durability --------------------------------------------------------------------------------------------

CAF_TEST(a log that does not sync says so when it is opened) {
  temporary_directory parent;
  std::ostringstream lines;
  auto before = spdlog::default_logger();
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(lines);
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
  auto log = open(rocksdb_wal(parent / "log", {false}));
  spdlog::set_default_logger(before);
  CAF_CHECK(contains(lines.str(), "sync_writes = false"));
  CAF_CHECK(contains(lines.str(), parent / "log"));
  write(*log, append(1, 1, 3, 1));
  CAF_CHECK_EQUAL(log->sync_count(), 0u);
  log.reset();
  CAF_CHECK(holds(*open(rocksdb_wal(parent / "log")), 1, make_entries(1, 3, 1)));
}
