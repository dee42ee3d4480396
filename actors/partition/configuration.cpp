#include "actors/partition/configuration.hpp"

#include <algorithm>
#include <iterator>

#include "kommander/encoding.hpp"

namespace kommander {

namespace {

constexpr std::uint8_t payload_version = 1;

using node_list = std::vector<node_id>;

/// Ascending, without zero and repetition, and not too long.
bool is_proper(const node_list& xs) {
  auto is_not_above = [](node_id x, node_id y) { return !(x < y); };
  return xs.size() <= configuration_nodes_max && (xs.empty() || xs.front())
         && std::adjacent_find(xs.begin(), xs.end(), is_not_above) == xs.end();
}

bool have_common_node(const node_list& xs, const node_list& ys) {
  node_list common;
  std::set_intersection(xs.begin(), xs.end(), ys.begin(), ys.end(), std::back_inserter(common));
  return !common.empty();
}

std::size_t count_differences(const node_list& xs, const node_list& ys) {
  node_list differing;
  std::set_symmetric_difference(xs.begin(), xs.end(), ys.begin(), ys.end(), std::back_inserter(differing));
  return differing.size();
}

bool is_valid(const group_configuration& x) {
  return !x.voters.empty() && is_proper(x.voters) && is_proper(x.learners) && is_proper(x.old_voters)
         && !have_common_node(x.voters, x.learners);
}

void put(byte_writer& out, const node_list& xs) {
  out.put_varint(xs.size());
  for (auto x : xs)
    out.put(x);
}

node_list get_list(byte_reader& in) {
  auto count = in.get_varint();
  if (count > configuration_nodes_max)
    in.fail();
  node_list xs;
  for (; in.ok() && count > 0; --count)
    xs.push_back(node_id{in.get_varint()});
  return xs;
}

} // namespace

configuration_step first_step(const group_configuration& now, node_list voters, node_list learners) {
  if (now.is_joint())
    return {status::concurrent_membership_change, now};
  if (voters.empty())
    return {status::insufficient_voters, now};
  std::sort(voters.begin(), voters.end());
  std::sort(learners.begin(), learners.end());
  group_configuration next{std::move(voters), std::move(learners), {}};
  if (!is_valid(next))
    return {status::invalid_argument, now};
  // One voter more or less: every two majorities of both meet (thesis, section 4.1). Else both are asked (section 4.3).
  if (count_differences(now.voters, next.voters) > 1)
    next.old_voters = now.voters;
  return {status::success, std::move(next)};
}

group_configuration final_step(const group_configuration& joint) {
  return {joint.voters, joint.learners, {}};
}

// -- encoding -----------------------------------------------------------------------------------------------------

bytes encode(const group_configuration& x) {
  std::string text;
  byte_writer out{text};
  out.put_byte(payload_version);
  put(out, x.voters);
  put(out, x.learners);
  put(out, x.old_voters);
  return bytes{std::move(text)};
}

std::optional<group_configuration> decode_configuration(const bytes& payload) {
  byte_reader in{payload};
  if (in.get_byte() != payload_version)
    return std::nullopt;
  group_configuration x;
  x.voters = get_list(in);
  x.learners = get_list(in);
  x.old_voters = get_list(in);
  if (!in.complete() || !is_valid(x))
    return std::nullopt;
  return x;
}

// -- by index -----------------------------------------------------------------------------------------------------

configuration_history::configuration_history(group_configuration initial, const std::vector<entry>& found) {
  items_.push_back({log_index{}, std::move(initial)});
  for (const auto& x : found)
    ok_ = append(x) && ok_;
}

const group_configuration& configuration_history::at(log_index index) const noexcept {
  auto holds = [index](const item& x) { return x.index <= index; };
  return std::find_if(items_.rbegin(), items_.rend(), holds)->group; // the first one begins at zero
}

log_index configuration_history::index_at(log_index index) const noexcept {
  auto holds = [index](const item& x) { return x.index <= index; };
  return std::find_if(items_.rbegin(), items_.rend(), holds)->index;
}

std::vector<node_id> configuration_history::members_from(log_index index) const {
  auto all = at(index).members();
  for (const auto& x : items_) {
    if (x.index > index) {
      auto more = x.group.members();
      all.insert(all.end(), more.begin(), more.end());
    }
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool configuration_history::has_member_from(log_index index, node_id x) const noexcept {
  auto from = index_at(index);
  auto names = [&](const item& i) { return i.index >= from && i.group.is_member(x); };
  return std::any_of(items_.begin(), items_.end(), names);
}

std::vector<node_id> configuration_history::voters_ever() const {
  auto all = remembered_;
  for (const auto& x : items_) {
    all.insert(all.end(), x.group.voters.begin(), x.group.voters.end());
    all.insert(all.end(), x.group.old_voters.begin(), x.group.old_voters.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool configuration_history::append(const entry& x) {
  auto group = decode_configuration(x.payload);
  if (group)
    items_.push_back({x.index, std::move(*group)});
  return group.has_value();
}

void configuration_history::truncate_from(log_index index) {
  while (items_.back().index >= index && items_.size() > 1)
    items_.pop_back();
}

void configuration_history::reset(log_index index, const group_configuration& group) {
  items_.resize(1, items_.front());
  if (index)
    items_.push_back({index, group});
}

} // namespace kommander
