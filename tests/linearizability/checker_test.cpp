// The checker of histories accepts what is linearizable, however odd it looks, and refuses everything else.
#define CAF_SUITE linearizability

#include <caf/test/unit_test.hpp>

#include <algorithm>
#include <random>

#include "tests/linearizability/checker.hpp"

using namespace kommander::linearizability;

namespace {

struct named_history {
  const char* name;
  history operations;
};

/// Each is wrong, and would be right without one operation or with another answer.
const std::vector<named_history>& corrupted() {
  static const std::vector<named_history> all{
    {"a stale read", {write(1, 5, 1, 2), write(1, 6, 3, 4), read(1, 5, 5, 6)}},
    {"a lost write", {write(1, 5, 1, 2), read(1, 0, 3, 4)}},
    {"a read of a value that was never written", {write(1, 5, 1, 2), read(1, 7, 3, 4)}},
    {"a read of a value before it is written", {read(1, 5, 1, 2), write(1, 5, 3, 4)}},
    {"reads that go back", {write(1, 5, 1, 10), read(1, 5, 2, 3), read(1, 0, 4, 5)}},
    {"reads that go back and forth between two writes",
     {write(1, 5, 1, 20), write(1, 6, 1, 20), read(1, 5, 2, 3), read(1, 6, 4, 5), read(1, 5, 6, 7)}},
    {"readers that see two writes in different orders",
     {write(1, 5, 1, 4), write(1, 6, 1, 4), read(1, 5, 5, 6), read(1, 6, 5, 6)}},
    {"two swaps that took the same value", {write(1, 5, 1, 2), swap(1, 5, 6, 3, 8), swap(1, 5, 7, 3, 8)}},
    {"a swap that succeeded without its value", {write(1, 5, 1, 2), swap(1, 4, 6, 3, 4)}},
    {"a swap that failed although its value was there", {write(1, 5, 1, 2), failed_swap(1, 5, 6, 3, 4)}},
    {"an effect of a swap that failed", {write(1, 5, 1, 2), failed_swap(1, 4, 6, 3, 4), read(1, 6, 5, 6)}},
    {"an effect of a write that was refused and so is not there", {write(1, 5, 1, 2), read(1, 6, 3, 4)}},
    {"an open write that takes effect and is undone",
     {write(1, 5, 1, 2), write(1, 6, 3), read(1, 6, 4, 5), read(1, 5, 6, 7)}},
    {"an open write that takes effect twice",
     {write(1, 6, 1), read(1, 6, 2, 3), write(1, 5, 4, 5), read(1, 5, 6, 7), read(1, 6, 8, 9)}},
    {"an open write that takes effect before it was asked for", {read(1, 6, 1, 2), write(1, 6, 3)}},
    {"an open swap that took what was never there", {write(1, 5, 1, 2), swap(1, 4, 6, 3), read(1, 6, 5, 6)}},
    {"a chain of swaps with a link missing", {swap(1, 0, 1, 1, 2), swap(1, 1, 2, 3, 4), swap(1, 3, 4, 5, 6)}},
    {"a write that comes to life again", {write(1, 5, 1, 2), write(1, 6, 3, 4), read(1, 6, 5, 6), read(1, 5, 7, 8)}},
    {"one bad register among good ones",
     {write(1, 5, 1, 2), read(1, 5, 3, 4), write(2, 6, 1, 2), read(2, 0, 3, 4), read(3, 0, 1, 2)}},
  };
  return all;
}

/// Each looks wrong, and has an order all the same.
const std::vector<named_history>& tricky() {
  static const std::vector<named_history> all{
    {"nothing at all", {}},
    {"a read of what was never written", {read(1, 0, 1, 2)}},
    {"concurrent writes, the first one to end wins", {write(1, 5, 1, 3), write(1, 6, 2, 4), read(1, 5, 5, 6)}},
    {"a concurrent read sees the write before it is answered", {write(1, 5, 1, 10), read(1, 5, 2, 3)}},
    {"concurrent reads, the later one to begin sees the older value",
     {write(1, 5, 1, 10), read(1, 5, 2, 6), read(1, 0, 3, 7)}},
    {"an open write that took effect much later",
     {write(1, 5, 1), write(1, 6, 2, 3), read(1, 6, 4, 5), read(1, 5, 6, 7)}},
    {"an open write that never took effect", {write(1, 5, 1), write(1, 6, 2, 3), read(1, 6, 4, 5)}},
    {"an open write that nobody saw, but a swap ran into", {write(1, 5, 1), failed_swap(1, 0, 6, 2, 3)}},
    {"an open swap in the middle of a chain",
     {swap(1, 0, 1, 1, 2), swap(1, 1, 2, 3), swap(1, 2, 3, 4, 5), read(1, 3, 6, 7)}},
    {"two open swaps, one after the other, both late",
     {swap(1, 0, 1, 1), swap(1, 1, 2, 2), read(1, 0, 3, 4), read(1, 2, 5, 6)}},
    {"an open read tells nothing", {write(1, 5, 1, 2), {1, action::read, 0, 99, true, 3, never}}},
    {"the same value written twice", {write(1, 5, 1, 2), write(1, 6, 3, 4), write(1, 5, 5, 6), read(1, 5, 7, 8)}},
    {"a swap that failed beside a write", {write(1, 5, 1, 2), write(1, 6, 3, 9), failed_swap(1, 5, 7, 4, 8)}},
    {"an answer and a question at the same moment", {write(1, 5, 1, 3), read(1, 0, 3, 4)}},
    {"the operations in any order of the list", {read(1, 5, 5, 6), write(1, 6, 1, 2), write(1, 5, 3, 4)}},
    {"registers do not know each other", {write(1, 5, 1, 2), read(2, 0, 3, 4), read(1, 5, 3, 4)}},
  };
  return all;
}

/// Tries every order: slow, and plainly right.
bool has_order(const history& all, std::vector<bool>& used, register_value value, std::size_t missing) {
  if (missing == 0)
    return true;
  auto first_answer = never;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!used[i])
      first_answer = std::min(first_answer, all[i].answered);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& x = all[i];
    if (used[i] || x.invoked > first_answer)
      continue;
    auto fits = x.what == action::read ? x.value == value || x.is_open()
                                       : x.what == action::write || (x.expected == value) == x.swapped;
    if (!fits)
      continue;
    used[i] = true;
    auto next = x.what != action::read && x.swapped ? x.value : value;
    if (has_order(all, used, next, missing - (x.is_open() ? 0 : 1)))
      return true;
    used[i] = false;
  }
  return false;
}

