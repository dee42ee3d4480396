#include "options.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <set>

namespace server {

using kommander::endpoint;
using kommander::node_info;

namespace {

/// Where the secret is looked for unless the command line has it.
constexpr const char* secret_variable = "KOMMANDER_NODE_SHARED_SECRET";

/// The values as they were typed.
struct command_line {
  std::string initial_cluster, join;
  std::string discovery = "static";
  std::string discovery_name, discovery_key_file;
  std::uint16_t discovery_port = 0;
  std::uint32_t discovery_interval_ms = 0;
  std::uint32_t eviction_grace_ms = 120'000;
  std::uint32_t heartbeat_ms = 500, tick_ms = 250;
  std::uint32_t election_min_ms = 2000, election_max_ms = 4000;
  std::string auth_mode = "disabled";
  std::string client_rights = "administration";
  bool allow_unauthenticated = false;
  bool inspect = false;
};

early_end refusal(std::string message) {
  return {bad_usage, std::move(message)};
}

/// A member as in "n1@127.0.0.1:4001", "n1@[::1]:4001" or, with its id given by number, "7@127.0.0.1:4001".
std::optional<node_info> parse_member(const std::string& text, std::string& name) {
  auto at = text.find('@');
  auto colon = text.rfind(':');
  if (at == 0 || at == std::string::npos || colon == std::string::npos || colon < at + 2)
    return std::nullopt;
  name = text.substr(0, at);
  auto host = text.substr(at + 1, colon - at - 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const auto* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc{} || rest != end || port == 0)
    return std::nullopt;
  std::uint64_t id = 0;
  auto [id_rest, id_error] = std::from_chars(name.data(), name.data() + name.size(), id);
  auto by_number = id_error == std::errc{} && id_rest == name.data() + name.size() && id != 0;
  return node_info{by_number ? kommander::node_id{id} : kommander::derive_node_id(name), endpoint{host, port}};
}

/// Fills in the members to ask.
std::optional<early_end> apply_contacts(const command_line& line, bool port_given, options& out) {
  if (!line.initial_cluster.empty())
    return refusal("--join and --initial-cluster exclude each other: a node begins a cluster, or joins one");
  if (!port_given)
    return refusal("--join needs --raft-port (and --raft-host beyond this machine): where the others find this node");
  out.join = true;
  std::string name;
  for (const auto& text : CLI::detail::split(line.join, ',')) {
    if (text.empty())
      continue;
    auto member = parse_member(text, name);
    if (!member)
      return refusal("--join has \"" + text + "\", but each member must look like name@host:port");
    out.members.push_back(*std::move(member));
  }
  return std::nullopt;
}

/// Fills in the members, and this node's own address from among them unless it is given.
std::optional<early_end> apply_members(const command_line& line, bool host_given, bool port_given, options& out) {
  auto self = out.raft.effective_node_id();
  std::set<kommander::node_id> seen;
  std::string name;
  for (const auto& text : CLI::detail::split(line.initial_cluster, ',')) {
    if (text.empty())
      continue;
    auto member = parse_member(text, name);
    if (!member)
      return refusal("--initial-cluster has \"" + text + "\", but each member must look like name@host:port");
    if (!seen.insert(member->id).second)
      return refusal("--initial-cluster names \"" + name + "\" twice");
    if (member->id == self && !host_given)
      out.raft.host = member->address.host;
    if (member->id == self && !port_given)
      out.raft.port = member->address.port;
    out.members.push_back(*std::move(member));
  }
  if (!out.members.empty() && !seen.contains(self))
    return refusal("--initial-cluster does not name this node, \"" + out.raft.effective_node_name()
                   + "\"; give its name or number as --raft-nodename or --raft-nodeid");
  return std::nullopt;
}

/// The first line of a file.
std::optional<std::string> first_line(const std::string& file) {
  std::ifstream in{file};
  std::string line;
  return std::getline(in, line) && !line.empty() ? std::optional{line} : std::nullopt;
}

/// Fills in how others are looked for.
std::optional<early_end> apply_discovery(const command_line& line, bool port_given, options& out) {
  auto by_multicast = line.discovery == "multicast";
  auto by_name = line.discovery == "dns";
  if (!line.discovery_name.empty() && !by_name)
    return refusal("--discovery-name is for --discovery dns");
  if (!by_multicast && (!line.discovery_key_file.empty() || !out.multicast.interface.empty()))
    return refusal("--discovery-key-file and --discovery-interface are for --discovery multicast");
  if (!by_multicast && !by_name)
    return std::nullopt;
  if (out.members.empty() && !port_given)
    return refusal("--discovery " + line.discovery
                   + " without --initial-cluster joins a cluster, and needs --raft-port (and --raft-host beyond this "
                     "machine): where the others find this node");
  std::chrono::milliseconds interval{line.discovery_interval_ms};
  if (by_name && line.discovery_name.empty())
    return refusal("--discovery dns needs --discovery-name: the name that has the addresses of the nodes");
  if (by_name) {
    out.discovery = finding::dns;
    out.dns.name = line.discovery_name;
    out.dns.port = line.discovery_port != 0 ? line.discovery_port : out.raft.port;
    out.dns.refresh = interval.count() > 0 ? interval : out.dns.refresh;
    return std::nullopt;
  }
  out.discovery = finding::multicast;
  out.multicast.port = line.discovery_port != 0 ? line.discovery_port : out.multicast.port;
  out.multicast.interval = interval.count() > 0 ? interval : out.multicast.interval;
  if (line.discovery_key_file.empty())
    return std::nullopt;
  auto key = first_line(line.discovery_key_file);
  if (!key)
    return refusal("--discovery-key-file " + line.discovery_key_file + " cannot be read, or its first line is empty");
  out.multicast.key = *std::move(key);
  return std::nullopt;
}

/// Rules for what is done with the log of a stopped node.
std::optional<early_end> check_offline(const options& out) {
  if (out.wal_adapter == "memory")
    return refusal("--wal-adapter memory leaves nothing that could be recovered");
  if (out.what == command::recover && out.reason.empty())
    return refusal("--reason is missing: say in a sentence why, and who you are; it goes on record");
  return std::nullopt;
}

/// Rules that go beyond one option.
std::optional<early_end> check(const options& out) {
  const auto& security = out.raft.security;
  if (out.what == command::serve && !kommander::is_loopback(out.raft.host)
      && security.mode == kommander::auth_mode::disabled && !security.allow_unauthenticated_cluster)
    return refusal("--raft-host " + out.raft.host
                   + " can be reached from other machines, and nodes do not prove who they are. Anybody who reaches "
                     "the port could take part: add --node-auth-mode shared-secret or mutual-tls or, if only trusted "
                     "machines reach it, --allow-unauthenticated-cluster");
  if (auto valid = out.raft.validate(); !valid)
    return refusal(valid.error().message);
  if (out.wal_adapter != "memory" && out.wal_path.empty())
    return refusal("--wal-path is missing; with --wal-adapter " + out.wal_adapter
                   + " it must name a folder for the log");
  return out.what == command::serve ? std::nullopt : check_offline(out);
}

void declare(CLI::App& app, command_line& line, options& out) {
  auto& raft = out.raft;
  const CLI::Range port{0, 65'535};
  app.add_option("--initial-cluster", line.initial_cluster,
                 "All members: name@host:port,... (default: this node alone)");
  app.add_option("--join", line.join, "Join a cluster: some of its members, name@host:port,...");
  app.add_option("--initial-cluster-partitions", raft.initial_partitions, "Partitions 1 to N")
    ->check(CLI::Range(1, 100'000))
    ->capture_default_str();
  app
    .add_option("--replication-factor", raft.replication_factor,
                "Replicas of each partition of a new cluster; 0: one on every member")
    ->check(CLI::Range(0, 64))
    ->capture_default_str();
  app.add_option("--zone", raft.zone, "What this node fails together with, for example its rack");
  app.add_option("--raft-nodename", raft.node_name, "Name of this node (default: the host's)");
  app.add_option("--raft-nodeid", raft.node_id, "Number of this node; 0: from its name")->capture_default_str();
  app.add_option("--raft-host", raft.host, "Address to listen on (default: as in --initial-cluster)");
  app.add_option("--raft-port", raft.port, "Port for other nodes (default: as in --initial-cluster)")->check(port);
  app.add_option("--client-port", raft.client_port, "Port for client processes; 0: none")
    ->check(port)
    ->capture_default_str();
  app.add_option("--cluster-id", raft.cluster_id, "Nodes of another cluster are refused")->capture_default_str();
  app.add_option("--cluster-epoch", out.cluster_epoch,
                 "With an empty log, to join a cluster that was recovered: the epoch that its recovery has told");
  app.add_option("--wal-adapter", out.wal_adapter, "Where the log is kept")
    ->check(CLI::IsMember({"rocksdb", "sqlite", "memory"}))
    ->capture_default_str();
  app.add_option("--wal-path", out.wal_path, "Folder of the log on disk");
  app.add_option("--heartbeat-interval", line.heartbeat_ms, "Milliseconds")
    ->check(CLI::Range(1, 86'400'000))
    ->capture_default_str();
  app.add_option("--check-leader-interval", line.tick_ms, "Milliseconds")
    ->check(CLI::Range(1, 86'400'000))
    ->capture_default_str();
  app.add_option("--start-election-timeout", line.election_min_ms, "Milliseconds")
    ->check(CLI::Range(1, 86'400'000))
    ->capture_default_str();
  app.add_option("--end-election-timeout", line.election_max_ms, "Milliseconds")
    ->check(CLI::Range(1, 86'400'000))
    ->capture_default_str();
  app
    .add_option("--dead-member-eviction-grace", line.eviction_grace_ms,
                "Milliseconds after which a dead member is removed; it joins again by itself when it returns")
    ->check(CLI::Range(1, 86'400'000))
    ->capture_default_str();
  app.add_option("--log-level", raft.log_level, "trace, debug, info, warn, error, critical or off")
    ->capture_default_str();
  app.add_option("--apply-log", out.apply_log, "Folder: one file per partition with what was applied since the start");
  app.add_option("--digest-file", out.digest_file, "File: a hash of each partition, written on SIGUSR1 and at the end");
}

/// How a node that joins finds the others.
void declare_discovery(CLI::App& app, command_line& line, options& out) {
  app
    .add_option("--discovery", line.discovery,
                "How nodes find each other: static, as --initial-cluster and --join say; multicast; or dns. Without "
                "--initial-cluster the node joins a cluster through whom it finds, and never begins one")
    ->check(CLI::IsMember({"static", "multicast", "dns"}))
    ->capture_default_str();
  app.add_option("--discovery-name", line.discovery_name, "With dns: a name that has the addresses of the nodes");
  app
    .add_option("--discovery-port", line.discovery_port,
                "With dns: the Raft port at each address (default: as --raft-port); with multicast: the UDP port "
                "(default: 19790)")
    ->check(CLI::Range(1, 65'535));
  app
    .add_option("--discovery-interval", line.discovery_interval_ms,
                "Milliseconds between two look-ups (default: 30000) or announcements (default: 5000)")
    ->check(CLI::Range(50, 3'600'000));
  app.add_option("--discovery-group", out.multicast.group, "With multicast: the group")->capture_default_str();
  app.add_option("--discovery-interface", out.multicast.interface,
                 "With multicast: the network interface (default: all that are up)");
  app.add_option("--discovery-key-file", line.discovery_key_file,
                 "With multicast: file with a secret of all nodes in its first line; packets without it are ignored");
}

/// Who may speak with this node.
void declare_security(CLI::App& app, command_line& line, options& out) {
  auto& security = out.raft.security;
  app.add_option("--node-auth-mode", line.auth_mode, "How those who connect prove that they belong here")
    ->check(CLI::IsMember({"disabled", "shared-secret", "mutual-tls"}))
    ->capture_default_str();
  app.add_option("--node-shared-secret", security.shared_secret,
                 "The secret (default: in the environment, as " + std::string{secret_variable}
                   + "). Whoever lists this machine's processes sees it here: better use a file");
  app.add_option("--node-shared-secret-file", security.shared_secret_file, "File with the secret in its first line");
  app.add_option("--node-accepted-secret-file", security.accepted_secret_file,
                 "File with a second secret that others may use, while the first is being replaced");
  app.add_option("--client-secret-file", security.client_secret_file,
                 "File with what clients prove themselves with (default: the nodes' secret)");
  app.add_option("--accepted-client-secret-file", security.accepted_client_secret_file,
                 "File with a second secret that clients may use, while the first is being replaced");
  app.add_option("--require-tls", security.require_tls,
                 "true or false (default: true with authentication, beyond this machine)");
  app.add_option("--certificate", security.certificate_file, "PEM file: this node's certificate and its chain");
  app.add_option("--private-key", security.private_key_file, "PEM file: its key");
  app.add_option("--authorities", security.authorities_file, "PEM file: who may have signed the others' certificates");
  app.add_option("--pinned-certificate", security.pinned_certificates,
                 "SHA-256 of a certificate, in hex; only such are accepted. May be repeated");
  app.add_option("--client-rights", line.client_rights, "What clients may ask for")
    ->check(CLI::IsMember({"propose-and-read", "administration"}))
    ->capture_default_str();
  app.add_flag("--allow-insecure-certificate-validation", security.allow_insecure_certificate_validation,
               "For development: accept any certificate of a server");
  app.add_flag("--allow-unauthenticated-cluster", line.allow_unauthenticated,
               "Listen beyond this machine although nodes do not prove who they are");
}

void apply_security(const command_line& line, options& out) {
  auto& security = out.raft.security;
  using kommander::auth_mode;
  security.mode = line.auth_mode == "shared-secret" ? auth_mode::shared_secret
                  : line.auth_mode == "mutual-tls"  ? auth_mode::mutual_tls
                                                    : auth_mode::disabled;
  // What was named on the command line goes before the environment.
  if (security.mode == auth_mode::shared_secret && security.shared_secret.empty()
      && security.shared_secret_file.empty())
    security.shared_secret_variable = secret_variable;
  security.allow_unauthenticated_cluster = line.allow_unauthenticated;
  if (line.client_rights == "propose-and-read")
    security.clients = kommander::client_rights::propose_and_read;
}

void declare_recover(CLI::App& app, command_line& line, options& out) {
  auto* recover =
    app.add_subcommand("recover", "A majority of the voters is lost for good: makes this node, which must be "
                                  "stopped, the only one of a new epoch of the cluster");
  recover->fallthrough();
  auto* inspect =
    recover->add_flag("--inspect", line.inspect, "Change nothing; tell what the log holds, to choose the best");
  recover->add_option("--reason", out.reason, "Why, and who decides it; for the record")->excludes(inspect);
  recover->add_flag("--force", out.force, "Even if a majority may be there, or this log may lack entries")
    ->excludes(inspect);
}

} // namespace

kommander::discovery_ptr finder_of(const options& x, const kommander::transport_ptr& net) {
  if (x.discovery == finding::multicast)
    return kommander::multicast_discovery(x.multicast);
  if (x.discovery == finding::dns)
    return kommander::dns_discovery(x.dns, net);
  return nullptr;
}

std::variant<options, early_end> parse(int argc, char** argv) {
  CLI::App app{"A node of a Kommander cluster. It applies what is committed to a ledger of its own."};
  command_line line;
  options out;
  declare(app, line, out);
  declare_discovery(app, line, out);
  declare_security(app, line, out);
  declare_recover(app, line, out);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return early_end{0, app.help()};
  } catch (const CLI::ParseError& x) {
    return refusal(std::string{x.what()} + "\nAll options: kommander-server --help");
  }
  if (app.got_subcommand("recover"))
    out.what = line.inspect ? command::inspect : command::recover;
  apply_security(line, out);
  out.raft.heartbeat_interval = std::chrono::milliseconds{line.heartbeat_ms};
  out.raft.check_leader_interval = std::chrono::milliseconds{line.tick_ms};
  out.raft.start_election_timeout = std::chrono::milliseconds{line.election_min_ms};
  out.raft.end_election_timeout = std::chrono::milliseconds{line.election_max_ms};
  out.raft.dead_member_eviction_grace = std::chrono::milliseconds{line.eviction_grace_ms};
  // A dead leader of sleeping partitions is to be noticed about as soon as one of others.
  out.raft.ping_interval = std::min(out.raft.ping_interval, out.raft.start_election_timeout / 2);
  out.raft.ping_timeout = std::min(out.raft.ping_timeout, out.raft.ping_interval / 2);
  auto host_given = app.count("--raft-host") > 0;
  auto port_given = app.count("--raft-port") > 0;
  auto end =
    line.join.empty() ? apply_members(line, host_given, port_given, out) : apply_contacts(line, port_given, out);
  if (!end)
    end = apply_discovery(line, port_given, out);
  if (end)
    return *std::move(end);
  if (auto wrong = check(out))
    return *std::move(wrong);
  return out;
}

} // namespace server
