#include "actors/partition/snapshot_sender.hpp"

#include <xxhash.h>

#include <algorithm>
#include <string>
#include <utility>

#include "kommander/encoding.hpp"

namespace kommander {

std::uint64_t chain_digest(std::uint64_t before, const snapshot_chunk& x) {
  std::string head;
  byte_writer out{head};
  out.put(x.position.index);
  out.put(x.position.term);
  out.put(x.configuration_index);
  out.put_bytes(x.configuration.view());
  out.put_varint(x.offset);
  out.put_byte(x.last ? 1 : 0);
  auto seed = XXH3_64bits_withSeed(head.data(), head.size(), before);
  return XXH3_64bits_withSeed(x.data.data(), x.data.size(), seed);
}

// -- sessions -----------------------------------------------------------------------------------------------------

std::optional<snapshot_read> snapshot_sender::open(node_id peer, instant now) {
  if (sessions_.contains(peer) || sessions_.size() >= limits_.sessions_max)
    return std::nullopt;
  if (auto waits = not_before_.find(peer); waits != not_before_.end() && now < waits->second)
    return std::nullopt;
  not_before_.erase(peer);
  session made;
  made.number = ++last_;
  made.progress = now;
  sessions_.emplace(peer, std::move(made));
  return snapshot_read{peer, last_, 0, limits_.chunk_bytes};
}

void snapshot_sender::close(node_id peer) {
  auto i = sessions_.find(peer);
  if (i == sessions_.end())
    return;
  closed_.push_back({peer, i->second.number});
  sessions_.erase(i);
}

void snapshot_sender::fail(node_id peer, instant now) {
  close(peer);
  not_before_[peer] = now + limits_.step_timeout;
}

void snapshot_sender::close_all() {
  for (const auto& [peer, x] : sessions_)
    closed_.push_back({peer, x.number});
  sessions_.clear();
  not_before_.clear();
}

void snapshot_sender::expire(instant now) {
  std::vector<node_id> late;
  for (const auto& [peer, x] : sessions_)
    if (now - x.progress >= limits_.step_timeout)
      late.push_back(peer);
  for (auto peer : late)
    close(peer);
}

std::vector<snapshot_close> snapshot_sender::take_closed() {
  return std::exchange(closed_, {});
}

// -- what comes in ------------------------------------------------------------------------------------------------

bool snapshot_sender::expects(const snapshot_chunk_input& x) const {
  auto i = sessions_.find(x.peer);
  return i != sessions_.end() && i->second.number == x.session && !i->second.chunk && i->second.offset == x.offset;
}

bool snapshot_sender::fits(const snapshot_chunk_input& x) const {
  auto is_same = x.offset == 0 || sessions_.at(x.peer).position.index == x.index;
  return is_same && x.data.size() <= limits_.chunk_bytes && (x.last || !x.data.empty());
}

const snapshot_chunk& snapshot_sender::take(snapshot_chunk_input x, const head& about, instant now) {
  auto& to = sessions_.at(x.peer);
  to.position = about.position;
  to.progress = now;
  to.chunk = snapshot_chunk{
    to.number, about.position, about.configuration_index, about.configuration, x.offset, std::move(x.data), 0, x.last};
  to.chunk->digest = chain_digest(to.digest, *to.chunk);
  return *to.chunk;
}

std::optional<snapshot_read> snapshot_sender::wanted(node_id peer, snapshot_session number, std::uint64_t offset,
                                                     instant now) {
  auto i = sessions_.find(peer);
  if (i == sessions_.end() || i->second.number != number || !i->second.chunk)
    return std::nullopt;
  auto& x = i->second;
  if (offset == 0 && x.offset > 0) {
    close(peer); // the peer has lost what it had; what it wants next must not be taken for a part of this session
    return std::nullopt;
  }
  auto end = x.offset + x.chunk->data.size();
  if (offset != end || x.chunk->last)
    return std::nullopt; // an old answer
  x.digest = x.chunk->digest;
  x.offset = end;
  x.chunk.reset();
  x.progress = now;
  return snapshot_read{peer, number, end, limits_.chunk_bytes};
}

// -- observers ----------------------------------------------------------------------------------------------------

const snapshot_chunk* snapshot_sender::unanswered(node_id peer) const {
  auto i = sessions_.find(peer);
  return i == sessions_.end() || !i->second.chunk ? nullptr : &*i->second.chunk;
}

snapshot_session snapshot_sender::session_of(node_id peer) const {
  auto i = sessions_.find(peer);
  return i == sessions_.end() ? 0 : i->second.number;
}

std::vector<node_id> snapshot_sender::peers() const {
  std::vector<node_id> result;
  for (const auto& [peer, x] : sessions_)
    result.push_back(peer);
  return result;
}

log_index snapshot_sender::lowest_position(log_index limit) const {
  for (const auto& [peer, x] : sessions_)
    if (x.position.index)
      limit = std::min(limit, x.position.index);
  return limit;
}

} // namespace kommander
