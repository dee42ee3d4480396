#include "tests/process/harness/cluster.hpp"

#include <caf/io/all.hpp>

namespace process_test {

using namespace kommander;

client::config::config() {
  load<caf::io::middleman>();
  setup(*this);
}

client::client(cluster& servers) : servers_{servers} {
  std::vector<target> nodes;
  for (std::size_t i = 0; i < servers.size(); ++i)
    nodes.push_back({cluster::id_of(i), servers.client_address(i)});
  load_ = spawn_load(system_, nodes, servers.options().partitions, servers.options().clients);
}

client::~client() {
  caf::anon_send_exit(load_, caf::exit_reason::user_shutdown);
}

template <class Answer, class Whom, class Request>
Answer client::ask(const Whom& whom, Request request, const std::string& what) {
  caf::scoped_actor self{system_};
  std::optional<Answer> result;
  std::string why;
  self->request(whom, patience, std::move(request))
    .receive([&](const Answer& x) { result = x; }, [&](const caf::error& x) { why = system_.render(x); });
  if (!result)
    throw test_failure{what + ": no answer (" + why + ")\n" + servers_.describe()};
  return *std::move(result);
}

void client::run(const load_plan& plan) {
  caf::anon_send(load_, plan);
}

totals client::await_progress(std::size_t proposals) {
  // In steps, each of which has all the time there is: much work is not a failure.
  constexpr std::size_t step = 200;
  for (; proposals > step; proposals -= step)
    ask<totals>(load_, process_test::await_progress{step}, "waiting for acknowledgements");
  return ask<totals>(load_, process_test::await_progress{proposals}, "waiting for acknowledgements");
}

totals client::drain() {
  return ask<totals>(load_, process_test::drain{}, "waiting until everything is answered");
}

totals client::count() {
  return ask<totals>(load_, get_totals{}, "asking for the counts");
}

raft_actor client::handle(std::size_t node) {
  return ask<raft_actor>(load_, get_handle{node}, "connecting to " + cluster::name_of(node));
}

void client::await_ready(std::size_t node) {
  for (std::uint32_t i = 0; i <= servers_.options().partitions; ++i)
    leader_of(i, node);
}

void client::await_all_ready() {
  for (std::size_t i = 0; i < servers_.size(); ++i)
    await_ready(i);
}

client::leadership client::leader_of(std::uint64_t partition, std::size_t asked) {
  wait_for_leader request{partition_id{partition}, std::chrono::milliseconds{0}, patience};
  auto what = "asking " + cluster::name_of(asked) + " for the leader of partition " + std::to_string(partition);
  auto found = ask<leader_result>(handle(asked), request, what);
  for (std::size_t i = 0; i < servers_.size(); ++i)
    if (cluster::id_of(i) == found.leader.id)
      return {i, found.term.value()};
  throw test_failure{what + ": " + std::string{to_string(found.code)} + ", leader " + to_string(found.leader.id)};
}

std::map<std::uint64_t, client::leadership> client::leaders(std::size_t asked) {
  std::map<std::uint64_t, leadership> result;
  for (std::uint32_t i = 1; i <= servers_.options().partitions; ++i)
    result[i] = leader_of(i, asked);
  return result;
}

change_result client::change(std::size_t node, const change_partitions& what) {
  return ask<change_result>(handle(node), what, "asking node " + cluster::name_of(node) + " about the partition map");
}

node_status client::status(std::size_t node) {
  return ask<node_status>(handle(node), get_status{}, "asking " + cluster::name_of(node) + " for its status");
}

membership client::members(std::size_t node) {
  return ask<membership>(handle(node), get_membership{}, "asking " + cluster::name_of(node) + " for the members");
}

bool client::await_voters(std::size_t asked, const std::set<std::size_t>& nodes) {
  return eventually([&] {
    auto roster = members(asked).roster;
    auto is_there = [&](std::size_t i) {
      const auto* x = roster.find(cluster::id_of(i));
      return x != nullptr && x->role == member_role::voter && x->address == servers_.raft_address(i);
    };
    return roster.members.size() == nodes.size() && std::ranges::all_of(nodes, is_there);
  });
}

std::size_t client::send_to(std::size_t node, std::uint64_t partition, std::size_t proposals) {
  return ask<std::uint64_t>(load_, process_test::send_to{node, partition, proposals}, "sending");
}

std::vector<proposal> client::proposals_of(std::uint64_t partition) {
  return ask<ledger>(load_, get_ledger{}, "asking for the ledger").at(partition);
}

/// Until each running node has handed everything up to `ends` to its state machine.
void client::await_applied(const marks& ends) {
  for (auto i : servers_.running()) {
    auto complete = [&] {
      for (const auto& x : status(i).partitions)
        if (auto end = ends.find(x.partition.value()); end != ends.end() && x.applied.value() < end->second)
          return false;
      return true;
    };
    if (!eventually(complete))
      throw test_failure{cluster::name_of(i) + " does not apply everything\n" + servers_.describe()};
  }
}

std::string client::verdict() {
  drain();
  auto ends = ask<marks>(load_, set_marks{}, "proposing a last entry in each partition");
  await_applied(ends);
  auto proposals = ask<ledger>(load_, get_ledger{}, "asking for the ledger");
  std::string result;
  for (const auto& [partition, content] : proposals) {
    std::map<std::string, replica> replicas;
    for (auto i : servers_.running())
      replicas[cluster::name_of(i)] = servers_.applied(i, partition);
    for (const auto& x : violations(content, replicas))
      result += "partition " + std::to_string(partition) + ": " + x + "\n";
  }
  return result.empty() ? result : result + servers_.describe();
}

} // namespace process_test
