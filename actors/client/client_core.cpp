#include "actors/client/client_core.hpp"

#include <algorithm>
#include <utility>

namespace kommander {

namespace {

/// What an answer other than success asks for.
enum class remedy : std::uint8_t { other_node, look_at_map, wait, repeat, new_session, none };

remedy remedy_for(status x) noexcept {
  switch (x) {
    case status::node_is_not_leader:
    case status::leader_in_old_term:
    case status::leader_already_elected:
    case status::logs_from_another_leader:
    case status::stopping:
    case status::not_hosted:
    case status::errored: return remedy::other_node; // also a partition that has failed on that node
    case status::partition_moved:
    case status::unknown_partition: return remedy::look_at_map;
    case status::session_expired: return remedy::new_session;
    case status::invalid_argument:
    case status::payload_too_large:
    case status::unauthorized: return remedy::none;
    default: return outcome(x) == proposal_outcome::unknown ? remedy::repeat : remedy::wait;
  }
}

bool needs_leader(const client_request& x) noexcept {
  return x.is_write || x.policy == read_policy::leader;
}

} // namespace

client_core::client_core(client_core_options options) : options_{options}, sessions_{options.sessions} {
  // nop
}

// -- what happens -------------------------------------------------------------------------------------------------

void client_core::connected(node_id node, bool local) {
  nodes_[node] = local;
  pump();
}

void client_core::disconnected(node_id node) {
  nodes_.erase(node);
  if (map_asked_ == node)
    map_answered(node, nullptr);
  node_verdict lost{status::replication_failed, {}, "node " + to_string(node) + " was lost before it answered"};
  for (auto& [id, x] : requests_)
    if (x.node == node) {
      take_back(id, x);
      failed(id, x, node, lost);
    }
  for (auto& [id, l] : lanes_)
    if (l.leader == node)
      leave(l, node);
  pump();
}

request_number client_core::add(const client_request& x, instant deadline) {
  if (requests_.size() >= options_.open_requests_max
      || (open_bytes_ > 0 && open_bytes_ + x.bytes > options_.open_bytes_max))
    return {};
  open_bytes_ += x.bytes;
  auto id = ++last_request_;
  auto& mine = requests_[id];
  mine.what = x;
  mine.deadline = deadline;
  mine.trouble.code = status::success;
  deadlines_.emplace(deadline, id);
  route(id, mine);
  if (mine.partition)
    pump(*mine.partition, lanes_[*mine.partition]);
  return id;
}

void client_core::answered(request_number id, std::uint64_t attempt, const node_verdict& x) {
  auto at = requests_.find(id);
  if (at == requests_.end())
    return;
  auto& mine = at->second;
  auto is_present = mine.node && mine.attempt == attempt;
  if (!is_present) {
    // An earlier attempt of a write: it is the same write. A read that succeeds late tells nothing about this attempt.
    if (x.code == status::success && mine.what.is_write)
      succeeded(at, mine.node);
    return pump();
  }
  auto node = mine.node;
  take_back(id, mine);
  if (x.code == status::success) {
    auto& l = lanes_[*mine.partition];
    l.failures = 0;
    l.not_before = instant{0};
    if (l.leader == node)
      l.is_confirmed = true;
    succeeded(at, node);
  } else if (auto what = remedy_for(x.code); what == remedy::none) {
    end(at, x.code, x.reason);
  } else if (what == remedy::new_session) {
    mine.trouble = x;
    expired(at);
  } else {
    failed(id, mine, node, x);
  }
  pump();
}

void client_core::tick(instant now) {
  now_ = std::max(now_, now);
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_)
    end_late(requests_.find(deadlines_.begin()->second));
  if (now_ >= next_look_) {
    next_look_ = now_ + options_.attempt_timeout / 8;
    give_up_on_silent_nodes();
  }
  pump();
}

/// A node that hangs keeps its connections. What it may still do is the same write, or a read of which nobody is told.
void client_core::give_up_on_silent_nodes() {
  auto before = now_ - options_.attempt_timeout;
  for (auto& [id, x] : requests_)
    if (x.node && x.sent <= before) {
      node_verdict silent{status::proposal_timeout, {}, "node " + to_string(x.node) + " does not answer"};
      auto node = x.node;
      take_back(id, x);
      failed(id, x, node, silent);
    }
  if (map_asked_ && map_asked_at_ <= before)
    map_answered(map_asked_, nullptr);
}

// -- the map ------------------------------------------------------------------------------------------------------

std::optional<node_id> client_core::take_refresh() {
  if (!wants_map_ || map_asked_ || now_ < map_not_before_ || nodes_.empty())
    return std::nullopt;
  map_asked_ = next_node();
  map_asked_at_ = now_;
  return map_asked_;
}

