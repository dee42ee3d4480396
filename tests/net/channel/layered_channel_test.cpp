/// A secret within another channel: here one of another secret, which has a binding as TLS has.
#define CAF_SUITE net_layered_channel

#include "net/channel/layered_channel.hpp"
#include "tests/net/channel/secret_ends.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::net;
using namespace kommander::test;

namespace {

/// A channel that has what it lacks to be an outer one.
class bound_channel final : public channel {
public:
  bound_channel(channel_ptr inner, std::string binding) : inner_{std::move(inner)}, binding_{std::move(binding)} {
    // nop
  }

  result<done> start(channel_bytes& out) override {
    return inner_->start(out);
  }
  result<done> receive(std::span<const char> wire, channel_bytes& plain, channel_bytes& out) override {
    return inner_->receive(wire, plain, out);
  }
  result<done> send(std::span<const char> plain, channel_bytes& out) override {
    return inner_->send(plain, out);
  }
  [[nodiscard]] bool is_open() const noexcept override {
    return inner_->is_open();
  }
  [[nodiscard]] const channel_peer& peer() const noexcept override {
    return inner_->peer();
  }
  [[nodiscard]] std::string binding() const override {
    return binding_;
  }

private:
  channel_ptr inner_;
  std::string binding_;
};

channel_ptr make_end(channel_side side, std::uint64_t outer_id, std::uint64_t inner_id, const std::string& binding,
                     const std::string& secret = long_secret) {
  auto own = [side](std::uint64_t id, const std::string& with, const std::string& around) {
    return make_secret_channel(std::make_shared<const secret_settings>(settings_of(id, with)),
                               {side, node_id{}, "somewhere", around, {}});
  };
  auto outer = std::make_unique<bound_channel>(own(outer_id, other_secret, {}), binding);
  return make_layered_channel(std::move(outer), [=](const std::string& x) { return own(inner_id, secret, x); });
}

} // namespace

CAF_TEST(the inner channel opens within the outer one and carries what is said) {
  channel_end dialing{make_end(channel_side::dialing, 1, 1, "same")};
  channel_end accepting{make_end(channel_side::accepting, 2, 2, "same")};
  CAF_CHECK(!dialing.say("too early"));
  dialing.error.clear();
  CAF_REQUIRE(talk(dialing, accepting));
  CAF_REQUIRE(dialing.is_open() && accepting.is_open());
  CAF_CHECK(dialing.channel->peer().node == node_id{2});
  CAF_CHECK(accepting.channel->peer().node == node_id{1});
  auto large = std::string(200'000, 'x');
  CAF_CHECK(dialing.say(large) && accepting.say("back"));
  CAF_CHECK(talk(dialing, accepting));
  CAF_CHECK_EQUAL(text_of(accepting.plain), large);
  CAF_CHECK_EQUAL(text_of(dialing.plain), "back");
}

CAF_TEST(whoever stands between two outer channels is found out) {
  channel_end dialing{make_end(channel_side::dialing, 1, 1, "one")};
  channel_end accepting{make_end(channel_side::accepting, 2, 2, "another")};
  CAF_CHECK(!talk(dialing, accepting));
  CAF_CHECK_EQUAL(accepting.error, "it does not know the secret of this cluster");
}

CAF_TEST(an outer channel without a binding is not enough) {
  channel_end dialing{make_end(channel_side::dialing, 1, 1, "")};
  channel_end accepting{make_end(channel_side::accepting, 2, 2, "")};
  CAF_CHECK(!talk(dialing, accepting));
  CAF_CHECK_EQUAL(accepting.error, "the outer channel has no binding");
}

CAF_TEST(both channels must speak of the same node) {
  channel_end dialing{make_end(channel_side::dialing, 1, 3, "same")};
  channel_end accepting{make_end(channel_side::accepting, 2, 2, "same")};
  CAF_CHECK(!talk(dialing, accepting));
  CAF_CHECK_EQUAL(accepting.error, "its certificate is node 1's, but it says that it is 3");
}
