// The file system that puts checksums into the pages of a database file.
#include <sqlite3.h>
#include <xxhash.h>

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "wal/sqlite_files.hpp"

namespace kommander {

namespace {

/// A file of ours; the file below follows it in the memory that SQLite gives.
struct checked_file {
  sqlite3_file base;
  bool has_pages; ///< It is a database file.
};

sqlite3_file* below(sqlite3_file* x) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<checked_file*>(x) + 1);
}

/// True if a page is read or written as a whole. What is shorter is a part of the header, which SQLite reads first.
bool is_page(sqlite3_file* x, int size, sqlite3_int64 offset) {
  return reinterpret_cast<checked_file*>(x)->has_pages && size >= 512 && (size & (size - 1)) == 0 && offset % size == 0;
}

void put_checksum(unsigned char* into, const unsigned char* page, int size, sqlite3_int64 offset) {
  auto sum = XXH3_64bits_withSeed(page, static_cast<std::size_t>(size - page_checksum_bytes),
                                  static_cast<XXH64_hash_t>(offset / size + 1));
  for (int i = 0; i < page_checksum_bytes; ++i)
    into[i] = static_cast<unsigned char>(sum >> (8 * i));
}

// -- the operations of a file ---------------------------------------------------------------------------------------

int close_file(sqlite3_file* x) {
  return below(x)->pMethods ? below(x)->pMethods->xClose(below(x)) : SQLITE_OK;
}

int read_file(sqlite3_file* x, void* into, int size, sqlite3_int64 offset) {
  auto code = below(x)->pMethods->xRead(below(x), into, size, offset);
  if (code != SQLITE_OK || !is_page(x, size, offset))
    return code;
  const auto* page = static_cast<const unsigned char*>(into);
  if (page[0] == 0 && std::memcmp(page, page + 1, static_cast<std::size_t>(size - 1)) == 0)
    return SQLITE_OK; // never written: SQLite takes it for no page of its tree
  unsigned char expected[page_checksum_bytes];
  put_checksum(expected, page, size, offset);
  if (std::memcmp(expected, page + size - page_checksum_bytes, page_checksum_bytes) == 0)
    return SQLITE_OK;
  sqlite3_log(SQLITE_IOERR_DATA, "page %lld of a log does not verify", offset / size + 1);
  return SQLITE_IOERR_DATA;
}

int write_file(sqlite3_file* x, const void* from, int size, sqlite3_int64 offset) {
  if (!is_page(x, size, offset))
    return below(x)->pMethods->xWrite(below(x), from, size, offset);
  // SQLite's own copy is shared with readers and stays as it is.
  thread_local std::vector<unsigned char> page;
  try {
    page.resize(static_cast<std::size_t>(size));
  } catch (const std::bad_alloc&) {
    return SQLITE_IOERR_NOMEM;
  }
  std::memcpy(page.data(), from, page.size());
  put_checksum(page.data() + size - page_checksum_bytes, page.data(), size, offset);
  return below(x)->pMethods->xWrite(below(x), page.data(), size, offset);
}

int truncate_file(sqlite3_file* x, sqlite3_int64 size) {
  return below(x)->pMethods->xTruncate(below(x), size);
}

int sync_file(sqlite3_file* x, int flags) {
  return below(x)->pMethods->xSync(below(x), flags);
}

int file_size(sqlite3_file* x, sqlite3_int64* size) {
  return below(x)->pMethods->xFileSize(below(x), size);
}

int lock_file(sqlite3_file* x, int level) {
  return below(x)->pMethods->xLock(below(x), level);
}

int unlock_file(sqlite3_file* x, int level) {
  return below(x)->pMethods->xUnlock(below(x), level);
}

int check_reserved_lock(sqlite3_file* x, int* is_locked) {
  return below(x)->pMethods->xCheckReservedLock(below(x), is_locked);
}

int file_control(sqlite3_file* x, int operation, void* argument) {
  return below(x)->pMethods->xFileControl(below(x), operation, argument);
}

