/// Who is evicted, and who is not.
#define CAF_SUITE membership_core
#include "tests/coordinator/membership_stage.hpp"

#include "actors/coordinator/eviction.hpp"

using namespace kommander;
using namespace kommander::test;

namespace {

using stage = membership_stage;
using step = member_step;
constexpr auto grace = seconds{120};

/// Node 1 leads five voters, all of them alive.
stage five() {
  stage x{2, 5};
  x.lead();
  x.grant_all();
  x.show_liveness();
  return x;
}

} // namespace

CAF_TEST(who has been dead for the grace is evicted) {
  auto x = five();
  CAF_CHECK(!x.core.is_busy());
  x.believe(3, liveness::suspect);
  CAF_CHECK(x.core.is_busy());
  CAF_CHECK_EQUAL(x.run(seconds{300}, seconds{1}), ""); // still doubted only
  x.believe(3, liveness::dead);
  CAF_CHECK_EQUAL(x.run(grace - seconds{1}, seconds{1}), "");
  x.pass(seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "evict 3");
  x.grant("evict");
  CAF_CHECK_EQUAL(x.roster(), "v2: 1 voter, 2 voter, 3 leaving evicted, 4 voter, 5 voter");
  CAF_CHECK_EQUAL(x.run(seconds{1}), "remove 3");
  for (const auto& [id, group] : x.groups)
    CAF_CHECK(group.voters == ids({1, 2, 4, 5}));
  x.show_liveness();
  CAF_CHECK(!x.core.is_busy());
}

CAF_TEST(a learner that is dead is evicted too) {
  auto x = five();
  x.commit(joining(6));
  x.grant_all();
  x.unknown.insert({node_id{6}, partition_id{1}});
  x.believe(6, liveness::dead);
  CAF_CHECK_EQUAL(x.run(grace + seconds{1}, seconds{1}), "evict 6, remove 6");
  for (const auto& [id, group] : x.groups)
    CAF_CHECK(group.voters == ids({1, 2, 3, 4, 5}) && group.learners.empty());
}

CAF_TEST(who is to be evicted is asked once more and evicted if it does not answer in time) {
  auto x = five();
  x.shows_probes = true;
  x.believe(3, liveness::dead);
  x.pass(grace);
  CAF_CHECK_EQUAL(x.asked(), "probe");
  CAF_CHECK(x.open.front().of == node_id{3});
  x.pass(seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "");
  x.pass(seconds{1}); // the time-out
  CAF_CHECK_EQUAL(x.asked(), "evict 3");
  x.core.answered(x.take("probe").number,
                  load_report{status::success, node_id{3}, {}, false, {}}); // nobody waits for it
  x.grant("evict");
  CAF_CHECK_EQUAL(x.roster(), "v2: 1 voter, 2 voter, 3 leaving evicted, 4 voter, 5 voter");
}

CAF_TEST(an answer of its own spares who was to be evicted for another grace) {
  auto x = five();
  x.shows_probes = true;
  x.believe(3, liveness::dead);
  x.pass(grace);
  CAF_CHECK_EQUAL(x.asked(), "probe");
  x.core.answered(x.take("probe").number, load_report{status::unauthorized, node_id{3}, "who are you", false, {}});
  x.pass(grace - seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "");
  x.pass(seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "probe");
  x.core.answered(x.take("probe").number, load_report{status::errored, {}, "no link", false, {}});
  CAF_CHECK_EQUAL(x.asked(), "evict 3");
}

CAF_TEST(who answers does not keep others who are dead) {
  auto x = five();
  x.shows_probes = true;
  x.believe(3, liveness::dead);
  x.pass(seconds{1});
  x.believe(4, liveness::dead);
  x.pass(grace);
  CAF_CHECK_EQUAL(x.asked(), "probe");
  CAF_CHECK(x.open.front().of == node_id{3});
  x.core.answered(x.take("probe").number, load_report{status::success, node_id{3}, {}, false, {}});
  CAF_CHECK_EQUAL(x.asked(), "probe");
  CAF_CHECK(x.open.front().of == node_id{4});
  x.core.answered(x.take("probe").number, load_report{status::proposal_timeout, {}, {}, false, {}});
  CAF_CHECK_EQUAL(x.asked(), "evict 4");
}

