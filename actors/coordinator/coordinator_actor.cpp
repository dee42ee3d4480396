#include "actors/coordinator/coordinator_actor.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "actors/raft/bounded_time.hpp"
#include "actors/raft/log.hpp"

namespace kommander {

namespace {

using std::chrono::milliseconds;

using change_promise = caf::typed_response_promise<change_result>;

/// Time is told so often while there is something to drive or somebody waits; otherwise no timer runs.
constexpr milliseconds tick_interval{25};

/// Between two proposals of the same change.
constexpr instant retry_delay = milliseconds{50};

/// More callers than these are refused.
constexpr std::size_t waiting_max = 1024;

change_result refusal(status code, std::string reason) {
  change_result x;
  x.code = code;
  x.reason = std::move(reason);
  return x;
}

/// What `x` asks partition 0 for; nothing if it makes no sense whatever the map says.
std::optional<map_command> command_of(const change_partitions& x) {
  switch (x.what) {
    case map_change::create: return map_create{x.partition, x.routed, x.range, x.replication_factor};
    case map_change::remove:
      return map_begin{operation_kind::remove, x.partition, {}, false, any_place, false, x.leaves_hole};
    case map_change::split:
      return map_begin{operation_kind::split, x.partition, x.other, x.routed, x.boundary, x.copies_itself, false};
    case map_change::merge:
      return map_begin{operation_kind::merge, x.other, x.partition, false, any_place, x.copies_itself, false};
    case map_change::cancel: return map_cancel{x.operation};
    case map_change::replicate: return map_replication{x.partition, x.replication_factor};
    default: return std::nullopt;
  }
}

/// As the map has it.
change_result describe(const operation_info& x, const partition_map& map) {
  change_result result;
  result.operation = x.id;
  result.partition = x.target ? x.target : x.source;
  if (const auto* partition = map.find(result.partition))
    result.current = partition->current;
  result.phase = x.phase;
  result.reason = x.reason;
  switch (x.phase) {
    case operation_phase::done: result.code = status::success; break;
    case operation_phase::cancelled: result.code = status::operation_cancelled; break;
    case operation_phase::failed: result.code = status::errored; break;
    default: result.code = status::pending; break;
  }
  return result;
}

class coordinator_impl final : public coordinator_actor::base {
public:
  coordinator_impl(caf::actor_config& config, coordinator_parts parts)
    : coordinator_actor::base{config},
      parts_{std::move(parts)},
      log_{component_logger("coordinator")},
      core_{parts_.options},
      members_{parts_.members},
      balancer_{parts_.balancer},
      placement_{parts_.placement} {
    // nop
  }

  const char* name() const override {
    return "kommander.coordinator";
  }

  behavior_type make_behavior() override {
    cafx::use_library_handlers(this);
    return {
      [this](const change_partitions& x) { return on_change(x); },
      [this](const map_update& x) { on_map(x.map); },
      [this](const system_leadership& x) {
        tick_all();
        core_.leads(x.term);
        members_.leads(x.term);
        balancer_.leads(x.term);
        placement_.leads(x.term);
        drive();
      },
      [this](const liveness_changed& x) {
        tick_all();
        members_.believes(x.view);
        balancer_.believes(x.view);
        placement_.believes(x.view);
        drive();
      },
      [this](const progress_request& x) { return progress_of(x.node); },
      [this](const coordinator_tick&) { on_tick(); },
      [this](const move_alarm& x) {
        if (x.number != alarms_)
          return;
        alarm_at_.reset();
        tick_all();
        drive();
      },
    };
  }

  void on_exit() override {
    for (auto& [number, x] : std::exchange(proposed_, {}))
      x.promise.deliver(refusal(status::replication_failed, "this node has stopped; the change may go on"));
    for (auto& x : std::exchange(waiting_, {}))
      x.promise.deliver(refusal(status::stopping, "this node is stopping"));
    parts_.caller = node_caller_actor{};
  }

private:
  /// Waits for partition 0 to accept or refuse it.
  struct proposed {
    change_promise promise;
    control_proposal what;
    partition_id partition;   ///< That it is about, if it has a name already.
    bool is_operation = true; ///< It is known by its number as soon as it is applied here.
    instant deadline{0};
    std::optional<instant> again; ///< Certainly not appended: when it is proposed again.
  };

