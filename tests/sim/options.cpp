#include "tests/sim/options.hpp"

#include <charconv>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace kommander::sim {

namespace {

std::uint64_t number(const std::string& option, const std::string& text, std::uint64_t low, std::uint64_t high) {
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high)
    throw std::runtime_error{option + " " + text + ": must be a number from " + std::to_string(low) + " to "
                             + std::to_string(high)};
  return value;
}

std::bitset<fault_count> fault_set(const std::string& text) {
  std::bitset<fault_count> result;
  std::istringstream names{text};
  std::string name, known;
  while (std::getline(names, name, ',')) {
    std::size_t i = 0;
    while (i < fault_count && to_string(static_cast<fault>(i)) != name)
      ++i;
    if (i < fault_count) {
      result.set(i);
      continue;
    }
    for (i = 0; i < fault_count; ++i)
      known += (i == 0 ? "" : ", ") + std::string{to_string(static_cast<fault>(i))};
    throw std::runtime_error{"--off " + name + ": is no fault; there are " + known};
  }
  return result;
}

} // namespace

std::string usage() {
  return R"(Runs clusters of Raft cores under simulated faults and checks every step.

  --seeds N      how many seeds (100)
  --ticks M      ticks of each seed's safety phase, 10 simulated milliseconds each (20000)
  --first SEED   the first seed (from the time of day)
  --jobs J       processes (one a core)
  --list FILE    the seeds in FILE instead, a line each: seed ticks remark

  --seed SEED    one seed only; with --trace, all that happens in it
  --minimise SEED  the smallest run found that fails as this seed does
  --nodes N, --partitions N, --off FAULT,FAULT, --elastic yes|no,
  --rosters yes|no   change what seeds draw
)";
}

run_options parse_options(int argc, char** argv) {
  constexpr auto any = ~std::uint64_t{0};
  run_options x;
  x.jobs = std::max(1u, std::thread::hardware_concurrency());
  for (int i = 1; i < argc; ++i) {
    std::string option = argv[i];
    if (option == "--help") {
      x.mode = run_mode::help;
      return x;
    }
    if (option == "--trace") {
      x.trace = true;
      continue;
    }
    if (i + 1 == argc)
      throw std::runtime_error{option + ": is unknown or lacks a value; see --help"};
    std::string value = argv[++i];
    if (option == "--seeds")
      x.seeds = number(option, value, 1, 1'000'000'000);
    else if (option == "--ticks")
      x.ticks = number(option, value, 1, 1'000'000'000);
    else if (option == "--first")
      x.first = number(option, value, 1, any);
    else if (option == "--jobs")
      x.jobs = static_cast<unsigned>(number(option, value, 1, 1024));
    else if (option == "--list") {
      x.mode = run_mode::list;
      x.list = value;
    } else if (option == "--seed" || option == "--minimise") {
      x.mode = option == "--seed" ? run_mode::replay : run_mode::minimise;
      x.seed = number(option, value, 1, any);
    } else if (option == "--nodes")
      x.overrides.nodes = number(option, value, 1, 7);
    else if (option == "--partitions")
      x.overrides.partitions = number(option, value, 1, 16);
    else if (option == "--elastic")
      x.overrides.elastic = number(option, value == "yes" ? "1" : value == "no" ? "0" : value, 0, 1) == 1;
    else if (option == "--rosters")
      x.overrides.rosters = number(option, value == "yes" ? "1" : value == "no" ? "0" : value, 0, 1) == 1;
    else if (option == "--off")
      x.overrides.off |= fault_set(value);
    else
      throw std::runtime_error{option + ": is unknown; see --help"};
  }
  return x;
}

} // namespace kommander::sim
