// For the fuzzer: two channels, and somebody between them who changes, drops, repeats, reflects and invents bytes.
//
// The first byte chooses the kind of channel. Then come commands of three bytes: what to do, and two numbers.
#include <memory>
#include <vector>

#include "net/channel/secret_channel.hpp"
#include "net/channel/tls_factory.hpp"
#include "tests/fuzz/targets/check.hpp"
#include "tests/net/certificates.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace kommander;
using namespace kommander::net;
using namespace kommander::test;

namespace {

/// Both ends of one kind of channel. Whoever connects is node 1, who accepts is node 2, where channels prove that.
struct kind {
  channel_factory_ptr dialing;
  channel_factory_ptr accepting;
  bool dialing_is_proved = true; ///< To the accepting side.
  bool proves_nodes = true;
};

kind make_tls(bool mutual) {
  temporary_directory files; // read once
  auto authority = make_authority();
  auto factory = [&](std::uint64_t id) {
    auto settings = write_settings(files.path(), std::to_string(id), issue(node_request(id), &authority), {&authority});
    auto made = make_tls_factory(settings, mutual);
    demand(made.ok(), "certificates are loaded");
    return *made;
  };
  return {factory(1), factory(2), mutual, true};
}

/// Both ends know the secret, or the one that accepts knows it as the second one only.
class secret_factory : public channel_factory {
public:
  secret_factory(node_id self, std::string secret, std::string accepted) {
    auto x = std::make_shared<secret_settings>();
    x->self = self;
    x->cluster = "fuzzed";
    x->secret = std::move(secret);
    x->accepted = std::move(accepted);
    settings_ = std::move(x);
  }

  [[nodiscard]] channel_ptr make(channel_side side, node_id expected, const std::string& host) const override {
    return make_secret_channel(settings_, {side, expected, host, {}, {}});
  }

  [[nodiscard]] std::string describe() const override {
    return "a shared secret";
  }

private:
  secret_settings_ptr settings_;
};

kind make_secret(const std::string& accepting, const std::string& accepted) {
  auto make = [](std::uint64_t id, const std::string& secret, const std::string& other) {
    return std::make_shared<const secret_factory>(node_id{id}, secret, other);
  };
  return {make(1, std::string(32, 's'), ""), make(2, accepting, accepted), true, true};
}

const std::vector<kind>& kinds() {
  static const std::vector<kind> all{make_tls(true), make_tls(false), make_secret(std::string(32, 's'), ""),
                                     make_secret(std::string(32, 't'), std::string(32, 's'))};
  return all;
}

struct end {
  channel_ptr channel;
  node_id self;
  channel_bytes out;   ///< Not yet taken by whoever is between.
  channel_bytes taken; ///< What was, to be repeated.
  channel_bytes plain;
  std::string said;
  bool failed = false;
};

class game {
public:
  explicit game(const kind& x) : kind_{x} {
    dialing_.channel = x.dialing->make(channel_side::dialing, node_id{2}, "127.0.0.1");
    dialing_.self = node_id{1};
    accepting_.channel = x.accepting->make(channel_side::accepting, node_id{}, "127.0.0.1");
    accepting_.self = node_id{2};
    note(dialing_, dialing_.channel->start(dialing_.out));
    note(accepting_, accepting_.channel->start(accepting_.out));
  }

  /// Returns how many bytes of `rest`, which follow the command, were used.
  std::size_t play(std::uint8_t what, std::uint8_t x, std::uint8_t y, std::span<const char> rest) {
    auto& from = (what & 1) == 0 ? dialing_ : accepting_;
    auto& to = (what & 1) == 0 ? accepting_ : dialing_;
    auto at = static_cast<std::size_t>(x) << 8 | y;
    switch (what >> 1 & 7) {
      case 0: deliver(from, to, from.out.size()); break;
      case 1: deliver(from, to, at); break;
      case 2: // one byte is another one
        if (!from.out.empty())
          from.out[at % from.out.size()] ^= static_cast<char>(what >> 4 | 1);
        break;
      case 3: say(from, "something to keep secret " + std::to_string(at)); break;
      case 4: // again what was there before
        receive(to, from.taken);
        break;
      case 5: // to its own author
        receive(from, from.out);
        break;
      case 6: // something is missing
        from.out.resize(std::min(from.out.size(), at));
        break;
      default: // anything
        rest = rest.first(std::min<std::size_t>(rest.size(), at % 512));
        receive(to, {rest.begin(), rest.end()});
        return rest.size();
    }
    return 0;
  }

private:
  void note(end& x, const result<done>& good) {
    if (!good) {
      demand(!good.error().message.empty(), "a refusal has a reason");
      x.failed = true;
    }
    check(x);
  }

  void check(const end& x) const {
    const auto& other = &x == &dialing_ ? accepting_ : dialing_;
    demand(!x.failed || !x.channel->is_open(), "what has failed is not open");
    if (!x.channel->is_open())
      demand(x.plain.size() <= other.said.size(), "nobody has said more than they said");
    auto must_be_proved = &x == &dialing_ || kind_.dialing_is_proved;
    if (x.channel->is_open() && must_be_proved)
      demand(x.channel->peer().proved && (!kind_.proves_nodes || x.channel->peer().node == other.self),
             "the peer is who it is");
    std::string_view heard{x.plain.data(), x.plain.size()};
    demand(other.said.starts_with(heard), "what was heard was said, once and in order");
  }

  void receive(end& x, const channel_bytes& wire) {
    auto before = x.out.size();
    note(x, x.channel->receive(wire, x.plain, x.out));
    demand(x.out.size() - before <= 64 * 1024, "an answer is short");
  }

  void deliver(end& from, end& to, std::size_t n) {
    n = std::min(n, from.out.size());
    channel_bytes wire(from.out.begin(), from.out.begin() + static_cast<std::ptrdiff_t>(n));
    from.out.erase(from.out.begin(), from.out.begin() + static_cast<std::ptrdiff_t>(n));
    from.taken = wire;
    receive(to, wire);
  }

  void say(end& x, const std::string& text) {
    auto open = x.channel->is_open();
    auto good = x.channel->send(text, x.out);
    demand(good.ok() == open, "who is open can speak, and nobody else");
    if (!good)
      return; // a mistake of its owner, of which a channel may recover
    x.said += text;
    note(x, good);
  }

  const kind& kind_;
  end dialing_;
  end accepting_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  game play{kinds()[*data % kinds().size()]};
  std::span<const char> input{reinterpret_cast<const char*>(data) + 1, size - 1};
  while (input.size() >= 3) {
    auto number = [&](std::size_t i) { return static_cast<std::uint8_t>(input[i]); };
    auto what = number(0), x = number(1), y = number(2);
    input = input.subspan(3);
    input = input.subspan(play.play(what, x, y, input));
  }
  return 0;
}
