#include "tests/bench/fairness.hpp"

#include <chrono>
#include <thread>

#include "tests/bench/load.hpp"

namespace kommander::bench {

namespace {

using clock = std::chrono::steady_clock;

struct begin_counting {};
struct end_counting {};
using waits = std::vector<double>;

} // namespace

} // namespace kommander::bench

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::bench::begin_counting)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::bench::end_counting)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::bench::waits)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::partition_id)

namespace kommander::bench {

namespace {

using quiet_actor = cafx::typed<waits(end_counting), void(begin_counting), void(partition_id)>;

struct quiet_state {
  bool counting = false;
  waits microseconds;

  quiet_state() = default; // not an aggregate: CAF would try to make one from the actor's pointer
};

void propose_to(quiet_actor::stateful_pointer<quiet_state> self, const raft_actor& node, partition_id where,
                std::chrono::milliseconds pause) {
  auto begun = clock::now();
  self->request(node, caf::infinite, propose{where, "bench", bytes{std::string(128, 'q')}})
    .then(
      [=](const propose_result& x) {
        if (self->state.counting && x.code == status::success)
          self->state.microseconds.push_back(std::chrono::duration<double, std::micro>(clock::now() - begun).count());
        self->delayed_send(self, pause, where);
      },
      [](const caf::error&) {});
}

quiet_actor::behavior_type quiet(quiet_actor::stateful_pointer<quiet_state> self, const raft_actor& node,
                                 quiet_plan plan) {
  auto pause = std::chrono::milliseconds{static_cast<std::int64_t>(plan.pause_seconds * 1000)};
  for (auto i = plan.first; i <= plan.last; ++i) // not all at the same time
    self->delayed_send(self, pause * (i - plan.first) / (plan.last - plan.first + 1), partition_id{i});
  return {
    [self](end_counting) {
      self->quit();
      return std::move(self->state.microseconds);
    },
    [self](begin_counting) { self->state.counting = true; },
    [=](partition_id where) { propose_to(self, node, where, pause); },
  };
}

void sleep_for(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>{seconds});
}

} // namespace

std::vector<double> measure_quiet(caf::actor_system& system, const raft_actor& node, const quiet_plan& plan,
                                  std::size_t busy_in_flight) {
  caf::scoped_actor self{system};
  auto asker = system.spawn(quiet, node, plan);
  std::thread busy;
  if (busy_in_flight > 0)
    busy = std::thread{[&] {
      run_load(system, node, {128, busy_in_flight, 1, 0, plan.warm_up_seconds + plan.seconds}, {});
    }};
  sleep_for(plan.warm_up_seconds);
  self->send(asker, begin_counting{});
  sleep_for(plan.seconds);
  waits result;
  self->request(asker, caf::infinite, end_counting{})
    .receive([&](waits& x) { result = std::move(x); }, [](const caf::error&) {});
  if (busy.joinable())
    busy.join();
  return result;
}

} // namespace kommander::bench
