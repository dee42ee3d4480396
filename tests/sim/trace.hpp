/// What happened in a run, for people: one line an event. Costs nothing unless it is asked for.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "kommander/raft_message.hpp"

namespace kommander::sim {

class tracer {
public:
  using sink = std::function<void(const std::string&)>;

  tracer() = default;

  explicit tracer(sink lines) : sink_{std::move(lines)} {
    // nop
  }

  [[nodiscard]] bool on() const noexcept {
    return static_cast<bool>(sink_);
  }

  void set_tick(std::uint64_t tick) noexcept {
    tick_ = tick;
  }

  /// An event of the whole cluster.
  void line(const std::string& text) const {
    sink_(std::to_string(tick_) + " " + text);
  }

  /// An event of one node.
  void line(node_id node, const std::string& text) const {
    line("n" + to_string(node) + " " + text);
  }

  /// An event of one replica.
  void line(node_id node, partition_id partition, const std::string& text) const {
    line(node, "p" + to_string(partition) + " " + text);
  }

private:
  sink sink_;
  std::uint64_t tick_ = 0;
};

/// "type term details", without sender and receiver.
std::string to_text(const raft_message& x);

/// "index:term".
std::string to_text(const log_position& x);

/// "first:term … last:term", or "nothing".
std::string to_text(const std::vector<entry>& xs);

} // namespace kommander::sim
