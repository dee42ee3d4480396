/// What a node asks the others about its own membership, and until when.
#define CAF_SUITE member_core
#include <caf/test/unit_test.hpp>

#include "actors/coordinator/member_core.hpp"

using namespace kommander;

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// Node 4, told of rosters and of time. Its requests as words.
struct member {
  explicit member(bool joins) : core{options(joins)} {
    pass(seconds{1000});
  }

  static member_options options(bool joins) {
    member_options x;
    x.self = {node_id{4}, {"d", 4}};
    x.zone = "south";
    x.disk = 44;
    x.joins = joins;
    return x;
  }

  void pass(instant x) {
    now += x;
    core.tick(now);
  }

  /// Nodes 1 to 3 vote; node 4 is what it is said to be, at its address.
  void show(std::optional<member_role> own, endpoint address = {"d", 4}, std::uint64_t disk = 44) {
    cluster_roster x;
    x.version = version = version + 1;
    for (std::uint64_t i = 1; i <= 3; ++i) {
      member_info other;
      other.id = node_id{i};
      other.role = member_role::voter;
      x.members.push_back(other);
    }
    if (own) {
      member_info self;
      self.id = node_id{4};
      self.address = std::move(address);
      self.zone = "south";
      self.role = *own;
      self.disk = disk;
      x.members.push_back(self);
    }
    core.roster(x);
  }

  std::string asked() {
    constexpr const char* names[] = {"join", "promote", "leave", "stay", "remove"};
    auto x = core.take_request();
    return x ? names[static_cast<int>(x->what)] : "";
  }

  void answer(status code, std::string reason = {}) {
    core.answered(control_result{code, {}, {}, std::move(reason)});
  }

  /// How long it takes until there is a request.
  milliseconds pause() {
    milliseconds result{0};
    while (!core.take_request() && result < seconds{60}) {
      pass(milliseconds{50});
      result += milliseconds{50};
    }
    return result;
  }

  instant now{0};
  roster_version version{0};
  member_core core;
};

} // namespace

CAF_TEST(an initial member waits for the first roster and another one asks at once) {
  member initial{false};
  CAF_CHECK_EQUAL(initial.asked(), "");
  CAF_CHECK(!initial.core.is_busy());
  initial.show(member_role::voter);
  initial.pass(seconds{100});
  CAF_CHECK_EQUAL(initial.asked(), "");

  member joiner{true};
  CAF_CHECK(joiner.core.introduces_itself());
  auto x = joiner.core.take_request();
  CAF_REQUIRE(x.has_value());
  CAF_CHECK(x->what == member_step::join);
  CAF_CHECK_EQUAL(x->node, node_id{4});
  CAF_CHECK_EQUAL(x->address.port, 4);
  CAF_CHECK_EQUAL(x->zone, "south");
  CAF_CHECK_EQUAL(x->disk, 44u);
  joiner.pass(seconds{100});
  CAF_CHECK_EQUAL(joiner.asked(), ""); // one at a time
  joiner.answer(status::success);
  joiner.show(member_role::learner);
  joiner.pass(seconds{100});
  CAF_CHECK_EQUAL(joiner.asked(), "");
  CAF_CHECK(!joiner.core.introduces_itself());
}

CAF_TEST(an initial member tells its disk until the roster has it) {
  member x{false};
  auto before = x.version;
  x.show(member_role::voter, {"d", 4}, 0);
  CAF_CHECK(x.core.is_busy());
  auto asked = x.core.take_request();
  CAF_REQUIRE(asked.has_value());
  CAF_CHECK(asked->what == member_step::join);
  CAF_CHECK_EQUAL(asked->disk, 44u);
  CAF_CHECK(!x.core.introduces_itself());
  x.answer(status::success);
  x.pass(seconds{10});
  CAF_CHECK_EQUAL(x.asked(), "join");
  x.answer(status::success);
  x.version = before;
  x.show(member_role::voter); // the same version of the roster
  x.pass(seconds{100});
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_CHECK(!x.core.is_busy());
}

CAF_TEST(a join that nobody has seen through is asked for again) {
  member x{true};
  CAF_CHECK_EQUAL(x.asked(), "join");
  x.answer(status::success);
  CAF_CHECK_EQUAL(x.asked(), "");
  x.pass(seconds{5});
  CAF_CHECK_EQUAL(x.asked(), "join");
}

CAF_TEST(who was removed asks to join again and who has moved says where it listens now) {
  member x{false};
  x.show(member_role::voter);
  CAF_CHECK_EQUAL(x.asked(), "");
  x.show(std::nullopt);
  CAF_CHECK_EQUAL(x.asked(), "join");
  x.answer(status::success);
  x.show(member_role::learner);
  x.show(member_role::voter, {"elsewhere", 4});
  x.pass(seconds{10});
  CAF_CHECK_EQUAL(x.asked(), "join");
  CAF_CHECK(!x.core.introduces_itself()); // it is known by its id
}