int sector_size(sqlite3_file* x) {
  return below(x)->pMethods->xSectorSize(below(x));
}

int device_characteristics(sqlite3_file* x) {
  return below(x)->pMethods->xDeviceCharacteristics(below(x));
}

int map_shared(sqlite3_file* x, int region, int size, int extend, void volatile** memory) {
  return below(x)->pMethods->xShmMap(below(x), region, size, extend, memory);
}

int lock_shared(sqlite3_file* x, int offset, int count, int flags) {
  return below(x)->pMethods->xShmLock(below(x), offset, count, flags);
}

void barrier_shared(sqlite3_file* x) {
  below(x)->pMethods->xShmBarrier(below(x));
}

int unmap_shared(sqlite3_file* x, int remove) {
  return below(x)->pMethods->xShmUnmap(below(x), remove);
}

// Without xFetch and xUnfetch: no page is read past `read_file`.
constexpr sqlite3_io_methods methods = {2,
                                        close_file,
                                        read_file,
                                        write_file,
                                        truncate_file,
                                        sync_file,
                                        file_size,
                                        lock_file,
                                        unlock_file,
                                        check_reserved_lock,
                                        file_control,
                                        sector_size,
                                        device_characteristics,
                                        map_shared,
                                        lock_shared,
                                        barrier_shared,
                                        unmap_shared,
                                        nullptr,
                                        nullptr};

// -- the file system ------------------------------------------------------------------------------------------------

sqlite3_vfs* lower(sqlite3_vfs* x) {
  return static_cast<sqlite3_vfs*>(x->pAppData);
}

int open_file(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* flags_out) {
  auto* x = reinterpret_cast<checked_file*>(file);
  x->has_pages = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  x->base.pMethods = nullptr;
  below(file)->pMethods = nullptr;
  auto code = lower(vfs)->xOpen(lower(vfs), name, below(file), flags, flags_out);
  if (below(file)->pMethods)
    x->base.pMethods = &methods;
  return code;
}

int remove_file(sqlite3_vfs* vfs, const char* name, int sync) {
  return lower(vfs)->xDelete(lower(vfs), name, sync);
}

int access_file(sqlite3_vfs* vfs, const char* name, int flags, int* answer) {
  return lower(vfs)->xAccess(lower(vfs), name, flags, answer);
}

int full_path(sqlite3_vfs* vfs, const char* name, int size, char* into) {
  return lower(vfs)->xFullPathname(lower(vfs), name, size, into);
}

/// A file system that is registered for the life of the process.
struct registered {
  std::string name;
  sqlite3_vfs vfs;
};

std::unique_ptr<registered> make_vfs(const char* below_name, sqlite3_vfs* found) {
  auto x = std::make_unique<registered>();
  x->name = std::string{"kommander-checksummed"} + (below_name ? std::string{"-"} + below_name : std::string{});
  x->vfs = *found; // what has nothing to do with files is as below
  x->vfs.pNext = nullptr;
  x->vfs.zName = x->name.c_str();
  x->vfs.pAppData = found;
  x->vfs.szOsFile = static_cast<int>(sizeof(checked_file)) + found->szOsFile;
  x->vfs.xOpen = open_file;
  x->vfs.xDelete = remove_file;
  x->vfs.xAccess = access_file;
  x->vfs.xFullPathname = full_path;
  return x;
}

} // namespace

std::string checksummed_vfs(const char* below_name) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<registered>>* all =
    new std::map<std::string, std::unique_ptr<registered>>;
  std::lock_guard guard{mutex};
  auto* found = sqlite3_vfs_find(below_name);
  if (!found)
    return {};
  auto& x = (*all)[below_name ? below_name : ""];
  if (!x) {
    x = make_vfs(below_name, found);
    if (sqlite3_vfs_register(&x->vfs, 0) != SQLITE_OK)
      return {};
  }
  return x->name;
}

} // namespace kommander
