/// When a node announces itself, and whom it has heard of. Pure: packets and the time come in, packets go out.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "kommander/types.hpp"
#include "net/discovery/packet.hpp"

namespace kommander::net {

struct multicast_rules {
  instant interval{5'000'000};
  std::uint32_t forget_after = 4; ///< Intervals.
  std::size_t known_max = 256;    ///< Nodes to be kept in mind; of more, those that came first.
};

/// A node that was heard of.
struct heard_node {
  node_id node;
  endpoint address;
  friend bool operator==(const heard_node&, const heard_node&) = default;
};

class multicast_core {
public:
  struct output {
    std::optional<announcement> send;
    bool changed = false;            ///< Other nodes are known than before, or elsewhere.
    std::optional<std::string> twin; ///< Another node has our id: where its packet came from.
  };

  /// `self` is what is to be announced; its host is empty if others are to use where packets come from. `random` is for
  /// jitter, so that nodes which start together do not speak together for ever.
  multicast_core(const node_info& self, std::uint64_t instance, const multicast_rules& rules, std::minstd_rand random);

  /// A packet came from the address `source`.
  void hear(const announcement& x, const std::string& source, instant now);

  /// To be called when `due` has come; the first time at once.
  void tick(instant now);

  [[nodiscard]] instant due() const noexcept {
    return next_;
  }

  output take_output();

  /// By id.
  [[nodiscard]] std::vector<heard_node> known() const;

private:
  struct entry {
    endpoint address;
    instant heard{0};
  };

  void forget(instant now);
  instant draw(instant low, instant high);

  announcement self_;
  multicast_rules rules_;
  std::minstd_rand random_;
  std::map<node_id, entry> known_;
  std::optional<instant> sent_; ///< The last time; none: never.
  instant next_{0};
  output output_;
};

} // namespace kommander::net
