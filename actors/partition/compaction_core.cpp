#include "actors/partition/compaction_core.hpp"

#include <algorithm>
#include <utility>

namespace kommander {

namespace {

/// With more captures than these, the newest makes room: the oldest is the first that the machine will have reached.
constexpr std::size_t captures_max = 4;

} // namespace

compaction_core::compaction_core(const compaction_options& options, const start& from)
  : options_{options},
    boundary_{from.boundary},
    kept_{from.kept},
    checkpoint_{from.checkpoint},
    handled_{from.kept},
    durable_{from.durable} {
  // nop
}

// -- what happens ---------------------------------------------------------------------------------------------------

void compaction_core::committed(std::uint64_t entries, std::uint64_t bytes) {
  entries_ += entries;
  bytes_ += bytes;
  capture_entries_ += entries;
  capture_bytes_ += bytes;
}

void compaction_core::checkpoint_at(log_index index) {
  checkpoints_.push_back(index);
}

void compaction_core::handled(log_index index, log_index durable) {
  handled_ = std::max(handled_, index);
  for (; !checkpoints_.empty() && checkpoints_.front() <= handled_; checkpoints_.pop_front())
    checkpoint_ = checkpoints_.front();
  if (durable)
    durable_ = std::max(durable_.value_or(log_index{}), std::min(durable, handled_));
}

void compaction_core::machine_holds(log_index durable) {
  durable_ = durable;
}

void compaction_core::installed(log_index index, log_index checkpoint) {
  boundary_ = kept_ = handled_ = index;
  checkpoint_ = checkpoint;
  if (durable_)
    durable_ = index;
  checkpoints_.clear();
  captures_.clear();
  capture_entries_ = capture_bytes_ = 0;
  end_pass();
}

// -- captures -------------------------------------------------------------------------------------------------------

bool compaction_core::wants_capture() const noexcept {
  return (durable_ || silent_) && exceeds(capture_entries_, capture_bytes_);
}

void compaction_core::capture(kept_state state) {
  if (captures_.size() == captures_max)
    captures_.pop_back();
  captures_.push_back(std::move(state));
  capture_entries_ = capture_bytes_ = 0;
}

// -- what is to be done ---------------------------------------------------------------------------------------------

std::optional<compaction_core::step> compaction_core::next() {
  if (busy_)
    return std::nullopt;
  step result;
  if (auto floor = machine_floor())
    for (; !captures_.empty() && captures_.front().index <= *floor; captures_.pop_front())
      result.keep = std::move(captures_.front());
  if (result.keep)
    kept_ = result.keep->index;
  if (step_entries_ == 0 && exceeds(entries_, bytes_))
    step_entries_ = std::max<std::uint64_t>(options_.entries_max, 1);
  if (step_entries_ > 0 && target() > boundary_)
    result.up_to = distance(boundary_, target()) > step_entries_ ? boundary_ + step_entries_ : target();
  if (!result.keep && !result.up_to)
    return std::nullopt;
  busy_ = true;
  return result;
}

void compaction_core::ended(log_index boundary) {
  busy_ = false;
  auto advanced = boundary > boundary_;
  boundary_ = std::max(boundary_, boundary);
  if (step_entries_ == 0)
    return;
  if (boundary_ >= target() || (!advanced && distance(boundary_, target()) <= step_entries_))
    end_pass(); // all is done, or something else keeps the rest
  else if (!advanced)
    step_entries_ *= 2; // a proposal goes as a whole
}

// -- holds ----------------------------------------------------------------------------------------------------------

void compaction_core::hold(hold_id owner, log_index index) {
  holds_[owner] = index;
}

void compaction_core::release(hold_id owner) {
  holds_.erase(owner);
}

// -- rules ----------------------------------------------------------------------------------------------------------

/// What the machine need not be given again after a restart.
std::optional<log_index> compaction_core::machine_floor() const noexcept {
  if (silent_)
    return silent_;
  if (!checkpoint_)
    return durable_;
  return durable_ ? std::min(checkpoint_, *durable_) : checkpoint_;
}

/// Everything up to here may go. Above what is kept nothing may, whatever the machine holds.
log_index compaction_core::target() const noexcept {
  auto result = kept_;
  for (const auto& [owner, index] : holds_)
    result = std::min(result, index ? index - 1 : index);
  return result;
}

bool compaction_core::exceeds(std::uint64_t entries, std::uint64_t bytes) const noexcept {
  return entries >= options_.every_operations || bytes >= options_.every_bytes;
}

void compaction_core::end_pass() noexcept {
  step_entries_ = 0;
  entries_ = bytes_ = 0;
}

} // namespace kommander
