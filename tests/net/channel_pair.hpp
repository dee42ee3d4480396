/// Two channels back to back, as if a socket were between them.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

#include "net/channel/channel.hpp"

namespace kommander::test {

using net::channel_bytes;
using net::channel_side;

inline std::string text_of(const channel_bytes& x) {
  return {x.begin(), x.end()};
}

/// One side, what it has to say, what it was told, and why it has refused.
struct channel_end {
  net::channel_ptr channel;
  channel_bytes out;   ///< On its way to the other one.
  channel_bytes plain; ///< What the other one has said.
  std::string error;   ///< Why it is of no use any more.

  channel_end() = default;

  /// Starts `x`.
  explicit channel_end(net::channel_ptr x) : channel{std::move(x)} {
    start();
  }

  bool start() {
    return note(channel->start(out));
  }

  bool hear(std::string_view wire) {
    return note(channel->receive({wire.data(), wire.size()}, plain, out));
  }

  bool hear(const channel_bytes& wire) {
    return hear(std::string_view{wire.data(), wire.size()});
  }

  bool say(std::string_view x) {
    return note(channel->send({x.data(), x.size()}, out));
  }

  /// Takes what is to be sent.
  std::string take() {
    auto x = text_of(out);
    out.clear();
    return x;
  }

  [[nodiscard]] bool is_open() const {
    return channel->is_open();
  }

private:
  bool note(const result<done>& x) {
    if (!x && error.empty())
      error = x.error().message;
    return x.ok();
  }
};

struct channel_pair {
  channel_end dialing;
  channel_end accepting;
  /// Says how many of the bytes that wait are delivered at once.
  std::function<std::size_t(std::size_t)> slice = [](std::size_t n) { return n; };

  /// May change what was sent, as somebody between the two could.
  std::function<void(channel_bytes&)> change = [](channel_bytes&) {};

  void start() {
    dialing.start();
    accepting.start();
  }

  /// Delivers until nothing waits, or one of them has refused.
  void run() {
    run(dialing, accepting);
  }

  /// False, with an error, unless both are open now.
  bool open() {
    start();
    run();
    return is_open();
  }

  [[nodiscard]] bool is_open() const {
    return dialing.is_open() && accepting.is_open();
  }

  [[nodiscard]] std::string errors() const {
    return "dialing: \"" + dialing.error + "\", accepting: \"" + accepting.error + "\"";
  }

  /// The same with ends that stay with somebody else. False if one has refused what it was told.
  bool run(channel_end& x, channel_end& y) const {
    while (!x.out.empty() || !y.out.empty())
      if (!deliver(x, y) || !deliver(y, x))
        return false;
    return true;
  }

private:
  bool deliver(channel_end& from, channel_end& to) const {
    auto wire = std::move(from.out);
    from.out.clear();
    if (!wire.empty())
      change(wire);
    for (std::size_t at = 0; at < wire.size();) {
      auto n = std::clamp<std::size_t>(slice(wire.size() - at), 1, wire.size() - at);
      if (!to.hear(std::string_view{wire.data() + at, n}))
        return false;
      at += n;
    }
    return true;
  }
};

/// Carries what both say until nobody says anything more. False if one has refused.
inline bool talk(channel_end& dialing, channel_end& accepting) {
  return channel_pair{}.run(dialing, accepting);
}

} // namespace kommander::test
