// What TLS makes of bytes: slices, changes, lengths that lie, other protocols.
#define CAF_SUITE net_tls
#include <caf/test/unit_test.hpp>

#include <openssl/err.h>

#include <algorithm>
#include <random>

#include "net/channel/tls_channel.hpp"
#include "tests/net/tls_fixture.hpp"

using namespace kommander;
using namespace kommander::net;
using namespace kommander::test;

namespace {

/// A peer that is OpenSSL itself, with whatever settings a test wants.
class openssl_peer {
public:
  explicit openssl_peer(bool accepts) : context_{SSL_CTX_new(TLS_method())} {
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
    accepts_ = accepts;
  }

  SSL_CTX* context() {
    return context_.get();
  }

  SSL* open() {
    ssl_.reset(SSL_new(context_.get()));
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), in_, out_);
    if (accepts_)
      SSL_set_accept_state(ssl_.get());
    else
      SSL_set_connect_state(ssl_.get());
    return ssl_.get();
  }

  /// Exchanges bytes with `other` until it fails or nothing more comes. Returns what OpenSSL's handshake says.
  int run(channel_end& other) {
    auto code = 0;
    for (auto i = 0; i < 100 && other.error.empty(); ++i) {
      if (!other.out.empty())
        BIO_write(in_, other.out.data(), static_cast<int>(other.out.size()));
      other.out.clear();
      code = SSL_do_handshake(ssl_.get());
      auto text = content_of(out_);
      (void)BIO_reset(out_);
      if (text.empty())
        break;
      other.hear(text);
    }
    ERR_clear_error();
    return code;
  }

private:
  ssl_context_ptr context_;
  bool accepts_ = false;
  ssl_ptr ssl_;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
};

