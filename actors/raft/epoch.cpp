#include "actors/raft/epoch.hpp"

#include <charconv>

#include <spdlog/fmt/fmt.h>

namespace kommander {

namespace {

constexpr std::uint32_t number_max = 999'999'999;
constexpr std::size_t random_digits = 16;

failure wrong(std::string message) {
  return {status::invalid_argument, std::move(message)};
}

} // namespace

std::uint32_t epoch_number(const std::string& epoch) {
  std::uint32_t number = 0;
  const auto* end = epoch.data() + epoch.size();
  auto [rest, error] = std::from_chars(epoch.data(), end, number);
  auto good = error == std::errc{} && number <= number_max && epoch.starts_with(std::to_string(number) + "-")
              && static_cast<std::size_t>(end - rest) == 1 + random_digits
              && epoch.find_first_not_of("0123456789abcdef", epoch.find('-') + 1) == std::string::npos;
  return good ? number : 0;
}

std::string next_epoch(const std::string& present, std::uint64_t random) {
  return fmt::format("{}-{:016x}", epoch_number(present) + 1, random);
}

std::string name_of_cluster(const std::string& cluster_id, const std::string& epoch) {
  return epoch.empty() ? cluster_id : cluster_id + "#" + epoch;
}

result<std::string> bind_epoch(wal& log, const std::string& wanted) {
  if (!wanted.empty() && epoch_number(wanted) == 0)
    return wrong("raft_parts.cluster_epoch is '" + wanted
                 + "', but must be what the recovery of the cluster has reported, like 1-0123456789abcdef, or empty");
  auto stored = log.get_metadata(epoch_key);
  if (!stored || wanted.empty() || *stored == wanted)
    return stored;
  if (!stored->empty())
    return wrong("the log belongs to epoch " + *stored + " of its cluster, but this node is to be of epoch " + wanted
                 + ": give it an empty log, or leave the epoch out");
  auto owner = log.get_metadata("node_id");
  if (!owner)
    return owner.error();
  if (!owner->empty())
    return wrong("the log is from before the recovery that began epoch " + wanted
                 + " of the cluster, and may contradict it: give this node an empty log");
  if (auto written = log.set_metadata(epoch_key, wanted); !written)
    return written.error();
  return wanted;
}

} // namespace kommander
