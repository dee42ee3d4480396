// Who the members are, and the links to them and to those that would become one.
#include <algorithm>
#include <utility>

#include "actors/raft/actor/node_impl.hpp"

namespace kommander {

namespace {

/// A link to somebody who is no member, or not any more, ends after so long: time enough for what is left to be said.
constexpr instant guest_time = std::chrono::seconds{30};

/// More strangers are not listened to at a time.
constexpr std::size_t guests_max = 16;

} // namespace

// -- requests -----------------------------------------------------------------------------------------------------
membership node_impl::present_membership() const {
  membership result{parts_.self, roster_, {}, {}};
  for (const auto& x : liveness_->nodes)
    if (x.state == liveness::suspect)
      result.suspects.push_back(x.node);
    else if (x.state == liveness::dead)
      result.dead.push_back(x.node);
  return result;
}

caf::result<membership_result> node_impl::on_change_membership(const change_membership& x) {
  if (phase_ != node_phase::running)
    return membership_result{status::stopping, roster_.version, "this node is stopping"};
  return delegate(member_, x);
}

void node_impl::start_member() {
  member_parts x;
  x.options.self = parts_.self;
  x.options.zone = parts_.config.zone;
  x.options.disk = parts_.disk;
  x.options.joins = parts_.first_members.empty();
  x.options.unheard_max = 2 * std::chrono::duration_cast<instant>(parts_.config.end_election_timeout);
  x.alone = parts_.first_members.size() == 1;
  x.caller = caller_;
  x.links = parts_.links;
  x.writer = writers_.front();
  x.observer = caf::weak_actor_ptr{ctrl()};
  member_ = spawn_member(system(), std::move(x));
}

caf::result<progress_report> node_impl::on_progress_request(const progress_request& x) {
  if (phase_ == node_phase::running)
    return delegate(coordinator_, x);
  progress_report stopping;
  stopping.code = status::stopping;
  return stopping;
}

void node_impl::on_join_progress(const join_progress& x) {
  joining_ = x.phase == join_phase::voter ? std::nullopt : std::optional{x};
  publish(x);
}

// -- discovery ----------------------------------------------------------------------------------------------------
/// A node that knows no members yet has links to all that were found. One that knows them needs no more than to be told
/// where they are now, and only when it has lost them: what was found proves nothing.
void node_impl::on_contacts(const contacts_found& x) {
  if (phase_ != node_phase::running)
    return;
  found_.clear();
  const auto* system = leadership_.find(partition_id{});
  auto is_lost = system == nullptr || !system->leader;
  for (const auto& each : x.contacts) {
    if (!each.id || each.id == parts_.self.id || each.address.port == 0 || found_.size() >= contacts_max)
      continue;
    found_.emplace(each.id, each.address);
    auto known = links_.find(each.id);
    if (known == links_.end() && !roster_.version)
      open_link({each.id, each.address}, false, true);
    else if (known != links_.end() && is_lost && known->second.address != each.address)
      send(known->second.link, link_retarget{known->second.address = each.address, true});
  }
  publish_links();
}

// -- groups -------------------------------------------------------------------------------------------------------
group_configuration node_impl::first_group(partition_id id) const {
  std::vector<node_id> voters;
  if (!id)
    for (const auto& x : parts_.first_members)
      voters.push_back(x.id);
  else if (const auto* hosted = hosting_.find(id))
    voters = hosted->birth.born_voters;
  return group_configuration::of(std::move(voters));
}

// -- links --------------------------------------------------------------------------------------------------------
void node_impl::open_first_links() {
  parts_.links->set_host(caf::weak_actor_ptr{ctrl()});
  parts_.routes->set_absence_receiver(caf::weak_actor_ptr{ctrl()});
  auto joins = parts_.first_members.empty();
  for (const auto& x : parts_.contacts)
    open_link(x, true, joins);
  publish_links();
}

node_impl::known_link& node_impl::open_link(const node_info& peer, bool member, bool introduces_itself) {
  known_link x{watch(parts_.net->open_link(peer, introduces_itself)), peer.address, member, std::nullopt};
  if (!member)
    x.until = now() + guest_time;
  return links_.insert_or_assign(peer.id, std::move(x)).first->second;
}

void node_impl::publish_links() {
  link_table table;
  for (const auto& [id, x] : links_)
    table.emplace_hint(table.end(), id, linked_node{x.link, x.address, x.member});
  parts_.links->set(std::move(table));
}

void node_impl::follow_roster(const cluster_roster& roster) {
  if (roster.version <= roster_.version)
    return;
  for (const auto& x : roster.members) {
    if (x.id == parts_.self.id)
      continue;
    const auto* before = roster_.find(x.id);
    auto found = links_.find(x.id);
    // Who joins does not know the members yet, and has to hear from most of them before it takes part.
    auto& link =
      found != links_.end() ? found->second : open_link({x.id, x.address}, true, x.role == member_role::learner);
    link.member = true;
    link.until.reset();
    // What discovery or the node itself has told is not older than the roster, unless that has just changed.
    if ((before != nullptr && before->address != x.address) || link.address.port == 0)
      send(link.link, link_retarget{link.address = x.address});
  }
  for (auto& [id, link] : links_)
    if (roster.find(id) == nullptr && !link.until) {
      link.member = false;
      link.until = now() + guest_time;
    }
  heed_first_time(roster);
  roster_ = roster;
  publish_links();
  tell_roster();
}

void node_impl::heed_first_time(const cluster_roster& roster) {
  const auto* self = roster.find(parts_.self.id);
  if (never_here_ || self == nullptr || !self->first_time || self->disk != parts_.disk)
    return;
  never_here_ = true;
  hosting_.never_here();
  for (const auto& [id, x] : partitions_)
    if (const auto* hosted = hosting_.find(id); !id || (hosted != nullptr && hosted->new_to_disk))
      send(x.actor, never_here{});
}

void node_impl::end_old_links() {
  auto ended = std::erase_if(links_, [this, t = now()](const auto& x) {
    if (!roster_.version && found_.contains(x.first))
      return false; // it is still asked to take this node in
    auto is_old = x.second.until && *x.second.until <= t;
    if (is_old) {
      demonitor(x.second.link.address());
      send_exit(x.second.link, caf::exit_reason::user_shutdown);
    }
    return is_old;
  });
  if (ended > 0)
    publish_links();
}

void node_impl::on_introduced(const node_info& who) {
  if (phase_ != node_phase::running || who.id == parts_.self.id)
    return;
  auto found = links_.find(who.id);
  if (found != links_.end()) {
    if (found->second.until)
      found->second.until = now() + guest_time;
    if (who.address.port == 0 || who.address == found->second.address)
      return;
    found->second.address = who.address;
    return publish_links();
  }
  auto is_guest = [](const auto& x) { return x.second.until.has_value(); };
  if (static_cast<std::size_t>(std::ranges::count_if(links_, is_guest)) >= guests_max)
    return;
  log_->info("node {} at {}, which is no member, makes itself known", who.id.value(), to_string(who.address));
  open_link(who, false, false);
  publish_links();
}

} // namespace kommander
