#include "actors/partition/snapshot_receiver.hpp"

#include <utility>

namespace kommander {

bool snapshot_receiver::continues(node_id from, const snapshot_chunk& chunk) const noexcept {
  return session_ && session_->leader == from && session_->theirs == chunk.session
         && session_->boundary.position == chunk.position;
}

snapshot_receiver::decision snapshot_receiver::take(node_id from, const snapshot_chunk& chunk, instant now) {
  auto wants = [&](std::uint64_t offset) {
    return decision{{}, snapshot_reply{chunk.session, snapshot_answer::wants, offset, {}}};
  };
  if (!continues(from, chunk)) {
    if (chunk.offset != 0)
      return wants(0);
    close();
    session begun;
    begun.leader = from;
    begun.theirs = chunk.session;
    begun.number = ++last_;
    begun.boundary = {chunk.position, false, chunk.configuration_index, chunk.configuration};
    session_ = std::move(begun);
  }
  auto& x = *session_;
  if (chunk.offset != x.received)
    return x.stored == x.received ? wants(x.received) : decision{}; // the answer comes when it is stored
  auto digest = chain_digest(x.digest, chunk);
  if (digest != chunk.digest) {
    close();
    return wants(0);
  }
  if (x.received + chunk.data.size() > limits_.bytes_max) {
    close();
    return {{}, snapshot_reply{chunk.session, snapshot_answer::refused, 0, {}}};
  }
  x.digest = digest;
  x.received += chunk.data.size();
  x.complete = chunk.last;
  x.progress = now;
  closed_.reset(); // the owner drops what it has when a session begins
  return {snapshot_write{x.number, chunk.position, chunk.offset, chunk.data, chunk.last}, {}};
}

bool snapshot_receiver::begins_well(const snapshot_chunk& chunk) {
  return chunk.offset == 0 && chunk.digest == chain_digest(0, chunk);
}

std::optional<snapshot_reply> snapshot_receiver::stored(const snapshot_stored_input& x, instant now) {
  if (!session_ || session_->number != x.session || session_->received != x.end || session_->stored == x.end)
    return std::nullopt;
  session_->stored = x.end;
  session_->progress = now;
  if (session_->complete)
    return std::nullopt; // the answer comes when it is imported
  return snapshot_reply{session_->theirs, snapshot_answer::wants, x.end, {}};
}

snapshot_reply snapshot_receiver::finish(bool ok) {
  auto over = *std::exchange(session_, std::nullopt);
  if (!ok)
    return {over.theirs, snapshot_answer::refused, 0, {}};
  return {over.theirs, snapshot_answer::installed, 0, over.boundary.position.index};
}

void snapshot_receiver::close() {
  if (session_)
    closed_ = snapshot_close{node_id{}, session_->number};
  session_.reset();
}

void snapshot_receiver::expire(instant now) {
  if (now >= deadline())
    close();
}

std::optional<snapshot_close> snapshot_receiver::take_closed() {
  return std::exchange(closed_, std::nullopt);
}

instant snapshot_receiver::deadline() const noexcept {
  return session_ && !session_->complete ? session_->progress + limits_.step_timeout : instant::max();
}

} // namespace kommander
