// What the checker derives of compaction and snapshots.
#include "tests/sim/checker/checker.hpp"
#include "tests/sim/checker/violation.hpp"
#include "tests/sim/trace.hpp"

namespace kommander::sim {

namespace {

void require(bool condition, const char* fact) {
  if (!condition)
    throw violation{fact};
}

} // namespace

void checker::imported(node_id node, partition_id partition, log_index index, std::uint64_t chain) {
  auto& x = view_of(node, partition);
  const auto& history = history_of(partition);
  auto name = "node " + to_string(node) + " partition " + to_string(partition) + ": ";
  if (index > history.committed() || chain != history.chain_at(index))
    throw violation{name + "imports a state that nobody had at " + to_string(index)};
  if (index <= x.applied || x.applied != x.handed_out)
    throw violation{name + "imports a state over a newer one, or over what is still being applied"};
  x.applied = x.handed_out = index;
  x.chain = chain;
  x.importing = false;
}

void checker::not_imported(node_id node, partition_id partition) {
  view_of(node, partition).importing = false;
}

std::vector<entry> checker::committed_entries(partition_id partition, const snapshot_boundary& boundary) const {
  const auto& history = histories_[partition.value()];
  std::vector<entry> result;
  for (auto i = log_index{1}; i <= boundary.position.index; ++i) {
    entry x{i, history.commit_at(i).term, {}, entry_kind::noop, {}, {}};
    if (i == boundary.configuration_index) {
      x.kind = entry_kind::config;
      x.payload = boundary.configuration;
    }
    result.push_back(std::move(x));
  }
  return result;
}

/// The log goes on from a snapshot's end, which the state machine has reached before.
void checker::check_install(view& x, partition_id partition, const raft_core& core, const raft_output& out) {
  if (!out.install)
    return;
  const auto& history = history_of(partition);
  const auto& made = *out.install;
  auto index = made.position.index;
  ++dose_.installs;
  dose_.kept_tails += made.keeps_tail ? 1 : 0;
  require(out.needs_write(), "a boundary comes without a write");
  require(index <= x.applied, "the log goes on after what the state machine does not hold");
  require(index > x.commit, "a snapshot takes the place of what is known to be committed");
  require(index <= history.committed() && history.commit_at(index).term == made.position.term,
          "the log goes on after an entry that is not committed");
  auto& configurations = committed_configurations_[partition.value()];
  auto above = configurations.upper_bound(index);
  auto holds = above == configurations.begin() ? configurations.end() : std::prev(above);
  auto at = holds == configurations.end() ? log_index{} : holds->first;
  auto group = at ? holds->second : x.first_group;
  require(made.configuration_index == at && (!at || decode_configuration(made.configuration) == *group),
          "a snapshot carries another configuration than holds at its end");
  require(core.configurations().index_at(index) == at && core.configurations().at(index) == *group,
          "another configuration holds after a snapshot");
  if (made.keeps_tail) {
    require(x.term_at(index) == made.position.term, "what follows a snapshot is kept although it is another log's");
    return;
  }
  require(x.term_at(index) != made.position.term, "what follows a snapshot is dropped although others may count on it");
  x.log.clear();
  for (const auto& each : committed_entries(partition, made))
    put(x, each, history.commit_at(each.index).content);
}

void checker::check_compact(const view& x, node_id node, partition_id partition, const raft_output& out) const {
  if (!out.compact.index)
    return;
  auto [index, term] = out.compact;
  require(index <= x.applied && index <= x.commit, "entries are compacted that are not committed and applied");
  require(images_(node, partition).term_at(index) == term, "entries are compacted that are not durable");
}

void checker::check_snapshots(view& x, const raft_core& core, const raft_output& out) const {
  const auto& limits = plan_.core.snapshots;
  require(core.snapshots_sent().size() <= limits.sessions_max, "too many snapshots are sent");
  require(core.is_leader() || core.snapshots_sent().size() == 0, "sends snapshots although it does not lead");
  require(core.log().boundary().index <= core.applied_index(), "the log begins after what is applied");
  for (const auto& each : out.snapshot_reads)
    require(each.bytes_max <= limits.chunk_bytes, "too much of a snapshot is asked for");
  for (const auto& each : out.snapshot_writes) {
    require(!x.importing, "a part of a snapshot is stored while one is imported");
    require(each.offset + each.data.size() <= limits.bytes_max, "a snapshot is too large");
    x.importing = each.last;
  }
}

void checker::check_message(const raft_message& message, const snapshot_chunk& chunk) {
  auto& history = history_of(message.partition);
  history.leads(message.from, message.term);
  if (chunk.position.index > history.committed() || history.commit_at(chunk.position.index).term != chunk.position.term)
    throw violation{"it does not end with a committed entry"};
  if (chunk.data.size() > plan_.core.snapshots.chunk_bytes)
    throw violation{"too many bytes in one chunk"};
}

void checker::check_message(const raft_message& message, const snapshot_reply& reply) {
  if (reply.answer != snapshot_answer::installed)
    return;
  const auto& image = images_(message.from, message.partition);
  if (reply.index > image.last()
      || image.term_at(reply.index) != history_of(message.partition).commit_at(reply.index).term)
    throw violation{"it tells of a boundary that is not durable"};
}

} // namespace kommander::sim
