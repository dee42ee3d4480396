/// The network that process_network relies on: its links do what they are told.
#define CAF_SUITE process_links

#include <caf/test/unit_test.hpp>

#include "tests/process/harness/child.hpp"
#include "tests/process/harness/network.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <filesystem>
#include <future>

using namespace process_test;
using namespace std::chrono_literals;

namespace {

sockaddr_in address_at(const network& net, std::size_t node) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(9000);
  ::inet_pton(AF_INET, net.address(node).c_str(), &result.sin_addr);
  return result;
}

/// What sends datagrams from a node and receives them there. Sockets belong to the namespace in which they were made.
class talker {
public:
  talker(const network& net, std::size_t node) : net_{net} {
    std::async(std::launch::async, [&] {
      enter_namespace(net.name_space(node));
      socket_ = descriptor{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
      auto where = address_at(net, node);
      CAF_REQUIRE_EQUAL(::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
    }).get();
  }

  void say(std::size_t to, const std::string& text) {
    auto where = address_at(net_, to);
    ::sendto(socket_.number(), text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&where), sizeof where);
  }

  /// What comes next; nothing if nothing does.
  std::string hear() {
    pollfd readable{socket_.number(), POLLIN, 0};
    if (::poll(&readable, 1, static_cast<int>(std::chrono::milliseconds{patience}.count())) != 1)
      return {};
    std::array<char, 64> text{};
    auto n = ::recv(socket_.number(), text.data(), text.size(), 0);
    return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  }

private:
  const network& net_;
  descriptor socket_;
};

bool skipped(const network& net) {
  if (net.problem().empty())
    return false;
  CAF_MESSAGE("SKIPPED: no networks can be made here (" << net.problem() << ")");
  CAF_CHECK(!net.problem().empty());
  return true;
}

} // namespace

CAF_TEST(a link that is cut one way carries the other way) {
  network net{3};
  if (skipped(net))
    return;
  talker x{net, 0};
  talker y{net, 1};
  talker z{net, 2};
  talker self{net, 3}; // is reached by all
  net.cut_one_way(0, 1);
  x.say(1, "lost");
  y.say(0, "back");
  x.say(2, "beside");
  CAF_CHECK_EQUAL(x.hear(), "back");
  CAF_CHECK_EQUAL(z.hear(), "beside");
  net.isolate(0);
  x.say(2, "lost");
  y.say(0, "lost");
  y.say(2, "past it");
  CAF_CHECK_EQUAL(z.hear(), "past it");
  x.say(3, "that was all");
  CAF_CHECK_EQUAL(self.hear(), "that was all");
  net.heal();
  x.say(1, "healed");
  x.say(2, "healed");
  y.say(0, "healed");
  for (auto* each : {&x, &y, &z})
    CAF_CHECK_EQUAL(each->hear(), "healed");
  CAF_CHECK_EQUAL(net.count().cut, 3u);
}

CAF_TEST(a slow link carries in order and never too early) {
  network net{2};
  if (skipped(net))
    return;
  talker x{net, 0};
  talker y{net, 1};
  net.slow(0, 1, 60ms);
  auto begin = std::chrono::steady_clock::now();
  for (const auto* word : {"one", "two", "three"})
    x.say(1, word);
  for (const auto* word : {"one", "two", "three"})
    CAF_CHECK_EQUAL(y.hear(), word);
  y.say(0, "back");
  CAF_CHECK_EQUAL(x.hear(), "back");
  CAF_CHECK(std::chrono::steady_clock::now() - begin >= 120ms);
  CAF_CHECK_EQUAL(net.count().delayed, 4u);
}

CAF_TEST(a slow link holds no more than it may) {
  network net{2};
  if (skipped(net))
    return;
  talker x{net, 0};
  talker y{net, 1};
  net.slow(0, 1, 1h);
  auto sent = std::size_t{0};
  for (; net.count().overflowed == 0 && sent < 10 * network::waiting_frames_max; ++sent)
    x.say(1, "held");
  CAF_CHECK(sent > network::waiting_frames_max);
  CAF_CHECK(net.count().overflowed > 0);
  CAF_CHECK_EQUAL(net.count().delayed, network::waiting_frames_max);
  net.heal();
  x.say(1, "through");
  auto word = y.hear();
  while (word == "held") // the switch had not seen it yet
    word = y.hear();
  CAF_CHECK_EQUAL(word, "through");
}

CAF_TEST(a lossy link loses its share and no other does) {
  constexpr auto rounds = 10;
  constexpr auto frames = 100; // a socket keeps more than these for who hears them later
  network net{3};
  if (skipped(net))
    return;
  talker x{net, 0};
  talker y{net, 1};
  talker z{net, 2};
  auto heard = 0;
  for (auto round = 0; round < rounds; ++round) {
    net.lose(0, 1, 0.1);
    for (auto i = 0; i < frames; ++i) {
      x.say(1, "maybe");
      x.say(2, "certainly");
    }
    for (auto i = 0; i < frames; ++i)
      CAF_CHECK_EQUAL(z.hear(), "certainly");
    net.lose(0, 1, 0);
    x.say(1, "end");
    while (y.hear() == "maybe")
      ++heard;
  }
  CAF_CHECK(heard > rounds * frames * 8 / 10);
  CAF_CHECK(heard < rounds * frames);
  CAF_CHECK_EQUAL(net.count().lost, static_cast<std::uint64_t>(rounds * frames - heard));
}

CAF_TEST(whoever makes a network is in it until its end and reaches all nodes) {
  auto where = [] { return std::filesystem::read_symlink("/proc/thread-self/ns/net").string(); };
  auto outside = where();
  {
    network net{2};
    if (skipped(net))
      return;
    CAF_CHECK_NOT_EQUAL(where(), outside);
    talker x{net, 0};
    talker self{net, 2}; // the port after those of the nodes
    net.isolate(0);
    self.say(0, "hello");
    CAF_CHECK_EQUAL(x.hear(), "hello");
    x.say(2, "hello back");
    CAF_CHECK_EQUAL(self.hear(), "hello back");
  }
  CAF_CHECK_EQUAL(where(), outside);
}
