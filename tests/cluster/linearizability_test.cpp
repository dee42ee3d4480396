// Registers on a real cluster whose nodes are killed, restarted and cut off: what the clients are told is linearizable.
#define CAF_SUITE cluster_linearizability
#include <caf/test/unit_test.hpp>

#include <random>
#include <sstream>

#include "tests/cluster/virtual_cluster.hpp"
#include "tests/linearizability/checker.hpp"

using namespace kommander;
using namespace std::chrono_literals;
using cluster_test::cluster_options;
using cluster_test::virtual_cluster;
namespace lin = linearizability;

namespace {

constexpr partition_id p{1};
constexpr std::uint64_t keys = 2;

std::string payload_of(const lin::operation& x) {
  std::ostringstream out;
  out << x.key << ' ' << static_cast<int>(x.what) << ' ' << x.expected << ' ' << x.value;
  return out.str();
}

lin::operation operation_of(const std::string& payload) {
  std::istringstream in{payload};
  lin::operation x;
  int what = 0;
  in >> x.key >> what >> x.expected >> x.value;
  x.what = static_cast<lin::action>(what);
  return x;
}

/// Carries out what a node's state machine has got, up to `index`; gives the operation there with its answer.
lin::operation answer_at(const cluster_test::journal::lines& lines, log_index index) {
  std::map<std::uint64_t, lin::register_value> held;
  for (const auto& line : lines) {
    auto x = operation_of(line.payload);
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

/// Clients that ask any node, many at a time, and note when they ask and when they are answered. Those that repeat ask
/// another node, in a session, until they know.
class register_clients {
public:
  register_clients(virtual_cluster& cluster, std::uint64_t seed, bool repeat)
    : cluster_{cluster},
      random_{seed},
      repeat_{repeat} {
    // nop
  }

  void ask(std::size_t node) {
    lin::operation x;
    x.key = random_() % keys;
    x.what = static_cast<lin::action>(random_() % 3);
    x.value = ++asked_;
    x.expected = last_told_[x.key];
    x.invoked = ++now_;
    waiting_.push_back({x, node, repeat_ ? ask_in_session(node, x) : cluster_.propose_later(node, p, payload_of(x))});
  }

  void run_for(caf::timespan time) {
    constexpr caf::timespan step = 50ms;
    for (; time.count() > 0; time -= step) {
      if (repeat_)
        repeat_what_failed();
      cluster_.scheduler.run_until(
        [this] {
          collect();
          return false;
        },
        std::min(time, step));
    }
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

  /// How often something was asked again.
  [[nodiscard]] std::size_t repeated() const noexcept {
    return repeated_;
  }

private:
  struct request {
    lin::operation what;
    std::size_t node;
    cluster_test::pending_ptr<propose_result> answer;
  };

  /// Each operation has a session of its own.
  cluster_test::pending_ptr<propose_result> ask_in_session(std::size_t node, const lin::operation& x) {
    propose what{p, "test", bytes{payload_of(x)}};
    what.client = client_id{x.value};
    what.sequence = 1;
    return cluster_.ask<propose_result>(cluster_.node(node), std::move(what));
  }

  void collect() {
    std::erase_if(waiting_, [this](request& x) {
      if (!x.answer->done())
        return false;
      if (repeat_ && !has_succeeded(x))
        return false; // asked again in time
      finish(x);
      return true;
    });
  }

  static bool has_succeeded(const request& x) {
    return x.answer->value && x.answer->value->code == status::success;
  }

  void repeat_what_failed() {
    auto up = cluster_.up();
    for (auto& x : waiting_) {
      if (up.empty() || !x.answer->done() || has_succeeded(x))
        continue;
      x.node = up[random_() % up.size()];
      x.answer = ask_in_session(x.node, x.what);
      ++repeated_;
    }
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
  bool repeat_;
  std::size_t repeated_ = 0;
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

namespace {

struct told {
  std::size_t answered = 0, open = 0, repeated = 0;
};

told run_registers(std::uint64_t seeds, bool repeat) {
  told sum;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    cluster_options options;
    options.seed = seed;
    virtual_cluster cluster{options};
    cluster.start_all();
    cluster.leader_of(p);
    cluster.network->set_faults({0.02, 0.1, 0.1, 0ms, 20ms});
    register_clients clients{cluster, seed, repeat};
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
    sum.answered += clients.answered();
    sum.open += history.size() - clients.answered();
    sum.repeated += clients.repeated();
  }
  CAF_MESSAGE(sum.answered << " operations were answered, " << sum.open << " were not; repeated: " << sum.repeated);
  return sum;
}

} // namespace

CAF_TEST(what clients are told is linearizable while nodes are killed restarted and cut off) {
  auto sum = run_registers(300, false);
  CAF_CHECK(sum.answered > 5000);
  CAF_CHECK(sum.open > 100);
}

CAF_TEST(what is repeated until it is known to be done was done once) {
  auto sum = run_registers(150, true);
  CAF_CHECK(sum.answered > 5000);
  CAF_CHECK(sum.repeated > 5000);
}
