#include "actors/swim/swim_core.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace kommander {

namespace {

using std::chrono::milliseconds;

/// Room for the fixed fields of a message that has rumours.
constexpr std::size_t header_bytes_max = 64;

} // namespace

/// Often enough for the times within a probe, and to notice that this node has not run.
milliseconds swim_options::tick_interval() const {
  return std::clamp(ping_timeout / 5, milliseconds{1}, milliseconds{100});
}

swim_core::swim_core(const swim_options& options)
  : options_{options},
    random_{options.seed},
    health_{options.health_score_max},
    incarnation_{std::clamp<std::uint64_t>(options.incarnation, 1, incarnation_max)},
    time_{options.now, instant{0}},
    members_{options.self} {
  // Nodes that start together do not ping together.
  next_turn_ = instant{static_cast<instant::rep>(
    random_.below(static_cast<std::size_t>(std::chrono::duration_cast<instant>(options_.ping_interval).count())))};
  next_sync_ = next_turn_;
}

// -- doors --------------------------------------------------------------------------------------------------------

void swim_core::set_members(const std::vector<node_id>& members, instant now) {
  live_until(now);
  for (auto id : members_.set(members, now, random_)) {
    news_.forget(id);
    reports_.erase(id);
    std::erase_if(probes_, [id](const probe& x) { return x.target == id; });
    std::erase_if(relays_, [id](const relay& x) { return x.target == id || x.asker == id; });
  }
}

bool swim_core::set_roster(std::uint64_t version, bytes content) {
  if (content.size() > options_.roster_bytes_max)
    return false;
  if (version >= roster_version_) {
    roster_version_ = version;
    roster_ = std::move(content);
  }
  return true;
}

bool swim_core::set_report(bytes content) {
  if (content.size() > options_.report_bytes_max)
    return false;
  auto& own = reports_[options_.self];
  // Above the versions of earlier lives, like the incarnation.
  own.version = std::max(own.version, options_.incarnation) + 1;
  own.content = std::move(content);
  return true;
}

void swim_core::step(node_id from, const bytes& packet, instant now) {
  live_until(now);
  auto x = decode_swim_message(packet);
  if (!x) {
    ++counters_.unreadable;
    return;
  }
  if (!from || from == options_.self)
    return;
  // Whatever a stranger says about others, it may not know who they are; what it says about this node can be refuted.
  auto is_member = members_.find(from) != nullptr;
  if (is_member)
    hear_from(from, *x);
  for (const auto& y : x->rumours)
    if (y.subject == options_.self)
      hear_of_self(y);
    else if (is_member)
      believe(y);
  if (x->kind == swim_kind::roster)
    on_roster(*x);
  else if (x->roster_version < roster_version_)
    offer_roster(from, x->roster_version);
  if (is_member || x->kind == swim_kind::ping)
    dispatch(from, *x);
  spread_news();
}

void swim_core::tick(instant now) {
  live_until(now);
  tick_probes();
  tick_relays();
  for (const auto& x : members_.expire(time_))
    news_.push(x);
  if (time_.lived >= next_turn_)
    start_turn();
  if (time_.lived >= next_sync_)
    start_sync();
  spread_news();
}

swim_output swim_core::take_output() {
  if (members_.version() != shown_version_) {
    shown_version_ = members_.version();
    output_.view = std::make_shared<const liveness_view>(members_.view());
  }
  return std::exchange(output_, swim_output{});
}

// -- time ---------------------------------------------------------------------------------------------------------

/// Of a longer time between two calls only as much counts as could have been without one: answers that came meanwhile still
/// wait to be read, and nobody may be accused for them.
void swim_core::live_until(instant now) {
  auto passed = std::max(now - time_.now, instant{0});
  time_.now = std::max(time_.now, now);
  auto usual = instant{options_.tick_interval()} * 2;
  time_.lived += options_.parts.counts_own_time ? std::min(passed, usual) : passed;
  if (passed > std::max(usual, instant{options_.ping_timeout} / 2)) {
    ++counters_.pauses;
    if (options_.parts.local_health)
      health_.worsen();
  }
}

