/// A file system for RocksDB that fails to read from a given read on. Include it behind caf/test/unit_test.hpp.
#pragma once

#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>

namespace wal_test {

/// Counts reads, and fails from a given one on.
struct read_plan {
  std::atomic<std::uint64_t> reads{0};
  std::atomic<std::uint64_t> fails_from{UINT64_MAX};

  /// Runs `read` unless it is to fail.
  template <class Read>
  rocksdb::IOStatus run(Read read) {
    return reads++ >= fails_from ? rocksdb::IOStatus::IOError("Input/output error") : read();
  }
};

class unreadable_sequence final : public rocksdb::FSSequentialFileOwnerWrapper {
public:
  unreadable_sequence(std::unique_ptr<rocksdb::FSSequentialFile> target, std::shared_ptr<read_plan> plan)
    : FSSequentialFileOwnerWrapper{std::move(target)},
      plan_{std::move(plan)} {
    // nop
  }

  rocksdb::IOStatus Read(std::size_t size, const rocksdb::IOOptions& options, rocksdb::Slice* found, char* room,
                         rocksdb::IODebugContext* debug) override {
    return plan_->run([&] { return FSSequentialFileOwnerWrapper::Read(size, options, found, room, debug); });
  }

private:
  std::shared_ptr<read_plan> plan_;
};

class unreadable_file final : public rocksdb::FSRandomAccessFileOwnerWrapper {
public:
  unreadable_file(std::unique_ptr<rocksdb::FSRandomAccessFile> target, std::shared_ptr<read_plan> plan)
    : FSRandomAccessFileOwnerWrapper{std::move(target)},
      plan_{std::move(plan)} {
    // nop
  }

  rocksdb::IOStatus Read(std::uint64_t offset, std::size_t size, const rocksdb::IOOptions& options,
                         rocksdb::Slice* found, char* room, rocksdb::IODebugContext* debug) const override {
    return plan_->run([&] { return FSRandomAccessFileOwnerWrapper::Read(offset, size, options, found, room, debug); });
  }

private:
  std::shared_ptr<read_plan> plan_;
};

class unreadable_disk final : public rocksdb::FileSystemWrapper {
public:
  explicit unreadable_disk(std::shared_ptr<read_plan> plan)
    : FileSystemWrapper{rocksdb::FileSystem::Default()},
      plan_{std::move(plan)} {
    // nop
  }

  const char* Name() const override {
    return "kommander.unreadable_disk";
  }

  rocksdb::IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override {
    auto opened = target()->NewSequentialFile(name, options, file, debug);
    if (opened.ok())
      *file = std::make_unique<unreadable_sequence>(std::move(*file), plan_);
    return opened;
  }

  rocksdb::IOStatus NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override {
    auto opened = target()->NewRandomAccessFile(name, options, file, debug);
    if (opened.ok())
      *file = std::make_unique<unreadable_file>(std::move(*file), plan_);
    return opened;
  }

private:
  std::shared_ptr<read_plan> plan_;
};

} // namespace wal_test
