// Opening the SQLite log: the directory, its shards and the format version.
#include <filesystem>

#include "wal/record.hpp"
#include "wal/sqlite_wal.hpp"
#include "wal/storage_logger.hpp"

namespace kommander {

namespace {

constexpr std::uint32_t shards_max = 64;

/// Under this name each file says, in plain text, which shard of how many it is.
constexpr const char* shard_name = "kommander.shard";

std::string file_of(const std::string& path, std::uint32_t number) {
  return path + "/shard-" + std::to_string(number) + ".sqlite";
}

failure refusal(const std::string& path, const std::string& why) {
  return {status::storage_failed, "the log in '" + path + "' cannot be opened: " + why};
}

} // namespace

result<std::unique_ptr<wal>> sqlite_log::open(const std::string& path, const sqlite_wal_options& options,
                                              const char* vfs) {
  try {
    if (options.shards == 0 || options.shards > shards_max)
      return failure{status::invalid_argument, "sqlite_wal_options.shards is " + std::to_string(options.shards)
                                                 + "; it must be 1 to " + std::to_string(shards_max)};
    if (auto prepared = prepare_directory(path); !prepared)
      return prepared.error();
    if (auto alone = refuse_other_log(path, "CURRENT", "rocksdb_wal"); !alone)
      return alone.error();
    auto lock = directory_lock::acquire(path);
    if (!lock)
      return lock.error();
    std::unique_ptr<sqlite_log> log{new sqlite_log{path, std::move(*lock)}};
    if (auto opened = log->open_shards(options, vfs); !opened)
      return opened.error();
    if (!options.sync_writes)
      storage_logger()->warn("the log in '{}' does not sync its writes (sync_writes = false): a crash of this machine "
                             "loses entries that were acknowledged. For tests only.",
                             path);
    return std::unique_ptr<wal>{std::move(log)};
  } catch (const std::exception& x) {
    return refusal(path, x.what());
  }
}

/// The first file is made last: once it is there, all are, and one that is missing later has been lost.
result<done> sqlite_log::open_shards(const sqlite_wal_options& options, const char* vfs) {
  std::error_code ignored;
  auto is_new = true;
  if (std::filesystem::exists(file_of(path_, 0), ignored)) {
    auto first = sqlite_database::open(file_of(path_, 0), sqlite_database::access::write, options.sync_writes, vfs);
    if (!first)
      return first.error();
    auto format = (*first)->get(wal_keys::of_metadata(wal_keys::format_name));
    if (!format)
      return format.error();
    is_new = !*format;
  }
  for (std::uint32_t i = 0; i < options.shards; ++i) {
    shards_.push_back(std::make_unique<shard>());
    if (!is_new && !std::filesystem::exists(file_of(path_, i), ignored))
      return refusal(path_, "its file '" + file_of(path_, i) + "' is missing");
  }
  if (std::filesystem::exists(file_of(path_, options.shards), ignored) && !is_new)
    return refusal(path_, "it has more than " + std::to_string(options.shards) + " shards, see file '"
                            + file_of(path_, options.shards) + "'; their number cannot be changed");
  for (auto i = options.shards; i > 0; --i)
    if (auto opened = open_shard(i - 1, options, is_new, vfs); !opened)
      return opened;
  return is_new ? sync_directory(path_) : done{};
}

result<done> sqlite_log::open_shard(std::uint32_t number, const sqlite_wal_options& options, bool is_new,
                                    const char* vfs) {
  auto file = file_of(path_, number);
  auto writer = sqlite_database::open(file, sqlite_database::access::write, options.sync_writes, vfs);
  if (!writer)
    return writer.error();
  auto name = std::to_string(number) + " of " + std::to_string(options.shards);
  if (auto checked = check_format(**writer, file, name, is_new); !checked)
    return checked;
  auto reader = sqlite_database::open(file, sqlite_database::access::read, options.sync_writes, vfs);
  if (!reader)
    return reader.error();
  shards_[number]->writer = std::move(*writer);
  shards_[number]->reader = std::move(*reader);
  return done{};
}

result<done> sqlite_log::check_format(sqlite_database& database, const std::string& file, const std::string& name,
                                      bool is_new) {
  auto format_key = wal_keys::of_metadata(wal_keys::format_name);
  auto shard_key = wal_keys::of_metadata(shard_name);
  auto format = database.get(format_key);
  if (!format)
    return format.error();
  if (*format && (*format)->view() != wal_keys::format_value)
    return failure{
      status::storage_failed,
      "the log in '" + file + "' has format version '" + std::string{(*format)->view()}
        + "', this library reads version '" + wal_keys::format_value + "': use the release of the library "
        + "that wrote it, or start with an empty directory and let the other nodes bring this one up to date"};
  auto stored = database.get(shard_key);
  if (!stored)
    return stored.error();
  if (*format && !is_new) {
    if (*stored && (*stored)->view() == name)
      return done{};
    return refusal(path_, "its file '" + file + "' is shard " + std::string{*stored ? (*stored)->view() : "none"}
                            + ", not " + name + "; the number of shards cannot be changed");
  }
  // Nothing can have been written before the first file was complete.
  auto holds_more = !is_new;
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"", format_key}, {shard_key + '\0', "\xff"}}) {
    auto other = database.last(from, to);
    if (!other)
      return other.error();
    holds_more = holds_more || *other;
  }
  if (holds_more)
    return refusal(path_, "its file '" + file + "' is no complete shard of a log of this library");
  if (auto begun = database.begin(); !begun)
    return begun;
  if (auto put = database.put(shard_key, name); !put)
    return put;
  if (auto put = database.put(format_key, wal_keys::format_value); !put)
    return put;
  return database.commit();
}

wal_factory sqlite_wal(std::string path, sqlite_wal_options options) {
  return [path = std::move(path), options] { return sqlite_log::open(path, options); };
}

} // namespace kommander
