#include "actors/coordinator/member_actor.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "actors/raft/bounded_time.hpp"
#include "actors/raft/log.hpp"

namespace kommander {

namespace {

using std::chrono::milliseconds;

using member_promise = caf::typed_response_promise<membership_result>;

/// While there is something to ask or to wait for; otherwise no timer runs.
constexpr milliseconds tick_interval{50};

/// Between two proposals of the same change.
constexpr instant retry_delay = milliseconds{100};

/// Whoever is asked may not be connected: after so long another one is.
constexpr instant patience = std::chrono::seconds{2};

/// More callers than these are refused.
constexpr std::size_t waiting_max = 256;

class member_impl final : public member_actor::base {
public:
  member_impl(caf::actor_config& config, member_parts parts)
    : member_actor::base{config},
      parts_{std::move(parts)},
      log_{component_logger("membership")},
      core_{parts_.options},
      joining_{parts_.options.joins} {
    // nop
  }

  const char* name() const override {
    return "kommander.member";
  }

  behavior_type make_behavior() override {
    cafx::use_library_handlers(this);
    core_.tick(now());
    core_.hears_leader(false);
    drive();
    return {
      [this](const change_membership& x) { return on_change(x); },
      [this](const await_voter& x) { return on_await_voter(x); },
      [this](const map_update& x) { on_map(x); },
      [this](const system_leader_known& x) {
        core_.tick(now());
        core_.hears_leader(x.known);
        drive();
      },
      [this](const wal_metadata_set& x) { on_stored(x); },
      [this](const member_tick&) {
        ticking_ = false;
        drive();
      },
    };
  }

  void on_exit() override {
    for (auto& x : std::exchange(waiting_, {}))
      x.promise.deliver(result_of(status::stopping, "this node is stopping; the change may go on"));
    parts_ = member_parts{};
  }

private:
  enum class wish : std::uint8_t { voter, left, gone };

  struct waiting {
    std::uint64_t number = 0;
    member_promise promise;
    wish what = wish::voter;
    node_id node;          ///< Gone: who;
    member_change change;  ///< and what is proposed for it,
    bool accepted = false; ///< until it has been accepted.
    bool asks = false;
    instant again{0};
    instant deadline{0};
  };

  // -- what is asked --------------------------------------------------------------------------------------------------

  caf::result<membership_result> on_await_voter(const await_voter& x) {
    return wait({0, {}, wish::voter, {}, {}, true, false, {}, now() + bounded(x.timeout)});
  }

  caf::result<membership_result> on_change(const change_membership& x) {
    auto self = parts_.options.self.id;
    auto node = x.node ? x.node : self;
    if (x.what == membership_change::leave && node != self)
      return result_of(status::invalid_argument,
                       "a node leaves by itself; remove_member is for node " + to_string(node));
    if (x.expected && x.expected != core_.known().version)
      return result_of(status::stale_membership, "the roster is at version " + to_string(core_.known().version)
                                                   + ", not at " + to_string(x.expected));
    if (x.what == membership_change::stay)
      return wait(step(node, member_step::stay, x));
    if (node != self)
      return wait(step(node, member_step::leave, x));
    if (is_alone())
      return leave_alone();
    log_->info("this node leaves the cluster");
    core_.tick(now());
    core_.leave();
    return wait({0, {}, wish::left, self, {}, true, false, {}, now() + bounded(x.timeout)});
  }

  waiting step(node_id node, member_step what, const change_membership& x) {
    waiting y;
    y.what = wish::gone;
    y.node = node;
    y.change.what = what;
    y.change.node = node;
    y.change.expected = x.expected;
    y.deadline = now() + bounded(x.timeout);
    return y;
  }

  caf::result<membership_result> wait(waiting x) {
    if (waiting_.size() == waiting_max)
      return result_of(status::proposal_queue_full, "too many wait for changes of the membership on this node");
    auto promise = make_response_promise<member_promise>();
    x.number = ++last_number_;
    x.promise = promise;
    waiting_.push_back(std::move(x));
    drive();
    return promise;
  }

  /// Nobody else is there to be told.
  [[nodiscard]] bool is_alone() const {
    const auto& members = core_.known().members;
    return members.empty() ? parts_.alone : members.size() == 1 && members.front().id == parts_.options.self.id;
  }

