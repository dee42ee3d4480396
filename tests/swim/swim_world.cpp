#include "tests/swim/swim_world.hpp"

#include <algorithm>

#include "kommander/hash.hpp"

namespace swim_test {

namespace {

std::size_t index_of(node_id x) {
  return static_cast<std::size_t>(x.value()) - 1;
}

} // namespace

swim_world::swim_world(const world_options& options)
  : options_{options},
    random_{options.seed},
    nodes_(options.nodes),
    packets_(options.nodes, 0) {
  for (std::size_t i = 1; i <= options.nodes; ++i)
    members_.emplace_back(i);
  for (std::size_t i = 0; i < options.nodes; ++i)
    start(i);
}

void swim_world::start(std::size_t index) {
  auto& x = nodes_[index];
  auto options = options_.swim;
  options.self = node_id{index + 1};
  options.incarnation = x.incarnation;
  options.seed = random_.next();
  options.now = now_;
  x.core = std::make_unique<swim_core>(options);
  x.core->set_members(members_, now_);
  x.view = x.core->take_output().view;
  x.up = true;
  x.paused = false;
  ++x.life;
  x.busy_until = now_;
  x.inbox.clear();
  auto tick = instant{options.tick_interval()};
  push({now_ + instant{static_cast<std::int64_t>(random_.below(static_cast<std::size_t>(tick.count())))},
        0,
        index,
        x.life,
        {},
        {}});
}

// -- time ---------------------------------------------------------------------------------------------------------

void swim_world::push(event x) {
  x.order = ++order_;
  events_.push(std::move(x));
}

void swim_world::run_for(instant duration) {
  run_until([] { return false; }, duration);
}

std::optional<instant> swim_world::run_until(const std::function<bool()>& condition, instant most) {
  auto begin = now_;
  for (auto seen = changes_ - 1; seen == changes_ || !condition();) {
    seen = changes_;
    if (events_.empty() || events_.top().when > begin + most) {
      now_ = begin + most;
      return std::nullopt;
    }
    auto x = events_.top();
    events_.pop();
    now_ = x.when;
    handle(std::move(x));
  }
  return now_ - begin;
}

void swim_world::handle(event&& x) {
  auto& y = nodes_[x.node];
  if (!y.up || x.life != y.life)
    return;
  if (y.paused) {
    y.inbox.push_back(std::move(x));
    return;
  }
  if (now_ < y.busy_until) {
    x.when = y.busy_until;
    return push(std::move(x));
  }
  y.busy_until = now_ + instant{y.work};
  if (x.from) {
    y.core->step(x.from, x.packet, now_);
  } else {
    y.core->tick(now_);
    x.when = now_ + instant{options_.swim.tick_interval()};
    push(event{x.when, 0, x.node, x.life, {}, {}});
  }
  carry_out(x.node);
}

void swim_world::carry_out(std::size_t index) {
  auto& x = nodes_[index];
  auto out = x.core->take_output();
  changes_ += out.view || out.roster || !out.reports.empty() ? 1 : 0;
  if (out.view)
    compare(index, out.view);
  if (out.roster)
    x.rosters.push_back(*out.roster);
  for (const auto& y : out.reports)
    x.reports[y.node] = y;
  for (auto& packet : out.packets)
    transmit(index, std::move(packet));
}

void swim_world::transmit(std::size_t index, swim_packet&& x) {
  ++packets_[index];
  bytes_sent_ += x.body.size();
  largest_packet_ = std::max(largest_packet_, x.body.size());
  digest_ = digest_ * 0x100000001b3 + (hash64(x.body.view()) ^ (x.to.value() << 32) ^ index);
  auto to = index_of(x.to);
  if (to >= nodes_.size() || cuts_.contains({index, to})
      || random_.below(100) < static_cast<std::size_t>(options_.loss_percent))
    return;
  auto spread = static_cast<std::size_t>(instant{options_.delay_max - options_.delay_min}.count());
  auto delay = instant{options_.delay_min} + instant{static_cast<std::int64_t>(random_.below(spread + 1))};
  push({now_ + delay, 0, to, nodes_[to].life, node_id{index + 1}, std::move(x.body)});
}

void swim_world::compare(std::size_t index, const liveness_view_ptr& view) {
  auto before = std::exchange(nodes_[index].view, view);
  for (const auto& x : view->nodes) {
    const auto* y = before ? before->find(x.node) : nullptr;
    if (y != nullptr ? y->state == x.state : x.state == liveness::alive)
      continue;
    turns_.push_back({now_, node_id{index + 1}, x.node, x.state, is_reachable(index_of(x.node))});
  }
}

/// True if nothing but lost packets is wrong with it.
bool swim_world::is_reachable(std::size_t index) const {
  const auto& x = nodes_[index];
  auto is_cut = std::ranges::any_of(cuts_, [&](const auto& y) { return y.first == index || y.second == index; });
  return x.up && !x.paused && x.work == milliseconds{0} && !is_cut;
}

// -- faults -------------------------------------------------------------------------------------------------------

void swim_world::kill(std::size_t node) {
  auto& x = nodes_.at(node - 1);
  x.up = false;
  ++x.life;
}

void swim_world::restart(std::size_t node, std::int64_t incarnation_step) {
  auto& x = nodes_.at(node - 1);
  x.incarnation = static_cast<std::uint64_t>(static_cast<std::int64_t>(x.incarnation) + incarnation_step);
  start(node - 1);
}

void swim_world::pause(std::size_t node) {
  nodes_.at(node - 1).paused = true;
}

/// What has waited comes all at once, in any order but that of packets: the timer may be read first or last.
void swim_world::resume(std::size_t node) {
  auto& x = nodes_.at(node - 1);
  x.paused = false;
  auto inbox = std::exchange(x.inbox, {});
  auto is_tick = [](const event& y) { return !y.from; };
  if (random_.below(2) == 0)
    std::ranges::stable_partition(inbox, is_tick);
  else
    std::ranges::stable_partition(inbox, std::not_fn(is_tick));
  for (auto& y : inbox) {
    y.when = now_;
    push(std::move(y));
  }
}

void swim_world::slow_down(std::size_t node, milliseconds work) {
  nodes_.at(node - 1).work = work;
}

void swim_world::cut(std::size_t from, std::size_t to) {
  cuts_.emplace(from - 1, to - 1);
}

void swim_world::mend(std::size_t from, std::size_t to) {
  cuts_.erase({from - 1, to - 1});
}

void swim_world::cut_off(std::size_t node, bool sending, bool receiving) {
  for (std::size_t i = 1; i <= size(); ++i) {
    if (sending && i != node)
      cut(node, i);
    if (receiving && i != node)
      cut(i, node);
  }
}

void swim_world::mend_all() {
  cuts_.clear();
}

void swim_world::set_loss(int percent) {
  options_.loss_percent = percent;
}

void swim_world::set_members(const std::vector<node_id>& members) {
  members_ = members;
  for (auto& x : nodes_)
    if (x.up)
      x.core->set_members(members, now_);
}

// -- looking at it ------------------------------------------------------------------------------------------------

liveness swim_world::belief(std::size_t viewer, std::size_t subject) const {
  const auto& all = nodes_.at(viewer - 1).core->members();
  auto found = all.find(node_id{subject});
  return found != all.end() ? found->second.state : liveness::alive;
}

bool swim_world::all_believe(std::size_t subject, liveness state) const {
  for (std::size_t i = 1; i <= size(); ++i)
    if (i != subject && is_up(i) && belief(i, subject) != state)
      return false;
  return true;
}

bool swim_world::somebody_doubts(std::size_t subject) const {
  for (std::size_t i = 1; i <= size(); ++i)
    if (i != subject && is_up(i) && belief(i, subject) != liveness::alive)
      return true;
  return false;
}

bool swim_world::all_know_the_truth() const {
  for (std::size_t i = 1; i <= size(); ++i)
    if (!all_believe(i, is_up(i) ? liveness::alive : liveness::dead))
      return false;
  return true;
}

std::size_t swim_world::wrong(liveness state) const {
  return static_cast<std::size_t>(
    std::ranges::count_if(turns_, [state](const auto& x) { return x.is_wrong && x.state == state; }));
}

void swim_world::forget_counts() {
  std::ranges::fill(packets_, 0);
  bytes_sent_ = 0;
  largest_packet_ = 0;
  turns_.clear();
}

} // namespace swim_test
