#include "actors/coordinator/membership_core.hpp"

#include <algorithm>

#include "actors/coordinator/eviction.hpp"
#include "actors/coordinator/node_lists.hpp"

namespace kommander {

namespace {

constexpr partition_id system_partition{0};

/// Who did not answer is evicted within this time, or asked again.
constexpr instant silence_counts_for = std::chrono::seconds{10};

} // namespace

membership_core::membership_core(const membership_options& options) : options_{options} {
  // nop
}

// -- what happens ---------------------------------------------------------------------------------------------------

void membership_core::map(std::shared_ptr<const partition_map> x) {
  if (!x || (map_ && x->version <= map_->version))
    return;
  map_ = std::move(x);
  follow_map();
  pump();
}

void membership_core::leads(std::optional<raft_term> term) {
  if (term == term_)
    return;
  forget();
  term_ = term;
  leads_since_ = now_;
  follow_map();
  pump();
}

void membership_core::believes(liveness_view_ptr x) {
  view_ = std::move(x);
  spare();
  pump();
}

void membership_core::tick(instant now) {
  now_ = std::max(now_, now);
  pump();
}

void membership_core::answered(std::uint64_t number, const group_report& x) {
  auto request = take(number);
  if (!request)
    return;
  if (request->what == asked::change)
    changed(status::errored); // the answer is none to a proposal
  else if (request->what == asked::probe)
    probed(status::errored);
  else
    reported(*request, x);
  pump();
}

void membership_core::answered(std::uint64_t number, const control_result& x) {
  auto request = take(number);
  if (!request)
    return;
  if (request->what == asked::change)
    changed(x.code);
  else if (request->what == asked::probe)
    probed(status::errored);
  else
    reported(*request, {}); // the answer is none to a question about a group
  pump();
}

void membership_core::answered(std::uint64_t number, const load_report& x) {
  auto request = take(number);
  if (!request)
    return;
  if (request->what == asked::probe)
    probed(x.code);
  else if (request->what == asked::change)
    changed(status::errored);
  else
    reported(*request, {});
  pump();
}

std::vector<membership_request> membership_core::take_requests() {
  std::erase_if(out_, [this](const auto& x) { return !requests_.contains(x.number); }); // dropped meanwhile
  return std::exchange(out_, {});
}

bool membership_core::is_busy() const noexcept {
  if (!drives())
    return false;
  if (unsettled_ > 0 || !learners_.empty() || !leaving_.empty() || !requests_.empty())
    return true;
  auto may_die = [this](const member_info& x) { return is_in_doubt(*view_, x.id); };
  return view_ && options_.eviction_grace > instant{0} && std::ranges::any_of(map_->roster.members, may_die);
}

std::vector<learner_progress> membership_core::progress() const {
  std::vector<learner_progress> result;
  for (const auto& [id, x] : learners_)
    result.push_back({id, x.close, groups_.size()});
  return result;
}

// -- what follows from the map --------------------------------------------------------------------------------------

bool membership_core::drives() const noexcept {
  return term_ && map_ && map_->roster.version;
}

void membership_core::forget() {
  goal_ = {};
  version_ = {};
  leaving_.clear();
  groups_.clear();
  due_.clear();
  unsettled_ = 0;
  others_may_go_ = false;
  system_is_last_ = false;
  system_as_is_.reset();
  learners_.clear();
  change_ = {};
  probe_ = {};
  answered_.clear();
  requests_.clear();
  out_.clear();
}

void membership_core::follow_map() {
  if (!drives())
    return;
  follow_partitions();
  follow_roster();
  for (auto& [id, x] : learners_) // there may be more groups now, or fewer
    judge(x);
  end_with_system();
}

/// A new partition has the voters that the roster had then; it is asked all the same.
void membership_core::follow_partitions() {
  auto add = [this](partition_id id) {
    auto [x, is_new] = groups_.try_emplace(id);
    if (!is_new)
      return;
    ++unsettled_;
    set_due(id, x->second, now_);
  };
  add(system_partition);
  for (const auto& x : map_->partitions) {
    if (x.state == partition_state::removed || x.where.is_placed())
      drop_group(x.id);
    else
      add(x.id);
  }
}

void membership_core::drop_group(partition_id id) {
  auto found = groups_.find(id);
  if (found == groups_.end())
    return;
  auto& x = found->second;
  while (!x.close.empty())
    note_close(x, x.close.begin()->first, false);
  settle(x);
  clear_due(id, x);
  requests_.erase(x.number);
  groups_.erase(found);
}

void membership_core::follow_roster() {
  const auto& roster = map_->roster;
  leaving_ = roster.in_role(member_role::leaving);
  auto is_new = roster.version != version_;
  version_ = roster.version;
  if (is_new) { // what was asked for has happened, or cannot happen any more
    requests_.erase(change_.number);
    change_ = {};
  }
  group_goal x{goal_.number + 1, roster.in_role(member_role::voter), roster.in_role(member_role::learner)};
  if (x.voters != goal_.voters || x.learners != goal_.learners)
    begin_goal(std::move(x));
  else if (is_new && !leaving_.empty())
    repeat_system();
}

/// Late goals of others who led are on the way to any roster in which somebody is leaving, and may have it in partition 0.
/// They are refused there when it has followed the very roster from which that member is removed.
void membership_core::repeat_system() {
  auto& system = groups_.at(system_partition);
  if (!system.is_settled)
    return;
  unsettle(system);
  if (system.number == 0)
    set_due(system_partition, system, now_);
}

/// Who is asked for the goal before is asked again when it has answered: one request a group at a time.
void membership_core::begin_goal(group_goal x) {
  std::erase_if(learners_, [&](const auto& y) { return !std::ranges::binary_search(x.learners, y.first); });
  for (auto id : x.learners)
    learners_.try_emplace(id);
  goal_ = std::move(x);
  others_may_go_ = false;
  system_is_last_ = false;
  system_as_is_.reset();
  for (auto& [id, y] : groups_) {
    std::erase_if(y.close, [this](const auto& z) { return !learners_.contains(z.first); });
    unsettle(y);
    y.failures = 0;
    if (y.number == 0)
      set_due(id, y, now_);
  }
}

// -- groups ---------------------------------------------------------------------------------------------------------

void membership_core::pump() {
  if (!drives() || goal_.voters.empty()) // without voters a group could do nothing any more
    return;
  pump_change();
  if (!others_may_go_) {
    auto& x = groups_.at(system_partition);
    if (x.due && *x.due <= now_ && has_room())
      ask(system_partition, x);
    return;
  }
  while (!due_.empty() && due_.begin()->first <= now_ && has_room()) {
    auto id = due_.begin()->second;
    ask(id, groups_.at(id));
  }
}

void membership_core::ask(partition_id id, group& x) {
  clear_due(id, x);
  auto what = asked::all;
  group_request request{id, true, goal_.voters, goal_.learners, version_};
  if (id == system_partition && !leaving_.empty() && !system_is_last_) {
    if (system_as_is_) {
      auto first = first_goal();
      what = asked::first;
      // On the way to the present roster: whoever has followed that does not take it any more, however late it comes.
      request.version = roster_version{version_.value() - 1};
      request.voters = std::move(first.voters);
      request.learners = std::move(first.learners);
    } else {
      what = asked::look;
      request = {id, false, {}, {}, {}};
    }
  }
  x.number = send({what, id, goal_.number, version_}, std::move(request));
}

/// With those who come, and still with those who leave.
membership_core::group_goal membership_core::first_goal() const {
  return {goal_.number, united(goal_.voters, common(leaving_, system_as_is_->voters)),
          united(goal_.learners, common(leaving_, system_as_is_->learners))};
}

void membership_core::reported(const pending& request, const group_report& x) {
  auto& asked_group = groups_.at(request.partition);
  asked_group.number = 0;
  if (request.goal != goal_.number) { // it was asked for something else
    set_due(request.partition, asked_group, now_);
    return;
  }
  auto is_like = [&](const group_goal& y) { return x.voters == y.voters && x.learners == y.learners; };
  auto is_as_asked = request.what == asked::look || is_like(request.what == asked::first ? first_goal() : goal_);
  if (x.code != status::success || !x.settled || !is_as_asked) {
    if (x.code == status::success && request.what == asked::all)
      unsettle(asked_group);
    // Another leader has brought partition 0 beyond that already, so there is nothing to hold back any more.
    system_is_last_ = system_is_last_ || (x.code == status::stale_membership && request.what == asked::first);
    failed(request.partition, asked_group);
    return;
  }
  asked_group.failures = 0;
  note_close(asked_group, x);
  if (!learners_.empty())
    set_due(request.partition, asked_group, now_ + poll_interval());
  if (request.what == asked::look) {
    system_as_is_ = {goal_.number, x.voters, x.learners};
    others_may_go_ = is_like(first_goal());
    if (!others_may_go_)
      set_due(system_partition, asked_group, now_);
  } else if (request.what == asked::first) {
    others_may_go_ = true;
  } else {
    others_may_go_ = true; // partition 0 goes first, so it was that one, or has answered before
    if (request.partition != system_partition || leaving_.empty() || request.version == version_)
      settle(asked_group);
    else
      set_due(system_partition, asked_group, now_); // see `repeat_system`
  }
  end_with_system();
}

void membership_core::settle(group& x) {
  unsettled_ -= x.is_settled ? 0 : 1;
  x.is_settled = true;
}

void membership_core::unsettle(group& x) {
  unsettled_ += x.is_settled ? 1 : 0;
  x.is_settled = false;
}

/// When all others are done, it is partition 0's turn to let go who leaves.
void membership_core::end_with_system() {
  auto& system = groups_.at(system_partition);
  if (unsettled_ != 1 || system.is_settled || !others_may_go_ || system_is_last_
      || std::ranges::any_of(leaving_, [this](node_id id) { return has_replicas(id); }))
    return;
  system_is_last_ = true;
  if (system.number == 0)
    set_due(system_partition, system, now_);
}

/// Nothing is known of its members until it answers again.
void membership_core::failed(partition_id id, group& x) {
  while (!x.close.empty())
    note_close(x, x.close.begin()->first, false);
  set_due(id, x, now_ + after(x.failures++));
}

void membership_core::set_due(partition_id id, group& x, instant when) {
  clear_due(id, x);
  x.due = when;
  due_.emplace(when, id);
}

void membership_core::clear_due(partition_id id, group& x) {
  if (x.due)
    due_.erase({*x.due, id});
  x.due.reset();
}

instant membership_core::poll_interval() const noexcept {
  auto rounds = static_cast<std::int64_t>(groups_.size() / options_.requests_max);
  return std::max(options_.poll_interval, options_.backoff_min * rounds);
}

// -- learners -------------------------------------------------------------------------------------------------------

void membership_core::note_close(group& x, const group_report& report) {
  for (auto& [id, y] : learners_) {
    auto peer = std::ranges::lower_bound(report.peers, id, {}, &group_peer::node);
    auto is_peer = peer != report.peers.end() && peer->node == id;
    note_close(x, id, report.leader == id || (is_peer && peer->known && peer->lag <= options_.promotion_lag));
  }
}

void membership_core::note_close(group& x, node_id id, bool is_close) {
  auto& y = learners_.at(id);
  auto known = x.close.find(id);
  if (is_close && known == x.close.end()) {
    x.close.emplace(id, 0);
    ++y.close;
  } else if (is_close && y.run_since && known->second != y.run && now_ - *y.run_since >= options_.stable_window) {
    known->second = y.run;
    ++y.confirmed;
  } else if (!is_close && known != x.close.end()) {
    if (y.run_since && known->second == y.run)
      --y.confirmed;
    x.close.erase(known);
    --y.close;
  }
  judge(y);
}

void membership_core::judge(learner& x) {
  if (x.close < groups_.size()) {
    x.run_since.reset();
  } else if (!x.run_since) {
    x.run_since = now_;
    x.run = ++last_run_;
    x.confirmed = 0;
  }
}

bool membership_core::may_promote(node_id id, const learner& x) const {
  return x.run_since && x.confirmed == groups_.size() && !(view_ && is_in_doubt(*view_, id));
}

// -- the roster -----------------------------------------------------------------------------------------------------

/// Each is meant for the present roster only, so nothing is done on grounds that do not hold any more.
void membership_core::pump_change() {
  end_probe();
  if (change_.number != 0 || change_.not_before > now_ || !has_room())
    return;
  auto what = next_change();
  if (!what)
    return;
  if (what->evicted && !is_silent(what->node))
    return ask_directly(what->node);
  what->expected = version_;
  change_.what = *what;
  change_.number = send({}, control_proposal{system_partition, encode(map_command{*what})});
}

std::optional<member_change> membership_core::next_change() const {
  member_change result;
  auto gone = std::ranges::find_if_not(leaving_, [this](node_id id) { return unsettled_ > 0 || has_replicas(id); });
  if (gone != leaving_.end()) {
    result.what = member_step::remove;
    result.node = *gone;
    return result;
  }
  auto ready = std::ranges::find_if(learners_, [this](const auto& x) { return may_promote(x.first, x.second); });
  if (ready != learners_.end()) {
    result.what = member_step::promote;
    result.node = ready->first;
    return result;
  }
  auto dead = to_evict();
  if (!dead)
    return std::nullopt;
  result.what = member_step::leave;
  result.node = *dead;
  result.evicted = true;
  return result;
}

/// Of partitions with a placement of their own: placement_core moves them.
bool membership_core::has_replicas(node_id id) const {
  return std::ranges::any_of(map_->partitions, [id](const partition_info& x) {
    return x.state != partition_state::removed && x.where.is_placed() && x.where.hosts(id);
  });
}

std::optional<node_id> membership_core::to_evict() const {
  if (!view_)
    return std::nullopt;
  return whom_to_evict(map_->roster, *view_, {options_.self, options_.eviction_grace, leads_since_, answered_}, now_);
}

// -- the last question to who is to be evicted ------------------------------------------------------------------------

bool membership_core::is_silent(node_id id) const noexcept {
  return probe_.node == id && probe_.unanswered && now_ - probe_.asked_at < silence_counts_for;
}

void membership_core::ask_directly(node_id id) {
  if (probe_.number != 0 && probe_.node == id)
    return; // it is waited for
  requests_.erase(probe_.number);
  probe_ = {id, send({asked::probe, {}, 0, {}}, load_request{}, id), now_, false};
}

/// An answer that says that nothing was sent, or that nobody has answered, is none of the node's own.
void membership_core::probed(status code) {
  probe_.number = 0;
  if (code == status::success || code == status::unauthorized)
    answered_[probe_.node] = now_;
  probe_.unanswered = code != status::success && code != status::unauthorized && code != status::proposal_queue_full;
}

/// No answer in time is one.
void membership_core::end_probe() {
  if (probe_.number == 0 || now_ - probe_.asked_at < options_.probe_timeout)
    return;
  requests_.erase(probe_.number);
  probed(status::proposal_timeout);
}

/// The map says what has become of it. If it never does, the answer was about something else.
void membership_core::changed(status code) {
  change_.number = 0;
  auto wait = after(change_.failures++);
  change_.not_before = now_ + (code == status::success ? options_.backoff_max : wait);
}

/// Who turns out to be alive is not evicted, if it is not too late.
void membership_core::spare() {
  if (probe_.node && to_evict() != probe_.node) {
    requests_.erase(probe_.number);
    probe_ = {};
  }
  if (change_.number == 0 || change_.what.what != member_step::leave || to_evict() == change_.what.node)
    return;
  requests_.erase(change_.number);
  change_ = {};
}

// -- requests -------------------------------------------------------------------------------------------------------

bool membership_core::has_room() const noexcept {
  return requests_.size() < options_.requests_max;
}

std::optional<membership_core::pending> membership_core::take(std::uint64_t number) {
  auto found = requests_.find(number);
  if (found == requests_.end())
    return std::nullopt;
  auto result = found->second;
  requests_.erase(found);
  return result;
}

std::uint64_t membership_core::send(const pending& what, node_request request, node_id of) {
  requests_.emplace(++last_number_, what);
  out_.push_back({last_number_, std::move(request), of});
  return last_number_;
}

instant membership_core::after(unsigned failures) const noexcept {
  constexpr unsigned doublings_max = 16;
  return std::min(options_.backoff_min * (1 << std::min(failures, doublings_max)), options_.backoff_max);
}

} // namespace kommander
