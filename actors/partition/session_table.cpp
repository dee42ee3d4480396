#include "actors/partition/session_table.hpp"

#include <algorithm>
#include <limits>

namespace kommander {

namespace {

bool is_expired(std::uint64_t seen, std::uint64_t milliseconds) {
  return milliseconds > seen && milliseconds - seen > session_table::expiry_milliseconds;
}

} // namespace

session_table::answer session_table::look_up(const entry_origin& x, std::uint64_t milliseconds) const {
  auto found = sessions_.find(x.client);
  if (found == sessions_.end() || is_expired(found->second.seen, milliseconds)) {
    if (x.sequence != 1)
      return {knowledge::expired, {}}; // it may have been applied in a session that is gone
    auto expired = [=](const auto& y) { return is_expired(y.second.seen, milliseconds); };
    if (sessions_.size() < sessions_max || std::ranges::any_of(sessions_, expired))
      return {};
    return {knowledge::no_room, {}};
  }
  const auto& known = found->second;
  if (auto done = known.results.find(x.sequence); done != known.results.end())
    return {knowledge::done, done->second};
  return {x.sequence <= known.forgotten ? knowledge::expired : knowledge::fresh, {}};
}

session_table::answer session_table::commit(const entry& x, std::uint64_t milliseconds) {
  auto known = look_up(x.origin, milliseconds);
  auto goes_on = known.what == knowledge::done && known.first.ticket == x.time;
  if (known.what != knowledge::fresh && !goes_on) {
    if (known.what == knowledge::done)
      sessions_[x.origin.client].seen = milliseconds;
    return known;
  }
  if (x.origin.sequence == 1 && !goes_on)
    drop_expired(milliseconds);
  auto& mine = sessions_[x.origin.client];
  mine.seen = milliseconds;
  mine.results[x.origin.sequence] = {x.time, x.index};
  if (mine.results.size() > results_max) {
    mine.forgotten = std::max(mine.forgotten, mine.results.begin()->first);
    mine.results.erase(mine.results.begin());
  }
  return {};
}

/// Only a session that begins makes others expire, so it costs nothing on the way of other requests.
void session_table::drop_expired(std::uint64_t milliseconds) {
  std::erase_if(sessions_, [=](const auto& x) { return is_expired(x.second.seen, milliseconds); });
}

// -- sessions that come from another partition ----------------------------------------------------------------------

void session_table::add(const session_table& other) {
  for (const auto& [client, theirs] : other.sessions_)
    if (auto [mine, is_new] = sessions_.try_emplace(client, theirs); !is_new)
      unite(mine->second, theirs);
}

void session_table::unite(session& mine, const session& theirs) {
  mine.seen = std::max(mine.seen, theirs.seen);
  mine.forgotten = std::max(mine.forgotten, theirs.forgotten);
  for (const auto& [sequence, x] : theirs.results)
    if (auto [i, is_new] = mine.results.try_emplace(sequence, x); !is_new && i->second.ticket != x.ticket)
      mine.forgotten = std::numeric_limits<std::uint64_t>::max();
  if (mine.forgotten == std::numeric_limits<std::uint64_t>::max())
    mine.results.clear();
  while (mine.results.size() > results_max) {
    mine.forgotten = std::max(mine.forgotten, mine.results.begin()->first);
    mine.results.erase(mine.results.begin());
  }
}

void session_table::encode(byte_writer& out) const {
  out.put_varint(sessions_.size());
  for (const auto& [client, x] : sessions_) {
    out.put(client);
    out.put_varint(x.seen);
    out.put_varint(x.forgotten);
    out.put_varint(x.results.size());
    for (const auto& [sequence, y] : x.results) {
      out.put_varint(sequence);
      out.put(y.ticket);
      out.put(y.index);
    }
  }
}

session_table session_table::decode(byte_reader& in) {
  session_table table;
  auto clients = in.get_varint();
  for (std::uint64_t i = 0; i < clients && in.ok(); ++i) {
    auto client = in.get_number<client_id_tag>();
    session x;
    x.seen = in.get_varint();
    x.forgotten = in.get_varint();
    auto results = in.get_varint();
    for (std::uint64_t j = 0; j < results && in.ok(); ++j) {
      auto sequence = in.get_varint();
      auto ticket = in.get_timestamp();
      x.results[sequence] = {ticket, in.get_number<log_index_tag>()};
    }
    table.sessions_.emplace(client, std::move(x));
  }
  return table;
}

} // namespace kommander
