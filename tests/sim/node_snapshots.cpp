// What a simulated owner does about compaction and snapshots. Its state machines keep what they have imported, and what was
// durable in them when a log was compacted, whatever happens; parts of snapshots are kept while the node lives.
#include <algorithm>

#include "tests/sim/node.hpp"

namespace kommander::sim {

void sim_node::compact(replica& x, std::uint64_t tick) {
  if (repaired_ || !random_.chance(context_.settings.compact))
    return;
  context_.counts.hit(fault::compact);
  if (elastic_) {
    if (auto index = elastic_->replica(x.partition).compact(x.core->durable_index(), random_)) {
      x.core->step(compact_input{index});
      touched(x, tick);
    }
    return;
  }
  auto index = x.registers.any_reached(random_);
  x.registers.make_durable(index);
  x.core->step(compact_input{index});
  touched(x, tick);
}

void sim_node::serve_snapshots(replica& x, raft_output& out, std::uint64_t tick) {
  auto latency = context_.settings.disk_latency_max;
  for (const auto& each : out.snapshot_closed) {
    if (each.peer)
      x.exported.erase(each.session);
    else
      x.received.clear();
  }
  for (auto& each : out.snapshot_reads)
    x.snapshots.push_back({disk_.due(tick, latency), each, {}, false});
  for (auto& each : out.snapshot_writes)
    x.snapshots.push_back({disk_.due(tick, latency), {}, std::move(each), false});
  if (!out.compact.index)
    return;
  ++context_.counts.compactions;
  disk_.compact(x.partition, out.compact);
}

void sim_node::end_snapshots(replica& x, std::uint64_t tick) {
  while (!x.snapshots.empty() && tick >= x.snapshots.front().due) {
    auto job = std::move(x.snapshots.front());
    x.snapshots.pop_front();
    if (job.read) {
      export_part(x, *job.read);
    } else if (!store_part(x, job, tick)) {
      x.snapshots.push_front(std::move(job));
      return;
    }
    touched(x, tick);
  }
}

void sim_node::export_part(replica& x, const snapshot_read& what) {
  if (!repaired_ && random_.chance(context_.settings.no_export)) {
    context_.counts.hit(fault::no_export);
    x.core->step(snapshot_unavailable_input{what.peer, what.session});
    return;
  }
  if (elastic_ && what.offset == 0) {
    auto& state = elastic_->replica(x.partition);
    if (!state.settle()) {
      x.core->step(snapshot_unavailable_input{what.peer, what.session});
      return;
    }
    auto index = state.handled();
    x.exported[what.session] = {index, state.export_state(context_.facts.history(x.partition).chain_at(index))};
  } else if (what.offset == 0) {
    auto index = x.registers.applied();
    x.exported[what.session] = {index, x.registers.export_state(context_.facts.history(x.partition).chain_at(index))};
  }
  const auto& all = x.exported[what.session]; // empty if the session is closed: nobody takes it then
  auto offset = std::min<std::size_t>(what.offset, all.content.size());
  auto data = all.content.substr(offset, what.bytes_max);
  auto last = offset + data.size() == all.content.size();
  x.core->step(snapshot_chunk_input{what.peer, what.session, all.index, what.offset, bytes{std::move(data)}, last});
}

/// False if it has to wait: for what the state machine was given before, and for the import itself.
bool sim_node::store_part(replica& x, snapshot_job& job, std::uint64_t tick) {
  const auto& part = *job.write;
  if (!job.stored) {
    job.stored = true;
    ++context_.counts.chunks;
    x.received.resize(part.offset);
    x.received += part.data.view();
    x.core->step(snapshot_stored_input{part.session, part.offset + part.data.size()});
    if (!part.last)
      return true;
    touched(x, tick);
    job.due = disk_.due(tick, 10 * context_.settings.disk_latency_max);
    return false;
  }
  if (!x.applies.empty())
    return false;
  if (elastic_ && !elastic_->replica(x.partition).settle()
      && elastic_->replica(x.partition).handled() < x.core->applied_index())
    return false;
  auto ok = repaired_ || !random_.chance(context_.settings.no_export);
  if (ok) {
    auto index = part.position.index;
    auto chain = elastic_ ? elastic_replica::chain_of(x.received) : register_machine::chain_of(x.received);
    context_.facts.imported(id_, x.partition, index, chain);
    if (elastic_)
      elastic_->replica(x.partition).import_state(index, x.received);
    else
      x.registers.import_state(index, x.received);
    ++context_.counts.imports;
    if (context_.trace.on())
      context_.trace.line(id_, x.partition, "has imported " + to_text(part.position));
    boundary();
  } else {
    context_.counts.hit(fault::no_export);
    context_.facts.not_imported(id_, x.partition);
  }
  x.core->step(snapshot_imported_input{part.session, ok});
  return true;
}

void sim_node::flip_bit(raft_message& message) {
  auto* chunk = std::get_if<snapshot_chunk>(&message.body);
  if (chunk == nullptr || chunk->data.empty() || repaired_ || !random_.chance(context_.settings.flipped_chunk))
    return;
  context_.counts.hit(fault::flipped_chunk);
  std::string content{chunk->data.view()};
  auto where = random_.below(2 * content.size()); // as often in what the chunk says of the snapshot as in its data
  auto bit = 1u << random_.below(8);
  if (where < content.size()) {
    content[where] = static_cast<char>(static_cast<unsigned>(content[where]) ^ bit);
    chunk->data = bytes{std::move(content)};
    return;
  }
  switch (where % 4) {
    case 0: chunk->position.index = log_index{chunk->position.index.value() ^ bit}; break;
    case 1: chunk->position.term = raft_term{chunk->position.term.value() ^ bit}; break;
    case 2: chunk->configuration_index = log_index{chunk->configuration_index.value() ^ bit}; break;
    default: chunk->last = !chunk->last;
  }
}

} // namespace kommander::sim
