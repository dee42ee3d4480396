// What a host of a cluster with a roster is besides: the real cores that follow the roster and place replicas, ask for the node's own
// membership and detect failures; glued as the coordinator actor, the member actor, the swim actor and actors/raft/actor do.
#include <algorithm>
#include <utility>

#include "actors/coordinator/roster_encoding.hpp"
#include "actors/swim/liveness_changes.hpp"
#include "tests/sim/elastic/host.hpp"

namespace kommander::sim {

namespace {

/// Whoever is asked may not be there: after so long another one is.
constexpr instant patience = std::chrono::seconds{2};

const endpoint address{"node", 1};

bool is_own_step(const member_change& x, node_id self) {
  return x.node == self
         && (x.what == member_step::join || x.what == member_step::stay
             || (x.what == member_step::leave && !x.evicted));
}

} // namespace

// -- life -----------------------------------------------------------------------------------------------------------

bool elastic_host::is_first_member() const noexcept {
  return self_.value() <= context_.settings.first_voters;
}

void elastic_host::start_members(std::uint64_t life) {
  const auto& plan = context_.settings;
  if (!plan.rosters)
    return;
  auto now = owner_.now();
  auto members = plan.members;
  members.self = self_;
  members_.emplace(members).tick(now);
  auto placement = plan.placement;
  placement.self = self_;
  placement_.emplace(placement).tick(now);
  auto member = plan.member;
  member.self = {self_, address};
  member.disk = disk_id_;
  member.joins = !is_first_member();
  member_.emplace(member).tick(now);
  member_->hears_leader(false);
  auto swim = plan.swim;
  swim.self = self_;
  swim.incarnation = owner_.tick() + 1;
  swim.seed = mix(plan.seed + self_.value() + (life << 8));
  swim.now = now;
  swim_.emplace(swim);
  if (is_first_member())
    swim_->set_members(first_group(plan, self_).voters, now);
  next_swim_ = now;
}

void elastic_host::crash_members() {
  members_.reset();
  placement_.reset();
  member_.reset();
  swim_.reset();
  elsewhere_ = {};
  view_.reset();
  doubts_.clear();
  known_roster_ = {};
  never_here_ = false;
  hears_leader_ = false;
  asked_at_.reset();
}

void elastic_host::leave() {
  if (!member_)
    return;
  member_->tick(owner_.now());
  member_->leave();
}

std::vector<node_id> elastic_host::take_doubts() {
  auto result = std::exchange(doubts_, {});
  if (view_)
    for (const auto& x : view_->nodes)
      if (x.state != liveness::alive)
        result.push_back(x.node);
  return result;
}

// -- the roster -----------------------------------------------------------------------------------------------------

/// As far as is known here. Who knows no roster knows the first members.
bool elastic_host::is_member(node_id id) const {
  if (!context_.settings.rosters || !hosting_->map())
    return true;
  return hosting_->map()->roster.find(id) != nullptr;
}

void elastic_host::know_map(const std::shared_ptr<const partition_map>& map) {
  if (!members_)
    return;
  members_->map(map);
  placement_->map(map);
  member_->roster(map->roster);
  know_roster(map->roster);
}

void elastic_host::know_roster(const cluster_roster& roster) {
  if (roster.version <= known_roster_)
    return;
  known_roster_ = roster.version;
  heed_first_time(roster);
  std::vector<node_id> all;
  for (const auto& x : roster.members)
    all.push_back(x.id);
  swim_->set_members(all, owner_.now());
  std::string content;
  byte_writer out{content};
  put(out, roster);
  swim_->set_roster(roster.version.value(), bytes{std::move(content)});
}

void elastic_host::heed_first_time(const cluster_roster& roster) {
  const auto* self = roster.find(self_);
  if (never_here_ || self == nullptr || !self->first_time || self->disk != disk_id_)
    return;
  never_here_ = true;
  hosting_->never_here();
  for (const auto& x : replicas_) {
    const auto* hosted = hosting_->find(x->partition());
    if (x->is_running() && (!x->partition() || (hosted != nullptr && hosted->new_to_disk)))
      owner_.never_here(x->partition());
  }
}

void elastic_host::lead_members(std::optional<raft_term> term) {
  if (!members_)
    return;
  members_->leads(term);
  placement_->leads(term);
}

/// What a node asks about itself, which need not be a member.
void elastic_host::pass_on(node_id from, const member_request& what, const reply_callback& done) {
  auto command = decode_map_command(what.change);
  const auto* step = command ? std::get_if<member_change>(&*command) : nullptr;
  if (step == nullptr || !is_own_step(*step, from))
    return done(control_result{status::unauthorized, {}, {}, "a node may ask for itself"});
  ask(control_proposal{partition_id{}, what.change}, done);
}

// -- time -----------------------------------------------------------------------------------------------------------

void elastic_host::pass_members(instant now) {
  if (!members_)
    return;
  members_->tick(now);
  placement_->tick(now);
  pass_swim(now);
}

void elastic_host::pass_swim(instant now) {
  if (now >= next_swim_) {
    next_swim_ = now + context_.settings.swim.tick_interval();
    swim_->tick(now);
  }
  auto out = swim_->take_output();
  for (auto& x : out.packets)
    owner_.send({{}, self_, x.to, {}, node_gossip{std::move(x.body)}});
  if (out.view) {
    for (auto id : newly_in_doubt(view_, out.view))
      doubts_.push_back(id);
    for (const auto& x : out.view->nodes) {
      const auto* before = view_ ? view_->find(x.node) : nullptr;
      auto was_dead = before != nullptr && before->state == liveness::dead;
      context_.counts.deaths += x.state == liveness::dead && !was_dead ? 1 : 0;
    }
    view_ = out.view;
    members_->believes(view_);
    placement_->believes(view_);
  }
  if (!out.roster)
    return;
  byte_reader in{out.roster->content};
  auto roster = get_roster(in);
  if (!in.complete() || roster.version <= known_roster_)
    return;
  heed_first_time(roster);
  do_hosting();
}

void elastic_host::drive_members() {
  if (!members_)
    return;
  for (auto& x : members_->take_requests())
    ask(
      std::move(x.what),
      [this, number = x.number](const node_reply& y) {
        if (const auto* group = std::get_if<group_report>(&y))
          members_->answered(number, *group);
        else if (const auto* control = std::get_if<control_result>(&y))
          members_->answered(number, *control);
        else if (const auto* load = std::get_if<load_report>(&y))
          members_->answered(number, *load);
      },
      x.of);
  for (auto& x : placement_->take_requests())
    ask(std::move(x.what), [this, number = x.number](const node_reply& y) {
      if (const auto* group = std::get_if<group_report>(&y))
        placement_->answered(number, *group);
      else if (const auto* control = std::get_if<control_result>(&y))
        placement_->answered(number, *control);
    });
  drive_member(owner_.now());
}

void elastic_host::drive_member(instant now) {
  member_->tick(now);
  const auto* system = owner_.core_of(partition_id{0});
  auto hears = system != nullptr && system->leader_id();
  if (hears != std::exchange(hears_leader_, hears))
    member_->hears_leader(hears);
  if (asked_at_ && now - *asked_at_ >= patience) {
    ++asked_;
    asked_at_.reset();
    member_->answered({status::proposal_timeout, {}, {}, "no answer"});
  }
  auto x = member_->take_request();
  if (!x)
    return;
  asked_at_ = now;
  auto answered = [this, number = ++asked_](const node_reply& y) {
    if (number != asked_)
      return; // somebody else has been asked since
    asked_at_.reset();
    member_->tick(owner_.now());
    member_->answered(std::get<control_result>(y));
  };
  if (auto contact = next_contact())
    ask(member_request{encode(map_command{*x})}, answered, contact);
  else
    ask(control_proposal{partition_id{}, encode(map_command{*x})}, answered);
}

/// A different one each time, of the members and of the first ones; zero: there is none.
node_id elastic_host::next_contact() {
  auto all = first_group(context_.settings, node_id{1}).voters;
  if (const auto& map = hosting_->map())
    for (const auto& x : map->roster.members)
      all.push_back(x.id);
  std::ranges::sort(all);
  std::erase(all, self_);
  if (all.empty())
    return {};
  auto next = std::ranges::upper_bound(all, last_contact_);
  last_contact_ = next != all.end() ? *next : all.front();
  return last_contact_;
}

/// Nobody drives anything, and this node wants nothing.
bool elastic_host::members_rest() const {
  return !members_ || !members_->is_busy();
}

} // namespace kommander::sim
