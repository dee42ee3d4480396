#include "tests/sim/workers.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace kommander::sim {

namespace {

constexpr unsigned seed_seconds_max = 300; ///< A seed that takes longer hangs.

/// What a worker says of one seed; small enough that a pipe takes it in one piece.
struct report {
  std::uint64_t job = 0;
  bool ok = true;
  dose counts;
  char why[400] = {};
};
static_assert(sizeof(report) <= 4096);

/// Memory that a worker's parent reads after the worker has died: which job it was at, plus one.
class shared_marks {
public:
  explicit shared_marks(std::size_t count) : size_{count * sizeof(std::uint64_t)} {
    auto* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
      throw std::runtime_error{"no shared memory for the workers"};
    marks_ = static_cast<volatile std::uint64_t*>(memory);
  }

  shared_marks(const shared_marks&) = delete;
  shared_marks& operator=(const shared_marks&) = delete;

  ~shared_marks() {
    munmap(const_cast<std::uint64_t*>(marks_), size_);
  }

  volatile std::uint64_t& operator[](std::size_t i) {
    return marks_[i];
  }

private:
  std::size_t size_;
  volatile std::uint64_t* marks_ = nullptr;
};

[[noreturn]] void work(const std::vector<seed_job>& jobs, unsigned self, unsigned workers, int out,
                       volatile std::uint64_t& mark) {
  for (std::size_t i = self; i < jobs.size(); i += workers) {
    mark = i + 1;
    alarm(seed_seconds_max);
    auto result = run_plan(draw_plan(jobs[i].seed, jobs[i].ticks, jobs[i].overrides));
    report said;
    said.job = i;
    said.ok = result.ok();
    said.counts = result.counts;
    auto why = "tick " + std::to_string(result.tick) + ": " + result.violation;
    std::strncpy(said.why, why.c_str(), sizeof said.why - 1);
    if (write(out, &said, sizeof said) != static_cast<ssize_t>(sizeof said))
      _exit(3);
  }
  mark = 0;
  _exit(0);
}

} // namespace

series_result run_series(const std::vector<seed_job>& jobs, unsigned workers,
                         const std::function<void(std::size_t, const series_result&)>& on_progress) {
  int ends[2];
  if (pipe(ends) != 0)
    throw std::runtime_error{std::string{"no pipe for the workers: "} + std::strerror(errno)};
  shared_marks marks{workers};
  std::vector<pid_t> children;
  for (unsigned i = 0; i < workers; ++i) {
    auto child = fork();
    if (child < 0)
      throw std::runtime_error{std::string{"no process for a worker: "} + std::strerror(errno)};
    if (child == 0) {
      close(ends[0]);
      work(jobs, i, workers, ends[1], marks[i]);
    }
    children.push_back(child);
  }
  close(ends[1]);

  series_result sum;
  std::size_t done = 0;
  auto told = std::chrono::steady_clock::now();
  report said;
  while (read(ends[0], &said, sizeof said) == static_cast<ssize_t>(sizeof said)) {
    ++done;
    sum.counts.add(said.counts);
    if (!said.ok)
      sum.failures.push_back({jobs[said.job], said.why});
    if (auto now = std::chrono::steady_clock::now(); now - told >= std::chrono::seconds{1}) {
      told = now;
      on_progress(done, sum);
    }
  }
  close(ends[0]);
  for (unsigned i = 0; i < workers; ++i) {
    int state = 0;
    waitpid(children[i], &state, 0);
    if (state == 0 || marks[i] == 0)
      continue;
    auto why = WIFSIGNALED(state) && WTERMSIG(state) == SIGALRM ? std::string{"it hangs"}
               : WIFSIGNALED(state) ? "its process died of signal " + std::to_string(WTERMSIG(state))
                                    : "its process ended with " + std::to_string(WEXITSTATUS(state));
    sum.failures.push_back({jobs[marks[i] - 1], why});
  }
  on_progress(done, sum);
  return sum;
}

std::vector<seed_job> read_seed_list(const std::string& path) {
  std::ifstream file{path};
  if (!file)
    throw std::runtime_error{path + ": cannot be read"};
  std::vector<seed_job> jobs;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line.front() == '#')
      continue;
    std::istringstream words{line};
    seed_job job;
    if (!(words >> job.seed >> job.ticks) || job.ticks == 0)
      throw std::runtime_error{path + ":" + std::to_string(number) + ": \"" + line + "\" is not \"seed ticks remark\""};
    jobs.push_back(job);
  }
  return jobs;
}

std::string replay_arguments(const seed_job& job) {
  return "--seed " + std::to_string(job.seed) + " --ticks " + std::to_string(job.ticks) + to_arguments(job.overrides)
         + " --trace";
}

} // namespace kommander::sim
