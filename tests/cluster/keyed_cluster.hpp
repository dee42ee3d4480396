/// A cluster of keyed stores whose partitions split and merge while clients write, and the check that nothing of it was
/// lost, doubled or left where it does not belong.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kommander/kommander.hpp"
#include "kommander/testing/cluster.hpp"
#include "tests/cluster/keyed_store.hpp"

namespace cluster_test {

using kommander::change_partitions;
using kommander::change_result;
using kommander::partition_id;
using kommander::partition_map;
using kommander::testing::cluster;
using kommander::testing::pending_ptr;

class keyed_cluster {
public:
  struct options {
    std::uint64_t seed = 1;
    std::size_t nodes = 3; ///< Initial members.
    std::uint32_t partitions = 1;
    std::function<void(kommander::raft_config&)> adjust = {}; ///< May be empty.
    bool divisible = true;                                    ///< False: the machines are of the full kind only.
  };

  explicit keyed_cluster(options x);
  ~keyed_cluster();

  // -- members ------------------------------------------------------------------------------------------------------

  /// One node more, which joins when it is started. Returns its number.
  std::size_t add_node();

  /// What node `number` says of the members.
  kommander::membership members_of(std::size_t number);

  /// The latest roster that any node knows.
  kommander::cluster_roster roster();

  /// Runs until all nodes of `numbers` know a roster that names exactly these, all of them voters, and so do the groups of
  /// all partitions that are not removed.
  bool wait_for_voters(const std::vector<std::size_t>& numbers);

  // -- the map ------------------------------------------------------------------------------------------------------

  /// The latest map that any node knows.
  partition_map map();

  partition_map map_of(std::size_t number);

  /// Asks a node that is up, again until the answer is not one of those that may be different the next time.
  change_result change(const change_partitions& what, std::size_t number = 0);

  /// Asks for it, and waits until the operation is over.
  change_result change_and_await(const change_partitions& what);

  change_result await_end(kommander::operation_id id);

  /// Runs until a node knows a map in which `condition` holds.
  bool wait_for_map(const std::function<bool(const partition_map&)>& condition);

  /// `note` gets each version of the map that a node which is up now gets from now on, in order.
  void watch_maps(std::function<void(const partition_map&)> note);

  /// The same for a node that has started since.
  void watch_maps_of(std::size_t number);

  // -- writes -------------------------------------------------------------------------------------------------------

  /// Writes "key=word" where the key is owned, and again until it is acknowledged, with a session of its own: at most once.
  void put(const std::string& key, const std::string& word);

  /// A client that writes words under keys of its own one after another, following map and leaders, until it is told to stop.
  /// It writes while anything else runs.
  void begin_writer(const std::string& name);

  /// Ends all writers: each has its last word acknowledged.
  void end_writers();

  [[nodiscard]] std::size_t acknowledged() const noexcept {
    return words_.size();
  }

  /// Lets time pass until `condition` holds, while writers write.
  bool run(const std::function<bool()>& condition, std::chrono::milliseconds limit);

  // -- checks -------------------------------------------------------------------------------------------------------

  /// Waits until the replicas of every partition that is not removed hold the same, and all operations are over; then every
  /// acknowledged word stands once, under its key, in the partition that owns it, and no partition has what it does not own.
  void check();

  /// Which partition has `key` on this node; throws if several do. Zero: none.
  partition_id holder_of(std::size_t number, const std::string& key);

  std::vector<std::shared_ptr<keyed_disk>> disks;
  std::vector<std::shared_ptr<keyed_watch>> watches;
  std::unique_ptr<cluster> nodes;

private:
  struct writer {
    std::string name;
    std::uint64_t next = 0;
    std::size_t tries = 0; ///< Each goes to the next node.
    pending_ptr<kommander::propose_result> answer;
    kommander::propose request;
    std::string key, word;
  };

  kommander::propose request_for(const std::string& key, const std::string& word, std::uint64_t client);
  void pump(writer& x);
  void pump_all();
  [[nodiscard]] std::string difference();
  [[nodiscard]] std::vector<std::size_t> hosts_of(const kommander::partition_info& x) const;

  std::map<std::string, std::vector<std::string>> words_of_; ///< Acknowledged, by key.
  std::set<std::string> words_;
  std::vector<std::unique_ptr<writer>> writers_;
  kommander::event_listener watcher_;
  std::uint64_t last_client_ = 0;
  bool ending_ = false;
};

} // namespace cluster_test
