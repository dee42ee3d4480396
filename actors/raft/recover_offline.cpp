// The way out when a majority of the voters is lost for good: one survivor goes on as the only voter of each group.
//
// Order, so that a crash between any two steps leaves a node that has no quorum, and never one that has it in the old
// epoch:
//  1. the new epoch is stored: the node and all others refuse each other from now on;
//  2. what is about to be done is recorded;
//  3. each group gets its new configuration, in one write;
//  4. the record says that it is complete.
#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <set>

#include <spdlog/fmt/chrono.h>
#include <spdlog/fmt/fmt.h>

#include "actors/coordinator/map_command.hpp"
#include "actors/coordinator/map_state.hpp"
#include "actors/partition/configuration.hpp"
#include "actors/partition/replicated_state.hpp"
#include "actors/raft/epoch.hpp"
#include "actors/raft/recovery.hpp"
#include "actors/raft/values/hosted_record.hpp"
#include "actors/raft/values/node_list.hpp"
#include "kommander/raft.hpp"

namespace kommander {

namespace {

constexpr std::size_t reason_bytes_max = 1000;

/// The type of the configurations that are written here, for whoever reads the log.
constexpr const char* entry_type = "recovered";

failure wrong(std::string message) {
  return {status::invalid_argument, std::move(message)};
}

/// A partition as its log has it.
struct group {
  partition_id partition;
  recovered_partition found;
  group_configuration present;

