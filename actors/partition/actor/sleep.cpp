// The partition's sleep: when it needs no time any more, what wakes it, and whom it tells that it does not lead any more.
#include <algorithm>
#include <utility>
#include <variant>

#include "actors/partition/actor/partition_impl.hpp"

namespace kommander {

namespace {

/// The wall clock, which decides when tickets end, may be set while the partition sleeps: it looks so often.
constexpr std::uint64_t ticket_look_max_milliseconds = 60'000;

} // namespace

// -- falling asleep -----------------------------------------------------------------------------------------------
/// Called when something has been handled. A failed partition needs time as long as it calls for a successor.
void partition_impl::rest_if_idle() {
  if (rests_)
    return;
  if (!works()) {
    rests_ = !calls_successor_;
    if (rests_)
      parts_.sleep->remove(partition_);
  } else if (may_rest() && parts_.sleep->sleep(partition_, relied_on())) {
    rests_ = true;
    set_ticket_alarm();
  }
}

/// All that needs time here must be done.
bool partition_impl::may_rest() {
  return core_.is_asleep() && !core_.has_output() && core_.applied_index() == core_.commit_index()
         && core_.next_deadline() == instant::max() && last_durable_ == last_written_ && disk_.is_calm() && !expiring_
         && !next_ticket_end_is_due();
}

/// Those whose silence would not be noticed by a replica that sleeps.
std::vector<node_id> partition_impl::relied_on() const {
  const auto* self = std::get_if<leader>(&core_.role());
  if (self == nullptr)
    return {core_.leader_id()};
  std::vector<node_id> result;
  for (const auto& [id, peer] : self->peers)
    result.push_back(id);
  return result;
}

/// The leader has tickets to end in time. Zero: none.
std::uint64_t partition_impl::next_ticket_end() const {
  std::uint64_t first = 0;
  if (core_.is_leader())
    for (const auto& [ticket, x] : delivery_.state().tickets().open())
      if (x.decide_before != 0 && (first == 0 || x.decide_before < first))
        first = x.decide_before;
  return first;
}

bool partition_impl::next_ticket_end_is_due() const {
  auto first = next_ticket_end();
  return first != 0 && first <= wall_milliseconds();
}

/// One message for all tickets: the timer of a partition that has nothing else to do.
void partition_impl::set_ticket_alarm() {
  auto first = next_ticket_end();
  if (first == 0 || alarm_is_set_)
    return;
  auto wall = wall_milliseconds();
  auto wait = first > wall ? std::min(first - wall, ticket_look_max_milliseconds) : 1;
  alarm_is_set_ = true;
  delayed_send(this, std::chrono::milliseconds{wait}, ticket_alarm{});
}

void partition_impl::on_ticket_alarm() {
  alarm_is_set_ = false;
  if (!works() || !rests_)
    return; // its ticks look after the tickets
  if (next_ticket_end_is_due()) {
    rouse();
    on_tick();
  } else {
    set_ticket_alarm();
  }
}

// -- waking -------------------------------------------------------------------------------------------------------
/// Before anything is stepped into the core, which does not know what time it is.
void partition_impl::rouse() {
  if (!std::exchange(rests_, false))
    return;
  parts_.sleep->wake(partition_, caf::weak_actor_ptr{ctrl()}, told_time_);
  core_.tick(now());
}

void partition_impl::on_suspected(node_id peer) {
  if (!works())
    return;
  step(peer_suspected_input{peer});
  stepped();
}

/// A core that fell asleep while somebody is suspected whom it relies on is woken again with each tick.
void partition_impl::wake_under_suspicion() {
  if (!core_.is_asleep())
    return;
  for (auto peer : relied_on())
    if (parts_.sleep->suspects(peer))
      core_.step(peer_suspected_input{peer});
}

/// Somebody asks this follower for what only a leader can do: perhaps he knows that there is none any more.
void partition_impl::doubt_leader() {
  if (works() && core_.is_asleep() && !core_.is_leader())
    step(peer_suspected_input{core_.leader_id()});
}

// -- a leader that is none any more -------------------------------------------------------------------------------
/// Followers that sleep would not notice: to a follower, this message of its leader is a call to look for one. Also while
/// this actor ends.
void partition_impl::call_successor() {
  called_at_ = now();
  auto links = parts_.links->get();
  for (const auto& [peer, x] : *links)
    caf::anon_send(x.link,
                   link_send{{{partition_, parts_.options.self, peer, core_.current_term(), heartbeat_reply{}}}});
}

/// This replica has failed. Once is not enough where messages are lost.
void partition_impl::begin_calls() {
  calls_successor_ = reported_.leader == parts_.options.self && !parts_.links->get()->empty();
  if (!calls_successor_)
    return rest_if_idle();
  rests_ = false;
  parts_.sleep->wake(partition_, caf::weak_actor_ptr{ctrl()}, told_time_);
  call_successor();
}

void partition_impl::tick_failed() {
  if (calls_successor_ && now() - called_at_ >= parts_.options.heartbeat_interval)
    call_successor();
}

void partition_impl::heed_successor(const peer_messages& x) {
  auto is_later = [this](const raft_message& y) { return y.term > core_.current_term(); };
  auto is_pre_vote = [](const raft_message& y) {
    const auto* request = std::get_if<vote_request>(&y.body);
    return request != nullptr && request->pre_vote;
  };
  if (std::ranges::any_of(x.messages, [&](const raft_message& y) { return is_later(y) && !is_pre_vote(y); })) {
    calls_successor_ = false;
    rest_if_idle();
  }
}

} // namespace kommander
