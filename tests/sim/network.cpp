#include "tests/sim/network.hpp"

#include <utility>

namespace kommander::sim {

namespace {

constexpr std::uint64_t network_stream = 2;
constexpr std::size_t ring_size = 2048; ///< More than the longest delay.
constexpr std::size_t old_max = 64;

} // namespace

sim_network::sim_network(const plan& plan, dose& counts)
  : plan_{plan},
    dose_{counts},
    random_{plan.seed, network_stream},
    links_(plan.nodes * plan.nodes),
    ring_(ring_size) {
  old_.reserve(old_max);
}

std::uint64_t sim_network::delay() {
  if (healed_ || !plan_.is_on(fault::delay))
    return 1;
  auto extra = random_.exponential(plan_.delay_mean);
  if (extra > 0)
    dose_.hit(fault::delay);
  return plan_.delay_min + std::min<std::uint64_t>(extra, 200);
}

void sim_network::put(raft_message message, std::uint64_t tick, std::uint64_t due) {
  ring_[std::min(due, tick + ring_size - 1) % ring_size].push_back(std::move(message));
}

void sim_network::keep_for_later(const raft_message& message) {
  if (plan_.stale <= 0 || random_.below(32) != 0)
    return;
  if (old_.size() < old_max)
    old_.push_back(message);
  else
    old_[random_.below(old_max)] = message;
}

void sim_network::send(raft_message message, std::uint64_t tick) {
  auto& way = link_of(message.from, message.to);
  if (tick < way.cut_until)
    return;
  if (healed_) {
    put(std::move(message), tick, tick + 1);
    return;
  }
  keep_for_later(message);
  if (random_.chance(plan_.loss)) {
    dose_.hit(fault::loss);
    return;
  }
  auto due = std::max(tick + delay(), way.clogged_until);
  if (random_.chance(plan_.duplicate)) {
    dose_.hit(fault::duplicate);
    put(message, tick, std::max(tick + delay(), way.clogged_until));
  }
  put(std::move(message), tick, due);
}

std::vector<raft_message> sim_network::arrivals(std::uint64_t tick) {
  auto result = std::exchange(ring_[tick % ring_size], {});
  if (plan_.is_on(fault::delay) && !healed_)
    for (std::size_t i = result.size(); i > 1; --i)
      std::swap(result[i - 1], result[random_.below(i)]);
  return result;
}

void sim_network::disturb(std::uint64_t tick) {
  if (healed_)
    return;
  if (!old_.empty() && random_.chance(plan_.stale)) {
    dose_.hit(fault::stale);
    put(old_[random_.below(old_.size())], tick, tick + 1);
  }
  if (plan_.nodes < 2)
    return;
  if (random_.chance(plan_.partition))
    cut_groups(tick);
  if (random_.chance(plan_.one_way))
    cut_one_way(tick);
  if (random_.chance(plan_.clog)) {
    dose_.hit(fault::clog);
    links_[random_.below(links_.size())].clogged_until = tick + random_.between(2, 500);
  }
}

void sim_network::cut(node_id from, node_id to, std::uint64_t until) {
  auto& x = link_of(from, to).cut_until;
  x = std::max(x, until);
}

void sim_network::cut_groups(std::uint64_t tick) {
  dose_.hit(fault::partition);
  auto until = tick + random_.between(1, plan_.cut_max);
  // Each node takes a side; now and then one node stays in touch with both.
  auto sides = random_.next();
  auto bridge = random_.chance(0.2) ? random_.between(1, plan_.nodes) : 0;
  for (std::uint64_t a = 1; a <= plan_.nodes; ++a)
    for (std::uint64_t b = 1; b <= plan_.nodes; ++b)
      if (a != bridge && b != bridge && ((sides >> a) & 1) != ((sides >> b) & 1))
        cut(node_id{a}, node_id{b}, until);
}

void sim_network::cut_one_way(std::uint64_t tick) {
  dose_.hit(fault::one_way);
  auto until = tick + random_.between(1, plan_.cut_max);
  auto victim = node_id{random_.between(1, plan_.nodes)};
  auto deaf = random_.chance(0.5);
  for (std::uint64_t x = 1; x <= plan_.nodes; ++x)
    if (random_.chance(0.7)) {
      if (deaf)
        cut(node_id{x}, victim, until);
      else
        cut(victim, node_id{x}, until);
    }
}

bool sim_network::is_cut(node_id from, node_id to, std::uint64_t tick) {
  return tick < link_of(from, to).cut_until;
}

void sim_network::forget() {
  old_.clear();
  for (auto& x : ring_)
    x.clear();
}

void sim_network::heal() {
  healed_ = true;
  old_.clear();
  for (auto& x : links_)
    x = {};
}

} // namespace kommander::sim
