/// A cluster of server processes, and a client of it that tests use.
#pragma once

#include "tests/process/harness/child.hpp"
#include "tests/process/harness/load.hpp"
#include "tests/process/harness/network.hpp"

#include <functional>
#include <memory>
#include <set>
#include <stdexcept>

namespace process_test {

/// Thrown by what follows, when it cannot go on; the test has failed.
struct test_failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Asks `condition` until it holds; false if it never does. For what other processes do, which send no events.
bool eventually(const std::function<bool()>& condition);

struct cluster_options {
  std::size_t nodes = 3;
  std::uint32_t partitions = 4;
  std::chrono::milliseconds heartbeat{100};
  std::chrono::milliseconds election_min{400};
  std::chrono::milliseconds election_max{800};
  std::string cluster_id = "process-test";
  std::function<std::vector<std::string>(std::size_t node)> security =
    {};                                    ///< Options of a node's command line; none: none.
  kommander::client_security clients = {}; ///< What the test's own client proves.
  std::vector<std::string> arguments = {}; ///< More, for all nodes.
  const network* net = nullptr;            ///< With a place for each node; none: all are on loopback.
};

/// Nodes 0, 1, … are called "n1", "n2", …; their logs are in RocksDB, with sync.
class cluster {
public:
  explicit cluster(cluster_options options = {});

  [[nodiscard]] const cluster_options& options() const noexcept {
    return options_;
  }

  [[nodiscard]] std::size_t size() const noexcept {
    return nodes_.size();
  }

  static std::string name_of(std::size_t node);
  static kommander::node_id id_of(std::size_t node);

  [[nodiscard]] kommander::endpoint raft_address(std::size_t node) const;
  [[nodiscard]] kommander::endpoint client_address(std::size_t node) const;

  /// Where a node keeps its log. May be changed while it is down.
  [[nodiscard]] std::string& wal_path(std::size_t node);

  /// The whole command line of a node.
  [[nodiscard]] std::vector<std::string> command_line(std::size_t node) const;

  /// A node more, which joins when it is started: it asks the nodes that there are now or, if there are `arguments`, is
  /// told by them how it finds others.
  std::size_t add_node(std::vector<std::string> arguments = {});

  /// From its next start on, a node listens for the others at another port. Command lines name the new one from now on.
  void move(std::size_t node);

  void start(std::size_t node);
  void start_all();

  /// SIGKILL; returns when the process is gone.
  void kill(std::size_t node);

  /// SIGSTOP; returns when the process stands still.
  void pause(std::size_t node);
  void resume(std::size_t node);

  /// SIGTERM; nothing if the process does not end.
  std::optional<ending> terminate(std::size_t node);

  child& process(std::size_t node);

  /// Nodes that run, stopped ones among them.
  [[nodiscard]] std::set<std::size_t> running() const;

  /// What a node has applied since its start.
  [[nodiscard]] replica applied(std::size_t node, std::uint64_t partition) const;

  /// The end of each node's output, for people.
  [[nodiscard]] std::string describe() const;

  [[nodiscard]] std::string output_of(std::size_t node) const;

  [[nodiscard]] const scratch_folder& scratch() const noexcept {
    return scratch_;
  }

private:
  struct member {
    std::uint16_t raft_port;
    std::uint16_t client_port;
    std::string wal_path;
    child process;
    std::vector<std::size_t> asks;  ///< Not of the initial cluster: whom it asks to take it in,
    std::vector<std::string> finds; ///< or how it finds them.
  };

  [[nodiscard]] std::string host_of(std::size_t node) const;
  [[nodiscard]] std::string file_of(std::size_t node, const std::string& what) const;

  scratch_folder scratch_;
  cluster_options options_;
  std::vector<member> nodes_;
};

/// A client of a cluster, in the test's own process. Functions throw `test_failure` if no answer comes.
class client {
public:
  explicit client(cluster& servers);
  ~client();

  // -- load ---------------------------------------------------------------------------------------------------------

  /// Proposes from now on, as fast as answers come.
  void run(const load_plan& plan = {});

  /// Waits until each partition has acknowledged so many more.
  totals await_progress(std::size_t proposals);

  /// Ends the load and waits until everything is answered.
  totals drain();

  [[nodiscard]] totals count();

  /// Sends so many proposals to a node, whoever leads. Returns the number of the first one in `proposals_of`.
  std::size_t send_to(std::size_t node, std::uint64_t partition, std::size_t proposals);

  [[nodiscard]] std::vector<proposal> proposals_of(std::uint64_t partition);

  // -- nodes --------------------------------------------------------------------------------------------------------

  /// Waits until the node answers and knows a leader of each partition, 0 too, that has committed in its term.
  void await_ready(std::size_t node);
  void await_all_ready();

  /// The leader of a partition that `asked` tells.
  struct leadership {
    std::size_t node;
    std::uint64_t term;

    friend bool operator==(const leadership&, const leadership&) = default;
  };

  leadership leader_of(std::uint64_t partition, std::size_t asked);
  std::map<std::uint64_t, leadership> leaders(std::size_t asked);

  kommander::node_status status(std::size_t node);

  kommander::membership members(std::size_t node);

  /// Waits until a node knows a roster that names exactly these, as voters, where they listen now.
  bool await_voters(std::size_t asked, const std::set<std::size_t>& nodes);

  /// Asks a node for a change of the partition map, or for the end of one.
  kommander::change_result change(std::size_t node, const kommander::change_partitions& what);

  // -- the verdict --------------------------------------------------------------------------------------------------

  /// Ends the load, waits until every node that runs has applied everything, and compares all with the ledger. Returns
  /// what is wrong, one sentence a line: nothing if all is well.
  std::string verdict();

private:
  template <class Answer, class Whom, class Request>
  Answer ask(const Whom& whom, Request request, const std::string& what);

  kommander::raft_actor handle(std::size_t node);
  void await_applied(const marks& ends);

  struct config : caf::actor_system_config {
    config();
  };

  cluster& servers_;
  config config_;
  caf::actor_system system_{config_};
  load_actor load_;
};

} // namespace process_test
