/// Who belongs to the cluster, step by step.
#define CAF_SUITE map_state
#include "tests/coordinator/map_story.hpp"

#include <functional>

#include "actors/coordinator/roster_encoding.hpp"
#include "actors/coordinator/roster_steps.hpp"

using namespace kommander;
using namespace kommander::test;

namespace {

using step = member_step;

/// Voters 1, 2 and 3, learner 4, and 5, who wanted to leave, and 6, who is evicted.
map_story six() {
  map_story x{1};
  for (std::uint64_t id : {4u, 5u, 6u})
    x.commit(joining(id));
  x.commit(step_of(step::leave, 5));
  x.commit(step_of(step::leave, 6, true));
  return x;
}

const cluster_roster& roster(const map_story& x) {
  return x.state.map().roster;
}

std::size_t encoded_size(const cluster_roster& x) {
  std::string text;
  byte_writer out{text};
  put(out, x);
  return text.size();
}

constexpr const char* the_six = "v6: 1 voter, 2 voter, 3 voter, 4 learner, 5 leaving, 6 leaving evicted";

} // namespace

CAF_TEST(the first members all vote) {
  map_story x{2, 3};
  CAF_CHECK_EQUAL(text_of(roster(x)), "v1: 1 voter, 2 voter, 3 voter");
  CAF_CHECK(roster(x).find(node_id{2})->address == address_of(2));
  CAF_CHECK(roster(x).find(node_id{2})->joined == roster_version{1});
  CAF_CHECK(roster(x).find(node_id{4}) == nullptr && roster(x).find(node_id{}) == nullptr);
  CAF_CHECK(roster(x).in_role(member_role::voter) == ids({1, 2, 3}));
  CAF_CHECK(roster(x).in_role(member_role::learner).empty());
  CAF_CHECK(x.partition(2).born_voters == ids({1, 2, 3}));
}

CAF_TEST(what is said of first members beside who and where does not count) {
  auto members = first_members(2);
  members[1].role = member_role::leaving;
  members[1].joined = roster_version{9};
  members[1].evicted = true;
  map_story x;
  x.commit(map_initialize{1, members});
  CAF_CHECK(roster(x) == roster(map_story{1, 2}));
}

CAF_TEST(a cluster does not begin with members that there cannot be) {
  struct row {
    std::function<void(std::vector<member_info>&)> spoil;
    std::string reason;
  };
  const std::vector<row> table{
    {[](auto& x) { x.clear(); }, "a cluster begins with 1 to 64 members, not with 0"},
    {[](auto& x) { x = first_members(65); }, "a cluster begins with 1 to 64 members, not with 65"},
    {[](auto& x) { x[0].id = {}; }, "node 0 comes behind node 0; the first members ascend by id, from 1"},
    {[](auto& x) { std::swap(x[0], x[1]); }, "node 1 comes behind node 2; the first members ascend by id, from 1"},
    {[](auto& x) { x[1].id = x[0].id; }, "node 1 comes behind node 1; the first members ascend by id, from 1"},
    {[](auto& x) { x[2].address.host.clear(); },
     "node 3 cannot be a first member: its host has 0 bytes, but must have 1 to 255"},
    {[](auto& x) { x[2].address.host = std::string(256, 'h'); },
     "node 3 cannot be a first member: its host has 256 bytes, but must have 1 to 255"},
    {[](auto& x) { x[0].zone = std::string(65, 'z'); },
     "node 1 cannot be a first member: its zone has 65 bytes, but may have at most 64"},
  };
  for (const auto& [spoil, reason] : table) {
    auto members = first_members(3);
    spoil(members);
    map_story x;
    CAF_CHECK_EQUAL(x.word(map_initialize{1, members}), "invalid_argument");
    CAF_CHECK_EQUAL(x.last.reason, reason);
    CAF_CHECK_EQUAL(x.word(map_initialize{1, first_members(64)}), "changed");
  }
}

