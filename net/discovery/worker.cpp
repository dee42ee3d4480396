#include "net/discovery/worker.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/log.hpp"

namespace kommander::net {

struct begin_work {};

} // namespace kommander::net

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::net::begin_work)

namespace kommander::net {

namespace {

using worker_actor = cafx::typed<void(begin_work)>;

/// Longer waits are made of several.
constexpr std::chrono::milliseconds one_wait_max{60'000};

class worker_impl final : public worker_actor::base {
public:
  worker_impl(caf::actor_config& config, std::shared_ptr<discovery_work> work, std::shared_ptr<stop_signal> stop)
    : worker_actor::base{config},
      work_{std::move(work)},
      stop_{std::move(stop)} {
    // nop
  }

  const char* name() const override {
    return "kommander.discovery";
  }

  behavior_type make_behavior() override {
    cafx::use_library_handlers(this);
    return {
      [this](begin_work) {
        try {
          work_->run(*stop_);
        } catch (const std::exception& x) {
          network_log()->error("a discovery has ended: {}", x.what());
        }
        quit();
      },
    };
  }

  void on_exit() override {
    work_.reset();
    stop_.reset();
  }

private:
  std::shared_ptr<discovery_work> work_;
  std::shared_ptr<stop_signal> stop_;
};

} // namespace

// -- stop_signal --------------------------------------------------------------------------------------------------

result<std::shared_ptr<stop_signal>> stop_signal::make() {
  auto descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0)
    return failure{status::errored, std::string{"discovery cannot wait for its end: "} + std::strerror(errno)};
  return std::make_shared<stop_signal>(descriptor);
}

stop_signal::stop_signal(int descriptor) noexcept : descriptor_{descriptor} {
  // nop
}

stop_signal::~stop_signal() {
  ::close(descriptor_);
}

void stop_signal::raise() noexcept {
  std::uint64_t one = 1; // nobody reads it, so it stays; a full counter is raised as well
  [[maybe_unused]] auto n = ::write(descriptor_, &one, sizeof one);
}

bool stop_signal::wait(std::chrono::microseconds timeout, int other) const noexcept {
  using std::chrono::steady_clock;
  auto end = steady_clock::now() + timeout;
  for (;;) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock::now());
    auto part = std::clamp(left, std::chrono::milliseconds{0}, one_wait_max);
    pollfd all[] = {{descriptor_, POLLIN, 0}, {other, POLLIN, 0}}; // a negative one is passed over
    auto n = ::poll(all, 2, static_cast<int>(part.count()));
    if (n > 0)
      return all[0].revents != 0;
    if (part == left || left <= std::chrono::milliseconds{0})
      return false;
  }
}

// -- the actor ----------------------------------------------------------------------------------------------------

void spawn_worker(caf::actor_system& system, std::shared_ptr<discovery_work> work, std::shared_ptr<stop_signal> stop) {
  auto worker = system.spawn<worker_impl, caf::detached>(std::move(work), std::move(stop));
  caf::anon_send(worker, begin_work{});
}

} // namespace kommander::net
