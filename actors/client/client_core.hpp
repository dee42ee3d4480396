/// The client of a cluster: which request goes to which node when, and what its callers are told. Pure.
///
/// A request belongs to the partition that owns its key, as the client's copy of the map says; partitions refuse what is not
/// theirs, and then the map is asked for anew. Each partition has a leader, as far as known: one that is not known to lead
/// gets one request at a time. A write is numbered in a session (client_sessions.hpp), so it may be sent again until its
/// outcome is known; a read changes nothing.
///
/// What comes of an answer:
///  - not here (`node_is_not_leader`, `leader_in_old_term`, `not_hosted`): to whom the answer names, or to the next node;
///  - not its own (`partition_moved`, `unknown_partition`): after the next look at the map;
///  - not now (`proposal_queue_full`, `restore_in_progress`, `follower_wal_saturated`, …): after a while;
///  - unknown (`proposal_timeout`, `replication_failed`, `storage_failed`, a lost node): again, to the next node;
///  - `session_expired`: in another session if the request has never been sent before. Otherwise the caller is told;
///  - never (`invalid_argument`, `payload_too_large`, `unauthorized`): the caller is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/client/client_sessions.hpp"
#include "actors/client/routing_table.hpp"
#include "kommander/partition_map.hpp"
#include "kommander/status.hpp"

namespace kommander {

struct client_core_options {
  client_sessions_options sessions = {};
  std::size_t in_flight_max = 64;                       ///< Of a partition.
  std::size_t open_requests_max = 4096;                 ///< Not answered; more are refused.
  std::size_t open_bytes_max = std::size_t{64} << 20;   ///< The same in bytes.
  instant backoff_min = std::chrono::milliseconds{20};  ///< Before a partition is tried again; doubled each time …
  instant backoff_max = std::chrono::milliseconds{500}; ///< … up to this.
  instant map_backoff_max =
    std::chrono::milliseconds{100};                  ///< The map is asked for so often at least, if it is wanted.
  instant attempt_timeout = std::chrono::seconds{5}; ///< A node that does not answer within this is asked no more.
};

/// Numbers what callers ask for.
using request_number = tagged_number<struct request_number_tag>;

/// What a caller asks for.
struct client_request {
  std::uint32_t place = 0;
  std::size_t bytes = 0;
  bool is_write = true;
  read_policy policy = read_policy::leader; ///< Of a read.
};

struct client_send {
  request_number request;
  std::uint64_t attempt = 0; ///< Comes back with the answer.
  node_id node;
  partition_id partition;
  session_number session; ///< Of a write.

  friend bool operator==(const client_send&, const client_send&) = default;
};

/// What a node has answered.
struct node_verdict {
  status code = status::errored;
  node_id leader;     ///< Who leads, as far as that node knows.
  std::string reason; ///< For people.
};

/// The end of a request.
struct client_end {
  request_number request;
  partition_id partition; ///< Zero: no partition was found.
  node_id node;           ///< Success: who has answered.
  status code = status::errored;
  std::string reason;         ///< Empty on success.
  std::uint64_t attempts = 0; ///< How often it was sent.
};

class client_core {
public:
  explicit client_core(client_core_options options);

  // -- what happens -------------------------------------------------------------------------------------------------

  /// A node can be asked from now on. `local`: it runs in this process, so its state machine can be read.
  void connected(node_id node, bool local);

  /// It cannot be asked any more, and will not answer.
  void disconnected(node_id node);

  /// A new request, which ends at `deadline`. Zero: too many are open.
  request_number add(const client_request& x, instant deadline);

  void answered(request_number request, std::uint64_t attempt, const node_verdict& x);

  /// What `node` says the map is; null if it did not answer. After `take_refresh`.
  void map_answered(node_id node, const std::shared_ptr<const partition_map>& map);

  /// Time goes on. `now` never falls; to be told before everything else that happens, and every 20 ms while not idle.
  void tick(instant now);

  // -- what is to be done -------------------------------------------------------------------------------------------

  std::vector<client_send> take_sends();

  /// The node to be asked for the map, if it is to be asked for. One at a time.
  std::optional<node_id> take_refresh();

  std::vector<client_end> take_ends();

  // -- observers ----------------------------------------------------------------------------------------------------

  /// True if nobody waits.
  [[nodiscard]] bool is_idle() const noexcept {
    return requests_.empty();
  }

  /// Null: no node has told it yet.
  [[nodiscard]] const std::shared_ptr<const partition_map>& map() const noexcept {
    return map_;
  }

private:
  struct request {
    client_request what;
    instant deadline{0};
    std::optional<partition_id> partition; ///< None: it waits for the map.
    session_number session;                ///< Of a write that has been sent.
    std::uint64_t attempt = 0;
    node_id node; ///< Where the present attempt is; zero: nowhere.
    instant sent{0};
    bool is_unknown = false; ///< Some attempt may have been carried out.
    node_verdict trouble;    ///< The last one; success: there was none.
  };

  /// What is known of a partition.
  struct lane {
    node_id leader;            ///< Zero: not known.
    bool is_confirmed = false; ///< It has carried out a request.
    request_number probe;      ///< What it has got while it is not confirmed; zero: nothing.
    std::size_t in_flight = 0;
    std::deque<request_number> again; ///< Reads, and writes that have a number.
    std::deque<request_number> fresh; ///< Writes that were never sent.
    unsigned failures = 0;            ///< In a row.
    instant not_before{0};
  };

  using request_map = std::map<request_number, request>;

  // -- routes and nodes
  void route(request_number id, request& x);
  void route_all();
  void leave_lanes();
  void enqueue(request_number id, request& x, bool in_front);
  std::optional<node_id> target(lane& l, request_number id, const request& x);
  node_id next_node();
  node_id next_host(partition_id partition);
  node_id next_local_host(partition_id partition);

  // -- sending
  void pump();
  void pump(partition_id id, lane& l);
  bool send(partition_id id, lane& l, request_number number);
  void drop_ended(std::deque<request_number>& queue) const;

  // -- answers
  void succeeded(request_map::iterator at, node_id node);
  void failed(request_number id, request& x, node_id node, const node_verdict& verdict);
  void not_leading(lane& l, node_id node, node_id hint);
  void forget_leader(lane& l, node_id next = {});
  void leave(lane& l, node_id node);
  void back_off(lane& l);
  void expired(request_map::iterator at);
  void end(request_map::iterator at, status code, std::string reason, node_id node = {});
  void end_late(request_map::iterator at);
  void take_back(request_number id, request& x);
  void give_up_on_silent_nodes();

  client_core_options options_;
  client_sessions sessions_;
  instant now_{0};
  std::map<node_id, bool> nodes_; ///< Connected ones; true: in this process.
  node_id last_node_;             ///< Which was tried last of those whose turn it is.
  std::shared_ptr<const partition_map> map_;
  routing_table routes_;
  bool wants_map_ = true;
  node_id map_asked_; ///< Zero: nobody.
  instant map_asked_at_{0};
  instant map_not_before_{0};
  instant map_backoff_{0};
  instant next_look_{0}; ///< At attempts that are not answered.
  request_map requests_;
  request_number last_request_;
  std::size_t open_bytes_ = 0;
  std::set<std::pair<instant, request_number>> deadlines_;
  std::set<request_number> unrouted_;
  std::map<partition_id, lane> lanes_;
  std::vector<client_send> sends_;
  std::vector<client_end> ends_;
};

} // namespace kommander
