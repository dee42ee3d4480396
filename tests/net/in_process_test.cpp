#define CAF_SUITE net_in_process

#include <algorithm>
#include <optional>

#include "kommander/testing/in_process_network.hpp"
#include "tests/net/messages.hpp"

#include "kommander/transport.hpp"

#include <caf/scheduler/test_coordinator.hpp>
#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::test;

namespace {

using std::chrono::milliseconds;

/// A node whose messages are written down in the order of their delivery.
struct node {
  node(caf::actor_system& system, std::shared_ptr<in_process_network> network, node_id id, std::string cluster = "test")
    : net{in_process_transport(std::move(network))} {
    transport_context context;
    context.self = {id, {"127.0.0.1", 0}};
    context.cluster_id = std::move(cluster);
    context.deliver = [this](node_id from, std::vector<raft_message>&& messages) {
      for (auto& x : messages)
        got.emplace_back(from, std::move(x));
    };
    auto where = net->start(system, std::move(context));
    if (!where.ok())
      error = where.error().message;
  }

  std::vector<std::uint64_t> numbers() const {
    std::vector<std::uint64_t> result;
    for (const auto& [from, x] : got)
      result.push_back(number_of(x));
    return result;
  }

  transport_ptr net;
  std::string error;
  std::vector<std::pair<node_id, raft_message>> got;
};

/// An actor system on CAF's deterministic scheduler.
struct virtual_system {
  virtual_system() : system{config()} {
    // nop
  }

  ~virtual_system() {
    for (auto& x : links)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    scheduler().run();
  }

  caf::actor_system_config& config() {
    config_.set("scheduler.policy", caf::atom("testing"));
    return config_;
  }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }

  peer_link open(node& from, node_id to) {
    links.push_back(from.net->open_link({to, {}}));
    return links.back();
  }

  void send(const peer_link& link, raft_message x) {
    caf::anon_send(link, link_send{{std::move(x)}});
    scheduler().run();
  }

  void pass(milliseconds time) {
    for (auto i = milliseconds{0}; i < time; i += milliseconds{1}) {
      scheduler().advance_time(milliseconds{1});
      scheduler().run();
    }
  }

  link_status status(const peer_link& link) {
    link_status result;
    caf::scoped_actor self{system};
    auto request = self->request(link, caf::infinite, get_link_status{});
    scheduler().run();
    request.receive([&](const link_status& x) { result = x; }, [](const caf::error&) {});
    return result;
  }

  caf::actor_system_config config_;
  caf::actor_system system;
  std::vector<peer_link> links;
};

/// Two nodes and a link from the first to the second.
struct pair_of_nodes : virtual_system {
  explicit pair_of_nodes(std::uint64_t seed = 1, bool encode = true)
    : network{in_process_network::make(seed, encode)},
      one{system, network, node_1},
      two{system, network, node_2},
      link{open(one, node_2)} {
    // nop
  }

  void send_numbered(std::uint64_t count) {
    for (std::uint64_t i = 1; i <= count; ++i)
      send(link, make_heartbeat(i));
  }

  std::shared_ptr<in_process_network> network;
  node one;
  node two;
  peer_link link;
};

/// The order of delivery under all faults at once.
std::vector<std::uint64_t> faulty_history(std::uint64_t seed) {
  pair_of_nodes nodes{seed};
  nodes.network->set_faults({0.2, 0.2, 0.2, milliseconds{1}, milliseconds{20}});
  nodes.send_numbered(200);
  nodes.pass(milliseconds{200});
  return nodes.two.numbers();
}

bool is_ascending(const std::vector<std::uint64_t>& x) {
  return std::is_sorted(x.begin(), x.end());
}

} // namespace

