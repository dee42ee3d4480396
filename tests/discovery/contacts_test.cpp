/// What every discovery promises about its contacts, and those that the application knows by itself.
#define CAF_SUITE discovery_contacts

#include "net/discovery/feed.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/discovery/support.hpp"

using namespace discovery_test;

namespace {

const node_info self{node_id{1}, {"10.0.0.1", 7000}};

contact at(std::uint64_t id, const std::string& host, std::uint16_t port = 7000) {
  return {node_id{id}, {host, port}};
}

std::vector<contact> tidy(std::vector<contact> all) {
  return net::tidy_contacts(std::move(all), self);
}

} // namespace

CAF_TEST(contacts are in order and without repetition and without the node itself) {
  auto got = tidy({at(3, "10.0.0.3"), at(2, "10.0.0.2"), at(1, "10.0.0.9"), at(0, "10.0.0.1"), at(3, "10.0.0.3")});
  CAF_CHECK(got == (std::vector<contact>{at(2, "10.0.0.2"), at(3, "10.0.0.3")}));
}

CAF_TEST(an address without a node is left out where a node is known) {
  auto got = tidy({at(0, "10.0.0.2"), at(2, "10.0.0.2"), at(0, "10.0.0.4")});
  CAF_CHECK(got == (std::vector<contact>{at(0, "10.0.0.4"), at(2, "10.0.0.2")}));
}

CAF_TEST(what is no address is left out) {
  CAF_CHECK(tidy({at(2, ""), at(3, "10.0.0.3", 0)}).empty());
}

CAF_TEST(contacts beyond the limit are left out) {
  std::vector<contact> all;
  for (std::uint64_t id = 2; id < 2 + 2 * contacts_max; ++id)
    all.push_back(at(id, "10.0.0.2", static_cast<std::uint16_t>(id)));
  auto got = tidy(all);
  CAF_CHECK_EQUAL(got.size(), contacts_max);
  CAF_CHECK(got.back() == all[contacts_max - 1]);
}

CAF_TEST(the members that were named are told once) {
  config cfg;
  caf::actor_system system{cfg};
  auto found = std::make_shared<found_contacts>();
  auto x = make_discovery({{{node_id{2}, {"10.0.0.2", 7000}}, self}});
  CAF_CHECK(x->start(system, context_of(self, found)));
  CAF_CHECK(found->all() == (std::vector<std::vector<contact>>{{at(2, "10.0.0.2")}}));
  CAF_CHECK(!x->start(system, context_of(self, found)));
}

CAF_TEST(what the application sets is told when it has changed) {
  config cfg;
  caf::actor_system system{cfg};
  auto found = std::make_shared<found_contacts>();
  dynamic_discovery x;
  x.set({at(5, "10.0.0.5")});
  CAF_CHECK(found->all().empty());
  CAF_CHECK(x.start(system, context_of(self, found)));
  x.set({at(2, "10.0.0.2"), at(0, "10.0.0.7")});
  x.set({at(0, "10.0.0.7"), at(2, "10.0.0.2"), at(2, "10.0.0.2")}); // the same
  x.set({});
  x.set({});
  auto second_start = x.start(system, context_of(self, found));
  CAF_CHECK(!second_start);
  x.stop();
  x.set({at(9, "10.0.0.9")});
  CAF_CHECK(found->all()
            == (std::vector<std::vector<contact>>{{at(5, "10.0.0.5")}, {at(0, "10.0.0.7"), at(2, "10.0.0.2")}, {}}));
}

CAF_TEST(many threads may set contacts while the discovery is stopped) {
  config cfg;
  caf::actor_system system{cfg};
  for (auto round = 0; round < 20; ++round) {
    std::atomic<bool> stopped{false};
    std::atomic<std::size_t> late{0};
    std::atomic<std::size_t> told{0};
    dynamic_discovery x;
    CAF_CHECK(x.start(system, {"here", self, [&](std::vector<contact>) {
                                 ++told;
                                 if (stopped)
                                   ++late;
                               }}));
    std::vector<std::thread> threads;
    for (std::uint64_t t = 2; t < 6; ++t)
      threads.emplace_back([&x, t] {
        for (auto i = 0; i < 200; ++i)
          x.set({at(t, "10.0.0.2", static_cast<std::uint16_t>(i + 1))});
      });
    eventually([&] { return told > 0; });
    x.stop();
    stopped = true;
    for (auto& thread : threads)
      thread.join();
    CAF_CHECK_EQUAL(late.load(), 0u);
  }
}

CAF_TEST(a receiver that throws does no harm) {
  config cfg;
  caf::actor_system system{cfg};
  auto calls = 0;
  dynamic_discovery x;
  CAF_CHECK(x.start(system, {"here", self, [&](std::vector<contact>) {
                               ++calls;
                               throw std::runtime_error{"not now"};
                             }}));
  x.set({at(2, "10.0.0.2")});
  x.set({at(3, "10.0.0.2")});
  CAF_CHECK_EQUAL(calls, 2);
}