CAF_TEST(nobody joins before there is a cluster) {
  map_story x;
  for (auto what : {step::join, step::promote, step::leave, step::stay, step::remove}) {
    auto change = joining(1);
    change.what = what;
    CAF_CHECK_EQUAL(x.word(change), "restore_in_progress");
  }
}

CAF_TEST(every step of every role has its outcome) {
  struct row {
    member_change what;
    std::string word;
    std::string then; ///< The roster, or the reason.
  };
  const std::vector<row> table{
    {joining_with(2, 0), "success", ""},
    {joining(4), "success", ""},
    {joining(5), "concurrent_membership_change",
     "node 5 is leaving in roster version 6; it may join again when it has left"},
    {joining(6), "concurrent_membership_change",
     "node 6 is leaving in roster version 6; it may join again when it has left"},
    {joining(9), "changed", "v7: 1 voter, 2 voter, 3 voter, 4 learner, 5 leaving, 6 leaving evicted, 9 learner"},
    {step_of(step::promote, 2), "success", ""},
    {step_of(step::promote, 4), "changed", "v7: 1 voter, 2 voter, 3 voter, 4 voter, 5 leaving, 6 leaving evicted"},
    {step_of(step::promote, 5), "concurrent_membership_change",
     "node 5 is leaving in roster version 6; it does not become a voter"},
    {step_of(step::promote, 9), "member_not_found", "node 9 is no member of roster version 6"},
    {step_of(step::leave, 2), "changed", "v7: 1 voter, 2 leaving, 3 voter, 4 learner, 5 leaving, 6 leaving evicted"},
    {step_of(step::leave, 2, true), "changed",
     "v7: 1 voter, 2 leaving evicted, 3 voter, 4 learner, 5 leaving, 6 leaving evicted"},
    {step_of(step::leave, 4), "changed", "v7: 1 voter, 2 voter, 3 voter, 4 leaving, 5 leaving, 6 leaving evicted"},
    {step_of(step::leave, 5), "drain_in_progress", "node 5 is leaving in roster version 6; it has not left yet"},
    {step_of(step::leave, 5, true), "success", ""}, // its own wish counts more
    {step_of(step::leave, 6), "changed", "v7: 1 voter, 2 voter, 3 voter, 4 learner, 5 leaving, 6 leaving"},
    {step_of(step::leave, 6, true), "success", ""},
    {step_of(step::leave, 9), "member_not_found", "node 9 is no member of roster version 6"},
    {step_of(step::leave, 9, true), "member_not_found", "node 9 is no member of roster version 6"},
    {step_of(step::stay, 2), "success", ""},
    {step_of(step::stay, 4), "success", ""},
    {step_of(step::stay, 5), "changed", "v7: 1 voter, 2 voter, 3 voter, 4 learner, 5 learner, 6 leaving evicted"},
    {step_of(step::stay, 6), "changed", "v7: 1 voter, 2 voter, 3 voter, 4 learner, 5 leaving, 6 learner"},
    {step_of(step::stay, 9), "member_not_found", "node 9 is no member of roster version 6"},
    {step_of(step::remove, 2), "errored", "node 2 is a voter in roster version 6; it must leave first"},
    {step_of(step::remove, 4), "errored", "node 4 is a learner in roster version 6; it must leave first"},
    {step_of(step::remove, 5), "changed", "v7: 1 voter, 2 voter, 3 voter, 4 learner, 6 leaving evicted"},
    {step_of(step::remove, 9), "success", ""},
    {joining(0), "invalid_argument", "no node has the id 0"},
    {step_of(static_cast<step>(5), 1), "invalid_argument", "there is no such step of node 1"},
  };
  for (const auto& [what, word, then] : table) {
    auto x = six();
    CAF_REQUIRE_EQUAL(text_of(roster(x)), the_six);
    auto version = x.state.map().version;
    CAF_CHECK_EQUAL(x.word(what), word);
    if (word == "changed") {
      CAF_CHECK_EQUAL(text_of(roster(x)), then);
      CAF_CHECK(x.state.map().version == version + 1);
      auto wants_to_leave = what.what == step::leave && !what.evicted;
      CAF_CHECK_EQUAL(x.word(what), wants_to_leave ? "drain_in_progress" : "success"); // twice is the same as once
    } else {
      CAF_CHECK_EQUAL(x.last.reason, then);
      CAF_CHECK_EQUAL(text_of(roster(x)), the_six);
    }
  }
}

