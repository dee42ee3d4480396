#include "actors/raft/disk_id.hpp"

#include <charconv>
#include <random>
#include <string>

#include <spdlog/fmt/fmt.h>

namespace kommander {

namespace {

constexpr std::size_t digits = 16;

std::uint64_t draw() {
  std::random_device random;
  std::uint64_t x = 0;
  while (x == 0)
    x = (std::uint64_t{random()} << 32) | random();
  return x;
}

/// Zero: it is none.
std::uint64_t parse(const std::string& text) {
  std::uint64_t x = 0;
  const auto* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, x, 16);
  return text.size() == digits && error == std::errc{} && rest == end ? x : 0;
}

} // namespace

result<std::uint64_t> bind_disk(wal& log) {
  auto stored = log.get_metadata(disk_id_key);
  if (!stored)
    return stored.error();
  if (stored->empty()) {
    auto id = draw();
    if (auto written = log.set_metadata(disk_id_key, fmt::format("{:016x}", id)); !written)
      return written.error();
    return id;
  }
  auto id = parse(*stored);
  if (id == 0)
    return failure{status::storage_failed,
                   "the log's disk id, '" + *stored + "', was not written by this version of the library"};
  return id;
}

} // namespace kommander
