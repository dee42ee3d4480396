#include "tests/bench/disk.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <utility>
#include <vector>

#include "tests/bench/report.hpp"

namespace kommander::bench {

disk_figures measure_disk(const std::string& directory, std::size_t bytes, double seconds) {
  using clock = std::chrono::steady_clock;
  auto path = directory + "/append-and-sync";
  auto fd = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0)
    return {};
  std::string block(bytes, 'x');
  std::vector<double> samples;
  auto begin = clock::now();
  auto end = begin + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>{seconds});
  for (auto now = begin; now < end;) {
    if (::write(fd, block.data(), block.size()) < 0 || ::fdatasync(fd) != 0)
      break;
    auto then = std::exchange(now, clock::now());
    samples.push_back(std::chrono::duration<double, std::micro>(now - then).count());
  }
  ::close(fd);
  ::unlink(path.c_str());
  return {static_cast<double>(samples.size()) / seconds, quantile(samples, 0.5), quantile(samples, 0.99)};
}

} // namespace kommander::bench
