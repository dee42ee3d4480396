// Keeps the library's state beside the log, lets the log go, and minds who wants it retained.
#include <utility>

#include "actors/partition/actor/partition_impl.hpp"

namespace kommander {

// -- the library's own state --------------------------------------------------------------------------------------

bytes partition_impl::encode_state() const {
  return delivery_.state().encode();
}

std::optional<replicated_state> partition_impl::decode_state(const kept_state& x) {
  auto found = replicated_state::decode(x.data);
  if (found && found->index() != x.index)
    found.reset();
  return found;
}

/// Tickets are above all that are in the state, like those of the log.
void partition_impl::observe_state() {
  ticket_clock().observe({(delivery_.state().milliseconds() + 1) << hlc_timestamp::counter_bits, 0});
}

// -- compaction ---------------------------------------------------------------------------------------------------

void partition_impl::compact() {
  while (auto step = works() ? compaction_.next() : std::nullopt) {
    compaction_state_ = std::move(step->keep);
    auto before = core_.log().boundary();
    if (step->up_to)
      this->step(compact_input{step->up_to});
    if (core_.log().boundary() != before) {
      ++inputs_; // the boundary comes with the output
      return;
    }
    if (compaction_state_)
      return send_compaction({});
    compaction_.ended(before.index);
  }
}

void partition_impl::send_compaction(log_position boundary) {
  wal_compact x;
  x.partition = partition_;
  x.kept = std::exchange(compaction_state_, std::nullopt);
  if (x.kept)
    x.commit = commit_hint_ = std::max(commit_hint_, x.kept->index);
  x.boundary = boundary;
  x.client = caf::actor_cast<partition_actor>(this);
  send(parts_.writer, std::move(x));
}

void partition_impl::on_compacted(const wal_compacted& x) {
  if (!works())
    return;
  if (!x.failure.empty())
    return; // the log tells the next write, too
  compaction_.ended(core_.log().boundary().index);
  compact();
  stepped(0);
}

// -- holds --------------------------------------------------------------------------------------------------------

caf::result<operation_result> partition_impl::on_retain(const retain& x) {
  stepped(0);
  if (stopping_)
    return operation_result{status::stopping, "this node is stopping"};
  if (!failure_.empty())
    return operation_result{status::errored, failure_};
  if (!x.owner)
    return operation_result{status::invalid_argument, "a hold needs an owner"};
  auto first = core_.log().first();
  if (x.index && x.index < first)
    return operation_result{status::snapshot_required, "the log of partition " + to_string(partition_) + " begins at "
                                                         + to_string(first) + "; entry " + to_string(x.index)
                                                         + " is compacted away"};
  auto [owner, is_new] = hold_owners_.try_emplace(caf::actor_cast<caf::actor_addr>(x.owner), last_hold_ + 1);
  if (is_new) {
    ++last_hold_;
    monitor(x.owner); // of one that has ended already, it tells at once
  }
  compaction_.hold(owner->second, x.index ? x.index : first);
  return operation_result{status::success, {}};
}

caf::result<operation_result> partition_impl::on_release(const release& x) {
  stepped(0);
  if (!x.owner)
    return operation_result{status::invalid_argument, "a hold has an owner"};
  auto owner = caf::actor_cast<caf::actor_addr>(x.owner);
  if (hold_owners_.contains(owner))
    demonitor(owner);
  release_holds(owner);
  return operation_result{status::success, {}};
}

void partition_impl::release_holds(const caf::actor_addr& owner) {
  auto found = hold_owners_.extract(owner);
  if (found.empty())
    return;
  compaction_.release(found.mapped());
  compact();
  stepped(0);
}

} // namespace kommander
