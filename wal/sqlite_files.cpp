#include "wal/sqlite_files.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace kommander {

namespace {

// -- the write-ahead file: https://sqlite.org/fileformat2.html#walformat --------------------------------------------

constexpr std::size_t header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;

using checksum = std::pair<std::uint32_t, std::uint32_t>;

std::uint32_t big_endian(const unsigned char* x) noexcept {
  return std::uint32_t{x[0]} << 24 | std::uint32_t{x[1]} << 16 | std::uint32_t{x[2]} << 8 | x[3];
}

std::uint32_t little_endian(const unsigned char* x) noexcept {
  return std::uint32_t{x[3]} << 24 | std::uint32_t{x[2]} << 16 | std::uint32_t{x[1]} << 8 | x[0];
}

/// The checksum that SQLite chains from frame to frame, over words in the order that the file's header names.
checksum advance(checksum x, bool is_big_endian, const unsigned char* data, std::size_t size) noexcept {
  for (std::size_t i = 0; i + 8 <= size; i += 8) {
    x.first += (is_big_endian ? big_endian(data + i) : little_endian(data + i)) + x.second;
    x.second += (is_big_endian ? big_endian(data + i + 4) : little_endian(data + i + 4)) + x.first;
  }
  return x;
}

/// One write-ahead file, frame by frame.
class write_ahead_file {
public:
  explicit write_ahead_file(const std::string& file) : in_{file, std::ios::binary} {
    std::array<unsigned char, header_bytes> head{};
    if (!read(head.data(), head.size()))
      return;
    auto magic = big_endian(head.data());
    page_bytes_ = big_endian(head.data() + 8);
    is_there_ = true;
    auto is_one = (magic & ~1U) == 0x377f0682 && page_bytes_ >= 512 && page_bytes_ <= 65536;
    is_big_endian_ = (magic & 1) != 0;
    std::memcpy(salts_.data(), head.data() + 16, salts_.size());
    stored_ = {big_endian(head.data() + 24), big_endian(head.data() + 28)};
    is_valid_ = is_one && advance({0, 0}, is_big_endian_, head.data(), 24) == stored_;
    if (is_valid_)
      frame_.resize(frame_header_bytes + page_bytes_);
  }

  /// A header is synced before the first frame behind it is written, and lies in one sector.
  [[nodiscard]] bool has_damaged_header() {
    return is_there_ && !is_valid_ && in_.peek() != std::ifstream::traits_type::eof();
  }

  [[nodiscard]] bool is_valid() const noexcept {
    return is_valid_;
  }

  struct frame {
    /// Not left from before the file was last written anew: then half of its salts, at random, would be others. One
    /// byte may be damaged.
    bool is_of_this_round = false;
    bool is_intact = false; ///< By the checksum that the frame before it has stored.
    bool ends_transaction = false;
  };

  /// The next frame, or nothing at the end of the file.
  std::optional<frame> next() {
    if (!read(frame_.data(), frame_.size()))
      return std::nullopt;
    auto sum = advance(stored_, is_big_endian_, frame_.data(), 8);
    sum = advance(sum, is_big_endian_, frame_.data() + frame_header_bytes, page_bytes_);
    stored_ = {big_endian(frame_.data() + 16), big_endian(frame_.data() + 20)};
    auto other_salts =
      std::inner_product(salts_.begin(), salts_.end(), frame_.data() + 8, 0, std::plus<>{}, std::not_equal_to<>{});
    return frame{other_salts <= 1, other_salts == 0 && sum == stored_, big_endian(frame_.data() + 4) != 0};
  }

  [[nodiscard]] std::size_t frame_bytes() const noexcept {
    return frame_.size();
  }

private:
  bool read(unsigned char* into, std::size_t size) {
    in_.read(reinterpret_cast<char*>(into), static_cast<std::streamsize>(size));
    return static_cast<std::size_t>(in_.gcount()) == size;
  }

  std::ifstream in_;
  bool is_there_ = false;
  bool is_valid_ = false;
  bool is_big_endian_ = false;
  std::uint32_t page_bytes_ = 0;
  std::array<unsigned char, 8> salts_{};
  checksum stored_;
  std::vector<unsigned char> frame_;
};

} // namespace

result<done> check_write_ahead_file(const std::string& file) {
  write_ahead_file frames{file};
  if (frames.has_damaged_header())
    return failure{status::storage_failed,
                   "the log is damaged: file '" + file + "' at offset 0: its header does not verify"};
  if (!frames.is_valid())
    return done{};
  std::optional<std::size_t> damaged_at;
  auto ended_since = false; // a transaction ended at the damaged frame or behind it
  auto at = header_bytes;
  for (auto x = frames.next(); x; x = frames.next(), at += frames.frame_bytes()) {
    if (damaged_at && ended_since && x->is_intact)
      return failure{status::storage_failed,
                     "the log is damaged: file '" + file + "' at offset " + std::to_string(*damaged_at)
                       + ": it does not verify, but a later write " + "is intact, so it had been acknowledged"};
    if (!damaged_at && !x->is_intact)
      damaged_at = at;
    if (damaged_at && x->is_of_this_round && x->ends_transaction)
      ended_since = true;
  }
  return done{};
}

} // namespace kommander
