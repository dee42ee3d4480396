/// A client that knows where keys are: it follows the partition map and the leaders, so that whoever writes or reads names
/// only a key.
///
///   auto client = kommander::spawn_client(system, {.nodes = {{.name = "n1", .address = {"127.0.0.1", 7101}}, …}});
///   self->request(*client, caf::infinite, kommander::client_write{"orders/17", "OrderCreated", payload})
///     .then([](const kommander::client_write_result& x) { … });
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "kommander/messages.hpp"
#include "kommander/raft.hpp"
#include "kommander/result.hpp"

namespace kommander {

/// A node of the cluster, and how it is reached.
struct client_node {
  node_id id = {};       ///< Zero: derived from the name.
  std::string name;      ///< As in the node's settings; not needed with an id.
  endpoint address = {}; ///< Its client port. The client connects, and again whenever the connection is lost.
  raft_actor local = {}; ///< A node of this process: no port is needed then.
};

struct client_config {
  std::vector<client_node> nodes; ///< At least one. Requests go only to these; best are all nodes of the cluster.
  std::size_t in_flight_max = 64; ///< Requests under way, of a partition; at most 64, which is what sessions remember.
  std::size_t open_requests_max = 4096;               ///< Not answered yet; more are refused.
  std::size_t open_bytes_max = std::size_t{64} << 20; ///< The same in bytes.
  client_security security;                           ///< Whom it wants to speak with, and what it proves.
  std::chrono::milliseconds connect_timeout{1000};    ///< Of one attempt.
  std::chrono::milliseconds reconnect_delay{200};     ///< Between two attempts.
  std::uint64_t seed = 0; ///< Of the client's ids in sessions; no two clients may have the same. 0: from the system.
};

/// Appends entries to the log of the partition that owns `key`: once, however often nodes fail and keys move meanwhile. Many
/// payloads are one proposal. Writes that are under way together may be applied in any order: wait where it matters.
struct client_write {
  std::string key; ///< `route_key` says where it belongs.
  std::string type;
  std::vector<bytes> payloads;
  std::chrono::milliseconds timeout{10'000};

  client_write() = default;

  client_write(std::string where, std::string what, bytes payload) : key{std::move(where)}, type{std::move(what)} {
    payloads.push_back(std::move(payload));
  }

  client_write(std::string where, std::string what, std::vector<bytes> many)
    : key{std::move(where)},
      type{std::move(what)},
      payloads{std::move(many)} {
    // nop
  }
};

/// Codes as of a `propose_result`. Beside them
///  - `proposal_timeout`: not answered in time; it may have been applied, or may yet be,
///  - `session_expired`: the same, and repeating it would not tell,
///  - `proposal_queue_full`: too many requests of this client are open,
///  - `unknown_partition`: nobody owns the key,
///  - `errored`, `node_is_not_leader` and others: not applied, and why not in time.
struct client_write_result {
  partition_id partition; ///< Where it was written; zero: nowhere.
  propose_result result;
  std::uint64_t attempts = 0; ///< How often it was sent.
};

/// Asks when a read of the state machine of the partition that owns `key` may begin; see `read_barrier`. With policy follower
/// or local a node of this process answers, if there is one.
struct client_read {
  std::string key;
  read_policy policy = read_policy::leader;
  std::chrono::milliseconds timeout{10'000};
};

struct client_read_result {
  partition_id partition; ///< Which owns the key.
  node_id node;           ///< Whose state machine may be read.
  read_result result;
};

/// `get_partition_map` is answered with the client's copy, which may be behind; version zero: none is known yet. Every
/// other request ends within its time-out. The client ends with an exit message; what waits is answered then.
///
/// A `client_node` is one more node, or one that is reached in another way from now on: for example a node of this process
/// that was started anew.
using client_actor = cafx::typed<client_write_result(client_write), client_read_result(client_read),
                                 partition_map(get_partition_map), void(client_node)>;

/// Starts a client. The system's configuration must have been prepared by `setup`; to connect it needs the middleman.
/// Settings that make no sense are an error that names them.
result<client_actor> spawn_client(caf::actor_system& system, client_config config);

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::client_node)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::client_write)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::client_write_result)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::client_read)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::client_read_result)
