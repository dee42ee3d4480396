/// How groups are brought to what the roster says, step by step.
#define CAF_SUITE membership_core
#include "tests/coordinator/membership_stage.hpp"

using namespace kommander;
using namespace kommander::test;

namespace {

using stage = membership_stage;
using step = member_step;

/// A cluster at rest, in which node 4 joins.
stage joined(std::uint64_t partitions = 3, membership_options options = {}) {
  stage x{partitions, 3, options};
  x.lead();
  x.grant_all();
  CAF_REQUIRE(!x.core.is_busy());
  x.commit(joining(4));
  return x;
}

std::string progress_of(const stage& x) {
  std::string result;
  for (const auto& y : x.core.progress())
    result += (result.empty() ? "" : ", ") + to_string(y.node) + " " + std::to_string(y.caught_up) + "/"
              + std::to_string(y.partitions);
  return result;
}

} // namespace

// -- groups ---------------------------------------------------------------------------------------------------------

CAF_TEST(a new leader asks every group once and partition 0 first) {
  stage x{3};
  x.show();
  CAF_CHECK_EQUAL(x.asked(), ""); // it does not lead
  CAF_CHECK(!x.core.is_busy());
  x.lead();
  CAF_CHECK(x.core.is_busy());
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2 3");
  x.pass(seconds{10});
  CAF_CHECK_EQUAL(x.asked(), "");
  x.grant("0");
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2 3, 2: 1 2 3, 3: 1 2 3");
  x.grant("2");
  x.grant("1");
  CAF_CHECK(x.core.is_busy());
  x.grant("3");
  CAF_CHECK(!x.core.is_busy());
  x.pass(seconds{100});
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_CHECK_EQUAL(progress_of(x), "");
}

