#include "actors/raft/raft_actor.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include <spdlog/spdlog.h>

#include "actors/raft/leadership_core.hpp"
#include "actors/raft/log.hpp"
#include "actors/raft/partition_settings.hpp"
#include "actors/raft/status_collector.hpp"
#include "actors/raft/status_feed_actor.hpp"

namespace kommander {

namespace {

using std::chrono::milliseconds;

/// A stop that takes longer says what has not ended, and goes on without it.
constexpr milliseconds stop_time_max{4000};

/// No wait is longer, so that no arithmetic overflows.
constexpr milliseconds wait_time_max{std::chrono::hours{24}};

using leader_promise = caf::typed_response_promise<leader_result>;
using operation_promise = caf::typed_response_promise<operation_result>;

/// Who waits in `leadership_core`.
using wait_promise = std::variant<leader_promise, operation_promise>;

enum class node_phase { running, ending_partitions, ending_logs, ending_links, ended };

class node_impl : public node_actor::base {
public:
  node_impl(caf::actor_config& cfg, node_parts parts)
    : node_actor::base(cfg),
      parts_{std::move(parts)},
      log_{component_logger("raft")},
      leadership_{parts_.self.id, parts_.recovered.size()},
      queued_{
        std::make_shared<node_budget>(load{parts_.config.node_queue_entries_max, parts_.config.node_queue_bytes_max})},
      writing_{std::make_shared<node_budget>(
        load{parts_.config.wal_node_queue_entries_max, parts_.config.wal_node_queue_bytes_max})} {
    // nop
  }

  const char* name() const override {
    return "kommander.raft";
  }

  behavior_type make_behavior() override {
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
      [this](const gather_turn& x) { send(partitions_[x.partition.value()], x); },
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
      [](const get_partition_map&) { return partition_map{}; },
      [](const change_partitions&) { return change_result{}; },
      [this](const subscribe& x) { on_subscribe(x); },
      [this](const unsubscribe& x) { on_unsubscribe(x); },
      [this](const subscribe_status& x) { send(status_feed_, x); },
      [this](const unsubscribe_status& x) { send(status_feed_, x); },
      [this](const leader_update& x) { on_leader_update(x); },
      [this](const restore_started& x) { publish(x); },
      [this](const restore_finished& x) { publish(x); },
      [this](const replication_error& x) { publish(x); },
      [this](const partition_failed& x) { on_partition_failed(x); },
      [this](const disk_stalled& x) { publish(x); },
      [](const map_update&) {},
      [this](const node_tick&) { on_tick(); },
    };
  }

