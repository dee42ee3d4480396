#define CAF_SUITE read_queue
#include <caf/test/unit_test.hpp>

#include "actors/partition/read_queue.hpp"

using namespace kommander;

namespace {

instant at(int ms) {
  return std::chrono::milliseconds{ms};
}

/// Read `id` of the leader, given up at `deadline`.
void add(read_queue& queue, std::uint64_t id, int deadline = 1000, read_policy policy = read_policy::leader) {
  queue.add(proposal_id{id}, policy, at(deadline));
}

settled_read read(std::uint64_t id, std::uint64_t index = 0) {
  return {proposal_id{id}, log_index{index}};
}

using reads = std::vector<settled_read>;

} // namespace

CAF_TEST(an empty queue wants nothing) {
  read_queue queue;
  CAF_CHECK(!queue.wants_attempt());
  CAF_CHECK_EQUAL(queue.oldest_attempt(), 0u);
  CAF_CHECK(queue.deadline() == instant::max());
  queue.begin(1);
  queue.confirm(1, log_index{5});
  CAF_CHECK(queue.take_applied(log_index{9}).empty());
}

CAF_TEST(an attempt confirms only the reads that came before it) {
  read_queue queue;
  add(queue, 1);
  add(queue, 2);
  CAF_CHECK(queue.wants_attempt());
  queue.begin(4);
  CAF_CHECK(!queue.wants_attempt());
  add(queue, 3);
  CAF_CHECK(queue.wants_attempt());
  queue.confirm(4, log_index{7});
  CAF_CHECK(queue.take_applied(log_index{7}) == (reads{read(1, 7), read(2, 7)}));
  CAF_CHECK(queue.wants_attempt());
  queue.begin(5);
  queue.confirm(4, log_index{8});
  CAF_CHECK(queue.take_applied(log_index{9}).empty());
  queue.confirm(5, log_index{9});
  CAF_CHECK(queue.take_applied(log_index{9}) == reads{read(3, 9)});
  CAF_CHECK_EQUAL(queue.size(), 0u);
}

CAF_TEST(a later attempt confirms the reads of earlier ones too) {
  read_queue queue;
  add(queue, 1);
  queue.begin(1);
  add(queue, 2);
  queue.begin(2);
  CAF_CHECK_EQUAL(queue.oldest_attempt(), 1u);
  queue.confirm(2, log_index{3});
  CAF_CHECK_EQUAL(queue.oldest_attempt(), 0u);
  CAF_CHECK(queue.take_applied(log_index{3}) == (reads{read(1, 3), read(2, 3)}));
}

CAF_TEST(a confirmed read waits until its index is applied and keeps that index) {
  read_queue queue;
  add(queue, 1);
  queue.begin(1);
  queue.confirm(1, log_index{5});
  queue.confirm(2, log_index{9});
  CAF_CHECK(queue.take_applied(log_index{4}).empty());
  CAF_CHECK(queue.take_applied(log_index{5}) == reads{read(1, 5)});
}

CAF_TEST(index zero is not applied for reads that are not confirmed) {
  read_queue queue;
  add(queue, 1);
  queue.begin(1);
  CAF_CHECK(queue.take_applied(log_index{9}).empty());
  queue.confirm(1, log_index{});
  CAF_CHECK(queue.take_applied(log_index{}) == reads{read(1)});
}

CAF_TEST(forgotten attempts confirm nothing but what they have confirmed already) {
  read_queue queue;
  add(queue, 1);
  queue.begin(1);
  queue.confirm(1, log_index{2});
  add(queue, 2);
  queue.begin(2);
  queue.forget_attempts();
  CAF_CHECK(queue.wants_attempt());
  CAF_CHECK_EQUAL(queue.oldest_attempt(), 0u);
  queue.confirm(2, log_index{3});
  CAF_CHECK(queue.take_applied(log_index{3}) == reads{read(1, 2)});
  CAF_CHECK_EQUAL(queue.size(), 1u);
}

CAF_TEST(reads leave when their deadline has come whether they are confirmed or not ) {
  read_queue queue;
  add(queue, 1, 100);
  add(queue, 2, 200);
  add(queue, 3, 300);
  queue.begin(1);
  add(queue, 4, 400);
  queue.confirm(1, log_index{5});
  CAF_CHECK(queue.deadline() == at(100));
  CAF_CHECK(queue.take_expired(at(99)).empty());
  CAF_CHECK(queue.take_expired(at(200)) == (reads{read(1, 5), read(2, 5)}));
  CAF_CHECK(queue.take_applied(log_index{5}) == reads{read(3, 5)});
  CAF_CHECK(queue.take_applied(log_index{5}).empty());
  CAF_CHECK(queue.take_expired(at(400)) == reads{read(4)});
}

CAF_TEST(unconfirmed reads of one policy leave and the others stay in their order) {
  read_queue queue;
  add(queue, 1);
  queue.begin(1);
  queue.confirm(1, log_index{5});
  add(queue, 2);
  add(queue, 3, 1000, read_policy::follower);
  add(queue, 4);
  add(queue, 5, 1000, read_policy::follower);
  CAF_CHECK(queue.take_unconfirmed(read_policy::leader) == (reads{read(2), read(4)}));
  queue.begin(2);
  queue.confirm(2, log_index{6});
  CAF_CHECK(queue.take_applied(log_index{6}) == (reads{read(1, 5), read(3, 6), read(5, 6)}));
}

CAF_TEST(everything can leave at once) {
  read_queue queue;
  add(queue, 1);
  queue.begin(1);
  queue.confirm(1, log_index{5});
  add(queue, 2);
  CAF_CHECK(queue.take_all() == (reads{read(1, 5), read(2)}));
  CAF_CHECK_EQUAL(queue.size(), 0u);
  add(queue, 3);
  CAF_CHECK_EQUAL(queue.oldest_attempt(), 0u);
}
