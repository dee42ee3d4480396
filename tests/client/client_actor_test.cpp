/// Clients of whole clusters in virtual time, whose partitions split and merge, and whose nodes come and go.
#include "tests/cluster/keyed_cluster.hpp"

#include <algorithm>
#include <random>

#include "kommander/client.hpp"

#define CAF_SUITE client_actor
#include <caf/test/unit_test.hpp>

using namespace cluster_test;
using namespace kommander;
using namespace std::chrono_literals;

namespace {

constexpr partition_id p1{1}, p2{2};

using write_answer = pending_ptr<client_write_result>;

/// A cluster, and a client in the same process.
class client_of_cluster {
public:
  explicit client_of_cluster(keyed_cluster::options how, client_config config = {}) : x{std::move(how)} {
    for (std::size_t i = 1; i <= 3; ++i)
      config.nodes.push_back(node(i));
    config.seed = 7;
    auto started = spawn_client(*x.nodes->system, config);
    CAF_REQUIRE(started.ok());
    client = *started;
  }

  ~client_of_cluster() {
    caf::anon_send_exit(client, caf::exit_reason::user_shutdown);
    x.nodes->scheduler.settle();
  }

  [[nodiscard]] client_node node(std::size_t number) const {
    client_node result;
    result.id = node_id{number};
    result.local = x.nodes->node(number);
    return result;
  }

  /// Starts a node that was down, and tells the client.
  void start(std::size_t number) {
    CAF_REQUIRE(x.nodes->start(number).ok());
    caf::anon_send(client, node(number));
  }

  write_answer write_later(const std::string& key, const std::string& word, std::chrono::milliseconds timeout = 30s) {
    client_write what{key, "put", bytes::copy(key + "=" + word)};
    what.timeout = timeout;
    return x.nodes->ask<client_write_result>(client, what);
  }

  client_write_result write(const std::string& key, const std::string& word) {
    return x.nodes->await(write_later(key, word));
  }

  client_read_result read(const std::string& key, read_policy policy) {
    return x.nodes->await(x.nodes->ask<client_read_result>(client, client_read{key, policy}));
  }

  /// How often `word` stands under `key`, wherever.
  std::size_t times(const std::string& key, const std::string& word) {
    auto known = x.map();
    std::ptrdiff_t sum = 0;
    for (const auto& [partition, state] : x.disks[x.nodes->up().front() - 1]->states) {
      const auto* info = known.find(partition);
      if (info == nullptr || info->state == partition_state::removed)
        continue;
      if (auto found = state.keys.find(key); found != state.keys.end())
        sum += std::ranges::count(found->second, word);
    }
    return static_cast<std::size_t>(sum);
  }

  keyed_cluster x;
  client_actor client;
};

std::string key_of(std::size_t i) {
  return "key" + std::to_string(i) + "/x";
}

} // namespace

CAF_TEST(a client writes each key where it belongs) {
  client_of_cluster all{{.seed = 1, .partitions = 4, .adjust = {}}};
  auto map = all.x.map();
  for (std::size_t i = 0; i < 40; ++i) {
    auto answer = all.write(key_of(i), "w");
    CAF_REQUIRE_EQUAL(answer.result.code, status::success);
    CAF_CHECK(answer.partition == map.route(route_key(key_of(i)))->id);
    CAF_CHECK(answer.result.index && answer.result.leader.id);
    CAF_CHECK(answer.result.reason.empty());
  }
  all.x.check();
  for (std::size_t i = 0; i < 40; ++i)
    CAF_CHECK_EQUAL(all.times(key_of(i), "w"), 1u);
  auto known = all.x.nodes->await(all.x.nodes->ask<partition_map>(all.client, get_partition_map{}));
  CAF_CHECK(known == map);
}

CAF_TEST(a client reads where a key belongs) {
  client_of_cluster all{{.seed = 2, .partitions = 2, .adjust = {}}};
  for (std::size_t i = 0; i < 10; ++i) {
    CAF_REQUIRE(all.write(key_of(i), "w").result.code == status::success);
    auto owner = all.x.map().route(route_key(key_of(i)))->id;
    for (auto policy : {read_policy::leader, read_policy::follower}) {
      auto answer = all.read(key_of(i), policy);
      CAF_REQUIRE(answer.result.code == status::success);
      CAF_CHECK(answer.partition == owner);
      auto& keys = all.x.disks.at(answer.node.value() - 1)->states[owner].keys;
      CAF_CHECK(keys[key_of(i)] == std::vector<std::string>{"w"});
      if (policy == read_policy::leader)
        CAF_CHECK_EQUAL(answer.node.value(), all.x.nodes->leader_of(owner));
    }
  }
}

