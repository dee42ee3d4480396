/// What anybody who can open a TCP connection may try. A stock CAF node dies of most of this, or loses its memory.
#define CAF_SUITE net_hostile

#include "net/frame.hpp"
#include "net/middleman/system_module.hpp"
#include "tests/net/basp.hpp"
#include "tests/net/support.hpp"
#include "tests/support/this_process.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::test;

namespace {

constexpr std::size_t connections_max = 32;

/// Two good nodes that talk to each other all the time, and an attacker who knows all about CAF.
struct fixture {
  fixture() : one{node_1}, two{node_2, 0, "test", adjust}, writer{attacker}, before{resident_bytes()} {
    CAF_REQUIRE(join_nodes(one, two));
  }

  ~fixture() {
    check_all_is_well();
  }

  static void adjust(transport_context& x) {
    x.handshake_timeout = std::chrono::milliseconds{500};
    x.connections_max = connections_max;
  }

  void check_all_is_well() {
    ++sent;
    one.send(node_2, {make_heartbeat(sent)});
    two.send(node_1, {make_heartbeat(sent)});
    CAF_CHECK_EQUAL(two.in().await(node_1, sent).size(), sent);
    CAF_CHECK_EQUAL(one.in().await(node_2, sent).size(), sent);
    CAF_CHECK_EQUAL(two.status(node_1).connects, 1u);
    CAF_CHECK_LESS(resident_bytes(), before + (std::size_t{200} << 20));
  }

  const endpoint& target() {
    return two.self().address;
  }

  net::socket_counters& counters() {
    return net::state_of(two.system())->counters;
  }

  basp_client connect() {
    return {attacker, target(), net::make_unique_node_id("")};
  }

  /// Sends `packet` on a fresh connection, and waits until it is cut.
  bool is_cut(const std::string& packet) {
    raw_socket socket{target()};
    socket.send(packet);
    return socket.await_close();
  }

  /// Sends `packet` after a handshake, and waits until the connection is cut.
  bool is_cut_after_handshake(const std::string& packet) {
    auto client = connect();
    CAF_REQUIRE(client.accepted());
    client.socket().send(packet);
    return client.socket().await_close();
  }

  /// Sends `packet` after a handshake, and waits until it is dropped while the connection stays.
  bool is_dropped(const std::function<std::string(basp_client&)>& packet) {
    auto client = connect();
    CAF_REQUIRE(client.accepted());
    auto dropped = counters().dropped_packets.load();
    client.socket().send(packet(client));
    return eventually([&] { return counters().dropped_packets > dropped; });
  }

  /// The port has never kept more than it may; and in the end no more are open than that and the two ends of the link
  /// between the nodes. The second alone would hold with any limit, once those that say nothing have been cut.
  void check_no_more_than_allowed() {
    CAF_CHECK(eventually([&] { return counters().open <= connections_max + 2; }));
    CAF_CHECK_LESS_OR_EQUAL(counters().most_accepted.load(), connections_max);
  }

  /// The same for a message to the gateway.
  bool message_is_dropped(const std::string& type, const std::string& raw) {
    return is_dropped([&](basp_client& x) { return writer.message(x.published(), writer.content(type, raw)); });
  }

