#include "actors/raft/partition_routes.hpp"

#include <algorithm>
#include <map>

namespace kommander {

partition_actor partition_routes::find(partition_id id) const {
  auto table = get();
  auto found = table->find(id);
  return found != table->end() ? found->second : partition_actor{};
}

/// Takes the gossip out of `messages`. It does not wait behind what else has been sent to its receiver: a detector that
/// answers late is suspected.
void partition_routes::pass_on_gossip(std::vector<raft_message>& messages) const {
  auto is_gossip = [](const raft_message& x) { return std::holds_alternative<node_gossip>(x.body); };
  if (std::ranges::none_of(messages, is_gossip))
    return;
  heard_gossip heard{messages.front().from, {}};
  for (auto& x : messages)
    if (auto* gossip = std::get_if<node_gossip>(&x.body))
      heard.packets.push_back(std::move(gossip->body));
  std::erase_if(messages, is_gossip);
  if (auto receiver = gossip_receiver_.load(); receiver && *receiver)
    caf::anon_send<caf::message_priority::high>(*receiver, std::move(heard));
}

/// Takes the calls and answers out of `messages`.
void partition_routes::pass_on_calls(std::vector<raft_message>& messages) const {
  auto first = std::ranges::stable_partition(messages, [](const raft_message& x) { return !x.is_between_nodes(); });
  if (first.empty())
    return;
  node_calls calls{first.front().from, {std::move_iterator{first.begin()}, std::move_iterator{first.end()}}};
  messages.erase(first.begin(), first.end());
  if (auto receiver = calls_receiver_.load(); receiver && *receiver)
    caf::anon_send(*receiver, std::move(calls));
}

void partition_routes::pass_on(const partition_table& table, partition_id partition,
                               std::vector<raft_message>&& messages) const {
  if (auto to = table.find(partition); to != table.end())
    caf::anon_send<caf::message_priority::high>(to->second, peer_messages{std::move(messages)});
  else
    pass_on_absent(std::move(messages));
}

void partition_routes::pass_on_absent(std::vector<raft_message>&& messages) const {
  std::erase_if(messages, [](const raft_message& x) { return !std::holds_alternative<fence_request>(x.body); });
  auto receiver = absence_receiver_.load();
  auto target = receiver && !messages.empty() ? caf::actor_cast<caf::strong_actor_ptr>(*receiver) : nullptr;
  if (target)
    caf::anon_send(caf::actor_cast<absence_receiver>(target), absent_messages{std::move(messages)});
}

void partition_routes::deliver(std::vector<raft_message>&& messages) const {
  if (std::ranges::any_of(messages, &raft_message::is_between_nodes)) {
    pass_on_gossip(messages);
    pass_on_calls(messages);
  }
  if (messages.empty())
    return;
  auto table = get();
  auto first = messages.front().partition;
  if (std::ranges::all_of(messages, [&](const raft_message& x) { return x.partition == first; }))
    return pass_on(*table, first, std::move(messages));
  std::map<partition_id, std::vector<raft_message>> by_partition;
  for (auto& x : messages)
    by_partition[x.partition].push_back(std::move(x));
  for (auto& [partition, batch] : by_partition)
    pass_on(*table, partition, std::move(batch));
}

} // namespace kommander
