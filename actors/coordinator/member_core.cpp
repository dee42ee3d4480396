#include "actors/coordinator/member_core.hpp"

#include <algorithm>
#include <utility>

namespace kommander {

member_core::member_core(member_options options) : options_{std::move(options)} {
  // nop
}

void member_core::roster(const cluster_roster& x) {
  if (x.version >= roster_.version)
    roster_ = x;
  if (leaves_ && roster_.version && self() == nullptr)
    left_ = true;
}

void member_core::hears_leader(bool x) {
  if (x)
    unheard_since_.reset();
  else if (!unheard_since_)
    unheard_since_ = now_;
}

void member_core::leave() {
  leaves_ = true;
  begun_ = false;
  stays_ = false;
  not_before_ = now_;
}

void member_core::stay() {
  if (!leaves_ || left_)
    return;
  leaves_ = false;
  stays_ = true;
  not_before_ = now_;
}

/// A leave is over when nobody knows this node any more: what was taken out of partition 0's group is not told the rest. Success
/// says only that it begins, perhaps anew, if somebody else has taken it back.
void member_core::answered(const control_result& x) {
  asks_ = false;
  auto is_gone = leaves_ && asked_ == member_step::leave && x.code == status::member_not_found;
  left_ = left_ || (is_gone && begun_);
  auto accepted = x.code == status::success || (leaves_ && x.code == status::drain_in_progress) || is_gone;
  if (stays_ && asked_ == member_step::stay && (accepted || x.code == status::member_not_found))
    stays_ = false; // whoever had left already joins again
  begun_ = begun_ || (leaves_ && accepted);
  trouble_ = accepted ? std::string{} : x.reason;
  failures_ = accepted ? 0 : failures_ + 1;
  auto pause = options_.backoff_min * (1 << std::min(failures_, 10u));
  not_before_ = now_ + std::clamp(pause, options_.backoff_min, options_.backoff_max);
  if (accepted && !leaves_) {
    not_before_ = now_ + options_.backoff_max; // the roster will show it, if it is not lost
    if (unheard_since_)
      unheard_since_ = now_;
  }
}

void member_core::tick(instant now) {
  now_ = std::max(now_, now);
}

std::optional<member_change> member_core::take_request() {
  if (asks_ || now_ < not_before_ || !(wants() || is_unheard()))
    return std::nullopt;
  asks_ = true;
  member_change x;
  x.what = asked_ = leaves_ ? member_step::leave : stays_ ? member_step::stay : member_step::join;
  x.node = options_.self.id;
  if (x.what == member_step::join) {
    x.address = options_.self.address;
    x.zone = options_.zone;
    x.disk = options_.disk;
  }
  return x;
}

bool member_core::introduces_itself() const noexcept {
  return is_unheard() || (wants() && (self() == nullptr || leaves_));
}

bool member_core::is_unheard() const noexcept {
  return unheard_since_ && now_ - *unheard_since_ >= options_.unheard_max && !left_;
}

/// An initial member waits for the first roster, and tells its disk; any other one asks to be in it, where it listens now.
bool member_core::wants() const noexcept {
  if (leaves_ || stays_)
    return !left_;
  const auto* x = self();
  if (x == nullptr)
    return roster_.version ? true : options_.joins;
  auto is_known =
    x->address == options_.self.address && x->zone == options_.zone && (x->disk != 0 || options_.disk == 0);
  return x->role != member_role::leaving && !is_known;
}

} // namespace kommander