void client_core::map_answered(node_id node, const std::shared_ptr<const partition_map>& map) {
  if (!map_asked_ || map_asked_ != node)
    return;
  map_asked_ = {};
  auto is_newer = map && map->version && (!map_ || map->version > map_->version);
  if (is_newer) {
    map_ = map;
    routes_ = routing_table{*map_};
    map_backoff_ = instant{0};
  } else {
    map_backoff_ = std::clamp(2 * map_backoff_, options_.backoff_min, options_.map_backoff_max);
  }
  map_not_before_ = now_ + map_backoff_;
  if (is_newer)
    leave_lanes();
  if (map && map_)
    route_all();
  wants_map_ = !map_ || !unrouted_.empty();
  pump();
}

/// Everything that waits gets its place anew, and what was known of partitions that are gone is forgotten.
void client_core::leave_lanes() {
  for (auto& [id, l] : lanes_) {
    for (auto* queue : {&l.again, &l.fresh})
      for (auto number : std::exchange(*queue, {}))
        if (requests_.contains(number))
          unrouted_.insert(number);
    const auto* known = map_->find(id);
    if (known == nullptr || known->state == partition_state::removed)
      sessions_.forget(id);
  }
  std::erase_if(lanes_, [this](const auto& x) {
    const auto* known = map_->find(x.first);
    return x.second.in_flight == 0 && (known == nullptr || known->state == partition_state::removed);
  });
}

void client_core::route_all() {
  for (auto id : std::exchange(unrouted_, {})) {
    auto at = requests_.find(id);
    route(id, at->second);
    if (!at->second.partition)
      end(at, status::unknown_partition, "no partition owns the key's place");
  }
}

/// Puts a request in the line of its key's partition.
void client_core::route(request_number id, request& x) {
  auto owner = map_ ? routes_.find(x.what.place) : std::nullopt;
  x.partition = owner;
  if (!owner) {
    unrouted_.insert(id);
    wants_map_ = true;
    return;
  }
  enqueue(id, x, false);
}

void client_core::enqueue(request_number id, request& x, bool in_front) {
  auto& l = lanes_[*x.partition];
  auto& queue = x.what.is_write && !x.session.client ? l.fresh : l.again;
  if (in_front)
    queue.push_front(id);
  else
    queue.push_back(id);
}

// -- nodes --------------------------------------------------------------------------------------------------------

/// Each node in turn. There must be one.
node_id client_core::next_node() {
  auto next = nodes_.upper_bound(last_node_);
  last_node_ = next == nodes_.end() ? nodes_.begin()->first : next->first;
  return last_node_;
}

/// Each of those that have the partition in turn; of all, if none of them can be reached.
node_id client_core::next_host(partition_id partition) {
  const auto* known = map_ ? map_->find(partition) : nullptr;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (auto node = next_node(); known == nullptr || known->where.hosts(node))
      return node;
  return next_node();
}

/// The same among those in this process, if there is one.
node_id client_core::next_local_host(partition_id partition) {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (auto node = next_host(partition); nodes_.at(node))
      return node;
  return next_host(partition);
}

/// Where `x` is to be sent; nothing: it has to wait.
std::optional<node_id> client_core::target(lane& l, request_number id, const request& x) {
  if (nodes_.empty())
    return std::nullopt;
  if (!needs_leader(x.what))
    return next_local_host(*x.partition);
  if (!l.leader || !nodes_.contains(l.leader))
    forget_leader(l, next_host(*x.partition));
  if (!l.is_confirmed) {
    if (l.probe)
      return std::nullopt;
    l.probe = id;
  }
  return l.leader;
}

// -- sending ------------------------------------------------------------------------------------------------------

std::vector<client_send> client_core::take_sends() {
  return std::exchange(sends_, {});
}

void client_core::pump() {
  for (auto& [id, l] : lanes_)
    pump(id, l);
}

void client_core::pump(partition_id id, lane& l) {
  drop_ended(l.again);
  drop_ended(l.fresh);
  while (now_ >= l.not_before && l.in_flight < options_.in_flight_max && !(l.again.empty() && l.fresh.empty())) {
    auto& queue = l.again.empty() ? l.fresh : l.again;
    if (!send(id, l, queue.front()))
      return;
    queue.pop_front();
    drop_ended(queue);
  }
}

bool client_core::send(partition_id id, lane& l, request_number number) {
  auto& x = requests_.at(number);
  auto is_new = x.what.is_write && !x.session.client;
  if (is_new && !sessions_.has_room(id))
    return false;
  auto node = target(l, number, x);
  if (!node)
    return false;
  if (is_new)
    x.session = sessions_.assign(id, now_);
  x.node = *node;
  x.sent = now_;
  ++x.attempt;
  ++l.in_flight;
  sends_.push_back({number, x.attempt, x.node, id, x.session});
  return true;
}