  [[nodiscard]] log_position last() const {
    return {found.last, found.terms.empty() ? found.boundary.term : found.terms.back().term};
  }
};

/// A stopped node's log, as it is.
struct stopped_node {
  std::unique_ptr<wal> log;
  std::string cluster_id;
  node_id self;
  std::string epoch;
  std::vector<group> groups;
};

std::string listed(const std::vector<node_id>& xs) {
  return xs.empty() ? "nobody" : format_node_list(xs);
}

/// Voters, the old ones of a joint configuration among them.
std::vector<node_id> all_voters(const group_configuration& x) {
  std::set<node_id> all{x.voters.begin(), x.voters.end()};
  all.insert(x.old_voters.begin(), x.old_voters.end());
  return {all.begin(), all.end()};
}

// -- reading ------------------------------------------------------------------------------------------------------

/// Who voted in partition 0 at first, as long as its log does not tell.
result<group_configuration> first_group(wal& log) {
  auto stored = log.get_metadata(first_members_key);
  if (!stored)
    return stored.error();
  auto ids = parse_node_list(*stored);
  if (!ids)
    return failure{status::storage_failed, "the log's list of first members, '" + *stored
                                             + "', was not written by this version of the library"};
  return group_configuration::of(std::move(*ids));
}

result<group> read_group(wal& log, partition_id id, const group_configuration& first) {
  auto found = log.recover(id);
  if (!found)
    return failure{found.error().code, "partition " + to_string(id) + ": " + found.error().message};
  // Damage is for the caller to judge; what nobody could start with is not.
  if (auto usable = check_recovered(id, *found, 2); !usable)
    return usable.error();
  configuration_history history{first, found->configs};
  if (!history.ok())
    return failure{status::storage_failed, "partition " + to_string(id)
                                             + ": a configuration in its log was not written by this version of the "
                                               "library"};
  return group{id, std::move(*found), history.current()};
}

result<std::unique_ptr<wal>> open(const wal_factory& factory) {
  if (!factory)
    return wrong("there is no log: give a write-ahead log, for example rocksdb_wal(path)");
  try {
    return factory();
  } catch (const std::exception& x) {
    return failure{status::storage_failed, std::string{"the log could not be opened: "} + x.what()};
  }
}

result<done> read_identity(stopped_node& x) {
  for (auto [key, value] : {std::pair{"cluster_id", &x.cluster_id}, std::pair{epoch_key, &x.epoch}}) {
    auto stored = x.log->get_metadata(key);
    if (!stored)
      return stored.error();
    *value = *stored;
  }
  auto id = x.log->get_metadata("node_id");
  if (!id)
    return id.error();
  auto ids = parse_node_list(*id);
  if (!ids || ids->size() != 1)
    return wrong("the log has never been used by a node: there is nothing in it");
  x.self = ids->front();
  return done{};
}

result<stopped_node> read_node(const wal_factory& factory) {
  stopped_node x;
  auto log = open(factory);
  if (!log)
    return log.error();
  x.log = std::move(*log);
  if (auto read = read_identity(x); !read)
    return read.error();
  auto stored = x.log->get_metadata(hosted_record::name);
  if (!stored)
    return stored.error();
  auto hosted = decode_hosted_record(*stored);
  if (!hosted)
    return failure{status::storage_failed, "the log's list of its partitions was not written by this version of the "
                                           "library"};
  auto first = first_group(*x.log);
  if (!first)
    return first.error();
  std::map<partition_id, group_configuration> all{{partition_id{}, std::move(*first)}};
  for (const auto& [id, partition] : hosted->partitions)
    if (!partition.ending && !partition.away)
      all.emplace(id, group_configuration::of(partition.birth.born_voters));
  for (const auto& [id, group] : all) {
    auto read = read_group(*x.log, id, group);
    if (!read)
      return read.error();
    x.groups.push_back(std::move(*read));
  }
  return x;
}

std::string audit_key(std::uint32_t number) {
  return "recovery_" + std::to_string(number);
}

result<recovery_report> describe(stopped_node& x) {
  recovery_report report;
  report.cluster_id = x.cluster_id;
  report.node = x.self;
  report.epoch = x.epoch;
  for (const auto& g : x.groups)
    report.groups.push_back({g.partition, g.found.state.current_term, g.last(), g.found.commit, all_voters(g.present),
                             g.found.state.lost != log_loss::none, g.found.damage});
  for (std::uint32_t i = 1; i <= epoch_number(x.epoch); ++i) {
    auto audit = x.log->get_metadata(audit_key(i));
    if (!audit)
      return audit.error();
    if (!audit->empty()) // that of a recovery before this node joined is elsewhere
      report.audit.push_back(std::move(*audit));
  }
  return report;
}

// -- whether it may be --------------------------------------------------------------------------------------------

/// Nothing is to be done about it.
bool is_alone(const group& x, node_id self) {
  return x.present.is_only_voter(self) && x.found.damage.empty() && x.found.state.lost == log_loss::none;
}

result<done> check_request(const stopped_node& node, const recovery_request& request) {
  if (request.survivor != node.self)
    return wrong("the log is that of node " + to_string(node.self) + ", but node " + to_string(request.survivor)
                 + " is to be recovered: run this with the survivor's own log");
  if (request.reason.empty() || request.reason.size() > reason_bytes_max)
    return wrong("the reason has " + std::to_string(request.reason.size())
                 + " bytes, but must have 1 to 1000: it goes on record");
  if (std::ranges::all_of(node.groups, [&](const group& x) { return is_alone(x, node.self); }))
    return wrong("node " + to_string(node.self)
                 + " is the only voter of all its partitions already: nothing is lost, it can be started");
  return done{};
}

/// Other voters, of any partition.
std::set<node_id> others_of(const stopped_node& node) {
  std::set<node_id> all;
  for (const auto& g : node.groups)
    for (auto id : all_voters(g.present))
      all.insert(id);
  all.erase(node.self);
  return all;
}

/// What speaks against the recovery of this group; empty: nothing. `perhaps` may be there, this node among them.
std::string objection(const group& x, node_id self, const std::vector<node_id>& perhaps) {
  auto where = "partition " + to_string(x.partition) + ": ";
  if (!x.found.damage.empty())
    return where + "the log is damaged (" + x.found.damage + "); another survivor's may hold more";
  if (x.found.state.lost != log_loss::none)
    return where + "this node had lost something of its log before, and was not brought up to date";
  if (x.found.state == hard_state{} && !x.found.last)
    return where + "the log is empty";
  if (x.present.is_only_voter(self))
    return {};
  if (!x.present.is_voter(self))
    return where + "this node is none of its voters (" + listed(all_voters(x.present)) + ")";
  if (tally(x.present, perhaps, {}) == vote_result::won)
    return where + "a majority of its voters (" + listed(all_voters(x.present))
           + ") may be there: this node, those that take connections, and those whose address is not given";
  return {};
}

/// The map that the log leads to, as far as it can be read.
partition_map newest_map(const stopped_node& node) {
  constexpr std::size_t bytes_at_a_time = std::size_t{4} << 20;
  const auto& system = node.groups.front().found;
  map_state state;
  auto next = system.boundary.index + 1;
  if (system.kept)
    if (auto kept = replicated_state::decode(system.kept->data)) {
      state = kept->map();
      next = std::max(next, system.kept->index + 1);
    }
  while (next <= system.last) {
    auto some = node.log->read(partition_id{}, next, system.last, bytes_at_a_time);
    if (!some || some->empty())
      break;
    for (const auto& x : *some)
      if (auto command = x.kind == entry_kind::control ? decode_map_command(x.payload) : std::nullopt)
        state.apply(x.index, *command);
    next = some->back().index + 1;
  }
  return state.map();
}

/// Partitions that were on other nodes only.
std::vector<std::string> missing_partitions(const stopped_node& node) {
  std::vector<std::string> result;
  for (const auto& x : newest_map(node).partitions)
    if (x.state != partition_state::removed && x.where.is_placed() && !x.where.hosts(node.self))
      result.push_back("partition " + to_string(x.id) + ": it was on nodes " + listed(x.where.replicas)
                       + ", and this log has nothing of it; what was in it would be lost");
  return result;
}

/// Asks the others, and fills in who was reached and what is to be said. Returns what speaks against recovery.
std::vector<std::string> weigh(const stopped_node& node, const recovery_request& request, recovery_report& report) {
  auto others = others_of(node);
  std::vector<node_info> asked;
  for (const auto& x : request.members)
    if (others.contains(x.id))
      asked.push_back(x);
  report.reachable = find_listening(asked, request.timeout);
  std::vector<node_id> perhaps{node.self};
  for (const auto& x : report.reachable) {
    perhaps.push_back(x.id);
    report.warnings.push_back("node " + to_string(x.id) + " takes connections at " + to_string(x.address)
                              + ": stop it, and throw its log away");
  }
  for (auto id : others)
    if (std::ranges::find(asked, id, &node_info::id) == asked.end()) {
      perhaps.push_back(id);
      report.warnings.push_back("node " + to_string(id) + " votes, but its address is not given, so it was not asked");
    }
  auto objections = missing_partitions(node);
  for (const auto& x : node.groups)
    if (auto text = objection(x, node.self, perhaps); !text.empty())
      objections.push_back(std::move(text));
  report.warnings.insert(report.warnings.end(), objections.begin(), objections.end());
  return objections;
}

failure refusal(const std::vector<std::string>& objections, const recovery_report& report) {
  auto text = "the cluster is not recovered, and nothing was changed. " + objections.front();
  if (objections.size() > 1)
    text += " (and " + std::to_string(objections.size() - 1) + " objections more)";
  for (const auto& x : report.reachable)
    text += "; node " + to_string(x.id) + " takes connections at " + to_string(x.address);
  return {status::insufficient_voters, text + ". If it must be all the same: force it"};
}

// -- doing it -----------------------------------------------------------------------------------------------------

/// The only voter is this node, in a term of its own above all that its log knows of. What was damaged is cut off.
partition_write rewrite(const group& x, node_id self) {
  auto last = x.last();
  auto term = std::max(x.found.state.current_term, last.term) + 1;
  partition_write write;
  write.partition = x.partition;
  write.state = hard_state{term, self, log_loss::none};
  write.truncate_from = x.found.damaged_at ? x.found.last + 1 : log_index{};
  write.commit = x.found.commit;
  write.entries.push_back(
    {last.index + 1, term, {}, entry_kind::config, entry_type, encode(group_configuration::of({self}))});
  return write;
}

/// All that this log knows to have been members, and those of the request: without this node.
std::set<node_id> lost_members(const stopped_node& node, const recovery_request& request) {
  std::set<node_id> all;
  for (const auto& x : request.members)
    all.insert(x.id);
  for (const auto& g : node.groups) {
    auto named = configuration_history{g.present, g.found.configs}.members_from(log_index{});
    all.insert(named.begin(), named.end());
  }
  if (const auto& kept = node.groups.front().found.kept)
    if (auto state = replicated_state::decode(kept->data))
      for (const auto& x : state->map().map().roster.members)
        all.insert(x.id);
  all.erase(node.self);
  return all;
}

/// The roster that the log leads to names those who are lost; partitions would be brought to have them vote again. What
/// does not apply to somebody changes nothing.
void rewrite_roster(const stopped_node& node, const recovery_request& request, partition_write& system) {
  std::vector<member_change> changes{{member_step::stay, node.self, {}, {}, false, {}},
                                     {member_step::promote, node.self, {}, {}, false, {}}};
  for (auto id : lost_members(node, request)) {
    changes.push_back({member_step::leave, id, {}, {}, true, {}});
    changes.push_back({member_step::remove, id, {}, {}, false, {}});
  }
  auto last = system.entries.back();
  for (const auto& x : changes)
    system.entries.push_back({++last.index, last.term, {}, entry_kind::control, {}, encode(map_command{x}), {}});
}

std::string audit_text(const stopped_node& node, const recovery_request& request, const recovery_report& report) {
  auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  auto text = fmt::format(
    "epoch {} of cluster {}, recovered from node {} alone on {:%Y-%m-%d %H:%M:%S} UTC{}\nreason: {}\n", report.epoch,
    node.cluster_id, node.self.value(), fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
    request.force ? ", forced" : "", request.reason);
  for (const auto& x : report.warnings)
    text += "warning: " + x + "\n";
  for (const auto& x : node.groups) {
    if (is_alone(x, node.self))
      continue;
    auto write = rewrite(x, node.self);
    text += fmt::format("partition {}: voters {} became {}, with entry {} of term {} after entry {} of term {}\n",
                        x.partition.value(), listed(all_voters(x.present)), node.self.value(),
                        write.entries.front().index.value(), write.entries.front().term.value(), x.last().index.value(),
                        x.last().term.value());
  }
  return text;
}

result<done> carry_out(stopped_node& node, const recovery_request& request, recovery_report& report) {
  std::random_device random;
  report.epoch = next_epoch(node.epoch, (std::uint64_t{random()} << 32) | random());
  auto key = audit_key(epoch_number(report.epoch));
  auto text = audit_text(node, request, report);
  std::vector<partition_write> writes;
  for (const auto& x : node.groups)
    if (!is_alone(x, node.self))
      writes.push_back(rewrite(x, node.self));
  for (auto& x : writes)
    if (!x.partition)
      rewrite_roster(node, request, x);
  if (auto written = node.log->set_metadata(epoch_key, report.epoch); !written)
    return written;
  if (auto written = node.log->set_metadata(key, text + "not complete\n"); !written)
    return written;
  if (auto written = node.log->write(writes); !written)
    return written;
  text += "complete\n";
  if (auto written = node.log->set_metadata(key, text); !written)
    return written;
  report.audit.push_back(std::move(text));
  return done{};
}

} // namespace

result<recovery_report> inspect_offline(const wal_factory& log) {
  auto node = read_node(log);
  if (!node)
    return node.error();
  return describe(*node);
}

result<recovery_report> recover_offline(const wal_factory& log, const recovery_request& request) {
  auto node = read_node(log);
  if (!node)
    return node.error();
  if (auto good = check_request(*node, request); !good)
    return good.error();
  auto report = describe(*node);
  if (!report)
    return report.error();
  auto objections = weigh(*node, request, *report);
  if (!objections.empty() && !request.force)
    return refusal(objections, *report);
  if (auto written = carry_out(*node, request, *report); !written)
    return written.error();
  return report;
}

} // namespace kommander