CAF_TEST(a last question that was not sent is asked again and one about who has returned is forgotten) {
  auto x = five();
  x.shows_probes = true;
  x.believe(3, liveness::dead);
  x.pass(grace);
  CAF_CHECK_EQUAL(x.asked(), "probe");
  x.core.answered(x.take("probe").number, load_report{status::proposal_queue_full, {}, {}, false, {}});
  CAF_CHECK_EQUAL(x.asked(), "probe");
  x.believe(3, liveness::alive);
  CAF_CHECK_EQUAL(x.core.requests_under_way(), 0u);
  x.core.answered(x.take("probe").number, load_report{status::proposal_timeout, {}, {}, false, {}});
  x.believe(3, liveness::dead);
  x.pass(grace - seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "");
  x.pass(seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "probe"); // what was not answered before does not count any more
}

CAF_TEST(who returns in time is spared) {
  auto x = five();
  x.believe(3, liveness::dead);
  x.run(grace - seconds{1}, seconds{1});
  x.believe(3, liveness::alive);
  CAF_CHECK_EQUAL(x.run(grace, seconds{1}), "");
  x.believe(3, liveness::dead);
  CAF_CHECK_EQUAL(x.run(grace - seconds{1}, seconds{1}), ""); // the whole of the grace
  x.pass(seconds{1});
  x.believe(3, liveness::alive); // before the request was taken
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_CHECK_EQUAL(x.core.requests_under_way(), 0u);
  x.believe(3, liveness::dead);
  x.pass(grace);
  CAF_CHECK_EQUAL(x.asked(), "evict 3");
  x.believe(3, liveness::alive);
  x.refuse("evict", status::proposal_timeout); // nobody waits for it any more
  CAF_CHECK_EQUAL(x.run(grace, seconds{1}), "");
}

CAF_TEST(one is evicted at a time and who has been dead longest first) {
  auto x = five();
  x.believe(4, liveness::dead);
  x.run(seconds{1});
  x.believe(3, liveness::dead);
  x.pass(grace);
  CAF_CHECK_EQUAL(x.asked(), "evict 4");
  x.grant("evict");
  CAF_CHECK_EQUAL(x.asked(), "look 0");
  x.pass(seconds{100});
  CAF_CHECK_EQUAL(x.asked(), ""); // 4 has not left yet
  CAF_CHECK_EQUAL(x.run(seconds{1}), "remove 4, evict 3, remove 3");
  CAF_CHECK_EQUAL(x.roster(), "v5: 1 voter, 2 voter, 5 voter");
}

CAF_TEST(nobody is evicted unless a majority of those that are left is alive) {
  auto x = five();
  for (std::uint64_t id : {3u, 4u, 5u})
    x.believe(id, liveness::dead);
  CAF_CHECK_EQUAL(x.run(grace * 2, seconds{1}), ""); // two of four
  x.believe(5, liveness::suspect);
  CAF_CHECK_EQUAL(x.run(seconds{2}, seconds{1}), "");
  x.believe(5, liveness::alive);
  CAF_CHECK_EQUAL(x.run(seconds{2}, seconds{1}), "evict 3, remove 3, evict 4, remove 4");
  stage two{1, 2};
  two.lead();
  two.grant_all();
  two.believe(2, liveness::dead);
  CAF_CHECK_EQUAL(two.run(grace, seconds{1}), "evict 2, remove 2"); // one of one
}

CAF_TEST(a new leader gives everybody the whole of the grace) {
  auto x = five();
  x.believe(3, liveness::dead);
  x.run(grace - seconds{1}, seconds{1});
  x.lead(2);
  CAF_CHECK_EQUAL(x.run(grace - seconds{1}, seconds{1}), "");
  CAF_CHECK_EQUAL(x.run(seconds{2}, seconds{1}), "evict 3, remove 3");
}

