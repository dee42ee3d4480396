#include "actors/partition/actor/callers.hpp"

namespace kommander {

void deliver_to(caller& to, propose_result result) {
  if (auto* proposal = std::get_if<proposer>(&to)) {
    proposal->deliver(std::move(result));
  } else if (auto* slot = std::get_if<batch_slot>(&to)) {
    auto& batch = *slot->batch;
    batch.result.results[slot->entry] = std::move(result);
    if (--batch.missing == 0)
      batch.promise.deliver(std::move(batch.result));
  }
}

std::string explain(status code, partition_id partition) {
  auto where = "partition " + to_string(partition);
  switch (code) {
    case status::success: return {};
    case status::node_is_not_leader: return "this node does not lead " + where + ", or is not ready to";
    case status::proposal_queue_full: return where + " has as much uncommitted as its proposal queue may hold";
    case status::proposal_timeout: return "not committed in " + where + " in time; it still may be";
    case status::replication_failed: return "this node lost the leadership of " + where + "; the entries may survive";
    case status::storage_failed: return where + " could not write its log; the entries may survive elsewhere";
    case status::active_proposal: return "a leadership transfer of " + where + " is under way";
    case status::member_not_found: return "the target is no member of " + where;
    default: return where + ": " + std::string{to_string(code)};
  }
}

std::string explain_read(status code, partition_id partition) {
  if (code == status::proposal_queue_full)
    return "too many reads wait in partition " + to_string(partition);
  if (code == status::proposal_timeout)
    return "nobody proved in time to lead partition " + to_string(partition);
  return code == status::storage_failed ? "partition " + to_string(partition) + " has failed"
                                        : explain(code, partition);
}

} // namespace kommander