/// Requests end while they wait, too.
void client_core::drop_ended(std::deque<request_number>& queue) const {
  while (!queue.empty() && !requests_.contains(queue.front()))
    queue.pop_front();
}

// -- answers ------------------------------------------------------------------------------------------------------

/// The present attempt is over.
void client_core::take_back(request_number id, request& x) {
  if (!x.node)
    return;
  x.node = {};
  auto& l = lanes_.at(*x.partition);
  --l.in_flight;
  if (l.probe == id)
    l.probe = {};
}

void client_core::succeeded(request_map::iterator at, node_id node) {
  auto& x = at->second;
  if (x.what.is_write)
    sessions_.applied(x.session, x.partition.value_or(partition_id{}), now_);
  x.session = {};
  end(at, status::success, {}, node);
}

void client_core::failed(request_number id, request& x, node_id node, const node_verdict& verdict) {
  auto what = remedy_for(verdict.code);
  x.trouble = verdict;
  wants_map_ = wants_map_ || verdict.code == status::not_hosted;
  if (what == remedy::repeat && x.what.is_write)
    x.is_unknown = true;
  auto& l = lanes_[*x.partition];
  if (!needs_leader(x.what) && what != remedy::look_at_map) {
    back_off(l);
    return enqueue(id, x, true);
  }
  switch (what) {
    case remedy::other_node: not_leading(l, node, verdict.leader); break;
    case remedy::repeat: leave(l, node); break;
    case remedy::look_at_map: {
      // Certainly not applied: with its number it would keep others out of the session while its key moves.
      if (x.session.client && !x.is_unknown)
        sessions_.given_up(std::exchange(x.session, {}));
      x.partition.reset();
      unrouted_.insert(id);
      wants_map_ = true;
      return;
    }
    default: back_off(l); break;
  }
  enqueue(id, x, true);
}

/// One answer of many that come from a former leader tells all.
void client_core::not_leading(lane& l, node_id node, node_id hint) {
  if (l.leader != node)
    return;
  auto is_told = hint && hint != node && nodes_.contains(hint);
  forget_leader(l, is_told ? hint : node_id{});
  if (is_told && l.failures == 0)
    ++l.failures; // at once, but two nodes that name each other are not asked in a circle
  else
    back_off(l);
}

/// `node` does not answer as a leader should: the next one is tried.
void client_core::leave(lane& l, node_id node) {
  if (l.leader != node)
    return;
  forget_leader(l);
  back_off(l);
}

void client_core::forget_leader(lane& l, node_id next) {
  l.leader = next;
  l.is_confirmed = false;
  l.probe = {};
}

void client_core::back_off(lane& l) {
  if (now_ < l.not_before)
    return; // others of the same burst have said so already
  auto shift = std::min(l.failures, 16U);
  l.not_before = now_ + std::min(options_.backoff_min * (1 << shift), options_.backoff_max);
  ++l.failures;
}

/// A request that was sent but once, and refused, has certainly not been applied.
void client_core::expired(request_map::iterator at) {
  auto& x = at->second;
  auto session = std::exchange(x.session, {});
  if (x.attempt == 1) {
    sessions_.expired(session);
    return enqueue(at->first, x, true);
  }
  sessions_.expired(session);
  auto reason = x.trouble.reason.empty() ? "whether the write was applied cannot be told any more" : x.trouble.reason;
  end(at, status::session_expired, std::move(reason));
}

// -- the end ------------------------------------------------------------------------------------------------------

std::vector<client_end> client_core::take_ends() {
  return std::exchange(ends_, {});
}

void client_core::end(request_map::iterator at, status code, std::string reason, node_id node) {
  auto& x = at->second;
  take_back(at->first, x);
  if (x.session.client)
    sessions_.given_up(x.session);
  ends_.push_back({at->first, x.partition.value_or(partition_id{}), node, code, std::move(reason), x.attempt});
  deadlines_.erase({x.deadline, at->first});
  unrouted_.erase(at->first);
  open_bytes_ -= x.what.bytes;
  requests_.erase(at);
}

void client_core::end_late(request_map::iterator at) {
  auto& x = at->second;
  auto may_be_applied = x.is_unknown || (x.node && x.what.is_write);
  if (may_be_applied)
    return end(at, status::proposal_timeout, "no answer in time; whether the write was applied is not known");
  if (x.trouble.code != status::success)
    return end(at, x.trouble.code, std::move(x.trouble.reason));
  if (x.node)
    return end(at, status::proposal_timeout, "no answer in time");
  end(at, status::errored,
      nodes_.empty() ? "no node could be reached in time" : "the request could not be sent in time");
}

} // namespace kommander
