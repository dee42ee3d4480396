/// Discovery by a name, with a resolver that says what it is told, and with the system's.
#define CAF_SUITE discovery_dns

#include "net/discovery/dns.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/discovery/support.hpp"

#include <atomic>
#include <deque>
#include <map>

using namespace discovery_test;
using namespace std::chrono_literals;

namespace {

const node_info self{node_id{1}, {"10.0.0.1", 7000}};

contact at(const std::string& host) {
  return {{}, {host, 7000}};
}

/// Not so where there is no /etc/hosts, as in a bare root directory.
bool system_knows_localhost() {
  auto hosts = net::resolve("localhost").hosts;
  auto knows = std::ranges::find(hosts, "127.0.0.1") != hosts.end();
  if (!knows)
    CAF_MESSAGE("skipped: this machine cannot say what localhost is");
  return knows;
}

/// Answers in turn; the last one for ever.
struct scripted_resolver {
  std::mutex mutex;
  std::deque<net::resolution> answers;
  std::atomic<std::size_t> asked{0};

  net::resolution operator()(const std::string& name) {
    std::lock_guard guard{mutex};
    CAF_CHECK_EQUAL(name, "nodes.example");
    ++asked;
    auto x = answers.front();
    if (answers.size() > 1)
      answers.pop_front();
    return x;
  }
};

struct fixture {
  config cfg;
  caf::actor_system system{cfg};
  std::shared_ptr<found_contacts> found = std::make_shared<found_contacts>();
  std::shared_ptr<scripted_resolver> script = std::make_shared<scripted_resolver>();

