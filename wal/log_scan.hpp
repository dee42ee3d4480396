/// Recovery of one partition's entries from the records of a database, in order. Shared by all durable adapters.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "kommander/wal.hpp"

namespace kommander {

/// Verifies the entries behind a boundary one by one and notes what they are. At the first one that is damaged or missing
/// it ends the log: there, or where the last proposal before it begins.
class log_scan {
public:
  /// Makes a sentence for people from the name of a record and what is wrong with it.
  using describe_damage = std::function<std::string(const std::string& what, std::string_view why)>;

  /// `into` has its boundary, `last` equal to it, and the configurations below; the scan adds the rest, but no `commit`.
  log_scan(partition_id partition, recovered_partition& into, describe_damage damage);

  /// The record that is stored next, under the key of entry `index`. False: the log has been ended, nothing may follow.
  bool take(log_index index, const bytes& record);

  /// There is no further record; the log was committed up to `committed`. `trouble`: why the database gave none, or empty.
  void finish(log_index committed, const std::string& trouble);

private:
  bool stop(std::string_view why);

  partition_id partition_;
  recovered_partition& into_;
  describe_damage damage_;
  raft_term term_;
  entry previous_;
  log_index proposal_; ///< Where the proposal begins that the next entry may belong to.
};

} // namespace kommander
