// Whole nodes in virtual time, under all faults at once, while partitions are created, split, merged, removed and operations
// cancelled at random, and clients write. One seed decides everything.
#include "tests/cluster/keyed_cluster.hpp"

#include <cstdlib>
#include <random>

#define CAF_SUITE cluster_elastic
#include <caf/test/unit_test.hpp>

using namespace cluster_test;
using namespace kommander;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t seeds = 60;
constexpr int steps = 60;

/// What must hold of every version of the map that any node gets.
std::string flaw_of(const partition_map& map) {
  std::vector<const partition_info*> owners;
  for (const auto& x : map.partitions)
    if (x.routed && x.state != partition_state::removed && x.state != partition_state::receiving)
      owners.push_back(&x);
  std::ranges::sort(owners, {}, [](const auto* x) { return x->range.first; });
  std::uint64_t next = 0;
  for (const auto* x : owners) {
    if (x->range.first != next)
      return "version " + to_string(map.version) + ": partition " + to_string(x->id) + " begins at "
             + std::to_string(x->range.first) + " instead of " + std::to_string(next);
    next = std::uint64_t{x->range.last} + 1;
  }
  return next == std::uint64_t{place_max} + 1 ? ""
                                              : "version " + to_string(map.version) + " ends before the last place";
}

class chaos {
public:
  explicit chaos(std::uint64_t seed)
    : random_{seed * 7919},
      x_{{.seed = seed, .partitions = 2, .adjust = [](raft_config& config) {
            config.proposal_timeout = 1s;
            config.compact_every_operations = 40;
            config.max_entries_per_compaction = 15;
            config.snapshot_chunk_bytes = 200;
            config.snapshot_step_timeout = 2s;
          }}} {
    x_.watch_maps([this](const partition_map& y) {
      if (auto flaw = flaw_of(y); !flaw.empty())
        flaws_.push_back(std::move(flaw));
    });
    for (auto name : {"a", "b", "c"})
      x_.begin_writer(name);
  }

  void run() {
    for (auto i = 0; i < steps; ++i) {
      act();
      x_.run([] { return false; }, std::chrono::milliseconds{5 + draw(200)});
    }
    x_.nodes->network->set_faults({});
    x_.nodes->network->heal();
    for (std::size_t i = 1; i <= 3; ++i)
      if (!x_.nodes->is_up(i))
        cluster::require(x_.nodes->start(i).ok(), "node " + std::to_string(i) + " starts");
    x_.end_writers();
    x_.check();
    cluster::require(flaws_.empty(), flaws_.empty() ? "" : flaws_.front());
  }

  [[nodiscard]] std::size_t written() const {
    return x_.acknowledged();
  }

  [[nodiscard]] std::uint64_t versions() {
    return x_.map().version.value();
  }

private:
  std::uint64_t draw(std::uint64_t below) {
    return random_() % below;
  }

  std::size_t any_node() {
    auto up = x_.nodes->up();
    return up[draw(up.size())];
  }

  /// Most of them ask for something that makes sense; nobody waits for the answer.
  void change(const change_partitions& what) {
    x_.nodes->ask<change_result>(x_.nodes->node(any_node()), what);
  }

  void act() {
    auto number = 1 + draw(3);
    auto& nodes = *x_.nodes;
    switch (draw(14)) {
      case 0: nodes.network->isolate(node_id{number}); break;
      case 1: nodes.network->cut(node_id{number}, node_id{number % 3 + 1}); break;
      case 2:
      case 3: nodes.network->heal(); break;
      case 4:
        if (nodes.up().size() == 3)
          nodes.crash(number);
        break;
      case 5:
      case 6: restart(); break;
      case 7:
        nodes.network->set_faults(draw(2) == 0 ? network_faults{} : network_faults{0.05, 0.05, 0.1, 0ms, 20ms});
        break;
      case 8: nodes.ask<operation_result>(nodes.node(any_node()), step_down{partition_id{draw(4)}}); break;
      default: change_something();
    }
  }

  void restart() {
    for (std::size_t i = 1; i <= 3; ++i)
      if (!x_.nodes->is_up(i)) {
        cluster::require(x_.nodes->start(i).ok(), "node " + std::to_string(i) + " starts");
        x_.watch_maps_of(i);
      }
  }

  void change_something() {
    const auto map = x_.map();
    std::vector<const partition_info*> routed;
    for (const auto& x : map.partitions)
      if (x.routed && x.state == partition_state::active)
        routed.push_back(&x);
    std::ranges::sort(routed, {}, [](const auto* x) { return x->range.first; });
    auto kind = draw(10);
    if (kind < 2 && !map.operations.empty())
      return change(cancel_operation(map.operations.back().id));
    if (kind < 3)
      return change(create_partition());
    if (kind < 4)
      return change(remove_partition(partition_id{1 + draw(12)}));
    if (routed.size() >= 2 && (kind < 7 || routed.size() > 5)) {
      auto at = draw(routed.size() - 1);
      auto up = draw(2) == 0;
      return change(merge_partitions(routed[at + (up ? 1 : 0)]->id, routed[at + (up ? 0 : 1)]->id));
    }
    if (!routed.empty())
      change(split_partition(routed[draw(routed.size())]->id));
  }

  std::mt19937_64 random_;
  std::vector<std::string> flaws_;
  keyed_cluster x_;
};

} // namespace

/// More with KOMMANDER_ELASTIC_SEEDS and KOMMANDER_ELASTIC_FIRST in the environment.
CAF_TEST(whatever happens every acknowledged word is where its key is owned and nowhere else) {
  auto number = [](const char* name, std::uint64_t otherwise) {
    const auto* text = std::getenv(name);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
  };
  auto first = number("KOMMANDER_ELASTIC_FIRST", 1);
  std::uint64_t written = 0;
  std::uint64_t versions = 0;
  for (auto seed = first; seed < first + number("KOMMANDER_ELASTIC_SEEDS", seeds); ++seed) {
    try {
      chaos x{seed};
      x.run();
      written += x.written();
      versions += x.versions();
    } catch (const testing::cluster_failure& e) {
      CAF_ERROR("seed " << seed << ": " << e.what());
    }
  }
  CAF_MESSAGE(written << " words were acknowledged and " << versions << " versions of the map made");
  CAF_CHECK(written > 0 && versions > 0);
}
