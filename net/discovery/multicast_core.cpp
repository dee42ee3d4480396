#include "net/discovery/multicast_core.hpp"

#include <algorithm>

namespace kommander::net {

namespace {

/// Questions of many nodes at once are answered once.
instant shortest_gap(const multicast_rules& x) {
  return std::min<instant>(x.interval / 10, std::chrono::milliseconds{100});
}

/// Answers of many nodes are spread over this time.
instant answer_spread(const multicast_rules& x) {
  return std::min<instant>(x.interval / 4, std::chrono::milliseconds{500});
}

} // namespace

multicast_core::multicast_core(const node_info& self, std::uint64_t instance, const multicast_rules& rules,
                               std::minstd_rand random)
  : self_{self.id, instance, self.address, true},
    rules_{rules},
    random_{random} {
  // nop
}

void multicast_core::hear(const announcement& x, const std::string& source, instant now) {
  if (x.node == self_.node) {
    if (x.instance != self_.instance)
      output_.twin = source;
    return;
  }
  auto address = x.address;
  if (address.host.empty())
    address.host = source;
  auto found = known_.find(x.node);
  if (found == known_.end() && known_.size() < rules_.known_max)
    found = known_.emplace(x.node, entry{}).first;
  if (found != known_.end()) {
    output_.changed = output_.changed || found->second.address != address;
    found->second = {std::move(address), now};
  }
  if (x.asks && sent_)
    next_ = std::min(next_, std::max(*sent_ + shortest_gap(rules_), now + draw(instant{0}, answer_spread(rules_))));
}

void multicast_core::tick(instant now) {
  forget(now);
  if (sent_ && now < next_)
    return;
  output_.send = self_;
  self_.asks = false; // the others announce themselves by themselves from now on
  sent_ = now;
  next_ = now + draw(rules_.interval * 3 / 4, rules_.interval * 5 / 4);
}

multicast_core::output multicast_core::take_output() {
  return std::exchange(output_, {});
}

std::vector<heard_node> multicast_core::known() const {
  std::vector<heard_node> all;
  for (const auto& [id, x] : known_)
    all.push_back({id, x.address});
  return all;
}

void multicast_core::forget(instant now) {
  auto silence_max = rules_.interval * rules_.forget_after;
  auto gone = std::erase_if(known_, [&](const auto& x) { return now - x.second.heard > silence_max; });
  output_.changed = output_.changed || gone > 0;
}

instant multicast_core::draw(instant low, instant high) {
  return instant{std::uniform_int_distribution<instant::rep>{low.count(), high.count()}(random_)};
}

} // namespace kommander::net
