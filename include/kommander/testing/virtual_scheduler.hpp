/// Drives all actors of a system from the test's own thread: one message at a time, of an actor drawn by a seed, in
/// virtual time. A run with the same seed takes the same course.
#pragma once

#include <functional>
#include <random>

#include "kommander/caf_compat.hpp"

#include <caf/scheduler/test_coordinator.hpp>

namespace kommander::testing {

class virtual_scheduler {
  using virtual_clock = caf::detail::test_actor_clock;

  /// The clock keeps to itself what is due when.
  struct access : virtual_clock {
    static auto& timers(virtual_clock& x) {
      return x.*(&access::schedule_);
    }
  };

public:
  /// `system` must have been configured with `scheduler.policy = "testing"`, and no actor of it may be detached.
  virtual_scheduler(caf::actor_system& system, std::uint64_t seed)
    : scheduler_{dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())},
      random_{seed} {
    // nop
  }

  /// Lets one actor, drawn among those that have something to do, handle one message. False if there is none.
  bool step() {
    auto& jobs = scheduler_.jobs;
    if (jobs.empty())
      return false;
    auto drawn = static_cast<std::ptrdiff_t>(random_() % jobs.size());
    std::rotate(jobs.begin(), jobs.begin() + drawn, jobs.begin() + drawn + 1);
    scheduler_.run_once();
    ++steps_;
    return true;
  }

  /// Until no actor has anything to do at this time.
  void settle() {
    while (step()) {
      // nop
    }
  }

  /// Until `condition` holds; time goes on whenever nobody has anything to do. False if it does not hold after `limit`
  /// of virtual time.
  bool run_until(const std::function<bool()>& condition, caf::timespan limit) {
    auto end = clock().current_time + limit;
    while (!condition()) {
      if (step())
        continue;
      auto& waiting = access::timers(clock());
      if (waiting.empty() || waiting.begin()->first > end) {
        clock().current_time = end;
        return condition();
      }
      clock().trigger_timeout();
    }
    return true;
  }

  void run_for(caf::timespan time) {
    run_until([] { return false; }, time);
  }

  [[nodiscard]] std::uint64_t steps() const noexcept {
    return steps_;
  }

private:
  virtual_clock& clock() {
    return scheduler_.clock();
  }

  caf::scheduler::test_coordinator& scheduler_;
  std::mt19937_64 random_;
  std::uint64_t steps_ = 0;
};

} // namespace kommander::testing
