#include "wal/rocksdb_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

namespace kommander {

// -- layout of log files ----------------------------------------------------------------------------------------------

namespace {

/// So many bytes are filled with zeros at once. More makes the sync that carries them slower, less their number larger.
constexpr std::size_t zeros_bytes = std::size_t{512} << 10;

/// A log file whose next bytes are always filled with zeros already. The zeros go through a descriptor of their own, and
/// only behind what has been written. If they cannot be written, the file works on without them.
class zeroed_ahead_file final : public rocksdb::FSWritableFileOwnerWrapper {
public:
  zeroed_ahead_file(std::unique_ptr<rocksdb::FSWritableFile> target, const std::string& path)
    : FSWritableFileOwnerWrapper{std::move(target)},
      descriptor_{::open(path.c_str(), O_WRONLY | O_CLOEXEC)} {
    // nop
  }

  zeroed_ahead_file(const zeroed_ahead_file&) = delete;

  zeroed_ahead_file& operator=(const zeroed_ahead_file&) = delete;

  ~zeroed_ahead_file() override {
    stop_filling();
  }

  using FSWritableFileOwnerWrapper::Append;

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* context) override {
    fill_behind(end_ + data.size());
    auto appended = FSWritableFileOwnerWrapper::Append(data, options, context);
    end_ += data.size();
    return appended;
  }

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& verification,
                           rocksdb::IODebugContext* context) override {
    fill_behind(end_ + data.size());
    auto appended = FSWritableFileOwnerWrapper::Append(data, options, verification, context);
    end_ += data.size();
    return appended;
  }

  rocksdb::IOStatus Close(const rocksdb::IOOptions& options, rocksdb::IODebugContext* context) override {
    stop_filling();
    return FSWritableFileOwnerWrapper::Close(options, context);
  }

private:
  void fill_behind(std::size_t end) {
    static const std::vector<char> zeros(zeros_bytes);
    if (descriptor_ < 0 || end <= filled_)
      return;
    if (::pwrite(descriptor_, zeros.data(), zeros.size(), static_cast<off_t>(end)) < 0)
      stop_filling();
    filled_ = end + zeros_bytes;
  }

  void stop_filling() {
    if (descriptor_ >= 0)
      ::close(descriptor_);
    descriptor_ = -1;
  }

  int descriptor_;
  std::size_t end_ = 0;    ///< Of what was appended.
  std::size_t filled_ = 0; ///< Behind the last zero that was written.
};

class preallocating_files final : public rocksdb::FileSystemWrapper {
public:
  using FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override {
    return "kommander.preallocating_files";
  }

  rocksdb::FileOptions OptimizeForLogWrite(const rocksdb::FileOptions& options,
                                           const rocksdb::DBOptions& database) const override {
    auto x = target()->OptimizeForLogWrite(options, database);
    x.fallocate_with_keep_size = false;
    return x;
  }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* context) override {
    auto opened = target()->NewWritableFile(path, options, file, context);
    if (opened.ok() && path.ends_with(".log"))
      *file = std::make_unique<zeroed_ahead_file>(std::move(*file), path);
    return opened;
  }
};

} // namespace

std::shared_ptr<rocksdb::FileSystem> preallocate_log_files(std::shared_ptr<rocksdb::FileSystem> target) {
  return std::make_shared<preallocating_files>(std::move(target));
}

// -- checking log files -----------------------------------------------------------------------------------------------

namespace {

// The format of RocksDB's log files: blocks of 32 KiB; in each, fragments of
//   checksum (4: CRC-32C of type and payload, masked) length (2) type (1) payload
// and zeros where a block's rest is too short for a fragment, or where nothing has been written yet. A record that does
// not fit a block is cut into a first, middle ones and a last one. A record begins with the number of its first operation
// (8) and the number of its operations (4). All numbers are little-endian.
constexpr std::size_t block_bytes = 32768;
constexpr std::size_t header_bytes = 7;
constexpr std::size_t batch_header_bytes = 12;
constexpr std::size_t read_blocks = 32;

enum fragment_type : std::uint8_t { nothing = 0, full = 1, first = 2, middle = 3, last = 4 };

std::uint64_t get_fixed(std::string_view from, std::size_t size) noexcept {
  std::uint64_t x = 0;
  for (auto i = size; i-- > 0;)
    x = (x << 8) | static_cast<std::uint8_t>(from[i]);
  return x;
}

using crc_tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr crc_tables make_crc_tables() noexcept {
  crc_tables t{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    auto c = i;
    for (int k = 0; k < 8; ++k)
      c = (c & 1) != 0 ? (c >> 1) ^ 0x82f63b78U : c >> 1;
    t[0][i] = c;
  }
  for (std::uint32_t i = 0; i < 256; ++i)
    for (std::size_t k = 1; k < 8; ++k)
      t[k][i] = (t[k - 1][i] >> 8) ^ t[0][t[k - 1][i] & 0xff];
  return t;
}

/// CRC-32C (Castagnoli), eight bytes at a time.
std::uint32_t crc32c(std::string_view x) noexcept {
  static constexpr auto t = make_crc_tables();
  std::uint32_t crc = ~std::uint32_t{0};
  while (x.size() >= 8) {
    auto word = get_fixed(x, 8) ^ crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k)
      crc ^= t[7 - k][(word >> (8 * k)) & 0xff];
    x.remove_prefix(8);
  }
  for (auto c : x)
    crc = (crc >> 8) ^ t[0][(crc ^ static_cast<std::uint8_t>(c)) & 0xff];
  return ~crc;
}