CAF_TEST(a member that returns elsewhere stays who it was) {
  map_story x{1};
  auto moved = joining(2, "rack 7");
  moved.address.port = 99;
  CAF_CHECK_EQUAL(x.word(moved), "changed");
  CAF_CHECK_EQUAL(text_of(roster(x)), "v2: 1 voter, 2 voter, 3 voter");
  CAF_CHECK(roster(x).find(node_id{2})->address == moved.address);
  CAF_CHECK_EQUAL(roster(x).find(node_id{2})->zone, "rack 7");
  CAF_CHECK(roster(x).find(node_id{2})->joined == roster_version{1});
  CAF_CHECK_EQUAL(x.word(moved), "success");
  for (std::uint64_t id : {1u, 2u, 3u}) { // all of them, and each to where another one was
    auto other = joining(id);
    other.address = address_of(id % 3 + 1);
    CAF_CHECK_EQUAL(x.word(other), "changed");
  }
}

CAF_TEST(the last voter does not leave) {
  map_story x{1, 2};
  x.commit(joining(3));
  CAF_CHECK_EQUAL(x.word(step_of(step::leave, 1)), "changed");
  for (auto evicted : {false, true}) {
    CAF_CHECK_EQUAL(x.word(step_of(step::leave, 2, evicted)), "insufficient_voters");
    CAF_CHECK_EQUAL(x.last.reason, "node 2 cannot leave: roster version 3 has no other voter");
  }
  CAF_CHECK_EQUAL(x.word(step_of(step::stay, 1)), "changed"); // as a learner, so
  CAF_CHECK_EQUAL(x.word(step_of(step::leave, 2)), "insufficient_voters");
  CAF_CHECK_EQUAL(x.word(step_of(step::promote, 3)), "changed");
  CAF_CHECK_EQUAL(x.word(step_of(step::leave, 2)), "changed");
  CAF_CHECK_EQUAL(x.word(step_of(step::leave, 1)), "changed"); // a learner
  map_story alone{1, 1};
  CAF_CHECK_EQUAL(alone.word(step_of(step::leave, 1)), "insufficient_voters");
}

CAF_TEST(a step that is meant for another version is refused) {
  auto x = six();
  auto change = step_of(step::promote, 4);
  for (std::uint64_t version : {1u, 5u, 7u}) {
    change.expected = roster_version{version};
    CAF_CHECK_EQUAL(x.word(change), "stale_membership");
    CAF_CHECK_EQUAL(x.last.reason, "the change of node 4 is meant for roster version " + std::to_string(version)
                                     + ", but the present one is 6");
  }
  change.expected = roster_version{6};
  CAF_CHECK_EQUAL(x.word(change), "changed");
  CAF_CHECK_EQUAL(x.word(change), "stale_membership");
}

CAF_TEST(there are at most 64 members) {
  map_story x{1, 63};
  CAF_CHECK_EQUAL(x.word(joining(100)), "changed");
  CAF_CHECK_EQUAL(x.word(joining(101)), "errored");
  CAF_CHECK_EQUAL(x.last.reason, "node 101 cannot join: roster version 2 has 64 members already");
  CAF_CHECK_EQUAL(x.word(joining(100, "elsewhere")), "changed"); // is one already
  x.commit(step_of(step::leave, 100));
  CAF_CHECK_EQUAL(x.word(joining(101)), "errored"); // has not left yet
  x.commit(step_of(step::remove, 100));
  CAF_CHECK_EQUAL(x.word(joining(101)), "changed");
}