bool has_order(const history& all) {
  std::vector<bool> used(all.size());
  auto missing = std::count_if(all.begin(), all.end(), [](const auto& x) { return !x.is_open(); });
  return has_order(all, used, 0, static_cast<std::size_t>(missing));
}

history random_history(std::mt19937_64& random) {
  history result;
  auto count = 2 + random() % 6;
  for (std::size_t i = 0; i < count; ++i) {
    operation x;
    x.what = static_cast<action>(random() % 3);
    x.expected = random() % 4;
    x.value = random() % 4;
    x.invoked = random() % 12;
    x.swapped = x.what != action::compare_and_set || random() % 3 != 0;
    x.answered = x.swapped && random() % 4 == 0 ? never : x.invoked + random() % 6;
    result.push_back(x);
  }
  return result;
}

/// What one register answers to many clients that overlap, and lose some of the answers.
history true_history(std::mt19937_64& random, std::size_t count) {
  history result;
  register_value held = 0;
  for (std::size_t i = 1; i <= count; ++i) {
    auto at = 100 + i * 10; // here it takes effect
    operation x{1, static_cast<action>(random() % 3), held, i, true, at - random() % 60 - 1, at + random() % 60};
    if (x.what == action::read)
      x.value = held;
    if (x.what == action::compare_and_set && random() % 2 == 0) {
      x.expected = held + count;
      x.swapped = false;
    }
    if (x.what != action::read && x.swapped) {
      held = i;
      x.answered = random() % 10 == 0 ? never : x.answered;
    }
    result.push_back(x);
    if (random() % 20 == 0)
      result.push_back(write(1, i + 10 * count, at)); // never takes effect
  }
  return result;
}

} // namespace