struct fixture : tls_fixture {
  std::mt19937_64 random{20'261};

  channel_end accepting_end() {
    channel_end x;
    x.channel = load(accepting, settings_of(accepting, "accepting"))->make(channel_side::accepting, node_id{}, "");
    x.start();
    return x;
  }

  channel_end dialing_end() {
    channel_end x;
    x.channel = load(dialing, settings_of(dialing, "dialing"))->make(channel_side::dialing, expected, host);
    x.start();
    return x;
  }

  std::string noise(std::size_t n) {
    std::string out(n, '\0');
    for (auto& c : out)
      c = static_cast<char>(random());
    return out;
  }
};

/// A header of TLS that announces `n` bytes.
std::string record_header(std::size_t n) {
  std::string out{"\x16\x03\x03"};
  out += static_cast<char>(n >> 8);
  out += static_cast<char>(n);
  return out;
}

/// The end of each record in `wire`.
std::vector<std::size_t> record_ends(const channel_bytes& wire) {
  std::vector<std::size_t> out;
  for (std::size_t at = 0; at + 5 <= wire.size();) {
    auto n = static_cast<std::size_t>(static_cast<unsigned char>(wire[at + 3])) << 8
             | static_cast<unsigned char>(wire[at + 4]);
    out.push_back(at += 5 + n);
  }
  return out;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(tls_wire_tests, fixture)

CAF_TEST(bytes that come one by one are understood) {
  auto x = pair();
  x.slice = [](std::size_t) { return std::size_t{1}; };
  CAF_REQUIRE(x.open());
  x.dialing.say("one");
  x.accepting.say("two");
  x.run();
  CAF_CHECK_EQUAL(text_of(x.accepting.plain), "one");
  CAF_CHECK_EQUAL(text_of(x.dialing.plain), "two");
}

CAF_TEST(ten megabytes each way in slices of any size come through) {
  auto x = pair();
  x.slice = [this](std::size_t n) { return 1 + random() % std::min<std::size_t>(n, 40'000); };
  CAF_REQUIRE(x.open());
  constexpr std::size_t total = 10'000'000;
  auto there = noise(total);
  auto back = noise(total);
  for (std::size_t at = 0, to = 0; at < total; at = to) {
    to = std::min(total, at + 1 + random() % 1'200'000);
    x.dialing.say(there.substr(at, to - at));
    x.accepting.say(back.substr(at, to - at));
    x.run();
  }
  CAF_CHECK(text_of(x.accepting.plain) == there);
  CAF_CHECK(text_of(x.dialing.plain) == back);
  CAF_CHECK_EQUAL(x.errors(), "dialing: \"\", accepting: \"\"");
}

CAF_TEST(data right behind the handshake is not lost) {
  auto x = pair();
  x.start();
  x.accepting.hear(x.dialing.take()); // carried by hand
  x.dialing.hear(x.accepting.take());
  CAF_REQUIRE(x.dialing.channel->is_open());
  x.dialing.say("at once");
  x.run();
  CAF_CHECK(x.accepting.channel->is_open());
  CAF_CHECK_EQUAL(text_of(x.accepting.plain), "at once");
}

CAF_TEST(a changed byte anywhere in the handshake opens nothing) {
  // But for the version in a record's header, which stands for nothing since TLS 1.3 (RFC 8446, section 5.1).
  auto from = load(dialing, settings_of(dialing, "dialing"));
  auto to = load(accepting, settings_of(accepting, "accepting"));
  std::size_t size = 0;
  for (std::size_t at = 0; at <= size; ++at) {
    auto x = pair(*from, *to);
    std::size_t seen = 0;
    auto stands_for_nothing = false;
    x.change = [&](channel_bytes& wire) {
      if (at >= seen && at < seen + wire.size()) {
        auto ends = record_ends(wire);
        ends.push_back(0);
        stands_for_nothing = std::any_of(ends.begin(), ends.end(), [&](auto end) { return at - seen == end + 2; });
        wire[at - seen] = static_cast<char>(wire[at - seen] ^ 0x10);
      }
      seen += wire.size();
    };
    auto opened = x.open();
    size = std::max(size, seen);
    if (opened && at < seen)
      CAF_CHECK(stands_for_nothing);
  }
  CAF_CHECK(size > 1000u);
}

CAF_TEST(a changed byte anywhere in a record is refused and nothing of it comes through) {
  const std::string text = "a text of some length, so that there is something to change";
  auto from = load(dialing, settings_of(dialing, "dialing"));
  auto to = load(accepting, settings_of(accepting, "accepting"));
  std::size_t size = 0;
  for (std::size_t at = 0; at == 0 || at < size; ++at) {
    auto x = pair(*from, *to);
    CAF_REQUIRE(x.open());
    x.dialing.say(text);
    size = x.dialing.out.size();
    x.dialing.out[at] = static_cast<char>(x.dialing.out[at] ^ (1 << (at % 8)));
    x.run();
    auto refused = !x.accepting.error.empty() && !x.accepting.channel->is_open();
    auto longer = at == 3 || at == 4; // of the length: the record may be waited for
    CAF_CHECK(refused || longer);
    CAF_CHECK_EQUAL(text_of(x.accepting.plain), "");
  }
}

CAF_TEST(records that come twice or in another order are refused) {
  auto spoil = [this](auto change) {
    auto x = pair();
    CAF_REQUIRE(x.open());
    x.dialing.say("first");
    auto first = x.dialing.out;
    x.dialing.out.clear();
    x.dialing.say("second");
    auto second = x.dialing.out;
    x.dialing.out = change(first, second);
    x.run();
    return std::pair{text_of(x.accepting.plain), !x.accepting.error.empty()};
  };
  auto join = [](channel_bytes x, const channel_bytes& y) {
    x.insert(x.end(), y.begin(), y.end());
    return x;
  };
  CAF_CHECK(spoil([&](auto a, auto b) { return join(a, b); }) == std::pair(std::string{"firstsecond"}, false));
  CAF_CHECK(spoil([&](auto a, auto) { return join(a, a); }) == std::pair(std::string{"first"}, true));
  CAF_CHECK(spoil([&](auto a, auto b) { return join(b, a); }) == std::pair(std::string{}, true));
  CAF_CHECK(spoil([&](auto, auto b) { return b; }) == std::pair(std::string{}, true));
}

CAF_TEST(records of one side sent back to it are refused) {
  auto x = pair();
  CAF_REQUIRE(x.open());
  x.dialing.say("to the other one");
  x.accepting.out = x.dialing.out;
  x.dialing.out.clear();
  x.run();
  CAF_CHECK_EQUAL(text_of(x.dialing.plain), "");
  CAF_CHECK(!x.dialing.error.empty());
}

CAF_TEST(a recorded session cannot be played back) {
  auto to = load(accepting, settings_of(accepting, "accepting"));
  auto from = load(dialing, settings_of(dialing, "dialing"));
  auto x = pair(*from, *to);
  channel_bytes recorded;
  x.start();
  while (!x.dialing.out.empty() || !x.accepting.out.empty()) {
    recorded.insert(recorded.end(), x.dialing.out.begin(), x.dialing.out.end());
    auto wire = std::move(x.dialing.out);
    x.dialing.out.clear();
    x.accepting.hear(wire);
    wire = std::move(x.accepting.out);
    x.accepting.out.clear();
    x.dialing.hear(wire);
  }
  CAF_REQUIRE(x.is_open());
  auto again = to->make(channel_side::accepting, node_id{}, "");
  channel_bytes plain, out;
  CAF_CHECK(!again->receive(recorded, plain, out));
  CAF_CHECK(!again->is_open());
}

CAF_TEST(a cut stream gives whole records only) {
  auto x = pair();
  CAF_REQUIRE(x.open());
  x.dialing.say(std::string(40'000, 'x'));
  auto ends = record_ends(x.dialing.out);
  CAF_REQUIRE_EQUAL(ends.size(), 3u);
  x.dialing.out.resize(ends[1] + 100);
  x.run();
  CAF_CHECK_EQUAL(x.accepting.plain.size(), 2 * 16'384u);
  CAF_CHECK_EQUAL(x.accepting.error, "");
  CAF_CHECK(x.accepting.channel->is_open());
}

CAF_TEST(other protocols are refused at once) {
  for (const auto& text : {std::string(32, '\0'), std::string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
                           std::string{"SSH-2.0-OpenSSH\r\n"}, noise(100), std::string(100, '\xff')}) {
    auto x = accepting_end();
    x.hear(text);
    CAF_CHECK(contains(x.error, "TLS: "));
    CAF_CHECK(x.out.empty());
    auto y = dialing_end();
    y.out.clear();
    y.hear(text);
    CAF_CHECK(contains(y.error, "TLS: "));
    CAF_CHECK(y.out.empty());
  }
}

CAF_TEST(a channel that has refused stays refused) {
  auto x = pair();
  CAF_REQUIRE(x.open());
  x.dialing.out.assign(100, 'x');
  x.run();
  CAF_CHECK(!x.accepting.error.empty());
  CAF_CHECK(!x.accepting.channel->is_open());
  CAF_CHECK(!x.accepting.channel->peer().proved);
  x.dialing.say("still here");
  channel_bytes plain, out;
  CAF_CHECK(!x.accepting.channel->receive(x.dialing.out, plain, out));
  CAF_CHECK(!x.accepting.channel->send(std::string{"me too"}, out));
  CAF_CHECK(plain.empty() && out.empty());
}

CAF_TEST(a length that cannot be is refused when it is announced) {
  auto x = pair();
  CAF_REQUIRE(x.open());
  auto header = record_header(0xffff);
  header[0] = '\x17';
  x.accepting.hear(header);
  CAF_CHECK(contains(x.accepting.error, "length too long"));
}

CAF_TEST(a handshake message of sixteen megabytes is refused when it is announced) {
  auto x = accepting_end();
  auto text = record_header(4) + std::string{"\x01\xff\xff\xff", 4};
  x.hear(text);
  CAF_CHECK(!x.error.empty());
}

CAF_TEST(a handshake that does not end is cut off) {
  // Each piece is right for itself: fragments of a first message of 100,000 bytes, which OpenSSL would wait for.
  auto x = accepting_end();
  std::size_t sent = 0;
  auto first = std::string{"\x01\x01\x86\xa0", 4};
  while (x.error.empty() && sent < 200'000) {
    auto text = record_header(first.size() + 1000) + first + std::string(1000, '\0');
    first.clear();
    x.hear(text);
    sent += text.size();
  }
  CAF_CHECK(contains(x.error, "does not end within 65536 bytes"));
  CAF_CHECK(sent < 70'000);
}

CAF_TEST(many megabytes in one go are refused before they are read) {
  auto x = accepting_end();
  std::string text;
  auto first = std::string{"\x01\x01\x86\xa0", 4};
  for (auto i = 0; i < 10'000; ++i) {
    text += record_header(first.size() + 1000) + first + std::string(1000, '\0');
    first.clear();
  }
  x.hear(text);
  CAF_CHECK(contains(x.error, "does not end within 65536 bytes"));
}

CAF_TEST(a client that speaks TLS 1 point 2 at most is refused) {
  openssl_peer peer{false};
  SSL_CTX_set_max_proto_version(peer.context(), TLS1_2_VERSION);
  peer.open();
  auto x = accepting_end();
  CAF_CHECK_NOT_EQUAL(peer.run(x), 1);
  CAF_CHECK(contains(x.error, "unsupported protocol"));
}

CAF_TEST(a server that speaks TLS 1 point 2 at most is refused) {
  openssl_peer peer{true};
  auto own = issue(node_request(2), &authority);
  SSL_CTX_use_certificate(peer.context(), own.certificate.get());
  SSL_CTX_use_PrivateKey(peer.context(), own.key.get());
  SSL_CTX_set_max_proto_version(peer.context(), TLS1_2_VERSION);
  peer.open();
  auto x = dialing_end();
  CAF_CHECK_NOT_EQUAL(peer.run(x), 1);
  CAF_CHECK(!x.error.empty() || !x.channel->is_open());
}

CAF_TEST(no tickets are given and no session is taken up again) {
  auto own = issue(node_request(1), &authority);
  openssl_peer peer{false};
  SSL_CTX_use_certificate(peer.context(), own.certificate.get());
  SSL_CTX_use_PrivateKey(peer.context(), own.key.get());
  SSL_CTX_set_session_cache_mode(peer.context(), SSL_SESS_CACHE_CLIENT);
  auto* ssl = peer.open();
  auto x = accepting_end();
  CAF_CHECK_EQUAL(peer.run(x), 1);
  CAF_REQUIRE(x.channel->is_open());
  char buffer[10];
  CAF_CHECK(SSL_read(ssl, buffer, sizeof buffer) < 0);
  CAF_CHECK_EQUAL(SSL_SESSION_is_resumable(SSL_get_session(ssl)), 0);
  ERR_clear_error();
}

CAF_TEST(the errors of others in the thread are neither read nor left) {
  auto x = pair();
  ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
  CAF_REQUIRE(x.open());
  ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
  x.dialing.say("here");
  x.run();
  CAF_CHECK_EQUAL(text_of(x.accepting.plain), "here");
  x.dialing.out.assign(100, 'x');
  x.run();
  CAF_CHECK(!x.accepting.error.empty());
  CAF_CHECK_EQUAL(ERR_peek_error(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
