#include "actors/coordinator/call_table.hpp"

namespace kommander {

call_table::call_table(call_table_options options) : options_{options}, last_{options.base} {
  // nop
}

// -- what this node asks --------------------------------------------------------------------------------------------

call_id call_table::open(instant now) {
  if (open_.size() >= options_.open_max)
    return {};
  ++last_;
  open_.emplace(last_, request{now + options_.timeout, {}});
  return last_;
}

void call_table::sent(call_id id, node_id peer) {
  if (auto found = open_.find(id); found != open_.end())
    found->second.peer = peer;
}

bool call_table::is_sent(call_id id) const {
  auto found = open_.find(id);
  return found != open_.end() && found->second.peer;
}

bool call_table::expects(call_id id, node_id peer) const {
  auto found = open_.find(id);
  return found != open_.end() && found->second.peer && found->second.peer == peer;
}

bool call_table::close(call_id id) {
  return open_.erase(id) > 0;
}

/// Deadlines ascend with the ids: all have the same time.
std::vector<call_id> call_table::expired(instant now) const {
  std::vector<call_id> result;
  for (const auto& [id, x] : open_) {
    if (x.deadline > now)
      break;
    result.push_back(id);
  }
  return result;
}

// -- what peers ask -------------------------------------------------------------------------------------------------

call_table::admission call_table::admit(node_id peer, call_id id, instant now) {
  auto& x = peers_[peer];
  if (x.known.contains(id))
    return admission::repeated;
  if (x.under_way.size() >= options_.served_max)
    std::erase_if(x.under_way, [now](const auto& y) { return y.second <= now; });
  if (x.under_way.size() >= options_.served_max)
    return admission::refused;
  x.known.insert(id);
  x.order.push_back(id);
  if (x.order.size() > options_.remembered_max) {
    x.known.erase(x.order.front());
    x.order.pop_front();
  }
  x.under_way.emplace(id, now + options_.timeout);
  return admission::admitted;
}

void call_table::served(node_id peer, call_id id) {
  peers_[peer].under_way.erase(id);
}

} // namespace kommander
