/// Whole nodes over real sockets, in one process: three actor systems, logs on disk, and what each has applied.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kommander/kommander.hpp"
#include "net/middleman/socket_limits.hpp"
#include "tests/support/temporary_directory.hpp"

#include <caf/io/all.hpp>

namespace kommander::test {

/// What the state machine of one node has been given, from one start on.
class journal {
public:
  void add(const std::vector<entry>& entries);

  /// Payloads, in order.
  [[nodiscard]] std::vector<std::string> all() const;

private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

/// Nodes 1, 2 and 3, at an address that only this process uses, with one partition.
class raft_cluster {
public:
  /// What node `id` must be told about security.
  using security_maker = std::function<security_config(std::uint64_t id)>;

  explicit raft_cluster(const security_maker& security);
  ~raft_cluster();
  raft_cluster(const raft_cluster&) = delete;
  raft_cluster& operator=(const raft_cluster&) = delete;

  /// Node `from` looks for node `to` at `where`. Before `from` starts.
  void detour(std::uint64_t from, std::uint64_t to, endpoint where);

  /// Empty, or why it cannot start.
  std::string start(std::uint64_t id);

  /// All of them; empty, or why one cannot.
  std::string start_all();

  void stop(std::uint64_t id);

  /// Proposes the next `n` entries one after the other, at whoever leads, each once. False if that takes too long.
  bool commit(std::size_t n);

  /// Waits until each node that runs has applied all that `commit` has committed, and says what is wrong with one: an
  /// entry that is missing, doubled, altered or that nobody has proposed. Empty: all is well.
  std::string verdict();

  [[nodiscard]] endpoint raft_address(std::uint64_t id) const;
  [[nodiscard]] endpoint client_address(std::uint64_t id) const;

  net::socket_counters& counters(std::uint64_t id);

  static std::string cluster_id() {
    return "net-cluster";
  }

  /// The term of partition 1, as this node knows it.
  std::uint64_t term(std::uint64_t id);

private:
  struct node_config : caf::actor_system_config {
    explicit node_config(raft_config settings);
    raft_config raft;
  };

  struct member {
    raft_config settings;
    std::vector<node_info> others; ///< Itself among them, as it knows them.
    std::string log;
    std::unique_ptr<node_config> config;
    std::unique_ptr<caf::actor_system> system;
    raft_actor handle;
    std::shared_ptr<journal> applied;
  };

  member& of(std::uint64_t id) {
    return nodes_.at(id - 1);
  }

  [[nodiscard]] const member& of(std::uint64_t id) const {
    return nodes_.at(id - 1);
  }

  bool commit_one(const propose& x);

  temporary_directory directory_{true};
  std::array<member, 3> nodes_;
  std::size_t committed_ = 0;
};

} // namespace kommander::test
