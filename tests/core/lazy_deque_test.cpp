// A queue without memory while it is empty.
#include "actors/partition/lazy_deque.hpp"

#define CAF_SUITE lazy_deque
#include <caf/test/unit_test.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

using namespace kommander;

namespace {

lazy_deque<int> filled(int size) {
  lazy_deque<int> result;
  for (auto i = 0; i < size; ++i)
    result.push_back(i);
  return result;
}

std::vector<int> content(const lazy_deque<int>& x) {
  return {x.begin(), x.end()};
}

} // namespace

CAF_TEST(a queue is one pointer and empty at first) {
  CAF_CHECK_EQUAL(sizeof(lazy_deque<int>), sizeof(void*));
  lazy_deque<int> x;
  CAF_CHECK(x.empty());
  CAF_CHECK_EQUAL(x.size(), 0u);
  CAF_CHECK(x.begin() == x.end());
  CAF_CHECK(x.begin() + 0 == x.end());
  CAF_CHECK(x.rbegin() == x.rend());
  CAF_CHECK_EQUAL(x.end() - x.begin(), 0);
  CAF_CHECK(std::remove(x.begin(), x.end(), 1) == x.end());
  x.erase(x.begin(), x.end());
  x.clear();
  CAF_CHECK(x.empty());
}

CAF_TEST(what is put in comes out in order at both ends) {
  auto x = filled(4);
  CAF_CHECK_EQUAL(x.size(), 4u);
  CAF_CHECK_EQUAL(x.front(), 0);
  CAF_CHECK_EQUAL(x.back(), 3);
  CAF_CHECK_EQUAL(x[2], 2);
  x.pop_front();
  x.pop_back();
  CAF_CHECK((content(x) == std::vector<int>{1, 2}));
  x.pop_front();
  x.pop_front();
  CAF_CHECK(x.empty());
  CAF_CHECK(x.begin() == x.end());
  x.push_back(7);
  CAF_CHECK((content(x) == std::vector<int>{7}));
}

CAF_TEST(references outlive growth and loss at the ends) {
  auto x = filled(3);
  auto& middle = x[1];
  for (auto i = 0; i < 10'000; ++i)
    x.push_back(i);
  x.pop_front();
  CAF_CHECK_EQUAL(&middle, &x.front());
  CAF_CHECK_EQUAL(middle, 1);
}

CAF_TEST(parts can be erased and all of it) {
  auto x = filled(6);
  x.erase(std::remove_if(x.begin(), x.end(), [](int y) { return y % 2 == 0; }), x.end());
  CAF_CHECK((content(x) == std::vector<int>{1, 3, 5}));
  x.erase(x.begin(), x.end());
  CAF_CHECK(x.empty());
}

CAF_TEST(a copy is a queue of its own and what was moved from is empty) {
  auto x = filled(3);
  auto y = x;
  y.pop_front();
  CAF_CHECK_EQUAL(x.size(), 3u);
  CAF_CHECK_EQUAL(y.size(), 2u);
  auto z = std::exchange(x, {});
  CAF_CHECK(x.empty());
  CAF_CHECK_EQUAL(z.size(), 3u);
  z = y;
  CAF_CHECK((content(z) == std::vector<int>{1, 2}));
}

CAF_TEST(what is in it is let go when it is empty) {
  auto watched = std::make_shared<int>(1);
  lazy_deque<std::shared_ptr<int>> x;
  x.push_back(watched);
  x.push_back(watched);
  CAF_CHECK_EQUAL(watched.use_count(), 3);
  x.pop_front();
  CAF_CHECK_EQUAL(watched.use_count(), 2);
  x.clear();
  CAF_CHECK_EQUAL(watched.use_count(), 1);
}
