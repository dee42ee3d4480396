#include "actors/coordinator/join_tracker.hpp"

namespace kommander {

/// Who is leaving goes on as something else: out, or in again.
void join_tracker::role(std::optional<member_role> x) {
  if (x == member_role::leaving)
    return;
  auto phase = !x ? join_phase::asking : x == member_role::learner ? join_phase::catching_up : join_phase::voter;
  if (phase == now_is_.phase)
    return;
  joins_ = joins_ || phase != join_phase::voter;
  now_is_ = {phase, 0, 0, {}};
}

void join_tracker::trouble(const std::string& x) {
  if (now_is_.phase == join_phase::asking)
    now_is_.trouble = x;
}

void join_tracker::answered(const progress_report& x) {
  asks_ = false;
  if (now_is_.phase != join_phase::catching_up)
    return;
  now_is_.trouble = x.code == status::success ? std::string{} : x.reason;
  if (x.code != status::success)
    return;
  now_is_.caught_up = x.caught_up;
  now_is_.partitions = x.partitions;
}

bool join_tracker::take_question(instant now) {
  if (!is_busy() || asks_ || now < next_question_)
    return false;
  asks_ = true;
  next_question_ = now + ask_interval;
  return true;
}

std::optional<join_progress> join_tracker::take_news() {
  if (!joins_ || told_ == now_is_)
    return std::nullopt;
  told_ = now_is_;
  joins_ = joins_ && now_is_.phase != join_phase::voter;
  return told_;
}

} // namespace kommander
