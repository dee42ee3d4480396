/// Discoveries of one machine that find each other through real sockets.
#define CAF_SUITE discovery_multicast

#include "net/discovery/multicast_socket.hpp"
#include "net/discovery/packet.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/discovery/support.hpp"

#include <filesystem>

using namespace discovery_test;
using namespace std::chrono_literals;

namespace {

/// A port of this process's own, so that several runs of the tests do not meet.
std::uint16_t own_port() {
  return static_cast<std::uint16_t>(20'000 + getpid() % 20'000);
}

multicast_options quick(const std::string& key = {}) {
  multicast_options x;
  x.group = "239.77.77.77";
  x.port = own_port();
  x.interval = 100ms;
  x.key = key;
  return x;
}

node_info node(std::uint64_t id) {
  return {node_id{id}, {"127.0.0.1", static_cast<std::uint16_t>(7000 + id)}};
}

contact as_contact(const node_info& x) {
  return {x.id, x.address};
}

/// A node's part in it.
struct participant {
  std::shared_ptr<found_contacts> found = std::make_shared<found_contacts>();
  discovery_ptr discovery;

  participant(caf::actor_system& system, const node_info& self, const multicast_options& options,
              const std::string& cluster = "here")
    : discovery{multicast_discovery(options)} {
    auto started = discovery->start(system, context_of(self, found, cluster));
    if (!started)
      CAF_ERROR(started.error().message);
  }
};

struct fixture {
  config cfg;
  caf::actor_system system{cfg};
};

/// Why packets do not come back to this machine; empty if they do.
std::string missing() {
  auto socket = net::multicast_socket::open(quick());
  if (!socket)
    return socket.error().message;
  auto end = std::chrono::steady_clock::now() + 5s;
  while (std::chrono::steady_clock::now() < end) {
    if (auto problem = (*socket)->send("hello", true); !problem.empty())
      return problem;
    std::this_thread::sleep_for(2ms);
    while (auto packet = (*socket)->receive())
      if (packet->content == "hello")
        return {};
  }
  return "packets to the group do not come back";
}

/// True, with a word, if this machine does not let packets of a group come back to it.
bool skipped() {
  static const auto problem = missing();
  if (!problem.empty())
    CAF_MESSAGE("SKIPPED, for multicast does not work here: " << problem);
  return !problem.empty();
}

std::size_t threads() {
  auto all = std::filesystem::directory_iterator{"/proc/self/task"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(on_one_machine, fixture)

CAF_TEST(two nodes find each other) {
  if (skipped())
    return;
  participant x{system, node(1), quick()};
  participant y{system, node(2), quick()};
  CAF_CHECK(x.found->await_nodes(1) == std::vector<contact>{as_contact(node(2))});
  CAF_CHECK(y.found->await_nodes(1) == std::vector<contact>{as_contact(node(1))});
}

CAF_TEST(three nodes find each other and one that goes is forgotten and one that returns elsewhere is found there) {
  if (skipped())
    return;
  participant x{system, node(1), quick("secret")};
  participant y{system, node(2), quick("secret")};
  {
    participant z{system, node(3), quick("secret")};
    for (auto* each : {&x, &y, &z})
      each->found->await_nodes(2);
    z.discovery->stop();
  }
  x.found->await_nodes(1);
  y.found->await_nodes(1);
  auto moved = node(3);
  moved.address.port = 9003;
  participant back{system, moved, quick("secret")};
  auto has_moved = [&](const std::vector<contact>& all) {
    return std::ranges::find(all, as_contact(moved)) != all.end();
  };
  x.found->await(has_moved);
  y.found->await(has_moved);
}

CAF_TEST(other clusters and other keys are ignored and counted) {
  if (skipped())
    return;
  participant x{system, node(1), quick()};
  participant other_cluster{system, node(2), quick(), "there"};
  participant other_key{system, node(3), quick("secret")};
  participant y{system, node(4), quick()};
  x.found->await_nodes(1);
  CAF_CHECK(eventually([&] { return x.discovery->counters().foreign > 3; }));
  CAF_CHECK(eventually([&] { return other_key.discovery->counters().foreign > 3; }));
  CAF_CHECK(other_cluster.found->all().empty());
  CAF_CHECK(other_key.found->all().empty());
  for (const auto& list : x.found->all())
    CAF_CHECK(list == std::vector<contact>{as_contact(node(4))});
}

CAF_TEST(malformed packets are counted and disturb nobody) {
  if (skipped())
    return;
  participant x{system, node(1), quick()};
  auto socket = net::multicast_socket::open(quick());
  CAF_REQUIRE(socket);
  auto valid = net::encode_packet({node_id{9}, 1, {"127.0.0.1", 9}, false}, net::make_packet_key("here", ""));
  for (auto i = 0; i < 100; ++i) {
    (*socket)->send("", true);
    (*socket)->send(std::string(2000, 'x'), true);
    (*socket)->send(valid.substr(0, valid.size() - 1), true);
    auto other_version = valid;
    other_version[4] = 9;
    (*socket)->send(other_version, true);
  }
  CAF_CHECK(eventually([&] { return x.discovery->counters().malformed > 100; })); // UDP may lose some
  participant y{system, node(2), quick()};
  CAF_CHECK(x.found->await_nodes(1) == std::vector<contact>{as_contact(node(2))});
}

CAF_TEST(when a discovery has stopped it tells nothing and its thread ends) {
  if (skipped())
    return;
  auto before = threads();
  {
    participant x{system, node(1), quick()};
    participant y{system, node(2), quick()};
    x.found->await_nodes(1);
    CAF_CHECK_EQUAL(threads(), before + 2);
    x.discovery->stop();
    auto told = x.found->all().size();
    y.discovery->stop();
    CAF_CHECK(eventually([&] { return threads() == before; }));
    CAF_CHECK_EQUAL(x.found->all().size(), told);
  }
}

CAF_TEST(settings that make no sense are named with their value) {
  auto complaint = [&](const std::function<void(multicast_options&, node_info&)>& change) {
    auto options = quick();
    auto self = node(1);
    change(options, self);
    auto x = multicast_discovery(options);
    auto started = x->start(system, context_of(self, std::make_shared<found_contacts>()));
    return started ? std::string{"none"} : started.error().message;
  };
  auto names = [](const std::string& text, const std::string& word) { return text.find(word) != std::string::npos; };
  CAF_CHECK(names(complaint([](auto& x, auto&) { x.group = "10.0.0.1"; }), "10.0.0.1"));
  CAF_CHECK(names(complaint([](auto& x, auto&) { x.group = "everybody"; }), "everybody"));
  CAF_CHECK(names(complaint([](auto& x, auto&) { x.interface = "nowhere0"; }), "nowhere0"));
  CAF_CHECK(names(complaint([](auto& x, auto&) { x.interval = 49ms; }), "49 ms"));
  CAF_CHECK(names(complaint([](auto& x, auto&) { x.forget_after = 1; }), "forget_after"));
  CAF_CHECK(names(complaint([](auto& x, auto&) { x.hops = 256; }), "256"));
  CAF_CHECK(names(complaint([](auto& x, auto&) { x.port = 0; }), "port"));
  CAF_CHECK(names(complaint([](auto& x, auto&) { x.key.assign(1025, 'k'); }), "1025"));
  CAF_CHECK(names(complaint([](auto&, auto& self) { self.id = {}; }), "id"));
  CAF_CHECK(names(complaint([](auto&, auto& self) { self.address.port = 0; }), "port"));
  CAF_CHECK(names(complaint([](auto&, auto& self) { self.address.host = "::"; }), "::"));
  for (const auto& x : net::list_interfaces())
    if (!x.is_loopback)
      CAF_CHECK(names(complaint([&](auto& options, auto&) { options.interface = x.name; }), x.name));
}

CAF_TEST(a discovery is started once) {
  if (skipped())
    return;
  participant x{system, node(1), quick()};
  CAF_CHECK(!x.discovery->start(system, context_of(node(1), x.found)));
  x.discovery->stop();
  CAF_CHECK(!x.discovery->start(system, context_of(node(1), x.found)));
}

CAF_TEST_FIXTURE_SCOPE_END()
