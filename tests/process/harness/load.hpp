/// Clients under load: proposals to all partitions of a cluster, many in flight, that follow the leaders, with a ledger of
/// what was answered.
#pragma once

#include "kommander/kommander.hpp"
#include "tests/process/harness/history.hpp"

#include <map>
#include <vector>

namespace process_test {

/// How to load each partition from now on.
struct load_plan {
  bool running = true;
  std::size_t in_flight_max = 16; ///< Proposals per partition to the node that leads, as far as known.
  std::size_t padding = 100;      ///< Bytes of filling in each entry.
};

/// Proposals of one partition by what became of them.
struct counts {
  std::size_t acknowledged = 0;
  std::size_t refused = 0;
  std::size_t unknown = 0;
  std::size_t in_flight = 0;
};

/// By number of the partition.
using totals = std::map<std::uint64_t, counts>;

/// Answered when each partition has acknowledged so many more proposals.
struct await_progress {
  std::size_t proposals;
};

/// Ends the load; answered when no proposal is in flight.
struct drain {};

/// Proposes one more entry in each partition, again and again until it is acknowledged; answered with their indexes.
struct set_marks {};

using marks = std::map<std::uint64_t, std::uint64_t>;

/// Sends so many proposals to a node, whoever leads; answered with the number of the first in the partition's ledger.
struct send_to {
  std::size_t node;
  std::uint64_t partition;
  std::size_t proposals;
};

/// Answered at once.
struct get_totals {};
struct get_ledger {};

/// Each partition's proposals, in the order in which they were sent.
using ledger = std::map<std::uint64_t, std::vector<proposal>>;

/// Answered with the handle of this node as soon as it is connected.
struct get_handle {
  std::size_t node;
};

/// To and from the actor that connects to a node, on a thread of its own.
struct connect_now {};

struct connected {
  std::size_t node;
  kommander::raft_actor handle;
};

struct pulse {};

using load_actor = kommander::cafx::typed<void(load_plan), totals(await_progress), totals(drain), marks(set_marks),
                                          std::uint64_t(send_to), totals(get_totals), ledger(get_ledger),
                                          kommander::raft_actor(get_handle), void(connected), void(pulse)>;

/// A node and where clients reach it.
struct target {
  kommander::node_id id;
  kommander::endpoint where;
};

/// `security` is what the client proves to each node.
load_actor spawn_load(caf::actor_system& system, const std::vector<target>& nodes, std::uint32_t partitions,
                      const kommander::client_security& security);

} // namespace process_test

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(process_test::load_plan)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(process_test::totals)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(process_test::await_progress)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(process_test::drain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(process_test::set_marks)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(process_test::marks)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(process_test::send_to)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(process_test::get_totals)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(process_test::get_ledger)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(process_test::ledger)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(process_test::get_handle)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(process_test::connect_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(process_test::connected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(process_test::pulse)
