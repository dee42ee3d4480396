#define CAF_SUITE node_budget

#include "actors/partition/node_budget.hpp"

#include <caf/test/unit_test.hpp>

#include <thread>
#include <vector>

using namespace kommander;

namespace {

struct fixture {
  std::shared_ptr<node_budget> budget = std::make_shared<node_budget>(load{10, 1000});
  budget_share a{budget}, b{budget};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(node_budget_tests, fixture)

CAF_TEST(all partitions share one budget of entries and of bytes) {
  CAF_CHECK(a.try_take({6, 10}));
  CAF_CHECK(b.try_take({4, 10}));
  CAF_CHECK(!b.try_take({1, 10}));
  a.give_back({6, 10});
  CAF_CHECK(b.try_take({1, 980}));
  CAF_CHECK(!a.try_take({1, 11}));
  CAF_CHECK(a.try_take({1, 10}));
}

CAF_TEST(what is refused takes nothing) {
  CAF_CHECK(a.try_take({9, 100}));
  CAF_CHECK(!a.try_take({2, 100}));
  CAF_CHECK(!a.try_take({1, 901}));
  CAF_CHECK(budget->taken() == (load{9, 100}));
}

CAF_TEST(what alone is more than all waits for all) {
  CAF_CHECK(a.try_take({1, 1}));
  CAF_CHECK(!b.try_take({20, 5000}));
  a.give_back({1, 1});
  CAF_CHECK(b.try_take({20, 5000}));
  CAF_CHECK(budget->exhausted());
  b.give_back({20, 5000});
  CAF_CHECK(budget->taken() == load{});
}

CAF_TEST(a share that is closed gives back what was never answered) {
  CAF_CHECK(a.try_take({5, 500}));
  CAF_CHECK(b.try_take({1, 1}));
  a.close();
  CAF_CHECK(budget->taken() == (load{1, 1}));
}

CAF_TEST(a share that is held may go beyond the budget and exhausts it) {
  a.hold({11, 5});
  CAF_CHECK(budget->exhausted());
  CAF_CHECK(budget->taken() == (load{11, 5}));
  a.hold({1, 999});
  CAF_CHECK(!budget->exhausted());
  b.hold({1, 1});
  CAF_CHECK(budget->exhausted());
}

CAF_TEST(threads never take more than there is and lose nothing) {
  std::atomic<std::uint64_t> most{0};
  std::vector<std::thread> threads;
  for (auto t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      budget_share mine{budget};
      for (auto i = 0; i < 20'000; ++i)
        if (mine.try_take({3, 1})) {
          static std::atomic<std::uint64_t> held{0};
          auto now = held.fetch_add(3) + 3;
          for (auto seen = most.load(); now > seen && !most.compare_exchange_weak(seen, now);)
            ;
          held.fetch_sub(3);
          mine.give_back({3, 1});
        }
    });
  for (auto& x : threads)
    x.join();
  CAF_CHECK(most.load() <= 9u);
  CAF_CHECK(budget->taken() == load{});
}

CAF_TEST_FIXTURE_SCOPE_END()
