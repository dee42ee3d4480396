// What listeners are told, and the status.
#include <algorithm>
#include <utility>

#include "actors/raft/actor/node_impl.hpp"

namespace kommander {

// -- status -------------------------------------------------------------------------------------------------------
caf::result<node_status> node_impl::on_get_status(const get_status& x) {
  auto collector = std::make_shared<status_collector>();
  auto& result = collector->result;
  result.self = parts_.self;
  result.cluster_id = parts_.config.cluster_id;
  result.members = parts_.first_members;
  if (roster_.version)
    result.members.clear();
  for (const auto& each : roster_.members)
    result.members.push_back({each.id, each.address});
  result.syncs = parts_.log ? parts_.log->sync_count() : 0;
  result.group_writes = counters_->group_writes.load(std::memory_order_relaxed);
  result.writes = counters_->writes.load(std::memory_order_relaxed);
  auto queued = queued_->taken();
  result.queued_entries = queued.entries;
  result.queued_bytes = queued.bytes;
  auto writing = writing_->taken();
  result.wal_queue_entries = writing.entries;
  result.wal_queue_bytes = writing.bytes;
  auto wanted = x.partitions;
  if (wanted.empty()) {
    for (const auto& [id, each] : partitions_)
      wanted.push_back(id);
    for (const auto& [id, why] : leadership_.failures())
      wanted.push_back(id);
  }
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  collector->promise = make_response_promise<status_promise>();
  auto promise = collector->promise;
  collector->missing = wanted.size();
  for (auto id : wanted)
    ask_status(collector, id);
  if (wanted.empty())
    promise.deliver(std::move(result));
  return promise;
}

void node_impl::ask_status(const std::shared_ptr<status_collector>& collector, partition_id id) {
  auto absent = [=](const std::string& why) {
    partition_status x;
    x.partition = id;
    x.role = raft_role::failed;
    x.failure = why;
    collector->add(std::move(x));
  };
  auto found = partitions_.find(id);
  if (found == partitions_.end())
    return absent(absence(id).reason);
  request(found->second.actor, caf::infinite, get_partition_status{})
    .then([=](partition_status& x) { collector->add(std::move(x)); },
          [=](const caf::error&) { absent("the partition has ended on this node"); });
}

// -- events -------------------------------------------------------------------------------------------------------
void node_impl::on_subscribe(const subscribe& x) {
  if (!x.listener || std::ranges::find(listeners_, x.listener) != listeners_.end())
    return;
  monitor(x.listener);
  listeners_.push_back(x.listener);
  if (hosting_.map())
    send(x.listener, partition_map_changed{hosting_.map()});
  for (const auto& known : leadership_.published())
    send(x.listener, leader_changed{known.partition, parts_.links->describe(known.leader), known.term});
  for (const auto& [id, reason] : leadership_.failures())
    send(x.listener, partition_failed{id, reason});
  if (joining_)
    send(x.listener, *joining_);
}

void node_impl::on_unsubscribe(const unsubscribe& x) {
  if (std::erase(listeners_, x.listener) > 0)
    demonitor(x.listener.address());
}

void node_impl::on_partition_failed(const partition_failed& x) {
  if (leadership_.find(x.partition) == nullptr)
    return; // it was removed
  log_->error("partition {} does not run on this node any more: {}", x.partition.value(), x.reason);
  publish(leadership_.fail(x.partition, x.reason));
  publish(x);
  answer_waits();
}

} // namespace kommander
