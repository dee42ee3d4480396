#include "wal/sqlite_database.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "wal/sqlite_files.hpp"

namespace kommander {

namespace {

/// Pages in the write-ahead file (16 MiB) after which it is moved into the database file and written anew from its
/// beginning: a sync of space that was written before has no change of the file's size to write.
constexpr const char* checkpoint_pages = "PRAGMA wal_autocheckpoint=4096";

void bind(sqlite3_stmt* x, int position, std::string_view value) {
  // Never null: SQLite would bind NULL.
  sqlite3_bind_blob64(x, position, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC);
}

std::string_view column(sqlite3_stmt* x, int number) {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(x, number));
  return data ? std::string_view{data, static_cast<std::size_t>(sqlite3_column_bytes(x, number))} : std::string_view{};
}

/// Lets go of a statement's rows and bindings when a call ends.
class in_use {
public:
  explicit in_use(sqlite3_stmt* x) : statement_{x} {
    // nop
  }

  in_use(const in_use&) = delete;
  in_use& operator=(const in_use&) = delete;

  ~in_use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

private:
  sqlite3_stmt* statement_;
};

/// A database whose pages have no checksums of ours is not read as if they had.
result<done> check_header(const std::string& file) {
  std::array<char, 100> header{};
  std::ifstream in{file, std::ios::binary};
  in.read(header.data(), header.size());
  if (in.gcount() == 0) // new
    return done{};
  if (in.gcount() == header.size() && std::memcmp(header.data(), "SQLite format 3", 16) == 0
      && header[20] == page_checksum_bytes)
    return done{};
  return failure{status::storage_failed, "the database in '" + file
                                           + "' is not a log of this library, or the beginning of "
                                           + "the file is damaged; choose another directory"};
}

/// SQLite gives the files beside the database its mode.
result<done> create_for_owner(const std::string& file) {
  auto opened = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (opened < 0)
    return failure{status::storage_failed, "the log in '" + file + "' cannot be opened: " + std::strerror(errno)};
  ::close(opened);
  return done{};
}

} // namespace

// -- opening --------------------------------------------------------------------------------------------------------

result<std::unique_ptr<sqlite_database>> sqlite_database::open(const std::string& file, access how, bool sync_writes,
                                                               const char* vfs) {
  if (how == access::write) {
    if (auto created = create_for_owner(file); !created)
      return created.error();
    if (auto checked = check_header(file); !checked)
      return checked.error();
    if (auto checked = check_write_ahead_file(file + "-wal"); sync_writes && !checked)
      return checked.error();
  }
  sqlite3* opened = nullptr;
  auto checksummed = checksummed_vfs(vfs);
  auto code = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, checksummed.c_str());
  connection owned{opened};
  if (code != SQLITE_OK)
    return failure{status::storage_failed, "the log in '" + file + "' cannot be opened: "
                                             + (opened ? sqlite3_errmsg(opened) : sqlite3_errstr(code))};
  std::unique_ptr<sqlite_database> database{new sqlite_database{file, std::move(owned)}};
  if (auto ready = database->set_up(how, sync_writes); !ready)
    return ready.error();
  return database;
}

result<done> sqlite_database::set_up(access how, bool sync_writes) {
  sqlite3_extended_result_codes(database_.get(), 1);
  auto reserved = page_checksum_bytes;
  sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  sqlite3_busy_timeout(database_.get(), 10'000); // only another thread of this process can be in the way
  const char* settings[] = {sync_writes ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF", checkpoint_pages,
                            "PRAGMA secure_delete=OFF", // zeros over what is erased cost as much as writing it did
                            "PRAGMA cache_size=-8192", "PRAGMA temp_store=MEMORY"};
  for (const auto* setting : settings)
    if (auto set = run(setting); !set)
      return set;
  if (how == access::write) {
    if (auto ours = check_tables(); !ours)
      return ours;
    auto mode = compile("PRAGMA journal_mode=WAL");
    if (!mode)
      return mode.error();
    if (sqlite3_step(mode->get()) != SQLITE_ROW || column(mode->get(), 0) != "wal")
      return failed("be put into write-ahead mode");
    mode->reset();
    if (auto made = run("CREATE TABLE IF NOT EXISTS log(key BLOB PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID");
        !made)
      return made;
    // What an earlier process failed to sync may be in the system's memory and not on the disk: it is written anew.
    if (auto moved = checkpoint(); !moved)
      return moved;
  }
  return prepare(how);
}

/// Nothing is written to a database of somebody else.
result<done> sqlite_database::check_tables() {
  auto others = compile("SELECT count(*) FROM sqlite_master WHERE name NOT IN ('log', 'sqlite_autoindex_log_1')");
  if (!others)
    return others.error();
  if (sqlite3_step(others->get()) != SQLITE_ROW)
    return failed("be read");
  if (sqlite3_column_int(others->get(), 0) != 0)
    return failure{status::storage_failed, "the database in '" + file_ + "' is not a log of this library: it has other "
                                             + "tables; choose another directory"};
  return done{};
}

result<done> sqlite_database::prepare(access how) {
  struct row {
    statement* into;
    const char* sql;
    bool writes;
  };
  const row rows[] = {
    {&get_, "SELECT record FROM log WHERE key = ?1", false},
    {&scan_, "SELECT key, record FROM log WHERE key >= ?1 AND key < ?2 ORDER BY key", false},
    {&last_, "SELECT key, record FROM log WHERE key >= ?1 AND key < ?2 ORDER BY key DESC LIMIT 1", false},
    {&begin_, "BEGIN IMMEDIATE", true},
    {&commit_, "COMMIT", true},
    {&rollback_, "ROLLBACK", true},
    {&put_, "INSERT OR REPLACE INTO log(key, record) VALUES(?1, ?2)", true},
    {&erase_one_, "DELETE FROM log WHERE key = ?1", true},
    {&erase_range_, "DELETE FROM log WHERE key >= ?1 AND key < ?2", true}};
  for (const auto& x : rows) {
    if (x.writes && how == access::read)
      continue;
    auto compiled = compile(x.sql);
    if (!compiled)
      return compiled.error();
    *x.into = std::move(*compiled);
  }
  return done{};
}

result<sqlite_database::statement> sqlite_database::compile(const char* sql) {
  sqlite3_stmt* compiled = nullptr;
  if (sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &compiled, nullptr) != SQLITE_OK)
    return failed("be read");
  return statement{compiled};
}