CAF_TEST(who hears of no leader for long asks around and not before) {
  member x{false};
  x.show(member_role::voter);
  x.core.hears_leader(false);
  CAF_CHECK(x.core.is_busy());
  x.pass(milliseconds{7999});
  CAF_CHECK_EQUAL(x.asked(), "");
  x.pass(milliseconds{1});
  CAF_CHECK(x.core.introduces_itself());
  CAF_CHECK_EQUAL(x.asked(), "join");
  x.answer(status::success);
  CAF_CHECK_EQUAL(x.asked(), ""); // from now on, again so long
  x.pass(milliseconds{7999});
  CAF_CHECK_EQUAL(x.asked(), "");
  x.core.hears_leader(true);
  x.pass(seconds{100});
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_CHECK(!x.core.is_busy());
}

CAF_TEST(pauses between refused requests grow to a limit and the refusal is kept) {
  member x{true};
  CAF_CHECK_EQUAL(x.asked(), "join");
  auto last = milliseconds{0};
  for (int i = 0; i < 40; ++i) {
    x.answer(status::node_is_not_leader, "nobody leads");
    CAF_CHECK_EQUAL(x.core.trouble(), "nobody leads");
    auto pause = x.pause();
    CAF_CHECK(pause >= last);
    CAF_CHECK(pause >= milliseconds{200});
    CAF_CHECK(pause <= seconds{5});
    last = pause;
  }
  CAF_CHECK(last == seconds{5});
  x.answer(status::success);
  CAF_CHECK_EQUAL(x.core.trouble(), "");
}

CAF_TEST(a leave is asked for until nobody knows the node) {
  member x{false};
  x.show(member_role::voter);
  x.core.leave();
  CAF_CHECK(x.core.introduces_itself());
  CAF_CHECK_EQUAL(x.asked(), "leave");
  x.answer(status::drain_in_progress, "not yet");
  CAF_CHECK_EQUAL(x.core.trouble(), "");
  CAF_CHECK(!x.core.has_left());
  CAF_CHECK(x.pause() <= milliseconds{200});
  x.answer(status::drain_in_progress);
  x.show(member_role::leaving);
  CAF_CHECK(!x.core.has_left());
  CAF_CHECK(x.pause() <= milliseconds{200});
  x.answer(status::success); // somebody else has taken it back meanwhile, and now it begins anew
  CAF_CHECK(!x.core.has_left());
  CAF_CHECK(x.pause() <= milliseconds{200});
  x.answer(status::member_not_found, "no such member");
  CAF_CHECK(x.core.has_left());
  CAF_CHECK_EQUAL(x.core.trouble(), "");
  x.pass(seconds{100});
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_CHECK(!x.core.is_busy());
}

CAF_TEST(the roster alone tells that the node has left) {
  member x{false};
  x.show(member_role::voter);
  x.core.leave();
  CAF_CHECK_EQUAL(x.asked(), "leave");
  x.show(std::nullopt);
  CAF_CHECK(x.core.has_left());
  x.core.stay(); // too late
  CAF_CHECK(x.core.has_left());
}

CAF_TEST(a leave that is taken back is taken back until somebody has accepted that) {
  member x{false};
  x.show(member_role::voter);
  x.core.leave();
  CAF_CHECK_EQUAL(x.asked(), "leave");
  x.core.stay();
  CAF_CHECK_EQUAL(x.asked(), ""); // the leave is still under way
  x.answer(status::success);
  CAF_CHECK(!x.core.has_left());
  x.pass(seconds{5});
  CAF_CHECK_EQUAL(x.asked(), "stay");
  x.answer(status::node_is_not_leader, "nobody leads");
  x.pass(seconds{5});
  CAF_CHECK_EQUAL(x.asked(), "stay");
  x.answer(status::success);
  x.pass(seconds{100});
  CAF_CHECK_EQUAL(x.asked(), "");
}

CAF_TEST(who had left when it was to stay joins again) {
  member x{false};
  x.show(member_role::voter);
  x.core.leave();
  CAF_CHECK_EQUAL(x.asked(), "leave");
  x.core.stay();
  x.answer(status::success);
  x.show(std::nullopt);
  x.pass(seconds{5});
  CAF_CHECK_EQUAL(x.asked(), "stay");
  x.answer(status::member_not_found, "no such member");
  x.pass(seconds{5});
  CAF_CHECK_EQUAL(x.asked(), "join");
  CAF_CHECK(!x.core.has_left());
}
