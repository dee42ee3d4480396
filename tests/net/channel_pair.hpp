/// Two channels back to back, as if a socket were between them.
#pragma once

#include <algorithm>
#include <functional>
#include <random>
#include <string>

#include "net/channel/channel.hpp"

namespace kommander::test {

/// What one side has done so far.
struct channel_end {
  net::channel_ptr channel;
  net::channel_bytes out;   ///< On its way to the other one.
  net::channel_bytes plain; ///< What the other one has said.
  std::string error;        ///< Why it is of no use any more.

  bool take(const result<done>& x) {
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
  std::function<void(net::channel_bytes&)> change = [](net::channel_bytes&) {};

  void start() {
    dialing.take(dialing.channel->start(dialing.out));
    accepting.take(accepting.channel->start(accepting.out));
  }

  /// Delivers until nothing waits, or one of them has failed.
  void run() {
    while (dialing.error.empty() && accepting.error.empty() && (!dialing.out.empty() || !accepting.out.empty())) {
      deliver(dialing, accepting);
      if (accepting.error.empty())
        deliver(accepting, dialing);
    }
  }

  /// False, with an error, unless both are open now.
  bool open() {
    start();
    run();
    return is_open();
  }

  [[nodiscard]] bool is_open() const {
    return dialing.channel->is_open() && accepting.channel->is_open();
  }

  [[nodiscard]] std::string errors() const {
    return "dialing: \"" + dialing.error + "\", accepting: \"" + accepting.error + "\"";
  }

private:
  void deliver(channel_end& from, channel_end& to) {
    auto wire = std::move(from.out);
    from.out.clear();
    if (!wire.empty())
      change(wire);
    for (std::size_t at = 0; at < wire.size() && to.error.empty();) {
      auto n = std::clamp<std::size_t>(slice(wire.size() - at), 1, wire.size() - at);
      to.take(to.channel->receive({wire.data() + at, n}, to.plain, to.out));
      at += n;
    }
  }
};

} // namespace kommander::test
