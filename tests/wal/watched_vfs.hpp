/// A file system for SQLite that asks before each write, cut and sync, so that a test can make it fail or take a picture of
/// what a crash leaves there. Include it behind caf/test/unit_test.hpp.
#pragma once

#include <sqlite3.h>

#include <functional>
#include <new>
#include <random>

#include "tests/wal/support.hpp"

namespace wal_test {

/// What the file system under test asks. One for all its files.
struct watched_vfs {
  /// Before something is done to a file; not SQLITE_OK: it fails with that, and is not done.
  std::function<int(const std::string& file)> before;
  std::function<void(const std::string& file)> synced;

  static watched_vfs& instance() {
    static watched_vfs x;
    return x;
  }

  /// Its name for SQLite, with `before` and `synced` as they are now.
  static const char* name() {
    static sqlite3_vfs vfs = make();
    sqlite3_vfs_register(&vfs, 0);
    return vfs.zName;
  }

private:
  struct file {
    sqlite3_file base;
    std::string* name;
  };

  static sqlite3_file* below(sqlite3_file* x) {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<file*>(x) + 1);
  }

  static const sqlite3_io_methods& of(sqlite3_file* x) {
    return *below(x)->pMethods;
  }

  static const std::string& name_of(sqlite3_file* x) {
    return *reinterpret_cast<file*>(x)->name;
  }

  static int ask(sqlite3_file* x) {
    auto& hook = instance().before;
    return hook ? hook(name_of(x)) : SQLITE_OK;
  }

  static int close(sqlite3_file* x) {
    auto code = of(x).xClose(below(x));
    delete reinterpret_cast<file*>(x)->name;
    return code;
  }

  static int write(sqlite3_file* x, const void* from, int size, sqlite3_int64 offset) {
    auto code = ask(x);
    return code == SQLITE_OK ? of(x).xWrite(below(x), from, size, offset) : code;
  }

  static int truncate(sqlite3_file* x, sqlite3_int64 size) {
    auto code = ask(x);
    return code == SQLITE_OK ? of(x).xTruncate(below(x), size) : code;
  }

  static int sync(sqlite3_file* x, int flags) {
    auto code = ask(x);
    if (code == SQLITE_OK)
      code = of(x).xSync(below(x), flags);
    if (code == SQLITE_OK && instance().synced)
      instance().synced(name_of(x));
    return code;
  }

  static int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* x, int flags, int* flags_out) {
    static const sqlite3_io_methods methods{
      2,
      close,
      [](sqlite3_file* y, void* into, int size, sqlite3_int64 at) { return of(y).xRead(below(y), into, size, at); },
      write,
      truncate,
      sync,
      [](sqlite3_file* y, sqlite3_int64* size) { return of(y).xFileSize(below(y), size); },
      [](sqlite3_file* y, int level) { return of(y).xLock(below(y), level); },
      [](sqlite3_file* y, int level) { return of(y).xUnlock(below(y), level); },
      [](sqlite3_file* y, int* answer) { return of(y).xCheckReservedLock(below(y), answer); },
      [](sqlite3_file* y, int what, void* with) { return of(y).xFileControl(below(y), what, with); },
      [](sqlite3_file* y) { return of(y).xSectorSize(below(y)); },
      [](sqlite3_file* y) { return of(y).xDeviceCharacteristics(below(y)); },
      [](sqlite3_file* y, int a, int b, int c, void volatile** d) { return of(y).xShmMap(below(y), a, b, c, d); },
      [](sqlite3_file* y, int a, int b, int c) { return of(y).xShmLock(below(y), a, b, c); },
      [](sqlite3_file* y) { of(y).xShmBarrier(below(y)); },
      [](sqlite3_file* y, int a) { return of(y).xShmUnmap(below(y), a); },
      nullptr,
      nullptr};
    auto* lower = static_cast<sqlite3_vfs*>(vfs->pAppData);
    x->pMethods = nullptr;
    below(x)->pMethods = nullptr;
    auto code = lower->xOpen(lower, name, below(x), flags, flags_out);
    if (below(x)->pMethods) {
      reinterpret_cast<file*>(x)->name = new std::string{name ? std::filesystem::path{name}.filename().string() : ""};
      x->pMethods = &methods;
    }
    return code;
  }

  static sqlite3_vfs make() {
    auto* lower = sqlite3_vfs_find(nullptr);
    auto x = *lower;
    x.pNext = nullptr;
    x.zName = "kommander-test-watched";
    x.pAppData = lower;
    x.szOsFile += static_cast<int>(sizeof(file));
    x.xOpen = open;
    x.xDelete = [](sqlite3_vfs* y, const char* name, int sync) {
      auto* z = static_cast<sqlite3_vfs*>(y->pAppData);
      return z->xDelete(z, name, sync);
    };
    x.xAccess = [](sqlite3_vfs* y, const char* name, int flags, int* answer) {
      auto* z = static_cast<sqlite3_vfs*>(y->pAppData);
      return z->xAccess(z, name, flags, answer);
    };
    x.xFullPathname = [](sqlite3_vfs* y, const char* name, int size, char* into) {
      auto* z = static_cast<sqlite3_vfs*>(y->pAppData);
      return z->xFullPathname(z, name, size, into);
    };
    return x;
  }
};

/// Takes hold of the questions while it lives.
class watching {
public:
  watching(std::function<int(const std::string&)> before, std::function<void(const std::string&)> synced) {
    watched_vfs::instance() = {std::move(before), std::move(synced)};
  }

  watching(const watching&) = delete;
  watching& operator=(const watching&) = delete;

  ~watching() {
    watched_vfs::instance() = {};
  }
};

/// The files that last: what SQLite shares between connections (-shm) is made anew after a crash.
inline image lasting(image x) {
  std::erase_if(x, [](const auto& file) { return file.first.ends_with("-shm"); });
  return x;
}

} // namespace wal_test
