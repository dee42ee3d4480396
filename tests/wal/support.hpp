/// What the suites of the storage share: directories that vanish, entries, writes, and images of crashed directories.
/// Include it behind caf/test/unit_test.hpp.
#pragma once

#include <rocksdb/db.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kommander/wal.hpp"

namespace wal_test {

using namespace kommander;

// -- directories --------------------------------------------------------------------------------------------------

/// A new, empty directory that is removed with everything in it.
class temporary_directory {
public:
  /// `in_memory`: where syncs cost nothing, if the system has such a place; for tests that open hundreds of logs.
  explicit temporary_directory(bool in_memory = false) {
    auto parent = std::filesystem::temp_directory_path();
    if (in_memory && ::access("/dev/shm", W_OK | X_OK) == 0)
      parent = "/dev/shm";
    auto pattern = (parent / "kommander-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      CAF_FAIL("no temporary directory can be made in " << parent.string());
    path_ = pattern;
  }

  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  /// A path in it.
  [[nodiscard]] std::string operator/(const std::string& name) const {
    return path_ + "/" + name;
  }

private:
  std::string path_;
};

/// What a directory held, file by file: taken while a log is open, it is what the log's process leaves if it is killed now.
using image = std::map<std::string, std::string>;

inline image image_of(const std::string& directory) {
  image result;
  for (const auto& x : std::filesystem::directory_iterator{directory}) {
    std::ifstream in{x.path(), std::ios::binary};
    result[x.path().filename().string()] = std::string{std::istreambuf_iterator<char>{in}, {}};
  }
  return result;
}

/// Makes `directory` hold just `content`.
inline void restore(const std::string& directory, const image& content) {
  std::filesystem::remove_all(directory);
  std::filesystem::create_directory(directory);
  for (const auto& [name, bytes_of_file] : content) {
    std::ofstream out{directory + "/" + name, std::ios::binary};
    out.write(bytes_of_file.data(), static_cast<std::streamsize>(bytes_of_file.size()));
  }
}

/// The name of the newest of RocksDB's own write-ahead log files.
inline std::string newest_log_file(const image& content) {
  std::string found;
  for (const auto& [name, ignored] : content)
    if (name.size() > 4 && name.substr(name.size() - 4) == ".log")
      found = name;
  CAF_REQUIRE(!found.empty());
  return found;
}

/// Keeps RocksDB's complaints out of the output of tests that damage hundreds of logs.
class quiet {
public:
  quiet() : before_{spdlog::get_level()} {
    spdlog::set_level(spdlog::level::off);
  }

  quiet(const quiet&) = delete;
  quiet& operator=(const quiet&) = delete;

  ~quiet() {
    spdlog::set_level(before_);
  }

private:
  spdlog::level::level_enum before_;
};

// -- entries and writes -------------------------------------------------------------------------------------------

/// An entry whose content follows from its position, so that a mix-up shows.
inline entry make_entry(std::uint64_t index, std::uint64_t term, std::size_t size = 20) {
  std::string content;
  while (content.size() < size)
    content += std::to_string(index * 1000003 + term) + ",";
  content.resize(size);
  return {log_index{index}, raft_term{term}, {}, entry_kind::command, "t" + std::to_string(term), bytes{content}};
}

inline std::vector<entry> make_entries(std::uint64_t first, std::uint64_t last, std::uint64_t term,
                                       std::size_t size = 20) {
  std::vector<entry> result;
  for (auto i = first; i <= last; ++i)
    result.push_back(make_entry(i, term, size));
  return result;
}

/// A write of the entries `first` … `last` of one term.
inline partition_write append(std::uint64_t partition, std::uint64_t first, std::uint64_t last, std::uint64_t term,
                              std::size_t size = 20) {
  partition_write result;
  result.partition = partition_id{partition};
  result.entries = make_entries(first, last, term, size);
  return result;
}

/// The same after a cut at `first`.
inline partition_write replace(std::uint64_t partition, std::uint64_t first, std::uint64_t last, std::uint64_t term) {
  auto result = append(partition, first, last, term);
  result.truncate_from = log_index{first};
  return result;
}

inline log_position at(std::uint64_t index, std::uint64_t term) {
  return {log_index{index}, raft_term{term}};
}

// -- asking -------------------------------------------------------------------------------------------------------

/// The value of a result that must be one.
template <class T>
T value_of(result<T> x) {
  if (!x)
    CAF_FAIL("unexpected failure: " << x.error().message);
  return std::move(*x);
}

inline std::unique_ptr<wal> open(const wal_factory& factory) {
  return value_of(factory());
}

template <class... Writes>
result<done> try_write(wal& log, Writes... writes) {
  std::vector<partition_write> all;
  (all.push_back(std::move(writes)), ...);
  return log.write(all);
}

template <class... Writes>
void write(wal& log, Writes... writes) {
  value_of(try_write(log, std::move(writes)...));
}

/// The log of `partition` goes on after `boundary`, empty.
inline void install_boundary(wal& log, std::uint64_t partition, log_position boundary) {
  partition_write x;
  x.partition = partition_id{partition};
  x.install = snapshot_boundary{boundary, false, {}, {}};
  write(log, x);
}

inline recovered_partition recover(wal& log, std::uint64_t partition) {
  return value_of(log.recover(partition_id{partition}));
}

inline std::vector<entry> read(wal& log, std::uint64_t partition, std::uint64_t first, std::uint64_t last,
                               std::size_t bytes_max = SIZE_MAX) {
  return value_of(log.read(partition_id{partition}, log_index{first}, log_index{last}, bytes_max));
}

/// The status of a call that must fail.
template <class T>
status refusal_of(const result<T>& x) {
  return x ? status::success : x.error().code;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// True if the log of `partition` holds just `entries`, by recovery and by reading.
inline bool holds(wal& log, std::uint64_t partition, const std::vector<entry>& entries) {
  auto found = recover(log, partition);
  if (found.damaged_at || found.last.value() != (entries.empty() ? found.boundary.index : entries.back().index).value())
    return false;
  return entries.empty()
         || read(log, partition, entries.front().index.value(), entries.back().index.value()) == entries;
}

// -- the same cases for every adapter -----------------------------------------------------------------------------

/// A log of one kind that can be closed and opened again.
class log_under_test {
public:
  explicit log_under_test(wal_factory factory) : factory_{std::move(factory)}, log_{open(factory_)} {
    // nop
  }

  wal& operator*() {
    return *log_;
  }

  wal* operator->() {
    return log_.get();
  }

  void reopen() {
    log_.reset();
    log_ = open(factory_);
  }

private:
  wal_factory factory_;
  std::unique_ptr<wal> log_;
};

/// Runs `test` on a new, empty log of each adapter.
inline void for_each_adapter(const std::function<void(log_under_test&)>& test) {
  CAF_MESSAGE("RocksDB");
  temporary_directory directory;
  log_under_test on_disk{rocksdb_wal(directory / "log")};
  test(on_disk);
  CAF_MESSAGE("SQLite");
  log_under_test in_sqlite{sqlite_wal(directory / "sqlite")};
  test(in_sqlite);
  CAF_MESSAGE("memory");
  log_under_test in_memory{memory_wal()};
  test(in_memory);
}

/// Runs `test` on a new log of each adapter that `fill` has filled: once as it is, and once closed and opened again.
inline void before_and_after_reopening(const std::function<void(wal&)>& fill, const std::function<void(wal&)>& test) {
  for_each_adapter([&](log_under_test& log) {
    fill(*log);
    test(*log);
    log.reopen();
    CAF_MESSAGE("opened again");
    test(*log);
  });
}

} // namespace wal_test