CAF_TEST(an operation comes back from the payload of an entry without what was answered) {
  for (const auto& x : {read(3, 0, 1, 2), write(1, 5, 1, 2), failed_swap(~std::uint64_t{0}, 4, 5, 1, 2)}) {
    auto again = operation_of(payload_of(x));
    CAF_CHECK_EQUAL(again.key, x.key);
    CAF_CHECK(again.what == x.what);
    CAF_CHECK_EQUAL(again.expected, x.expected);
    CAF_CHECK_EQUAL(again.value, x.value);
    CAF_CHECK(again.is_open() && again.swapped);
  }
}

CAF_TEST(every corrupted history is refused) {
  CAF_CHECK(corrupted().size() >= 12);
  for (const auto& x : corrupted()) {
    CAF_MESSAGE(x.name);
    auto found = check(x.operations);
    CAF_CHECK(found.answer == verdict::violated);
    CAF_CHECK(!found.why.empty());
  }
}

CAF_TEST(every tricky history is accepted) {
  for (const auto& x : tricky()) {
    CAF_MESSAGE(x.name);
    auto found = check(x.operations);
    CAF_CHECK_EQUAL(found.why, "");
    CAF_CHECK(found.ok());
  }
}

CAF_TEST(the checker agrees with trying every order) {
  std::mt19937_64 random{17};
  std::size_t good = 0, bad = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto x = random_history(random);
    auto expected = has_order(x);
    (expected ? good : bad) += 1;
    if (check(x).ok() != expected) {
      for (const auto& each : x)
        CAF_MESSAGE(to_text(each));
      CAF_FAIL("this history " << (expected ? "has" : "has no") << " order");
    }
  }
  CAF_MESSAGE(good << " good ones, " << bad << " bad ones");
  CAF_CHECK(good > 1000 && bad > 1000);
}

CAF_TEST(a long history with many lost answers takes few states) {
  std::mt19937_64 random{19};
  for (int i = 0; i < 20; ++i) {
    auto x = true_history(random, 2000);
    auto found = check(x);
    CAF_CHECK_EQUAL(found.why, "");
    CAF_CHECK(found.states < 10 * x.size());
  }
}

CAF_TEST(many operations at once take few states if one order of them is forced) {
  constexpr std::uint64_t count = 60;
  history x;
  for (std::uint64_t i = 1; i <= count; ++i)
    x.push_back(write(1, i, 1, 100));
  x.push_back(read(1, 7, 101, 102)); // the write of 7 is the last one
  x.push_back(swap(1, 7, 1000, 103));
  for (std::uint64_t i = 1; i <= count; ++i)
    x.push_back(write(1, 2000 + i, 104, 200));
  x.push_back(read(1, 1000, 104, 200)); // the open swap comes before all of these writes
  auto found = check(x);
  CAF_CHECK_EQUAL(found.why, "");
  CAF_CHECK(found.states < 100 * count);
}

CAF_TEST(one wrong answer in a long history is found) {
  std::mt19937_64 random{23};
  for (int i = 0; i < 20; ++i) {
    auto x = true_history(random, 300);
    x.push_back(read(1, 299'999, 1500, 1510));
    CAF_CHECK(!check(x).ok());
  }
}

CAF_TEST(a search that would take too long ends as unknown and not as good) {
  history x;
  for (std::uint64_t i = 1; i <= 24; ++i)
    x.push_back(write(1, i, 1, 100));
  x.push_back(read(1, 99, 101, 102));
  auto found = check(x, 1000);
  CAF_CHECK(found.answer == verdict::unknown);
  CAF_CHECK(!found.ok());
  CAF_CHECK(found.states <= 1001);
  CAF_CHECK(found.why.find("given up at 1000 states") != std::string::npos);
}

CAF_TEST(a violation names the register and what cannot be) {
  auto found = check({write(7, 5, 1, 2), read(7, 0, 3, 4)});
  CAF_CHECK_EQUAL(found.why,
                  "key 7 with 2 operations: no order explains all answers; after 1 of 2 answers the register "
                  "holds 5, and none of these can be next:\n  key 7: read 0 in [3, 4]");
}
