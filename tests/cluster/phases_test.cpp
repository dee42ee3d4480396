// Every step of an operation, with every fault at every node that has a part in it: just before the step's entry is in
// partition 0's log, and just after.
#include "tests/cluster/keyed_cluster.hpp"

#define CAF_SUITE cluster_phases
#include <caf/test/unit_test.hpp>

using namespace cluster_test;
using namespace kommander;
using namespace std::chrono_literals;

namespace {

constexpr partition_id p0{0}, p1{1}, p2{2};

enum class victim { leader_of_source, leader_of_target, leader_of_map, follower };
/// Who stands still is cut off and does not notice: when it comes back, it still believes that it leads.
enum class fault { crash, isolate, cut_to_others, cut_from_others, stand_still };

constexpr victim victims[] = {victim::leader_of_source, victim::leader_of_target, victim::leader_of_map,
                              victim::follower};
constexpr fault faults[] = {fault::crash, fault::isolate, fault::cut_to_others, fault::cut_from_others,
                            fault::stand_still};

/// What is done, and the partitions that have a part in it.
struct deed {
  const char* name;
  bool merges;
  bool cancels;
};

constexpr deed split{"split", false, false};
constexpr deed merge{"merge", true, false};
constexpr deed cancelled_split{"cancelled split", false, true};
constexpr deed cancelled_merge{"cancelled merge", true, true};

change_partitions request_of(const deed& x) {
  return x.merges ? merge_partitions(p1, p2) : split_partition(p1);
}

partition_id source_of(const deed& x) {
  return x.merges ? p2 : p1;
}

partition_id target_of(const deed& x) {
  return x.merges ? p1 : p2;
}

/// A new phase of the operation, as the first node got it.
struct turn {
  std::uint64_t steps;
  operation_phase phase;
};

/// The same cluster each time: what happens up to a number of steps is the same, too.
struct course {
  /// A leader that is cut off notices, or it goes on believing.
  course(const deed& what, bool notices)
    : x{{.seed = 5, .partitions = what.merges ? 2u : 1u, .adjust = [notices](raft_config& config) {
           config.proposal_timeout = 1s;
           config.enable_check_quorum = notices;
         }}} {
    for (std::size_t i = 0; i < 12; ++i)
      x.put("key" + std::to_string(i) + "/x", "w" + std::to_string(i));
    x.nodes->leader_of(p0);
    listen();
    answer = x.nodes->ask<change_result>(x.nodes->node(1), request_of(what));
    if (what.cancels) {
      x.nodes->scheduler.run_until([&] { return answer->done(); }, 10s);
      auto id = answer->value ? answer->value->operation : operation_id{};
      x.nodes->ask<change_result>(x.nodes->node(2), cancel_operation(id));
    }
  }

  void listen() {
    x.watch_maps([this](const partition_map& y) {
      if (!y.operations.empty() && (turns.empty() || turns.back().phase != y.operations.back().phase))
        turns.push_back({x.nodes->scheduler.steps(), y.operations.back().phase});
    });
  }

  std::vector<turn> turns;
  pending_ptr<change_result> answer;
  keyed_cluster x; ///< The last member: what its nodes tell meanwhile has a place until it is gone.
};

/// Without a fault.
std::vector<turn> turns_of(const deed& what, bool notices) {
  course plain{what, notices};
  auto is_ended = [&] { return !plain.turns.empty() && is_over(plain.turns.back().phase); };
  CAF_REQUIRE(plain.x.nodes->scheduler.run_until(is_ended, 1min));
  return plain.turns;
}

std::size_t node_of(course& y, victim who, const deed& what) {
  auto leader = [&](partition_id id) -> std::size_t {
    for (auto i : y.x.nodes->up()) {
      auto answer = y.x.nodes->await(y.x.nodes->ask<leader_result>(y.x.nodes->node(i), is_leader{id}));
      if (answer.code == status::success)
        return i;
    }
    return 0;
  };
  switch (who) {
    case victim::leader_of_source: return leader(source_of(what));
    case victim::leader_of_target: return leader(target_of(what));
    case victim::leader_of_map: return leader(p0);
    default: {
      for (std::size_t i = 1; i <= 3; ++i)
        if (i != leader(p0) && i != leader(source_of(what)) && i != leader(target_of(what)))
          return i;
      return 0;
    }
  }
}

void strike(keyed_cluster& x, fault how, std::size_t number) {
  switch (how) {
    case fault::crash: x.nodes->crash(number); break;
    case fault::isolate:
    case fault::stand_still: x.nodes->network->isolate(node_id{number}); break;
    default:
      for (std::size_t other = 1; other <= 3; ++other)
        if (other != number) {
          auto out = how == fault::cut_to_others;
          x.nodes->network->cut(node_id{out ? number : other}, node_id{out ? other : number});
        }
  }
}

/// The operation ends, one way or the other, first without the victim and then with it, and nothing is lost or doubled.
void check_case(const deed& what, std::uint64_t at, victim who, fault how, const std::string& name) {
  course y{what, how != fault::stand_still};
  auto& scheduler = y.x.nodes->scheduler;
  scheduler.run_until([&] { return scheduler.steps() >= at; }, 1min);
  auto number = node_of(y, who, what);
  if (number == 0)
    return; // nobody has that part at this moment
  strike(y.x, how, number);
  try {
    y.x.nodes->scheduler.run_for(3s);
    for (std::size_t i = 0; i < 12; i += 3)
      y.x.put("key" + std::to_string(i) + "/x", "meanwhile" + std::to_string(i));
    y.x.nodes->network->heal();
    if (how == fault::crash)
      CAF_REQUIRE(y.x.nodes->start(number).ok());
    for (std::size_t i = 0; i < 12; i += 3)
      y.x.put("key" + std::to_string(i) + "/x", "after" + std::to_string(i));
    y.x.check();
  } catch (const testing::cluster_failure& e) {
    CAF_ERROR(name << ": " << e.what());
  }
}

const char* text(victim x) {
  constexpr const char* names[] = {"leader of the source", "leader of the target", "leader of the map", "follower"};
  return names[static_cast<int>(x)];
}

const char* text(fault x) {
  constexpr const char* names[] = {"crash", "isolation", "cut to the others", "cut from the others", "standstill"};
  return names[static_cast<int>(x)];
}

/// The number of cases.
std::size_t check_all(const deed& what) {
  std::size_t cases = 0;
  for (auto how : faults)
    for (const auto& [steps, phase] : turns_of(what, how != fault::stand_still))
      // Before the first node has applied the entry, when it has, and when the others have too.
      for (auto at : {steps - 40, steps - 12, steps, steps + 12})
        for (auto who : victims) {
          check_case(what, at, who, how,
                     std::string{what.name} + ", " + std::string{to_string(phase)} + ", step " + std::to_string(at)
                       + ", " + text(how) + " of the " + text(who));
          ++cases;
        }
  return cases;
}

} // namespace

CAF_TEST(a split survives every fault at every step) {
  CAF_CHECK(check_all(split) >= 200);
}

CAF_TEST(a merge survives every fault at every step) {
  CAF_CHECK(check_all(merge) >= 200);
}

CAF_TEST(a split that is cancelled survives every fault at every step) {
  CAF_CHECK(check_all(cancelled_split) >= 100);
}

CAF_TEST(a merge that is cancelled survives every fault at every step) {
  CAF_CHECK(check_all(cancelled_merge) >= 100);
}
