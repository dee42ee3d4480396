#include "tests/cluster/vault.hpp"

namespace cluster_test {

using namespace kommander;

namespace {

/// What it keeps beside its disk, which a crash loses.
struct vault_memory {
  std::map<std::uint64_t, std::string> exports;
  std::vector<caf::typed_response_promise<state_chunk>> unanswered;
  std::map<partition_id, std::string> staged;
};

applied take(vault_disk& disk, vault_watch& watch, partition_id partition, const std::vector<entry>& entries) {
  auto& own = disk.states[partition];
  for (const auto& x : entries) {
    add_to(own, x);
    own.index = x.index;
    watch.applied.push_back(x.index.value());
  }
  return {own.index, {}};
}

state_chunk give(vault_disk& disk, vault_watch& watch, vault_memory& memory, const export_state& x) {
  if (x.cursor.empty()) {
    memory.exports[x.session] = disk.states[x.partition].content;
    ++watch.open_exports;
  }
  const auto& content = memory.exports.at(x.session);
  auto from = x.cursor.empty() ? 0 : std::stoul(std::string{x.cursor.view()});
  auto n = std::min(x.bytes_max, content.size() - from);
  ++watch.exports;
  return {bytes::copy(content.substr(from, n)), bytes::copy(std::to_string(from + n)), from + n == content.size()};
}

import_result put(vault_disk& disk, vault_watch& watch, vault_memory& memory, const import_state& x) {
  auto& staged = memory.staged[x.partition];
  if (x.offset == 0)
    staged.clear();
  if (staged.size() != x.offset)
    return {false, "a part is missing"};
  staged.append(x.data.view());
  if (watch.before_part)
    watch.before_part();
  if (!x.last)
    return {true, {}};
  if (watch.refuse_import)
    return {false, "no room"};
  disk.states[x.partition] = {x.index, std::move(staged)};
  memory.staged.erase(x.partition);
  ++watch.imports;
  if (watch.at_import)
    watch.at_import();
  return {true, {}};
}

full_state_machine::behavior_type vault(full_state_machine::stateful_pointer<vault_memory> self,
                                        std::shared_ptr<vault_disk> disk, std::shared_ptr<vault_watch> watch) {
  return {
    [=](const restore_entries& x) { return take(*disk, *watch, x.partition, x.entries); },
    [=](const apply_entries& x) { return take(*disk, *watch, x.partition, x.entries); },
    [=](const get_durable_index& x) { return durable_state{disk->states[x.partition].index}; },
    [=](const export_state& x) -> caf::result<state_chunk> {
      if (watch->mute_export)
        return self->state.unanswered.emplace_back(self->make_response_promise<state_chunk>());
      return give(*disk, *watch, self->state, x);
    },
    [=](const end_export& x) {
      if (self->state.exports.erase(x.session) > 0)
        --watch->open_exports;
    },
    [=](const import_state& x) { return put(*disk, *watch, self->state, x); },
    [=](const abort_import& x) { self->state.staged.erase(x.partition); },
  };
}

} // namespace

full_state_machine spawn_vault(caf::actor_system& system, std::shared_ptr<vault_disk> disk,
                               std::shared_ptr<vault_watch> watch) {
  return system.spawn(vault, std::move(disk), std::move(watch));
}

} // namespace cluster_test
