/// A file system for RocksDB that remembers what was synced and takes a picture of the directory before each operation:
/// what a process leaves that dies there, and what a machine leaves. Include it behind caf/test/unit_test.hpp.
#pragma once

#include <rocksdb/file_system.h>

#include <mutex>
#include <random>
#include <set>

#include "tests/wal/support.hpp"

namespace wal_test {

/// One file at one moment.
struct file_picture {
  std::shared_ptr<const std::string> content; ///< What was appended.
  std::size_t size = 0;                       ///< Behind the content a file may have zeros, as it is allocated ahead.
  std::size_t synced = 0;                     ///< Of the content, what survives a power failure for certain.
};

/// A directory at one moment, and what had been promised about it by then.
struct directory_picture {
  std::map<std::string, file_picture> files;
  std::size_t acknowledged = 0;
};

/// What becomes of bytes that were not synced.
enum class unsynced { kept, gone, torn };

/// The directory as the next start finds it.
inline image image_of(const directory_picture& x, unsynced fate, std::mt19937_64& random) {
  image result;
  for (const auto& [name, file] : x.files) {
    auto content = *file.content;
    auto loose = content.size() - file.synced;
    auto keeps = fate == unsynced::kept ? loose : fate == unsynced::gone || loose == 0 ? 0 : random() % loose;
    auto ahead = file.size > content.size();
    content.resize(file.synced + keeps);
    if (ahead) // zeros stand where nothing was written
      content.resize(file.size);
    result[name] = std::move(content);
  }
  return result;
}

/// Watches one directory. Operations of all threads are put into one order.
class watched_directory {
public:
  explicit watched_directory(std::string path) : path_{std::move(path)} {
    for (const auto& x : std::filesystem::directory_iterator{path_}) {
      auto name = x.path().filename().string();
      auto size = static_cast<std::size_t>(x.file_size());
      sizes_[name] = {size, size};
      changed_.insert(name);
    }
  }

  /// The next calls have been acknowledged.
  void acknowledge(std::size_t calls) {
    std::lock_guard guard{mutex_};
    acknowledged_ = calls;
  }

  /// Runs `operation`, after a picture. `note` tells what it has changed.
  template <class Operation, class Note>
  rocksdb::IOStatus run(Operation operation, Note note) {
    std::lock_guard guard{mutex_};
    take_picture();
    auto done = operation();
    if (done.ok())
      note(*this);
    return done;
  }

  /// All pictures so far, and one of now.
  std::vector<directory_picture> pictures() {
    std::lock_guard guard{mutex_};
    take_picture();
    return pictures_;
  }

  // -- notes, under the lock ----------------------------------------------------------------------------------------

  void created(const std::string& file) {
    sizes_[name_of(file)] = {};
    changed_.insert(name_of(file));
  }

  void removed(const std::string& file) {
    sizes_.erase(name_of(file));
    now_.erase(name_of(file));
  }

  void renamed(const std::string& from, const std::string& to) {
    sizes_[name_of(to)] = sizes_[name_of(from)];
    removed(from);
    changed_.insert(name_of(to));
  }

  void appended(const std::string& file, std::size_t size) {
    sizes_[name_of(file)].first += size;
    changed_.insert(name_of(file));
  }

  void synced(const std::string& file) {
    auto& x = sizes_[name_of(file)];
    x.second = x.first;
  }

  void cut(const std::string& file, std::size_t size) {
    auto& x = sizes_[name_of(file)];
    x = {std::min(x.first, size), std::min(x.second, size)};
    changed_.insert(name_of(file));
  }

  void allocated(const std::string& file) {
    changed_.insert(name_of(file));
  }

private:
  static std::string name_of(const std::string& path) {
    return std::filesystem::path{path}.filename().string();
  }