  caf::result<membership_result> leave_alone() {
    auto promise = make_response_promise<member_promise>();
    waiting_.push_back(
      {++last_number_, promise, wish::left, parts_.options.self.id, {}, true, false, {}, now() + wait_time_max});
    store_left();
    return promise;
  }

  // -- what happens ---------------------------------------------------------------------------------------------------

  void on_map(const map_update& x) {
    core_.tick(now());
    auto before = core_.self() != nullptr ? std::optional{core_.self()->role} : std::nullopt;
    core_.roster(x.map->roster);
    auto after = core_.self() != nullptr ? std::optional{core_.self()->role} : std::nullopt;
    if (after && after != before)
      log_->info("this node is a {} of the cluster, of {} members", to_string(*after), core_.known().members.size());
    else if (before && !after)
      log_->warn("this node is no member of the cluster any more");
    if (!core_.is_leaving())
      joining_.role(after);
    drive();
  }

  void drive() {
    core_.tick(now());
    if (asked_at_ && now() - *asked_at_ >= patience) {
      ++asked_;
      asked_at_.reset();
      core_.answered({status::proposal_timeout, {}, {}, "node " + to_string(last_contact_) + " does not answer"});
    }
    ask();
    propose_waiting();
    if (core_.has_left())
      store_left();
    answer_waiting();
    follow_join();
    wake();
  }

  /// Asks how far this node is, and tells it.
  void follow_join() {
    if (joining_.take_question(now())) {
      auto answered = [this](const progress_report& x) {
        joining_.answered(x);
        drive();
      };
      request(parts_.caller, caf::infinite, progress_request{parts_.options.self.id})
        .then(answered, [answered](const caf::error&) {
          progress_report x;
          x.reason = "this node is stopping";
          answered(x);
        });
    }
    joining_.trouble(core_.is_leaving() ? "" : core_.trouble());
    auto news = joining_.take_news();
    auto observer = news ? caf::actor_cast<caf::strong_actor_ptr>(parts_.observer) : nullptr;
    if (observer)
      send(caf::actor_cast<join_observer>(observer), std::move(*news));
  }

  void ask() {
    auto x = core_.take_request();
    if (!x)
      return;
    auto contact = next_contact();
    if (!contact && x->what == member_step::join && parts_.options.joins && !core_.known().version)
      return core_.answered({status::errored, {}, {}, "no node is known yet that could be asked to take this one in"});
    if (core_.introduces_itself())
      introduce();
    asked_at_ = now();
    auto answered = [this, number = ++asked_](const control_result& y) {
      if (number != asked_)
        return; // somebody else has been asked since
      asked_at_.reset();
      core_.tick(now());
      if (y.code != status::success && y.code != status::drain_in_progress)
        log_->debug("membership: {}", y.reason);
      core_.answered(y);
      drive();
    };
    auto failed = [answered](const caf::error&) { answered({status::stopping, {}, {}, "this node is stopping"}); };
    if (contact)
      request(parts_.caller, caf::infinite, contact_request{contact, {encode(*x)}}).then(answered, failed);
    else
      request(parts_.caller, caf::infinite, control_proposal{partition_id{}, encode(*x)}).then(answered, failed);
  }

  /// A different one each time; zero: there is none.
  node_id next_contact() {
    auto links = parts_.links->get();
    if (links->empty())
      return {};
    auto next = links->upper_bound(last_contact_);
    last_contact_ = (next != links->end() ? next : links->begin())->first;
    return last_contact_;
  }

  void introduce() {
    auto links = parts_.links->get();
    for (const auto& [id, x] : *links)
      send(x.link, link_retarget{x.address, true});
  }

  void propose_waiting() {
    for (auto& x : waiting_)
      if (x.what == wish::gone && !x.accepted && !x.asks && now() >= x.again)
        propose(x);
  }

  void propose(waiting& x) {
    x.asks = true;
    request(parts_.caller, caf::infinite, control_proposal{partition_id{}, encode(x.change)})
      .then([this, n = x.number](const control_result& y) { on_answer(n, y); },
            [this, n = x.number](const caf::error&) {
              on_answer(n, {status::stopping, {}, {}, "stopping"});
            });
  }