struct fragment {
  std::uint8_t type = nothing;
  std::string_view payload;
};

/// The intact fragment at the start of `rest` of a block, if there is one.
std::optional<fragment> fragment_at(std::string_view rest) noexcept {
  if (rest.size() < header_bytes)
    return std::nullopt;
  auto length = get_fixed(rest.substr(4), 2);
  auto type = static_cast<std::uint8_t>(rest[6]);
  if (type < full || type > last || length > rest.size() - header_bytes)
    return std::nullopt;
  auto crc = crc32c(rest.substr(6, length + 1));
  auto masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
  if (masked != get_fixed(rest, 4))
    return std::nullopt;
  return fragment{type, rest.substr(header_bytes, length)};
}

bool is_zero(std::string_view x) noexcept {
  return std::all_of(x.begin(), x.end(), [](char c) { return c == 0; });
}

/// Follows the records of all log files, in order, and finds the first that is missing before an intact one.
class log_file_scan {
public:
  struct gap {
    std::string file;
    std::uint64_t offset = 0;
  };

  /// The gap, if there is one.
  std::optional<gap> scan(const std::filesystem::path& file) {
    break_ = {};
    pending_ = {};
    std::ifstream in{file, std::ios::binary};
    std::string buffer(read_blocks * block_bytes, '\0');
    for (std::uint64_t offset = 0; in; offset += buffer.size()) {
      in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
      auto read = std::string_view{buffer}.substr(0, static_cast<std::size_t>(in.gcount()));
      for (std::size_t at = 0; at < read.size(); at += block_bytes)
        if (!scan_block(file, offset + at, read.substr(at, block_bytes)))
          return gap_;
    }
    if (pending_ && !break_)
      break_ = gap{file, pending_->offset};
    if (break_ && !before_)
      before_ = break_;
    garbled_before_ = garbled_before_ || garbled_;
    return std::nullopt;
  }

private:
  struct pending_record {
    std::string header;               ///< As much of its batch's header as was read.
    std::optional<std::uint64_t> end; ///< The number of the operation that follows it, when the header is complete.
    std::uint64_t offset = 0;
    std::uint64_t gap_offset = 0; ///< Where a gap before it begins.
  };

  /// False if a gap was found.
  bool scan_block(const std::filesystem::path& file, std::uint64_t offset, std::string_view block) {
    for (std::size_t at = 0; at + header_bytes <= block.size();) {
      auto rest = block.substr(at);
      if (auto found = fragment_at(rest)) {
        if (!take(file, offset + at, *found))
          return false;
        at += header_bytes + found->payload.size();
        continue;
      }
      if (!break_)
        break_ = gap{file, pending_ ? pending_->offset : offset + at};
      pending_.reset();
      if (is_zero(rest))
        return true;
      garbled_ = true;
      ++at; // the length cannot be trusted: look for the next fragment at every byte
    }
    return true;
  }

  bool take(const std::filesystem::path& file, std::uint64_t offset, const fragment& x) {
    if (x.type == full || x.type == first)
      pending_ = pending_record{{}, std::nullopt, offset, pending_ ? pending_->offset : offset};
    if (!pending_)
      return true;
    auto& record = *pending_;
    if (!record.end) {
      // The end of a block may cut the header too.
      record.header += x.payload.substr(0, batch_header_bytes - record.header.size());
      if (record.header.size() == batch_header_bytes && !begin(file, record))
        return false;
    }
    if (x.type == full || x.type == last) {
      next_ = record.end ? record.end : next_;
      pending_.reset();
    }
    return true;
  }

  /// The header of `record` is complete. False if there is a gap before it.
  bool begin(const std::filesystem::path& file, pending_record& record) {
    auto sequence = get_fixed(record.header, 8);
    // Before the first intact record there is no number to expect, but nothing is ever written behind a torn one.
    if (next_ ? sequence > *next_ : break_ || garbled_before_) {
      gap_ = break_ ? *break_ : before_ ? *before_ : gap{file, record.gap_offset};
      return false;
    }
    record.end = sequence + get_fixed(std::string_view{record.header}.substr(8), 4);
    return true;
  }

  std::optional<std::uint64_t> next_;     ///< The number of the next operation.
  std::optional<pending_record> pending_; ///< A record whose last fragment is still to come.
  std::optional<gap> break_;              ///< Where this file first did not verify.
  std::optional<gap> before_;             ///< The same of a file before.
  bool garbled_ = false;                  ///< Something but zeros did not verify.
  bool garbled_before_ = false;           ///< The same of a file before.
  gap gap_;
};

} // namespace

result<done> check_log_files(const std::string& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code trouble;
  for (const auto& x : std::filesystem::directory_iterator{directory, trouble})
    if (x.path().extension() == ".log")
      files.push_back(x.path());
  if (trouble)
    return failure{status::storage_failed,
                   "the data directory '" + directory + "' cannot be listed: " + trouble.message()};
  std::sort(files.begin(), files.end()); // names are numbers of six digits or more, filled up with zeros
  std::stable_sort(files.begin(), files.end(),
                   [](const auto& x, const auto& y) { return x.native().size() < y.native().size(); });
  log_file_scan scan;
  for (const auto& x : files)
    if (auto gap = scan.scan(x))
      return failure{status::storage_failed,
                     "the log in '" + directory + "' is damaged: file '" + gap->file + "' at offset "
                       + std::to_string(gap->offset) + ": a write that had been synced is missing there, while a later "
                       + "one is intact; move the directory away and let the other nodes bring this one up to date, or "
                       + "restore a copy"};
  return done{};
}

} // namespace kommander