CAF_TEST(nobody is evicted by who does not lead or where nobody is to be) {
  auto x = five();
  x.believe(3, liveness::dead);
  x.core.leads(std::nullopt);
  CAF_CHECK_EQUAL(x.run(grace * 2, seconds{1}), "");
  CAF_CHECK(!x.core.is_busy());
  membership_options options;
  options.eviction_grace = {};
  stage never{1, 3, options};
  never.lead();
  never.grant_all();
  never.believe(3, liveness::dead);
  CAF_CHECK_EQUAL(never.run(grace * 10, seconds{10}), "");
  CAF_CHECK(!never.core.is_busy());
}

CAF_TEST(who leaves by its own wish is not evicted) {
  auto x = five();
  x.commit(step_of(step::leave, 3));
  x.believe(3, liveness::dead);
  CAF_CHECK_EQUAL(x.run(grace * 2, seconds{1}), "remove 3");
}

CAF_TEST(an eviction that is refused is tried again) {
  auto x = five();
  x.believe(3, liveness::dead);
  x.pass(grace);
  CAF_CHECK_EQUAL(x.asked(), "evict 3");
  x.refuse("evict", status::stale_membership);
  CAF_CHECK_EQUAL(x.asked(), "");
  x.pass(milliseconds{50});
  CAF_CHECK_EQUAL(x.asked(), "evict 3");
  x.commit(joining(2, "rack 9")); // the roster is another one: what was asked for cannot happen any more
  CAF_CHECK_EQUAL(x.asked(), "evict 3");
  CAF_CHECK_EQUAL(x.story.word(*decode_map_command(std::get<control_proposal>(x.take("evict").what).payload)),
                  "stale_membership");
  x.grant("evict");
  CAF_CHECK_EQUAL(x.roster(), "v3: 1 voter, 2 voter, 3 leaving evicted, 4 voter, 5 voter");
}

// -- the rule -------------------------------------------------------------------------------------------------------

CAF_TEST(each roster and each belief has its outcome) {
  struct row {
    std::string roles;  ///< Of nodes 1, 2, …: voter, learner, leaving, evicted.
    std::string states; ///< Of the same: alive, suspect, dead, unknown.
    std::uint64_t evicted;
  };
  const std::vector<row> table{
    {"vvv", "aaa", 0}, {"vvv", "aad", 3},   {"vvv", "ada", 2},   {"vvv", "add", 0},     {"vvv", "asd", 0},
    {"vvv", "aud", 0}, {"vv", "ad", 2},     {"v", "a", 0},       {"vvl", "aad", 3},     {"vll", "add", 2},
    {"vvl", "add", 2}, {"vvvv", "aaad", 4}, {"vvvv", "aadd", 3}, {"vvvvv", "aaadd", 4}, {"vvvvv", "aaddd", 0},
    {"vvo", "aad", 0}, {"vvve", "aadd", 0}, {"vvvo", "aadd", 3}, {"lvv", "aad", 3},     {"lvvv", "aaad", 4},
    {"vvv", "daa", 0},
  };
  for (const auto& [roles, states, evicted] : table) {
    cluster_roster roster{roster_version{1}, first_members(roles.size())};
    liveness_view view;
    for (std::size_t i = 0; i < roles.size(); ++i) {
      auto& x = roster.members[i];
      x.role = roles[i] == 'v' ? member_role::voter : roles[i] == 'l' ? member_role::learner : member_role::leaving;
      x.evicted = roles[i] == 'e';
      auto state = states[i] == 'a' ? liveness::alive : states[i] == 's' ? liveness::suspect : liveness::dead;
      if (states[i] != 'u')
        view.nodes.push_back({x.id, state, 0, seconds{10}});
    }
    auto found = whom_to_evict(roster, view, {node_id{1}, seconds{5}, seconds{0}}, seconds{15});
    CAF_CHECK_EQUAL(roles + " " + states + " " + std::to_string(found ? found->value() : 0),
                    roles + " " + states + " " + std::to_string(evicted));
    CAF_CHECK(!whom_to_evict(roster, view, {node_id{1}, seconds{5}, seconds{0}}, seconds{14}));
    CAF_CHECK(!whom_to_evict(roster, view, {node_id{1}, seconds{5}, seconds{11}}, seconds{15}));
    CAF_CHECK(!whom_to_evict(roster, view, {node_id{1}, seconds{0}, seconds{0}}, seconds{15}));
  }
}
