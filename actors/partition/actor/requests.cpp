// What callers ask of a partition, and what it says of itself.
#include <utility>
#include <variant>

#include "actors/partition/actor/partition_impl.hpp"

namespace kommander {

// -- requests -----------------------------------------------------------------------------------------------------

caf::result<read_result> partition_impl::on_read_barrier(const read_barrier& x) {
  if (stopping_)
    return read_result{status::stopping, {}, {}, "this node is stopping"};
  if (!failure_.empty())
    return read_result{status::errored, {}, {}, failure_};
  if (x.policy > read_policy::local)
    return read_result{status::invalid_argument, {}, {}, "no such policy of reads"};
  reader to{make_response_promise<caf::typed_response_promise<read_result>>(), x.place, x.expected_generation};
  auto promise = to.promise;
  step(read_input{callers_.add(std::move(to)), x.policy});
  stepped();
  return promise;
}

partition_load partition_impl::describe_load() {
  using std::chrono::microseconds;
  auto rates = meter_.look(now());
  auto backlog = core_.backlog();
  partition_load x;
  x.uncommitted_entries = core_.is_leader() ? distance(core_.commit_index(), core_.log().last()) : 0;
  x.uncommitted_bytes = core_.uncommitted_bytes();
  x.wal_queue_entries = backlog.entries;
  x.wal_queue_bytes = backlog.bytes;
  x.waiting_reads = core_.waiting_reads();
  x.operations_per_second = rates.operations_per_second;
  x.commit_wait_p50 = std::chrono::duration_cast<microseconds>(rates.wait_p50);
  x.commit_wait_p99 = std::chrono::duration_cast<microseconds>(rates.wait_p99);
  x.disk_stalled = disk_.stalled();
  return x;
}

partition_status partition_impl::describe() {
  partition_status result;
  result.partition = partition_;
  result.role = failure_.empty() ? static_cast<raft_role>(core_.role().index()) : raft_role::failed;
  result.term = core_.current_term();
  result.leader = leader_info();
  result.first = core_.log().first();
  result.kept = compaction_.kept();
  result.holds = compaction_.holds();
  result.last = core_.log().last();
  result.commit = core_.commit_index();
  result.applied = core_.applied_index();
  result.waiting_proposals = core_.waiting_proposals();
  result.pending_tickets = delivery_.state().tickets().open().size();
  result.sessions = delivery_.state().sessions().size();
  result.checkpoint = delivery_.state().checkpoint();
  result.ready = works() && core_.is_ready();
  result.asleep = works() && core_.is_asleep();
  result.load = describe_load();
  result.snapshot_required = snapshot_required_ && !core_.is_leader();
  result.fenced = core_.is_fenced();
  result.failure = failure_;
  if (const auto* x = std::get_if<leader>(&core_.role()))
    for (const auto& [peer, state] : x->peers) {
      auto& y = result.peers.emplace_back();
      y.peer = peer;
      y.match = state.match();
      y.next = state.next();
      y.recently_active = state.recently_active;
      y.lag = distance(state.match(), core_.log().last());
      y.state = state.paused() ? catch_up_state::saturated : static_cast<catch_up_state>(state.mode());
      describe_snapshot(peer, y);
    }
  return result;
}

node_info partition_impl::leader_info() const {
  return failure_.empty() ? parts_.links->describe(core_.leader_id()) : node_info{};
}

} // namespace kommander