  discovery_ptr start(std::deque<net::resolution> answers) {
    script->answers = std::move(answers);
    auto x =
      net::make_dns_discovery({"nodes.example", 7000, 50ms}, [s = script](const std::string& n) { return (*s)(n); });
    CAF_REQUIRE(x->start(system, context_of(self, found)));
    return x;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(scripted, fixture)

CAF_TEST(all addresses of both families are contacts and follow the name) {
  auto x = start({{true, {"10.0.0.2", "2001:db8::2", "10.0.0.1"}, {}}, {true, {"10.0.0.3"}, {}}});
  found->await([](const auto& all) { return all == std::vector<contact>{at("10.0.0.3")}; });
  CAF_CHECK(found->all().front() == (std::vector<contact>{at("10.0.0.2"), at("2001:db8::2")}));
  CAF_CHECK_EQUAL(x->counters().failures, 0u);
}

CAF_TEST(a failure keeps the contacts and a name without addresses has none) {
  auto x = start({{true, {"10.0.0.2"}, {}},
                  {false, {}, "the name server is away"},
                  {false, {}, "still away"},
                  {true, {}, "no such name"}});
  found->await([](const auto& all) { return all.empty(); });
  CAF_CHECK(found->all() == (std::vector<std::vector<contact>>{{at("10.0.0.2")}, {}}));
  CAF_CHECK_EQUAL(x->counters().failures, 2u);
}

CAF_TEST(more addresses than there is room for are cut) {
  net::resolution many{true, {}, {}};
  for (auto i = 0; i < 1000; ++i)
    many.hosts.push_back("10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250));
  auto x = start({many});
  CAF_CHECK_EQUAL(found->await([](const auto& all) { return !all.empty(); }).size(), contacts_max);
}

CAF_TEST(addresses become contacts with ids as they tell them and those that do not are asked again) {
  script->answers = {{true, {"10.0.0.1", "10.0.0.2", "10.0.0.3"}, {}}};
  std::map<std::string, std::size_t> asked; // by the discovery's thread alone, until it has ended
  auto identify = [&](const endpoint& where, const std::function<void(node_id)>& told) {
    auto times = ++asked[where.host];
    told(where.host == "10.0.0.2" ? node_id{2} : times < 3 ? node_id{} : node_id{3});
  };
  auto x = net::make_dns_discovery(
    {"nodes.example", 7000, 50ms}, [s = script](const std::string& n) { return (*s)(n); }, identify);
  CAF_REQUIRE(x->start(system, context_of(self, found)));
  std::vector<contact> all{{node_id{2}, {"10.0.0.2", 7000}}, {node_id{3}, {"10.0.0.3", 7000}}};
  found->await([&](const auto& y) { return y == all; });
  auto looked_up = script->asked.load();
  CAF_CHECK(eventually([&] { return script->asked > looked_up + 2; }));
  x->stop();
  x.reset();
  CAF_CHECK(eventually([&] { return script.use_count() == 1; }));
  CAF_CHECK((asked == std::map<std::string, std::size_t>{{"10.0.0.2", 1}, {"10.0.0.3", 3}})); // and not itself
}

CAF_TEST(what is told of an address that the name has lost is forgotten) {
  script->answers = {{true, {"10.0.0.2"}, {}}, {true, {"10.0.0.3"}, {}}};
  std::mutex mutex;
  std::map<std::string, std::function<void(node_id)>> questions;
  auto identify = [&](const endpoint& where, std::function<void(node_id)> told) {
    std::lock_guard guard{mutex};
    questions[where.host] = std::move(told);
  };
  auto x = net::make_dns_discovery(
    {"nodes.example", 7000, 50ms}, [s = script](const std::string& n) { return (*s)(n); }, identify);
  CAF_REQUIRE(x->start(system, context_of(self, found)));
  found->await([](const auto& all) { return all == std::vector<contact>{at("10.0.0.3")}; });
  auto tell = [&](const std::string& host, node_id id) {
    std::lock_guard guard{mutex};
    return questions.contains(host) && (questions[host](id), true);
  };
  CAF_CHECK(tell("10.0.0.2", node_id{2}));
  CAF_CHECK(eventually([&] { return tell("10.0.0.3", node_id{3}); }));
  found->await([](const auto& all) { return all == std::vector<contact>{{node_id{3}, {"10.0.0.3", 7000}}}; });
  x->stop();
  CAF_CHECK(tell("10.0.0.3", node_id{4})); // nobody is told any more
}

CAF_TEST(after the end nobody is asked and told) {
  auto x = start({{true, {"10.0.0.2"}, {}}, {true, {"10.0.0.3"}, {}}});
  found->await_nodes(1);
  x->stop();
  auto told = found->all().size();
  // The thread lets go of the resolver when it ends.
  x.reset();
  CAF_CHECK(eventually([&] { return script.use_count() == 1; }));
  CAF_CHECK_EQUAL(found->all().size(), told);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(a retry waits longer each time but never longer than a refresh) {
  CAF_CHECK(net::retry_delay(1, 30s) == 1s);
  CAF_CHECK(net::retry_delay(2, 30s) == 2s);
  CAF_CHECK(net::retry_delay(5, 30s) == 16s);
  CAF_CHECK(net::retry_delay(6, 30s) == 30s);
  CAF_CHECK(net::retry_delay(4'000'000'000, 24h) == 24h);
  CAF_CHECK(net::retry_delay(1, 50ms) == 50ms);
}

CAF_TEST(the system knows this machine and both spellings of a numeric address) {
  if (system_knows_localhost())
    CAF_CHECK(net::resolve("localhost").answered);
  CAF_CHECK(net::resolve("192.0.2.7").hosts == std::vector<std::string>{"192.0.2.7"});
  CAF_CHECK(net::resolve("2001:DB8::0:7").hosts == std::vector<std::string>{"2001:db8::7"});
  CAF_CHECK(net::resolve("fe80::1").hosts.empty());
}

CAF_TEST(a name that is not there is told with its reason) {
  // Reserved for this (RFC 2606). Without a name server it cannot be asked, which is another thing, told apart.
  auto x = net::resolve("no-such-node.invalid");
  CAF_MESSAGE((x.answered ? "no addresses: " : "failed: ") << x.problem);
  CAF_CHECK(x.hosts.empty());
  CAF_CHECK(x.problem.find("no-such-node.invalid") != std::string::npos);
}

CAF_TEST(localhost is discovered through the public interface) {
  if (!system_knows_localhost())
    return;
  config cfg;
  caf::actor_system system{cfg};
  auto found = std::make_shared<found_contacts>();
  auto x = dns_discovery({"localhost", 7000, 50ms});
  CAF_REQUIRE(x->start(system, context_of(self, found)));
  auto all = found->await([](const auto& xs) { return !xs.empty(); });
  CAF_CHECK(std::ranges::find(all, at("127.0.0.1")) != all.end());
  x->stop();
}

CAF_TEST(settings that make no sense are named) {
  config cfg;
  caf::actor_system system{cfg};
  auto found = std::make_shared<found_contacts>();
  auto complaint = [&](dns_options options) {
    auto started = dns_discovery(std::move(options))->start(system, context_of(self, found));
    return started ? std::string{} : started.error().message;
  };
  CAF_CHECK(complaint({"", 7000}).find("dns_options.name") != std::string::npos);
  CAF_CHECK(complaint({std::string(254, 'a'), 7000}).find("dns_options.name") != std::string::npos);
  CAF_CHECK(complaint({"localhost", 0}).find("dns_options.port") != std::string::npos);
  CAF_CHECK(complaint({"localhost", 7000, 49ms}).find("49 ms") != std::string::npos);
}
