// Which requests bring replicas from where they are to where they should be.
#define CAF_SUITE placement_core
#include <caf/test/unit_test.hpp>

#include <algorithm>

#include "actors/coordinator/placement_core.hpp"
#include "tests/coordinator/membership_stage.hpp"

using namespace kommander;
using namespace kommander::test;

namespace {

/// "1: 2 3 + 4" as in membership_stage.hpp, "1 adding 2 4", "1 switching"
std::string describe_request(const node_request& x) {
  const auto* proposal = std::get_if<control_proposal>(&x);
  if (proposal == nullptr)
    return describe(x);
  auto command = decode_map_command(proposal->payload);
  const auto& step = std::get<map_place>(*command);
  return to_string(step.partition) + " " + std::string{to_string(step.to)}
         + (step.replicas.empty() ? "" : " " + text_of(step.replicas));
}

class stage {
public:
  explicit stage(std::uint64_t members, std::uint64_t partitions, std::uint32_t factor, placement_options options = {})
    : core{with_self(options)} {
    story.commit(map_initialize{partitions, first_members(members), factor});
    pass(seconds{1000});
    for (const auto& x : story.state.map().roster.members)
      believe(x.id.value(), liveness::alive);
  }

  void commit(const map_command& x) {
    story.commit(x);
    show();
  }

  void show() {
    core.map(std::make_shared<const partition_map>(story.state.map()));
  }

  void lead(std::uint64_t term = 1) {
    show();
    core.leads(raft_term{term});
  }

  void pass(instant time) {
    now += time;
    core.tick(now);
  }

  void believe(std::uint64_t id, liveness state) {
    states[node_id{id}] = state;
    auto view = std::make_shared<liveness_view>();
    for (const auto& [node, known] : states)
      if (node != node_id{1})
        view->nodes.push_back({node, known, 0, {}});
    core.believes(view);
  }

  /// New requests as text, one after the other with commas.
  std::string asked() {
    std::string result;
    for (auto& x : core.take_requests()) {
      result += (result.empty() ? "" : ", ") + describe_request(x.what);
      open.push_back(std::move(x));
    }
    return result;
  }

  placement_request take(const std::string& text) {
    auto found = std::ranges::find_if(open, [&](const auto& x) { return describe_request(x.what) == text; });
    CAF_REQUIRE(found != open.end());
    auto result = std::move(*found);
    open.erase(found);
    return result;
  }

  /// The group is as it should be; those who learn lack `lag` entries.
  void reached(const std::string& text, std::uint64_t lag = 0, bool known = true) {
    auto x = take(text);
    const auto& goal = std::get<group_request>(x.what);
    group_report report{status::success, goal.voters.front(), {}, true, goal.voters, goal.learners, {}};
    for (auto id : goal.learners)
      report.peers.push_back({id, lag, known});
    core.answered(x.number, report);
  }

  /// Partition 0 takes it, and the node sees the map.
  void accepted(const std::string& text) {
    auto x = take(text);
    auto command = decode_map_command(std::get<control_proposal>(x.what).payload);
    CAF_CHECK_EQUAL(story.word(*command), "changed");
    core.answered(x.number, control_result{status::success, log_index{story.index}, {}, {}});
    show();
  }

  void refused(const std::string& text, status code = status::node_is_not_leader) {
    auto x = take(text);
    if (std::holds_alternative<group_request>(x.what))
      core.answered(x.number, group_report{code, {}, "r", false, {}, {}, {}});
    else
      core.answered(x.number, control_result{code, {}, {}, "r"});
  }

  map_story story;
  placement_core core;
  instant now{0};
  std::map<node_id, liveness> states;
  std::vector<placement_request> open;

private:
  static placement_options with_self(placement_options x) {
    x.self = node_id{1};
    return x;
  }
};

map_place moving(const stage& x, std::uint64_t partition, std::vector<node_id> replicas) {
  return {partition_id{partition}, x.story.partition(partition).where.version, placement_phase::adding,
          std::move(replicas)};
}

} // namespace

