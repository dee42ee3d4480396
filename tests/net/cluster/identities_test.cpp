/// Who gets in where: nodes, clients with secrets and certificates of their own, and nodes that are no members.
#define CAF_SUITE net_identities

#include "net/channel/tls_factory.hpp"
#include "tests/net/cluster/raft_cluster.hpp"
#include "tests/net/cluster/security.hpp"
#include "tests/net/secret/secret_socket.hpp"
#include "tests/net/support.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::test;

namespace {

const std::string secret_of_clients = "the secret of clients is as long";
const std::string next_secret_of_clients = "the one that replaces it later on";
const node_id stranger_id{7};

security_config with_two_secrets(std::uint64_t = 0) {
  auto x = with_secret();
  x.client_secret = secret_of_clients;
  x.accepted_client_secret = next_secret_of_clients;
  return x;
}

security_config knowing(const std::string& secret) {
  security_config x;
  x.mode = auth_mode::shared_secret;
  x.shared_secret = secret;
  return x;
}

/// A process that is no node of the cluster.
struct outsider {
  network_config config;
  caf::actor_system system{config};

  /// True if the client port of node 1 takes it, and answers.
  bool reaches(raft_cluster& nodes, const security_config& security) {
    auto found = connect(system, nodes.client_address(1), patience, {security, raft_cluster::cluster_id(), {}});
    if (!found)
      return false;
    auto answered = false;
    caf::scoped_actor self{system};
    self->request(*found, caf::infinite, get_status{})
      .receive([&](const node_status& x) { answered = x.self.id == node_1; }, [](const caf::error&) {});
    return answered;
  }
};

/// True if node 1 believes at its Raft port somebody who knows `secret`.
bool opens_raft_port(raft_cluster& nodes, const std::string& secret, net::channel_purpose purpose) {
  auto self = purpose == net::channel_purpose::nodes ? stranger_id : node_id{};
  secret_socket x{nodes.raft_address(1), {purpose, self, raft_cluster::cluster_id(), secret, {}}, node_1};
  return x.is_open();
}

bool reaches_raft_port(raft_cluster& nodes, const security_config& security) {
  auto made = net::make_tls_factory(security, true);
  CAF_REQUIRE(made);
  channel_socket x{nodes.raft_address(1),
                   (*made)->make(net::channel_side::dialing, node_1, nodes.raft_address(1).host)};
  return !x.receive(1).empty();
}

/// A node that is let in, and no member.
struct stranger_node {
  raft_cluster& nodes;
  test_node self{stranger_id, 0, raft_cluster::cluster_id(), [](transport_context& x) { x.security = with_secret(); }};

  explicit stranger_node(raft_cluster& all) : nodes{all} {
    for (std::uint64_t id = 1; id <= 3; ++id)
      self.open_link({node_id{id}, nodes.raft_address(id)}, true);
    for (std::uint64_t id = 1; id <= 3; ++id)
      CAF_REQUIRE(self.await_connected(node_id{id}));
  }

  /// Says all of `bodies` to each node, in partition 0 too.
  void say(std::uint64_t term, const std::vector<raft_message_body>& bodies) {
    for (std::uint64_t id = 1; id <= 3; ++id)
      for (const auto& x : bodies)
        for (std::uint64_t partition : {0, 1})
          self.send(node_id{id}, {{partition_id{partition}, stranger_id, node_id{id}, raft_term{term}, x}});
  }

  /// The nodes have heard all: what came before the acknowledgement of the last frame has been taken.
  void await_heard() {
    for (std::uint64_t id = 1; id <= 3; ++id)
      CAF_CHECK(self.await(node_id{id}, [](const link_status& x) { return x.queued_bytes + x.unacked_bytes == 0; }));
  }
};

/// Nobody was deposed, and nothing was lost.
void check_undisturbed(raft_cluster& nodes, std::uint64_t term) {
  CAF_CHECK(nodes.commit(20));
  for (std::uint64_t id = 1; id <= 3; ++id)
    CAF_CHECK_EQUAL(nodes.term(id), term);
  CAF_CHECK_EQUAL(nodes.verdict(), "");
}

} // namespace

CAF_TEST(a secret of clients opens the client port and not the one for nodes) {
  raft_cluster nodes{with_two_secrets};
  CAF_REQUIRE_EQUAL(nodes.start_all(), "");
  CAF_REQUIRE(nodes.commit(5));
  outsider client;
  CAF_CHECK(client.reaches(nodes, knowing(secret_of_clients)));
  CAF_CHECK(client.reaches(nodes, knowing(next_secret_of_clients)));
  CAF_CHECK(!client.reaches(nodes, knowing(cluster_secret)));
  for (auto purpose : {net::channel_purpose::nodes, net::channel_purpose::clients})
    for (const auto& secret : {secret_of_clients, next_secret_of_clients})
      CAF_CHECK(!opens_raft_port(nodes, secret, purpose));
  CAF_CHECK(opens_raft_port(nodes, cluster_secret, net::channel_purpose::nodes));
  CAF_CHECK(nodes.commit(5));
  CAF_CHECK_EQUAL(nodes.verdict(), "");
}

CAF_TEST(a certificate of a client opens the client port and not the one for nodes) {
  certificate_office office;
  raft_cluster nodes{std::cref(office)};
  CAF_REQUIRE_EQUAL(nodes.start_all(), "");
  outsider client;
  auto certificate = office.for_client();
  CAF_CHECK(client.reaches(nodes, certificate));
  CAF_CHECK(!reaches_raft_port(nodes, certificate));
  CAF_CHECK(reaches_raft_port(nodes, office(stranger_id.value())));
}

CAF_TEST(a node that is no member cannot have a leader deposed by asking for votes) {
  raft_cluster nodes{with_secret};
  CAF_REQUIRE_EQUAL(nodes.start_all(), "");
  CAF_REQUIRE(nodes.commit(20));
  auto term = nodes.term(1);
  stranger_node stranger{nodes};
  for (std::uint64_t ahead = 1; ahead <= 50; ++ahead)
    stranger.say(term + ahead, {vote_request{}, vote_request{false, true, {}}, vote_request{true, false, {}},
                                vote_request{false, true, {log_index{1'000'000}, raft_term{term + ahead}}}});
  stranger.await_heard();
  check_undisturbed(nodes, term);
}

CAF_TEST(a node that is no member cannot have a leader deposed by saying that it leads) {
  raft_cluster nodes{with_secret};
  CAF_REQUIRE_EQUAL(nodes.start_all(), "");
  CAF_REQUIRE(nodes.commit(20));
  auto term = nodes.term(1);
  stranger_node stranger{nodes};
  for (std::uint64_t ahead = 0; ahead <= 50; ++ahead) {
    auto claimed = term + ahead * ahead * ahead * 1000;
    entry own{log_index{1}, raft_term{claimed}, {}, entry_kind::command, "entry", bytes{"a stranger's"}};
    stranger.say(claimed, {heartbeat{}, append_request{{}, log_index{1}, {own}},
                           snapshot_chunk{1, {log_index{1'000'000}, raft_term{claimed}}, {}, {}, 0, {}, 1, true},
                           timeout_now{}, heartbeat_reply{}, append_reply{true, {}, {}, {}}, vote_reply{}});
    CAF_CHECK(nodes.commit(1));
  }
  stranger.await_heard();
  check_undisturbed(nodes, term);
}
