#include "actors/partition/actor/sleep_board.hpp"

#include <algorithm>
#include <utility>

#include "actors/swim/liveness_changes.hpp"

namespace kommander {

void sleep_board::wake(partition_id partition, caf::weak_actor_ptr actor, tick_flag told) {
  std::lock_guard guard{mutex_};
  awake_.insert_or_assign(partition, awake_partition{std::move(actor), std::move(told)});
}

bool sleep_board::sleep(partition_id partition, const std::vector<node_id>& relies_on) {
  std::lock_guard guard{mutex_};
  if (std::ranges::any_of(relies_on, [this](node_id x) { return kommander::suspects(view_, x); }))
    return false;
  awake_.erase(partition);
  return true;
}

void sleep_board::remove(partition_id partition) {
  std::lock_guard guard{mutex_};
  awake_.erase(partition);
}

bool sleep_board::is_awake(partition_id partition) const {
  std::lock_guard guard{mutex_};
  return awake_.contains(partition);
}

std::size_t sleep_board::awake() const {
  std::lock_guard guard{mutex_};
  return awake_.size();
}

void sleep_board::tick() const {
  std::vector<caf::strong_actor_ptr> all;
  {
    std::lock_guard guard{mutex_};
    all.reserve(awake_.size());
    for (const auto& [id, x] : awake_)
      if (!x.told->load())
        if (auto actor = caf::actor_cast<caf::strong_actor_ptr>(x.actor)) {
          x.told->store(true);
          all.push_back(std::move(actor));
        }
  }
  for (const auto& x : all)
    caf::anon_send<caf::message_priority::high>(caf::actor_cast<partition_actor>(x), partition_tick{});
}

std::vector<node_id> sleep_board::believe(liveness_view_ptr view) {
  std::lock_guard guard{mutex_};
  auto result = newly_in_doubt(view_, view);
  view_ = std::move(view);
  return result;
}

bool sleep_board::suspects(node_id node) const {
  std::lock_guard guard{mutex_};
  return kommander::suspects(view_, node);
}

} // namespace kommander