CAF_TEST(a cluster whose partitions are everywhere needs nothing) {
  stage x{3, 4, 0};
  x.lead();
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_CHECK(!x.core.due());
}

CAF_TEST(each leader looks once at what is settled) {
  stage x{3, 2, 2, {.balance = false}};
  x.lead();
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2, 2: 1 3");
  x.reached("1: 1 2");
  x.reached("2: 1 3");
  x.pass(seconds{100});
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_CHECK(!x.core.due());
  x.core.leads(std::nullopt);
  x.lead(2);
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2, 2: 1 3");
}

CAF_TEST(a group that is not as it should be is asked again) {
  stage x{3, 1, 2, {.balance = false}};
  x.lead();
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2");
  x.refused("1: 1 2");
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_REQUIRE(x.core.due().has_value());
  x.pass(*x.core.due() - x.now);
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2");
}

CAF_TEST(replicas move when those who come have caught up) {
  stage x{4, 1, 2, {.promotion_lag = 10, .balance = false}};
  x.lead();
  x.asked();
  x.reached("1: 1 2");
  x.commit(moving(x, 1, ids({2, 4})));
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2 + 4");
  x.reached("1: 1 2 + 4", 11);
  CAF_CHECK_EQUAL(x.asked(), "");
  x.pass(milliseconds{250});
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2 + 4");
  x.reached("1: 1 2 + 4", 0, false); // nobody has heard of it
  x.pass(milliseconds{250});
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2 + 4");
  x.reached("1: 1 2 + 4", 10);
  CAF_CHECK_EQUAL(x.asked(), "1 switching");
  x.accepted("1 switching");
  CAF_CHECK_EQUAL(x.asked(), "1: 2 4");
  x.reached("1: 2 4");
  CAF_CHECK_EQUAL(x.asked(), "1 settled");
  x.accepted("1 settled");
  CAF_CHECK(x.story.partition(1).where.replicas == ids({2, 4}));
  CAF_CHECK(x.story.partition(1).where.phase == placement_phase::settled);
  CAF_CHECK_EQUAL(x.asked(), "1: 2 4");
  x.reached("1: 2 4");
  x.pass(seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_CHECK(!x.core.due());
}

CAF_TEST(a new leader goes on from every phase) {
  for (auto steps = 0; steps < 3; ++steps) {
    stage x{4, 1, 2, {.balance = false}};
    x.story.commit(moving(x, 1, ids({2, 4})));
    if (steps > 0)
      x.story.commit(map_place{partition_id{1}, x.story.partition(1).where.version, placement_phase::switching, {}});
    if (steps > 1)
      x.story.commit(map_place{partition_id{1}, x.story.partition(1).where.version, placement_phase::settled, {}});
    x.lead();
    CAF_CHECK_EQUAL(x.asked(), steps == 0 ? "1: 1 2 + 4" : "1: 2 4");
  }
}

CAF_TEST(answers to an earlier step change nothing) {
  stage x{4, 1, 2, {.balance = false}};
  x.lead();
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2");
  x.commit(moving(x, 1, ids({2, 4})));
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2 + 4");
  x.reached("1: 1 2");
  CAF_CHECK_EQUAL(x.asked(), "");
  x.reached("1: 1 2 + 4");
  CAF_CHECK_EQUAL(x.asked(), "1 switching");
}

CAF_TEST(a step that is refused is proposed again when the group is still so) {
  stage x{4, 1, 2, {.balance = false}};
  x.story.commit(moving(x, 1, ids({2, 4})));
  x.lead();
  x.asked();
  x.reached("1: 1 2 + 4");
  CAF_CHECK_EQUAL(x.asked(), "1 switching");
  x.refused("1 switching");
  CAF_CHECK_EQUAL(x.asked(), "");
  x.pass(seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2 + 4");
  x.reached("1: 1 2 + 4");
  CAF_CHECK_EQUAL(x.asked(), "1 switching");
}

CAF_TEST(who leaves is replaced at once) {
  stage x{4, 1, 2, {.balance = false}};
  x.lead();
  x.asked();
  x.reached("1: 1 2");
  x.commit(step_of(member_step::leave, 2, true));
  x.pass(seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "1 adding 1 3");
  x.pass(seconds{10});
  CAF_CHECK_EQUAL(x.asked(), ""); // it is waited for
  x.accepted("1 adding 1 3");
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2 + 3");
  x.commit(step_of(member_step::leave, 3, true)); // who comes is lost, too
  x.pass(seconds{1});
  auto more = x.asked();
  if (more.empty()) {
    x.reached("1: 1 2 + 3", 1000);
    x.pass(seconds{1});
    more = x.asked();
  }
  CAF_CHECK_NOT_EQUAL(more.find("1 adding 1 4"), std::string::npos);
}

CAF_TEST(a group is never asked for members who leave) {
  stage x{3, 6, 2, {.balance = false, .moves_max = 1}};
  x.story.commit(step_of(member_step::leave, 2, true));
  x.lead();
  auto text = x.asked();
  CAF_CHECK_NOT_EQUAL(text.find("adding"), std::string::npos);
  for (const auto& each : x.open)
    if (const auto* group = std::get_if<group_request>(&each.what))
      CAF_CHECK(std::ranges::find(group->voters, node_id{2}) == group->voters.end());
}

CAF_TEST(a plan that was refused is made again) {
  stage x{3, 1, 2, {.balance = false}};
  x.lead();
  x.asked();
  x.reached("1: 1 2");
  x.commit(step_of(member_step::leave, 2));
  x.pass(seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "1 adding 1 3");
  x.refused("1 adding 1 3", status::proposal_timeout);
  x.pass(seconds{2});
  auto text = x.asked();
  CAF_CHECK_NOT_EQUAL(text.find("1 adding 1 3"), std::string::npos);
}

CAF_TEST(a partition that follows the roster is placed although a proposal is lost) {
  stage x{3, 1, 0, {.balance = false}};
  x.lead();
  x.commit(map_replication{partition_id{}, 2});
  x.pass(seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "1 adding 1 2");
  x.commit(joining(7)); // another version of the map comes meanwhile
  CAF_CHECK_EQUAL(x.asked(), "");
  x.refused("1 adding 1 2", status::proposal_timeout);
  x.pass(seconds{2});
  x.pass(seconds{2});
  CAF_CHECK_EQUAL(x.asked(), "1 adding 1 2");
  auto lost = x.take("1 adding 1 2");
  x.core.answered(lost.number, control_result{status::success, log_index{9}, {}, {}}); // of another one's log
  x.pass(seconds{2});
  x.pass(seconds{2});
  CAF_CHECK_EQUAL(x.asked(), "1 adding 1 2");
  x.accepted("1 adding 1 2");
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2");
}

CAF_TEST(replicas move for the better only when all has been calm) {
  stage x{3, 3, 1, {.interval = seconds{30}}};
  x.story.commit(moving(x, 2, ids({1})));
  for (auto to : {placement_phase::switching, placement_phase::settled})
    x.story.commit(map_place{partition_id{2}, x.story.partition(2).where.version, to, {}});
  x.lead();
  x.asked();
  x.reached("1: 1");
  x.reached("2: 1");
  x.reached("3: 3");
  x.pass(seconds{29});
  CAF_CHECK_EQUAL(x.asked(), "");
  x.believe(3, liveness::suspect);
  x.pass(seconds{29});
  CAF_CHECK_EQUAL(x.asked(), "");
  x.believe(3, liveness::alive);
  CAF_REQUIRE(x.core.due().has_value());
  x.pass(seconds{29});
  CAF_CHECK_EQUAL(x.asked(), "");
  x.pass(seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "1 adding 2");
}

CAF_TEST(a partition that is removed is let go) {
  stage x{3, 2, 2, {.balance = false}};
  x.lead();
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2, 2: 1 3");
  x.story.finish(x.story.remove(1));
  x.show();
  x.reached("1: 1 2");
  x.reached("2: 1 3");
  x.pass(seconds{10});
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_CHECK(!x.core.due());
}
