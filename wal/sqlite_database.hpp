/// One SQLite database file as a sorted map from keys to records, through one connection.
#pragma once

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kommander/bytes.hpp"
#include "kommander/result.hpp"

namespace kommander {

/// One connection, used by one thread at a time. Errors name the file. Nothing is thrown but by memory that runs out.
class sqlite_database {
public:
  enum class access { write, read };

  /// Opens the file, or creates it for its owner only (mode 0600), with checksums in its pages. To write: checks what an
  /// earlier process has left, and refuses the database of somebody else. `vfs` is SQLite's name of the file system below;
  /// null: the default one.
  static result<std::unique_ptr<sqlite_database>> open(const std::string& file, access how, bool sync_writes,
                                                       const char* vfs);

  // -- one transaction ----------------------------------------------------------------------------------------------

  result<done> begin();
  /// Returns after the sync. After a failure nobody knows what is on disk.
  result<done> commit();
  void rollback() noexcept;
  result<done> put(std::string_view key, std::string_view record);
  result<done> erase(std::string_view key);
  /// Erases the keys [from, to).
  result<done> erase(std::string_view from, std::string_view to);

  /// How many records have been changed since the database was opened.
  [[nodiscard]] std::int64_t changes() const noexcept;

  // -- reading ------------------------------------------------------------------------------------------------------

  /// What is stored under `key`, or nothing.
  result<std::optional<bytes>> get(std::string_view key);

  /// Calls `take` with each record of the keys [from, to) in ascending order, until it returns false.
  result<done> scan(std::string_view from, std::string_view to,
                    const std::function<bool(std::string_view key, bytes record)>& take);

  /// The last record of the keys [from, to), or nothing.
  result<std::optional<std::pair<std::string, bytes>>> last(std::string_view from, std::string_view to);

  /// Moves everything from the write-ahead file into the database file, with syncs.
  result<done> checkpoint();

private:
  struct close_connection {
    void operator()(sqlite3* x) const noexcept {
      sqlite3_close(x);
    }
  };

  struct finalize_statement {
    void operator()(sqlite3_stmt* x) const noexcept {
      sqlite3_finalize(x);
    }
  };

  using connection = std::unique_ptr<sqlite3, close_connection>;
  using statement = std::unique_ptr<sqlite3_stmt, finalize_statement>;

  sqlite_database(std::string file, connection database) : file_{std::move(file)}, database_{std::move(database)} {
    // nop
  }

  result<done> set_up(access how, bool sync_writes);
  result<done> check_tables();
  result<done> prepare(access how);
  result<statement> compile(const char* sql);
  result<done> run(const char* sql);
  /// Steps a statement that yields no rows, and resets it.
  result<done> run(const statement& x, const char* what);
  [[nodiscard]] failure failed(const std::string& what) const;

  std::string file_;
  connection database_;
  statement begin_, commit_, rollback_, put_, erase_one_, erase_range_, get_, scan_, last_; ///< Go before it.
};

} // namespace kommander