CAF_TEST(without faults messages arrive at once and in order) {
  for (auto encode : {true, false}) {
    pair_of_nodes nodes{1, encode};
    nodes.send(nodes.link, make_append(1, "content"));
    nodes.send(nodes.link, make_heartbeat(2));
    CAF_REQUIRE_EQUAL(nodes.two.got.size(), 2u);
    CAF_CHECK(nodes.two.got[0].first == node_1);
    CAF_CHECK(nodes.two.got[0].second == make_append(1, "content"));
    CAF_CHECK(nodes.two.got[1].second == make_heartbeat(2));
    CAF_CHECK_EQUAL(nodes.network->delivered(), 2u);
    CAF_CHECK_EQUAL(nodes.network->dropped(), 0u);
  }
}

CAF_TEST(loss drops about as many as it says and counts them) {
  pair_of_nodes nodes;
  nodes.network->set_faults({0.3, 0, 0, milliseconds{0}, milliseconds{0}});
  nodes.send_numbered(1000);
  CAF_CHECK_EQUAL(nodes.network->delivered() + nodes.network->dropped(), 1000u);
  CAF_CHECK_GREATER(nodes.network->dropped(), 230u);
  CAF_CHECK_LESS(nodes.network->dropped(), 370u);
  CAF_CHECK(is_ascending(nodes.two.numbers()));
  CAF_CHECK_EQUAL(nodes.status(nodes.link).dropped_messages, nodes.network->dropped());
}

CAF_TEST(duplication delivers about as many twice as it says) {
  pair_of_nodes nodes;
  nodes.network->set_faults({0, 0.3, 0, milliseconds{0}, milliseconds{0}});
  nodes.send_numbered(1000);
  CAF_CHECK_GREATER(nodes.two.got.size(), 1230u);
  CAF_CHECK_LESS(nodes.two.got.size(), 1370u);
  auto numbers = nodes.two.numbers();
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  CAF_CHECK_EQUAL(numbers.size(), 1000u);
}

CAF_TEST(delay holds messages back for a time within its bounds and keeps their order) {
  pair_of_nodes nodes;
  nodes.network->set_faults({0, 0, 0, milliseconds{10}, milliseconds{20}});
  nodes.send_numbered(100);
  nodes.pass(milliseconds{9});
  CAF_CHECK_EQUAL(nodes.two.got.size(), 0u);
  CAF_CHECK_GREATER(nodes.status(nodes.link).queued_bytes, 0u);
  nodes.pass(milliseconds{11});
  CAF_CHECK_EQUAL(nodes.two.got.size(), 100u);
  CAF_CHECK(is_ascending(nodes.two.numbers()));
}

CAF_TEST(reordering lets messages pass each other and loses none) {
  pair_of_nodes nodes;
  nodes.network->set_faults({0, 0, 0.3, milliseconds{0}, milliseconds{5}});
  nodes.send_numbered(200);
  nodes.pass(milliseconds{20});
  auto numbers = nodes.two.numbers();
  CAF_CHECK_EQUAL(numbers.size(), 200u);
  CAF_CHECK(!is_ascending(numbers));
  std::sort(numbers.begin(), numbers.end());
  CAF_CHECK(std::unique(numbers.begin(), numbers.end()) == numbers.end());
}

CAF_TEST(the same seed gives the same history and another seed another) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto history = faulty_history(seed);
    CAF_CHECK(!history.empty());
    CAF_CHECK(history == faulty_history(seed));
    CAF_CHECK(history != faulty_history(seed + 1000));
  }
}

CAF_TEST(a cut stops one way only and healing undoes it) {
  pair_of_nodes nodes;
  auto back = nodes.open(nodes.two, node_1);
  nodes.network->cut(node_1, node_2);
  CAF_CHECK(!nodes.status(nodes.link).connected);
  CAF_CHECK(nodes.status(back).connected);
  nodes.send(nodes.link, make_heartbeat(1));
  nodes.send(back, make_heartbeat(2, node_2, node_1));
  CAF_CHECK_EQUAL(nodes.two.got.size(), 0u);
  CAF_CHECK_EQUAL(nodes.one.got.size(), 1u);
  CAF_CHECK_EQUAL(nodes.network->dropped(), 1u);
  nodes.network->heal();
  nodes.send(nodes.link, make_heartbeat(3));
  CAF_CHECK(nodes.two.numbers() == std::vector<std::uint64_t>{3});
}

