#include "actors/swim/member_list.hpp"

#include <algorithm>

namespace kommander {

// -- who there is ---------------------------------------------------------------------------------------------------

std::vector<node_id> member_list::set(const std::vector<node_id>& members, instant now, swim_random& random) {
  std::vector<node_id> wanted{members};
  std::ranges::sort(wanted);
  std::vector<node_id> gone;
  for (const auto& [id, x] : members_)
    if (!std::ranges::binary_search(wanted, id))
      gone.push_back(id);
  for (auto id : gone) {
    members_.erase(id);
    std::erase(suspects_, id);
    auto at = static_cast<std::size_t>(std::ranges::find(round_, id) - round_.begin());
    round_.erase(round_.begin() + static_cast<std::ptrdiff_t>(at));
    next_ -= at < next_ ? 1 : 0;
  }
  auto changed = !gone.empty();
  for (auto id : wanted) {
    if (!id || id == self_ || !members_.try_emplace(id).second)
      continue;
    members_[id].since = now;
    auto at = random.below(round_.size() + 1);
    round_.insert(round_.begin() + static_cast<std::ptrdiff_t>(at), id);
    next_ += at < next_ ? 1 : 0;
    changed = true;
  }
  version_ += changed ? 1 : 0;
  return gone;
}

swim_member* member_list::find(node_id id) noexcept {
  auto found = members_.find(id);
  return found != members_.end() ? &found->second : nullptr;
}

// -- beliefs --------------------------------------------------------------------------------------------------------

merge_outcome member_list::merge(const rumour& x, const suspicion_times& times, const swim_time& now) {
  auto* member = find(x.subject);
  if (member == nullptr || x.incarnation < member->incarnation)
    return merge_outcome::old;
  auto is_same = x.incarnation == member->incarnation;
  switch (x.state) {
    case liveness::alive: return is_same ? merge_outcome::old : revive(*member, x, now);
    case liveness::suspect: return suspect(x.subject, *member, x, times, now);
    case liveness::dead:
      if (member->state == liveness::dead)
        return is_same ? merge_outcome::old : bury(*member, x.incarnation, now.now);
      if (member->state == liveness::suspect && is_same) {
        member->doubt->conclude();
        return merge_outcome::old;
      }
      return suspect(x.subject, *member, x, times, now);
  }
  return merge_outcome::old;
}

merge_outcome member_list::revive(swim_member& x, const rumour& word, const swim_time& now) {
  auto is_first = x.incarnation == 0 && x.state == liveness::alive;
  x.incarnation = word.incarnation;
  if (x.state == liveness::suspect)
    std::erase(suspects_, word.subject);
  enter(x, liveness::alive, now.now);
  x.doubt.reset();
  x.accuser = {};
  return is_first ? merge_outcome::known : merge_outcome::changed;
}

/// Of the same incarnation it may confirm a suspicion; nobody is less than dead again without having said so.
merge_outcome member_list::suspect(node_id id, swim_member& x, const rumour& word, const suspicion_times& times,
                                   const swim_time& now) {
  if (word.incarnation == x.incarnation && x.state == liveness::dead)
    return merge_outcome::old;
  if (word.incarnation == x.incarnation && x.state == liveness::suspect)
    return x.doubt->confirm(word.accuser) ? merge_outcome::changed : merge_outcome::old;
  if (x.state != liveness::suspect)
    suspects_.push_back(id);
  x.incarnation = word.incarnation;
  x.accuser = word.accuser;
  x.doubt.emplace(now.lived, word.accuser, times);
  if (word.state == liveness::dead)
    x.doubt->conclude();
  enter(x, liveness::suspect, now.now);
  return merge_outcome::changed;
}

merge_outcome member_list::bury(swim_member& x, std::uint64_t incarnation, instant now) {
  x.incarnation = incarnation;
  x.doubt.reset();
  enter(x, liveness::dead, now);
  return merge_outcome::changed;
}

void member_list::enter(swim_member& x, liveness state, instant now) {
  ++version_;
  if (x.state != state)
    x.since = now;
  x.state = state;
}

std::vector<rumour> member_list::expire(const swim_time& now) {
  std::vector<rumour> result;
  std::erase_if(suspects_, [&](node_id id) {
    auto& x = members_.at(id);
    if (x.doubt->deadline() > now.lived)
      return false;
    bury(x, x.incarnation, now.now);
    result.push_back(belief(id));
    return true;
  });
  return result;
}

rumour member_list::belief(node_id id) const {
  const auto& x = members_.at(id);
  return {id, x.state, x.incarnation, x.state == liveness::alive ? node_id{} : x.accuser};
}

// -- whom to ping -----------------------------------------------------------------------------------------------------

node_id member_list::next_in_round(node_id spared, swim_random& random) {
  for (std::size_t i = 0; i < 3; ++i) { // the spared one may come last, and first the next time around
    if (next_ >= round_.size()) {
      random.shuffle(round_);
      next_ = 0;
    }
    if (!round_.empty() && round_[next_++] != spared)
      return round_[next_ - 1];
  }
  return {};
}

node_id member_list::watched() const noexcept {
  auto is_alive = [](const auto& x) { return x.second.state == liveness::alive; };
  auto above = members_.upper_bound(self_);
  auto found = std::find_if(above, members_.end(), is_alive);
  if (found != members_.end())
    return found->first;
  found = std::find_if(members_.begin(), above, is_alive);
  return found != above ? found->first : node_id{};
}

node_id member_list::next_accused() {
  for (std::size_t i = 0; i < suspects_.size(); ++i) {
    auto id = suspects_[++next_accused_ % suspects_.size()];
    if (members_.at(id).doubt->is_accuser(self_))
      return id;
  }
  return {};
}

// -- looking at it ----------------------------------------------------------------------------------------------------

liveness_view member_list::view() const {
  liveness_view result;
  result.version = version_;
  result.nodes.reserve(members_.size());
  for (const auto& [id, x] : members_)
    result.nodes.push_back({id, x.state, x.incarnation, x.since});
  return result;
}

} // namespace kommander