CAF_TEST(nothing is asked before there is a roster) {
  stage x{1};
  x.core.leads(raft_term{1});
  x.core.map(nullptr);
  x.core.map(std::make_shared<const partition_map>());
  x.pass(seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_CHECK(!x.core.is_busy());
  x.show();
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2 3");
}

CAF_TEST(a group that does not answer with success is asked again later and later) {
  stage x{1};
  x.lead();
  x.grant_all();
  x.commit(joining(4));
  x.asked();
  for (auto wait : {50, 100, 200, 400, 800, 1000, 1000}) {
    x.refuse("0");
    x.pass(milliseconds{wait - 1});
    CAF_CHECK_EQUAL(x.asked(), "");
    x.pass(milliseconds{1});
    CAF_CHECK_EQUAL(x.asked(), "0: 1 2 3 + 4");
  }
  x.grant("0");
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2 3 + 4");
  x.refuse("1", status::proposal_timeout);
  x.pass(milliseconds{50}); // each group counts for itself
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2 3 + 4");
}

CAF_TEST(an answer that does not say what was asked for is none) {
  stage x{1};
  x.lead();
  x.asked();
  group_report good{status::success, node_id{1}, {}, true, ids({1, 2, 3}), {}, {}};
  auto joint = good, other = good, learns = good;
  joint.settled = false;
  other.voters = ids({1, 2});
  learns.learners = ids({4});
  for (const auto& wrong : {joint, other, learns}) {
    x.core.answered(x.take("0").number, wrong);
    CAF_CHECK_EQUAL(x.asked(), "");
    x.pass(seconds{1});
    CAF_CHECK_EQUAL(x.asked(), "0: 1 2 3");
  }
  x.core.answered(x.take("0").number, control_result{status::success, {}, {}, {}});
  x.pass(seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2 3");
  x.core.answered(x.take("0").number, good);
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2 3");
  x.core.answered(77, group_report{}); // nobody knows of it
}

CAF_TEST(a partition that is created is asked and one that is removed is not ) {
  stage x{2};
  x.lead();
  x.grant_all();
  x.commit(map_create{});
  CAF_CHECK_EQUAL(x.asked(), "3: 1 2 3");
  CAF_CHECK(x.core.is_busy());
  x.story.finish(x.story.remove(3));
  x.show();
  CAF_CHECK(!x.core.is_busy());
  x.pass(seconds{5});
  CAF_CHECK_EQUAL(x.asked(), "");
  x.grant("3"); // late
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_CHECK_EQUAL(x.core.requests_under_way(), 0u);
}

CAF_TEST(a group is asked for the new goal when it has answered about the old one) {
  auto x = joined(1);
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2 3 + 4");
  x.commit(joining(5));
  CAF_CHECK_EQUAL(x.asked(), ""); // one request a group
  x.grant("0");
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2 3 + 4 5");
  x.commit(joining(5, "rack 1")); // the groups do not change
  x.grant("0");
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2 3 + 4 5");
}

CAF_TEST(goals say which roster they are of) {
  auto x = joined(1);
  auto version_of = [&](const std::string& what) { return std::get<group_request>(x.take(what).what).version; };
  x.asked();
  CAF_CHECK(version_of("0") == roster_version{2});
  stage leaving{1};
  leaving.commit(step_of(step::leave, 3));
  leaving.lead();
  leaving.asked();
  leaving.grant("look");
  leaving.asked();
  leaving.grant("1");
  leaving.asked();
  CAF_CHECK(std::get<group_request>(leaving.take("0").what).version == roster_version{2});
}

// -- who comes ------------------------------------------------------------------------------------------------------

CAF_TEST(a node joins) {
  auto x = joined();
  CAF_CHECK_EQUAL(progress_of(x), "4 0/4");
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2 3 + 4");
  x.grant("0");
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2 3 + 4, 2: 1 2 3 + 4, 3: 1 2 3 + 4");
  x.lag[{node_id{4}, partition_id{2}}] = 1000;
  x.grant_all();
  CAF_CHECK_EQUAL(progress_of(x), "4 3/4");
  CAF_CHECK_EQUAL(x.run(seconds{60}), ""); // far behind somewhere
  x.lag[{node_id{4}, partition_id{2}}] = 11;
  CAF_CHECK_EQUAL(x.run(seconds{60}), "");
  x.lag[{node_id{4}, partition_id{2}}] = 10;
  CAF_CHECK_EQUAL(x.run(milliseconds{2900}), ""); // not for long enough
  CAF_CHECK_EQUAL(progress_of(x), "4 4/4");
  CAF_CHECK_EQUAL(x.run(milliseconds{600}), "promote 4");
  CAF_CHECK_EQUAL(x.roster(), "v3: 1 voter, 2 voter, 3 voter, 4 voter");
  for (const auto& [id, group] : x.groups)
    CAF_CHECK(group.voters == ids({1, 2, 3, 4}) && group.learners.empty());
  CAF_CHECK(!x.core.is_busy());
  CAF_CHECK_EQUAL(progress_of(x), "");
}

CAF_TEST(whom a leader has not heard of is not close) {
  auto x = joined();
  x.unknown.insert({node_id{4}, partition_id{3}});
  CAF_CHECK_EQUAL(x.run(seconds{60}), "");
  CAF_CHECK_EQUAL(progress_of(x), "4 3/4");
  x.unknown.clear();
  CAF_CHECK_EQUAL(x.run(seconds{4}), "promote 4");
}

CAF_TEST(who falls back begins anew) {
  auto x = joined();
  CAF_CHECK_EQUAL(x.run(milliseconds{2900}), "");
  x.lag[{node_id{4}, partition_id{1}}] = 11;
  CAF_CHECK_EQUAL(x.run(milliseconds{300}), "");
  x.lag.clear();
  CAF_CHECK_EQUAL(x.run(milliseconds{2800}), "");
  CAF_CHECK_EQUAL(x.run(milliseconds{700}), "promote 4");
}

CAF_TEST(a group that does not answer begins it anew too) {
  auto x = joined();
  x.run(milliseconds{2500});
  x.pass(milliseconds{250});
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2 3 + 4, 1: 1 2 3 + 4, 2: 1 2 3 + 4, 3: 1 2 3 + 4");
  x.refuse("2");
  CAF_CHECK_EQUAL(progress_of(x), "4 3/4");
  x.grant_all();
  CAF_CHECK_EQUAL(x.run(milliseconds{2900}), "");
  CAF_CHECK_EQUAL(x.run(milliseconds{600}), "promote 4");
}

CAF_TEST(nobody is promoted before each group has said again that it is close) {
  auto x = joined(1);
  x.grant_all();
  x.pass(seconds{3}); // the polls are late
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2 3 + 4, 1: 1 2 3 + 4");
  x.grant("0");
  CAF_CHECK_EQUAL(x.asked(), "");
  x.grant("1");
  CAF_CHECK_EQUAL(x.asked(), "promote 4");
}

CAF_TEST(a partition that is created meanwhile is waited for) {
  auto x = joined();
  x.run(milliseconds{2900});
  x.lag[{node_id{4}, partition_id{4}}] = 50;
  x.commit(map_create{});
  CAF_CHECK_EQUAL(x.run(seconds{10}), "");
  CAF_CHECK_EQUAL(progress_of(x), "4 4/5");
  x.story.finish(x.story.remove(4));
  x.show();
  CAF_CHECK_EQUAL(progress_of(x), "4 4/4");
  CAF_CHECK_EQUAL(x.run(milliseconds{3500}), "promote 4");
}

CAF_TEST(two nodes join at once and each has its own window) {
  auto x = joined();
  x.commit(joining(5));
  x.lag[{node_id{5}, partition_id{1}}] = 100;
  CAF_CHECK_EQUAL(x.run(milliseconds{3600}), "promote 4");
  CAF_CHECK_EQUAL(x.run(milliseconds{3600}), "");
  x.lag.clear();
  CAF_CHECK_EQUAL(x.run(milliseconds{3600}), "promote 5");
  auto y = joined();
  y.commit(joining(5));
  CAF_CHECK_EQUAL(y.run(milliseconds{3600}), "promote 4, promote 5");
  CAF_CHECK_EQUAL(y.roster(), "v5: 1 voter, 2 voter, 3 voter, 4 voter, 5 voter");
  for (const auto& [id, group] : y.groups)
    CAF_CHECK(group.voters == ids({1, 2, 3, 4, 5}) && group.learners.empty());
}

CAF_TEST(who is suspected is not promoted) {
  auto x = joined();
  x.believe(4, liveness::suspect);
  CAF_CHECK_EQUAL(x.run(seconds{10}), "");
  x.believe(4, liveness::alive);
  CAF_CHECK_EQUAL(x.run(milliseconds{50}), "promote 4");
}

CAF_TEST(a promotion that is refused is tried again later) {
  auto x = joined(1);
  x.grant_all();
  x.pass(seconds{3});
  x.asked();
  x.grant("0");
  x.grant("1");
  CAF_CHECK_EQUAL(x.asked(), "promote 4");
  x.refuse("promote", status::proposal_timeout);
  CAF_CHECK_EQUAL(x.asked(), "");
  x.pass(milliseconds{50});
  CAF_CHECK_EQUAL(x.asked(), "promote 4");
  auto taken = x.take("promote");
  x.core.answered(taken.number, control_result{status::success, log_index{9}, {}, {}});
  x.pass(milliseconds{200});
  CAF_CHECK(x.asked().find("promote") == std::string::npos); // the map will say
  CAF_CHECK_EQUAL(x.run(seconds{2}), "promote 4");           // or not
}

CAF_TEST(who stays after all becomes a learner and catches up) {
  stage x{2};
  x.lead();
  x.grant_all();
  x.commit(step_of(step::leave, 3));
  x.asked();
  x.grant("look");
  x.asked();
  x.grant("1");
  x.commit(step_of(step::stay, 3));
  CAF_CHECK_EQUAL(x.run(seconds{4}), "promote 3");
  for (const auto& [id, group] : x.groups)
    CAF_CHECK(group.voters == ids({1, 2, 3}) && group.learners.empty());
}

// -- who goes -------------------------------------------------------------------------------------------------------

CAF_TEST(a node leaves all groups and partition 0 last and then the roster) {
  stage x{2};
  x.lead();
  x.grant_all();
  x.commit(step_of(step::leave, 3));
  CAF_CHECK_EQUAL(x.asked(), "look 0");
  x.grant("look");
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2, 2: 1 2"); // partition 0 has who comes: nobody
  x.grant("1");
  CAF_CHECK_EQUAL(x.asked(), "");
  x.grant("2");
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2");
  x.refuse("0");
  x.pass(milliseconds{50});
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2");
  x.grant("0");
  CAF_CHECK_EQUAL(x.asked(), "remove 3");
  CAF_CHECK(x.core.is_busy());
  x.grant("remove");
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_CHECK_EQUAL(x.roster(), "v3: 1 voter, 2 voter");
  CAF_CHECK(!x.core.is_busy());
}

CAF_TEST(the node that leads partition 0 can leave) {
  stage x{2};
  x.lead();
  x.grant_all();
  x.commit(step_of(step::leave, 1));
  CAF_CHECK_EQUAL(x.asked(), "look 0");
  x.grant("look");
  x.asked();
  x.grant("1");
  x.grant("2");
  CAF_CHECK_EQUAL(x.asked(), "0: 2 3");
  x.groups[partition_id{0}] = {ids({2, 3}), {}};
  x.core.leads(std::nullopt); // it has left partition 0
  CAF_CHECK(!x.core.is_busy());
  stage next{2}; // node 2, but for the name
  next.story = x.story;
  next.groups = x.groups;
  next.lead(2);
  CAF_CHECK_EQUAL(next.grant_all(), "look 0, 1: 2 3, 2: 2 3, 0: 2 3, remove 1");
  CAF_CHECK_EQUAL(next.roster(), "v3: 2 voter, 3 voter");
}

CAF_TEST(who comes is taken in before who goes is let go) {
  auto x = joined(1);
  x.commit(step_of(step::leave, 3));
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2 3 + 4"); // from before
  x.grant("0");
  CAF_CHECK_EQUAL(x.asked(), "look 0");
  x.groups[partition_id{0}].learners.clear(); // that of another leader came in between
  x.grant("look");
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2 3 + 4");
  x.refuse("0");
  x.pass(milliseconds{50});
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2 3 + 4");
  x.grant("0");
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2 + 4");
  x.grant("1");
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2 + 4");
  x.grant("0");
  CAF_CHECK_EQUAL(x.asked(), "remove 3");
  x.grant("remove");
  CAF_CHECK_EQUAL(x.run(seconds{4}), "promote 4");
  CAF_CHECK_EQUAL(x.roster(), "v5: 1 voter, 2 voter, 4 voter");
}

CAF_TEST(partition 0 does not take back whom it has let go when a partition is created) {
  stage x{1};
  x.lead();
  x.grant_all();
  x.commit(step_of(step::leave, 3));
  x.asked();
  x.grant("look");
  x.asked();
  x.grant("1");
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2");
  x.commit(map_create{});
  x.refuse("0");
  x.pass(milliseconds{50});
  CAF_CHECK_EQUAL(x.grant_all(), "2: 1 2, 0: 1 2, remove 3");
}

CAF_TEST(partition 0 is not asked to go back when another leader has brought it further) {
  auto x = joined(1);
  x.commit(step_of(step::leave, 3));
  x.asked();
  x.grant("0");
  x.asked();
  x.groups[partition_id{0}] = {ids({1, 2, 3}), {}};
  x.grant("look");
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2 3 + 4");
  x.refuse("0", status::stale_membership);
  x.pass(milliseconds{50});
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2 + 4");
  x.grant("0");
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2 + 4");
  x.grant("1");
  CAF_CHECK_EQUAL(x.asked(), "remove 3");
}

CAF_TEST(nobody is removed from another roster than partition 0 has followed) {
  stage x{1};
  x.lead();
  x.grant_all();
  x.commit(step_of(step::leave, 3));
  x.asked();
  x.grant("look");
  x.asked();
  x.grant("1");
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2");
  x.commit(joining(2, "rack 1")); // the groups do not change
  x.grant("0");
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2");
  x.grant("0");
  CAF_CHECK_EQUAL(x.asked(), "remove 3");
  x.commit(joining(2, "rack 2"));
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2");
  x.refuse("remove", status::stale_membership);
  x.grant("0");
  CAF_CHECK_EQUAL(x.asked(), "remove 3");
  x.grant("remove");
  CAF_CHECK(!x.core.is_busy());
}

CAF_TEST(two leave and are removed one after the other) {
  stage x{2, 5};
  x.lead();
  x.grant_all();
  x.commit(step_of(step::leave, 4));
  x.commit(step_of(step::leave, 5));
  x.grant_all();
  CAF_CHECK_EQUAL(x.roster(), "v5: 1 voter, 2 voter, 3 voter");
  for (const auto& [id, group] : x.groups)
    CAF_CHECK(group.voters == ids({1, 2, 3}));
}

CAF_TEST(a learner that leaves is taken out and not promoted) {
  auto x = joined();
  x.run(seconds{2});
  x.commit(step_of(step::leave, 4));
  CAF_CHECK_EQUAL(progress_of(x), "");
  CAF_CHECK_EQUAL(x.run(seconds{10}), "remove 4");
  for (const auto& [id, group] : x.groups)
    CAF_CHECK(group.voters == ids({1, 2, 3}) && group.learners.empty());
}

CAF_TEST(a cluster without partitions but partition 0 lets members go) {
  stage x{1};
  x.story.finish(x.story.remove(1));
  x.lead();
  x.grant_all();
  x.commit(step_of(step::leave, 2));
  CAF_CHECK_EQUAL(x.grant_all(), "look 0, 0: 1 3, remove 2");
}

// -- leaders --------------------------------------------------------------------------------------------------------

CAF_TEST(who leads no more forgets everything and what was lost goes on with the next leader) {
  auto x = joined();
  x.asked();
  x.grant("0");
  x.asked(); // the answers are lost
  x.pass(seconds{100});
  CAF_CHECK_EQUAL(x.asked(), "0: 1 2 3 + 4");
  x.pass(seconds{100});
  CAF_CHECK_EQUAL(x.asked(), "");
  auto lost = x.open;
  x.open.clear();
  x.core.leads(std::nullopt);
  CAF_CHECK_EQUAL(x.core.requests_under_way(), 0u);
  CAF_CHECK_EQUAL(progress_of(x), "");
  for (const auto& y : lost)
    x.core.answered(y.number, group_report{status::success, node_id{1}, {}, true, ids({1, 2, 3}), ids({4}), {}});
  x.pass(seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "");
  x.lead(2);
  CAF_CHECK_EQUAL(x.run(milliseconds{2900}), "");
  CAF_CHECK_EQUAL(x.run(milliseconds{600}), "promote 4");
}

CAF_TEST(the window of a learner begins anew with a new leader) {
  auto x = joined();
  x.run(milliseconds{2900});
  x.lead(2);
  CAF_CHECK_EQUAL(x.run(milliseconds{2900}), "");
  CAF_CHECK_EQUAL(x.run(milliseconds{600}), "promote 4");
}

// -- bounds ---------------------------------------------------------------------------------------------------------

CAF_TEST(requests under way are bounded) {
  membership_options options;
  options.requests_max = 3;
  stage x{9, 3, options};
  x.lead();
  x.asked();
  x.grant("0");
  CAF_CHECK_EQUAL(x.asked(), "1: 1 2 3, 2: 1 2 3, 3: 1 2 3");
  x.grant("2");
  CAF_CHECK_EQUAL(x.asked(), "4: 1 2 3");
  CAF_CHECK_EQUAL(x.core.requests_under_way(), 3u);
  x.grant_all();
  CAF_CHECK(!x.core.is_busy());
}

CAF_TEST(ten thousand partitions are asked in turn) {
  constexpr std::uint64_t partitions = 10'000;
  stage x{partitions};
  std::size_t most = 0, asked = 0;
  auto settle = [&] {
    for (asked = 0; x.core.is_busy() && asked < 10 * partitions;) {
      x.asked();
      most = std::max(most, x.core.requests_under_way());
      CAF_REQUIRE(!x.open.empty());
      ++asked;
      x.grant(describe(x.open.front().what));
    }
  };
  x.lead();
  settle();
  CAF_CHECK_EQUAL(asked, partitions + 1);
  CAF_CHECK_EQUAL(most, 64u);
  x.pass(seconds{100});
  CAF_CHECK_EQUAL(x.asked(), "");
  x.commit(joining(4));
  x.sent = 0;
  auto begun = x.now;
  std::string changes;
  while (changes.empty() && x.now < begun + seconds{60})
    changes = x.run(milliseconds{50});
  CAF_CHECK_EQUAL(changes, "promote 4");
  auto waited = std::chrono::duration_cast<milliseconds>(x.now - begun);
  CAF_MESSAGE(x.sent << " requests in " << waited.count() << " ms until the promotion, with it carried out");
  auto bound = 3 * partitions + 64 * static_cast<std::size_t>(waited / milliseconds{50});
  CAF_CHECK(x.sent < bound); // the goals, and 64 questions each 50 ms
  CAF_CHECK(!x.core.is_busy());
  x.commit(step_of(step::leave, 2));
  CAF_CHECK_EQUAL(x.run(seconds{1}), "remove 2");
}
