// When leaders are advised to move, and when not.
#define CAF_SUITE balance_core
#include <caf/test/unit_test.hpp>

#include <algorithm>
#include <memory>
#include <string>

#include "actors/coordinator/balance_core.hpp"

using namespace kommander;
using std::chrono::seconds;

namespace {

/// Node 1 leads partition 0, and balances; three voters, all alive. Who leads what, a test says.
struct stage {
  explicit stage(balancer_options options = {}) : core{with_self(options)} {
    map.version = map_version{1};
    map.roster.version = roster_version{1};
    for (std::uint64_t i = 1; i <= 3; ++i) {
      map.roster.members.push_back({node_id{i}, {"h", 1}, {}, member_role::voter, {}, false});
      view.nodes.push_back({node_id{i}, liveness::alive, 0, {}});
    }
    core.tick(now);
    show_map();
    show_view();
    core.leads(raft_term{1});
  }

  static balancer_options with_self(balancer_options x) {
    x.self = node_id{1};
    return x;
  }

  void show_map() {
    map.version = map.version + 1;
    core.map(std::make_shared<const partition_map>(map));
  }

  void show_view() {
    core.believes(std::make_shared<const liveness_view>(view));
  }

  void believe(std::uint64_t id, liveness what) {
    view.nodes.at(id - 1).state = what;
    show_view();
  }

  void lead(std::uint64_t node, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i)
      leaders[partition_id{first + i}] = node_id{node};
  }

  load_report report(node_id of) {
    load_report x{status::success, of, {}, reluctant == of, {}};
    for (const auto& [partition, leader] : leaders)
      if (leader == of)
        x.led.push_back({partition, 60, 0});
    return x;
  }

  /// Until all that is asked now has been answered; what moved, as "partition>node".
  std::string answer_all() {
    std::string moved;
    for (auto all = core.take_requests(); !all.empty(); all = core.take_requests()) {
      most = std::max(most, all.size());
      for (const auto& x : all)
        if (const auto* move = std::get_if<handover_request>(&x.what)) {
          if (outcome == status::success)
            leaders.at(move->partition) = move->target;
          moved += (moved.empty() ? "" : " ") + to_string(move->partition) + ">" + to_string(move->target);
          core.answered(x.number, control_result{outcome, {}, {}, {}});
        } else {
          ++questions;
          core.answered(x.number, report(x.of));
        }
    }
    return moved;
  }

  std::string pass(instant time) {
    std::string moved;
    for (auto end = now + time; now < end;) {
      now += seconds{1};
      core.tick(now);
      auto more = answer_all();
      moved += (moved.empty() || more.empty() ? "" : " ") + more;
    }
    return moved;
  }

  std::size_t led_by(std::uint64_t node) const {
    return static_cast<std::size_t>(
      std::ranges::count_if(leaders, [=](const auto& x) { return x.second == node_id{node}; }));
  }

  balance_core core;
  partition_map map;
  liveness_view view;
  std::map<partition_id, node_id> leaders;
  node_id reluctant;
  status outcome = status::success;
  std::size_t questions = 0;
  std::size_t most = 0; ///< Requests at once.
  instant now = seconds{1000};
};

} // namespace

CAF_TEST(leaders on one node are spread over all a few at a time) {
  stage x{{.plan = {.moves_max = 4}}};
  x.lead(1, 1, 12);
  CAF_CHECK_EQUAL(x.pass(seconds{9}), ""); // calm for too short a time
  CAF_CHECK_EQUAL(x.questions, 0u);
  x.pass(seconds{1});
  CAF_CHECK_EQUAL(x.questions, 3u);
  CAF_CHECK_EQUAL(x.led_by(1), 8u);
  CAF_CHECK_EQUAL(x.pass(seconds{9}), ""); // a pause between rounds
  x.pass(seconds{30});
  for (std::uint64_t i = 1; i <= 3; ++i)
    CAF_CHECK(x.led_by(i) >= 3 && x.led_by(i) <= 5);
  CAF_CHECK(x.most <= 3);                    // three questions, two transfers
  CAF_CHECK_EQUAL(x.pass(seconds{600}), ""); // and so it stays
  CAF_CHECK_EQUAL(x.core.counters().moved, x.core.counters().planned);
}

CAF_TEST(leaders go only where the partition is and only when none is on its way) {
  stage x{{.plan = {.moves_max = 100}}};
  for (std::uint64_t i = 1; i <= 12; ++i) {
    partition_info p;
    p.id = partition_id{i};
    p.where.replicas = i <= 6 ? std::vector{node_id{1}, node_id{2}} : std::vector{node_id{1}};
    x.map.partitions.push_back(p);
  }
  x.map.partitions.back().where.phase = placement_phase::adding;
  x.show_map();
  x.lead(1, 1, 12);
  CAF_CHECK_EQUAL(x.pass(seconds{30}), "");
  x.map.partitions.back().where.phase = placement_phase::settled;
  x.show_map();
  x.pass(seconds{30});
  CAF_CHECK_EQUAL(x.led_by(3), 0u);
  CAF_CHECK(x.led_by(2) > 0);
  for (std::uint64_t i = 7; i <= 12; ++i)
    CAF_CHECK_EQUAL(x.leaders.at(partition_id{i}), node_id{1});
}