CAF_TEST(many writes at once are each applied once) {
  client_of_cluster all{{.seed = 3, .partitions = 2, .adjust = {}}};
  std::vector<write_answer> answers;
  for (std::size_t i = 0; i < 1000; ++i)
    answers.push_back(all.write_later(key_of(i % 50), std::to_string(i)));
  for (const auto& y : answers)
    CAF_REQUIRE(all.x.nodes->await(y).result.code == status::success);
  all.x.check();
  for (std::size_t i = 0; i < 1000; ++i)
    CAF_REQUIRE_EQUAL(all.times(key_of(i % 50), std::to_string(i)), 1u);
}

CAF_TEST(a client follows keys that move) {
  client_of_cluster all{{.seed = 4, .partitions = 1, .adjust = {}}};
  for (std::size_t i = 0; i < 20; ++i)
    CAF_REQUIRE(all.write(key_of(i), "before").result.code == status::success);
  CAF_CHECK(all.x.change_and_await(split_partition(p1)).code == status::success);
  std::set<partition_id> written;
  for (std::size_t i = 0; i < 20; ++i) {
    auto answer = all.write(key_of(i), "split");
    CAF_REQUIRE(answer.result.code == status::success);
    written.insert(answer.partition);
  }
  CAF_CHECK_EQUAL(written.size(), 2u);
  CAF_CHECK(all.x.change_and_await(merge_partitions(p1, p2)).code == status::success);
  for (std::size_t i = 0; i < 20; ++i) {
    auto answer = all.write(key_of(i), "merged");
    CAF_REQUIRE(answer.result.code == status::success);
    CAF_CHECK(answer.partition == p1);
  }
  all.x.check();
  for (std::size_t i = 0; i < 20; ++i)
    for (const auto* word : {"before", "split", "merged"})
      CAF_CHECK_EQUAL(all.times(key_of(i), word), 1u);
}

CAF_TEST(a client goes on when the leader is lost) {
  client_of_cluster all{{.seed = 5, .partitions = 1, .adjust = {}}};
  CAF_REQUIRE(all.write("a/x", "0").result.code == status::success);
  for (std::size_t i = 1; i <= 6; ++i) {
    auto leader = all.x.nodes->leader_of(p1);
    auto answer = all.write_later("a/x", std::to_string(i));
    all.x.nodes->scheduler.run_for(std::chrono::milliseconds{i % 3});
    all.x.nodes->crash(leader);
    CAF_REQUIRE(all.x.nodes->await(answer).result.code == status::success);
    all.start(leader);
  }
  all.x.check();
  for (std::size_t i = 0; i <= 6; ++i)
    CAF_CHECK_EQUAL(all.times("a/x", std::to_string(i)), 1u);
}

CAF_TEST(a client goes on when a leader is cut off and its connections stay) {
  client_of_cluster all{{.seed = 6, .partitions = 1, .adjust = {}}};
  CAF_REQUIRE(all.write("a/x", "0").result.code == status::success);
  auto leader = all.x.nodes->leader_of(p1);
  all.x.nodes->network->isolate(node_id{leader});
  std::vector<write_answer> answers;
  for (std::size_t i = 1; i <= 20; ++i)
    answers.push_back(all.write_later("a/x", std::to_string(i)));
  for (const auto& y : answers)
    CAF_CHECK(all.x.nodes->await(y).result.code == status::success);
  all.x.nodes->network->heal();
  all.x.check();
  for (std::size_t i = 1; i <= 20; ++i)
    CAF_CHECK_EQUAL(all.times("a/x", std::to_string(i)), 1u);
}

CAF_TEST(no write is lost or applied twice while partitions split and merge and nodes come and go) {
  std::size_t acknowledged = 0;
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    std::mt19937_64 random{seed};
    client_of_cluster all{{.seed = seed, .partitions = 2, .adjust = {}}};
    std::vector<std::tuple<std::string, std::string, write_answer>> writes;
    std::size_t down = 0;
    for (auto i = 0; i < 40; ++i) {
      for (auto n = random() % 20; n > 0; --n) {
        auto key = key_of(random() % 30);
        auto word = std::to_string(writes.size());
        writes.emplace_back(key, word, all.write_later(key, word));
      }
      all.x.nodes->scheduler.run_for(std::chrono::milliseconds{random() % 100});
      auto map = all.x.map();
      switch (random() % 6) {
        case 0: all.x.nodes->ask<change_result>(all.x.nodes->node(all.x.nodes->up()[0]), split_partition(p1)); break;
        case 1: {
          const auto* first = map.route(0);
          const auto* second = first == nullptr ? nullptr : map.route(first->range.last + 1);
          if (second != nullptr)
            all.x.nodes->ask<change_result>(all.x.nodes->node(all.x.nodes->up()[0]),
                                            merge_partitions(second->id, first->id));
          break;
        }
        case 2:
          if (down == 0) {
            down = 1 + random() % 3;
            all.x.nodes->crash(down);
          }
          break;
        case 3: all.x.nodes->network->set_faults({.loss = 0.05, .delay_max = 20ms}); break;
        default:
          if (down != 0)
            all.start(std::exchange(down, 0));
          break;
      }
    }
    all.x.nodes->network->set_faults({});
    if (down != 0)
      all.start(down);
    std::vector<client_write_result> results;
    for (const auto& [key, word, answer] : writes)
      results.push_back(all.x.nodes->await(answer));
    all.x.check();
    for (std::size_t i = 0; i < writes.size(); ++i) {
      const auto& [key, word, answer] = writes[i];
      auto count = all.times(key, word);
      if (results[i].result.code == status::success) {
        ++acknowledged;
        CAF_REQUIRE_EQUAL(count, 1u);
      } else {
        CAF_REQUIRE(count <= 1);
        CAF_REQUIRE(count == 0 || outcome(results[i].result.code) == proposal_outcome::unknown);
      }
    }
  }
  CAF_CHECK(acknowledged >= 3000);
}