  /// Waits for an operation to be over, or to be known here.
  struct waiting {
    change_promise promise;
    operation_id operation;
    bool to_its_end = false;
    instant deadline{0};
  };

  // -- what is asked --------------------------------------------------------------------------------------------------

  caf::result<change_result> on_change(const change_partitions& x) {
    if (x.what == map_change::await)
      return on_await(x);
    auto command = command_of(x);
    if (!command)
      return refusal(status::invalid_argument, "there is no such change of the partition map");
    if (proposed_.size() == waiting_max)
      return refusal(status::proposal_queue_full, "too many changes wait for partition 0 on this node");
    auto promise = make_response_promise<change_promise>();
    auto number = ++last_change_;
    proposed_.emplace(number, proposed{promise, control_proposal{partition_id{0}, encode(*command)}, x.partition,
                                       x.what != map_change::replicate, now() + bounded(x.timeout), std::nullopt});
    propose(number);
    return promise;
  }

  void propose(std::uint64_t number) {
    auto& x = proposed_.at(number);
    x.again.reset();
    request(parts_.caller, caf::infinite, x.what)
      .then([=, this](const control_result& y) { on_answer(number, y); },
            [=, this](const caf::error&) {
              on_answer(number, {status::replication_failed, {}, {}, "this node has ended; the change may go on"});
            });
  }

  /// What was accepted is described as soon as the entry is applied here. What was certainly not appended, because partition
  /// 0 has no leader for a moment, is proposed again while there is time.
  void on_answer(std::uint64_t number, const control_result& x) {
    auto found = proposed_.find(number);
    if (found == proposed_.end())
      return;
    if (is_momentary(x.code) && now() + retry_delay < found->second.deadline) {
      found->second.again = now() + retry_delay;
      return wake();
    }
    auto y = std::move(found->second);
    proposed_.erase(found);
    if (x.code != status::success)
      y.promise.deliver(refusal(x.code, x.reason));
    else if (!x.index || !y.is_operation)
      y.promise.deliver(in_force(y.partition));
    else
      wait({y.promise, operation_id{x.index.value()}, false, y.deadline});
  }

  void propose_again() {
    for (auto& [number, x] : proposed_)
      if (x.again && *x.again <= now())
        propose(number);
  }

  static bool is_momentary(status x) noexcept {
    return x == status::node_is_not_leader || x == status::proposal_queue_full || x == status::restore_in_progress;
  }

  /// What was asked for is so, from long before.
  change_result in_force(partition_id partition) const {
    change_result result;
    result.code = status::success;
    result.partition = partition;
    if (const auto* found = core_.map() ? core_.map()->find(partition) : nullptr)
      result.current = found->current;
    return result;
  }

  caf::result<change_result> on_await(const change_partitions& x) {
    if (!x.operation)
      return refusal(status::invalid_argument, "operation zero is none");
    const auto& map = core_.map();
    if (map && map->find(x.operation) == nullptr && is_past(*map, x.operation))
      return refusal(status::proposal_not_found, "nothing is known of operation " + to_string(x.operation));
    auto promise = make_response_promise<change_promise>();
    wait({promise, x.operation, true, now() + bounded(x.timeout)});
    return promise;
  }

  /// A later one is known, so this one has never been, or was over long ago.
  static bool is_past(const partition_map& map, operation_id id) {
    return !map.operations.empty() && map.operations.back().id > id;
  }

  void wait(waiting x) {
    if (waiting_.size() == waiting_max) {
      x.promise.deliver(refusal(status::proposal_queue_full, "too many wait for operations on this node"));
      return;
    }
    waiting_.push_back(std::move(x));
    answer_waiting();
    wake();
  }

