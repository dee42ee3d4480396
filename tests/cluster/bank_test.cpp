/// An application's test of its own state machine, a small bank, with what the library offers for it: transfers neither
/// create nor lose money, whatever happens to the nodes.
#define CAF_SUITE cluster_bank

#include "kommander/testing/cluster.hpp"

#include <caf/test/unit_test.hpp>

#include <map>
#include <random>
#include <set>
#include <sstream>

#include "kommander/state_machine.hpp"

using namespace kommander;
using namespace std::chrono_literals;

namespace {

constexpr partition_id accounts{1};
constexpr std::uint64_t customers = 5;
constexpr std::int64_t opening_balance = 100;

struct transfer {
  std::uint64_t id = 0, from = 0, to = 0;
  std::int64_t amount = 0;
};

std::string to_payload(const transfer& x) {
  std::ostringstream out;
  out << x.id << ' ' << x.from << ' ' << x.to << ' ' << x.amount;
  return out.str();
}

/// The state of one node. Money moves once per transfer, however often its proposal was repeated.
struct ledger {
  std::map<std::uint64_t, std::int64_t> balances;
  std::set<std::uint64_t> done;

  ledger() {
    for (std::uint64_t i = 0; i < customers; ++i)
      balances[i] = opening_balance;
  }

  void take(const entry& x) {
    transfer order;
    std::istringstream in{std::string{x.payload.view()}};
    in >> order.id >> order.from >> order.to >> order.amount;
    if (!done.insert(order.id).second || balances.at(order.from) < order.amount)
      return;
    balances.at(order.from) -= order.amount;
    balances.at(order.to) += order.amount;
  }

  [[nodiscard]] std::int64_t sum() const {
    std::int64_t result = 0;
    for (const auto& [customer, balance] : balances)
      result += balance;
    return result;
  }
};

state_machine::behavior_type bank(state_machine::pointer, const std::shared_ptr<ledger>& books) {
  auto take = [=](const std::vector<entry>& entries) {
    for (const auto& x : entries)
      books->take(x);
    return applied{};
  };
  return {
    [=](const restore_entries& x) { return take(x.entries); },
    [=](const apply_entries& x) { return take(x.entries); },
  };
}

/// A bank of three nodes, and the ledger of each.
struct bank_cluster {
  explicit bank_cluster(std::uint64_t seed)
    : books(3),
      nodes{[this](caf::actor_system& system, std::size_t number) -> state_machine {
              books[number - 1] = std::make_shared<ledger>(); // a crash has lost what was in memory
              return system.spawn(bank, books[number - 1]);
            },
            {.nodes = 3, .partitions = 1, .seed = seed, .adjust = {}, .setup = {}, .log = {}}} {
    nodes.start_all();
    nodes.leader_of(accounts); // a new cluster begins when all its members are there
  }

  void start_missing() {
    for (std::size_t i = 1; i <= 3; ++i)
      if (!nodes.is_up(i))
        CAF_REQUIRE(nodes.start(i).ok());
  }

  void check() {
    nodes.check_replicas();
    for (auto i : nodes.up()) {
      const auto& book = *books[i - 1];
      CAF_REQUIRE_EQUAL(book.sum(), static_cast<std::int64_t>(customers) * opening_balance);
      for (const auto& [customer, balance] : book.balances)
        CAF_REQUIRE(balance >= 0);
      CAF_REQUIRE(book.balances == books[nodes.up().front() - 1]->balances);
    }
  }

  std::vector<std::shared_ptr<ledger>> books;
  testing::cluster nodes;
};

} // namespace

CAF_TEST(transfers neither create nor lose money while nodes crash and are cut off) {
  std::size_t transfers = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    bank_cluster bank{seed};
    std::mt19937_64 random{seed};
    bank.nodes.network->set_faults({.loss = 0.05, .duplication = 0.1, .reordering = 0.1, .delay_max = 20ms});
    for (std::uint64_t id = 1; id <= 40; ++id) {
      auto victim = random() % 3 + 1;
      if (bank.nodes.up().size() < 3)
        bank.start_missing();
      bank.nodes.network->heal(); // at most one node at a time is lost to the others
      if (random() % 8 == 0)
        bank.nodes.crash(victim);
      else if (random() % 8 == 0)
        bank.nodes.network->isolate(node_id{victim});
      transfer order{id, random() % customers, random() % customers, static_cast<std::int64_t>(random() % 60)};
      bank.nodes.propose_surely(accounts, "transfer", to_payload(order));
    }
    bank.nodes.network->heal();
    bank.nodes.network->set_faults({});
    bank.start_missing();
    bank.check();
    transfers += bank.books.front()->done.size();
  }
  CAF_CHECK_EQUAL(transfers, 20u * 40u);
}

CAF_TEST(each node has a state machine of its own and a new one at each start) {
  std::size_t calls = 0;
  testing::cluster nodes{[&](caf::actor_system& system, std::size_t) -> state_machine {
    return system.spawn([&](state_machine::pointer) -> state_machine::behavior_type {
      return {
        [&](const restore_entries&) { return ++calls, applied{}; },
        [&](const apply_entries&) { return ++calls, applied{}; },
      };
    });
  }};
  nodes.start_all();
  nodes.propose_surely(accounts, "transfer", "1 0 1 5");
  nodes.check_replicas();
  CAF_CHECK_EQUAL(calls, 3u); // each node gave the entry to its own state machine
  nodes.crash(2);
  nodes.set_log(2, memory_wal());
  CAF_REQUIRE(nodes.start(2).ok());
  nodes.check_replicas();
  CAF_CHECK_EQUAL(calls, 4u);
}
