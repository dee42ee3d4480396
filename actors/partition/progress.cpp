#include "actors/partition/progress.hpp"

#include <algorithm>

namespace kommander {

bool progress::may_send() const noexcept {
  if (paused_)
    return false;
  switch (mode_) {
    case replication_mode::probe: return !probe_out_;
    case replication_mode::replicate: return inflight_.size() < messages_max_ && inflight_bytes_ < bytes_max_;
    case replication_mode::snapshot: return false;
  }
  return false;
}

void progress::sent(log_index last, std::size_t bytes) {
  if (mode_ == replication_mode::probe) {
    probe_out_ = true;
    probe_last_ = last;
    probe_bytes_ = bytes;
    return;
  }
  next_ = last + 1;
  inflight_.push_back({last, bytes});
  inflight_bytes_ += bytes;
}

bool progress::accepted(log_index index) {
  auto news = index > match_;
  match_ = std::max(match_, index);
  while (!inflight_.empty() && inflight_.front().last <= match_) {
    inflight_bytes_ -= inflight_.front().bytes;
    inflight_.pop_front();
  }
  next_ = std::max(next_, match_ + 1);
  if (mode_ != replication_mode::probe)
    return news;
  auto carried = probe_last_;
  auto carried_bytes = probe_bytes_;
  restart();
  mode_ = replication_mode::replicate;
  if (carried > match_)
    sent(carried, carried_bytes);
  return true;
}

bool progress::refused(log_index previous, log_index candidate) {
  switch (mode_) {
    case replication_mode::probe:
      if (previous + 1 != next_)
        return false;
      break;
    case replication_mode::replicate:
      if (previous <= match_)
        return false;
      break;
    case replication_mode::snapshot: return false;
  }
  auto next = std::max(candidate, match_) + 1;
  auto is_news = mode_ != replication_mode::probe || next != next_;
  restart();
  next_ = next;
  probe_out_ = !is_news; // the same again would be refused again: not before the next heartbeat
  return is_news;
}

void progress::lost_entries(log_index last) {
  match_ = log_index{};
  restart();
  next_ = last + 1;
}

void progress::restart() {
  mode_ = replication_mode::probe;
  probe_out_ = false;
  probe_last_ = log_index{};
  probe_bytes_ = 0;
  next_ = match_ + 1;
  inflight_.clear();
  inflight_bytes_ = 0;
}

void progress::pause() {
  paused_ = true;
  if (mode_ == replication_mode::replicate && next_ > match_ + 1)
    restart();
  else if (mode_ == replication_mode::probe) // where the logs meet is still to be found
    probe_last_ = log_index{};
}

void progress::needs_snapshot() {
  restart();
  mode_ = replication_mode::snapshot;
}

void progress::installed(log_index index) {
  restart();
  next_ = std::max(index, match_) + 1;
  if (match_ >= index) // it has said so itself, before: if nothing follows, nobody would answer a probe
    mode_ = replication_mode::replicate;
}

} // namespace kommander