  void answer_waiting() {
    std::erase_if(waiting_, [this](waiting& x) {
      auto answer = answer_for(x);
      if (answer)
        x.promise.deliver(std::move(*answer));
      return answer.has_value();
    });
  }

  std::optional<change_result> answer_for(const waiting& x) {
    const auto& map = core_.map();
    const auto* found = map ? map->find(x.operation) : nullptr;
    auto is_late = now() >= x.deadline;
    if (found == nullptr) {
      auto why = "operation " + to_string(x.operation) + " is not known on this node yet";
      return is_late ? std::optional{refusal(x.to_its_end ? status::proposal_not_found : status::pending, why)}
                     : std::nullopt;
    }
    if (x.to_its_end && !is_over(found->phase) && !is_late)
      return std::nullopt;
    auto answer = describe(*found, *map);
    if (!x.to_its_end) {
      answer.code = status::success; // accepted, whatever becomes of it
      answer.reason.clear();
    }
    return answer;
  }

  // -- what is driven -------------------------------------------------------------------------------------------------

  void on_map(const std::shared_ptr<const partition_map>& map) {
    if (const auto& known = core_.map(); known && map->version <= known->version)
      return;
    log_changes(*map);
    tick_all();
    core_.map(map);
    members_.map(map);
    balancer_.map(map);
    placement_.map(map);
    answer_waiting();
    drive();
  }

  void log_changes(const partition_map& map) const {
    const auto& known = core_.map();
    for (const auto& x : map.operations) {
      const auto* before = known ? known->find(x.id) : nullptr;
      if (!known || (before != nullptr && before->phase == x.phase))
        continue;
      log_->info("operation {}: {} of partition {}{}: {}{}{}", x.id.value(), to_string(x.kind), x.source.value(),
                 x.target ? " to partition " + to_string(x.target) : "", to_string(x.phase),
                 x.reason.empty() ? "" : ": ", x.reason);
    }
  }

  void drive() {
    for (auto& x : core_.take_requests())
      std::visit([&, this](auto& what) { ask(x.number, std::move(what)); }, x.what);
    for (auto& x : members_.take_requests())
      std::visit([&, this](auto& what) { ask_for_members(x.number, x.of, std::move(what)); }, x.what);
    for (auto& x : balancer_.take_requests())
      ask_for_balance(x);
    for (auto& x : placement_.take_requests())
      std::visit([&, this](auto& what) { ask_for_placement(x.number, std::move(what)); }, x.what);
    wake();
    set_alarm();
  }

  template <class Request>
  void ask_for_members(std::uint64_t number, node_id of, Request what) {
    if constexpr (std::is_same_v<Request, load_request>) {
      ask_load(of, [this, number](const load_report& x) { members_.answered(number, x); });
    } else if constexpr (std::is_same_v<Request, group_request> || std::is_same_v<Request, control_proposal>) {
      using reply = std::conditional_t<std::is_same_v<Request, group_request>, group_report, control_result>;
      auto answered = [this, number](const reply& x) {
        tick_all();
        members_.answered(number, x);
        drive();
      };
      request(parts_.caller, caf::infinite, std::move(what)).then(answered, [answered](const caf::error&) {
        answered(reply{});
      });
    }
  }

  template <class Request>
  void ask_for_placement(std::uint64_t number, Request what) {
    if constexpr (std::is_same_v<Request, group_request> || std::is_same_v<Request, control_proposal>) {
      using reply = std::conditional_t<std::is_same_v<Request, group_request>, group_report, control_result>;
      auto answered = [this, number](const reply& x) {
        tick_all();
        if (x.code != status::success)
          log_->debug("replicas: {}", x.reason);
        placement_.answered(number, x);
        drive();
      };
      request(parts_.caller, caf::infinite, std::move(what)).then(answered, [answered](const caf::error&) {
        answered(reply{});
      });
    }
  }