  void on_answer(std::uint64_t number, const control_result& x) {
    auto found = std::ranges::find(waiting_, number, &waiting::number);
    if (found == waiting_.end())
      return;
    found->asks = false;
    found->again = now() + retry_delay;
    auto is_gone = found->change.what == member_step::leave && x.code == status::member_not_found;
    found->accepted = x.code == status::success || x.code == status::drain_in_progress || is_gone;
    if (!found->accepted && !is_momentary(x.code)) {
      found->promise.deliver(result_of(x.code, x.reason));
      waiting_.erase(found);
    }
    drive();
  }

  static bool is_momentary(status x) noexcept {
    return x == status::node_is_not_leader || x == status::proposal_queue_full || x == status::restore_in_progress
           || x == status::active_proposal;
  }

  // -- what was waited for --------------------------------------------------------------------------------------------

  void answer_waiting() {
    std::erase_if(waiting_, [this](waiting& x) {
      auto answer = answer_for(x);
      if (answer)
        x.promise.deliver(std::move(*answer));
      return answer.has_value();
    });
  }

  std::optional<membership_result> answer_for(const waiting& x) {
    if (is_fulfilled(x))
      return result_of(status::success, {});
    if (now() < x.deadline)
      return std::nullopt;
    if (x.what == wish::left)
      core_.stay(); // and catches up with what it has been taken out of already
    return result_of(status::proposal_timeout, trouble_of(x));
  }

  [[nodiscard]] bool is_fulfilled(const waiting& x) const {
    const auto* self = core_.self();
    if (x.what == wish::voter)
      return self != nullptr ? self->role == member_role::voter : !core_.known().version && !parts_.options.joins;
    if (x.what == wish::left)
      return stored_;
    const auto* other = core_.known().find(x.node);
    if (x.change.what == member_step::stay)
      return x.accepted && other != nullptr && other->role != member_role::leaving;
    return x.accepted && other == nullptr;
  }

  std::string trouble_of(const waiting& x) const {
    const auto* who = x.what == wish::gone ? core_.known().find(x.node) : core_.self();
    auto known = who != nullptr ? "a " + std::string{to_string(who->role)} : "no member";
    auto trouble = core_.trouble().empty() ? "" : "; the last refusal: " + core_.trouble();
    const auto& join = joining_.present();
    auto is_behind = x.what == wish::voter && join.phase == join_phase::catching_up && join.partitions > 0;
    auto far = is_behind ? "; it has caught up with " + std::to_string(join.caught_up) + " of "
                             + std::to_string(join.partitions) + " partitions"
                         : std::string{};
    auto taken_back = x.what == wish::left ? "; it is taken back" : "";
    return "node " + to_string(x.node ? x.node : parts_.options.self.id) + " is " + known + " yet" + far + taken_back
           + trouble;
  }

  /// Nothing is answered before that is on the disk.
  void store_left() {
    if (std::exchange(storing_, true))
      return;
    send(parts_.writer, wal_set_metadata{left_cluster_key, "1", caf::actor_cast<wal_metadata_client>(this)});
  }

  void on_stored(const wal_metadata_set& x) {
    if (!x.failure.empty())
      log_->error("that this node has left the cluster could not be stored: {}", x.failure);
    else
      log_->info("this node has left the cluster");
    stored_ = true;
    drive();
  }

  // -- small things ---------------------------------------------------------------------------------------------------

  membership_result result_of(status code, std::string reason) const {
    return {code, core_.known().version, std::move(reason)};
  }

  void wake() {
    if (ticking_ || (waiting_.empty() && !core_.is_busy() && !joining_.is_busy()))
      return;
    ticking_ = true;
    delayed_send(this, tick_interval, member_tick{});
  }

  instant now() {
    return std::chrono::duration_cast<instant>(clock().now().time_since_epoch());
  }

  member_parts parts_;
  std::shared_ptr<spdlog::logger> log_;
  member_core core_;
  join_tracker joining_;
  std::vector<waiting> waiting_;
  std::uint64_t last_number_ = 0;
  node_id last_contact_;
  std::uint64_t asked_ = 0;         ///< Numbers what was asked.
  std::optional<instant> asked_at_; ///< The last of it, which is not answered.
  bool ticking_ = false;
  bool storing_ = false;
  bool stored_ = false;
};

} // namespace

member_actor spawn_member(caf::actor_system& system, member_parts parts) {
  return system.spawn<member_impl>(std::move(parts));
}

} // namespace kommander
