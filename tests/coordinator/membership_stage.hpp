/// A membership core, the roster that it drives, groups that are asked by hand or do as they are told, and its requests as
/// text.
#pragma once

#include "tests/coordinator/map_story.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/coordinator/membership_core.hpp"

namespace kommander::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline std::string text_of(const std::vector<node_id>& all) {
  std::string result;
  for (auto x : all)
    result += (result.empty() ? "" : " ") + to_string(x);
  return result;
}

inline std::string describe(const member_change& x) {
  constexpr const char* names[] = {"join ", "promote ", "leave ", "stay ", "remove "};
  return (x.evicted ? "evict " : names[static_cast<int>(x.what)]) + to_string(x.node);
}

/// "look 0", "0: 1 2 3 + 4" (voters and learners), "promote 4"
inline std::string describe(const node_request& x) {
  if (const auto* proposal = std::get_if<control_proposal>(&x)) {
    auto command = decode_map_command(proposal->payload);
    const auto* change = command && !proposal->partition ? std::get_if<member_change>(&*command) : nullptr;
    return change != nullptr ? describe(*change) : "nonsense";
  }
  if (std::holds_alternative<load_request>(x))
    return "probe";
  const auto& group = std::get<group_request>(x);
  if (!group.has_goal)
    return "look " + to_string(group.partition);
  return to_string(group.partition) + ": " + text_of(group.voters)
         + (group.learners.empty() ? "" : " + " + text_of(group.learners));
}

class membership_stage {
public:
  static constexpr std::uint64_t self = 1;

  explicit membership_stage(std::uint64_t partitions, std::uint64_t members = 3, membership_options options = {})
    : story{partitions, members},
      core{with_self(options)} {
    core.tick(seconds{1000});
    now = seconds{1000};
    for (std::uint64_t i = 0; i <= partitions; ++i)
      groups[partition_id{i}] = {story.state.map().roster.in_role(member_role::voter), {}};
  }

  /// The node sees the map as it is.
  void show() {
    core.map(std::make_shared<const partition_map>(story.state.map()));
  }

  /// A step that somebody else has taken, and the node sees.
  void commit(const map_command& x) {
    story.commit(x);
    show();
  }

  /// It leads and knows the map.
  void lead(std::uint64_t term = 1) {
    show();
    core.leads(raft_term{term});
  }

  void pass(instant time) {
    now += time;
    core.tick(now);
  }

  /// Everybody that is named is in that state from now on; the others are as they were, alive at first.
  void believe(std::uint64_t id, liveness state) {
    auto& x = believed[node_id{id}];
    x.node = node_id{id};
    if (x.state != state)
      x.since = now;
    x.state = state;
    show_liveness();
  }

  void show_liveness() {
    auto view = std::make_shared<liveness_view>();
    for (const auto& x : story.state.map().roster.members)
      if (x.id != node_id{self}) {
        auto known = believed.find(x.id);
        view->nodes.push_back(known != believed.end() ? known->second : node_liveness{x.id, liveness::alive, 0, {}});
      }
    core.believes(view);
  }

  /// New requests, one after the other with commas. They are remembered for answers. Last questions to who is to be evicted
  /// are among them with `shows_probes` only; otherwise nobody answers them.
  std::string asked() {
    std::string result;
    auto all = core.take_requests();
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto x = all[i];
      if (!shows_probes && std::holds_alternative<load_request>(x.what)) {
        core.answered(x.number, load_report{status::proposal_timeout, {}, "r", false, {}});
        for (auto& more : core.take_requests())
          all.push_back(std::move(more));
        continue;
      }
      result += (result.empty() ? "" : ", ") + describe(x.what);
      open.push_back(std::move(x));
      ++sent;
    }
    return result;
  }

  /// The oldest open request whose text begins like this.
  membership_request take(const std::string& begin) {
    auto found = std::ranges::find_if(open, [&](const auto& x) { return describe(x.what).starts_with(begin); });
    CAF_REQUIRE(found != open.end());
    auto result = std::move(*found);
    open.erase(found);
    return result;
  }

  void refuse(const std::string& begin, status code = status::node_is_not_leader) {
    auto x = take(begin);
    if (std::holds_alternative<control_proposal>(x.what))
      core.answered(x.number, control_result{code, {}, {}, "r"});
    else
      core.answered(x.number, group_report{code, {}, "r", false, {}, {}, {}});
  }

  /// It is done: a group becomes as it is told, the roster changes.
  void grant(const std::string& begin) {
    grant(take(begin));
  }

  /// All that is asked is done, until nothing more is; what was asked, one after the other with commas.
  std::string grant_all() {
    auto result = asked();
    while (!open.empty()) {
      auto x = std::move(open.front());
      open.erase(open.begin());
      grant(x);
      auto more = asked();
      result += (result.empty() || more.empty() ? "" : ", ") + more;
    }
    return result;
  }

  /// Time passes in steps, and all that is asked is done: what was asked of the roster, one after the other with commas.
  std::string run(instant time, instant step = milliseconds{50}) {
    std::string result;
    for (auto end = now + time; now < end;) {
      pass(step);
      for (asked(); !open.empty(); asked()) {
        auto x = std::move(open.front());
        open.erase(open.begin());
        if (std::holds_alternative<control_proposal>(x.what))
          result += (result.empty() ? "" : ", ") + describe(x.what);
        grant(x);
      }
    }
    return result;
  }

  std::string roster() const {
    return text_of(story.state.map().roster);
  }

  struct group {
    std::vector<node_id> voters;
    std::vector<node_id> learners;
  };

  map_story story;
  membership_core core;
  std::vector<membership_request> open;
  std::map<partition_id, group> groups;
  std::map<std::pair<node_id, partition_id>, std::uint64_t> lag; ///< Of who is not here: none.
  std::set<std::pair<node_id, partition_id>> unknown;            ///< Of whom the leader has not heard.
  std::map<node_id, node_liveness> believed;
  instant now{0};
  std::size_t sent = 0; ///< Requests.
  bool shows_probes = false;

private:
  static membership_options with_self(membership_options x) {
    x.self = node_id{self};
    return x;
  }

  void grant(const membership_request& x) {
    if (const auto* proposal = std::get_if<control_proposal>(&x.what)) {
      auto outcome = story.commit(*decode_map_command(proposal->payload));
      core.answered(x.number, control_result{outcome.code, log_index{story.index}, {}, outcome.reason});
      show();
      return;
    }
    const auto& request = std::get<group_request>(x.what);
    auto& y = groups[request.partition];
    if (request.has_goal)
      y = {request.voters, request.learners};
    core.answered(x.number, report_of(request.partition, y));
  }

  group_report report_of(partition_id id, const group& x) const {
    group_report result{status::success, x.voters.front(), {}, true, x.voters, x.learners, {}};
    for (const auto* members : {&x.voters, &x.learners})
      for (auto member : *members)
        if (member != result.leader)
          result.peers.push_back(
            {member, lag.contains({member, id}) ? lag.at({member, id}) : 0, !unknown.contains({member, id})});
    std::ranges::sort(result.peers, {}, &group_peer::node);
    return result;
  }
};

} // namespace kommander::test
