/// Clients over the client port, with a raft actor that answers by itself.
#define CAF_SUITE net_client

#include "kommander/raft.hpp"
#include "net/middleman/system_module.hpp"
#include "tests/net/basp.hpp"
#include "tests/net/support.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::test;

namespace {

/// Answers each request with something that shows what was asked.
// A long function, because it is a table.
raft_actor::behavior_type answer(raft_actor::pointer self) {
  return {
    [](const propose& x) {
      propose_result result;
      result.code = status::success;
      result.index = log_index{x.payloads.size()};
      result.reason = x.type;
      return result;
    },
    [](const wait_for_leader& x) {
      return leader_result{status::success, {}, raft_term{x.partition.value()}};
    },
    [](const get_leader& x) {
      return leader_result{status::success, {}, raft_term{x.partition.value()}};
    },
    [](const is_leader&) {
      return leader_result{status::node_is_not_leader, {node_2, {"::1", 5}}, raft_term{1}};
    },
    [](const transfer_leadership&) {
      return operation_result{status::success, "transferred"};
    },
    [](const step_down&) -> caf::result<operation_result> {
      return caf::make_error(caf::sec::runtime_error, std::string{"an error with content"});
    },
    [](const join&) {
      return operation_result{status::success, "joined"};
    },
    [self](const stop&) {
      self->quit();
      return operation_result{status::success, "stopped"};
    },
    [](const read_barrier& x) {
      return read_result{x.policy == read_policy::follower ? status::success : status::errored, log_index{9}, {}, {}};
    },
    [](const get_status&) {
      node_status x;
      x.cluster_id = "here";
      x.partitions.resize(3);
      return x;
    },
    [](const propose_batch& x) {
      return propose_batch_result{{x.entries.size(), {status::success, {7, 8}, log_index{2}, {}, x.entries[0].type}}};
    },
    [](const commit_proposal& x) {
      return propose_result{status::success, x.ticket, log_index{1}, {}, "committed"};
    },
    [](const rollback_proposal& x) {
      return propose_result{status::success, x.ticket, log_index{1}, {}, "rolled back"};
    },
    [](const checkpoint&) {
      return propose_result{status::active_proposal, {}, {}, {}, "checkpoint"};
    },
    [](const get_pending_tickets&) {
      return pending_tickets{status::success, {{{7, 8}, log_index{2}, 3, 4, 5}}};
    },
    [](const retain&) {
      return operation_result{status::success, "retained"};
    },
    [](const release&) {
      return operation_result{status::success, "released"};
    },
    [](const get_partition_map&) {
      partition_map map;
      map.version = map_version{7};
      map.partitions.push_back({partition_id{3},
                                partition_state::splitting,
                                true,
                                {5, 9},
                                generation{2},
                                {},
                                false,
                                {},
                                {node_id{1}, node_id{4}},
                                {}});
      map.roster = {roster_version{6},
                    {{node_id{4}, {"::1", 7004}, "rack 2", member_role::leaving, roster_version{5}, true}}};
      return map;
    },
    [](const change_partitions& x) {
      return change_result{status::pending, operation_id{4},          x.partition,
                           generation{2},   operation_phase::copying, "soon"};
    },
    [](const get_membership&) {
      membership x{{node_id{3}, {"10.0.0.3", 7003}}, {}, {node_id{5}}, {node_id{6}}};
      x.roster = {roster_version{6},
                  {{node_id{3}, {"10.0.0.3", 7003}, {}, member_role::voter, roster_version{1}, false}}};
      return x;
    },
    [](const change_membership& x) {
      auto text = "node " + to_string(x.node) + (x.what == membership_change::remove ? " goes" : " stays");
      return membership_result{status::success, roster_version{9}, text};
    },
    [](const subscribe&) {},
    [](const unsubscribe&) {},
    [](const subscribe_status&) {},
    [](const unsubscribe_status&) {},
  };
}

struct fixture {
  fixture() : node{server.spawn(answer)} {
    auto x = publish_client_port(server, node, {"127.0.0.1", 0}, limits());
    CAF_REQUIRE(x.ok());
    where = *x;
  }

  ~fixture() {
    caf::anon_send_exit(node, caf::exit_reason::user_shutdown);
  }

