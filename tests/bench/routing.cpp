#include "tests/bench/routing.hpp"

#include <chrono>
#include <random>

#include "actors/client/routing_table.hpp"
#include "kommander/hash.hpp"
#include "tests/bench/report.hpp"

namespace kommander::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t keys_max = 1 << 14; ///< More than the processor learns by heart.

partition_map even_map(std::uint32_t partitions) {
  partition_map map;
  map.version = map_version{1};
  auto width = (std::uint64_t{place_max} + 1) / partitions;
  for (std::uint64_t i = 0; i < partitions; ++i) {
    partition_info x;
    x.id = partition_id{i + 1};
    x.routed = true;
    x.range.first = static_cast<std::uint32_t>(i * width);
    x.range.last = i + 1 == partitions ? place_max : static_cast<std::uint32_t>((i + 1) * width - 1);
    map.partitions.push_back(x);
  }
  return map;
}

/// Nanoseconds that `look_up` takes for one of `all`.
template <class T, class LookUp>
double measure(const std::vector<T>& all, double seconds, LookUp look_up) {
  std::uint64_t sum = 0; // so that nothing is left out as useless
  std::uint64_t count = 0;
  auto since = clock::now();
  std::chrono::duration<double, std::nano> took{0};
  do {
    for (const auto& x : all)
      sum += look_up(x)->value();
    count += all.size();
    took = clock::now() - since;
  } while (took < std::chrono::duration<double>{seconds});
  return sum == 0 ? 0 : took.count() / static_cast<double>(count);
}

} // namespace

int run_routing(const bench_options& options) {
  std::mt19937_64 random{1};
  std::vector<std::uint32_t> places;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < keys_max; ++i) {
    places.push_back(static_cast<std::uint32_t>(random()) & place_max);
    keys.push_back("customers/" + std::to_string(random() % 1'000'000) + "/orders");
  }
  for (auto partitions : options.partitions) {
    routing_table table{even_map(partitions)};
    json_line{}
      .add("bench", "routing")
      .add("partitions", partitions)
      .add("place_nanoseconds", measure(places, options.seconds, [&](std::uint32_t x) { return table.find(x); }))
      .add("key_nanoseconds",
           measure(keys, options.seconds, [&](const std::string& x) { return table.find(route_key(x)); }))
      .print();
  }
  return 0;
}

} // namespace kommander::bench
