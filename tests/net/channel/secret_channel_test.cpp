/// The handshake of the shared secret: who gets in, and every attack that comes to mind.
#define CAF_SUITE net_secret_channel

#include "net/channel/greeting.hpp"
#include "net/channel/records.hpp"
#include "tests/net/channel/secret_ends.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::net;
using namespace kommander::test;

namespace {

constexpr auto not_known = "it does not know the secret of this cluster";

/// Both ends open, and what was said meanwhile.
struct open_pair {
  channel_end dialing = dialing_end(settings_of(1));
  channel_end accepting = accepting_end(settings_of(2));
  std::vector<std::string> said; ///< Four messages.

  open_pair() {
    said.push_back(dialing.take());
    accepting.hear(said.back());
    said.push_back(accepting.take());
    dialing.hear(said.back());
    said.push_back(dialing.take());
    accepting.hear(said.back());
    said.push_back(accepting.take());
    dialing.hear(said.back());
  }
};

/// Random numbers that are the same each time.
random_source counting(unsigned char first) {
  return [first](std::span<unsigned char> out) {
    auto next = first;
    for (auto& x : out)
      x = next++;
    return true;
  };
}

/// Why two ends with these settings do not come together: what the dialing one says, or the accepting one.
std::string obstacle(channel_end dialing, channel_end accepting) {
  talk(dialing, accepting);
  if (!accepting.error.empty() || !dialing.error.empty())
    return accepting.error.empty() ? dialing.error : accepting.error;
  return dialing.is_open() && accepting.is_open() ? "none" : "silence";
}

} // namespace

CAF_TEST(two nodes with one secret come together and know each other) {
  auto dialing = dialing_end(settings_of(1));
  auto accepting = accepting_end(settings_of(2));
  CAF_CHECK(!dialing.say("too early"));
  CAF_CHECK(!accepting.say("too early"));
  CAF_REQUIRE(talk(dialing, accepting));
  CAF_REQUIRE(dialing.is_open() && accepting.is_open());
  CAF_CHECK(dialing.channel->peer().proved && !dialing.channel->peer().client);
  CAF_CHECK(dialing.channel->peer().node == node_id{2});
  CAF_CHECK(accepting.channel->peer().node == node_id{1});
  CAF_CHECK(dialing.say("hello"));
  CAF_CHECK(accepting.say("and welcome"));
  CAF_CHECK(talk(dialing, accepting));
  CAF_CHECK_EQUAL(text_of(accepting.plain), "hello");
  CAF_CHECK_EQUAL(text_of(dialing.plain), "and welcome");
}