  static client_port_limits limits() {
    client_port_limits x;
    x.request_bytes_max = std::size_t{1} << 20;
    x.handshake_timeout = std::chrono::milliseconds{500};
    return x;
  }

  raft_actor connect_client() {
    auto x = kommander::connect(client, where, patience);
    CAF_REQUIRE(x.ok());
    return *x;
  }

  template <class Answer, class Request>
  Answer ask(const raft_actor& whom, Request x) {
    Answer result;
    caf::scoped_actor self{client};
    self->request(whom, patience, std::move(x))
      .receive([&](const Answer& y) { result = y; },
               [&](const caf::error& why) { CAF_ERROR("no answer: " << client.render(why)); });
    return result;
  }

  net::socket_counters& counters() {
    return net::state_of(server)->counters;
  }

  network_config server_config;
  caf::actor_system server{server_config};
  network_config client_config;
  caf::actor_system client{client_config};
  raft_actor node;
  endpoint where;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(client_tests, fixture)

CAF_TEST(a client gets answers to all requests that it may make) {
  auto remote = connect_client();
  auto proposed = ask<propose_result>(remote, propose{partition_id{1}, "Order", std::vector<bytes>(3, bytes{"x"})});
  CAF_CHECK(proposed.code == status::success);
  CAF_CHECK_EQUAL(proposed.index.value(), 3u);
  CAF_CHECK_EQUAL(proposed.reason, "Order");
  CAF_CHECK_EQUAL(ask<leader_result>(remote, wait_for_leader{partition_id{4}}).term.value(), 4u);
  CAF_CHECK_EQUAL(ask<leader_result>(remote, get_leader{partition_id{5}}).term.value(), 5u);
  auto other = ask<leader_result>(remote, is_leader{partition_id{5}});
  CAF_CHECK(other.code == status::node_is_not_leader);
  CAF_CHECK((other.leader == node_info{node_2, {"::1", 5}}));
  CAF_CHECK_EQUAL(ask<operation_result>(remote, transfer_leadership{}).reason, "transferred");
  auto read = ask<read_result>(remote, read_barrier{partition_id{1}, read_policy::follower});
  CAF_CHECK(read.code == status::success);
  CAF_CHECK_EQUAL(read.index.value(), 9u);
  auto state = ask<node_status>(remote, get_status{});
  CAF_CHECK_EQUAL(state.cluster_id, "here");
  CAF_CHECK_EQUAL(state.partitions.size(), 3u);
}

CAF_TEST(a client makes and decides manual proposals and batches) {
  auto remote = connect_client();
  propose_batch batch{partition_id{1}, {{"one", bytes{"1"}, false, generation{3}}, {}}, client_id{4}, 5, {}};
  auto results = ask<propose_batch_result>(remote, batch).results;
  CAF_REQUIRE_EQUAL(results.size(), 2u);
  CAF_CHECK_EQUAL(results[1].reason, "one");
  auto ticket = results[1].ticket;
  CAF_CHECK((ticket == hlc_timestamp{7, 8}));
  CAF_CHECK_EQUAL(ask<propose_result>(remote, commit_proposal{partition_id{1}, ticket}).reason, "committed");
  CAF_CHECK(ask<propose_result>(remote, rollback_proposal{partition_id{1}, ticket}).ticket == ticket);
  CAF_CHECK(ask<propose_result>(remote, checkpoint{partition_id{1}}).code == status::active_proposal);
  auto members = ask<membership>(remote, get_membership{});
  CAF_CHECK_EQUAL(members.self.address.port, 7003u);
  CAF_CHECK(members.roster.in_role(member_role::voter) == std::vector{node_id{3}});
  CAF_CHECK(members.suspects == std::vector{node_id{5}});
  CAF_CHECK(members.dead == std::vector{node_id{6}});
  auto map = ask<partition_map>(remote, get_partition_map{});
  CAF_REQUIRE_EQUAL(map.partitions.size(), 1u);
  CAF_CHECK(map.version == map_version{7} && map.partitions[0].range == (hash_range{5, 9}));
  CAF_CHECK(map.partitions[0].born_voters == (std::vector{node_id{1}, node_id{4}}));
  CAF_CHECK(map.roster.version == roster_version{6} && map.roster.members.size() == 1);
  CAF_CHECK((map.roster.members[0]
             == member_info{node_id{4}, {"::1", 7004}, "rack 2", member_role::leaving, roster_version{5}, true}));
  auto change = ask<change_result>(remote, split_partition(partition_id{8}));
  CAF_CHECK(change.code == status::pending && change.partition == partition_id{8} && change.reason == "soon");
  auto gone = ask<membership_result>(remote, remove_member(node_id{4}));
  CAF_CHECK(gone.code == status::success && gone.version == roster_version{9});
  CAF_CHECK_EQUAL(gone.reason, "node 4 goes");
  auto waiting = ask<pending_tickets>(remote, get_pending_tickets{partition_id{1}}).tickets;
  CAF_REQUIRE_EQUAL(waiting.size(), 1u);
  CAF_CHECK_EQUAL(waiting[0].bytes, 4u);
}

CAF_TEST(an error arrives without what CAF attached to it) {
  caf::scoped_actor self{client};
  self->request(connect_client(), patience, step_down{})
    .receive([](const operation_result&) { CAF_ERROR("an error was expected"); },
             [](const caf::error& why) {
               CAF_CHECK_EQUAL(why, caf::sec::runtime_error);
               CAF_CHECK(why.context().empty());
             });
}

CAF_TEST(many requests may be in flight) {
  auto remote = connect_client();
  caf::scoped_actor self{client};
  constexpr std::size_t count = 2000;
  for (std::size_t i = 0; i < count; ++i)
    self->send(caf::actor_cast<caf::actor>(remote), propose{partition_id{1}, "T", bytes{std::string(128, 'x')}});
  std::size_t answers = 0;
  self->receive_for(answers, count)([](const propose_result&) {});
  CAF_CHECK_EQUAL(answers, count);
}

CAF_TEST(a client cannot stop or join a node or subscribe to it) {
  auto remote = connect_client();
  caf::scoped_actor self{client};
  auto dropped = counters().dropped_packets.load();
  caf::anon_send(caf::actor_cast<caf::actor>(remote), stop{});
  caf::anon_send(caf::actor_cast<caf::actor>(remote), join{});
  CAF_CHECK_EQUAL(ask<node_status>(remote, get_status{}).cluster_id, "here");
  CAF_CHECK_GREATER_OR_EQUAL(counters().dropped_packets.load(), dropped + 2);
  caf::anon_send_exit(remote, caf::exit_reason::kill);
  CAF_CHECK_EQUAL(ask<node_status>(connect_client(), get_status{}).cluster_id, "here");
}

CAF_TEST(a request that is too large closes the connection and nothing else) {
  auto remote = connect_client();
  caf::scoped_actor self{client};
  self->monitor(remote);
  caf::anon_send(caf::actor_cast<caf::actor>(remote),
                 propose{partition_id{1}, "T", bytes{std::string(std::size_t{2} << 20, 'x')}});
  auto down = false;
  self->receive([&](const caf::down_msg&) { down = true; }, caf::after(patience) >> [] {});
  CAF_CHECK(down);
  CAF_CHECK_EQUAL(ask<node_status>(connect_client(), get_status{}).cluster_id, "here");
}

CAF_TEST(when the node ends clients are told and the port is closed) {
  auto remote = connect_client();
  caf::scoped_actor self{client};
  self->monitor(remote);
  caf::anon_send_exit(node, caf::exit_reason::user_shutdown);
  auto down = false;
  self->receive([&](const caf::down_msg&) { down = true; }, caf::after(patience) >> [] {});
  CAF_CHECK(down);
  caf::scoped_actor waiting{server};
  waiting->wait_for(node);
  CAF_CHECK(!kommander::connect(client, where, std::chrono::milliseconds{500}).ok());
}

CAF_TEST(connecting to nobody is an error that names the address) {
  raw_listener gone;
  auto nobody = gone.where();
  for (auto to : {endpoint{"127.0.0.1", 1}, endpoint{"example.org", 7}, endpoint{"127.0.0.1", 0}, nobody}) {
    auto x = kommander::connect(client, to, std::chrono::milliseconds{300});
    CAF_REQUIRE(!x.ok());
    CAF_CHECK_NOT_EQUAL(x.error().message.find(to.host), std::string::npos);
    CAF_MESSAGE(x.error().message);
  }
}

CAF_TEST(connecting to a Raft port is an error that says so) {
  test_node raft{node_1};
  auto x = kommander::connect(client, raft.self().address, patience);
  CAF_REQUIRE(!x.ok());
  CAF_CHECK_NOT_EQUAL(x.error().message.find("client port"), std::string::npos);
}

CAF_TEST(a port in use is an error that names it) {
  auto x = publish_client_port(server, node, where);
  CAF_REQUIRE(!x.ok());
  CAF_CHECK_NOT_EQUAL(x.error().message.find(to_string(where)), std::string::npos);
}

CAF_TEST(what kills a stock node does no harm here either) {
  basp_writer writer{client};
  for (auto type : {basp_type::client_handshake, basp_type::server_handshake}) {
    raw_socket socket{where};
    socket.send(writer.header(type, 0));
    CAF_CHECK(socket.await_close());
  }
  basp_client attacker{client, where, net::make_unique_node_id("")};
  CAF_REQUIRE(attacker.accepted());
  std::string four_gibibytes{"\xff\xff\xff\xff\x0f", 5};
  attacker.socket().send(writer.message(attacker.published(), writer.content("@<>+@charbuf", four_gibibytes)));
  // A proposal whose list of payloads claims to have four billion members.
  attacker.socket().send(writer.message(
    attacker.published(),
    writer.content("@<>+kommander::propose", writer.bytes_of(partition_id{1}, std::string{"T"}) + four_gibibytes)));
  attacker.socket().send(writer.header(basp_type::client_handshake, 0));
  CAF_CHECK(attacker.socket().await_close());
  raw_socket silent{where};
  CAF_CHECK(silent.await_close());
  CAF_CHECK_EQUAL(ask<node_status>(connect_client(), get_status{}).cluster_id, "here");
}

CAF_TEST(a client proves that it knows the secret and so does the node) {
  auto with = [](const std::string& secret) {
    client_security x;
    x.security.mode = auth_mode::shared_secret;
    x.security.shared_secret = secret;
    return x;
  };
  auto secure = with(std::string(32, 's'));
  secure.node = node_2;
  auto port = publish_client_port(server, node, {"127.0.0.1", 0}, limits(), secure);
  CAF_REQUIRE(port.ok());
  for (const auto& wrong : {with(std::string(32, 'w')), client_security{}})
    CAF_CHECK(!kommander::connect(client, *port, patience, wrong).ok());
  auto other = secure;
  other.node = node_1; // is not there
  CAF_CHECK(!kommander::connect(client, *port, patience, other).ok());
  CAF_CHECK(!kommander::connect(client, where, patience, secure).ok()); // this port has no secret
  auto found = kommander::connect(client, *port, patience, secure);
  CAF_REQUIRE(found.ok());
  CAF_CHECK_EQUAL(ask<node_status>(*found, get_status{}).cluster_id, "here");
}

CAF_TEST(clients may be kept from what changes leaders partitions and members) {
  client_security humble;
  humble.security.clients = client_rights::propose_and_read;
  auto port = publish_client_port(server, node, {"127.0.0.1", 0}, limits(), humble);
  CAF_REQUIRE(port.ok());
  auto found = kommander::connect(client, *port, patience);
  CAF_REQUIRE(found.ok());
  auto dropped = counters().dropped_packets.load();
  auto remote = caf::actor_cast<caf::actor>(*found);
  caf::anon_send(remote, step_down{});
  caf::anon_send(remote, transfer_leadership{});
  caf::anon_send(remote, split_partition(partition_id{8}));
  caf::anon_send(remote, leave_cluster());
  CAF_CHECK(ask<propose_result>(*found, propose{partition_id{1}, "T", bytes{"x"}}).code == status::success);
  CAF_CHECK_GREATER_OR_EQUAL(counters().dropped_packets.load(), dropped + 4);
}

CAF_TEST_FIXTURE_SCOPE_END()
