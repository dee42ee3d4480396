// The node's life: start, what ends, and stop.
#include "actors/raft/raft_actor.hpp"

#include <algorithm>
#include <utility>

#include "actors/raft/actor/node_impl.hpp"
#include "actors/raft/log.hpp"
#include "actors/raft/partition_settings.hpp"

namespace kommander {

namespace {

/// A stop that takes longer says what has not ended, and goes on without it.
constexpr std::chrono::milliseconds stop_time_max{4000};

/// Partitions of other nodes answer within `proposal_timeout`; this is for the way.
constexpr std::chrono::milliseconds call_slack{1000};

} // namespace

node_impl::node_impl(caf::actor_config& cfg, node_parts parts)
  : node_actor::base(cfg),
    parts_{std::move(parts)},
    log_{component_logger("raft")},
    leadership_{parts_.self.id},
    hosting_{std::move(parts_.hosted), parts_.self.id, parts_.disk},
    clock_{std::make_shared<node_clock>(parts_.self.id)},
    sleep_{std::make_shared<sleep_board>()},
    queued_{
      std::make_shared<node_budget>(load{parts_.config.node_queue_entries_max, parts_.config.node_queue_bytes_max})},
    writing_{std::make_shared<node_budget>(
      load{parts_.config.wal_node_queue_entries_max, parts_.config.wal_node_queue_bytes_max})} {
  // nop
}

node_impl::behavior_type node_impl::make_behavior() {
  cafx::use_library_handlers(this);
  set_down_handler([this](const caf::down_msg& x) { on_down(x); });
  set_exit_handler([this](caf::exit_msg& x) {
    if (!x.reason)
      return; // somebody linked to this node has ended normally
    exit_reason_ = std::move(x.reason);
    begin_stop();
  });
  start_all();
  return {
    [this](propose& x) { return on_propose(x); },
    [this](propose_batch& x) { return on_batch(x); },
    [this](const commit_proposal& x) { return propose_small(x); },
    [this](const rollback_proposal& x) { return propose_small(x); },
    [this](const checkpoint& x) { return propose_small(x); },
    [this](const get_pending_tickets& x) { return on_get_pending_tickets(x); },
    [this](const gather_turn& x) { take_turn(x); },
    [this](const wait_for_leader& x) { return on_wait_for_leader(x); },
    [this](const get_leader& x) { return on_get_leader(x); },
    [this](const is_leader& x) { return on_is_leader(x); },
    [this](const transfer_leadership& x) { return pass_on(x); },
    [this](const step_down& x) { return pass_on(x); },
    [this](const retain& x) { return pass_on(x); },
    [this](const release& x) { return pass_on(x); },
    [this](const join&) { return on_join(); },
    [this](const stop&) { return on_stop(); },
    [this](const read_barrier& x) { return on_read(x); },
    [this](const get_status& x) { return on_get_status(x); },
    [this](const get_partition_map&) { return present_map(); },
    [this](const change_partitions& x) { return on_change(x); },
    [this](const get_membership&) { return present_membership(); },
    [this](const change_membership& x) { return on_change_membership(x); },
    [this](const node_introduced& x) { on_introduced(x.who); },
    [this](const absent_messages& x) { answer_in_absence(x); },
    [this](const subscribe& x) { on_subscribe(x); },
    [this](const unsubscribe& x) { on_unsubscribe(x); },
    [this](const subscribe_status& x) { send(status_feed_, x); },
    [this](const unsubscribe_status& x) { send(status_feed_, x); },
    [this](const leader_update& x) { on_leader_update(x); },
    [this](const restore_started& x) { publish(x); },
    [this](const restore_finished& x) { publish(x); },
    [this](const replication_error& x) { publish(x); },
    [this](const partition_failed& x) { on_partition_failed(x); },
    [this](const disk_stalled& x) {
      stalled_at_ = now();
      publish(x);
    },
    [this](const map_update& x) { on_map_update(x); },
    [this](wal_recovered& x) { on_recovered(x); },
    [this](const wal_metadata_set& x) { on_recorded(x); },
    [this](const wal_dropped& x) { on_dropped(x); },
    [this](const liveness_changed& x) { on_liveness(x); },
    [this](const roster_heard& x) { on_roster_heard(x); },
    [this](const get_liveness&) { return liveness_changed{liveness_}; },
    [this](const load_request&) { return present_load(); },
    [this](const progress_request& x) { return on_progress_request(x); },
    [this](const join_progress& x) { on_join_progress(x); },
    [this](const contacts_found& x) { on_contacts(x); },
    [this](const node_tick&) { on_tick(); },
  };
}

void node_impl::on_exit() {
  if (phase_ != node_phase::ended && stop_failure_.empty())
    stop_failure_ = "the node was ended before it had stopped";
  for (auto& x : stopping_)
    x.deliver(operation_result{stop_failure_.empty() ? status::success : status::errored, stop_failure_});
  stopping_.clear();
  end_waits(status::stopping, "the node has ended");
  parts_.routes->set({});
  end_discovery();
  end_coordinator();
  end_swim();
  parts_.links->set({}); // links hold the transport's context, and that this table
  for (const auto& [id, x] : partitions_)
    caf::anon_send_exit(x.actor, caf::exit_reason::user_shutdown);
  for (const auto& [id, x] : leaving_)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  end_logs();
  end_links();
  caf::anon_send_exit(ticker_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(status_feed_, caf::exit_reason::user_shutdown);
  partitions_.clear();
  leaving_.clear();
  listeners_.clear();
  parts_.machines.clear();
  parts_.factory = nullptr;
  parts_.log.reset();
}

// -- start --------------------------------------------------------------------------------------------------------
void node_impl::start_all() {
  const auto& config = parts_.config;
  counters_ = std::make_shared<wal_writer_counters>();
  slow_commits_ = std::make_shared<slow_operation_log>("partition", "a proposal", config.slow_operation_log);
  for (std::uint32_t i = 0; i < config.wal_writers; ++i) {
    wal_writer_options options;
    options.detached = config.detached_wal_actors;
    options.group_partitions_max = config.wal_group_partitions_max;
    options.linger = config.wal_group_linger;
    options.slow_write_log = config.slow_wal_log;
    options.counters = counters_;
    writers_.push_back(watch(spawn_wal_writer(system(), parts_.log, options)));
  }
  for (std::uint32_t i = 0; i < config.wal_readers; ++i) {
    wal_reader_options options;
    options.detached = config.detached_wal_actors;
    options.slow_read_log = config.slow_wal_log;
    readers_.push_back(watch(spawn_wal_reader(system(), parts_.log, options)));
  }
  open_first_links();
  start_coordinator();
  start_member();
  start_swim();
  start_recovered();
  status_feed_ = spawn_status_feed(system(), caf::weak_actor_ptr{ctrl()});
  ticker_ = spawn_ticker(system(), tick_interval(config), sleep_, caf::weak_actor_ptr{ctrl()});
}

void node_impl::start_coordinator() {
  node_caller_parts calls;
  calls.self = parts_.self.id;
  calls.node = caf::weak_actor_ptr{ctrl()};
  calls.links = parts_.links;
  calls.routes = parts_.routes;
  calls.timeout = parts_.config.proposal_timeout + call_slack;
  caller_ = spawn_node_caller(system(), std::move(calls));
  parts_.routes->set_calls_receiver(caller_);
  coordinator_parts x;
  x.options.initial_partitions = parts_.config.initial_partitions;
  x.options.replication_factor = parts_.config.replication_factor;
  for (const auto& each : parts_.first_members)
    x.options.initial_members.push_back(
      {each.id, each.address, each.id == parts_.self.id ? parts_.config.zone : "", member_role::voter, {}, false});
  x.members.self = parts_.self.id;
  x.members.promotion_lag = parts_.config.learner_promotion_lag;
  x.members.stable_window = parts_.config.learner_promotion_stable_window;
  x.members.eviction_grace = parts_.config.dead_member_eviction_grace;
  const auto& config = parts_.config;
  x.balancer.self = parts_.self.id;
  x.balancer.enabled = config.enable_leader_balancer;
  x.balancer.interval = config.leader_balancer_interval;
  x.balancer.cooldown = config.leader_balancer_cooldown;
  x.balancer.plan.moves_max = config.leader_balancer_moves_max;
  x.placement.self = parts_.self.id;
  x.placement.promotion_lag = config.learner_promotion_lag;
  x.placement.balance = config.enable_replica_balancer;
  x.placement.interval = config.replica_balancer_interval;
  x.placement.moves_max = config.replica_moves_max;
  x.caller = caller_;
  coordinator_ = spawn_coordinator(system(), std::move(x));
}

void node_impl::end_coordinator() {
  parts_.routes->set_calls_receiver({});
  caf::anon_send_exit(member_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(coordinator_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(caller_, caf::exit_reason::user_shutdown);
}

/// What runs for it ends by itself.
void node_impl::end_discovery() {
  if (auto finder = std::exchange(parts_.finder, nullptr))
    finder->stop();
}

void node_impl::start_swim() {
  const auto& config = parts_.config;
  swim_parts x;
  x.options.ping_interval = config.ping_interval;
  x.options.ping_timeout = config.ping_timeout;
  x.options.indirect_ping_fanout = config.indirect_ping_fanout;
  x.options.suspicion_timeout = config.suspicion_timeout;
  x.options.gossip_interval = config.gossip_interval;
  x.options.gossip_fanout = config.gossip_fanout;
  x.options.self = parts_.self.id;
  x.options.seed = parts_.seed ^ parts_.self.id.value();
  for (const auto& y : parts_.contacts)
    x.members.push_back(y.id);
  x.link = [links = parts_.links](node_id id) { return links->find(id); };
  x.observer = caf::weak_actor_ptr{ctrl()};
  swim_ = spawn_swim(system(), std::move(x));
  parts_.routes->set_gossip_receiver(swim_);
}

void node_impl::end_swim() {
  parts_.routes->set_gossip_receiver({});
  caf::anon_send_exit(swim_, caf::exit_reason::user_shutdown);
}

// -- what ends ----------------------------------------------------------------------------------------------------
void node_impl::on_down(const caf::down_msg& x) {
  std::erase_if(listeners_, [&](const event_listener& y) { return y.address() == x.source; });
  auto is_source = [&](const auto& y) { return y && y.address() == x.source; };
  if (auto i = addresses_.extract(x.source))
    on_partition_down(i.mapped(), x.reason);
  else if (auto j = std::ranges::find_if(writers_, is_source); j != writers_.end())
    on_log_down(writers_, static_cast<std::size_t>(j - writers_.begin()), x.reason);
  else if (auto k = std::ranges::find_if(readers_, is_source); k != readers_.end())
    on_log_down(readers_, static_cast<std::size_t>(k - readers_.begin()), x.reason);
  else
    on_link_down(x);
  continue_stop();
}

void node_impl::on_partition_down(partition_id id, const caf::error& reason) {
  if (auto found = partitions_.extract(id)) {
    found.mapped().proposals->close();
    routes_are_old_ = true;
  }
  leaving_.erase(id);
  if (phase_ != node_phase::running)
    return;
  publish_routes();
  if (leadership_.failure(id).empty())
    on_partition_failed({id, "its actor has ended: " + system().render(reason)});
  hosting_.ended(id);
  host();
}

/// An actor of the log has ended: while the node runs, the partitions that need it end too.
template <class Handle>
void node_impl::on_log_down(std::vector<Handle>& all, std::size_t index, const caf::error& reason) {
  all[index] = Handle{};
  if (phase_ != node_phase::running)
    return;
  log_->critical("an actor of the log has ended: {}", system().render(reason));
  for (const auto& [id, x] : partitions_)
    if (id.value() % all.size() == index)
      send_exit(x.actor, caf::make_error(caf::sec::runtime_error, "its access to the log has ended"));
  if (!writers_.front()) {
    hosting_.recorded(false);
    host();
  }
}

void node_impl::on_link_down(const caf::down_msg& x) {
  auto found = std::ranges::find_if(links_, [&](const auto& y) { return y.second.link.address() == x.source; });
  if (found == links_.end())
    return;
  if (phase_ == node_phase::running)
    log_->critical("the link to node {} has ended: {}", found->first.value(), system().render(x.reason));
  links_.erase(found);
  publish_links();
}

// -- stop ---------------------------------------------------------------------------------------------------------
caf::result<operation_result> node_impl::on_stop() {
  auto promise = make_response_promise<operation_promise>();
  stopping_.push_back(promise);
  begin_stop();
  return promise;
}

/// First the partitions, which answer their callers and wait for their writes; then the log; then the network.
void node_impl::begin_stop() {
  if (phase_ != node_phase::running)
    return;
  log_->info("the node stops");
  phase_ = node_phase::ending_partitions;
  stop_deadline_ = now() + stop_time_max;
  end_waits(status::stopping, "this node is stopping");
  parts_.routes->set({});
  end_discovery();
  end_coordinator();
  end_swim();
  for (const auto& [id, x] : partitions_)
    send(x.actor, partition_stop{});
  continue_stop();
}

void node_impl::continue_stop() {
  auto gone = [](const auto& x) { return !x; };
  if (phase_ == node_phase::ending_partitions && addresses_.empty()) {
    phase_ = node_phase::ending_logs;
    end_logs();
  }
  if (phase_ == node_phase::ending_logs && std::ranges::all_of(writers_, gone) && std::ranges::all_of(readers_, gone)) {
    parts_.log.reset(); // closes it
    phase_ = node_phase::ending_links;
    end_links();
  }
  if (phase_ == node_phase::ending_links && links_.empty())
    finish_stop();
}

void node_impl::end_logs() {
  for (const auto& x : writers_)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  for (const auto& x : readers_)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
}

void node_impl::end_links() {
  for (const auto& [peer, x] : links_)
    caf::anon_send_exit(x.link, caf::exit_reason::user_shutdown);
  if (std::exchange(net_running_, false))
    parts_.net->stop();
}

void node_impl::finish_stop() {
  phase_ = node_phase::ended;
  quit(exit_reason_);
}

void node_impl::on_tick() {
  if (phase_ == node_phase::running) {
    publish_routes(); // of those that started while others are still being read
    end_old_links();
    return answer_waits();
  }
  if (phase_ == node_phase::ended || now() < stop_deadline_)
    return;
  constexpr const char* what[] = {"", "partitions", "the log", "links", ""};
  stop_failure_ = "not all has ended in time: " + std::string{what[static_cast<int>(phase_)]};
  log_->error("stop: {}", stop_failure_);
  finish_stop();
}

node_actor spawn_node(caf::actor_system& system, node_parts parts) {
  return system.spawn<node_impl>(std::move(parts));
}

} // namespace kommander
