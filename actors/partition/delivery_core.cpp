#include "actors/partition/delivery_core.hpp"

#include <utility>

namespace kommander {

delivery_core::delivery_core(replicated_state state, log_index restore_until)
  : state_{std::move(state)},
    handled_{state_.index()},
    outstanding_{handled_},
    restore_until_{restore_until} {
  // nop
}

void delivery_core::push(std::vector<entry> committed) {
  for (auto& x : committed) {
    auto index = x.index;
    auto effect = state_.commit(std::move(x));
    waiting_.push_back({index, std::move(effect.deliver)});
    if (index <= skip_until_)
      waiting_.back().deliver.reset();
    if (effect.outcome)
      outcomes_.emplace(index, std::move(*effect.outcome));
  }
  if (outstanding_ == handled_)
    skip_silent();
}

std::optional<delivery_batch> delivery_core::next() {
  if (outstanding_ != handled_ || waiting_.empty())
    return std::nullopt;
  delivery_batch batch;
  batch.restore = waiting_.front().index <= restore_until_;
  batch.entries.reserve(waiting_.size());
  while (!waiting_.empty()) {
    auto& x = waiting_.front();
    auto is_step = x.deliver && x.deliver->kind == entry_kind::control;
    if ((x.index <= restore_until_) != batch.restore || (is_step && !batch.entries.empty()))
      break;
    outstanding_ = x.index;
    if (x.deliver)
      batch.entries.push_back(std::move(*x.deliver));
    waiting_.pop_front();
    if (is_step)
      break;
  }
  return batch;
}

void delivery_core::skip_until(log_index index) {
  skip_until_ = index;
  for (auto& x : waiting_)
    if (x.index <= index)
      x.deliver.reset();
  if (outstanding_ == handled_)
    skip_silent();
}

void delivery_core::installed(replicated_state state) {
  state_ = std::move(state);
  handled_ = outstanding_ = skip_until_ = taken_over_ = state_.index();
}

void delivery_core::answered() {
  handled_ = outstanding_;
  skip_silent();
}

std::optional<entry_outcome> delivery_core::take_outcome(log_index index) {
  auto found = outcomes_.extract(index);
  return found.empty() ? std::nullopt : std::optional{std::move(found.mapped())};
}

void delivery_core::forget_outcomes() {
  outcomes_.erase(outcomes_.begin(), outcomes_.upper_bound(handled_));
}

/// What needs no delivery is handled as soon as it is first in line.
void delivery_core::skip_silent() {
  while (!waiting_.empty() && !waiting_.front().deliver) {
    handled_ = outstanding_ = waiting_.front().index;
    waiting_.pop_front();
  }
}

} // namespace kommander
