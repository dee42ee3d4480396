#include "actors/partition/delivery_core.hpp"

#include <iterator>

namespace kommander {

delivery_core::delivery_core(log_index delivered, log_index restore_until)
  : handled_{delivered},
    outstanding_{delivered},
    restore_until_{restore_until} {
  // nop
}

void delivery_core::push(std::vector<entry> committed) {
  waiting_.insert(waiting_.end(), std::make_move_iterator(committed.begin()), std::make_move_iterator(committed.end()));
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
    if ((x.index <= restore_until_) != batch.restore)
      break;
    outstanding_ = x.index;
    if (!is_silent(x))
      batch.entries.push_back(std::move(x));
    waiting_.pop_front();
  }
  return batch;
}

void delivery_core::skip_until(log_index index) {
  skip_until_ = index;
  if (outstanding_ == handled_)
    skip_silent();
}

void delivery_core::installed(log_index index) {
  handled_ = outstanding_ = skip_until_ = index;
}

void delivery_core::answered() {
  handled_ = outstanding_;
  skip_silent();
}

/// What needs no delivery is handled as soon as it is first in line.
void delivery_core::skip_silent() {
  while (!waiting_.empty() && is_silent(waiting_.front())) {
    handled_ = outstanding_ = waiting_.front().index;
    waiting_.pop_front();
  }
}

bool delivery_core::is_silent(const entry& x) const noexcept {
  return x.kind != entry_kind::command || x.index <= skip_until_;
}

} // namespace kommander
