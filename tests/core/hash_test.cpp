/// Hashes: every client must compute the same ones.
#define CAF_SUITE hash

#include "kommander/hash.hpp"

#include <caf/test/unit_test.hpp>

#include <array>
#include <string>

using namespace kommander;

CAF_TEST(hashes are those of xxHash) {
  CAF_CHECK_EQUAL(hash64(""), 0xEF46DB3751D8E999u);
  CAF_CHECK_EQUAL(hash64("a"), 0xD24EC4F1A98C6E5Bu);
  CAF_CHECK_EQUAL(hash64("abc"), 0x44BC2CF5AD770999u);
  CAF_CHECK_EQUAL(hash32(""), 0x02CC5D05u);
  CAF_CHECK_EQUAL(hash32("a"), 0x550D7456u);
  CAF_CHECK_EQUAL(hash32("abc"), 0x32D153FFu);
}

CAF_TEST(the jump hash is that of its paper) {
  struct row {
    std::uint64_t key;
    std::uint32_t buckets, bucket;
  };
  for (auto [key, buckets, bucket] : {row{1, 1, 0}, row{42, 57, 43}, row{0xDEAD10CC, 1, 0}, row{0xDEAD10CC, 666, 361},
                                      row{256, 1024, 520}, row{0, 0, 0}, row{~std::uint64_t{0}, 0, 0}})
    CAF_CHECK_EQUAL(jump_hash(key, buckets), bucket);
}

CAF_TEST(with one bucket more a key stays or moves into the new one) {
  std::size_t moved = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    auto key = "key-" + std::to_string(i);
    auto before = consistent_hash(key, 9);
    auto after = consistent_hash(key, 10);
    CAF_REQUIRE(after == before || after == 9);
    moved += after == 9 ? 1 : 0;
  }
  CAF_CHECK(moved > 800 && moved < 1200);
}

CAF_TEST(buckets are filled evenly and all of them) {
  std::array<std::size_t, 7> by_rest{}, by_jump{}, by_range{};
  for (std::uint64_t i = 0; i < 70'000; ++i) {
    auto key = "key-" + std::to_string(i);
    ++by_rest.at(static_hash(key, 7));
    ++by_jump.at(consistent_hash(key, 7));
    ++by_range.at(hash_in_range(key, 100, 106) - 100);
  }
  for (const auto& counts : {by_rest, by_jump, by_range})
    for (auto x : counts)
      CAF_CHECK(x > 9'500 && x < 10'500);
}

CAF_TEST(every input has an answer) {
  constexpr auto all = ~std::uint64_t{0};
  CAF_CHECK_EQUAL(static_hash("x", 0), 0u);
  CAF_CHECK_EQUAL(consistent_hash("x", 0), 0u);
  CAF_CHECK(consistent_hash("x", ~std::uint32_t{0}) < ~std::uint32_t{0});
  CAF_CHECK_EQUAL(consistent_hash("", 1), 0u);
  CAF_CHECK_EQUAL(hash_in_range("x", 5, 5), 5u);
  CAF_CHECK_EQUAL(hash_in_range("x", 7, 5), 7u);
  CAF_CHECK_EQUAL(hash_in_range("x", 0, all), hash64("x"));
  CAF_CHECK_EQUAL(hash_in_range("x", all, all), all);
}

CAF_TEST(prefixes end before the first or the last separator) {
  CAF_CHECK_EQUAL(before_first("a/b/c", "/"), "a");
  CAF_CHECK_EQUAL(before_last("a/b/c", "/"), "a/b");
  CAF_CHECK_EQUAL(before_first("a::b::c", "::"), "a");
  CAF_CHECK_EQUAL(before_last("a::b::c", "::"), "a::b");
  CAF_CHECK_EQUAL(before_first("abc", "/"), "abc");
  CAF_CHECK_EQUAL(before_last("abc", "/"), "abc");
  CAF_CHECK_EQUAL(before_first("/abc", "/"), "");
  CAF_CHECK_EQUAL(before_last("abc/", "/"), "abc");
  CAF_CHECK_EQUAL(before_last("", "/"), "");
  CAF_CHECK_EQUAL(before_first("abc", ""), "abc");
  CAF_CHECK_EQUAL(before_last("abc", ""), "abc");
}

CAF_TEST(keys with one prefix are routed alike and all within the space of partitions) {
  CAF_CHECK_EQUAL(route_key("orders/17"), route_key("orders/18"));
  CAF_CHECK_EQUAL(route_key("orders/17"), route_prefix("orders"));
  CAF_CHECK_EQUAL(route_key("orders"), route_prefix("orders"));
  CAF_CHECK(route_key("a/b/1") != route_key("a/c/1"));
  // 51D8E999 is positive, A98C6E5B is not: its counterpart is 567391A5.
  CAF_CHECK_EQUAL(routing_value(""), 0x51D8E999u);
  CAF_CHECK_EQUAL(routing_value("a"), 0x567391A5u);
  CAF_CHECK_EQUAL(routing_value_of_hash(0xFFFFFFFF00000000u), 0u);
  CAF_CHECK_EQUAL(routing_value_of_hash(0x7FFFFFFFu), 0x7FFFFFFFu);
  CAF_CHECK_EQUAL(routing_value_of_hash(0x80000000u), 0x7FFFFFFFu);
  CAF_CHECK_EQUAL(routing_value_of_hash(0x80000001u), 0x7FFFFFFFu);
  CAF_CHECK_EQUAL(routing_value_of_hash(0xFFFFFFFFu), 1u);
  for (std::uint64_t i = 0; i < 10'000; ++i)
    CAF_REQUIRE(routing_value(std::to_string(i)) < std::uint32_t{1} << 31);
}
