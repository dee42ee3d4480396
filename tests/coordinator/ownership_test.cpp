/// What a partition owns follows from its own log, whatever order the entries of an operation arrive in.
#include "actors/partition/ownership.hpp"

#define CAF_SUITE ownership
#include <caf/test/unit_test.hpp>

using namespace kommander;

namespace {

constexpr std::uint32_t half = 1u << 30;

moving_state upper_half(std::uint64_t operation) {
  return {operation_id{operation}, partition_id{1}, partition_id{2}, true, {half, place_max}, false};
}

ownership_change step(ownership_step what, std::uint64_t operation, std::uint64_t current = 2) {
  ownership_change x;
  x.step = what;
  x.what = upper_half(operation);
  x.current = generation{current};
  x.owns = what == ownership_step::activate ? hash_range{half, place_max} : hash_range{0, half - 1};
  return x;
}

ownership_change part(std::uint64_t operation, std::uint64_t attempt, std::uint64_t number, bool last = false) {
  auto x = step(ownership_step::import, operation);
  x.attempt = attempt;
  x.number = number;
  x.last = last;
  x.library = number == 0 ? bytes::copy("library " + std::to_string(attempt)) : bytes{};
  return x;
}

ownership source() {
  return ownership{{partition_id{1}, {}, true, {}, generation{1}, map_version{1}, false, {0, place_max}, {}, {}}};
}

ownership target() {
  return ownership{
    {partition_id{2}, {}, true, {half, place_max}, generation{1}, map_version{2}, true, {half, place_max}, {}, {}}};
}

bool takes(const ownership& x, std::uint32_t place, std::uint64_t expected = 0) {
  return !x.refusal(place, generation{expected}).has_value();
}

} // namespace

CAF_TEST(a fence stops what moves and nothing else) {
  auto x = source();
  CAF_CHECK(x.commit(step(ownership_step::fence, 7)).is_new);
  CAF_CHECK(takes(x, half - 1));
  CAF_CHECK(!takes(x, half));
  CAF_CHECK(!takes(x, any_place));
  CAF_CHECK(takes(x, any_place, 2)); // whoever knows the generation knows what is fenced
  auto again = x.commit(step(ownership_step::fence, 7));
  CAF_CHECK(again.code == status::success && !again.is_new);
}

CAF_TEST(an operation that was rolled back cannot fence any more) {
  auto x = source();
  CAF_CHECK(x.commit(step(ownership_step::unfence, 7, 3)).is_new); // before the fence
  CAF_CHECK(x.commit(step(ownership_step::fence, 7)).code == status::errored);
  CAF_CHECK(takes(x, half));
  CAF_CHECK(x.current() == generation{3});
  CAF_CHECK(x.commit(step(ownership_step::fence, 8, 4)).is_new);
}

CAF_TEST(parts come in order and a later attempt begins anew) {
  auto x = target();
  CAF_CHECK(x.commit(part(7, 10, 1)).code == status::errored);
  CAF_CHECK(x.commit(part(7, 10, 0)).is_new);
  CAF_CHECK(!x.commit(part(7, 10, 0)).is_new);
  CAF_CHECK(x.commit(part(7, 11, 1)).code == status::errored);
  CAF_CHECK(x.commit(part(7, 11, 0)).is_new);
  CAF_CHECK(x.commit(part(7, 10, 1)).code == status::errored);
  CAF_CHECK(x.commit(step(ownership_step::activate, 7)).code == status::errored);
  CAF_CHECK(x.commit(part(7, 11, 1, true)).is_new);
  CAF_CHECK(!takes(x, half));
  auto done = x.commit(step(ownership_step::activate, 7));
  CAF_CHECK(done.is_new);
  CAF_CHECK_EQUAL(std::string{done.library.view()}, "library 11");
  CAF_CHECK(takes(x, half));
  CAF_CHECK(!takes(x, half - 1));
}

// The leader that has imported everything may have given way before its successor knows: that one begins another attempt,
// while the entry that makes the operation irrevocable is on its way already.
CAF_TEST(what has come completely is not replaced by a later attempt) {
  auto x = target();
  CAF_CHECK(x.commit(part(7, 10, 0)).is_new);
  CAF_CHECK(x.commit(part(7, 10, 1, true)).is_new);
  for (auto later : {part(7, 11, 0), part(7, 11, 1), part(7, 11, 2, true), part(7, 9, 0)}) {
    auto outcome = x.commit(later);
    CAF_CHECK(outcome.code == status::success);
    CAF_CHECK(!outcome.is_new);
  }
  auto done = x.commit(step(ownership_step::activate, 7));
  CAF_CHECK(done.is_new);
  CAF_CHECK_EQUAL(std::string{done.library.view()}, "library 10");
}

CAF_TEST(what was moved is released by the source and nothing of the operation has an effect afterwards) {
  auto x = source();
  x.commit(step(ownership_step::fence, 7));
  CAF_CHECK(x.commit(step(ownership_step::release, 7, 3)).is_new);
  CAF_CHECK(!x.fence());
  CAF_CHECK(takes(x, half - 1));
  CAF_CHECK(!takes(x, half));
  for (auto late : {ownership_step::unfence, ownership_step::release, ownership_step::discard})
    CAF_CHECK(!x.commit(step(late, 7, 9)).is_new);
  CAF_CHECK(x.commit(step(ownership_step::fence, 7)).code == status::errored);
  CAF_CHECK(x.commit(part(7, 99, 0)).code == status::errored);
  CAF_CHECK(x.current() == generation{3});
}

CAF_TEST(a discarded merge leaves the survivor as it was) {
  auto x = source();
  CAF_CHECK(x.commit(part(7, 10, 0)).is_new);
  CAF_CHECK(takes(x, half));
  CAF_CHECK(x.commit(step(ownership_step::discard, 7, 1)).is_new);
  CAF_CHECK(x.commit(part(7, 10, 1, true)).code == status::errored);
  CAF_CHECK(x.commit(step(ownership_step::activate, 7)).code == status::success); // changes nothing
  CAF_CHECK(takes(x, 0));
  CAF_CHECK(x.current() == generation{1});
}

CAF_TEST(every state is what its encoding says) {
  auto fenced = source();
  fenced.commit(step(ownership_step::fence, 7));
  auto filled = target();
  filled.commit(part(7, 10, 0));
  auto complete = filled;
  complete.commit(part(7, 10, 1, true));
  for (const auto& x : {source(), target(), fenced, filled, complete}) {
    std::string text;
    byte_writer out{text};
    x.encode(out);
    byte_reader in{bytes::copy(text)};
    CAF_CHECK(ownership::decode(in) == x);
    CAF_CHECK(in.complete());
    for (std::size_t n = 0; n < text.size(); ++n) {
      byte_reader cut{bytes::copy(std::string_view{text}.substr(0, n))};
      ownership::decode(cut);
      CAF_CHECK(!cut.complete());
    }
  }
}

CAF_TEST(every step is what its encoding says) {
  auto all = part(7, 10, 0, true);
  all.without_data = true;
  all.offset = 1 << 20;
  all.data = bytes::copy("some data");
  for (const auto& x : {step(ownership_step::fence, 7), step(ownership_step::discard, 1), all}) {
    auto text = std::string{encode(x).view()};
    CAF_CHECK(decode_ownership_change(bytes::copy(text)) == x);
    CAF_CHECK(!decode_ownership_change(bytes::copy(text + "x")));
    for (std::size_t n = 0; n < text.size(); ++n)
      CAF_CHECK(!decode_ownership_change(bytes::copy(std::string_view{text}.substr(0, n))));
  }
}