  void take_picture() {
    for (const auto& name : changed_) {
      std::ifstream in{path_ + "/" + name, std::ios::binary};
      std::string content{std::istreambuf_iterator<char>{in}, {}};
      auto& x = now_[name];
      x.size = content.size();
      content.resize(std::min(content.size(), sizes_[name].first));
      x.content = std::make_shared<const std::string>(std::move(content));
    }
    changed_.clear();
    directory_picture x;
    x.acknowledged = acknowledged_;
    for (auto& [name, file] : now_)
      file.synced = std::min(sizes_[name].second, file.content->size());
    x.files = now_;
    pictures_.push_back(std::move(x));
  }

  std::string path_;
  std::mutex mutex_;
  std::map<std::string, std::pair<std::size_t, std::size_t>> sizes_; ///< Written and synced.
  std::map<std::string, file_picture> now_;
  std::set<std::string> changed_;
  std::size_t acknowledged_ = 0;
  std::vector<directory_picture> pictures_;
};

class watched_file final : public rocksdb::FSWritableFileOwnerWrapper {
public:
  using options = rocksdb::IOOptions;
  using debug = rocksdb::IODebugContext;

  watched_file(std::unique_ptr<rocksdb::FSWritableFile> target, std::string name, watched_directory& watch)
    : FSWritableFileOwnerWrapper{std::move(target)},
      name_{std::move(name)},
      watch_{watch} {
    // nop
  }

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const options& x, debug* y) override {
    return watch_.run([&] { return FSWritableFileOwnerWrapper::Append(data, x, y); },
                      [&](auto& watch) { watch.appended(name_, data.size()); });
  }

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const options& x, const rocksdb::DataVerificationInfo&,
                           debug* y) override {
    return Append(data, x, y);
  }

  rocksdb::IOStatus Truncate(std::uint64_t size, const options& x, debug* y) override {
    return watch_.run([&] { return FSWritableFileOwnerWrapper::Truncate(size, x, y); },
                      [&](auto& watch) { watch.cut(name_, size); });
  }

  rocksdb::IOStatus Allocate(std::uint64_t offset, std::uint64_t length, const options& x, debug* y) override {
    return watch_.run([&] { return FSWritableFileOwnerWrapper::Allocate(offset, length, x, y); },
                      [&](auto& watch) { watch.allocated(name_); });
  }

  rocksdb::IOStatus Close(const options& x, debug* y) override {
    return watch_.run([&] { return FSWritableFileOwnerWrapper::Close(x, y); },
                      [&](auto& watch) { watch.allocated(name_); });
  }

  rocksdb::IOStatus Sync(const options& x, debug* y) override {
    return watch_.run([&] { return FSWritableFileOwnerWrapper::Sync(x, y); },
                      [&](auto& watch) { watch.synced(name_); });
  }

  rocksdb::IOStatus Fsync(const options& x, debug* y) override {
    return watch_.run([&] { return FSWritableFileOwnerWrapper::Fsync(x, y); },
                      [&](auto& watch) { watch.synced(name_); });
  }

private:
  std::string name_;
  watched_directory& watch_;
};

/// What a directory's entries are (files made, renamed, removed) counts as synced at once.
class watched_disk final : public rocksdb::FileSystemWrapper {
public:
  using options = rocksdb::IOOptions;
  using debug = rocksdb::IODebugContext;

  explicit watched_disk(watched_directory& watch) : FileSystemWrapper{rocksdb::FileSystem::Default()}, watch_{watch} {
    // nop
  }

  const char* Name() const override {
    return "kommander.watched_disk";
  }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& x,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file, debug* y) override {
    auto made = watch_.run([&] { return target()->NewWritableFile(name, x, file, y); },
                           [&](auto& watch) { watch.created(name); });
    if (made.ok())
      *file = std::make_unique<watched_file>(std::move(*file), name, watch_);
    return made;
  }

  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const options& x, debug* y) override {
    return watch_.run([&] { return target()->RenameFile(from, to, x, y); },
                      [&](auto& watch) { watch.renamed(from, to); });
  }

  rocksdb::IOStatus DeleteFile(const std::string& name, const options& x, debug* y) override {
    return watch_.run([&] { return target()->DeleteFile(name, x, y); }, [&](auto& watch) { watch.removed(name); });
  }

private:
  watched_directory& watch_;
};

} // namespace wal_test
