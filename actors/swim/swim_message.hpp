/// What failure detectors say to each other, and its encoding: the body of a `node_gossip`. Pure.
///
/// A body is one byte, the version, and one, the kind; what its sender says about itself; the rumours that ride along; and
/// what its kind has. Who sent it is not in it: the transport knows, so it cannot be forged here.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/swim/liveness.hpp"
#include "kommander/bytes.hpp"
#include "kommander/types.hpp"

namespace kommander {

/// First byte of each body. A change of the encoding changes it.
inline constexpr std::uint8_t swim_version = 1;

/// Highest incarnation that is believed, so that there is always a higher one to object with.
inline constexpr std::uint64_t incarnation_max = std::uint64_t{1} << 62;

/// What is said about one member. Of two rumours about it that with the higher incarnation counts, of two with the same one
/// the worse.
struct rumour {
  node_id subject;
  liveness state = liveness::alive;
  std::uint64_t incarnation = 0; ///< Of the subject.
  node_id accuser;               ///< Who has had no answer from it; no node if it is alive.

  friend bool operator==(const rumour&, const rumour&) = default;
};

/// Most bytes of an encoded rumour: two ids, a state and an incarnation.
inline constexpr std::size_t rumour_bytes_max = 8 + 1 + 10 + 8;

/// What a node has told of itself for others to know, for example its load; the content is the owners' business.
struct node_report {
  node_id node;
  std::uint64_t version = 0; ///< Ascends at each node, also over restarts.
  bytes content;

  friend bool operator==(const node_report&, const node_report&) = default;
};

/// The numbers are part of the format.
enum class swim_kind : std::uint8_t {
  ping = 0,         ///< To be answered with an `ack`.
  ack = 1,          ///< Of a ping.
  ping_request = 2, ///< The receiver is to ping `subject` and answer with `indirect_ack` or, after `patience`, `nack`.
  indirect_ack = 3, ///< `subject` has answered; what it said of itself is the first rumour.
  nack = 4,         ///< `subject` has not answered yet, but the asker's question has (Lifeguard, section IV-A).
  news = 5,         ///< Nothing but rumours.
  sync = 6,         ///< All the sender believes; to be answered with a `sync_reply` of the same kind.
  sync_reply = 7,
  reports = 8, ///< Those that the receiver was seen to lack.
  roster = 9,  ///< The committed roster that the receiver was seen to lack.
};

struct swim_message {
  swim_kind kind = swim_kind::news;
  std::uint64_t incarnation = 0;    ///< The sender's own.
  std::uint64_t roster_version = 0; ///< Of the roster that the sender has.
  std::vector<rumour> rumours;

  std::uint64_t probe = 0;               ///< Ping, ack, ping_request, indirect_ack, nack: tells which one it is about.
  node_id subject;                       ///< Ping_request, indirect_ack, nack.
  std::chrono::milliseconds patience{0}; ///< Ping_request.
  std::vector<node_report> reports;      ///< Sync, sync_reply: versions only, without content. Reports.
  bytes roster;                          ///< Roster.

  friend bool operator==(const swim_message&, const swim_message&) = default;
};

bytes encode(const swim_message& x);

/// Nothing if it is malformed in any way.
std::optional<swim_message> decode_swim_message(const bytes& body);

} // namespace kommander
