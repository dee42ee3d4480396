// What the replicas of an elastic cluster need of their node. Whatever a core is told here, its output is taken later in the
// turn: nothing is carried out within what is being carried out.
#include "tests/sim/node.hpp"

namespace kommander::sim {

raft_core* sim_node::core_of(partition_id partition) {
  return replica_of(partition).core.get();
}

proposal_id sim_node::propose(partition_id partition, proposed_entry entered) {
  auto& x = replica_of(partition);
  rouse(x);
  auto input = context_.book.enter(partition, id_, life_, clock_.now(), std::move(entered));
  auto id = input.id;
  ++context_.counts.proposals;
  context_.facts.asked(id_, partition, id);
  x.core->step(std::move(input));
  x.touched = true;
  return id;
}

proposal_id sim_node::ask_read(partition_id partition) {
  auto& x = replica_of(partition);
  rouse(x);
  auto id = context_.book.ask(request_kind::leader_read, partition, id_, life_, clock_.now());
  context_.facts.asked(id_, partition, id);
  x.core->step(read_input{id, read_policy::leader});
  x.touched = true;
  return id;
}

proposal_id sim_node::change_group(partition_id partition, const group_request& goal) {
  auto& x = replica_of(partition);
  rouse(x);
  auto id = context_.book.ask(request_kind::change, partition, id_, life_, clock_.now());
  context_.facts.asked(id_, partition, id);
  x.core->step(change_configuration_input{id, goal.voters, goal.learners});
  x.touched = true;
  return id;
}

void sim_node::never_here(partition_id partition) {
  auto& x = replica_of(partition);
  rouse(x);
  auto was_fenced = x.core->is_fenced();
  x.core->step(never_here_input{});
  context_.counts.newcomers += was_fenced && !x.core->is_fenced() ? 1 : 0;
  x.touched = true;
}

recovered_partition sim_node::recovered(partition_id partition) const {
  return disk_.recover(partition);
}

bool sim_node::is_writing(partition_id partition) const {
  return disk_.is_writing(partition);
}

void sim_node::drop_log(partition_id partition) {
  context_.roster_facts_->lets_go(id_, partition);
  disk_.drop(partition);
}

void sim_node::applied(partition_id partition, log_index index) {
  auto& x = replica_of(partition);
  if (context_.trace.on())
    context_.trace.line(id_, partition, "applied up to " + to_string(index));
  context_.facts.applied(id_, partition, index);
  rouse(x);
  x.core->step(applied_input{index});
  x.touched = true;
}

void sim_node::keep(partition_id partition, kept_state x) {
  disk_.keep(partition, std::move(x));
}

void sim_node::start_partition(partition_id partition) {
  start(replica_of(partition), tick_);
}

void sim_node::stop_partition(partition_id partition) {
  auto& x = replica_of(partition);
  x.restart_at = 0;
  if (!x.core)
    return;
  disk_.forget(partition);
  context_.facts.lets_go(id_, partition);
  stop(x);
}

void sim_node::send(raft_message message) {
  if (context_.trace.on())
    context_.trace.line(id_, message.partition, "-> n" + to_string(message.to) + " " + to_text(message));
  context_.network.send(std::move(message), tick_);
}

/// Wall clocks are apart by some seconds, but do not leap: sessions expire by them.
hlc_timestamp sim_node::stamp(std::uint64_t not_before) {
  auto milliseconds = (tick_ + 1000) * 10 + mix(context_.settings.seed + id_.value()) % 5000;
  return context_.book.stamp(id_, milliseconds, not_before);
}

instant sim_node::now() {
  return clock_.now();
}

std::uint64_t sim_node::tick() {
  return tick_;
}

std::uint64_t sim_node::apply_due() {
  return disk_.due(tick_, context_.settings.apply_latency_max);
}

std::uint64_t sim_node::disk_due() {
  return disk_.due(tick_, context_.settings.disk_latency_max);
}

// -- turns ----------------------------------------------------------------------------------------------------------

void sim_node::take_elastic(std::uint64_t tick) {
  for (const auto& x : std::exchange(elastic_requests_, {}))
    elastic_->asked(x);
  elastic_->pass(tick);
  for (auto& x : replicas_)
    if (x.core)
      elastic_->replica(x.partition).pass(tick);
}

/// What came of this turn's answers.
void sim_node::settle_elastic(std::uint64_t tick) {
  constexpr int rounds_max = 4;
  auto more = true;
  for (auto round = 0; more && round < rounds_max; ++round) {
    more = false;
    for (auto& x : replicas_) {
      if (!x.core || !x.touched)
        continue;
      more = true;
      drain(x, tick);
    }
  }
}

} // namespace kommander::sim
