/// When nodes announce themselves, and whom they know, with time as a number.
#define CAF_SUITE discovery_core

#include "net/discovery/multicast_core.hpp"

#include <caf/test/unit_test.hpp>

#include <set>

using namespace kommander;
using namespace kommander::net;
using namespace std::chrono_literals;

namespace {

constexpr instant interval = 1s;

multicast_core make_core(std::uint64_t id, std::size_t known_max = 8, std::uint32_t seed = 1) {
  return {
    {node_id{id}, {"10.0.0." + std::to_string(id), 7000}}, id * 100, {interval, 4, known_max}, std::minstd_rand{seed}};
}

announcement from(std::uint64_t id, bool asks = false) {
  return {node_id{id}, id * 100, {"10.0.0." + std::to_string(id), 7000}, asks};
}

/// What is sent at the next time that is due, which `now` is moved to.
announcement next_sent(multicast_core& core, instant& now) {
  now = std::max(now, core.due());
  core.tick(now);
  auto output = core.take_output();
  CAF_REQUIRE(output.send);
  return *output.send;
}

} // namespace

CAF_TEST(a node asks at first and then only announces itself about once in an interval) {
  auto core = make_core(1);
  instant now{5s};
  CAF_CHECK(next_sent(core, now) == from(1, true));
  std::set<instant> gaps;
  for (auto i = 0; i < 200; ++i) {
    auto before = now;
    CAF_CHECK(next_sent(core, now) == from(1));
    gaps.insert(now - before);
  }
  CAF_CHECK(*gaps.begin() >= interval * 3 / 4);
  CAF_CHECK(*gaps.rbegin() <= interval * 5 / 4);
  CAF_CHECK(gaps.size() > 100); // jitter
}

CAF_TEST(nothing is sent before it is due) {
  auto core = make_core(1);
  instant now{0};
  next_sent(core, now);
  core.tick(core.due() - 1us);
  CAF_CHECK(!core.take_output().send);
}

CAF_TEST(a question is answered soon and many questions once) {
  auto core = make_core(1);
  instant now{0};
  next_sent(core, now);
  now += 200ms;
  for (std::uint64_t id = 2; id < 8; ++id)
    core.hear(from(id, true), "10.0.0.9", now);
  CAF_CHECK(core.due() <= now + interval / 4);
  auto asked = now;
  next_sent(core, now);
  CAF_CHECK(now <= asked + interval / 4);
  CAF_CHECK(core.due() >= now + interval * 3 / 4);
  // Questions without end do not make it speak without end.
  auto answers = 0;
  for (auto end = now + interval; now < end; now += 1ms) {
    core.hear(from(2, true), "10.0.0.2", now);
    core.tick(now);
    answers += core.take_output().send ? 1 : 0;
  }
  CAF_CHECK(answers <= 11);
  CAF_CHECK(answers > 0);
}

CAF_TEST(who is heard is known until it was silent for too long) {
  auto core = make_core(1);
  instant now{0};
  core.hear(from(3), "10.0.0.3", now);
  core.hear(from(2), "10.0.0.2", now);
  CAF_CHECK(core.take_output().changed);
  CAF_CHECK(core.known()
            == (std::vector<heard_node>{{node_id{2}, {"10.0.0.2", 7000}}, {node_id{3}, {"10.0.0.3", 7000}}}));
  core.hear(from(2), "10.0.0.2", now + interval);
  CAF_CHECK(!core.take_output().changed);
  core.tick(now + 4 * interval);
  CAF_CHECK(!core.take_output().changed);
  core.tick(now + 4 * interval + 1us);
  CAF_CHECK(core.take_output().changed);
  CAF_REQUIRE_EQUAL(core.known().size(), 1u);
  CAF_CHECK_EQUAL(core.known()[0].node.value(), 2u);
}

CAF_TEST(a node that has moved is known at its new address) {
  auto core = make_core(1);
  core.hear(from(2), "10.0.0.2", instant{0});
  core.take_output();
  auto moved = from(2);
  moved.address = {"10.0.0.77", 7001};
  core.hear(moved, "10.0.0.2", instant{1});
  CAF_CHECK(core.take_output().changed);
  CAF_CHECK(core.known()[0].address == (endpoint{"10.0.0.77", 7001}));
}

CAF_TEST(a node without a host of its own is where its packets come from) {
  auto core = make_core(1);
  auto anywhere = from(2);
  anywhere.address.host.clear();
  core.hear(anywhere, "192.0.2.5", instant{0});
  CAF_CHECK(core.known()[0].address == (endpoint{"192.0.2.5", 7000}));
}

CAF_TEST(the own packets are not news but those of a twin are) {
  auto core = make_core(1);
  core.hear(from(1), "10.0.0.1", instant{0});
  auto output = core.take_output();
  CAF_CHECK(!output.changed && !output.twin);
  auto twin = from(1);
  twin.instance = 5;
  core.hear(twin, "10.0.0.66", instant{0});
  output = core.take_output();
  CAF_CHECK(!output.changed);
  CAF_CHECK(output.twin == "10.0.0.66");
  CAF_CHECK(core.known().empty());
}

CAF_TEST(no more nodes are kept in mind than there is room for and those that came first stay) {
  auto core = make_core(1, 3);
  for (std::uint64_t id = 9; id >= 2; --id)
    core.hear(from(id), "10.0.0.9", instant{0});
  auto known = core.known();
  CAF_REQUIRE_EQUAL(known.size(), 3u);
  CAF_CHECK_EQUAL(known[0].node.value(), 7u);
  CAF_CHECK_EQUAL(known[2].node.value(), 9u);
}

CAF_TEST(nodes that start at once all know each other after a question and its answers) {
  std::vector<multicast_core> cores;
  for (std::uint64_t id = 1; id <= 5; ++id)
    cores.push_back(make_core(id, 8, static_cast<std::uint32_t>(id)));
  for (instant now{0}; now < interval / 2; now += 1ms) {
    for (auto& sender : cores) {
      sender.tick(now);
      if (auto output = sender.take_output(); output.send)
        for (auto& receiver : cores)
          receiver.hear(*output.send, "10.0.0.1", now);
    }
  }
  for (auto& core : cores)
    CAF_CHECK_EQUAL(core.known().size(), 4u);
}