  test_node one;
  test_node two;
  network_config attacker_config;
  caf::actor_system attacker{attacker_config};
  basp_writer writer;
  std::size_t before;
  std::size_t sent = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(hostile_tests, fixture)

CAF_TEST(a handshake without content is cut) {
  CAF_CHECK(is_cut(writer.header(basp_type::client_handshake, 0)));
  CAF_CHECK(is_cut(writer.header(basp_type::server_handshake, 0)));
  CAF_CHECK(is_cut_after_handshake(writer.header(basp_type::client_handshake, 0)));
}

CAF_TEST(a length of gigabytes is cut before memory is taken) {
  for (auto type :
       {basp_type::client_handshake, basp_type::server_handshake, basp_type::direct_message, basp_type::routed_message,
        basp_type::monitor_message, basp_type::down_message, basp_type::heartbeat}) {
    CAF_CHECK(is_cut(writer.header(type, 0xF0000000)));
    CAF_CHECK(is_cut_after_handshake(writer.header(type, 0xF0000000, basp_writer::normal)));
  }
}

CAF_TEST(messages before the handshake are cut) {
  for (auto type : {basp_type::direct_message, basp_type::monitor_message, basp_type::down_message,
                    basp_type::heartbeat, basp_type::routed_message})
    CAF_CHECK(is_cut(writer.packet(type, std::string(64, '\0'), basp_writer::normal, 0, 1)));
}

CAF_TEST(more than the two handshakes that CAF sends are cut) {
  auto once = writer.packet(basp_type::client_handshake, writer.bytes_of(net::make_unique_node_id("")));
  auto other = writer.packet(basp_type::client_handshake, writer.bytes_of(net::make_unique_node_id("")));
  CAF_CHECK(is_cut(once + other)); // two nodes on one connection
  auto client = connect();
  auto same = writer.packet(basp_type::client_handshake, writer.bytes_of(client.self()));
  client.socket().send(same + same);
  CAF_CHECK(client.socket().await_close());
}

CAF_TEST(messages of types that are not ours are dropped) {
  std::string nested;
  for (auto i = 0; i < 40'000; ++i)
    nested += writer.bytes_of(std::uint16_t{0}, std::string{"@<>+@message"});
  CAF_CHECK(message_is_dropped("@<>+@message", nested));
  std::string four_gibibytes{"\xff\xff\xff\xff\x0f", 5};
  CAF_CHECK(message_is_dropped("@<>+@charbuf", four_gibibytes));
  CAF_CHECK(message_is_dropped("@<>+std::vector<caf::byte>", four_gibibytes));
  CAF_CHECK(message_is_dropped("@<>+@str+kommander::frame", four_gibibytes));
  CAF_CHECK(message_is_dropped("@<>", ""));
  CAF_CHECK(message_is_dropped("@<>+kommander::stop", ""));
  CAF_CHECK(
    is_cut_after_handshake(writer.header(basp_type::direct_message, std::uint32_t{3} << 20, basp_writer::normal)));
}

CAF_TEST(orders to end and errors are dropped whoever they are for) {
  caf::exit_msg order{caf::actor_addr{}, caf::exit_reason::kill};
  for (std::uint64_t id = 0; id < 20; ++id)
    CAF_CHECK(is_dropped([&](basp_client& x) {
      return writer.message(id == 0 ? x.published() : id, writer.content(caf::make_message(order)));
    }));
  CAF_CHECK(is_dropped([&](basp_client& x) {
    return writer.message(x.published(), writer.content(caf::make_message(caf::make_error(caf::sec::runtime_error))));
  }));
}

CAF_TEST(frames to any other actor are dropped) {
  auto content = writer.content(caf::make_message(frame{}));
  for (std::uint64_t id = 1; id < 30; ++id)
    CAF_CHECK(is_dropped([&](basp_client& x) { return writer.message(id == x.published() ? 1000 : id, content); }));
}

CAF_TEST(messages to actors by their name are dropped) {
  for (const auto* name : {"SpawnServ", "ConfigServ", "StreamServ"}) {
    auto content = writer.content(caf::make_message(caf::get_atom_v, std::string{"*"}));
    auto destination = static_cast<std::uint64_t>(caf::atom_from_string(name));
    CAF_CHECK(is_dropped([&](basp_client&) {
      return writer.packet(basp_type::direct_message, content, basp_writer::normal, 0, destination,
                           caf::io::basp::header::named_receiver_flag);
    }));
  }
}

CAF_TEST(message ids of streams and of answered requests are cut) {
  auto content = writer.content("@<>", "");
  for (auto bit : {61, 62})
    CAF_CHECK(is_cut_after_handshake(
      writer.packet(basp_type::direct_message, content, (std::uint64_t{1} << bit) | basp_writer::normal, 0, 1)));
}

CAF_TEST(answers that nobody asked for are dropped) {
  auto content = writer.content(caf::make_message(frame{}));
  CAF_CHECK(is_dropped([&](basp_client& x) {
    return writer.packet(basp_type::direct_message, content, (std::uint64_t{1} << 63) | basp_writer::normal | 1, 0,
                         x.published());
  }));
}

CAF_TEST(messages for other nodes are cut) {
  auto client = connect();
  auto payload = writer.bytes_of(client.self(), one.system().node(), std::vector<caf::strong_actor_ptr>{},
                                 caf::make_message(frame{}));
  client.socket().send(writer.packet(basp_type::routed_message, payload, basp_writer::normal, 0, 1));
  CAF_CHECK(client.socket().await_close());
}

CAF_TEST(the identity of a node that is here cannot be taken over) {
  for (auto flags : {std::uint8_t{0}, caf::io::basp::header::select_connection_flag}) {
    auto claim = writer.packet(basp_type::client_handshake, writer.bytes_of(one.system().node()), 0, 0, 0, flags);
    CAF_CHECK(is_cut(claim));
  }
  auto itself = writer.packet(basp_type::client_handshake, writer.bytes_of(two.system().node()));
  CAF_CHECK(is_cut(itself));
  check_all_is_well();
}

CAF_TEST(a hello from somebody else does not take a link over) {
  auto client = connect();
  frame hello;
  hello.cluster = "test";
  hello.sender = node_1;
  hello.receiver = node_2;
  hello.epoch = 99;
  hello.sequence = 1;
  hello.kind = net::frame_kind::hello;
  hello.body = bytes{net::encode_endpoint({"127.0.0.1", 4000})};
  auto refused = two.status(node_1).frames_refused;
  client.socket().send(writer.packet(basp_type::direct_message, writer.content(caf::make_message(hello)),
                                     basp_writer::normal, 77, client.published()));
  CAF_CHECK(two.await(node_1, [=](const link_status& x) { return x.frames_refused == refused + 1; }));
}

CAF_TEST(frames with wrong numbers are refused and the link goes on) {
  auto client = connect();
  auto refused = two.status(node_1).frames_refused;
  frame x;
  x.cluster = "test";
  x.sender = node_1;
  x.receiver = node_2;
  x.epoch = 1;
  x.sequence = 1;
  client.socket().send(writer.message(client.published(), writer.content(caf::make_message(x))));
  CAF_CHECK(two.await(node_1, [=](const link_status& s) { return s.frames_refused == refused + 1; }));
}

CAF_TEST(watching an actor that is not offered and errors with content do no harm) {
  CAF_CHECK(is_dropped([&](basp_client& x) {
    return writer.packet(basp_type::monitor_message, writer.bytes_of(x.self(), x.server()), 0, 0, 3);
  }));
  CAF_CHECK(is_cut_after_handshake(
    writer.packet(basp_type::monitor_message, writer.bytes_of(one.system().node(), two.system().node()), 0, 0, 3)));
  // An error may carry a message of any type: it must not be read.
  auto client = connect();
  auto payload = writer.bytes_of(client.self(), client.server(), std::uint8_t{1}, caf::atom("system"), std::uint16_t{0},
                                 std::string{"@<>+@charbuf"})
                 + std::string{"\xff\xff\xff\xff\x0f", 5};
  client.socket().send(writer.packet(basp_type::down_message, payload, 0, 77, 0));
  auto same = writer.packet(basp_type::client_handshake, writer.bytes_of(client.self()));
  client.socket().send(same + same); // one too many: shows that all before has been read
  CAF_CHECK(client.socket().await_close());
}

CAF_TEST(connections that say nothing are closed) {
  std::vector<std::unique_ptr<raw_socket>> silent;
  for (auto i = 0; i < 20; ++i)
    silent.push_back(std::make_unique<raw_socket>(target()));
  for (auto& x : silent)
    CAF_CHECK(x->await_close());
  CAF_CHECK_GREATER_OR_EQUAL(counters().handshake_timeouts.load(), 20u);
}

CAF_TEST(silent connections cannot keep others out) {
  std::vector<std::unique_ptr<raw_socket>> silent;
  for (auto i = 0; i < 100; ++i)
    silent.push_back(std::make_unique<raw_socket>(target()));
  test_node three{node_3};
  CAF_CHECK(join_nodes(two, three));
  check_no_more_than_allowed();
}

CAF_TEST(no more connections are kept than allowed) {
  std::vector<std::unique_ptr<basp_client>> clients;
  for (auto i = 0; i < 60; ++i)
    clients.push_back(std::make_unique<basp_client>(attacker, target(), net::make_unique_node_id("")));
  check_no_more_than_allowed();
  CAF_CHECK_GREATER(counters().turned_away.load(), 0u);
}

CAF_TEST(random bytes are cut) {
  std::mt19937_64 random{7};
  for (auto i = 0; i < 300; ++i) {
    std::string noise(32 + random() % 500, '\0');
    for (auto& c : noise)
      c = static_cast<char>(random());
    noise[0] = static_cast<char>(random() % 9);
    raw_socket socket{target()};
    socket.send(noise);
  }
  check_all_is_well();
}

CAF_TEST(mutated packets after a good handshake do no harm) {
  std::mt19937_64 random{11};
  message_generator generator{12};
  for (auto connection = 0; connection < 200; ++connection) {
    auto client = connect();
    if (!client.accepted())
      continue;
    frame x;
    x.cluster = "test";
    x.sender = node_1;
    x.receiver = node_2;
    x.kind = net::frame_kind::data;
    x.body = bytes{std::string(40, 'b')};
    std::string all;
    for (auto i = 0; i < 20; ++i) {
      auto packet = writer.message(client.published(), writer.content(caf::make_message(x)));
      for (auto n = random() % 4; n > 0; --n)
        packet[random() % packet.size()] = static_cast<char>(random());
      all += packet;
    }
    client.socket().send(all);
  }
  check_all_is_well();
}

CAF_TEST_FIXTURE_SCOPE_END()