  template <class Answered>
  void ask_load(node_id of, Answered answered) {
    auto told = [this, answered](const load_report& x) {
      tick_all();
      answered(x);
      drive();
    };
    request(parts_.caller, caf::infinite, load_question{of}).then(told, [told](const caf::error&) {
      told(load_report{});
    });
  }

  void ask_for_balance(const balance_request& x) {
    const auto* move = std::get_if<handover_request>(&x.what);
    if (move == nullptr)
      return ask_load(x.of, [this, n = x.number](const load_report& y) { balancer_.answered(n, y); });
    auto answered = [this, n = x.number](const control_result& y) {
      tick_all();
      if (y.code != status::success)
        log_->debug("balancing: {}", y.reason);
      balancer_.answered(n, y);
      drive();
    };
    request(parts_.caller, caf::infinite, *move).then(answered, [answered](const caf::error&) {
      answered(control_result{});
    });
  }

  /// How far a learner is, as far as this node knows: it has to lead partition 0.
  progress_report progress_of(node_id node) {
    progress_report result;
    auto all = members_.progress();
    auto found = std::ranges::find(all, node, &learner_progress::node);
    if (found == all.end()) {
      result.code = status::member_not_found;
      result.reason = "node " + to_string(node) + " is no learner here";
      return result;
    }
    result.code = status::success;
    result.caught_up = found->caught_up;
    result.partitions = found->partitions;
    return result;
  }

  template <class Other>
  void ask(std::uint64_t, const Other&) {
    // `coordinator_core` makes no other requests
  }

  void ask(std::uint64_t number, control_proposal what) {
    request(parts_.caller, caf::infinite, std::move(what))
      .then([this, number](const control_result& x) { on_result(number, x); },
            [this, number](const caf::error&) { on_result(number, control_result{}); });
  }

  void ask(std::uint64_t number, range_export what) {
    request(parts_.caller, caf::infinite, std::move(what))
      .then([this, number](const range_part& x) { on_result(number, x); },
            [this, number](const caf::error&) { on_result(number, range_part{}); });
  }

  template <class Result>
  void on_result(std::uint64_t number, const Result& x) {
    tick_all();
    core_.answered(number, x);
    drive();
  }

  // -- time -----------------------------------------------------------------------------------------------------------

  void wake() {
    if (ticking_ || (waiting_.empty() && proposed_.empty() && !core_.is_busy() && !members_.is_busy()))
      return;
    ticking_ = true;
    delayed_send(this, tick_interval, coordinator_tick{});
  }

  void tick_all() {
    auto t = now();
    core_.tick(t);
    members_.tick(t);
    balancer_.tick(t);
    placement_.tick(t);
  }

  /// These are rare: for them alone nothing ticks.
  void set_alarm() {
    auto due = balancer_.due();
    if (auto other = placement_.due(); other && (!due || *other < *due))
      due = other;
    if (!due || (alarm_at_ && *alarm_at_ <= *due))
      return;
    alarm_at_ = due;
    auto wait = std::chrono::ceil<milliseconds>(*due - std::min(now(), *due));
    delayed_send(this, std::max(wait, milliseconds{1}), move_alarm{++alarms_});
  }

  void on_tick() {
    ticking_ = false;
    tick_all();
    propose_again();
    answer_waiting();
    drive();
  }

  instant now() {
    return std::chrono::duration_cast<instant>(clock().now().time_since_epoch());
  }

  coordinator_parts parts_;
  std::shared_ptr<spdlog::logger> log_;
  coordinator_core core_;
  membership_core members_;
  balance_core balancer_;
  placement_core placement_;
  std::map<std::uint64_t, proposed> proposed_; ///< Changes that partition 0 has not answered.
  std::uint64_t last_change_ = 0;
  std::vector<waiting> waiting_;
  bool ticking_ = false;
  std::optional<instant> alarm_at_;
  std::uint64_t alarms_ = 0;
};

} // namespace

coordinator_actor spawn_coordinator(caf::actor_system& system, coordinator_parts parts) {
  return system.spawn<coordinator_impl>(std::move(parts));
}

} // namespace kommander
