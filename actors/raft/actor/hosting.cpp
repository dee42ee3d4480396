// Partitions that come and go while the node runs, as the partition map says.
#include <algorithm>
#include <utility>

#include "actors/partition/configuration.hpp"
#include "actors/raft/actor/node_impl.hpp"
#include "actors/raft/partition_settings.hpp"
#include "actors/raft/recovery.hpp"

namespace kommander {

// -- start --------------------------------------------------------------------------------------------------------
void node_impl::start_recovered() {
  for (auto& [id, found] : std::exchange(parts_.recovered, {})) {
    leadership_.add(id);
    start_partition(id, std::move(found));
  }
  publish_routes();
  host(); // what was removed before the node ended
}

void node_impl::start_partition(partition_id id, recovered_partition found) {
  machine_handle machine;
  try {
    machine = machine_of(id);
  } catch (const std::exception& e) {
    return start_failed(id, std::string{"the factory of state machines has failed: "} + e.what());
  }
  if (!machine)
    return start_failed(id, "there is no state machine for it");
  if (!found.damage.empty())
    log_->error("partition {}: {}. What is lost is fetched from the others", id.value(), found.damage);
  auto divisible = static_cast<bool>(machine.divisible);
  auto parts = parts_of(id, std::move(found), std::move(machine));
  running x{{}, parts.proposals, divisible};
  x.actor = watch(spawn_partition(system(), std::move(parts)));
  addresses_.emplace(x.actor.address(), id);
  partitions_.emplace(id, std::move(x));
  routes_are_old_ = true;
}

machine_handle node_impl::machine_of(partition_id id) {
  auto made = parts_.machines.extract(id);
  return made ? std::move(made.mapped()) : parts_.factory(id);
}

partition_parts node_impl::parts_of(partition_id id, recovered_partition found, machine_handle machine) {
  partition_parts x;
  auto group = first_group(id);
  x.options = core_options(parts_.config, id, parts_.self.id, group);
  const auto* hosted = hosting_.find(id);
  if (hosted != nullptr) {
    x.birth = hosted->birth;
    x.known_voters = hosted->known_voters;
  }
  x.lost = loss_of(id, found, group);
  const auto* info = hosting_.map() ? hosting_.map()->find(id) : nullptr;
  auto is_only_here = info != nullptr && info->where.phase == placement_phase::settled
                      && info->where.replicas == std::vector{parts_.self.id};
  if (x.lost != log_loss::none && is_only_here)
    log_->error(
      "partition {} has its only replica here, and this disk knows nothing of it: it takes nothing, because what it "
      "had is lost. Bring the disk back, or remove the partition",
      id.value());
  if (x.lost != log_loss::none && hosted != nullptr && hosted->kept)
    found.state = *hosted->kept;
  x.recovered = std::move(found);
  x.seed = mixed_seed(parts_.seed, parts_.self.id, id);
  x.payload_bytes_max = parts_.config.payload_bytes_max;
  x.compaction = {parts_.config.compact_every_operations, parts_.config.compact_every_bytes,
                  parts_.config.max_entries_per_compaction};
  x.undecided_proposals_max = parts_.config.undecided_proposals_max;
  x.undecided_bytes_max = parts_.config.undecided_bytes_max;
  x.disk_stall_timeout = parts_.config.disk_stall_timeout;
  x.slow_commits = slow_commits_;
  x.proposals = std::make_shared<budget_share>(queued_);
  x.writes = std::make_shared<budget_share>(writing_);
  x.links = parts_.links;
  x.clock = clock_;
  x.sleep = sleep_;
  x.writer = writers_[writer_of(id)];
  x.reader = readers_[reader_of(id)];
  x.machine = std::move(machine);
  x.observer = caf::weak_actor_ptr{ctrl()};
  return x;
}

/// A disk without anything may be new or wiped: the others know. The only node of a cluster has lost it all, or nothing. And
/// where the partition was elsewhere meanwhile, only the log is gone.
log_loss node_impl::loss_of(partition_id id, const recovered_partition& found, const group_configuration& group) const {
  auto is_empty = found.state == hard_state{} && !found.last && !found.damaged_at;
  auto is_alone = group.is_only_voter(parts_.self.id) && known_nodes(parts_) == 1;
  const auto* hosted = hosting_.find(id);
  if (!is_empty || is_alone || (hosted != nullptr && hosted->new_to_disk))
    return log_loss::none;
  if (hosted == nullptr || !hosted->kept)
    return log_loss::unknown;
  return hosted->kept->current_term ? combined(log_loss::entries, hosted->kept->lost) : hosted->kept->lost;
}

void node_impl::start_failed(partition_id id, const std::string& why) {
  on_partition_failed({id, "partition " + to_string(id) + " could not be started: " + why});
  hosting_.ended(id);
}

/// Once for all that come and go together: each table is a copy.
void node_impl::publish_routes() {
  if (!std::exchange(routes_are_old_, false) || phase_ != node_phase::running)
    return;
  partition_table table;
  for (const auto& [id, x] : partitions_)
    table.emplace_hint(table.end(), id, x.actor);
  parts_.routes->set(std::move(table));
}

// -- the map ------------------------------------------------------------------------------------------------------
void node_impl::on_map_update(const map_update& x) {
  if (phase_ != node_phase::running || !x.map || !hosting_.follow(x.map))
    return;
  parts_.links->set_map(x.map);
  publish(partition_map_changed{x.map});
  send(coordinator_, x);
  follow_roster(x.map->roster);
  send(member_, x);
  for (const auto& each : x.map->partitions) {
    if (each.state == partition_state::removed || !each.where.hosts(parts_.self.id))
      publish(leadership_.remove(each.id));
    else
      leadership_.add(each.id);
  }
  leadership_.know_all();
  host();
  answer_waits();
}

void node_impl::follow_system(const leadership& system) {
  send(coordinator_, system_leadership{system.ready ? std::optional{system.term} : std::nullopt});
  if (system.fenced && !system_fenced_) // what it began with need not be new: this node may turn out to be
    hosting_.doubt();
  else if (system.complete)
    hosting_.trust();
  system_fenced_ = system.fenced;
  host();
}

// -- what is to be done -------------------------------------------------------------------------------------------
void node_impl::host() {
  if (phase_ != node_phase::running)
    return;
  auto orders = hosting_.take_orders();
  if (orders.record)
    send(writers_.front(),
         wal_set_metadata{hosted_record::name, encode(*orders.record), caf::actor_cast<wal_metadata_client>(this)});
  for (auto id : orders.stop)
    end_partition(id);
  for (auto id : orders.recover)
    recover(id);
  for (auto id : orders.weigh)
    weigh(id);
  for (auto id : orders.drop)
    send(writers_[writer_of(id)], wal_drop{id, caf::actor_cast<wal_drop_client>(this)});
  for (auto id : orders.given_up)
    on_partition_failed({id, "partition " + to_string(id) + " could not be started: the log takes no more values"});
  if (!orders.stop.empty())
    publish_routes();
}

void node_impl::recover(partition_id id) {
  const auto& reader = readers_[reader_of(id)];
  if (!reader)
    return start_failed(id, "its access to the log has ended");
  ++recovering_;
  send(reader, wal_recover{id, caf::actor_cast<wal_recover_client>(this)});
}

/// What this node has promised in a partition that goes to other nodes.
void node_impl::weigh(partition_id id) {
  const auto& reader = readers_[reader_of(id)];
  if (!reader)
    return hosting_.weighed(id, {{}, {}, log_loss::everything});
  weighing_.insert(id);
  send(reader, wal_recover{id, caf::actor_cast<wal_recover_client>(this)});
}

/// From now on nobody finds it: the message comes behind all that was passed on to it.
void node_impl::end_partition(partition_id id) {
  auto found = partitions_.extract(id);
  if (!found)
    return hosting_.ended(id);
  log_->info("partition {} {}", id.value(), placed_elsewhere(id) != nullptr ? "is on other nodes now" : "was removed");
  routes_are_old_ = true;
  send(found.mapped().actor, partition_stop{true});
  leaving_.emplace(id, std::move(found.mapped().actor));
}

void node_impl::on_recovered(wal_recovered& x) {
  if (phase_ != node_phase::running)
    return;
  if (weighing_.erase(x.partition) > 0) {
    if (x.failure.empty())
      hosting_.weighed(x.partition, x.content.state,
                       configuration_history{first_group(x.partition), x.content.configs}.voters_ever());
    else
      hosting_.weighed(x.partition, {{}, {}, log_loss::everything});
    return host();
  }
  --recovering_;
  if (!hosting_.wants(x.partition)) {
    hosting_.ended(x.partition);
  } else if (!x.failure.empty()) {
    start_failed(x.partition, x.failure);
  } else if (auto good = check_recovered(x.partition, x.content, known_nodes(parts_)); !good) {
    start_failed(x.partition, good.error().message);
  } else {
    hosting_.started(x.partition);
    start_partition(x.partition, std::move(x.content));
  }
  if (recovering_ == 0)
    publish_routes();
  host();
}

void node_impl::on_recorded(const wal_metadata_set& x) {
  hosting_.recorded(x.failure.empty());
  host();
}

void node_impl::on_dropped(const wal_dropped& x) {
  if (x.failure.empty())
    hosting_.dropped(x.partition); // if not, the next start tries again
  host();
}

// -- what is not here ---------------------------------------------------------------------------------------------
void node_impl::answer_in_absence(const absent_messages& x) {
  std::vector<raft_message> answers;
  for (const auto& each : x.messages)
    if (auto answer = hosting_.answer_in_absence(each))
      answers.push_back(std::move(*answer));
  if (answers.empty())
    return;
  if (auto link = parts_.links->find(answers.front().to))
    send(link, link_send{std::move(answers)});
}

} // namespace kommander