result<done> sqlite_database::run(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return failed("be prepared");
  return done{};
}

result<done> sqlite_database::checkpoint() {
  if (sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) != SQLITE_OK)
    return failed("be moved into its database file");
  return done{};
}

failure sqlite_database::failed(const std::string& what) const {
  auto* x = database_.get();
  std::string why = sqlite3_errmsg(x);
  if (auto code = sqlite3_extended_errcode(x); code != SQLITE_OK)
    why += " (SQLite's code " + std::to_string(code) + ")";
  if (auto system = sqlite3_system_errno(x); system != 0)
    why += std::string{", "} + std::strerror(system);
  return {status::storage_failed, "the log in '" + file_ + "' could not " + what + ": " + why};
}

// -- writing --------------------------------------------------------------------------------------------------------

result<done> sqlite_database::run(const statement& x, const char* what) {
  in_use guard{x.get()};
  return sqlite3_step(x.get()) == SQLITE_DONE ? result<done>{done{}} : failed(what);
}

result<done> sqlite_database::begin() {
  return run(begin_, "be written");
}

result<done> sqlite_database::commit() {
  return run(commit_, "be written");
}

void sqlite_database::rollback() noexcept {
  if (sqlite3_get_autocommit(database_.get()) != 0) // SQLite may have done so by itself
    return;
  sqlite3_step(rollback_.get());
  sqlite3_reset(rollback_.get());
}

result<done> sqlite_database::put(std::string_view key, std::string_view record) {
  bind(put_.get(), 1, key);
  bind(put_.get(), 2, record);
  return run(put_, "be written");
}

result<done> sqlite_database::erase(std::string_view key) {
  bind(erase_one_.get(), 1, key);
  return run(erase_one_, "be written");
}

result<done> sqlite_database::erase(std::string_view from, std::string_view to) {
  bind(erase_range_.get(), 1, from);
  bind(erase_range_.get(), 2, to);
  return run(erase_range_, "be written");
}

std::int64_t sqlite_database::changes() const noexcept {
  return sqlite3_total_changes64(database_.get());
}

// -- reading --------------------------------------------------------------------------------------------------------

result<std::optional<bytes>> sqlite_database::get(std::string_view key) {
  in_use guard{get_.get()};
  bind(get_.get(), 1, key);
  switch (sqlite3_step(get_.get())) {
    case SQLITE_ROW: return std::optional<bytes>{bytes::copy(column(get_.get(), 0))};
    case SQLITE_DONE: return std::optional<bytes>{};
    default: return failed("be read");
  }
}

result<done> sqlite_database::scan(std::string_view from, std::string_view to,
                                   const std::function<bool(std::string_view key, bytes record)>& take) {
  in_use guard{scan_.get()};
  bind(scan_.get(), 1, from);
  bind(scan_.get(), 2, to);
  for (;;)
    switch (sqlite3_step(scan_.get())) {
      case SQLITE_ROW:
        if (!take(column(scan_.get(), 0), bytes::copy(column(scan_.get(), 1))))
          return done{};
        break;
      case SQLITE_DONE: return done{};
      default: return failed("be read");
    }
}

result<std::optional<std::pair<std::string, bytes>>> sqlite_database::last(std::string_view from, std::string_view to) {
  using found = std::optional<std::pair<std::string, bytes>>;
  in_use guard{last_.get()};
  bind(last_.get(), 1, from);
  bind(last_.get(), 2, to);
  switch (sqlite3_step(last_.get())) {
    case SQLITE_ROW: return found{{std::string{column(last_.get(), 0)}, bytes::copy(column(last_.get(), 1))}};
    case SQLITE_DONE: return found{};
    default: return failed("be read");
  }
}

} // namespace kommander
