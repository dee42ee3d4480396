#include "actors/partition/disk_watch.hpp"

#include <utility>

namespace kommander {

void disk_watch::began(write_sequence write, instant now) {
  pending_.push_back({write, now});
}

void disk_watch::ended(write_sequence write, instant now) {
  while (!pending_.empty() && pending_.front().write <= write) {
    auto since = pending_.front().since;
    auto took = now - since;
    pending_.pop_front();
    last_ended_ = now;
    if (took >= stall_timeout_) {
      stalled_ = true;
      slow_ = took;
      slow_ended_ = now;
    }
    // What has waited behind a slow write tells nothing of the disk now.
    auto quick = took * quick_part <= stall_timeout_ && since >= slow_ended_;
    quick_ = quick ? quick_ + 1 : 0;
  }
  if (quick_ >= quick_writes)
    stalled_ = false;
}

bool disk_watch::look(instant now) {
  if (!pending_.empty() && now - pending_.front().since >= stall_timeout_) {
    stalled_ = true;
    quick_ = 0;
  } else if (pending_.empty() && now - last_ended_ >= stall_timeout_ * idle_timeouts) {
    stalled_ = false;
  }
  return std::exchange(told_, stalled_) != stalled_;
}

instant disk_watch::slowest(instant now) const noexcept {
  return pending_.empty() ? slow_ : now - pending_.front().since;
}

} // namespace kommander