  /// Runs however this actor ends, also when nobody holds a handle of it any more. Sends nothing in its own name.
  void on_exit() override {
    if (phase_ != node_phase::ended && stop_failure_.empty())
      stop_failure_ = "the node was ended before it had stopped";
    for (auto& x : stopping_)
      x.deliver(operation_result{stop_failure_.empty() ? status::success : status::errored, stop_failure_});
    stopping_.clear();
    end_waits(status::stopping, "the node has ended");
    parts_.routes->set({});
    for (const auto& x : partitions_)
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
    end_logs();
    end_links();
    caf::anon_send_exit(ticker_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(status_feed_, caf::exit_reason::user_shutdown);
    partitions_.clear();
    listeners_.clear();
    parts_.machines.clear();
    parts_.log.reset();
  }

private:
  // -- start ------------------------------------------------------------------------------------------------------

  void start_all() {
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
    for (const auto& x : parts_.members)
      if (x.id != parts_.self.id)
        links_.emplace(x.id, watch(parts_.net->open_link(x)));
    start_partitions();
    status_feed_ = spawn_status_feed(system(), caf::weak_actor_ptr{ctrl()});
    ticker_ = spawn_ticker(system(), tick_interval(config), parts_.routes, caf::weak_actor_ptr{ctrl()});
  }

  void start_partitions() {
    std::vector<node_id> ids;
    for (const auto& x : parts_.members)
      ids.push_back(x.id);
    auto group = group_configuration::of(std::move(ids));
    partitions_.resize(parts_.recovered.size());
    for (std::size_t i = 0; i < parts_.recovered.size(); ++i) {
      auto& found = parts_.recovered[i];
      shares_.push_back(std::make_shared<budget_share>(queued_));
      if (!found.damage.empty())
        log_->error("partition {}: {}. What is lost is fetched from the others", i, found.damage);
      partitions_[i] = watch(start_partition(partition_id{i}, group, std::move(found)));
    }
    parts_.recovered.clear();
    parts_.routes->set(partitions_);
  }

  partition_actor start_partition(partition_id id, const group_configuration& group, recovered_partition found) {
    partition_parts x;
    x.options = core_options(parts_.config, id, parts_.self.id, group);
    // A disk without anything may be new or wiped: the others know. Whoever is alone has lost it all, or nothing.
    auto is_empty = found.state == hard_state{} && !found.last && !found.damaged_at;
    auto is_alone = group.is_only_voter(parts_.self.id);
    x.lost = is_empty && !is_alone ? log_loss::everything : log_loss::none;
    x.recovered = std::move(found);
    x.seed = mixed_seed(parts_.seed, parts_.self.id, id);
    x.members = parts_.members;
    x.payload_bytes_max = parts_.config.payload_bytes_max;
    x.compaction = {parts_.config.compact_every_operations, parts_.config.compact_every_bytes,
                    parts_.config.max_entries_per_compaction};
    x.undecided_proposals_max = parts_.config.undecided_proposals_max;
    x.undecided_bytes_max = parts_.config.undecided_bytes_max;
    x.disk_stall_timeout = parts_.config.disk_stall_timeout;
    x.slow_commits = slow_commits_;
    x.proposals = shares_[id.value()];
    x.writes = std::make_shared<budget_share>(writing_);
    x.links = links_;
    x.writer = writers_[writer_of(id)];
    x.reader = readers_[id.value() % readers_.size()];
    x.machine = parts_.machines[id.value()];
    x.observer = caf::weak_actor_ptr{ctrl()};
    return spawn_partition(system(), std::move(x));
  }

  template <class Handle>
  Handle watch(Handle x) {
    monitor(x);
    return x;
  }

  std::size_t writer_of(partition_id x) const noexcept {
    return x.value() % writers_.size();
  }

  // -- requests for one partition ---------------------------------------------------------------------------------

  caf::result<propose_result> on_propose(propose& x) {
    if (auto refusal = charge(x.partition, cost_of(x)))
      return std::move(*refusal);
    return delegate(partitions_[x.partition.value()], std::move(x));
  }

  caf::result<propose_batch_result> on_batch(propose_batch& x) {
    if (auto refusal = charge(x.partition, cost_of(x)))
      return propose_batch_result{{x.entries.size(), std::move(*refusal)}};
    return delegate(partitions_[x.partition.value()], std::move(x));
  }

  /// A decision or a checkpoint.
  template <class Request>
  caf::result<propose_result> propose_small(const Request& x) {
    if (auto refusal = charge(x.partition, small_request))
      return std::move(*refusal);
    return delegate(partitions_[x.partition.value()], x);
  }

  /// Takes what a proposal counts for from the node's budget, or says why it cannot be passed on. Here, not in the
  /// partition: what waits in its mailbox counts, too.
  std::optional<propose_result> charge(partition_id partition, load cost) {
    if (auto refusal = refuse(partition))
      return propose_result{refusal->code, {}, {}, {}, std::move(refusal->reason)};
    if (shares_[partition.value()]->try_take(cost))
      return std::nullopt;
    return propose_result{status::proposal_queue_full,
                          {},
                          {},
                          {},
                          "this node has as much unanswered as its proposal queues may hold together"};
  }

  caf::result<pending_tickets> on_get_pending_tickets(const get_pending_tickets& x) {
    if (auto refusal = refuse(x.partition))
      return pending_tickets{refusal->code, {}};
    return delegate(partitions_[x.partition.value()], x);
  }

  caf::result<read_result> on_read(const read_barrier& x) {
    if (auto refusal = refuse(x.partition))
      return read_result{refusal->code, {}, {}, std::move(refusal->reason)};
    return delegate(partitions_[x.partition.value()], x);
  }

  template <class Request>
  caf::result<operation_result> pass_on(const Request& x) {
    if (auto refusal = refuse(x.partition))
      return std::move(*refusal);
    return delegate(partitions_[x.partition.value()], x);
  }

  /// Why a request for `partition` cannot be passed on, if it cannot.
  std::optional<operation_result> refuse(partition_id partition) const {
    if (phase_ != node_phase::running)
      return operation_result{status::stopping, "this node is stopping"};
    if (partition.value() >= partitions_.size())
      return operation_result{status::unknown_partition, unknown(partition)};
    if (!partitions_[partition.value()])
      return operation_result{status::errored, leadership_.failure(partition)};
    return std::nullopt;
  }

  std::string unknown(partition_id x) const {
    return "there is no partition " + to_string(x) + "; this cluster has partitions 0 to "
           + std::to_string(partitions_.size() - 1);
  }

  // -- questions about leaders ------------------------------------------------------------------------------------

  caf::result<leader_result> on_wait_for_leader(const wait_for_leader& x) {
    if (phase_ != node_phase::running)
      return leader_result{status::stopping, {}, {}};
    if (leadership_.find(x.partition) == nullptr)
      return leader_result{status::unknown_partition, {}, {}};
    auto promise = make_response_promise<leader_promise>();
    auto id = add_wait(promise);
    leadership_.wait(id, x.partition, bounded(x.stable_for), now() + bounded(x.timeout));
    answer_waits();
    return promise;
  }

  leader_result on_get_leader(const get_leader& x) const {
    const auto* known = leadership_.find(x.partition);
    if (known == nullptr)
      return {status::unknown_partition, {}, {}};
    return {status::success, member(known->leader), known->term};
  }

  leader_result on_is_leader(const is_leader& x) const {
    auto result = on_get_leader({x.partition});
    const auto* known = leadership_.find(x.partition);
    if (known != nullptr && !(known->ready && known->leader == parts_.self.id))
      result.code = status::node_is_not_leader;
    return result;
  }

  caf::result<operation_result> on_join() {
    if (phase_ != node_phase::running)
      return operation_result{status::stopping, "this node is stopping"};
    auto promise = make_response_promise<operation_promise>();
    auto id = add_wait(promise);
    leadership_.wait_for_all(id, now() + parts_.config.join_timeout);
    answer_waits();
    return promise;
  }

  waiter_id add_wait(wait_promise x) {
    auto id = ++last_wait_;
    waits_.emplace(id, std::move(x));
    return id;
  }

  void answer_waits() {
    for (const auto& x : leadership_.take_answers(now()))
      answer_wait(x);
  }

  void end_waits(status code, const std::string& reason) {
    for (const auto& x : leadership_.end_all(code, reason))
      answer_wait(x);
  }

  void answer_wait(const wait_answer& x) {
    auto found = waits_.extract(x.id);
    if (found.empty())
      return;
    if (auto* promise = std::get_if<leader_promise>(&found.mapped()))
      promise->deliver(leader_result{x.code, member(x.leader), x.term});
    else
      std::get<operation_promise>(found.mapped()).deliver(operation_result{x.code, x.reason});
  }

  node_info member(node_id id) const {
    auto found = std::ranges::find(parts_.members, id, &node_info::id);
    return id && found != parts_.members.end() ? *found : node_info{};
  }

  static instant bounded(milliseconds x) {
    return std::clamp(x, milliseconds{0}, wait_time_max);
  }

  instant now() {
    return std::chrono::duration_cast<instant>(clock().now().time_since_epoch());
  }

  // -- status -----------------------------------------------------------------------------------------------------

  caf::result<node_status> on_get_status(const get_status& x) {
    auto collector = std::make_shared<status_collector>();
    auto& result = collector->result;
    result.self = parts_.self;
    result.cluster_id = parts_.config.cluster_id;
    result.members = parts_.members;
    result.syncs = parts_.log ? parts_.log->sync_count() : 0;
    result.group_writes = counters_->group_writes.load(std::memory_order_relaxed);
    result.writes = counters_->writes.load(std::memory_order_relaxed);
    auto queued = queued_->taken();
    result.queued_entries = queued.entries;
    result.queued_bytes = queued.bytes;
    auto writing = writing_->taken();
    result.wal_queue_entries = writing.entries;
    result.wal_queue_bytes = writing.bytes;
    auto wanted = x.partitions;
    for (std::size_t i = 0; x.partitions.empty() && i < partitions_.size(); ++i)
      wanted.push_back(partition_id{i});
    std::ranges::sort(wanted);
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    collector->promise = make_response_promise<status_promise>();
    auto promise = collector->promise;
    collector->missing = wanted.size();
    for (auto id : wanted)
      ask_status(collector, id);
    return promise;
  }

  void ask_status(const std::shared_ptr<status_collector>& collector, partition_id id) {
    auto absent = [=, this](const std::string& why) {
      partition_status x;
      x.partition = id;
      x.role = raft_role::failed;
      x.failure = why;
      collector->add(std::move(x));
    };
    if (id.value() >= partitions_.size())
      return absent(unknown(id));
    if (!partitions_[id.value()])
      return absent(leadership_.failure(id));
    request(partitions_[id.value()], caf::infinite, get_partition_status{})
      .then([=](partition_status& x) { collector->add(std::move(x)); },
            [=](const caf::error&) { absent("the partition has ended on this node"); });
  }

  // -- events -----------------------------------------------------------------------------------------------------

  void on_subscribe(const subscribe& x) {
    if (!x.listener || std::ranges::find(listeners_, x.listener) != listeners_.end())
      return;
    monitor(x.listener);
    listeners_.push_back(x.listener);
    for (const auto& known : leadership_.published())
      send(x.listener, leader_changed{known.partition, member(known.leader), known.term});
    for (std::size_t i = 0; i < partitions_.size(); ++i)
      if (const auto& reason = leadership_.failure(partition_id{i}); !reason.empty())
        send(x.listener, partition_failed{partition_id{i}, reason});
  }

  void on_unsubscribe(const unsubscribe& x) {
    if (std::erase(listeners_, x.listener) > 0)
      demonitor(x.listener.address());
  }

  template <class Event>
  void publish(const Event& x) {
    for (const auto& listener : listeners_)
      send(listener, x);
  }

  void publish(const std::optional<published_leader>& x) {
    if (x)
      publish(leader_changed{x->partition, member(x->leader), x->term});
  }

  void on_leader_update(const leader_update& x) {
    if (phase_ != node_phase::running)
      return;
    publish(leadership_.update(x.partition, x.what, now()));
    answer_waits();
  }

  void on_partition_failed(const partition_failed& x) {
    log_->error("partition {} does not run on this node any more: {}", x.partition.value(), x.reason);
    publish(leadership_.fail(x.partition, x.reason));
    publish(x);
    answer_waits();
  }

  // -- what ends --------------------------------------------------------------------------------------------------

  void on_down(const caf::down_msg& x) {
    std::erase_if(listeners_, [&](const event_listener& y) { return y.address() == x.source; });
    auto is_source = [&](const auto& y) { return y && y.address() == x.source; };
    if (auto i = std::ranges::find_if(partitions_, is_source); i != partitions_.end())
      on_partition_down(static_cast<std::size_t>(i - partitions_.begin()), x.reason);
    else if (auto j = std::ranges::find_if(writers_, is_source); j != writers_.end())
      on_log_down(writers_, static_cast<std::size_t>(j - writers_.begin()), x.reason);
    else if (auto k = std::ranges::find_if(readers_, is_source); k != readers_.end())
      on_log_down(readers_, static_cast<std::size_t>(k - readers_.begin()), x.reason);
    else
      on_link_down(x);
    continue_stop();
  }

  void on_partition_down(std::size_t index, const caf::error& reason) {
    partitions_[index] = partition_actor{};
    shares_[index]->close();
    if (phase_ != node_phase::running)
      return;
    parts_.routes->set(partitions_);
    if (leadership_.failure(partition_id{index}).empty())
      on_partition_failed({partition_id{index}, "its actor has ended: " + system().render(reason)});
  }

  /// An actor of the log has ended: while the node runs, the partitions that need it end too.
  template <class Handle>
  void on_log_down(std::vector<Handle>& all, std::size_t index, const caf::error& reason) {
    all[index] = Handle{};
    if (phase_ != node_phase::running)
      return;
    log_->critical("an actor of the log has ended: {}", system().render(reason));
    for (std::size_t i = 0; i < partitions_.size(); ++i)
      if (i % all.size() == index && partitions_[i])
        send_exit(partitions_[i], caf::make_error(caf::sec::runtime_error, "its access to the log has ended"));
  }

  void on_link_down(const caf::down_msg& x) {
    auto found = std::ranges::find_if(links_, [&](const auto& y) { return y.second.address() == x.source; });
    if (found == links_.end())
      return;
    if (phase_ == node_phase::running)
      log_->critical("the link to node {} has ended: {}", found->first.value(), system().render(x.reason));
    links_.erase(found);
  }

  // -- stop -------------------------------------------------------------------------------------------------------

  caf::result<operation_result> on_stop() {
    auto promise = make_response_promise<operation_promise>();
    stopping_.push_back(promise);
    begin_stop();
    return promise;
  }

  /// First the partitions, which answer their callers and wait for their writes; then the log; then the network.
  void begin_stop() {
    if (phase_ != node_phase::running)
      return;
    log_->info("the node stops");
    phase_ = node_phase::ending_partitions;
    stop_deadline_ = now() + stop_time_max;
    end_waits(status::stopping, "this node is stopping");
    parts_.routes->set({});
    for (const auto& x : partitions_)
      if (x)
        send(x, partition_stop{});
    continue_stop();
  }

  void continue_stop() {
    auto gone = [](const auto& x) { return !x; };
    if (phase_ == node_phase::ending_partitions && std::ranges::all_of(partitions_, gone)) {
      phase_ = node_phase::ending_logs;
      end_logs();
    }
    if (phase_ == node_phase::ending_logs && std::ranges::all_of(writers_, gone)
        && std::ranges::all_of(readers_, gone)) {
      parts_.log.reset(); // closes it
      phase_ = node_phase::ending_links;
      end_links();
    }
    if (phase_ == node_phase::ending_links && links_.empty())
      finish_stop();
  }

  void end_logs() {
    for (const auto& x : writers_)
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
    for (const auto& x : readers_)
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  }

  void end_links() {
    for (const auto& [peer, link] : links_)
      caf::anon_send_exit(link, caf::exit_reason::user_shutdown);
    if (std::exchange(net_running_, false))
      parts_.net->stop();
  }

  void finish_stop() {
    phase_ = node_phase::ended;
    quit(exit_reason_);
  }

  void on_tick() {
    if (phase_ == node_phase::running)
      return answer_waits();
    if (phase_ == node_phase::ended || now() < stop_deadline_)
      return;
    constexpr const char* what[] = {"", "partitions", "the log", "links", ""};
    stop_failure_ = "not all has ended in time: " + std::string{what[static_cast<int>(phase_)]};
    log_->error("stop: {}", stop_failure_);
    finish_stop();
  }

  node_parts parts_;
  std::shared_ptr<spdlog::logger> log_;
  leadership_core leadership_;
  std::shared_ptr<wal_writer_counters> counters_;
  std::vector<wal_writer> writers_;
  std::vector<wal_reader> readers_;
  std::map<node_id, peer_link> links_;
  partition_table partitions_; ///< By partition id; invalid where a partition does not run.
  ticker_actor ticker_;
  status_feed status_feed_;
  std::shared_ptr<slow_operation_log> slow_commits_;
  std::shared_ptr<node_budget> queued_;               ///< Proposals that are not answered,
  std::shared_ptr<node_budget> writing_;              ///< and entries on their way to the disk.
  std::vector<std::shared_ptr<budget_share>> shares_; ///< Of `queued_`, by partition id.
  std::vector<event_listener> listeners_;
  std::map<waiter_id, wait_promise> waits_;
  waiter_id last_wait_;
  node_phase phase_ = node_phase::running;
  std::vector<operation_promise> stopping_;
  std::string stop_failure_;
  caf::error exit_reason_;
  instant stop_deadline_{0};
  bool net_running_ = true;
};

} // namespace

node_actor spawn_node(caf::actor_system& system, node_parts parts) {
  return system.spawn<node_impl>(std::move(parts));
}

} // namespace kommander
