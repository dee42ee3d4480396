/// What the command line of kommander-server says.
#pragma once

#include <kommander/kommander.hpp>

#include <string>
#include <variant>
#include <vector>

namespace server {

/// What is to be done.
enum class command {
  serve,   ///< Run a node.
  inspect, ///< Tell what its log holds, for whoever has to choose a survivor.
  recover, ///< Make it the only voter, after a majority was lost for good.
};

/// How a node finds others besides those that are named.
enum class finding { nobody, multicast, dns };

struct options {
  command what = command::serve;
  kommander::raft_config raft;
  std::vector<kommander::node_info> members; ///< Of the initial cluster; empty: this node alone.
  bool join = false;                         ///< `members` are to be asked to take this node in.
  finding discovery = finding::nobody;
  kommander::multicast_options multicast;
  kommander::dns_options dns;
  std::string wal_adapter = "rocksdb"; ///< "rocksdb", "sqlite" or "memory".
  std::string wal_path;
  std::string cluster_epoch; ///< Of a cluster that was recovered, for a node with an empty log that joins it.
  std::string reason;        ///< Recover: for the record.
  bool force = false;        ///< Recover: although a majority may be there.
  std::string apply_log;     ///< Folder for one file per partition with what was applied; empty: none.
  std::string digest_file;   ///< Written on SIGUSR1 and at the end; empty: none.
};

/// The program should end at once with this status, after `message`, if any, was printed.
struct early_end {
  int status = 0;
  std::string message;
};

/// Exit status for values that make no sense.
constexpr int bad_usage = 2;

/// What looks for others, with ids that `net` is told; null: nothing.
kommander::discovery_ptr finder_of(const options& x, const kommander::transport_ptr& net);

std::variant<options, early_end> parse(int argc, char** argv);

} // namespace server
