/// News that still has to be told, each rumour a bounded number of times (SWIM, section 4.1). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "actors/swim/swim_message.hpp"

namespace kommander {

/// How often one node tells a rumour in a cluster of `members`: so that all hear it with high probability.
std::uint32_t times_to_tell(std::size_t members);

/// At most one rumour a subject, so it never holds more than there are members.
class gossip_queue {
public:
  /// Takes the place of an older rumour about the same subject, and is told anew.
  void push(const rumour& x);

  /// Rumours of at most `bytes_max` bytes, those told least often first; the ones about `spared` are left out. Each counts
  /// as told once more, and is forgotten when that was `times_max` times.
  std::vector<rumour> take(std::size_t bytes_max, std::uint32_t times_max, node_id spared);

  void forget(node_id subject);

  [[nodiscard]] bool empty() const noexcept {
    return items_.empty();
  }

  [[nodiscard]] std::size_t size() const noexcept {
    return items_.size();
  }

private:
  struct item {
    rumour what;
    std::uint32_t told = 0;
    std::uint64_t arrival = 0;
  };

  std::map<node_id, item> items_;
  std::uint64_t arrivals_ = 0;
};

} // namespace kommander
