/// What a discovery hands to its node: each list of contacts once, in order, without the node itself, and none after
/// the end.
#pragma once

#include <mutex>
#include <vector>

#include "kommander/raft.hpp"

namespace kommander::net {

/// Ascending, without `self` and repetition, and not more than `contacts_max`. An address without a node is left out
/// where a node is known at it.
std::vector<contact> tidy_contacts(std::vector<contact> all, const node_info& self);

/// Functions may be called from any thread.
class contact_feed {
public:
  /// False if it has been opened before.
  bool open(discovery_context context);

  /// These are the contacts from now on. Calls `found` unless they are the same as before.
  void offer(std::vector<contact> all);

  /// When it returns, `found` is not called any more.
  void close();

private:
  std::mutex mutex_;
  bool opened_ = false;
  bool open_ = false;
  discovery_context context_;
  std::vector<contact> last_;
};

/// The error of a second `start`.
failure started_before();

} // namespace kommander::net
