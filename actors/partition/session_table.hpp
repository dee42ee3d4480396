/// Which requests of which clients have been applied: what makes a retry safe (Raft thesis, section 6.3). Part of what
/// every replica computes from the log alone, so nothing here depends on settings or on a node's own clock. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "kommander/encoding.hpp"
#include "kommander/entry.hpp"

namespace kommander {

class session_table {
public:
  // All replicas must agree on these, so they are no settings: another value is another format of the log.
  static constexpr std::size_t sessions_max = 4096; ///< Of a partition; more are refused until some expire.
  static constexpr std::size_t results_max = 64;    ///< Of a session; as many requests may be under way at a time.
  static constexpr std::uint64_t expiry_milliseconds = 3'600'000; ///< Without a request, by the time in the log.

  /// What is known of one request.
  enum class knowledge : std::uint8_t {
    fresh,   ///< Not applied yet, and may be.
    done,    ///< Applied before, by another entry: `result`.
    expired, ///< Cannot be told: there is no such session (any more), or it has forgotten a request so old.
    no_room, ///< Would begin a session, and there are too many.
  };

  /// Of a request's proposal.
  struct result {
    hlc_timestamp ticket;
    log_index index; ///< Of its last entry.

    friend bool operator==(const result&, const result&) = default;
  };

  struct answer {
    knowledge what = knowledge::fresh;
    result first;
  };

  /// What would become of a request, were it committed next, at `milliseconds`.
  [[nodiscard]] answer look_up(const entry_origin& x, std::uint64_t milliseconds) const;

  /// Takes note of a committed entry with an origin. `fresh`: it is to be applied. The entries of one proposal share its
  /// ticket, so all of them are, or none.
  answer commit(const entry& x, std::uint64_t milliseconds);

  /// Takes over the sessions of a partition whose keys come here. What either knows of a request stays known. A client
  /// that has used a number for different requests of the two is answered `expired` from then on: which of them a
  /// repetition means cannot be told.
  void add(const session_table& other);

  [[nodiscard]] std::size_t size() const noexcept {
    return sessions_.size();
  }

  void encode(byte_writer& out) const;
  static session_table decode(byte_reader& in);

  friend bool operator==(const session_table&, const session_table&) = default;

private:
  struct session {
    std::uint64_t seen = 0;      ///< In milliseconds of the log's time.
    std::uint64_t forgotten = 0; ///< Results up to this sequence were dropped.
    std::map<std::uint64_t, result> results;

    friend bool operator==(const session&, const session&) = default;
  };

  void drop_expired(std::uint64_t milliseconds);
  static void unite(session& mine, const session& theirs);

  std::map<client_id, session> sessions_;
};

} // namespace kommander
