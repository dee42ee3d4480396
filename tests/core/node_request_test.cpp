#define CAF_SUITE node_request

#include "actors/coordinator/node_request.hpp"
#include "tests/fuzz/mutation.hpp"

#include <vector>

#include <caf/test/unit_test.hpp>

using namespace kommander;

namespace {

bytes text(const char* x) {
  return bytes::copy(x);
}

range_export an_export() {
  range_export x;
  x.what = {operation_id{9}, partition_id{1}, partition_id{2}, true, {5, 77}, false};
  x.attempt = (std::uint64_t{7} << 20) + 3;
  x.cursor = text("after k17");
  x.bytes_max = 512 << 10;
  return x;
}

group_report a_report() {
  group_report x;
  x.code = status::success;
  x.leader = node_id{1};
  x.settled = true;
  x.voters = {node_id{1}, node_id{2}};
  x.learners = {node_id{3}, node_id{4}};
  x.peers = {{node_id{2}, 0, true}, {node_id{3}, 1'000'000, true}, {node_id{4}, 7, false}};
  return x;
}

std::vector<node_request> requests() {
  auto all = an_export();
  all.what.routed = false;
  all.what.all = true;
  all.what.range = {};
  all.cursor = {};
  return {
    control_proposal{partition_id{0}, text("initialize")},
    control_proposal{partition_id{65'000}, text("x")},
    an_export(),
    all,
    group_request{partition_id{5}, false, {}, {}},
    group_request{partition_id{0}, true, {node_id{1}, node_id{2}, node_id{300}}, {node_id{4}}, roster_version{900}},
    group_request{partition_id{1}, true, {node_id{1}}, {}},
    group_request{partition_id{1}, true, {node_id{1}}, {node_id{2}}, {}, map_version{1000}},
    member_request{text("joins")},
    handover_request{partition_id{7}, node_id{2}},
    load_request{},
    progress_request{node_id{300}}};
}

std::vector<node_reply> replies() {
  range_part last{status::success, node_id{3}, {}, {}, text("data"), {}, true};
  return {control_result{status::success, log_index{17}, node_id{2}, {}},
          control_result{status::node_is_not_leader, {}, {}, "node 2 leads"},
          range_part{status::success, node_id{1}, {}, text("sessions"), text("first"), text("after k3"), false},
          last,
          range_part{status::partition_moved, {}, "the fence is gone", {}, {}, {}, false},
          a_report(),
          group_report{status::node_is_not_leader, node_id{2}, "node 2 leads", false, {}, {}, {}},
          load_report{status::success,
                      node_id{2},
                      {},
                      true,
                      {{partition_id{1}, 5, 0}, {partition_id{2}, 3600, 1200}, {partition_id{900}, 0, 1}}},
          load_report{status::stopping, {}, "stopping", false, {}},
          progress_report{status::success, node_id{1}, {}, 3, 200},
          progress_report{status::member_not_found, {}, "no learner", 0, 0}};
}

/// What is accepted must be what its own encoding is; anything else would be two spellings of one thing.
template <class Decode>
void spoil(const std::vector<bytes>& inputs, Decode decode) {
  test::mutator mutator{4711};
  std::size_t accepted = 0;
  for (auto round = 0; round < 200'000; ++round) {
    auto spoilt = bytes{mutator.spoil(std::string{inputs[mutator.random()() % inputs.size()].view()})};
    if (auto x = decode(spoilt)) {
      ++accepted;
      CAF_REQUIRE(encode(*x) == spoilt);
    }
  }
  CAF_CHECK(accepted > 1000); // content that is not looked at may be anything
}

template <class T>
std::vector<bytes> encoded(const std::vector<T>& all) {
  std::vector<bytes> result;
  for (const auto& x : all)
    result.push_back(encode(x));
  return result;
}

} // namespace

CAF_TEST(requests and replies survive their encoding) {
  for (const auto& x : requests()) {
    auto found = decode_node_request(encode(x));
    CAF_REQUIRE(found);
    CAF_CHECK(*found == x);
  }
  for (const auto& x : replies()) {
    auto found = decode_node_reply(encode(x));
    CAF_REQUIRE(found);
    CAF_CHECK(*found == x);
  }
}

CAF_TEST(no part of an encoding is one and nothing may follow it) {
  auto refused = [](const bytes& whole, auto decode) {
    for (std::size_t n = 0; n < whole.size(); ++n)
      CAF_CHECK(!decode(whole.slice(0, n)));
    CAF_CHECK(!decode(bytes{std::string{whole.view()} + '\0'}));
  };
  for (const auto& x : encoded(requests()))
    refused(x, decode_node_request);
  for (const auto& x : encoded(replies()))
    refused(x, decode_node_reply);
}

CAF_TEST(spoilt requests and replies are refused or are others in their only encoding) {
  spoil(encoded(requests()), decode_node_request);
  spoil(encoded(replies()), decode_node_reply);
}

CAF_TEST(what makes no sense is refused) {
  CAF_CHECK(!decode_node_request(encode(node_request{control_proposal{partition_id{1}, {}}})));
  auto x = an_export();
  x.bytes_max = 0;
  CAF_CHECK(!decode_node_request(encode(node_request{x})));
  x = an_export();
  x.what.operation = {};
  CAF_CHECK(!decode_node_request(encode(node_request{x})));
  x = an_export();
  x.what.range = {8, 7};
  CAF_CHECK(!decode_node_request(encode(node_request{x})));
  control_result unknown;
  unknown.code = static_cast<status>(200);
  CAF_CHECK(!decode_node_reply(encode(node_reply{unknown})));
}

CAF_TEST(what no group can be is refused) {
  auto is_goal = [](std::vector<node_id> voters, std::vector<node_id> learners) {
    return decode_node_request(encode(node_request{group_request{partition_id{1}, true, voters, learners}}))
      .has_value();
  };
  node_id a{1}, b{2};
  CAF_CHECK(is_goal({a, b}, {}) && is_goal({a}, {b}));
  CAF_CHECK(!is_goal({}, {}) && !is_goal({}, {a}));        // nobody would vote
  CAF_CHECK(!is_goal({b, a}, {}) && !is_goal({a, a}, {})); // not ascending
  CAF_CHECK(!is_goal({a}, {b, b}) && !is_goal({{}, a}, {}));
  CAF_CHECK(!is_goal({a, b}, {b})); // both at once
  CAF_CHECK(!decode_node_request(encode(node_request{member_request{}})));
  auto is_report = [](auto change) {
    auto x = a_report();
    change(x);
    return decode_node_reply(encode(node_reply{x})).has_value();
  };
  CAF_CHECK(is_report([](auto&) {}));
  CAF_CHECK(!is_report([](auto& x) { std::swap(x.peers[0], x.peers[1]); }));
  CAF_CHECK(!is_report([](auto& x) { x.peers[0].node = {}; }));
  CAF_CHECK(!is_report([](auto& x) { x.voters = {node_id{2}, node_id{1}}; }));
}

CAF_TEST(loads and progress that cannot be are refused) {
  auto is_load = [](std::vector<led_load> led) {
    return decode_node_reply(encode(node_reply{load_report{status::success, node_id{1}, {}, false, led}})).has_value();
  };
  partition_id a{3}, b{4};
  CAF_CHECK(is_load({}) && is_load({{a, 0, 0}, {b, 0, 0}}));
  CAF_CHECK(!is_load({{b, 0, 0}, {a, 0, 0}}) && !is_load({{a, 0, 0}, {a, 0, 0}})); // not ascending
  CAF_CHECK(!is_load({{partition_id{}, 0, 0}}));                                   // partition 0 is not told
  auto is_progress = [](std::uint64_t caught_up, std::uint64_t all) {
    return decode_node_reply(encode(node_reply{progress_report{status::success, {}, {}, caught_up, all}})).has_value();
  };
  CAF_CHECK(is_progress(3, 3) && !is_progress(4, 3));
  CAF_CHECK(!decode_node_request(encode(node_request{handover_request{a, {}}}))); // to nobody
  CAF_CHECK(!decode_node_request(encode(node_request{progress_request{}})));
}

CAF_TEST(the lists of a group are bounded) {
  auto many = [](std::uint64_t count) {
    std::vector<node_id> result;
    for (std::uint64_t i = 1; i <= count; ++i)
      result.emplace_back(i);
    return result;
  };
  auto goal = [&](std::uint64_t count) {
    return decode_node_request(encode(node_request{group_request{partition_id{1}, true, many(count), {}}})).has_value();
  };
  CAF_CHECK(goal(members_max) && !goal(members_max + 1));
  auto report = [&](std::uint64_t voters, std::uint64_t peers) {
    group_report x;
    x.voters = many(voters);
    for (auto id : many(peers))
      x.peers.push_back({id, 1, true});
    return decode_node_reply(encode(node_reply{x})).has_value();
  };
  CAF_CHECK(report(group_members_max, group_members_max));
  CAF_CHECK(!report(group_members_max + 1, 0) && !report(1, group_members_max + 1));
}

CAF_TEST(a reason that is too long is cut) {
  control_result x;
  x.reason = std::string(5000, 'r');
  auto found = decode_node_reply(encode(node_reply{x}));
  CAF_REQUIRE(found);
  CAF_CHECK_EQUAL(std::get<control_result>(*found).reason, std::string(1024, 'r'));
}

CAF_TEST(a refusal is of the kind that was asked for) {
  for (const auto& x : requests()) {
    auto refusal = refusal_of(x, status::node_is_not_leader, node_id{2}, "not here");
    CAF_CHECK(answers(refusal, x));
    std::visit(
      [](const auto& y) {
        CAF_CHECK(y.code == status::node_is_not_leader);
        CAF_CHECK(y.leader == node_id{2});
        CAF_CHECK_EQUAL(y.reason, "not here");
      },
      refusal);
  }
  CAF_CHECK(!answers(control_result{}, an_export()));
  CAF_CHECK(!answers(control_result{}, group_request{}) && !answers(group_report{}, member_request{}));
  CAF_CHECK(partition_of(an_export()) == partition_id{1});
  CAF_CHECK(partition_of(group_request{partition_id{5}, false, {}, {}}) == partition_id{5});
  CAF_CHECK(partition_of(member_request{text("joins")}) == partition_id{0});
  CAF_CHECK(partition_of(requests()[1]) == partition_id{65'000});
  CAF_CHECK(partition_of(handover_request{partition_id{7}, node_id{2}}) == partition_id{7});
  CAF_CHECK(is_for_node(load_request{}) && is_for_node(progress_request{node_id{1}}));
  CAF_CHECK(!is_for_node(handover_request{}) && !is_for_node(member_request{}));
}