CAF_TEST(nobody joins from nowhere) {
  map_story x{1};
  auto change = joining(4);
  change.address.host.clear();
  CAF_CHECK_EQUAL(x.word(change), "invalid_argument");
  change.address.host = std::string(256, 'h');
  CAF_CHECK_EQUAL(x.word(change), "invalid_argument");
  CAF_CHECK_EQUAL(x.last.reason, "node 4 cannot join: its host has 256 bytes, but must have 1 to 255");
  change = joining(4, std::string(65, 'z'));
  CAF_CHECK_EQUAL(x.word(change), "invalid_argument");
}

CAF_TEST(who was removed joins as somebody new) {
  auto x = six();
  x.commit(step_of(step::remove, 6));
  CAF_CHECK_EQUAL(x.word(joining(6)), "changed");
  CAF_CHECK(roster(x).find(node_id{6})->role == member_role::learner);
  CAF_CHECK(roster(x).find(node_id{6})->joined == roster_version{8});
}

CAF_TEST(only who was never a member is here for the first time) {
  map_story x{1};
  auto is_first = [&](std::uint64_t id) { return roster(x).find(node_id{id})->first_time; };
  auto leave_and_remove = [&](std::uint64_t id) {
    x.commit(step_of(step::leave, id));
    CAF_CHECK_EQUAL(x.word(step_of(step::remove, id)), "changed");
  };
  CAF_CHECK(!is_first(1)); // a first member: what it had promised before it told its disk, nobody knows
  CAF_CHECK_EQUAL(roster(x).find(node_id{1})->disk, 0u);
  x.commit(joining(4));
  CAF_CHECK(is_first(4));
  CAF_CHECK_EQUAL(roster(x).find(node_id{4})->disk, disk_of(4));
  x.commit(step_of(step::promote, 4));
  CAF_CHECK(is_first(4));
  x.commit(joining_with(9, 0)); // with a disk that it does not name
  CAF_CHECK(!is_first(9));
  leave_and_remove(4);
  leave_and_remove(2);
  CAF_CHECK(roster(x).former == ids({2, 4}));
  x.commit(joining(4));
  x.commit(joining(2));
  x.commit(joining(5));
  CAF_CHECK(!is_first(4) && !is_first(2) && is_first(5));
  CAF_CHECK_EQUAL(roster(x).find(node_id{4})->disk, several_disks);
  leave_and_remove(4);
  CAF_CHECK(roster(x).former == ids({2, 4}));
}

CAF_TEST(a first member tells its disk once and that makes no new version) {
  map_story x{1};
  auto own = [&] { return *roster(x).find(node_id{1}); };
  auto before = roster(x).version;
  CAF_CHECK_EQUAL(x.word(joining_with(1, 0)), "success");
  CAF_CHECK_EQUAL(own().disk, 0u);
  CAF_CHECK_EQUAL(x.word(joining(1)), "changed");
  CAF_CHECK(roster(x).version == before);
  CAF_CHECK_EQUAL(own().disk, disk_of(1));
  CAF_CHECK(!own().first_time);
  CAF_CHECK_EQUAL(x.word(joining(1)), "success");
  CAF_CHECK_EQUAL(x.word(joining_with(1, 77)), "changed"); // wiped
  CAF_CHECK(roster(x).version == before + 1);
  CAF_CHECK_EQUAL(own().disk, several_disks);
  for (std::uint64_t disk : {77ul, 78ul, disk_of(1)})
    CAF_CHECK_EQUAL(x.word(joining_with(1, disk)), "success");
  CAF_CHECK_EQUAL(own().disk, several_disks);
}

