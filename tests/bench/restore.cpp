#include "tests/bench/restore.hpp"

#include <atomic>
#include <caf/io/all.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <future>

#include "kommander/testing/in_process_network.hpp"
#include "tests/bench/node.hpp"
#include "tests/bench/report.hpp"

namespace kommander::bench {

namespace {

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point begin) {
  return std::chrono::duration<double>(clock::now() - begin).count();
}

/// Entries as the leader that has written the log so far would have written and committed them.
result<done> fill(const wal_factory& factory, std::uint64_t entries, std::size_t payload_bytes) {
  constexpr std::uint64_t entries_a_write = 2000;
  auto log = factory();
  if (!log)
    return log.error();
  auto found = (*log)->recover(partition_id{1});
  if (!found)
    return found.error();
  auto term = found->state.current_term;
  for (std::uint64_t next = 1; next <= entries;) {
    partition_write x;
    x.partition = partition_id{1};
    for (std::uint64_t i = 0; i < entries_a_write && next <= entries; ++i, ++next)
      x.entries.push_back({found->last + next,
                           term,
                           {next, 1},
                           entry_kind::command,
                           "bench",
                           bytes{std::string(payload_bytes, static_cast<char>('a' + next % 26))}});
    x.commit = x.entries.back().index;
    if (auto written = (*log)->write({&x, 1}); !written)
      return written;
  }
  return done{};
}

struct counted {
  std::atomic<std::uint64_t> entries{0};
  std::promise<void> finished;
};

state_machine::behavior_type counter(state_machine::pointer, std::shared_ptr<counted> to, std::uint64_t until) {
  auto count = [=](const std::vector<entry>& entries) {
    if (to->entries.fetch_add(entries.size()) + entries.size() == until)
      to->finished.set_value();
    return applied{};
  };
  return {
    [=](const restore_entries& x) { return count(x.entries); },
    [=](const apply_entries& x) { return count(x.entries); },
  };
}

raft_parts parts_at(const std::string& path) {
  return {rocksdb_wal(path), in_process_transport(in_process_network::make()), {}};
}

void stop_node(caf::actor_system& system, const raft_actor& node) {
  caf::scoped_actor self{system};
  self->request(node, caf::infinite, stop{}).receive([](const operation_result&) {}, [](const caf::error&) {});
}

/// A restart is measured: the node has run before.
result<done> run_once(caf::actor_system& system, const raft_config& config, const std::string& path) {
  auto unused = std::make_shared<counted>();
  auto node = spawn_raft(system, config, parts_at(path), machine_handle{system.spawn(counter, unused, 1)});
  if (!node)
    return node.error();
  caf::scoped_actor self{system};
  self->request(*node, caf::infinite, wait_for_leader{partition_id{1}})
    .receive([](const leader_result&) {}, [](const caf::error&) {});
  stop_node(system, *node);
  return done{};
}

bool measure(const bench_options& options, std::size_t payload, std::uint32_t run) {
  auto local = options;
  local.partitions = {1};
  node_config config{local, 1};
  config.raft.election_seed = run + 1;
  caf::actor_system system{config};
  auto path = options.directory + "/restore-" + std::to_string(payload) + "-" + std::to_string(run);
  auto complain = [](const failure& x) { std::fprintf(stderr, "%s\n", x.message.c_str()); };
  if (auto begun = run_once(system, config.raft, path); !begun)
    return complain(begun.error()), false;
  if (auto filled = fill(rocksdb_wal(path), options.entries, payload); !filled)
    return complain(filled.error()), false;
  auto seen = std::make_shared<counted>();
  auto finished = seen->finished.get_future();
  auto begin = clock::now();
  auto node =
    spawn_raft(system, config.raft, parts_at(path), machine_handle{system.spawn(counter, seen, options.entries)});
  if (!node.ok())
    return complain(node.error()), false;
  auto opened = seconds_since(begin);
  auto in_time = finished.wait_for(std::chrono::minutes{5}) == std::future_status::ready;
  auto restored = seconds_since(begin);
  json_line{}
    .add("bench", "restore")
    .add("entries", static_cast<double>(options.entries))
    .add("payload_bytes", static_cast<double>(payload))
    .add("open_seconds", opened)
    .add("restore_seconds", in_time ? restored : -1)
    .print();
  stop_node(system, *node);
  std::filesystem::remove_all(path);
  return in_time;
}

} // namespace

int run_restore(const bench_options& options) {
  for (auto payload : options.payloads)
    for (std::uint32_t run = 0; run < options.runs; ++run)
      if (!measure(options, payload, run))
        return 1;
  return 0;
}

} // namespace kommander::bench
