/// What an epoch is, and which log may be of which.
#define CAF_SUITE recovery_epoch

#include "actors/raft/epoch.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;

namespace {

const std::string first = "1-00000000000000ff";
const std::string second = "2-0123456789abcdef";

/// What a log that has been used by a node says; empty: a new one.
std::unique_ptr<wal> log_of(const std::string& owner, const std::string& epoch = {}) {
  auto opened = memory_wal()();
  CAF_REQUIRE(opened);
  auto log = std::move(*opened);
  CAF_REQUIRE(log->set_metadata("node_id", owner));
  CAF_REQUIRE(log->set_metadata(epoch_key, epoch));
  return log;
}

std::string stored(wal& log) {
  auto x = log.get_metadata(epoch_key);
  return x ? *x : x.error().message;
}

std::string complaint(wal& log, const std::string& wanted) {
  auto bound = bind_epoch(log, wanted);
  return bound ? std::string{} : bound.error().message;
}

} // namespace

CAF_TEST(epochs are numbered and what is none has no number) {
  CAF_CHECK_EQUAL(epoch_number(first), 1u);
  CAF_CHECK_EQUAL(epoch_number("999999999-0123456789abcdef"), 999'999'999u);
  for (const auto* x :
       {"", "1", "-", "1-", "1-0123456789abcde", "1-0123456789abcdef0", "1-0123456789abcdeF", "0-0123456789abcdef",
        "01-0123456789abcdef", "+1-0123456789abcdef", "1000000000-0123456789abcdef", "1 0123456789abcdef",
        "99999999999-0123456789abcdef", " 1-0123456789abcdef", "1-0123456789abcde\n"})
    CAF_CHECK_EQUAL(epoch_number(x), 0u);
}

CAF_TEST(each epoch has the next number and is another one than its twin) {
  CAF_CHECK_EQUAL(next_epoch("", 255), first);
  CAF_CHECK_EQUAL(next_epoch(first, 0x0123'4567'89ab'cdef), second);
  CAF_CHECK_NOT_EQUAL(next_epoch("", 1), next_epoch("", 2));
  CAF_CHECK_EQUAL(epoch_number(next_epoch(second, ~std::uint64_t{0})), 3u);
}

CAF_TEST(a cluster that was never recovered goes by its id) {
  CAF_CHECK_EQUAL(name_of_cluster("orders", ""), "orders");
  CAF_CHECK_EQUAL(name_of_cluster("orders", first), "orders#1-00000000000000ff");
}

CAF_TEST(a new log takes the epoch that it is told and keeps it) {
  auto log = log_of("");
  CAF_CHECK_EQUAL(complaint(*log, first), "");
  CAF_CHECK_EQUAL(stored(*log), first);
  CAF_CHECK_EQUAL(complaint(*log, ""), "");
  CAF_CHECK_EQUAL(complaint(*log, first), "");
  auto bound = bind_epoch(*log, "");
  CAF_CHECK(bound && *bound == first);
  CAF_CHECK(complaint(*log, second).find(second) != std::string::npos);
  CAF_CHECK_EQUAL(stored(*log), first);
}

CAF_TEST(a log of an earlier epoch is not taken into a later one) {
  auto log = log_of("3");
  CAF_CHECK(complaint(*log, first).find("empty log") != std::string::npos);
  CAF_CHECK_EQUAL(stored(*log), "");
  CAF_CHECK_EQUAL(complaint(*log, ""), "");
  auto recovered = log_of("3", first);
  CAF_CHECK(complaint(*recovered, second).find(first) != std::string::npos);
  CAF_CHECK_EQUAL(stored(*recovered), first);
}

CAF_TEST(an epoch that is none is named) {
  auto log = log_of("");
  CAF_CHECK(complaint(*log, "latest").find("'latest'") != std::string::npos);
  CAF_CHECK_EQUAL(stored(*log), "");
}
