#define CAF_SUITE net_gateway

#include <optional>
#include <sstream>

#include <spdlog/sinks/ostream_sink.h>

#include "net/log.hpp"
#include "net/middleman/gateway.hpp"
#include "net/middleman/speaker.hpp"
#include "tests/net/support.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::test;
using net::frame_kind;

namespace {

struct fixture {
  fixture()
    : log_before{net::network_log()},
      gate{net::make_gateway(system, node_2, "red", [this](const node_info& x) { introduced.push_back(x); })} {
    spdlog::drop("kommander.net");
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(log);
    spdlog::register_logger(std::make_shared<spdlog::logger>("kommander.net", std::move(sink)));
    object().attach_link(node_1, caf::actor_cast<caf::strong_actor_ptr>(link));
    hello.cluster = "red";
    hello.sender = node_1;
    hello.receiver = node_2;
    hello.epoch = 4;
    hello.sequence = 1;
    hello.kind = frame_kind::hello;
    hello.body = bytes{net::encode_endpoint({"10.0.0.1", 4000})};
  }

  ~fixture() {
    spdlog::drop("kommander.net");
    spdlog::register_logger(log_before);
    object().close();
  }

  net::gateway& object() {
    return static_cast<net::gateway&>(*gate->get());
  }

  void send(const frame& x) {
    self->send(caf::actor_cast<caf::actor>(gate), x);
  }

  /// What `self` or `link` has in its mailbox; everything before was sent by this thread.
  static std::optional<frame> received(caf::scoped_actor& who) {
    std::optional<frame> result;
    if (who->has_next_message())
      who->receive([&](const frame& x) { result = x; });
    return result;
  }

  /// Sends `x`, which must be refused with a line that has all of `words`, and returns the answer.
  std::optional<frame> check_refused(const frame& x, const std::vector<std::string>& words) {
    log.str("");
    auto refused = object().refused();
    send(x);
    CAF_CHECK_EQUAL(object().refused(), refused + 1);
    for (const auto& word : words)
      CAF_CHECK_NOT_EQUAL(log.str().find(word), std::string::npos);
    return received(self);
  }

