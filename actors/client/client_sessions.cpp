#include "actors/client/client_sessions.hpp"

namespace kommander {

client_sessions::client_sessions(client_sessions_options options) : options_{options}, random_{options.seed} {
  // nop
}

bool client_sessions::has_room(partition_id partition) const {
  auto found = current_.find(partition);
  if (found == current_.end())
    return true;
  const auto& x = sessions_.at(found->second);
  return x.open.empty() || (x.is_known && x.last + 1 - *x.open.begin() < options_.window_max);
}

session_number client_sessions::assign(partition_id partition, instant now) {
  if (auto found = current_.find(partition); found != current_.end()) {
    const auto& x = sessions_.at(found->second);
    if (x.open.empty() && now - x.used > options_.idle_max)
      retire(found->second);
  }
  auto& id = current_[partition];
  if (!id) {
    id = next_id();
    sessions_[id].partition = partition;
  }
  auto& mine = sessions_.at(id);
  mine.used = now;
  mine.open.insert(++mine.last);
  return {id, mine.last};
}

void client_sessions::applied(const session_number& x, partition_id partition, instant now) {
  auto found = sessions_.find(x.client);
  if (found == sessions_.end())
    return;
  auto& mine = found->second;
  mine.used = now;
  if (x.sequence == 1 && mine.partition != partition)
    return given_up(x);
  mine.is_known = true;
  close(x);
}

void client_sessions::given_up(const session_number& x) {
  auto found = sessions_.find(x.client);
  if (found == sessions_.end())
    return;
  if (!found->second.is_known)
    retire(x.client);
  close(x);
}

void client_sessions::expired(const session_number& x) {
  retire(x.client);
  close(x);
}

void client_sessions::forget(partition_id partition) {
  if (auto found = current_.find(partition); found != current_.end())
    retire(found->second);
}

void client_sessions::close(const session_number& x) {
  auto found = sessions_.find(x.client);
  if (found == sessions_.end())
    return;
  auto& mine = found->second;
  mine.open.erase(x.sequence);
  auto current = current_.find(mine.partition);
  auto is_current = current != current_.end() && current->second == x.client;
  if (mine.open.empty() && !is_current)
    sessions_.erase(found);
}

/// Nothing more is numbered in it; it is kept for what is open.
void client_sessions::retire(client_id id) {
  auto found = sessions_.find(id);
  if (found == sessions_.end())
    return;
  if (auto current = current_.find(found->second.partition); current != current_.end() && current->second == id)
    current_.erase(current);
  if (found->second.open.empty())
    sessions_.erase(found);
}

/// SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014): no number comes twice.
client_id client_sessions::next_id() {
  std::uint64_t x = 0;
  do {
    random_ += 0x9e3779b97f4a7c15;
    x = random_;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    x ^= x >> 31;
  } while (x == 0);
  return client_id{x};
}

} // namespace kommander
