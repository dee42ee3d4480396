#include "tests/coordinator/model_roster.hpp"

#include <algorithm>

#include "actors/coordinator/placement_steps.hpp"
#include "tests/coordinator/map_checker.hpp"
#include "tests/coordinator/rosters.hpp"

namespace kommander::test {

namespace {

constexpr auto step_time = std::chrono::milliseconds{10};
constexpr std::uint64_t answer_steps = 100; ///< Whoever has no answer by then is told that there is none.
constexpr std::uint64_t late_steps = 600;
constexpr std::uint64_t rest_steps = 20'000;
constexpr std::uint64_t close_enough = 10;
constexpr std::size_t partitions_wanted = 5;
constexpr partition_id system_partition{0};

template <class Container, class Value>
bool holds(const Container& all, const Value& x) {
  return std::ranges::find(all, x) != all.end();
}

} // namespace

model_roster::model_roster(std::uint64_t seed) : random_{seed, 23} {
  loss_ = random_.chance(0.3) ? 0 : random_.uniform(0, 0.1);
  doubling_ = random_.chance(0.3) ? 0 : random_.uniform(0, 0.1);
  lateness_ = random_.chance(0.3) ? 0 : random_.uniform(0, 0.2);
  unrest_ = random_.chance(0.2) ? 0 : random_.log_uniform(0.0005, 0.02);
  crashes_ = random_.chance(0.2) ? 0 : random_.log_uniform(0.0001, 0.002);
  options_.requests_max = random_.log_between(1, 64);
  options_.stable_window = std::chrono::milliseconds{random_.between(0, 1000)};
  options_.eviction_grace = std::chrono::milliseconds{random_.chance(0.1) ? 0 : random_.between(500, 3000)};
  options_.probe_timeout = options_.eviction_grace / 4;
  placement_.requests_max = random_.log_between(1, 32);
  placement_.moves_max = random_.between(1, 4);
  placement_.interval = std::chrono::milliseconds{random_.between(200, 2000)};
  placement_.balance = random_.chance(0.8);
  for (std::uint64_t i = 1; i <= nodes_max; ++i)
    start(node_id{i});
  groups_[system_partition].now.voters = {};
  auto factor = random_.chance(0.5) ? 0 : static_cast<std::uint32_t>(random_.between(1, 4));
  apply(map_initialize{random_.between(1, 4), first_members(random_.between(1, 4)), factor});
  groups_[system_partition].now.voters = state_.map().roster.in_role(member_role::voter);
}

roster_report model_roster::run(std::uint64_t steps) {
  while (now_ < steps && report_.wrong.empty())
    step();
  faulty_ = false;
  for (auto& [id, x] : nodes_)
    if (!x.core)
      start(id);
  while (!rests() && report_.wrong.empty() && now_ < steps + rest_steps)
    step();
  if (!rests())
    fail("it does not come to rest: " + text_of(state_.map().roster) + groups_as_text());
  return report_;
}

/// Of each partition how it is placed, and how its group is.
std::string model_roster::groups_as_text() const {
  auto text_of_ids = [](const std::vector<node_id>& all) {
    std::string result;
    for (auto id : all)
      result += " " + to_string(id);
    return result;
  };
  std::string result;
  for (const auto& [id, x] : groups_) {
    result += "; partition " + to_string(id);
    if (const auto* known = state_.map().find(id); known != nullptr && known->where.is_placed())
      result += " " + std::string{to_string(known->where.phase)} + text_of_ids(known->where.replicas) + " (was"
                + text_of_ids(known->where.former) + ")";
    result += ": votes" + text_of_ids(x.now.voters) + ", learns" + text_of_ids(x.now.learners) + ", leads "
              + to_string(x.leader) + (x.next ? ", changes" : "");
  }
  return result;
}

void model_roster::fail(const std::string& why) {
  if (report_.wrong.empty())
    report_.wrong = "step " + std::to_string(now_) + ": " + why;
}

// -- time and messages ----------------------------------------------------------------------------------------------

void model_roster::at(std::uint64_t step, std::function<void()> what) {
  events_.emplace(std::max(step, now_ + 1), std::move(what));
}

std::uint64_t model_roster::draw_delay() {
  return random_.between(1, faulty_ && random_.chance(lateness_) ? late_steps : 5);
}

void model_roster::later(const std::function<void()>& what) {
  for (auto copies = faulty_ && random_.chance(doubling_) ? 2 : 1; copies > 0; --copies)
    if (!faulty_ || !random_.chance(loss_))
      at(now_ + draw_delay(), what);
}

void model_roster::step() {
  ++now_;
  while (!events_.empty() && events_.begin()->first <= now_) {
    auto what = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    what();
  }
  for (auto& [id, x] : groups_)
    step_group(id, x);
  tell_leadership();
  if (faulty_)
    step_users();
  for (auto& [id, x] : nodes_)
    step_node(id);
  check();
}

// -- nodes ----------------------------------------------------------------------------------------------------------

bool model_roster::is_up(node_id id) const {
  return nodes_.at(id).core != nullptr;
}

void model_roster::start(node_id id) {
  auto& x = nodes_[id];
  auto options = options_;
  options.self = id;
  x.core = std::make_unique<membership_core>(options);
  x.core->tick(step_time * static_cast<std::int64_t>(now_));
  auto places = placement_;
  places.self = id;
  x.places = std::make_unique<placement_core>(places);
  x.places->tick(step_time * static_cast<std::int64_t>(now_));
  ++x.life;
  if (told_leader_ == id) { // in its last life
    told_leader_ = {};
    told_term_ = 0;
  }
  x.beliefs.clear();
  x.seen = random_.below(x.seen + 1); // its disk may be behind
  if (x.seen > 0)
    show(x, x.seen - 1);
}

void model_roster::show(model_node& x, std::size_t map) {
  x.core->map(history_[map]);
  x.places->map(history_[map]);
}

void model_roster::crash(node_id id) {
  nodes_[id].core.reset();
  nodes_[id].places.reset();
  ++report_.counts["crashes"];
  at(now_ + random_.log_between(10, 1000), [=, this] {
    if (!is_up(id))
      start(id);
  });
}

void model_roster::step_node(node_id id) {
  auto& x = nodes_[id];
  if (!x.core)
    return;
  if (x.seen < history_.size() && random_.chance(0.3))
    show(x, x.seen++);
  if (random_.chance(0.1))
    look_around(id, x);
  x.core->tick(step_time * static_cast<std::int64_t>(now_));
  x.places->tick(step_time * static_cast<std::int64_t>(now_));
  for (const auto& request : x.core->take_requests())
    send(id, request);
  for (const auto& request : x.places->take_requests())
    send(id, request);
  if (x.core->requests_under_way() > options_.requests_max)
    fail("more requests are under way than there may be");
  if (faulty_ && random_.chance(crashes_))
    crash(id);
}

/// It believes what is true, but for a few.
void model_roster::look_around(node_id id, model_node& x) {
  auto view = std::make_shared<liveness_view>();
  for (const auto& member : state_.map().roster.members) {
    if (member.id == id)
      continue;
    auto& belief = x.beliefs[member.id];
    auto is_mistaken = faulty_ && random_.chance(0.02);
    auto state = is_mistaken        ? static_cast<liveness>(random_.below(3))
                 : is_up(member.id) ? liveness::alive
                                    : liveness::dead;
    if (!belief.node || state != belief.state)
      belief = {member.id, state, 0, step_time * static_cast<std::int64_t>(now_)};
    view->nodes.push_back(belief);
  }
  x.core->believes(view);
  x.places->believes(view);
}

/// Whoever leads partition 0 hears of it late, and later still that it leads no more.
void model_roster::tell_leadership() {
  auto leader = groups_[system_partition].leader;
  if (told_leader_ && (told_leader_ != leader || told_term_ != term_))
    tell(std::exchange(told_leader_, {}), std::nullopt);
  if (leader && told_term_ != term_) {
    told_leader_ = leader;
    told_term_ = term_;
    tell(leader, raft_term{term_});
  }
}

void model_roster::tell(node_id id, std::optional<raft_term> term) {
  auto& x = nodes_[id];
  x.news_from = std::max(x.news_from, now_ + draw_delay());
  at(x.news_from, [this, id, term, life = x.life, known = history_.size()] {
    auto& y = nodes_[id];
    if (!y.core || y.life != life)
      return;
    for (; term && y.seen < known; ++y.seen) // it has applied all that was there when it began to lead
      show(y, y.seen);
    y.core->leads(term);
    y.places->leads(term);
    report_.counts["leaders"] += term ? 1 : 0;
  });
}

void model_roster::send(node_id from, const membership_request& x) {
  caller me{from, nodes_[from].life, x.number, false};
  if (const auto* group = std::get_if<group_request>(&x.what))
    if (group->has_goal && (group->voters.empty() || group->voters.size() > members_max))
      fail("a group is asked for nobody");
  if (x.of)
    later([=, this] { // whoever runs answers
      if (auto asked = nodes_.find(x.of); asked != nodes_.end() && asked->second.core)
        answer(me, load_report{status::success, x.of, {}, false, {}});
    });
  else
    later([=, this] { arrive(me, x.what); });
  at(now_ + answer_steps, [=, this] {
    auto& node = nodes_[from];
    if (!node.core || node.life != me.life)
      return;
    if (std::holds_alternative<group_request>(x.what))
      node.core->answered(x.number, group_report{status::proposal_timeout, {}, "", false, {}, {}, {}});
    else if (std::holds_alternative<load_request>(x.what))
      node.core->answered(x.number, load_report{status::proposal_timeout, {}, "", false, {}});
    else
      node.core->answered(x.number, control_result{status::proposal_timeout, {}, {}, ""});
  });
}

void model_roster::send(node_id from, const placement_request& x) {
  caller me{from, nodes_[from].life, x.number, true};
  later([=, this] { arrive(me, x.what); });
  at(now_ + answer_steps, [=, this] {
    auto& node = nodes_[from];
    if (!node.core || node.life != me.life)
      return;
    if (std::holds_alternative<group_request>(x.what))
      node.places->answered(x.number, group_report{status::proposal_timeout, {}, "", false, {}, {}, {}});
    else
      node.places->answered(x.number, control_result{status::proposal_timeout, {}, {}, ""});
  });
}

void model_roster::arrive(const caller& from, const node_request& x) {
  if (const auto* request = std::get_if<group_request>(&x)) {
    ask(from, *request);
    return;
  }
  auto command = decode_map_command(std::get<control_proposal>(x).payload);
  const auto* step = command ? std::get_if<member_change>(&*command) : nullptr;
  const auto* place = command ? std::get_if<map_place>(&*command) : nullptr;
  if ((from.places ? static_cast<const void*>(place) : step) == nullptr) {
    fail("what is proposed is no step of a member, or of replicas");
    return;
  }
  if (!groups_[system_partition].leader) {
    answer(from, control_result{status::node_is_not_leader, {}, {}, "nobody leads"});
    return;
  }
  auto outcome = apply(*command);
  if (outcome.changed && step != nullptr)
    applied(*step);
  if (outcome.changed && place != nullptr)
    applied(*place);
  answer(from, control_result{outcome.code, log_index{index_}, {}, outcome.reason});
}

template <class Answer>
void model_roster::answer(const caller& to, const Answer& x) {
  later([=, this] {
    auto& node = nodes_[to.node];
    if (!node.core || node.life != to.life)
      return;
    if constexpr (!std::is_same_v<Answer, load_report>)
      if (to.places)
        return node.places->answered(to.number, x);
    node.core->answered(to.number, x);
  });
}

// -- logs -----------------------------------------------------------------------------------------------------------

map_outcome model_roster::apply(const map_command& x) {
  auto outcome = state_.apply(log_index{++index_}, x);
  if (!outcome.changed)
    return outcome;
  if (auto wrong = checker_.follow(state_.map()); !wrong.empty())
    fail(wrong);
  history_.push_back(std::make_shared<const partition_map>(state_.map()));
  for (const auto& y : state_.map().partitions) {
    if (y.state == partition_state::removed)
      groups_.erase(y.id);
    else if (!groups_.contains(y.id))
      groups_[y.id] = {{y.born_voters, {}}, {}, 0, {}, {}, {}, {}, now_, {}, {}};
  }
  return outcome;
}

/// Of what a leader has decided.
void model_roster::applied(const member_change& x) {
  constexpr const char* names[] = {"joined", "promoted", "evicted", "stayed", "removed"};
  ++report_.counts[names[static_cast<int>(x.what)]];
  if (x.what == member_step::leave && !x.evicted)
    fail("a leader wants another node to leave");
  if (x.what != member_step::promote)
    return;
  for (const auto& [id, y] : groups_) {
    if (const auto* p = state_.map().find(id); p != nullptr && p->where.is_placed())
      continue;
    auto found = y.close_at.find(x.node);
    auto lately = now_ - std::min(now_, late_steps + 2 * answer_steps);
    auto was_close = y.leader == x.node || (found != y.close_at.end() && found->second >= lately);
    if (!was_close && y.created < lately) // a leader may not have known of a newer one
      fail("node " + to_string(x.node) + " is promoted, and has not caught up in partition " + to_string(id));
  }
}

void model_roster::applied(const map_place& x) {
  ++report_.counts[std::string{to_string(x.to)}];
  const auto& where = state_.map().find(x.partition)->where;
  const auto& y = groups_.at(x.partition);
  if (x.to == placement_phase::settled && (y.next || y.now != config{where.replicas, {}}))
    fail("partition " + to_string(x.partition) + " is settled, and its group is not as it should be");
  if (x.to != placement_phase::switching)
    return;
  for (auto node : where.replicas) {
    auto found = y.close_at.find(node);
    auto lately = now_ - std::min(now_, late_steps + 2 * answer_steps);
    if (!holds(where.former, node) && y.leader != node && (found == y.close_at.end() || found->second < lately))
      fail("node " + to_string(node) + " is to vote in partition " + to_string(x.partition)
           + ", and has not caught up");
  }
}

void model_roster::ask(const caller& from, const group_request& x) {
  auto found = groups_.find(x.partition);
  auto refuse = [&](status code) { answer(from, group_report{code, {}, "", false, {}, {}, {}}); };
  if (found == groups_.end())
    return refuse(status::unknown_partition);
  auto& y = found->second;
  if (!y.leader)
    return refuse(status::node_is_not_leader);
  if (!x.has_goal)
    return answer(from, report_of(y));
  if (x.placed < y.followed_placement || (!x.placed && x.version < y.followed)) {
    ++report_.counts["late goals"];
    return refuse(status::stale_membership);
  }
  y.followed = std::max(y.followed, x.version);
  y.followed_placement = x.placed;
  config goal{x.voters, x.learners};
  if (y.next && *y.next != goal)
    return refuse(status::active_proposal);
  if (!y.next && y.now == goal)
    return answer(from, report_of(y));
  if (!y.next) {
    y.next = goal;
    y.next_from = now_ + random_.between(1, 20);
  }
  y.waiting.push_back(from);
}

bool model_roster::has_quorum(const config& x) const {
  auto up = std::ranges::count_if(x.voters, [this](node_id id) { return is_up(id); });
  return static_cast<std::size_t>(up) > x.voters.size() / 2;
}

bool model_roster::can_work(const model_group& x) const {
  return has_quorum(x.now) && (!x.next || has_quorum(*x.next));
}

void model_roster::step_group(partition_id id, model_group& x) {
  step_lags(x);
  auto votes = [&](node_id y) { return holds(x.now.voters, y) || (x.next && holds(x.next->voters, y)); };
  if (x.leader && (!is_up(x.leader) || !votes(x.leader) || !can_work(x) || (faulty_ && random_.chance(unrest_))))
    depose(x);
  if (!x.leader && can_work(x) && random_.chance(0.2)) {
    auto candidate = x.now.voters[random_.below(x.now.voters.size())];
    x.leader = is_up(candidate) ? candidate : node_id{};
    term_ += x.leader && id == system_partition ? 1 : 0;
  }
  if (x.leader && x.next && x.next_from <= now_)
    end_change(x);
}

void model_roster::step_lags(model_group& x) {
  auto is_member = [&](node_id id) {
    auto holds_it = [&](const config& y) { return holds(y.voters, id) || holds(y.learners, id); };
    return holds_it(x.now) || (x.next && holds_it(*x.next));
  };
  for (auto& [id, node] : nodes_) {
    if (!is_member(id)) {
      x.lag.erase(id);
      continue;
    }
    auto& lag = x.lag.try_emplace(id, random_.between(0, 300)).first->second;
    if (node.core)
      lag -= std::min(lag, random_.below(4));
    if (faulty_ && random_.chance(node.core ? 0.001 : 0.05))
      lag += 30;
    if (node.core && lag <= close_enough)
      x.close_at[id] = now_;
  }
}

void model_roster::end_change(model_group& x) {
  x.now = *std::exchange(x.next, std::nullopt);
  for (const auto& y : std::exchange(x.waiting, {}))
    answer(y, report_of(x));
  if (!holds(x.now.voters, x.leader))
    depose(x);
}

/// What has not been committed may go on with the next leader, or never have been.
void model_roster::depose(model_group& x) {
  x.leader = {};
  for (const auto& y : std::exchange(x.waiting, {}))
    answer(y, group_report{status::proposal_timeout, {}, "", false, {}, {}, {}});
  if (random_.chance(0.5))
    x.next.reset();
}

group_report model_roster::report_of(const model_group& x) const {
  group_report result{status::success, x.leader, "", !x.next, x.now.voters, x.now.learners, {}};
  for (const auto* members : {&x.now.voters, &x.now.learners})
    for (auto id : *members)
      if (id != x.leader) {
        auto lag = x.lag.find(id);
        result.peers.push_back({id, lag != x.lag.end() ? lag->second : 0, is_up(id) && lag != x.lag.end()});
      }
  std::ranges::sort(result.peers, {}, &group_peer::node);
  return result;
}

// -- users ----------------------------------------------------------------------------------------------------------

void model_roster::step_users() {
  if (!groups_[system_partition].leader || !random_.chance(0.02))
    return;
  if (random_.chance(0.15)) {
    draw_replication();
  } else if (random_.chance(0.8)) {
    draw_member_change();
  } else if (groups_.size() <= partitions_wanted) {
    apply(map_create{});
  } else {
    map_begin x;
    x.kind = operation_kind::remove;
    x.source = std::next(groups_.begin(), static_cast<std::ptrdiff_t>(random_.between(1, groups_.size() - 1)))->first;
    x.leaves_hole = true;
    auto id = apply(x).operation;
    apply(map_advance{id, operation_phase::fencing, operation_phase::copying, {}});
    apply(map_advance{id, operation_phase::copying, operation_phase::committed, {}});
    apply(map_advance{id, operation_phase::committed, operation_phase::done, {}});
  }
}

void model_roster::draw_member_change() {
  auto id = random_.between(1, nodes_max);
  auto what = random_.chance(0.6) ? member_step::join : random_.chance(0.7) ? member_step::leave : member_step::stay;
  auto x = step_of(what, id);
  x.address = address_of(random_.chance(0.8) ? id : id + 100); // it may have moved,
  x.disk = disk_of(random_.chance(0.9) ? id : id + 100);       // or have lost its disk
  if (!is_up(node_id{id}) || !apply(x).changed)
    return;
  constexpr const char* names[] = {"joins", "", "leaves", "stays"};
  ++report_.counts[names[static_cast<int>(what)]];
}

void model_roster::draw_replication() {
  map_replication x;
  x.factor = static_cast<std::uint32_t>(random_.between(0, 4));
  if (random_.chance(0.6) && groups_.size() > 1)
    x.partition =
      std::next(groups_.begin(), static_cast<std::ptrdiff_t>(random_.between(1, groups_.size() - 1)))->first;
  report_.counts["factors"] += apply(x).changed ? 1 : 0;
}

// -- checks ---------------------------------------------------------------------------------------------------------

void model_roster::check() {
  for (const auto& [id, x] : groups_) {
    const auto* known = state_.map().find(id);
    auto is_placed = known != nullptr && known->where.is_placed();
    for (const auto* members : {&x.now.voters, &x.now.learners})
      for (auto node : *members) // a learner that was given up learns until the group hears of it
        if (state_.map().roster.find(node) == nullptr && (!is_placed || members == &x.now.voters))
          fail("node " + to_string(node) + " is a member of partition " + to_string(id) + ", and not of the cluster");
    if (x.now.voters.empty())
      fail("nobody votes in partition " + to_string(id));
    for (const auto* members : {&x.now, x.next ? &*x.next : &x.now})
      for (auto node : members->voters)
        if (known != nullptr && !known->where.hosts(node))
          fail("node " + to_string(node) + " votes in partition " + to_string(id) + ", and may have forgotten it");
  }
}

bool model_roster::rests() const {
  const auto& roster = state_.map().roster;
  config goal{roster.in_role(member_role::voter), {}};
  auto is_busy = [](const auto& x) { return x.second.core && x.second.core->is_busy(); };
  auto is_reached = [&](const auto& x) {
    const auto* known = state_.map().find(x.first);
    auto is_placed = known != nullptr && known->where.is_placed();
    auto wanted = known != nullptr ? replicas_wanted(state_.map(), known->where, goal.voters.size()) : 0;
    if (x.second.next || is_placed != (wanted > 0))
      return false;
    return is_placed ? known->where.phase == placement_phase::settled && known->where.replicas.size() == wanted
                         && x.second.now == config{known->where.replicas, {}}
                     : x.second.now == goal;
  };
  return goal.voters.size() == roster.members.size() && events_.empty() && std::ranges::none_of(nodes_, is_busy)
         && std::ranges::all_of(groups_, is_reached);
}

} // namespace kommander::test