// -- beliefs ------------------------------------------------------------------------------------------------------

/// What a member says about itself, and that it speaks at all. A node that is alive but does not know yet that it must
/// object is told so; only what it then says makes it alive again, so no rumour is outranked by any other's word.
void swim_core::hear_from(node_id from, const swim_message& x) {
  believe({from, liveness::alive, x.incarnation, {}});
  auto& member = *members_.find(from);
  auto is_answered = x.kind == swim_kind::ping || x.kind == swim_kind::sync;
  if (member.state == liveness::alive || is_answered || !options_.parts.tells_suspects)
    return;
  if (member.told != instant{0} && time_.lived - member.told < instant{options_.ping_timeout})
    return;
  member.told = std::max(time_.lived, instant{1});
  tell(from);
}

/// A refutation always outranks the rumour that it answers.
void swim_core::hear_of_self(const rumour& x) {
  auto is_own = x.state == liveness::alive && x.incarnation == incarnation_;
  if (x.incarnation < incarnation_ || is_own || x.incarnation >= incarnation_max)
    return;
  incarnation_ = x.incarnation + 1;
  news_.push({options_.self, liveness::alive, incarnation_, {}});
  if (x.state == liveness::alive)
    return; // of an earlier life, whose clock was ahead
  ++counters_.refutations;
  if (options_.parts.local_health)
    health_.worsen();
}

void swim_core::believe(const rumour& x) {
  if (members_.merge(x, times(), time_) == merge_outcome::changed) {
    auto now = members_.belief(x.subject);
    // Who confirms a suspicion is news, not who was first.
    if (now.state == liveness::suspect && x.accuser)
      now.accuser = x.accuser;
    news_.push(now);
  }
}

suspicion_times swim_core::times() const {
  auto x = suspicion_times_for(options_.suspicion_timeout, members_.all().size() + 1);
  if (!options_.parts.confirmations)
    x = {x.least, x.least, 0};
  return x;
}

// -- packets ------------------------------------------------------------------------------------------------------

void swim_core::dispatch(node_id from, const swim_message& x) {
  switch (x.kind) {
    case swim_kind::ping: {
      auto answer = message_for(from, swim_kind::ack);
      answer.probe = x.probe;
      return send(from, answer);
    }
    case swim_kind::ack: return on_ack(from, x);
    case swim_kind::ping_request: return on_ping_request(from, x);
    case swim_kind::indirect_ack: return end_probe(x.probe, x.subject);
    case swim_kind::nack: return on_nack(from, x);
    case swim_kind::sync:
    case swim_kind::sync_reply: return on_sync(from, x);
    case swim_kind::reports: return on_reports(x);
    case swim_kind::news:
    case swim_kind::roster: return; // all of it has been taken in
  }
}

/// To a node of which something has to be told, whether or not it is time for that.
void swim_core::tell(node_id to) {
  send(to, message_for(to, swim_kind::news));
}

/// With what this node says about itself, and as many rumours as there is room for: first what the receiver should object
/// to, then `first`.
swim_message swim_core::message_for(node_id to, swim_kind kind, const std::optional<rumour>& first) {
  swim_message x;
  x.kind = kind;
  x.incarnation = incarnation_;
  x.roster_version = roster_version_;
  auto* member = members_.find(to);
  if (first)
    x.rumours.push_back(*first);
  if (member != nullptr && member->state != liveness::alive && options_.parts.tells_suspects)
    x.rumours.push_back(members_.belief(to));
  if (member == nullptr)
    return x;
  auto taken = header_bytes_max + x.rumours.size() * rumour_bytes_max;
  auto room = options_.packet_bytes_max > taken ? options_.packet_bytes_max - taken : 0;
  for (auto& y : news_.take(room, times_to_tell(members_.all().size() + 1), first ? first->subject : node_id{}))
    x.rumours.push_back(y);
  return x;
}

void swim_core::send(node_id to, const swim_message& x) {
  output_.packets.push_back({to, encode(x)});
}

} // namespace kommander
