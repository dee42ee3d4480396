#include "tests/bench/load.hpp"

#include <chrono>
#include <thread>

#include "tests/bench/process.hpp"

namespace kommander::bench {

namespace {

using clock = std::chrono::steady_clock;

struct start_counting {};
struct stop_counting {};

} // namespace

} // namespace kommander::bench

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::bench::start_counting)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::bench::stop_counting)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::bench::load_figures)

namespace kommander::bench {

namespace {

using load_actor = cafx::typed<load_figures(stop_counting), void(start_counting)>;

struct load_state {
  raft_actor node;
  load_plan plan;
  bytes payload;
  std::uint64_t next = 0;
  bool counting = false;
  clock::time_point since;
  load_figures figures;

  load_state() = default; // not an aggregate: CAF would try to make one from the actor's pointer
};

void propose_next(load_actor::stateful_pointer<load_state> self) {
  auto& state = self->state;
  auto begun = clock::now();
  partition_id where{1 + state.next++ % state.plan.partitions};
  self->request(state.node, caf::infinite, propose{where, "bench", std::vector<bytes>(state.plan.batch, state.payload)})
    .then(
      [self, begun](const propose_result& x) {
        auto& st = self->state;
        if (st.counting && x.code == status::success) {
          ++st.figures.committed;
          st.figures.microseconds.push_back(std::chrono::duration<double, std::micro>(clock::now() - begun).count());
        } else if (st.counting) {
          ++st.figures.refused;
        }
        propose_next(self);
      },
      [](const caf::error&) {});
}

load_actor::behavior_type load(load_actor::stateful_pointer<load_state> self, raft_actor node, load_plan plan) {
  self->state.node = std::move(node);
  self->state.plan = plan;
  self->state.payload = bytes{std::string(plan.payload_bytes, 'p')};
  self->state.figures.microseconds.reserve(std::size_t{1} << 20);
  for (std::size_t i = 0; i < plan.in_flight; ++i)
    propose_next(self);
  return {
    [self](stop_counting) {
      self->state.counting = false;
      self->state.figures.seconds = std::chrono::duration<double>(clock::now() - self->state.since).count();
      self->quit();
      return std::move(self->state.figures);
    },
    [self](start_counting) {
      self->state.counting = true;
      self->state.since = clock::now();
    },
  };
}

double total_cpu(const std::vector<int>& processes) {
  double sum = 0;
  for (auto x : processes)
    sum += cpu_seconds(x);
  return sum;
}

node_status status_of(caf::scoped_actor& self, const raft_actor& node) {
  node_status result;
  self->request(node, caf::infinite, get_status{{partition_id{1}}})
    .receive([&](const node_status& x) { result = x; }, [](const caf::error&) {});
  return result;
}

void pause(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>{seconds});
}

} // namespace

load_figures run_load(caf::actor_system& system, const raft_actor& node, const load_plan& plan,
                      const std::vector<int>& processes) {
  caf::scoped_actor self{system};
  auto loader = system.spawn(load, node, plan);
  pause(plan.warm_up_seconds);
  auto before = status_of(self, node);
  auto cpu_before = total_cpu(processes);
  self->send(loader, start_counting{});
  pause(plan.seconds);
  load_figures result;
  self->request(loader, caf::infinite, stop_counting{})
    .receive([&](const load_figures& x) { result = x; }, [](const caf::error&) {});
  result.cpu_seconds = total_cpu(processes) - cpu_before;
  auto after = status_of(self, node);
  result.syncs = after.syncs - before.syncs;
  result.group_writes = after.group_writes - before.group_writes;
  result.writes = after.writes - before.writes;
  return result;
}

} // namespace kommander::bench
