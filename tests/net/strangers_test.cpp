// Nodes that do not know each other, or not where they are, over real sockets.
#define CAF_SUITE net_strangers

#include <optional>

#include "tests/net/messages.hpp"
#include "tests/net/raw_socket.hpp"
#include "tests/net/support.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::test;

namespace {

/// What a node was told of others.
class introductions {
public:
  std::function<void(transport_context&)> into() {
    return [this](transport_context& x) {
      x.introduced = [this](const node_info& who) {
        std::lock_guard guard{mutex_};
        all_.push_back(who);
        changed_.notify_all();
      };
    };
  }

  [[nodiscard]] bool none() {
    std::lock_guard guard{mutex_};
    return all_.empty();
  }

  /// The latest of `id`; port zero: there was none in time.
  node_info await(node_id id, const endpoint& where) {
    std::unique_lock guard{mutex_};
    auto is_it = [&](const node_info& x) { return x.id == id && x.address == where; };
    changed_.wait_for(guard, patience, [&] { return std::ranges::any_of(all_, is_it); });
    auto found = std::ranges::find_if(all_, is_it);
    return found != all_.end() ? *found : node_info{};
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<node_info> all_;
};

/// Both ways through the one link.
void check_talk(test_node& x, test_node& y) {
  CAF_REQUIRE(x.await_connected(y.self().id));
  CAF_REQUIRE(y.await_connected(x.self().id));
  auto before = y.in().size(x.self().id);
  x.send(y.self().id, {make_heartbeat(1)});
  CAF_CHECK_EQUAL(y.in().await(x.self().id, before + 1).size(), before + 1);
  before = x.in().size(y.self().id);
  y.send(x.self().id, {make_heartbeat(2)});
  CAF_CHECK_EQUAL(x.in().await(y.self().id, before + 1).size(), before + 1);
}

} // namespace

CAF_TEST(a stranger introduces itself and is talked to whoever has the smaller id) {
  for (auto [member_id, stranger_id] : {std::pair{node_1, node_2}, std::pair{node_2, node_1}}) {
    introductions told;
    test_node member{member_id, 0, "test", told.into()};
    test_node stranger{stranger_id};
    stranger.open_link(member.self(), true);
    auto who = told.await(stranger_id, stranger.self().address);
    CAF_REQUIRE_EQUAL(who.address.port, stranger.self().address.port);
    member.open_link(who);
    check_talk(member, stranger);
  }
}

CAF_TEST(two nodes that both introduce themselves agree on one connection) {
  for (auto i = 0; i < 5; ++i) {
    test_node one{node_1};
    test_node two{node_2};
    one.open_link(two.self(), true);
    two.open_link(one.self(), true);
    check_talk(one, two);
  }
}

CAF_TEST(a node that moves is found again whichever side dials and the other side learns where it is) {
  for (auto [stays_id, moves_id] : {std::pair{node_1, node_2}, std::pair{node_2, node_1}}) {
    introductions told;
    test_node stays{stays_id, 0, "test", told.into()};
    std::optional<test_node> moves;
    moves.emplace(moves_id);
    CAF_REQUIRE(join_nodes(stays, *moves));
    moves.reset();
    raw_listener elsewhere; // the port is rather another one than the same again
    moves.emplace(moves_id);
    moves->open_link(stays.self(), true);
    CAF_CHECK_EQUAL(told.await(moves_id, moves->self().address).address.port, moves->self().address.port);
    check_talk(stays, *moves);
  }
}

CAF_TEST(a link that is told another address calls there) {
  test_node one{node_1};
  test_node two{node_2};
  raw_listener nobody{0};
  one.open_link({node_2, nobody.where()});
  two.open_link(one.self());
  one.retarget(node_2, {two.self().address});
  check_talk(one, two);
}

CAF_TEST(a link that waited to be called calls when it has to introduce itself) {
  introductions told;
  test_node one{node_1, 0, "test", told.into()};
  test_node two{node_2};
  two.open_link(one.self());
  two.retarget(node_1, {one.self().address, true});
  auto who = told.await(node_2, two.self().address);
  one.open_link(who);
  check_talk(one, two);
}

CAF_TEST(a link may be opened anew after it was closed) {
  test_node one{node_1};
  test_node two{node_2};
  CAF_REQUIRE(join_nodes(one, two));
  one.close_link(node_2);
  one.open_link(two.self());
  check_talk(one, two);
}

CAF_TEST(whoever knows an address only learns who is there and can be linked to then) {
  introductions told;
  test_node one{node_1, 0, "test", told.into()};
  test_node two{node_2};
  CAF_CHECK(two.identify(one.self().address) == node_1);
  CAF_CHECK(one.identify(two.self().address) == node_2);
  CAF_CHECK(two.identify(one.self().address) == node_1); // again, on a new connection
  CAF_CHECK(told.none());                                // who only asks is nobody to be linked to
  two.open_link(one.self(), true);
  one.open_link(told.await(node_2, two.self().address));
  check_talk(one, two);
  two.identify(one.self().address); // whatever comes of it, the link is not disturbed
  check_talk(one, two);
}

CAF_TEST(nobody is there if none of the cluster answers) {
  auto hasty = [](transport_context& x) {
    x.connect_timeout = std::chrono::milliseconds{200};
    x.handshake_timeout = std::chrono::milliseconds{200};
  };
  test_node one{node_1, 0, "test", hasty};
  test_node other{node_2, 0, "another cluster"};
  raw_listener silent;
  endpoint closed;
  {
    raw_listener gone;
    closed = gone.where();
  }
  CAF_CHECK(!one.identify(other.self().address));
  CAF_CHECK(!one.identify(silent.where()));
  CAF_CHECK(!one.identify(closed));
  CAF_CHECK(!one.identify({"nowhere", 1}));
  CAF_CHECK(!one.identify(one.self().address)); // no connection to itself
  one.stop();
  CAF_CHECK(!one.identify(other.self().address));
}

CAF_TEST(nodes with a secret tell only each other who they are) {
  auto with = [](const std::string& secret) {
    return [=](transport_context& x) {
      x.security.mode = auth_mode::shared_secret;
      x.security.shared_secret = secret;
      x.handshake_timeout = std::chrono::milliseconds{500};
    };
  };
  test_node one{node_1, 0, "test", with(std::string(32, 'a'))};
  test_node two{node_2, 0, "test", with(std::string(32, 'a'))};
  test_node stranger{node_id{3}, 0, "test", with(std::string(32, 'b'))};
  CAF_CHECK(two.identify(one.self().address) == node_1);
  CAF_CHECK(!stranger.identify(one.self().address));
}
