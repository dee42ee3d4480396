// Gives committed entries to the state machine.
#include <algorithm>
#include <iterator>
#include <utility>

#include "actors/partition/actor/partition_impl.hpp"

namespace kommander {

// -- the state machine --------------------------------------------------------------------------------------------
void partition_impl::deliver(std::vector<entry> committed) {
  // Tickets of a new leader are above those of all it inherited: it takes proposals only when these are applied.
  std::uint64_t weight = 0;
  for (const auto& x : committed) {
    ticket_clock().observe(x.time);
    weight += x.weight();
  }
  compaction_.committed(committed.size(), weight);
  undelivered_.insert(undelivered_.end(), std::make_move_iterator(committed.begin()),
                      std::make_move_iterator(committed.end()));
  if (undelivered_.empty())
    return;
  push_committed();
  after_delivery();
}

bool partition_impl::may_push() const noexcept {
  // An export begins where nothing waits: the library's state is as of the last entry pushed.
  auto holds = export_.wants_begin() && !delivery_.is_ahead() && !core_.log().splits_proposal(delivery_.handled());
  return !undelivered_.empty() && !holds;
}

void partition_impl::push_committed() {
  if (!may_push())
    return;
  auto all = std::exchange(undelivered_, {});
  auto last = all.back().index;
  auto checkpoint = [](const entry& x) { return x.kind == entry_kind::checkpoint; };
  for (auto i = all.begin(); i != all.end();) {
    auto end = std::find_if(i, all.end(), checkpoint);
    auto stands = end != all.end();
    end = stands ? std::next(end) : end;
    auto at = std::prev(end)->index;
    delivery_.push({std::make_move_iterator(i), std::make_move_iterator(end)});
    if (stands)
      compaction_.checkpoint_at(at);
    if (stands || (at == last && compaction_.wants_capture() && !core_.log().splits_proposal(at)))
      compaction_.capture({at, encode_state()});
    i = end;
  }
  tell_map();
}

void partition_impl::after_delivery() {
  settle_pending();
  continue_exports();
  continue_range_exports();
  auto handled = delivery_.handled();
  auto news = handled > core_.applied_index();
  if (news) {
    auto waiting = core_.waiting_proposals();
    step(applied_input{handled});
    gathering_.answering(waiting - core_.waiting_proposals());
  }
  if (restored() && !restore_told_) {
    restore_told_ = true;
    tell(restore_finished{partition_, handled});
    report();
  }
  continue_import();
  if (auto batch = delivers_ ? delivery_.next() : std::nullopt)
    hand_over(std::move(*batch));
  compaction_.handled(delivery_.handled(), {});
  compaction_.machine_needs_nothing(delivery_.state().last_delivered() ? log_index{} : delivery_.handled());
  compact();
  stepped(news || may_push() ? 1 : 0); // what waits is pushed behind the answers that are due
}

void partition_impl::hand_over(delivery_batch batch) {
  if (batch.entries.front().kind == entry_kind::control)
    return hand_over_step(batch.entries.front());
  outstanding_.clear();
  for (const auto& x : batch.entries)
    outstanding_.push_back(x.index);
  auto taken = [this](const applied& x) { on_applied(x); };
  auto refused = [this](const caf::error& x) { on_apply_error(x); };
  if (batch.restore)
    request(parts_.machine.plain, caf::infinite, restore_entries{partition_, std::move(batch.entries)})
      .then(taken, refused);
  else
    request(parts_.machine.plain, caf::infinite, apply_entries{partition_, std::move(batch.entries)})
      .then(taken, refused);
}

void partition_impl::on_applied(const applied& x) {
  if (!works())
    return;
  for (const auto& bad : x.failures)
    tell(replication_error{partition_, bad.index, bad.reason});
  delivery_.answered();
  compaction_.handled(delivery_.handled(), x.durable_index);
  after_delivery();
}

void partition_impl::on_apply_error(const caf::error& x) {
  if (!works())
    return;
  if (x == caf::sec::request_receiver_down)
    return fail("the state machine of partition " + to_string(partition_) + " has ended");
  auto reason = system().render(x);
  log_->error("partition {}: the state machine refused entries {} to {}: {}", partition_.value(),
              outstanding_.front().value(), outstanding_.back().value(), reason);
  for (auto index : outstanding_)
    tell(replication_error{partition_, index, reason});
  delivery_.answered();
  after_delivery();
}

} // namespace kommander