CAF_TEST(bytes may come one by one or all at once) {
  open_pair whole;
  auto dialing = dialing_end(settings_of(1));
  auto accepting = accepting_end(settings_of(2));
  auto drip = [](channel_end& from, channel_end& to) {
    for (auto c : from.take())
      CAF_REQUIRE(to.hear({&c, 1}));
  };
  for (auto i = 0; i < 2; ++i) {
    drip(dialing, accepting);
    drip(accepting, dialing);
  }
  CAF_REQUIRE(dialing.is_open() && accepting.is_open());
  dialing.say(std::string(70'000, 'x'));
  dialing.say("end");
  drip(dialing, accepting);
  CAF_CHECK_EQUAL(accepting.plain.size(), 70'003u);
  // The last message of the handshake and what follows it may come together.
  auto early = dialing_end(settings_of(1));
  auto late = accepting_end(settings_of(2));
  late.hear(early.take());
  early.hear(late.take());
  late.hear(early.take());
  late.say("at once");
  CAF_REQUIRE(early.hear(late.take()));
  CAF_CHECK_EQUAL(text_of(early.plain), "at once");
}

CAF_TEST(another secret is refused by whoever was called) {
  auto dialing = dialing_end(settings_of(1, other_secret));
  auto accepting = accepting_end(settings_of(2));
  CAF_CHECK(!talk(dialing, accepting));
  CAF_CHECK_EQUAL(accepting.error, not_known);
  CAF_CHECK(!accepting.is_open() && !dialing.is_open());
  CAF_CHECK(accepting.take().empty()); // nothing was said under a secret to somebody who has none
}

CAF_TEST(whoever is called proves itself as well) {
  auto dialing = dialing_end(settings_of(1));
  auto impostor = accepting_end(settings_of(2, other_secret));
  impostor.hear(dialing.take());
  dialing.hear(impostor.take());
  impostor.hear(dialing.take());
  CAF_CHECK(!dialing.hear(std::string(key_bytes, 'x')));
  CAF_CHECK_EQUAL(dialing.error, not_known);
  CAF_CHECK(!dialing.is_open());
}

CAF_TEST(a changed byte anywhere in the handshake is noticed) {
  open_pair example;
  for (std::size_t message = 0; message < example.said.size(); ++message)
    for (std::size_t at = 0; at < example.said[message].size(); ++at) {
      auto dialing = dialing_end(settings_of(1));
      auto accepting = accepting_end(settings_of(2));
      auto refused = false;
      for (std::size_t i = 0; i <= message; ++i) {
        auto& from = i % 2 == 0 ? dialing : accepting;
        auto& to = i % 2 == 0 ? accepting : dialing;
        auto wire = from.take();
        if (i == message)
          wire[at] = static_cast<char>(wire[at] ^ 0x40);
        refused = !to.hear(wire);
      }
      // A changed greeting may be one that could have been meant; then the proofs differ.
      refused = refused || !talk(dialing, accepting);
      auto both = dialing.is_open() && accepting.is_open();
      if (both || (message < 3 && accepting.is_open()) || (message == 3 && dialing.is_open()))
        CAF_ERROR("message " << message << ", byte " << at << " was changed, and nobody noticed");
      // The length may be the one that was changed: then one side waits for more, and the time runs out.
      if (!refused && (at != greeting_magic.size() + 1))
        CAF_ERROR("message " << message << ", byte " << at << " was changed, and nobody complained");
    }
}

CAF_TEST(a handshake that was recorded is of no use) {
  open_pair recorded;
  CAF_REQUIRE(recorded.dialing.is_open());
  auto accepting = accepting_end(settings_of(2));
  CAF_CHECK(accepting.hear(recorded.said[0]));
  CAF_CHECK(!accepting.hear(recorded.said[2]));
  CAF_CHECK_EQUAL(accepting.error, not_known);
  auto dialing = dialing_end(settings_of(1));
  CAF_CHECK(dialing.hear(recorded.said[1]));
  CAF_CHECK(!dialing.hear(recorded.said[3]));
}

CAF_TEST(what a side has said is no answer to it) {
  auto dialing = dialing_end(settings_of(1), 0);
  auto own = dialing.take();
  CAF_CHECK(!dialing.hear(own));
  CAF_CHECK_EQUAL(dialing.error, "it sends back what this node has said");
  // Not even if it is dressed up as the other side's: then it still has the same number.
  auto again = dialing_end(settings_of(1), 0);
  auto dressed = *decode_greeting(std::string_view{again.take()}.substr(greeting_head_bytes));
  dressed.side = channel_side::accepting;
  dressed.from = node_id{2};
  dressed.to = node_id{1};
  CAF_CHECK(!again.hear(encode_greeting(dressed)));
  CAF_CHECK_EQUAL(again.error, "it sends back what this node has said");
  // Nor is its proof the other side's.
  auto victim = dialing_end(settings_of(1));
  auto accepting = accepting_end(settings_of(2));
  accepting.hear(victim.take());
  victim.hear(accepting.take());
  CAF_CHECK(!victim.hear(victim.take()));
}

CAF_TEST(two connections to one node cannot be played against each other) {
  // An attacker opens a connection and lets the victim itself answer the challenge, on another one.
  auto first = accepting_end(settings_of(2));
  auto victim = dialing_end(settings_of(1));
  auto second = accepting_end(settings_of(2));
  auto greeting = victim.take();
  first.hear(greeting);
  second.hear(greeting);
  victim.hear(first.take());
  auto proof = victim.take();
  CAF_CHECK(!second.hear(proof));
  CAF_CHECK(first.hear(proof));
}

CAF_TEST(a node of another cluster with the same secret is refused) {
  auto other = settings_of(1);
  other.cluster = "other";
  CAF_CHECK_EQUAL(obstacle(dialing_end(other), accepting_end(settings_of(2))), "it belongs to another cluster");
  // Somebody in the middle who changes the mark does not get further.
  auto dialing = dialing_end(other);
  auto accepting = accepting_end(settings_of(2));
  auto forge = [](std::string wire, const std::string& cluster) {
    auto x = *decode_greeting(std::string_view{wire}.substr(greeting_head_bytes));
    x.cluster_mark = mark_of_cluster(cluster);
    return encode_greeting(x);
  };
  CAF_CHECK(accepting.hear(forge(dialing.take(), "test")));
  CAF_CHECK(dialing.hear(forge(accepting.take(), "other")));
  CAF_CHECK(!accepting.hear(dialing.take()));
  CAF_CHECK_EQUAL(accepting.error, not_known);
}

CAF_TEST(each node is the one that was called and nobody is this node) {
  CAF_CHECK_EQUAL(obstacle(dialing_end(settings_of(1), 3), accepting_end(settings_of(2))),
                  "it wants node 3, but this is node 2");
  CAF_CHECK_EQUAL(obstacle(dialing_end(settings_of(1), 0), accepting_end(settings_of(2))), "none");
  CAF_CHECK_EQUAL(obstacle(dialing_end(settings_of(2), 0), accepting_end(settings_of(2))),
                  "it says that it is this very node, 2");
  CAF_CHECK_EQUAL(obstacle(dialing_end(settings_of(0)), accepting_end(settings_of(2))),
                  "it does not say which node it is");
  // A member that answers in another's name.
  auto dialing = dialing_end(settings_of(1), 2);
  auto liar = accepting_end(settings_of(3));
  auto greeting = dialing.take();
  auto x = *decode_greeting(std::string_view{greeting}.substr(greeting_head_bytes));
  x.to = node_id{3};
  liar.hear(encode_greeting(x));
  CAF_CHECK(!dialing.hear(liar.take()));
  CAF_CHECK_EQUAL(dialing.error, "it is node 3, but node 2 was called");
}

CAF_TEST(clients and nodes have ports of their own) {
  auto client = settings_of(0);
  client.purpose = channel_purpose::clients;
  auto port = settings_of(2);
  port.purpose = channel_purpose::clients;
  auto dialing = dialing_end(client, 0);
  auto accepting = accepting_end(port);
  CAF_REQUIRE(talk(dialing, accepting));
  CAF_CHECK(accepting.channel->peer().proved && accepting.channel->peer().client);
  CAF_CHECK(!accepting.channel->peer().node);
  CAF_CHECK(dialing.channel->peer().node == node_id{2} && !dialing.channel->peer().client);
  CAF_CHECK_EQUAL(obstacle(dialing_end(client, 0), accepting_end(settings_of(2))),
                  "clients and nodes use different ports: this one is for nodes");
  CAF_CHECK_EQUAL(obstacle(dialing_end(settings_of(1), 0), accepting_end(port)),
                  "clients and nodes use different ports: this one is for clients");
}

CAF_TEST(both ends see the same channel around them or none) {
  CAF_CHECK_EQUAL(obstacle(dialing_end(settings_of(1), 2, "tls"), accepting_end(settings_of(2), "tls")), "none");
  CAF_CHECK_EQUAL(obstacle(dialing_end(settings_of(1), 2, "tls"), accepting_end(settings_of(2), "other")), not_known);
  CAF_CHECK_EQUAL(obstacle(dialing_end(settings_of(1), 2), accepting_end(settings_of(2), "tls")), not_known);
}

CAF_TEST(a secret is replaced while all nodes keep talking) {
  struct stage {
    std::string secret, accepted;
  };
  const std::vector<stage> stages{
    {"old", ""}, {"old", "new"}, {"new", "old"}, {"new", ""}}; // node after node goes from one to the next
  for (std::size_t i = 0; i < stages.size(); ++i)
    for (auto j = i > 0 ? i - 1 : 0; j <= std::min(i + 1, stages.size() - 1); ++j)
      CAF_CHECK_EQUAL(obstacle(dialing_end(settings_of(1, stages[i].secret, stages[i].accepted)),
                               accepting_end(settings_of(2, stages[j].secret, stages[j].accepted))),
                      "none");
  CAF_CHECK_EQUAL(obstacle(dialing_end(settings_of(1, "old")), accepting_end(settings_of(2, "new"))), not_known);
  CAF_CHECK_EQUAL(obstacle(dialing_end(settings_of(1, "new")), accepting_end(settings_of(2, "old"))), not_known);
  // No secret accepted is not the same as an empty one.
  CAF_CHECK_EQUAL(obstacle(dialing_end(settings_of(1, "")), accepting_end(settings_of(2, "new"))), not_known);
}

CAF_TEST(whoever speaks something else is refused at its first byte) {
  auto plain = accepting_end(settings_of(2));
  CAF_CHECK(!plain.hear(std::string(1, '\x02')));
  CAF_CHECK_EQUAL(plain.error, "it does not begin with a greeting; is it set to use a secret?");
  CAF_CHECK(!plain.hear("KmS1")); // a channel that has failed stays so
  auto tls = accepting_end(settings_of(2));
  CAF_CHECK(!tls.hear("\x16\x03\x01"));
  CAF_CHECK_EQUAL(tls.error, "it begins with TLS, which is not expected here");
  for (std::string_view head : {"KmS1\xff\xff", "KmS1\x00\x10"}) {
    auto lying = accepting_end(settings_of(2));
    CAF_CHECK(!lying.hear({head.data(), 6}));
  }
}

CAF_TEST(another version of the handshake is named) {
  auto dialing = dialing_end(settings_of(1));
  auto accepting = accepting_end(settings_of(2));
  auto x = *decode_greeting(std::string_view{dialing.take()}.substr(greeting_head_bytes));
  x.version = 9;
  CAF_CHECK(!accepting.hear(encode_greeting(x)));
  CAF_CHECK_EQUAL(accepting.error, "it speaks version 9 of the handshake, this node speaks 1");
}

CAF_TEST(the keys differ from connection to connection and from side to side) {
  open_pair one;
  open_pair two;
  one.dialing.say("same");
  two.dialing.say("same");
  auto first = one.dialing.take();
  CAF_CHECK(first != two.dialing.take());
  CAF_CHECK(!two.accepting.hear(first)); // played into another connection
  CAF_CHECK(!one.dialing.hear(first));   // and back to where it came from
  CAF_CHECK(one.accepting.hear(first));
  CAF_CHECK(!one.accepting.hear(first)); // and once more
}

CAF_TEST(the same random numbers give the same bytes and nothing else does) {
  auto run = [](const std::string& secret) {
    auto dialing = dialing_end(settings_of(1, secret), 2, {}, counting(1));
    auto accepting = accepting_end(settings_of(2, secret), {}, counting(101));
    talk(dialing, accepting);
    dialing.say("x");
    return dialing.take();
  };
  CAF_CHECK_EQUAL(run(long_secret), run(long_secret));
  CAF_CHECK(run(long_secret) != run(other_secret));
}

CAF_TEST(without random numbers nothing begins) {
  auto dialing = dialing_end(settings_of(1), 2, {}, [](std::span<unsigned char>) { return false; });
  CAF_CHECK_EQUAL(dialing.error, "the system has no random numbers");
  CAF_CHECK(dialing.take().empty());
}
