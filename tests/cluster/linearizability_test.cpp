// Registers on a real cluster whose nodes are killed, restarted and cut off: what the clients are told is linearizable.
#define CAF_SUITE cluster_linearizability
#include <caf/test/unit_test.hpp>

#include <random>

#include "tests/cluster/test.hpp"
#include "tests/linearizability/checker.hpp"

using namespace cluster_test;
namespace lin = linearizability;

namespace {

constexpr std::uint64_t keys = 2;

/// Carries out what a node's state machine has got, up to `index`; gives the operation there with its answer.
lin::operation answer_at(const journal::lines& lines, log_index index) {
  std::map<std::uint64_t, lin::register_value> held;
  for (const auto& line : lines) {
    auto x = lin::operation_of(line.payload);
    auto& value = held[x.key];
    if (x.what == lin::action::read)
      x.value = value;
    x.swapped = x.what != lin::action::compare_and_set || value == x.expected;
    if (x.swapped)
      value = x.value;
    if (line.index == index)
      return x;
  }
  throw std::runtime_error{"an acknowledged operation is not in the journal of its node"};
}

/// Clients that ask any node, many at a time, and note when they ask and when they are answered.
class register_clients {
public:
  register_clients(virtual_cluster& cluster, std::uint64_t seed) : cluster_{cluster}, random_{seed} {
    // nop
  }

  void ask(std::size_t node) {
    lin::operation x;
    x.key = random_() % keys;
    x.what = static_cast<lin::action>(random_() % 3);
    x.value = ++asked_;
    x.expected = last_told_[x.key];
    x.invoked = ++now_;
    waiting_.push_back({x, node, cluster_.propose_later(node, p, lin::payload_of(x))});
  }

  void run_for(caf::timespan time) {
    cluster_.scheduler.run_until(
      [this] {
        collect();
        return false;
      },
      time);
  }

  /// What was asked; what was not answered yet is open.
  [[nodiscard]] lin::history history() const {
    auto all = done_;
    for (const auto& x : waiting_)
      all.push_back(x.what);
    return all;
  }

  [[nodiscard]] std::size_t answered() const noexcept {
    return answered_;
  }

private:
  struct request {
    lin::operation what;
    std::size_t node;
    pending_ptr<propose_result> answer;
  };

  void collect() {
    std::erase_if(waiting_, [this](const request& x) {
      if (!x.answer->done())
        return false;
      finish(x);
      return true;
    });
  }

  void finish(const request& x) {
    auto code = x.answer->value ? x.answer->value->code : status::replication_failed;
    if (outcome(code) == proposal_outcome::not_applied)
      return;
    done_.push_back(x.what);
    if (code != status::success)
      return; // nobody knows
    auto& done = done_.back();
    auto found = answer_at(cluster_.journal_of(x.node).of(p), x.answer->value->index);
    done.value = found.value;
    done.swapped = found.swapped;
    done.answered = ++now_;
    ++answered_;
    if (done.swapped)
      last_told_[done.key] = done.value;
  }

  virtual_cluster& cluster_;
  std::mt19937_64 random_;
  lin::moment now_ = 0;
  std::uint64_t asked_ = 0;
  std::size_t answered_ = 0;
  std::map<std::uint64_t, lin::register_value> last_told_;
  std::vector<request> waiting_;
  lin::history done_;
};

void disturb(virtual_cluster& cluster, std::size_t victim, std::uint64_t how) {
  if (!cluster.is_up(victim))
    CAF_REQUIRE(cluster.start(victim).ok());
  else if (how == 0)
    cluster.crash(victim);
  else if (how == 1)
    cluster.network->isolate(node_id{victim});
}

} // namespace

CAF_TEST(what clients are told is linearizable while nodes are killed restarted and cut off) {
  std::size_t answered = 0, open = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    cluster_options options;
    options.seed = seed;
    virtual_cluster cluster{options};
    cluster.start_all();
    cluster.leader_of(p);
    cluster.network->set_faults({0.02, 0.1, 0.1, 0ms, 20ms});
    register_clients clients{cluster, seed};
    std::mt19937_64 random{seed};
    for (auto i = 0; i < 20; ++i) {
      for (auto node : cluster.up())
        for (auto n = 0; n < 3; ++n)
          clients.ask(node);
      clients.run_for(std::chrono::milliseconds{random() % 200});
      disturb(cluster, 1 + random() % 3, random() % 3);
      clients.run_for(std::chrono::milliseconds{random() % 1500});
      cluster.network->heal();
    }
    auto history = clients.history();
    auto found = lin::check(history);
    CAF_CHECK_EQUAL(found.why, "");
    answered += clients.answered();
    open += history.size() - clients.answered();
  }
  CAF_MESSAGE(answered << " operations were answered, " << open << " were not");
  CAF_CHECK(answered > 5000);
  CAF_CHECK(open > 100);
}
