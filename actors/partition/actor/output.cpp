// Carries out what the core has decided.
#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "actors/partition/actor/partition_impl.hpp"

namespace kommander {

namespace {

/// So many inputs are stepped at most before the output is carried out, however full the mailbox is.
constexpr std::size_t inputs_per_flush_max = 512;

/// The commit index is written along when it has moved by so many entries: it only spares a restart some waiting, and
/// costs a record each time.
constexpr std::uint64_t commit_hint_step = 128;

/// The log says again whom a fence waits for.
constexpr std::chrono::seconds fence_told_every{60};

} // namespace

// -- output -------------------------------------------------------------------------------------------------------
void partition_impl::stepped(std::size_t inputs) {
  inputs_ += inputs;
  if (!flushing_ && works() && (inputs_ >= inputs_per_flush_max || cafx::mailbox_is_empty(this)))
    flush();
}

void partition_impl::flush(bool may_gather) {
  flushing_ = true;
  do {
    inputs_ = 0;
    auto holds = may_gather && gathering_.holds(now(), last_durable_ < last_written_, core_.awaits_apply());
    carry_out(core_.take_output(holds));
  } while (inputs_ > 0 && works());
  flushing_ = false;
  rest_if_idle();
  auto node = gathering_.ask_for_turn() ? caf::actor_cast<caf::strong_actor_ptr>(parts_.observer) : nullptr;
  if (node)
    send(caf::actor_cast<node_observer>(node), gather_turn{partition_});
}

void partition_impl::carry_out(raft_output out) {
  write(out);
  send_messages(out.messages);
  for (const auto& x : out.replies) {
    settle(x);
    answer(callers_.take(x.id), x);
  }
  delivery_.forget_outcomes(); // of what was applied before this output: all who waited for it have their answer
  deliver(std::move(out.apply));
  for (const auto& x : out.reads)
    send(parts_.reader,
         wal_read{partition_, x.peer, x.first, x.last, x.bytes_max, caf::actor_cast<partition_actor>(this)});
  serve_snapshots(out);
  if (out.compact.index)
    send_compaction(out.compact);
  auto backlog = core_.backlog();
  parts_.writes->hold({backlog.entries, backlog.bytes});
  if (const auto* x = std::get_if<failed>(&core_.role()))
    fail("partition " + to_string(partition_) + ": " + x->reason);
  else
    report();
}

void partition_impl::write(raft_output& out) {
  if (!out.needs_write())
    return;
  last_written_ = out.write;
  disk_.began(out.write, now());
  gathering_.wrote(now());
  log_index hint;
  if (distance(commit_hint_, out.commit) >= commit_hint_step)
    hint = commit_hint_ = out.commit;
  partition_write work{partition_, out.state, out.truncate_from, std::move(out.append), hint, out.install, {}};
  if (out.install)
    work.kept = std::exchange(installed_state_, std::nullopt); // of a state that the machine had already: none
  send(parts_.writer, wal_write{std::move(work), out.write, caf::actor_cast<partition_actor>(this)});
}

void partition_impl::send_messages(std::vector<raft_message>& messages) {
  if (messages.empty())
    return;
  std::map<node_id, std::vector<raft_message>> by_peer;
  for (auto& x : messages) {
    if (auto* beat = std::get_if<heartbeat>(&x.body))
      beat->snapshot_required = core_.needs_snapshot(x.to) && !exports();
    by_peer[x.to].push_back(std::move(x));
  }
  auto links = parts_.links->get();
  for (auto& [peer, batch] : by_peer)
    if (auto found = links->find(peer); found != links->end())
      send(found->second.link, link_send{std::move(batch)});
}

void partition_impl::report() {
  report_fence();
  settle_pending();
  leadership x;
  x.leader = core_.leader_id();
  x.term = core_.current_term();
  x.ready = core_.is_ready();
  x.settled = x.leader && (core_.is_leader() ? x.ready : core_.log().term_at(core_.commit_index()) == x.term);
  x.restored = restored();
  x.fenced = core_.is_fenced();
  x.complete = is_complete();
  if (x == reported_)
    return;
  if (x.leader != reported_.leader || x.term != reported_.term)
    log_->info("partition {}: term {}, leader {}", partition_.value(), x.term.value(),
               x.leader ? to_string(x.leader) : "unknown");
  reported_ = x;
  tell(leader_update{partition_, x});
}

/// What this node had acknowledged in an earlier life is in its log when the fence ends, or was from the start. Some of it
/// may have been cut since, for it was never committed.
bool partition_impl::is_complete() {
  if (core_.is_fenced())
    complete_at_.reset();
  else
    complete_at_ = std::min(complete_at_.value_or(core_.log().last()), core_.log().last());
  return complete_at_ && delivery_.handled() >= *complete_at_;
}

void partition_impl::report_fence() {
  if (std::exchange(fenced_, core_.is_fenced()) == core_.is_fenced())
    return;
  fenced_since_ = now();
  if (fenced_)
    log_->warn("partition {}: this node's log may lack what it had acknowledged (a new, wiped, damaged or older disk); "
               "it does not vote until the others have brought it up to date",
               partition_.value());
  else
    log_->info("partition {}: this node's log is complete up to index {}, and it votes", partition_.value(),
               core_.log().last().value());
}

/// Who does not answer keeps this node from voting; people can bring it back, or give this node another id.
void partition_impl::report_awaited() {
  if (!fenced_ || now() - fenced_since_ < fence_told_every)
    return;
  fenced_since_ = now();
  std::string names;
  for (auto id : core_.fence_awaits())
    names += " " + to_string(id);
  if (!names.empty())
    log_->warn(
      "partition {}: this node does not vote until these nodes, which have voted in it, have told their term:{}. "
      "If one of them is gone for good, give this node another id and an empty disk",
      partition_.value(), names);
}

} // namespace kommander