CAF_TEST(no more transfers are under way than may be) {
  stage x;
  x.lead(1, 1, 30);
  x.now += seconds{10};
  x.core.tick(x.now);
  for (const auto& y : x.core.take_requests())
    x.core.answered(y.number, x.report(y.of));
  auto moves = x.core.take_requests();
  CAF_REQUIRE_EQUAL(moves.size(), 2u);
  CAF_CHECK(!x.core.due()); // an answer comes first
  x.core.answered(moves[0].number, control_result{status::success, {}, {}, {}});
  CAF_CHECK_EQUAL(x.core.take_requests().size(), 1u);
  x.core.answered(moves[0].number, control_result{status::success, {}, {}, {}}); // it was answered before
  CAF_CHECK_EQUAL(x.core.take_requests().size(), 0u);
}

CAF_TEST(nothing moves while a node is not alive or anything else goes on) {
  stage x;
  x.lead(1, 1, 12);
  x.pass(seconds{5});
  x.believe(3, liveness::suspect);
  CAF_CHECK_EQUAL(x.pass(seconds{60}), "");
  x.believe(3, liveness::alive);
  CAF_CHECK_EQUAL(x.pass(seconds{9}), ""); // from the beginning
  x.map.operations.push_back({operation_id{5},
                              operation_kind::split,
                              operation_phase::copying,
                              partition_id{1},
                              partition_id{99},
                              true,
                              {},
                              false,
                              {},
                              {},
                              {}});
  x.show_map();
  CAF_CHECK_EQUAL(x.pass(seconds{60}), "");
  x.map.operations.back().phase = operation_phase::done;
  x.map.roster.members.back().role = member_role::leaving;
  x.show_map();
  CAF_CHECK_EQUAL(x.pass(seconds{60}), "");
  x.map.roster.members.back().role = member_role::voter;
  x.map.roster.version = roster_version{2};
  x.show_map();
  CAF_CHECK_EQUAL(x.pass(seconds{9}), "");
  CAF_CHECK_EQUAL(x.questions, 0u);
  CAF_CHECK_NOT_EQUAL(x.pass(seconds{1}), "");
}

CAF_TEST(what is planned is dropped when the calm is over) {
  stage x;
  x.lead(1, 1, 12);
  x.now += seconds{10};
  x.core.tick(x.now);
  for (const auto& y : x.core.take_requests())
    x.core.answered(y.number, x.report(y.of));
  auto moves = x.core.take_requests();
  CAF_REQUIRE_EQUAL(moves.size(), 2u);
  x.believe(2, liveness::dead);
  for (const auto& y : moves)
    x.core.answered(y.number, control_result{status::success, {}, {}, {}});
  CAF_CHECK_EQUAL(x.core.take_requests().size(), 0u);
  CAF_CHECK(!x.core.due());
}

CAF_TEST(a round without all answers is dropped) {
  stage x;
  x.lead(1, 1, 12);
  x.now += seconds{10};
  x.core.tick(x.now);
  auto questions = x.core.take_requests();
  CAF_REQUIRE_EQUAL(questions.size(), 3u);
  x.core.answered(questions[0].number, x.report(questions[0].of));
  x.core.answered(questions[1].number, load_report{status::proposal_timeout, {}, {}, false, {}});
  x.core.answered(questions[2].number, x.report(questions[2].of)); // nobody waits for it any more
  CAF_CHECK_EQUAL(x.core.take_requests().size(), 0u);
  CAF_CHECK(x.core.due() == x.now + seconds{10});
  CAF_CHECK_NOT_EQUAL(x.pass(seconds{10}), "");
}

CAF_TEST(a node whose disk is slow or that does not take over gets nothing to lead) {
  stage x;
  x.lead(1, 1, 12);
  x.reluctant = node_id{2};
  auto moved = x.pass(seconds{10});
  CAF_CHECK_NOT_EQUAL(moved, "");
  CAF_CHECK_EQUAL(moved.find(">2"), std::string::npos);
  stage y;
  y.lead(1, 1, 12);
  y.outcome = status::proposal_timeout;
  auto tries = [&](instant time) { return std::ranges::count(y.pass(time), '>'); };
  auto first = tries(seconds{10});
  CAF_CHECK(first >= 2 && first <= 3); // as many as are under way until each of the two has failed
  CAF_CHECK_EQUAL(tries(seconds{49}), 0);
  CAF_CHECK(tries(seconds{20}) > 0);
  CAF_CHECK(tries(std::chrono::hours{10}) < 100); // longer each time; each minute or so it would be a thousand
}

CAF_TEST(a partition whose leader refuses rests and others have their turn) {
  stage x{{.plan = {.moves_max = 4}}};
  x.lead(1, 1, 12);
  x.outcome = status::errored;
  auto first = x.pass(seconds{10});
  auto second = x.pass(seconds{10});
  CAF_CHECK_EQUAL(std::ranges::count(first, '>'), 4);
  CAF_CHECK_EQUAL(std::ranges::count(second, '>'), 4);
  CAF_CHECK_EQUAL(first.find(second.substr(0, second.find('>') + 1)), std::string::npos);
  CAF_CHECK_EQUAL(x.core.counters().refused, 8u);
}

CAF_TEST(who does not lead or is not to balance asks nobody) {
  stage x;
  x.lead(1, 1, 12);
  x.core.leads(std::nullopt);
  CAF_CHECK_EQUAL(x.pass(seconds{60}), "");
  CAF_CHECK(!x.core.due());
  x.core.leads(raft_term{2});
  CAF_CHECK(x.core.due() == x.now + seconds{10});
  stage off{{.enabled = false}};
  off.lead(1, 1, 12);
  CAF_CHECK_EQUAL(off.pass(seconds{60}), "");
  stage alone;
  alone.map.roster.members.resize(1);
  alone.map.roster.version = roster_version{2};
  alone.show_map();
  CAF_CHECK_EQUAL(alone.pass(seconds{60}), "");
  CAF_CHECK_EQUAL(x.questions + off.questions + alone.questions, 0u);
}