  network_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  caf::scoped_actor link{system};
  std::shared_ptr<spdlog::logger> log_before;
  std::ostringstream log;
  std::vector<node_info> introduced;
  caf::strong_actor_ptr gate;
  frame hello;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(gateway_tests, fixture)

CAF_TEST(who asks anybody is told by a refusal that nobody complains of) {
  hello.receiver = net::anybody;
  send(hello);
  auto answer = received(self);
  CAF_REQUIRE(answer);
  CAF_CHECK(answer->kind == frame_kind::refusal);
  CAF_CHECK(answer->sender == node_2);
  CAF_CHECK_EQUAL(answer->epoch, hello.epoch);
  CAF_CHECK(!received(link));
  CAF_CHECK(introduced.empty());
  CAF_CHECK_EQUAL(object().refused(), 0u);
  hello.cluster = "blue"; // of another cluster: as always
  check_refused(hello, {"blue", "red"});
}

CAF_TEST(a refusal goes to who has asked and only while that waits) {
  caf::scoped_actor asker{system};
  frame refusal = hello;
  refusal.kind = frame_kind::refusal;
  refusal.sequence = 0;
  refusal.body = {};
  refusal.sender = node_id{9}; // nobody has a link to it
  object().attach_question(4, caf::actor_cast<caf::strong_actor_ptr>(asker));
  send(refusal);
  auto got = received(asker);
  CAF_REQUIRE(got);
  CAF_CHECK(got->sender == node_id{9});
  refusal.epoch = 5; // of another question
  send(refusal);
  refusal.epoch = 4;
  object().detach_question(4);
  send(refusal);
  CAF_CHECK(!received(asker));
}

CAF_TEST(frames of a peer go to its link) {
  send(hello);
  auto got = received(link);
  CAF_REQUIRE(got);
  CAF_CHECK_EQUAL(got->epoch, 4u);
  CAF_CHECK_EQUAL(object().refused(), 0u);
}

CAF_TEST(a frame of another protocol version is refused with both versions named) {
  hello.version = 9;
  hello.kind = frame_kind::ack; // of such a frame nothing but version and cluster has been read
  auto answer = check_refused(hello, {"version is 9", "ours is 1"});
  CAF_REQUIRE(answer);
  CAF_CHECK(answer->kind == frame_kind::refusal);
  CAF_CHECK_EQUAL(answer->version, 1u);
  CAF_CHECK(!received(link));
}

CAF_TEST(a frame of another cluster is refused with both clusters named) {
  hello.cluster = "blue";
  auto answer = check_refused(hello, {"'blue'", "'red'"});
  CAF_REQUIRE(answer);
  CAF_CHECK(answer->kind == frame_kind::refusal);
  CAF_CHECK_EQUAL(answer->cluster, "red");
  CAF_CHECK_EQUAL(answer->epoch, 4u);
  CAF_CHECK(!received(link));
}

CAF_TEST(a frame for another node is refused with both nodes named) {
  hello.receiver = node_3;
  CAF_CHECK(check_refused(hello, {"node 3", "node 2"}));
  CAF_CHECK(!received(link));
}

CAF_TEST(a frame from a stranger is refused with the stranger named) {
  hello.sender = node_3;
  CAF_CHECK(check_refused(hello, {"node 3 is not a member"}));
}

CAF_TEST(a stranger that says hello is told of and others are not ) {
  hello.sender = node_3;
  CAF_CHECK(check_refused(hello, {}));
  CAF_CHECK(introduced == std::vector{node_info(node_3, {"10.0.0.1", 4000})});
  hello.cluster = "blue";
  CAF_CHECK(check_refused(hello, {}));
  CAF_CHECK_EQUAL(introduced.size(), 1u);
}

CAF_TEST(a refusal is never answered) {
  hello.kind = frame_kind::refusal;
  hello.cluster = "blue";
  CAF_CHECK(!check_refused(hello, {"'blue'"}));
  // The link may learn that nobody will answer it.
  CAF_CHECK(received(link));
}

CAF_TEST(refusals fill neither the log nor the network) {
  hello.cluster = "blue";
  CAF_CHECK(check_refused(hello, {"'blue'"}));
  hello.kind = frame_kind::data;
  for (auto i = 0; i < 100; ++i)
    CAF_CHECK(!check_refused(hello, {}));
  CAF_CHECK_EQUAL(log.str(), "");
  CAF_CHECK_EQUAL(object().refused(), 101u);
}

CAF_TEST(after a link has gone its frames are refused) {
  object().detach_link(node_1, nullptr); // of another one
  CAF_CHECK_EQUAL(object().refused(), 0u);
  object().detach_link(node_1, caf::actor_cast<caf::strong_actor_ptr>(link));
  CAF_CHECK(check_refused(hello, {"node 1 is not a member"}));
}

CAF_TEST(messages that are no frames are refused and orders to end ignored) {
  self->send(caf::actor_cast<caf::actor>(gate), 42);
  CAF_CHECK_EQUAL(object().refused(), 1u);
  self->send_exit(caf::actor_cast<caf::actor>(gate), caf::exit_reason::user_shutdown);
  send(hello);
  CAF_CHECK(received(link));
}

CAF_TEST(a gateway that demands proof refuses what another node or nobody has sent) {
  object().close();
  gate = net::make_gateway(system, node_2, "red", {}, true);
  object().attach_link(node_1, caf::actor_cast<caf::strong_actor_ptr>(link));
  CAF_CHECK(check_refused(hello, {"nothing proves that it comes from node 1"}));
  net::channel_peer peer;
  net::speaking_now speaking{&peer};
  CAF_CHECK(check_refused(hello, {}));
  peer.proved = true;
  peer.node = node_3;
  CAF_CHECK(check_refused(hello, {}));
  peer.node = {};
  peer.client = true;
  CAF_CHECK(check_refused(hello, {}));
  peer.client = false; // somebody of the cluster, who has not said which node he is
  send(hello);
  CAF_CHECK(received(link));
  peer.node = node_1;
  send(hello);
  CAF_CHECK(received(link));
  // A forged refusal does not reach the link, as an honest one does.
  hello.kind = frame_kind::refusal;
  peer.node = node_3;
  CAF_CHECK(!check_refused(hello, {}));
  CAF_CHECK(!received(link));
}

CAF_TEST_FIXTURE_SCOPE_END()
