// Who is let in by TLS, and who is not.
#define CAF_SUITE net_tls
#include <caf/test/unit_test.hpp>

#include <algorithm>

#include "tests/net/tls_fixture.hpp"

using namespace kommander;
using namespace kommander::net;
using namespace kommander::test;
using namespace std::chrono_literals;

namespace {

struct fixture : tls_fixture {
  /// Opens a pair; true if the side that dialed has refused, for the reason `why`, and told the other one nothing.
  bool dialing_refuses(const std::string& why) {
    auto x = pair();
    auto opened = x.open();
    CAF_MESSAGE(x.errors());
    return !opened && !x.dialing.channel->is_open() && x.dialing.out.empty() && contains(x.dialing.error, why);
  }

  bool accepting_refuses(const std::string& why) {
    auto x = pair();
    auto opened = x.open();
    CAF_MESSAGE(x.errors());
    return !opened && !x.accepting.channel->is_open() && x.accepting.out.empty() && contains(x.accepting.error, why);
  }

  bool opens() {
    auto x = pair();
    auto opened = x.open();
    CAF_MESSAGE(x.errors());
    return opened;
  }

  std::string refusal_of(const tls_party& x, const security_config& settings) {
    auto made = make_tls_factory(settings, x.demands);
    auto message = made ? std::string{} : made.error().message;
    CAF_MESSAGE(message);
    return message;
  }

