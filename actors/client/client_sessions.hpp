/// The sessions in which a client writes: one for each partition, so that what it sends there can be repeated until it is
/// answered. Pure.
///
/// A request is numbered when it is sent, and keeps its number while it may have been applied, also when its key moves to
/// another partition: sessions move with their keys. Partitions remember the last 64 answers of a session
/// (actors/partition/session_table.hpp), and know a session only when its first request has been applied. So
///  - no request is numbered so high that an older one, which is not answered, could be forgotten;
///  - the first request is answered before there is a second one, and by the partition that the session is for. Otherwise the
///    session is given up, and another one begins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>

#include "kommander/types.hpp"

namespace kommander {

/// What a request is known by.
struct session_number {
  client_id client;
  std::uint64_t sequence = 0;

  friend bool operator==(const session_number&, const session_number&) = default;
};

struct client_sessions_options {
  std::uint64_t seed = 1;      ///< Of the client ids. No two clients of a cluster may have the same.
  std::size_t window_max = 64; ///< At most what partitions remember of a session.
  instant idle_max =
    std::chrono::minutes{50}; ///< A session without requests is not used again: it expires after an hour.
};

class client_sessions {
public:
  explicit client_sessions(client_sessions_options options);

  /// False: a new request for `partition` has to wait until others are answered.
  [[nodiscard]] bool has_room(partition_id partition) const;

  /// Numbers a request that is about to be sent to `partition` for the first time. Only if there is room.
  session_number assign(partition_id partition, instant now);

  /// The request has been applied, as `partition` says.
  void applied(const session_number& x, partition_id partition, instant now);

  /// Nobody waits for the request any more, whatever has become of it.
  void given_up(const session_number& x);

  /// The partition does not know the session: no further request is numbered in it.
  void expired(const session_number& x);

  /// `partition` is gone, and with it what was not begun there.
  void forget(partition_id partition);

  /// Sessions that requests may still come of.
  [[nodiscard]] std::size_t size() const noexcept {
    return sessions_.size();
  }

private:
  struct session {
    partition_id partition;
    bool is_known = false; ///< The partition has applied its first request.
    std::uint64_t last = 0;
    std::set<std::uint64_t> open; ///< Not answered.
    instant used{0};
  };

  client_id next_id();
  void close(const session_number& x);
  void retire(client_id id);

  client_sessions_options options_;
  std::uint64_t random_;
  std::map<client_id, session> sessions_;
  std::map<partition_id, client_id> current_; ///< In which new requests are numbered.
};

} // namespace kommander
