// kommander-sim: runs seeds, replays one, or makes a failing one smaller. tests/sim/run builds and calls it.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <deque>
#include <exception>

#include "tests/sim/minimise.hpp"
#include "tests/sim/options.hpp"
#include "tests/sim/workers.hpp"

namespace {

using namespace kommander::sim;
using steady = std::chrono::steady_clock;

double seconds_since(steady::time_point begin) {
  return std::chrono::duration<double>(steady::now() - begin).count();
}

void print_rate(const dose& counts, double seconds) {
  auto ticks = static_cast<double>(counts.ticks + counts.healing_ticks);
  std::printf("%.1f s, %.0f cluster ticks/s\n", seconds, seconds > 0 ? ticks / seconds : 0.0);
}

int run_many(const std::vector<seed_job>& jobs, unsigned workers) {
  auto begin = steady::now();
  std::size_t told = 0;
  auto result = run_series(jobs, workers, [&](std::size_t done, const series_result& so_far) {
    for (; told < so_far.failures.size(); ++told) {
      const auto& x = so_far.failures[told];
      std::printf("\nVIOLATION seed %llu, %s\n  replay: tests/sim/run %s\n",
                  static_cast<unsigned long long>(x.job.seed), x.why.c_str(), replay_arguments(x.job).c_str());
    }
    auto seconds = seconds_since(begin);
    std::fprintf(stderr, "%s%zu of %zu seeds, %.1f M ticks, %.0f ticks/s, %zu violations%s", isatty(2) ? "\r" : "",
                 done, jobs.size(), static_cast<double>(so_far.counts.ticks) / 1e6,
                 static_cast<double>(so_far.counts.ticks) / std::max(seconds, 0.001), so_far.failures.size(),
                 isatty(2) ? "" : "\n");
    std::fflush(stdout);
  });
  std::printf("\n%s", to_text(result.counts).c_str());
  print_rate(result.counts, seconds_since(begin));
  std::printf("%zu violations in %zu seeds, from seed %llu\n", result.failures.size(), jobs.size(),
              static_cast<unsigned long long>(jobs.empty() ? 0 : jobs.front().seed));
  return result.failures.empty() ? 0 : 1;
}

int replay(const run_options& options) {
  constexpr std::size_t kept_max = 60;
  std::deque<std::string> latest;
  auto keep = [&](const std::string& line) {
    if (latest.size() == kept_max)
      latest.pop_front();
    latest.push_back(line);
  };
  auto print = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
  auto settings = draw_plan(options.seed, options.ticks, options.overrides);
  auto begin = steady::now();
  auto result = run_plan(settings, options.trace ? tracer{print} : tracer{keep});
  if (!options.trace && !result.ok())
    for (const auto& line : latest)
      print(line);
  print(to_text(settings));
  if (result.ok()) {
    std::printf("%s", to_text(result.counts).c_str());
    print_rate(result.counts, seconds_since(begin));
    return 0;
  }
  std::printf("VIOLATION at tick %llu: %s\n", static_cast<unsigned long long>(result.tick), result.violation.c_str());
  return 1;
}

int make_smaller(const run_options& options) {
  small_failure start{options.seed, options.ticks, options.overrides, {}};
  start.result = run_plan(draw_plan(start.seed, start.ticks, start.overrides));
  if (start.result.ok()) {
    std::printf("seed %llu holds with %llu ticks: there is nothing to make smaller\n",
                static_cast<unsigned long long>(start.seed), static_cast<unsigned long long>(start.ticks));
    return 2;
  }
  auto small = minimise(start);
  std::printf("tick %llu: %s\n%s\nreplay: tests/sim/run %s --trace\n",
              static_cast<unsigned long long>(small.result.tick), small.result.violation.c_str(),
              to_text(draw_plan(small.seed, small.ticks, small.overrides)).c_str(), replay_arguments(small).c_str());
  return 0;
}

int run_options_given(const run_options& options) {
  switch (options.mode) {
    case run_mode::help: std::printf("%s", usage().c_str()); return 0;
    case run_mode::replay: return replay(options);
    case run_mode::minimise: return make_smaller(options);
    case run_mode::list: return run_many(read_seed_list(options.list), options.jobs);
    case run_mode::series: break;
  }
  auto first = options.first;
  if (first == 0)
    first = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count() / 1'000'000) * 1000;
  std::vector<seed_job> jobs;
  for (std::uint64_t i = 0; i < options.seeds; ++i)
    jobs.push_back({first + i, options.ticks, options.overrides});
  return run_many(jobs, options.jobs);
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run_options_given(parse_options(argc, argv));
  } catch (const std::exception& x) {
    std::fprintf(stderr, "kommander-sim: %s\n", x.what());
    return 2;
  }
}
