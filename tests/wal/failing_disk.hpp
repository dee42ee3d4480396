/// A file system for RocksDB whose disk is full, or fails, from a given operation on. Include it behind
/// caf/test/unit_test.hpp.
#pragma once

#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>

namespace wal_test {

enum class disk_fault { full, failing };

/// Counts the writing operations of all files, and fails from a given one on.
struct fault_plan {
  std::atomic<std::uint64_t> operations{0};
  std::atomic<std::uint64_t> fails_from{UINT64_MAX};
  disk_fault kind = disk_fault::full;

  [[nodiscard]] bool fails_now() {
    return operations++ >= fails_from;
  }

  [[nodiscard]] rocksdb::IOStatus trouble() const {
    if (kind == disk_fault::full)
      return rocksdb::IOStatus::NoSpace("No space left on device");
    return rocksdb::IOStatus::IOError("Input/output error");
  }
};

class failing_file final : public rocksdb::FSWritableFileOwnerWrapper {
public:
  failing_file(std::unique_ptr<rocksdb::FSWritableFile> target, std::shared_ptr<fault_plan> plan)
    : FSWritableFileOwnerWrapper{std::move(target)},
      plan_{std::move(plan)} {
    // nop
  }

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    if (!plan_->fails_now())
      return FSWritableFileOwnerWrapper::Append(data, options, debug);
    // A full disk takes what still fits.
    if (plan_->kind == disk_fault::full)
      FSWritableFileOwnerWrapper::Append({data.data(), data.size() / 2}, options, debug).PermitUncheckedError();
    return plan_->trouble();
  }

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }

  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    return plan_->fails_now() ? plan_->trouble() : FSWritableFileOwnerWrapper::Sync(options, debug);
  }

  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    return plan_->fails_now() ? plan_->trouble() : FSWritableFileOwnerWrapper::Fsync(options, debug);
  }

private:
  std::shared_ptr<fault_plan> plan_;
};

class failing_disk final : public rocksdb::FileSystemWrapper {
public:
  explicit failing_disk(std::shared_ptr<fault_plan> plan)
    : FileSystemWrapper{rocksdb::FileSystem::Default()},
      plan_{std::move(plan)} {
    // nop
  }

  const char* Name() const override {
    return "kommander.failing_disk";
  }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (plan_->fails_now())
      return plan_->trouble();
    auto made = target()->NewWritableFile(name, options, file, debug);
    if (made.ok())
      *file = std::make_unique<failing_file>(std::move(*file), plan_);
    return made;
  }

private:
  std::shared_ptr<fault_plan> plan_;
};

} // namespace wal_test