CAF_TEST(isolation stops both ways and also what is on its way) {
  pair_of_nodes nodes;
  auto back = nodes.open(nodes.two, node_1);
  nodes.network->set_faults({0, 0, 0, milliseconds{10}, milliseconds{10}});
  nodes.send(nodes.link, make_heartbeat(1));
  nodes.network->isolate(node_2);
  nodes.pass(milliseconds{20});
  nodes.send(back, make_heartbeat(2, node_2, node_1));
  nodes.pass(milliseconds{20});
  CAF_CHECK_EQUAL(nodes.two.got.size() + nodes.one.got.size(), 0u);
  CAF_CHECK_EQUAL(nodes.network->dropped(), 2u);
  nodes.network->heal();
  nodes.send(nodes.link, make_heartbeat(3));
  nodes.pass(milliseconds{20});
  CAF_CHECK(nodes.two.numbers() == std::vector<std::uint64_t>{3});
}

CAF_TEST(a node that has stopped gets nothing and one that starts again does) {
  pair_of_nodes nodes;
  nodes.two.net->stop();
  nodes.send(nodes.link, make_heartbeat(1));
  CAF_CHECK_EQUAL(nodes.network->dropped(), 1u);
  node again{nodes.system, nodes.network, node_2};
  CAF_CHECK_EQUAL(again.error, "");
  nodes.send(nodes.link, make_heartbeat(2));
  CAF_CHECK(again.numbers() == std::vector<std::uint64_t>{2});
  CAF_CHECK_EQUAL(nodes.two.got.size(), 0u);
}

CAF_TEST(an id that is there already is an error that names it) {
  pair_of_nodes nodes;
  node again{nodes.system, nodes.network, node_2};
  CAF_CHECK_NOT_EQUAL(again.error.find("node 2"), std::string::npos);
}

CAF_TEST(nodes of another cluster are not reached) {
  pair_of_nodes nodes;
  node stranger{nodes.system, nodes.network, node_3, "other"};
  auto link = nodes.open(nodes.one, node_3);
  nodes.send(link, make_heartbeat(1, node_1, node_3));
  CAF_CHECK_EQUAL(stranger.got.size(), 0u);
}

CAF_TEST(nodes of several actor systems reach each other) {
  virtual_system first;
  virtual_system second;
  auto network = in_process_network::make();
  node one{first.system, network, node_1};
  node two{second.system, network, node_2};
  auto there = first.open(one, node_2);
  auto back = second.open(two, node_1);
  first.send(there, make_heartbeat(1));
  second.send(back, make_heartbeat(2, node_2, node_1));
  CAF_CHECK(two.numbers() == std::vector<std::uint64_t>{1});
  CAF_CHECK(one.numbers() == std::vector<std::uint64_t>{2});
}

CAF_TEST(what is delayed is bounded in bytes) {
  virtual_system system;
  auto network = in_process_network::make();
  auto net = in_process_transport(network);
  transport_context context;
  context.self = {node_1, {}};
  context.link_queue_bytes = 10'000;
  context.deliver = [](node_id, std::vector<raft_message>&&) {};
  CAF_REQUIRE(net->start(system.system, std::move(context)).ok());
  node two{system.system, network, node_2, ""};
  network->set_faults({0, 0, 0, milliseconds{10}, milliseconds{10}});
  system.links.push_back(net->open_link({node_2, {}}));
  for (std::uint64_t i = 1; i <= 20; ++i)
    system.send(system.links.back(), make_append(i, std::string(1000, 'x')));
  CAF_CHECK_LESS_OR_EQUAL(system.status(system.links.back()).queued_bytes, 10'000u);
  CAF_CHECK_GREATER(network->dropped(), 10u);
  system.pass(milliseconds{20});
  CAF_CHECK_EQUAL(two.got.size() + network->dropped(), 20u);
}
