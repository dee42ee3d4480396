/// Three nodes in one process that keep the same log: what an application has to write, and what it gets.
#include <kommander/kommander.hpp>
#include <kommander/testing/in_process_network.hpp>

#include <iostream>
#include <map>
#include <string>
#include <vector>

using namespace kommander;

namespace {

constexpr partition_id greetings{1};

struct app_config : caf::actor_system_config {
  app_config() {
    setup(*this);
  }
};

/// The application's state: it is built from committed entries only, so it is the same on every node.
struct journal_state {
  std::string node;
  std::size_t expected = 0;
  std::vector<std::string> lines;
  caf::actor reader; ///< Gets the lines when all are there.
};

applied write_down(journal_state& state, const std::vector<entry>& entries) {
  for (const auto& x : entries)
    state.lines.push_back(to_string(x.index) + " " + x.type + ": " + std::string{x.payload.view()});
  if (state.lines.size() == state.expected)
    caf::anon_send(state.reader, state.node, state.lines);
  return {};
}

state_machine::behavior_type journal(state_machine::stateful_pointer<journal_state> self, std::string node,
                                     std::size_t expected, caf::actor reader) {
  self->state = {std::move(node), expected, {}, std::move(reader)};
  return {
    [self](const restore_entries& x) { return write_down(self->state, x.entries); },
    [self](const apply_entries& x) { return write_down(self->state, x.entries); },
  };
}

raft_config config_of(const std::string& name) {
  raft_config config;
  config.node_name = name;
  config.heartbeat_interval = std::chrono::milliseconds{50};
  config.check_leader_interval = std::chrono::milliseconds{25};
  config.start_election_timeout = std::chrono::milliseconds{200};
  config.ping_interval = std::chrono::milliseconds{100};
  config.ping_timeout = std::chrono::milliseconds{50};
  config.end_election_timeout = std::chrono::milliseconds{400};
  config.log_level = "warn";
  return config;
}

/// Proposes `text` at whichever node leads, and again until a status says that it was applied: at least once.
bool say(caf::scoped_actor& self, std::map<node_id, raft_actor>& nodes, const std::string& text) {
  auto code = status::errored;
  for (auto attempt = 0; code != status::success && attempt < 10; ++attempt) {
    node_info leader;
    self->request(nodes.begin()->second, caf::infinite, wait_for_leader{greetings})
      .receive([&](const leader_result& x) { leader = x.leader; }, [](const caf::error&) {});
    if (auto node = nodes.find(leader.id); node != nodes.end())
      self->request(node->second, caf::infinite, propose{greetings, "Said", bytes{text}})
        .receive([&](const propose_result& x) { code = x.code; }, [](const caf::error&) {});
  }
  return code == status::success;
}

} // namespace

void caf_main(caf::actor_system& system, const app_config&) {
  const std::vector<std::string> names{"ada", "bob", "eve"};
  const std::vector<std::string> sentences{"Hello,", "replicated", "world!"};
  auto network = in_process_network::make();
  static_discovery members;
  for (const auto& name : names)
    members.members.push_back({derive_node_id(name), {"127.0.0.1", 0}});
  caf::scoped_actor self{system};
  std::map<node_id, raft_actor> nodes;
  for (const auto& name : names) {
    auto machine = system.spawn(journal, name, sentences.size(), caf::actor_cast<caf::actor>(self));
    auto node = spawn_raft(system, config_of(name), {memory_wal(), in_process_transport(network), members}, machine);
    if (!node) {
      std::cerr << node.error().message << '\n';
      return;
    }
    nodes.emplace(derive_node_id(name), *node);
  }
  auto all_said = true;
  for (const auto& sentence : sentences)
    all_said = say(self, nodes, sentence) && all_said;
  for (std::size_t i = 0; all_said && i < names.size(); ++i)
    self->receive([](const std::string& node, const std::vector<std::string>& lines) {
      std::cout << node << " has\n";
      for (const auto& line : lines)
        std::cout << "  " << line << '\n';
    });
  for (auto& [id, node] : nodes)
    self->request(node, caf::infinite, stop{}).receive([](const operation_result&) {}, [](const caf::error&) {});
}

CAF_MAIN()
