/// The checker must reject what the process tests are there to find: a history with one mistake in it.
#include "tests/process/harness/history.hpp"

#include <fstream>
#include <functional>

#define CAF_SUITE process_checker
#include <caf/test/unit_test.hpp>

using namespace process_test;

namespace {

struct history {
  std::vector<proposal> proposals{
    {"a", 1, 0, fate::acknowledged, 2, 0}, {"b", 3, 5, fate::acknowledged, 5, 2}, {"c", 1, 0, fate::refused, 0, 5},
    {"d", 2, 0, fate::unknown, 0, 5},      {"e", 1, 0, fate::unknown, 0, 5},      {"f", 1, 0, fate::acknowledged, 9, 5},
  };
  std::map<std::string, replica> replicas;

  history() {
    replica good{{2, "a/0+0"}, {3, "b/0+5"}, {4, "b/1+5"}, {5, "b/2+5"}, {7, "d/0+0"}, {8, "d/1+0"}, {9, "f/0+0"}};
    replicas = {{"n1", good}, {"n2", good}, {"n3", good}};
  }

  /// Makes the same mistake on all nodes, so that it is not the difference between them that is found.
  void everywhere(const std::function<void(replica&)>& mistake) {
    for (auto& [name, content] : replicas)
      mistake(content);
  }

  /// Whether something is found, and `what` is part of it.
  bool rejected_for(const std::string& what) const {
    for (const auto& x : violations(proposals, replicas))
      if (x.find(what) != std::string::npos)
        return true;
    return false;
  }
};

} // namespace

CAF_TEST(a history without mistakes is accepted) {
  CAF_CHECK(violations(history{}.proposals, history{}.replicas).empty());
}

CAF_TEST(a lost entry is rejected) {
  history x;
  x.everywhere([](replica& y) { y.erase(y.begin()); });
  CAF_CHECK(x.rejected_for("acknowledged proposal a is not there"));
  history tail;
  tail.everywhere([](replica& y) { y.pop_back(); });
  CAF_CHECK(tail.rejected_for("acknowledged proposal f is not there"));
  history part;
  part.everywhere([](replica& y) { y.erase(y.begin() + 2); });
  CAF_CHECK(part.rejected_for("of the proposal b an entry is missing"));
}

CAF_TEST(a swapped pair is rejected) {
  history content;
  content.everywhere([](replica& y) { std::swap(y[0].name, y[6].name); });
  CAF_CHECK(content.rejected_for("the proposal a is at index 9"));
  history order;
  order.everywhere([](replica& y) { std::swap(y[0], y[6]); });
  CAF_CHECK(order.rejected_for("was applied after 9"));
  history inside;
  inside.everywhere([](replica& y) { std::swap(y[1].name, y[2].name); });
  CAF_CHECK(inside.rejected_for("not at consecutive indexes"));
}

CAF_TEST(a replica that differs is rejected) {
  history content;
  content.replicas["n2"][4].name = "e/0+0";
  CAF_CHECK(content.rejected_for("replicas differ at position 4"));
  history shorter;
  shorter.replicas["n3"].pop_back();
  CAF_CHECK(shorter.rejected_for("replicas differ at position 6"));
  history index;
  index.replicas["n2"][6].index = 10;
  CAF_CHECK(index.rejected_for("replicas differ at position 6"));
}

CAF_TEST(a duplicate is rejected) {
  history acknowledged;
  acknowledged.everywhere([](replica& y) { y.push_back({10, "a/0+0"}); });
  CAF_CHECK(acknowledged.rejected_for("more than once"));
  history unknown;
  unknown.everywhere([](replica& y) {
    y.push_back({10, "e/0+0"});
    y.push_back({11, "e/0+0"});
  });
  CAF_CHECK(unknown.rejected_for("more than once"));
  history twice_at_one_index;
  twice_at_one_index.everywhere([](replica& y) { y.push_back({9, "e/0+0"}); });
  CAF_CHECK(twice_at_one_index.rejected_for("was applied after 9"));
}

CAF_TEST(an entry that was refused or never proposed is rejected) {
  history refused;
  refused.everywhere([](replica& y) { y.push_back({10, "c/0+0"}); });
  CAF_CHECK(refused.rejected_for("refused proposal c is there"));
  history invented;
  invented.everywhere([](replica& y) { y.push_back({10, "z/0+0"}); });
  CAF_CHECK(invented.rejected_for("nobody proposed \"z/0+0\""));
  history damaged;
  damaged.everywhere([](replica& y) { y[1].name = "b/0+4"; });
  CAF_CHECK(damaged.rejected_for("nobody proposed \"b/0+4\""));
}

CAF_TEST(half of an unknown proposal is rejected) {
  history x;
  x.everywhere([](replica& y) { y.erase(y.begin() + 5); });
  CAF_CHECK(x.rejected_for("of the proposal d an entry is missing"));
}

CAF_TEST(an entry below one that was acknowledged before it is rejected) {
  history x;
  x.proposals[5].floor = 9;
  CAF_CHECK(x.rejected_for("although 9 was acknowledged before it was sent"));
}

CAF_TEST(a proposal without an answer is rejected) {
  history x;
  x.proposals[4].known = fate::in_flight;
  CAF_CHECK(x.rejected_for("the proposal e was never answered"));
}

CAF_TEST(a check without replicas is rejected) {
  history x;
  x.replicas.clear();
  CAF_CHECK(x.rejected_for("there is no replica"));
}

CAF_TEST(payloads are told apart by their names alone) {
  proposal x{"id", 2, 3, fate::in_flight, 0, 0};
  CAF_CHECK_EQUAL(payload_of(x, 1), "id/1...");
  CAF_CHECK_EQUAL(shorten(payload_of(x, 1)), name_of(x, 1));
  CAF_CHECK_EQUAL(shorten("id/1"), "id/1+0");
  CAF_CHECK_EQUAL(shorten("id/1..!"), "id/1..!");
  CAF_CHECK_EQUAL(shorten(""), "+0");
}

CAF_TEST(a replica is read up to its last whole line) {
  auto path = "process-checker-" + std::to_string(::getpid()) + ".log";
  std::ofstream{path} << "2 a/0\n3 b/0.....\nnonsense\n4 b/1..";
  auto content = read_replica(path);
  std::remove(path.c_str());
  CAF_CHECK(content == (replica{{2, "a/0+0"}, {3, "b/0+5"}, {0, "nonsense"}}));
}