CAF_TEST(who comes with a second disk is not here for the first time any more) {
  map_story x{1};
  auto is_first = [&] { return roster(x).find(node_id{4})->first_time; };
  x.commit(joining(4));
  auto moved = joining(4, "rack 7");
  CAF_CHECK_EQUAL(x.word(moved), "changed"); // elsewhere, with the same disk
  CAF_CHECK(is_first());
  CAF_CHECK_EQUAL(x.word(joining_with(4, 77)), "changed");
  CAF_CHECK(!is_first());
  CAF_CHECK_EQUAL(roster(x).find(node_id{4})->disk, several_disks);
  CAF_CHECK_EQUAL(x.word(joining_with(4, 77)), "success");
  CAF_CHECK_EQUAL(x.word(joining(4)), "success"); // the first one again, or its first request, which is late
  CAF_CHECK(!is_first());
}

CAF_TEST(when too many have left nobody is known to be new) {
  auto x = first_roster(first_members(3));
  for (std::uint64_t id = 10; x.former.size() + 1 < former_members_max; ++id)
    x.former.emplace_back(id);
  for (auto [id, is_first] : {std::pair<std::uint64_t, bool>{5, true}, {6, false}, {6, false}}) {
    for (const auto& change : {joining(id), step_of(step::leave, id), step_of(step::remove, id)}) {
      CAF_CHECK(change_roster(x, change).changed);
      CAF_CHECK(is_consistent(x));
      if (change.what == step::join)
        CAF_CHECK_EQUAL(x.find(node_id{id})->first_time, is_first);
    }
    CAF_CHECK_EQUAL(x.former.size(), former_members_max);
  }
}

CAF_TEST(a partition is created with those who vote then) {
  auto x = six();
  CAF_CHECK(x.partition(1).born_voters == ids({1, 2, 3}));
  x.commit(step_of(step::promote, 4));
  x.commit(step_of(step::leave, 1));
  auto made = x.create(0).partition;
  CAF_CHECK(x.partition(made.value()).born_voters == ids({2, 3, 4}));
  x.split(1);
  CAF_CHECK(x.partition(x.last.partition.value()).born_voters == ids({2, 3, 4}));
  CAF_CHECK(x.partition(1).born_voters == ids({1, 2, 3}));
}

CAF_TEST(a roster that steps cannot lead to is none) {
  auto is_read = [](auto change) {
    auto map = six().state;
    std::string text;
    byte_writer out{text};
    map.encode(out);
    // The roster is the end of the encoding.
    auto roster = map.map().roster;
    auto length = encoded_size(roster);
    change(roster);
    text.resize(text.size() - length);
    put(out, roster);
    byte_reader in{bytes{std::move(text)}};
    return map_state::decode(in).map().version && in.complete();
  };
  CAF_CHECK(is_read([](auto&) {}));
  CAF_CHECK(is_read([](auto& x) { x.former = ids({2, 9}); }));
  CAF_CHECK(!is_read([](auto& x) { x.former = ids({4}); })); // is here for the first time
  CAF_CHECK(!is_read([](auto& x) { x.former = ids({9, 9}); }));
  CAF_CHECK(!is_read([](auto& x) { x.former = ids({9, 8}); }));
  CAF_CHECK(!is_read([](auto& x) { x.former = ids({0, 9}); }));
  CAF_CHECK(!is_read([](auto& x) { x.members[3].disk = 0; }));
  CAF_CHECK(!is_read([](auto& x) { x.members[3].disk = several_disks; }));
  CAF_CHECK(!is_read([](auto& x) { x.version = {}; }));
  CAF_CHECK(!is_read([](auto& x) { x.version = roster_version{7}; })); // above the map
  CAF_CHECK(!is_read([](auto& x) { x.members.clear(); }));
  CAF_CHECK(!is_read([](auto& x) { std::swap(x.members[0], x.members[1]); }));
  CAF_CHECK(!is_read([](auto& x) { x.members[3].evicted = true; }));
  CAF_CHECK(!is_read([](auto& x) { x.members[3].joined = roster_version{7}; }));
  CAF_CHECK(!is_read([](auto& x) { x.members[3].joined = {}; }));
  CAF_CHECK(!is_read([](auto& x) { x.members[3].address.host.clear(); }));
  CAF_CHECK(!is_read([](auto& x) {
    for (auto& y : x.members)
      y.role = member_role::learner;
  }));
}
