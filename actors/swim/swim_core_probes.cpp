// Pings: the rounds of this node's own, and those that others ask for.
#include "actors/swim/swim_core.hpp"

#include <algorithm>

namespace kommander {

namespace {

using std::chrono::milliseconds;

/// A helper says after this share of the time in which it could help that it has heard nothing: early enough for that to
/// arrive in time (Lifeguard, section IV-A).
constexpr std::int64_t patience_percent = 60;

} // namespace

// -- own probes -----------------------------------------------------------------------------------------------------

/// Two a turn, whatever the cluster's size: the next of the round, which comes to everybody, dead ones among them; and the
/// node that this one watches, so that one that dies is missed by somebody within an interval. Those whom this node accuses
/// are asked again, one a turn.
void swim_core::start_turn() {
  next_turn_ = time_.lived + instant{options_.ping_interval} * health_.factor();
  auto watched = members_.watched();
  auto next = members_.next_in_round(watched, random_);
  auto accused = members_.next_accused();
  for (auto id : {watched, next, accused == next ? node_id{} : accused})
    if (id)
      start_probe(id);
}

void swim_core::start_probe(node_id target) {
  if (std::ranges::any_of(probes_, [target](const probe& x) { return x.target == target; }))
    return;
  ++counters_.probes;
  probe x;
  x.number = ++last_number_;
  x.target = target;
  x.began = time_.lived;
  x.timeout = instant{options_.ping_timeout} * health_.factor();
  x.deadline = x.began + instant{options_.ping_interval} * health_.factor();
  if (members_.find(target)->state == liveness::dead)
    x.deadline = x.began + x.timeout;
  probes_.push_back(x);
  ping(target, x.number);
}

void swim_core::ping(node_id target, std::uint64_t number) {
  auto x = message_for(target, swim_kind::ping);
  x.probe = number;
  send(target, x);
}

void swim_core::tick_probes() {
  std::vector<probe> failed;
  std::erase_if(probes_, [&](probe& x) {
    auto is_over = tick_probe(x);
    if (is_over)
      failed.push_back(x);
    return is_over;
  });
  for (const auto& x : failed)
    fail(x);
}

/// True: its time is over. One ping may be lost, so it is repeated before others are asked; one for a dead node is not, for
/// nothing follows if it fails.
bool swim_core::tick_probe(probe& x) {
  if (time_.lived >= x.deadline)
    return true;
  if (members_.find(x.target)->state == liveness::dead)
    return false;
  if (x.step == probe_step::asked && time_.lived >= x.began + x.timeout / 2) {
    x.step = probe_step::repeated;
    ping(x.target, x.number);
  }
  if (x.step == probe_step::repeated && time_.lived >= x.began + x.timeout) {
    x.step = probe_step::indirect;
    ping(x.target, x.number);
    ask_helpers(x);
  }
  return false;
}

void swim_core::ask_helpers(probe& x) {
  x.helpers = members_.choose(options_.indirect_ping_fanout, random_, [&x](node_id id, const swim_member& y) {
    return id != x.target && y.state == liveness::alive;
  });
  auto left = std::chrono::duration_cast<milliseconds>(x.deadline - time_.lived);
  for (auto helper : x.helpers) {
    auto request = message_for(helper, swim_kind::ping_request, members_.belief(x.target));
    request.probe = x.number;
    request.subject = x.target;
    request.patience = left * patience_percent / 100;
    send(helper, request);
  }
}

/// Helpers that do not even say that they have heard nothing are no sign against the target, but against this node's own
/// part of the network, or its speed; so is a failure where nobody could be asked.
void swim_core::fail(const probe& x) {
  ++counters_.failed_probes;
  auto* target = members_.find(x.target);
  if (target->state == liveness::dead)
    return;
  if (options_.parts.local_health)
    health_.worsen(members_.all().size() > 1 ? static_cast<std::uint32_t>(x.helpers.size()) : 1);
  accuse(x.target);
}

/// Tells the accused at once, who can then object before anybody else believes it.
void swim_core::accuse(node_id target) {
  believe({target, liveness::suspect, members_.find(target)->incarnation, options_.self});
  if (options_.parts.tells_suspects)
    tell(target);
}

void swim_core::on_ack(node_id from, const swim_message& x) {
  end_probe(x.probe, from);
  auto found = std::ranges::find_if(relays_, [&](const relay& y) { return y.number == x.probe && y.target == from; });
  if (found == relays_.end())
    return;
  // As it said itself, neither more nor less: the asker may have heard of a later objection (F60).
  auto answer = message_for(found->asker, swim_kind::indirect_ack, rumour{from, liveness::alive, x.incarnation, {}});
  answer.probe = found->asked_as;
  answer.subject = from;
  send(found->asker, answer);
  relays_.erase(found);
}

/// An answer is a sign of life. What the target says of itself in it has been taken in already.
void swim_core::end_probe(std::uint64_t number, node_id target) {
  auto is_answered = [&](const probe& x) { return x.number == number && x.target == target; };
  if (std::erase_if(probes_, is_answered) > 0 && options_.parts.local_health)
    health_.improve();
}

void swim_core::on_nack(node_id from, const swim_message& x) {
  for (auto& y : probes_)
    if (y.number == x.probe && y.target == x.subject)
      std::erase(y.helpers, from);
}

// -- pings for others -----------------------------------------------------------------------------------------------

/// One that cannot be helped is answered at once: that this node answers is what the asker has to know.
void swim_core::on_ping_request(node_id from, const swim_message& x) {
  auto is_known = [&](const relay& y) { return y.asker == from && y.asked_as == x.probe; };
  if (std::ranges::any_of(relays_, is_known))
    return;
  if (members_.find(x.subject) == nullptr || relays_.size() >= options_.relays_max)
    return send_nack(from, x.probe, x.subject);
  relay y;
  y.number = ++last_number_;
  y.target = x.subject;
  y.asker = from;
  y.asked_as = x.probe;
  y.patience = time_.lived + instant{std::min(x.patience, options_.ping_interval)};
  y.deadline = time_.lived + instant{options_.ping_interval};
  relays_.push_back(y);
  ping(x.subject, y.number);
}

void swim_core::tick_relays() {
  std::erase_if(relays_, [this](relay& x) { return tick_relay(x); });
}

/// True: its time is over.
bool swim_core::tick_relay(relay& x) {
  if (!x.refused && time_.lived >= x.patience) {
    x.refused = true;
    send_nack(x.asker, x.asked_as, x.target);
  }
  return time_.lived >= x.deadline;
}

void swim_core::send_nack(node_id to, std::uint64_t number, node_id target) {
  auto x = message_for(to, swim_kind::nack);
  x.probe = number;
  x.subject = target;
  send(to, x);
}

} // namespace kommander