  /// Pins the certificate of the accepting side, in the form that `write` gives it.
  template <class Write>
  channel_pair pinned_pair(Write write) {
    accepting.signs_itself = true;
    auto own = issue_for(accepting);
    auto to = load(accepting, settings_of(accepting, "accepting", own));
    dialing.settings.pinned_certificates = {write(own.pin())};
    auto from = load(dialing, settings_of(dialing, "dialing"));
    return pair(*from, *to);
  }
};

std::string as_it_is(std::string x) {
  return x;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(tls_tests, fixture)

CAF_TEST(two nodes with certificates learn who the other one is) {
  auto x = pair();
  CAF_REQUIRE(x.open());
  CAF_CHECK(x.accepting.channel->peer().proved);
  CAF_CHECK_EQUAL(x.accepting.channel->peer().node, node_id{1});
  CAF_CHECK(!x.accepting.channel->peer().client);
  CAF_CHECK_EQUAL(x.accepting.channel->peer().name, "CN=node 1");
  CAF_CHECK(x.dialing.channel->peer().proved);
  CAF_CHECK_EQUAL(x.dialing.channel->peer().node, node_id{2});
  x.dialing.say("good day");
  x.accepting.say("to you too");
  x.run();
  CAF_CHECK_EQUAL(text_of(x.accepting.plain), "good day");
  CAF_CHECK_EQUAL(text_of(x.dialing.plain), "to you too");
}

CAF_TEST(nobody is known before the connection is open) {
  auto x = pair();
  x.start();
  CAF_CHECK(!x.dialing.channel->peer().proved);
  CAF_CHECK(!x.accepting.channel->peer().proved);
  CAF_CHECK(x.dialing.channel->binding().empty());
  x.dialing.say("too early");
  CAF_CHECK(contains(x.dialing.error, "before the connection is open"));
}

CAF_TEST(both ends and nobody else know the same binding) {
  auto x = pair();
  auto y = pair();
  CAF_REQUIRE(x.open() && y.open());
  CAF_CHECK_EQUAL(x.dialing.channel->binding().size(), 32u);
  CAF_CHECK_EQUAL(x.dialing.channel->binding(), x.accepting.channel->binding());
  CAF_CHECK_NOT_EQUAL(x.dialing.channel->binding(), y.dialing.channel->binding());
}

CAF_TEST(what is protected is described) {
  auto from = load(dialing, settings_of(dialing, "dialing"));
  CAF_CHECK(contains(from->describe(), "TLS 1.3 with certificates of both sides, signed by an authority of "));
  CAF_CHECK_EQUAL(from->own_name().node, node_id{1});
  CAF_CHECK_EQUAL(from->warning(), "");
}

// -- validity ---------------------------------------------------------------------------------------------------------

CAF_TEST(a server whose certificate has expired is refused) {
  accepting.request.begin = -48h;
  accepting.request.end = -1h;
  CAF_CHECK(dialing_refuses("has expired"));
}

CAF_TEST(a node that dials with an expired certificate is refused) {
  dialing.request.begin = -48h;
  dialing.request.end = -1h;
  CAF_CHECK(accepting_refuses("\"CN=node 1\" has expired"));
}

CAF_TEST(a certificate that does not hold yet is refused on either side) {
  accepting.request.begin = 1h;
  CAF_CHECK(dialing_refuses("holds from"));
  accepting.request.begin = -1h;
  dialing.request.begin = 1h;
  CAF_CHECK(accepting_refuses("holds from"));
}

CAF_TEST(an authority that has expired vouches for nobody) {
  certificate_request old;
  old.authority = true;
  old.names.clear();
  old.begin = -48h;
  old.end = -1h;
  authority = issue(old);
  CAF_CHECK(dialing_refuses("has expired"));
}

CAF_TEST(a certificate that ends soon or has ended is warned of) {
  dialing.request.end = 24h * 13;
  CAF_CHECK(contains(load(dialing, settings_of(dialing, "dialing"))->warning(), "expires soon"));
  dialing.request.begin = -48h;
  dialing.request.end = -1h;
  CAF_CHECK(contains(load(dialing, settings_of(dialing, "dialing"))->warning(), "has expired"));
  dialing.request.end = 24h * 15;
  CAF_CHECK_EQUAL(load(dialing, settings_of(dialing, "dialing"))->warning(), "");
}

// -- chain and host ---------------------------------------------------------------------------------------------------

CAF_TEST(a certificate of another authority is refused on either side) {
  accepting.signed_by = &other_authority;
  CAF_CHECK(dialing_refuses("is not accepted"));
  accepting.signed_by = nullptr;
  dialing.signed_by = &other_authority;
  CAF_CHECK(accepting_refuses("is not accepted"));
}

CAF_TEST(a certificate that has signed itself is refused) {
  dialing.signs_itself = true;
  CAF_CHECK(accepting_refuses("is not accepted"));
}

CAF_TEST(a node cannot vouch for others with its own certificate) {
  auto node = issue(node_request(3), &authority);
  dialing.signed_by = &node;
  auto own = issue_for(dialing);
  auto settings = settings_of(dialing, "dialing", own);
  write_text(settings.certificate_file, own.certificate_text() + node.certificate_text());
  auto x = pair(*load(dialing, settings), *load(accepting, settings_of(accepting, "accepting")));
  CAF_CHECK(!x.open());
  CAF_CHECK(contains(x.accepting.error, "is not accepted"));
}

CAF_TEST(a chain through an authority between is followed) {
  certificate_request between;
  between.subject = "between";
  between.authority = true;
  between.names.clear();
  auto middle = issue(between, &authority);
  dialing.signed_by = &middle;
  auto own = issue_for(dialing);
  auto settings = settings_of(dialing, "dialing", own);
  auto to = load(accepting, settings_of(accepting, "accepting"));
  auto alone = pair(*load(dialing, settings), *to);
  CAF_CHECK(!alone.open());
  write_text(settings.certificate_file, own.certificate_text() + middle.certificate_text());
  auto together = pair(*load(dialing, settings), *to);
  CAF_CHECK(together.open());
}

CAF_TEST(a server with a certificate for another address is refused) {
  accepting.request.names = {"IP:127.0.0.2", "DNS:127.0.0.1", "URI:kommander:node:2"};
  CAF_CHECK(dialing_refuses("is not accepted: IP address mismatch"));
}

CAF_TEST(a server is found by its name and not by the subject of its certificate) {
  auto with_host = [this](const std::string& name) {
    auto from = load(dialing, settings_of(dialing, "dialing"));
    auto to = load(accepting, settings_of(accepting, "accepting"));
    channel_pair x;
    x.dialing.channel = from->make(channel_side::dialing, expected, name);
    x.accepting.channel = to->make(channel_side::accepting, node_id{}, "");
    x.open();
    return x.dialing.error;
  };
  accepting.request.subject = "b.example";
  accepting.request.names = {"DNS:a.example", "DNS:*.c.example", "URI:kommander:node:2"};
  CAF_CHECK_EQUAL(with_host("a.example"), "");
  CAF_CHECK_EQUAL(with_host("A.Example"), "");
  CAF_CHECK_EQUAL(with_host("x.c.example"), "");
  CAF_CHECK(contains(with_host("b.example"), "is not accepted: hostname mismatch"));
  CAF_CHECK(contains(with_host("x.a.example"), "hostname mismatch"));
  CAF_CHECK(contains(with_host(""), "no name to check"));
  CAF_CHECK(contains(with_host(std::string{"a.example\0.evil", 15}), "no name to check"));
}

CAF_TEST(a certificate for other purposes is refused) {
  accepting.request.usage = "clientAuth";
  CAF_CHECK(dialing_refuses("is not accepted"));
  accepting.request.usage = "";
  dialing.request.usage = "serverAuth";
  CAF_CHECK(accepting_refuses("is not accepted"));
  dialing.request.usage = "serverAuth,clientAuth";
  CAF_CHECK(opens());
}

// -- names ------------------------------------------------------------------------------------------------------------

CAF_TEST(another node than the one that was dialed is refused) {
  accepting.request = node_request(3);
  CAF_CHECK(dialing_refuses("is that of node 3, node 2 was dialed"));
}

CAF_TEST(whoever is dialed without an id may be any node) {
  expected = node_id{};
  auto x = pair();
  CAF_REQUIRE(x.open());
  CAF_CHECK_EQUAL(x.dialing.channel->peer().node, node_id{2});
}

CAF_TEST(a certificate that names no node is refused on either side) {
  auto both = settings_of(dialing, "named");
  dialing.settings = settings_of(dialing, "dialing", issue(certificate_request{}, &authority));
  CAF_CHECK(contains(refusal_of(dialing, dialing.settings), "names no node"));
  // A program of somebody else does not check its own certificate.
  tls_party stranger = dialing;
  stranger.demands = false;
  auto from = load(stranger, settings_of(stranger, "dialing", issue(certificate_request{}, &authority)));
  auto to = load(accepting, settings_of(accepting, "accepting"));
  auto x = pair(*from, *to);
  CAF_CHECK(!x.open());
  CAF_CHECK(contains(x.accepting.error, "names no node"));
  auto node = load(dialing, both);
  stranger.settings = {};
  auto server = load(stranger, settings_of(stranger, "server", issue(certificate_request{}, &authority)));
  auto y = pair(*node, *server);
  CAF_CHECK(!y.open());
  CAF_CHECK(contains(y.dialing.error, "names no node"));
}

CAF_TEST(names that are not exactly ours are refused) {
  for (const auto* bad : {"kommander:node:0", "kommander:node:01", "kommander:node:", "kommander:node:-1",
                          "kommander:node:1%20", "kommander:node:18446744073709551616", "kommander:node:1x",
                          "kommander:clients", "kommander:", "kommander:node:0x1"}) {
    auto request = node_request(1);
    request.names.back() = std::string{"URI:"} + bad;
    auto name = read_name(*issue(request).certificate);
    CAF_CHECK(!name);
    CAF_CHECK(!name && contains(name.error().message, "kommander:node:<id>"));
  }
  auto request = node_request(1);
  request.names.back() = "URI:kommander:node:18446744073709551615";
  auto name = read_name(*issue(request).certificate);
  CAF_REQUIRE(name);
  CAF_CHECK_EQUAL(name->node, node_id{~std::uint64_t{0}});
}

CAF_TEST(a certificate with two names of ours is nobodys) {
  for (const auto* second : {"URI:kommander:node:1", "URI:kommander:node:2", "URI:kommander:client"}) {
    auto request = node_request(1);
    request.names.push_back(second);
    auto name = read_name(*issue(request).certificate);
    CAF_CHECK(!name && contains(name.error().message, "more than one"));
  }
}

CAF_TEST(only what is a URI names a node) {
  auto request = node_request(1);
  request.subject = "kommander:node:5";
  request.names = {"DNS:kommander:node:6", "email:kommander:node:7", "URI:https://example/kommander:node:8"};
  auto name = read_name(*issue(request).certificate);
  CAF_REQUIRE(name);
  CAF_CHECK(!name->node);
  CAF_CHECK(!name->client);
}

CAF_TEST(clients are let in only where they are expected and never dialed) {
  dialing.request.names = {"URI:kommander:client"};
  CAF_CHECK(accepting_refuses("is a client's"));
  accepting.admits_clients = true;
  auto x = pair();
  CAF_REQUIRE(x.open());
  CAF_CHECK(x.accepting.channel->peer().client);
  CAF_CHECK(!x.accepting.channel->peer().node);
  accepting.request.names.back() = "URI:kommander:client";
  CAF_CHECK(dialing_refuses("shown by a server"));
}

// -- certificates of one side ---------------------------------------------------------------------------------------

CAF_TEST(who shows no certificate is refused where one is demanded) {
  dialing.demands = false;
  auto without = settings_of(dialing, "dialing");
  without.certificate_file.clear();
  without.private_key_file.clear();
  auto x = pair(*load(dialing, without), *load(accepting, settings_of(accepting, "accepting")));
  CAF_CHECK(!x.open());
  CAF_CHECK(!x.accepting.channel->is_open());
  CAF_CHECK(contains(x.accepting.error, "peer did not return a certificate"));
}

CAF_TEST(with the certificate of the server only the client stays unknown) {
  dialing.demands = accepting.demands = false;
  accepting.request.names = {"IP:127.0.0.1"};
  auto without = settings_of(dialing, "dialing");
  without.certificate_file.clear();
  without.private_key_file.clear();
  auto from = load(dialing, without);
  auto x = pair(*from, *load(accepting, settings_of(accepting, "accepting")));
  CAF_REQUIRE(x.open());
  CAF_CHECK(!x.accepting.channel->peer().proved);
  CAF_CHECK(x.dialing.channel->peer().proved);
  CAF_CHECK(!x.dialing.channel->peer().node);
  // A certificate that names a node must still be the right one.
  accepting.request = node_request(3);
  auto y = pair(*from, *load(accepting, settings_of(accepting, "accepting")));
  CAF_CHECK(!y.open());
  CAF_CHECK(contains(y.dialing.error, "is that of node 3"));
  // Nothing to show, so nobody can be accepted.
  auto z = pair(*from, *from);
  CAF_CHECK(!z.open());
  CAF_CHECK(contains(z.accepting.error, "certificate_file is not set"));
}

CAF_TEST(insecure validation accepts any server and proves nothing) {
  dialing.demands = accepting.demands = false;
  dialing.settings.allow_insecure_certificate_validation = true;
  accepting.signs_itself = true;
  accepting.request.end = -1h;
  accepting.request.begin = -2h;
  accepting.request.names = {"URI:kommander:node:9"};
  auto x = pair();
  CAF_REQUIRE(x.open());
  CAF_CHECK(!x.dialing.channel->peer().proved);
  CAF_CHECK(!x.dialing.channel->peer().node);
  CAF_CHECK(!x.accepting.channel->peer().proved);
}

CAF_TEST(insecure validation never goes with mutual TLS) {
  auto settings = settings_of(dialing, "dialing");
  settings.allow_insecure_certificate_validation = true;
  CAF_CHECK(contains(refusal_of(dialing, settings), "allow_insecure_certificate_validation"));
  dialing.demands = false; // as a client of a cluster might try
  CAF_CHECK(contains(refusal_of(dialing, settings), "allow_insecure_certificate_validation"));
}

// -- pins -------------------------------------------------------------------------------------------------------------

CAF_TEST(a pinned certificate needs no chain and no host) {
  accepting.request.names = {"URI:kommander:node:2"};
  auto x = pinned_pair(as_it_is);
  CAF_CHECK(x.open());
  // So far only one side has pins. Now both.
  dialing.signs_itself = true;
  auto mine = issue_for(dialing);
  auto its = issue_for(accepting);
  dialing.settings.pinned_certificates = {its.pin()};
  accepting.settings.pinned_certificates = {mine.pin()};
  auto y = pair(*load(dialing, settings_of(dialing, "dialing", mine)),
                *load(accepting, settings_of(accepting, "accepting", its)));
  CAF_CHECK(y.open());
  CAF_CHECK_EQUAL(y.accepting.channel->peer().node, node_id{1});
}

CAF_TEST(pins are read in any usual form) {
  auto lower = [](std::string x) {
    std::transform(x.begin(), x.end(), x.begin(), [](unsigned char c) { return std::tolower(c); });
    return x;
  };
  auto bare = [](std::string x) {
    x.erase(std::remove(x.begin(), x.end(), ':'), x.end());
    return x;
  };
  auto blanks = [](std::string x) {
    std::replace(x.begin(), x.end(), ':', ' ');
    return " " + x + " ";
  };
  CAF_CHECK(pinned_pair(as_it_is).open());
  CAF_CHECK(pinned_pair(lower).open());
  CAF_CHECK(pinned_pair(bare).open());
  CAF_CHECK(pinned_pair([&](const std::string& x) { return lower(bare(x)); }).open());
  CAF_CHECK(pinned_pair(blanks).open());
}

CAF_TEST(a certificate that is not pinned is refused although an authority has signed it) {
  dialing.settings.pinned_certificates = {issue(node_request(2), &authority).pin()};
  CAF_CHECK(dialing_refuses("none of the pinned ones"));
}

CAF_TEST(a pin in place of an authority says who may dial too) {
  accepting.settings.pinned_certificates = {issue(node_request(1), &authority).pin()};
  CAF_CHECK(accepting_refuses("none of the pinned ones"));
}

CAF_TEST(a pinned certificate is refused when it has expired or does not hold yet) {
  accepting.request.begin = -2h;
  accepting.request.end = -1h;
  auto x = pinned_pair(as_it_is);
  CAF_CHECK(!x.open());
  CAF_CHECK(contains(x.dialing.error, "has expired"));
  accepting.request.begin = 1h;
  accepting.request.end = 2h;
  auto y = pinned_pair(as_it_is);
  CAF_CHECK(!y.open());
  CAF_CHECK(contains(y.dialing.error, "holds from"));
}

CAF_TEST(a pinned certificate must name the right node) {
  accepting.request = node_request(3);
  auto x = pinned_pair(as_it_is);
  CAF_CHECK(!x.open());
  CAF_CHECK(contains(x.dialing.error, "node 2 was dialed"));
}

CAF_TEST(a pin that is none is an error that names it) {
  auto good = issue(node_request(1)).pin();
  for (const auto& bad : {std::string{}, std::string{"12:34"}, good + "0", good.substr(1), good + ":00", "sha1:" + good,
                          std::string(64, 'g')}) {
    auto settings = settings_of(dialing, "dialing");
    settings.pinned_certificates = {good, bad};
    auto why = refusal_of(dialing, settings);
    CAF_CHECK(contains(why, "pinned_certificates: \"" + bad.substr(0, 64)));
    CAF_CHECK(contains(why, "64 hexadecimal digits"));
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
