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
  auto promise = make_response_promise<reader_promise>();
  core_.step(read_input{callers_.add(promise), x.policy});
  stepped();
  return promise;
}

partition_status partition_impl::describe() const {
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
  result.fenced = core_.is_fenced();
  result.failure = failure_;
  if (const auto* x = std::get_if<leader>(&core_.role()))
    for (const auto& [peer, state] : x->peers) {
      auto& y = result.peers.emplace_back();
      y.peer = peer;
      y.match = state.match();
      y.next = state.next();
      y.recently_active = state.recently_active;
      describe_snapshot(peer, y);
    }
  return result;
}

node_info partition_impl::leader_info() const {
  auto id = failure_.empty() ? core_.leader_id() : node_id{};
  for (const auto& x : parts_.members)
    if (x.id == id)
      return x;
  return {};
}

} // namespace kommander
