#include "tests/sim/node.hpp"

#include <algorithm>
#include <utility>

#include "tests/sim/bugs/active_bug.hpp"
#include "tests/sim/checker/violation.hpp"

namespace kommander::sim {

namespace {

constexpr std::uint64_t node_stream = 200;
constexpr std::size_t inbox_max = 4096; ///< What the operating system holds for a process that stands still.

/// Thrown where a node dies in the middle of its turn.
struct node_crash {};

} // namespace

sim_node::sim_node(node_context context, node_id id)
  : context_{context},
    id_{id},
    random_{context.settings.seed, node_stream + id.value()},
    disk_{context.settings, id, context.counts},
    clock_{instant{static_cast<instant::rep>(random_.below(1'000'000'000))},
           1 + random_.uniform(-context.settings.drift, context.settings.drift)} {
  for (auto i = context.settings.first_partition(); i <= context.settings.partitions; ++i) {
    auto& x = replicas_.emplace_back();
    x.partition = partition_id{i};
  }
  if (context.settings.elastic)
    elastic_ =
      std::make_unique<elastic_host>(elastic_context{context.settings, *context.elastic_facts_, *context.roster_facts_,
                                                     *context.elastic_clients_, context.trace, context.counts},
                                     *this, id);
  if (context.settings.drift > 0)
    context.counts.hit(fault::drift);
  is_newcomer_ = context.settings.finds_out > 0 && id.value() > context.settings.first_voters;
  if (context.settings.rosters && id.value() > context.settings.first_voters)
    hold();
}

// -- life -----------------------------------------------------------------------------------------------------------

void sim_node::start(std::uint64_t tick) {
  up_ = true;
  if (context_.trace.on())
    context_.trace.line(id_, "starts");
  std::vector<partition_id> hosted;
  if (elastic_)
    hosted = elastic_->start(life_ + 1);
  for (auto& x : replicas_) {
    if (elastic_ && std::find(hosted.begin(), hosted.end(), x.partition) == hosted.end())
      continue;
    start(x, tick);
    if (!repaired_ && random_.chance(context_.settings.recovery_crash / static_cast<double>(replicas_.size()))) {
      context_.counts.hit(fault::recovery_crash);
      throw node_crash{};
    }
  }
}

void sim_node::start(replica& x, std::uint64_t tick) {
  auto options = context_.settings.core;
  options.partition = x.partition;
  options.self = id_;
  options.group = elastic_ && x.partition ? elastic_->first_voters(x.partition) : first_group(context_.settings, id_);
  x.restart_at = 0;
  auto recovered = disk_.recover(x.partition);
  if (recovered.damaged_at && context_.trace.on())
    context_.trace.line(id_, x.partition, "is damaged at " + to_string(recovered.damaged_at));
  auto lost = elastic_ ? elastic_->loss_of(x.partition, recovered) : loss_of(recovered);
  auto applied = elastic_ ? elastic_->start_replica(x.partition, recovered)
                          : std::max(std::min(draw_applied(recovered), x.registers.applied()), x.registers.durable());
  if (seeded("machine-forgets-at-restart"))
    x.registers.forget();
  x.registers.rewind(applied);
  if (applied > recovered.last)
    ++context_.counts.ahead;
  ++life_;
  ++context_.counts.restarts;
  raft_core_start begin{.recovered = recovered,
                        .applied = applied,
                        .now = clock_.now(),
                        .seed = random_.next(),
                        .verify = true,
                        .question_base = life_ << 32};
  begin.lost = lost;
  if (elastic_) {
    begin.known_voters = elastic_->known_voters(x.partition);
    begin.begins_cluster = !x.partition;
  }
  x.core = std::make_unique<raft_core>(std::move(options), std::move(begin));
  if (elastic_)
    x.core->step(machine_holds_input{elastic_->replica(x.partition).durable()});
  x.watch = disk_watch{tick_length * static_cast<instant::rep>(context_.settings.stall_after)};
  context_.facts.started(id_, x.partition, *x.core, applied, recovered);
  if (context_.trace.on())
    context_.trace.line(id_, x.partition,
                        "recovers term " + to_string(recovered.state.current_term) + " vote "
                          + to_string(recovered.state.voted_for) + " last " + to_string(recovered.last) + " commit "
                          + to_string(recovered.commit) + " applied " + to_string(applied));
  touched(x, tick);
}

log_loss sim_node::loss_of(const recovered_partition& recovered) const {
  auto is_empty = recovered.state == hard_state{} && !recovered.last;
  return is_empty && (wiped_ || is_newcomer_) ? log_loss::unknown : log_loss::none;
}

log_index sim_node::draw_applied(const recovered_partition& recovered) {
  // State machines that keep much, little or nothing; with tiny limits replaying all of a log takes for ever.
  auto back = context_.settings.tiny ? random_.below(50) : random_.below(2000);
  return random_.chance(0.7) ? recovered.commit : recovered.commit - back;
}

void sim_node::stop(replica& x) {
  x.core.reset();
  x.reads.clear();
  x.applies.clear();
  x.snapshots.clear();
  x.exported.clear();
  x.received.clear();
  x.touched = false;
  x.written = x.durable = write_sequence{};
  context_.facts.stopped(id_, x.partition);
  if (elastic_)
    elastic_->stop_replica(x.partition);
}

void sim_node::hold() {
  up_ = false;
  restart_at_ = never;
}

void sim_node::crash(std::uint64_t restart) {
  if (is_held())
    return;
  if (context_.trace.on())
    context_.trace.line(id_, "dies");
  up_ = false;
  restart_at_ = restart;
  paused_until_ = slow_until_ = 0;
  inbox_.clear();
  requests_.clear();
  elastic_requests_.clear();
  if (elastic_)
    elastic_->crash();
  disk_.crash();
  if (seeded("disk-forgets-synced-tail") && !repaired_)
    disk_.roll_back(2);
  if (seeded("disk-forgets-vote") && !repaired_)
    disk_.forget_votes();
  for (auto& x : replicas_) {
    stop(x);
    x.restart_at = 0; // whether it is hosted then, the disk says
  }
}

void sim_node::forget_applied() {
  for (auto& x : replicas_)
    x.registers.forget();
  if (elastic_)
    elastic_->wipe();
}

void sim_node::repair(std::uint64_t tick) {
  repaired_ = true;
  disk_.repair();
  clock_.repair();
  paused_until_ = slow_until_ = 0;
  if (!up_ && !is_held())
    restart_at_ = tick;
  if (elastic_)
    elastic_->repair();
  for (auto& x : replicas_) {
    if (x.restart_at > 0)
      x.restart_at = tick;
    for (auto& job : x.reads)
      job.due = tick;
    for (auto& job : x.applies)
      job.due = tick;
    for (auto& job : x.snapshots)
      job.due = tick;
  }
}

void sim_node::disturb(std::uint64_t tick) {
  const auto& plan = context_.settings;
  auto& counts = context_.counts;
  if (random_.chance(plan.stalled_disk)) {
    counts.hit(fault::stalled_disk);
    disk_.stall(tick + random_.log_between(20, 2000));
  }
  if (random_.chance(plan.disk_full))
    disk_.fill(tick + random_.log_between(5, plan.full_max));
  if (random_.chance(plan.clock_jump)) {
    counts.hit(fault::clock_jump);
    clock_.jump(tick_length * static_cast<instant::rep>(random_.log_between(1, 360'000)));
  }
  if (random_.chance(plan.clock_freeze)) {
    counts.hit(fault::clock_freeze);
    clock_.freeze_until(tick + random_.log_between(5, 500));
  }
  if (!up_)
    return;
  if (random_.chance(plan.pause)) {
    counts.hit(fault::pause);
    paused_until_ = tick + random_.log_between(5, plan.pause_max);
  }
  if (random_.chance(plan.slow_node)) {
    counts.hit(fault::slow_node);
    slowness_ = random_.between(2, 20);
    slow_until_ = tick + random_.log_between(20, 1000);
  }
  if (random_.chance(plan.crash)) {
    counts.hit(fault::crash);
    crash(tick + random_.log_between(1, plan.down_max));
  }
}

void sim_node::boundary() {
  if (repaired_ || !random_.chance(context_.settings.boundary_crash))
    return;
  context_.counts.hit(fault::boundary_crash);
  throw node_crash{};
}

// -- turns ----------------------------------------------------------------------------------------------------------

void sim_node::pass_time(std::uint64_t tick) {
  clock_.advance(tick);
}

bool sim_node::has_turn(std::uint64_t tick) const noexcept {
  if (!up_)
    return tick >= restart_at_;
  return tick >= paused_until_ && (tick >= slow_until_ || tick % slowness_ == 0);
}

void sim_node::deliver(raft_message message) {
  if (up_ && inbox_.size() < inbox_max) {
    ++context_.counts.messages;
    inbox_.push_back(std::move(message));
  }
}

void sim_node::request(arriving_request x) {
  if (up_)
    requests_.push_back(x);
}

void sim_node::turn(std::uint64_t tick) {
  tick_ = tick;
  try {
    if (!up_)
      start(tick);
    run(tick);
    if (elastic_)
      settle_elastic(tick);
  } catch (const node_crash&) {
    crash(tick + random_.log_between(1, context_.settings.down_max));
  }
}

void sim_node::run(std::uint64_t tick) {
  end_writes(tick);
  take_messages(tick);
  take_requests(tick);
  if (is_newcomer_)
    find_out(tick);
  if (elastic_)
    take_elastic(tick);
  auto tells_time = (tick + id_.value()) % context_.settings.tick_every == 0;
  for (auto& x : replicas_) {
    if (!x.core) {
      if (x.restart_at > 0 && tick >= x.restart_at)
        start(x, tick);
      continue;
    }
    end_applies(x, tick);
    end_reads(x, tick);
    tell_suspicions(x, tick);
    end_snapshots(x, tick);
    compact(x, tick);
    if (tells_time)
      tell_time(x, tick);
    if (x.touched)
      drain(x, tick);
  }
}

void sim_node::end_writes(std::uint64_t tick) {
  disk_.advance(
    tick,
    [&](const disk_write& done) {
      auto& x = replica_of(done.content.partition);
      if (context_.trace.on())
        context_.trace.line(id_, x.partition, "write " + to_string(done.sequence) + " is durable");
      if (!x.core || seeded("durable-before-sync"))
        return;
      x.durable = done.sequence;
      x.watch.ended(done.sequence, clock_.now());
      rouse(x);
      x.core->step(durable_input{done.sequence});
      touched(x, tick);
    },
    [&](partition_id partition) {
      auto& x = replica_of(partition);
      if (context_.trace.on())
        context_.trace.line(id_, partition, "a write fails");
      if (!x.core)
        return;
      context_.facts.write_failed(id_, partition);
      x.core->step(storage_failed_input{"simulated"});
      drain(x, tick, false);
      stop(x);
      x.restart_at = tick + random_.log_between(1, context_.settings.down_max);
    });
}

void sim_node::end_applies(replica& x, std::uint64_t tick) {
  while (!x.applies.empty() && tick >= x.applies.front().due) {
    auto entries = std::move(x.applies.front().entries);
    auto last = entries.back().index;
    x.applies.pop_front();
    for (const auto& each : entries)
      apply(x, each);
    x.registers.reach(last);
    if (context_.trace.on())
      context_.trace.line(id_, x.partition, "applied up to " + to_string(last));
    context_.facts.applied(id_, x.partition, last);
    rouse(x);
    x.core->step(applied_input{last});
    touched(x, tick);
  }
}

void sim_node::apply(replica& x, const entry& each) {
  auto operation = context_.book.operation_of(each);
  if (!operation)
    return;
  auto done = x.registers.apply(each.index, *operation);
  context_.book.carried_out(id_, context_.book.origin_of(each).id, done);
}

void sim_node::end_reads(replica& x, std::uint64_t tick) {
  while (!x.reads.empty() && tick >= x.reads.front().due) {
    auto [due, what, early] = std::move(x.reads.front());
    x.reads.pop_front();
    auto entries = early ? std::move(*early) : disk_.read(x.partition, what.first, what.last, what.bytes_max);
    if (context_.trace.on())
      context_.trace.line(id_, x.partition, "read for " + to_string(what.peer) + ": " + to_text(entries));
    rouse(x);
    x.core->step(entries_read_input{what.peer, std::move(entries)});
    touched(x, tick);
  }
}

void sim_node::take_messages(std::uint64_t tick) {
  for (auto& message : std::exchange(inbox_, {})) {
    if (message.is_between_nodes()) {
      elastic_->called(message);
      continue;
    }
    auto& x = replica_of(message.partition);
    if (!x.core && elastic_)
      elastic_->called_in_absence(message);
    if (!x.core)
      continue;
    if (context_.trace.on())
      context_.trace.line(id_, x.partition, "<- n" + to_string(message.from) + " " + to_text(message));
    rouse(x);
    x.core->step(write_pressure_input{is_full()});
    count_refusals(message);
    x.core->step(message);
    touched(x, tick);
  }
}

void sim_node::take_requests(std::uint64_t tick) {
  for (const auto& each : std::exchange(requests_, {})) {
    auto& x = replica_of(each.partition);
    if (!x.core)
      continue;
    rouse(x);
    auto now = clock_.now();
    proposal_id id;
    if (each.kind == request_kind::proposal) {
      auto input = context_.book.propose(each.partition, id_, life_, now, each.small);
      id = input.id;
      ++context_.counts.proposals;
      context_.facts.asked(id_, x.partition, id);
      x.core->step(std::move(input));
    } else {
      id = context_.book.ask(each.kind, each.partition, id_, life_, now);
      context_.facts.asked(id_, x.partition, id);
      if (each.kind == request_kind::transfer)
        x.core->step(transfer_input{id, each.target});
      else if (each.kind == request_kind::change)
        x.core->step(change_configuration_input{id, each.voters, each.learners});
      else if (each.kind == request_kind::step_down)
        x.core->step(step_down_input{id});
      else
        x.core->step(
          read_input{id, each.kind == request_kind::leader_read ? read_policy::leader : read_policy::follower});
    }
    if (context_.trace.on())
      context_.trace.line(id_, x.partition, "is asked, " + context_.book.describe(id));
    touched(x, tick);
  }
}

/// The time comes before any other input, if it was not told for long.
void sim_node::rouse(replica& x) {
  if (!x.core->is_asleep())
    return;
  auto term = x.core->current_term();
  auto leads = x.core->leader_id();
  x.core->tick(clock_.now());
  if (!x.core->is_asleep() || x.core->current_term() != term || x.core->leader_id() != leads)
    throw violation{"node " + to_string(id_) + ": a core does not sleep on although only time has passed"};
}

/// That the disk is new: never said of one that was wiped.
void sim_node::find_out(std::uint64_t tick) {
  if (wiped_ || !(repaired_ || random_.chance(context_.settings.finds_out)))
    return;
  for (auto& x : replicas_) {
    if (!x.core || !x.core->is_fenced())
      continue;
    x.core->step(never_here_input{});
    context_.counts.newcomers += x.core->is_fenced() ? 0 : 1;
    touched(x, tick);
  }
}

/// Again and again, but only to a core that sleeps.
void sim_node::tell_suspicions(replica& x, std::uint64_t tick) {
  for (auto peer : suspected_) {
    if (!x.core->is_asleep())
      return;
    if (context_.trace.on())
      context_.trace.line(id_, x.partition, "suspects n" + to_string(peer));
    rouse(x);
    x.core->step(peer_suspected_input{peer});
    context_.counts.suspicions += x.core->is_asleep() ? 0 : 1;
    touched(x, tick);
  }
}

void sim_node::tell_time(replica& x, std::uint64_t tick) {
  auto now = clock_.now();
  if (!x.core->is_asleep() || context_.settings.ticks_asleep)
    x.core->tick(now);
  watch_disk(x);
  if (x.core->has_output())
    drain(x, tick, false); // a slow disk holds entries up until the next tick at most
  context_.facts.told_time(id_, x.partition, now);
}

// -- outputs --------------------------------------------------------------------------------------------------------

void sim_node::touched(replica& x, std::uint64_t tick) {
  x.touched = true;
  if (!context_.settings.batch_inputs)
    drain(x, tick);
}

void sim_node::drain(replica& x, std::uint64_t tick, bool may_hold) {
  x.touched = false;
  context_.facts.sleeps(id_, x.partition, *x.core);
  if (!x.core->has_output())
    return;
  auto hold = may_hold && context_.settings.holds_entries && x.durable < x.written;
  auto out = x.core->take_output(hold);
  if (!hold && x.core->has_output())
    throw violation{"node " + to_string(id_) + ": a core has output right after its output was taken"};
  if (context_.trace.on())
    describe(x, out);
  context_.facts.took(id_, x.partition, *x.core, out, hold);
  carry_out(x, std::move(out), tick);
}

void sim_node::carry_out(replica& x, raft_output out, std::uint64_t tick) {
  boundary();
  // Writing and sending may happen in either order.
  auto sends_first = !out.messages.empty() && (random_.next() & 1) != 0;
  if (sends_first)
    send(out.messages, tick);
  if (out.needs_write()) {
    write(x, out, tick);
    boundary();
  }
  if (!sends_first)
    send(out.messages, tick);
  auto latency = context_.settings.apply_latency_max;
  if (elastic_)
    elastic_->carry_out(x.partition, out);
  else if (!out.apply.empty())
    x.applies.push_back({disk_.due(tick, latency), std::move(out.apply)});
  for (const auto& what : out.reads)
    read(x, what, tick);
  serve_snapshots(x, out, tick);
}

bool sim_node::is_full() const {
  if (context_.settings.node_queue_entries == ~std::uint64_t{0})
    return false;
  std::uint64_t sum = 0;
  for (const auto& x : replicas_)
    sum += x.core ? x.core->backlog().entries : 0;
  return sum >= context_.settings.node_queue_entries;
}

void sim_node::count_refusals(const raft_message& message) {
  const auto* reply = std::get_if<append_reply>(&message.body);
  context_.counts.refusals += reply != nullptr && reply->saturated ? 1 : 0;
}

void sim_node::watch_disk(replica& x) {
  if (context_.settings.stall_after == 0 || !x.watch.look(clock_.now()))
    return;
  if (context_.trace.on())
    context_.trace.line(id_, x.partition, x.watch.stalled() ? "finds its disk stalled" : "finds its disk well");
  context_.counts.stalls += x.watch.stalled() ? 1 : 0;
  rouse(x);
  x.core->step(disk_input{x.watch.stalled()});
}

void sim_node::write(replica& x, raft_output& out, std::uint64_t tick) {
  x.written = out.write;
  x.watch.began(out.write, clock_.now());
  disk_write job{
    out.write, {x.partition, out.state, out.truncate_from, std::move(out.append), out.commit, out.install, {}}, {}};
  if (elastic_ && out.install)
    job.content.kept = elastic_->replica(x.partition).take_installed();
  if (out.install && !out.install->keeps_tail)
    job.prefix = context_.facts.committed_entries(x.partition, *out.install);
  disk_.submit(std::move(job), tick);
  if (seeded("durable-before-sync")) {
    x.core->step(durable_input{out.write});
    x.touched = true;
  }
}

void sim_node::read(replica& x, const log_read& what, std::uint64_t tick) {
  pending_read job{disk_.due(tick, context_.settings.disk_latency_max), what, {}};
  if (random_.chance(0.5))
    job.early = disk_.read(x.partition, what.first, what.last, what.bytes_max);
  // Now and then an answer is so late that it belongs to another leadership.
  if (!repaired_ && context_.settings.is_on(fault::slow_disk) && random_.chance(0.1))
    job.due += random_.log_between(10, 1000);
  x.reads.push_back(std::move(job));
}

void sim_node::send(std::vector<raft_message>& messages, std::uint64_t tick) {
  for (auto& message : messages) {
    context_.facts.sends(message);
    flip_bit(message);
    context_.network.send(std::move(message), tick);
    boundary();
  }
}

void sim_node::describe(const replica& x, const raft_output& out) const {
  auto say = [&](const std::string& text) { context_.trace.line(id_, x.partition, text); };
  constexpr const char* roles[] = {"follower", "pre-candidate", "candidate", "leader", "failed"};
  if (out.role_changed)
    say(std::string{"is "} + roles[x.core->role().index()] + " in term " + to_string(x.core->current_term()));
  if (out.needs_write()) {
    auto text = "writes " + to_string(out.write) + ":";
    if (out.state)
      text += " term " + to_string(out.state->current_term) + " vote " + to_string(out.state->voted_for);
    if (out.install)
      text += std::string{out.install->keeps_tail ? " boundary " : " whole log "} + to_text(out.install->position);
    if (out.truncate_from)
      text += " cuts from " + to_string(out.truncate_from);
    if (!out.append.empty())
      text += " appends " + to_text(out.append);
    say(text + " commit " + to_string(out.commit));
  }
  for (const auto& message : out.messages)
    say("-> n" + to_string(message.to) + " " + to_text(message));
  if (!out.apply.empty())
    say("applies " + to_text(out.apply));
  for (const auto& read : out.reads)
    say("reads for " + to_string(read.peer) + ": " + to_string(read.first) + " … " + to_string(read.last));
  for (const auto& each : out.snapshot_writes)
    say("stores " + std::to_string(each.data.size()) + " bytes of a snapshot at " + std::to_string(each.offset)
        + (each.last ? ", the last" : ""));
  if (out.compact.index)
    say("compacts up to " + to_text(out.compact));
  for (const auto& reply : out.replies)
    say("answers " + context_.book.describe(reply.id) + ": " + std::string{to_string(reply.code)} + " at "
        + to_string(reply.index));
}

} // namespace kommander::sim