CAF_TEST(without a node every request ends in time) {
  client_of_cluster all{{.seed = 8, .partitions = 1, .adjust = {}}};
  CAF_REQUIRE(all.write("a/x", "1").result.code == status::success);
  for (std::size_t i = 1; i <= 3; ++i)
    all.x.nodes->crash(i);
  auto answer = all.write_later("a/x", "2", 3s);
  all.x.nodes->scheduler.run_for(2900ms);
  CAF_CHECK(!answer->done());
  auto result = all.x.nodes->await(answer).result;
  CAF_CHECK(outcome(result.code) == proposal_outcome::not_applied);
  CAF_CHECK(!result.reason.empty());
  // nobody waits: no timer runs
  all.x.nodes->scheduler.run_for(1s);
  auto before = all.x.nodes->scheduler.steps();
  all.x.nodes->scheduler.run_for(1min);
  CAF_CHECK_EQUAL(all.x.nodes->scheduler.steps(), before);
  all.start(1);
  all.start(2);
  CAF_CHECK(all.write("a/x", "3").result.code == status::success);
  all.start(3);
  all.x.check();
  CAF_CHECK_EQUAL(all.times("a/x", "2"), 0u);
  CAF_CHECK_EQUAL(all.times("a/x", "3"), 1u);
}

CAF_TEST(a client that ends answers those who wait) {
  client_of_cluster all{{.seed = 9, .partitions = 1, .adjust = {}}};
  CAF_REQUIRE(all.write("a/x", "1").result.code == status::success);
  auto leader = all.x.nodes->leader_of(p1);
  for (std::size_t i = 1; i <= 3; ++i)
    if (i != leader)
      all.x.nodes->crash(i);
  auto sent = all.write_later("a/x", "2");
  auto read = all.x.nodes->ask<client_read_result>(all.client, client_read{"a/x"});
  all.x.nodes->scheduler.run_for(10ms);
  CAF_CHECK(!sent->done());
  caf::anon_send_exit(all.client, caf::exit_reason::user_shutdown);
  CAF_CHECK(all.x.nodes->await(sent).result.code == status::replication_failed);
  CAF_CHECK(all.x.nodes->await(read).result.code == status::stopping);
}

CAF_TEST(a client takes only so much at a time) {
  client_config config;
  config.open_requests_max = 10;
  client_of_cluster all{{.seed = 10, .partitions = 1, .adjust = {}}, config};
  std::vector<write_answer> answers;
  for (std::size_t i = 0; i < 30; ++i)
    answers.push_back(all.write_later("a/x", std::to_string(i)));
  std::size_t refused = 0;
  for (const auto& y : answers)
    refused += all.x.nodes->await(y).result.code == status::proposal_queue_full ? 1 : 0;
  CAF_CHECK(refused >= 1);
  CAF_CHECK(refused <= 20);
  CAF_CHECK(all.write("a/x", "later").result.code == status::success);
}

CAF_TEST(what makes no sense is refused by name) {
  caf::actor_system_config config;
  setup(config);
  caf::actor_system system{config};
  auto refused = [&](const client_config& x, const std::string& word) {
    auto started = spawn_client(system, x);
    CAF_REQUIRE(!started.ok());
    CAF_CHECK(started.error().code == status::invalid_argument);
    CAF_CHECK_NOT_EQUAL(started.error().message.find(word), std::string::npos);
  };
  client_node good;
  good.name = "n1";
  good.address = {"127.0.0.1", 7101};
  client_config x;
  refused(x, "nodes");
  x.nodes = {good, good};
  refused(x, "twice");
  x.nodes = {client_node{}};
  refused(x, "neither an id nor a name");
  x.nodes = {good};
  x.nodes[0].address.port = 0;
  refused(x, "\"n1\"");
  x.nodes = {good};
  x.in_flight_max = 65;
  refused(x, "in_flight_max");
  x.in_flight_max = 64;
  x.open_requests_max = 0;
  refused(x, "open_requests_max");
  x.open_requests_max = 1;
  x.reconnect_delay = 0ms;
  refused(x, "reconnect_delay");
}
