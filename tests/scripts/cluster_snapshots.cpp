// What a script's cluster does about compaction and snapshots.
#include "tests/scripts/cluster.hpp"
#include "tests/scripts/text.hpp"

namespace kommander::scripts {

void cluster::compact(node_id node, log_index index) {
  core_at(node).step(compact_input{index});
  pump(node);
}

void cluster::set_exports(node_id node, bool on) {
  at(node).machine.exports = on;
}

void cluster::set_imports(node_id node, bool on) {
  at(node).machine.imports = on;
}

void cluster::corrupt(const message_filter& filter) {
  for (auto& x : wire_) {
    auto* chunk = std::get_if<snapshot_chunk>(&x.body);
    if (chunk == nullptr || !filter.matches(x) || chunk->data.empty())
      continue;
    std::string content{chunk->data.view()};
    content.front() = '#';
    chunk->data = bytes{std::move(content)};
  }
}

void cluster::carry_out_snapshots(node_id node, member& m, raft_output& output) {
  for (const auto& x : output.snapshot_closed) {
    say_detail(to_string(node) + (x.peer ? " ends the snapshot for " + to_string(x.peer) : " drops what it received"));
    m.machine.close(x);
  }
  for (const auto& x : output.snapshot_reads) {
    say_detail(to_string(node) + " exports for " + to_string(x.peer) + " from " + std::to_string(x.offset));
    m.machine.jobs.emplace_back(x);
  }
  for (auto& x : output.snapshot_writes) {
    say_detail(to_string(node) + " stores " + std::to_string(x.offset) + ".." + std::to_string(x.offset + x.data.size())
               + (x.last ? " last" : ""));
    m.machine.jobs.emplace_back(std::move(x));
  }
  if (!output.compact.index)
    return;
  say(to_string(node) + " compacts up to " + to_text(output.compact));
  m.disk.compact(output.compact);
}

bool cluster::complete_snapshot(member& m) {
  auto& machine = m.machine;
  if (machine.jobs.empty())
    return false;
  auto job = std::move(machine.jobs.front());
  machine.jobs.pop_front();
  if (const auto* read = std::get_if<snapshot_read>(&job)) {
    if (machine.exports)
      m.core->step(machine.exported(*read));
    else
      m.core->step(snapshot_unavailable_input{read->peer, read->session});
    return true;
  }
  const auto& write = std::get<snapshot_write>(job);
  if (!machine.imports) {
    m.core->step(snapshot_imported_input{write.session, false});
    return true;
  }
  machine.store(write);
  m.core->step(snapshot_stored_input{write.session, write.offset + write.data.size()});
  if (!write.last)
    return true;
  machine.import_all(write.position.index);
  say(to_string(m.options.self) + " imports " + to_text(write.position) + ": \"" + machine.content() + "\"");
  check(checker_.reaches(m.options.self, write.position.index, machine.content(), true));
  m.core->step(snapshot_imported_input{write.session, true});
  return true;
}

} // namespace kommander::scripts
