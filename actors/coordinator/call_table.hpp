/// What a node has asked of others and is being asked by them: how many at a time, until when, and whose answer counts.
/// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "kommander/types.hpp"

namespace kommander {

struct call_table_options {
  instant timeout{0};                ///< After it, a request has failed, and a peer's has been forgotten.
  std::uint64_t base = 0;            ///< Ids are above it: no two lives of a node may use the same, so it is a time.
  std::size_t open_max = 256;        ///< Own requests at a time.
  std::size_t served_max = 256;      ///< Calls of one peer that are being carried out.
  std::size_t remembered_max = 1024; ///< The last calls of a peer, so that none is carried out twice.
};

/// Numbers a request of this node, and the call with which it was sent.
using call_id = tagged_number<struct call_id_tag>;

class call_table {
public:
  explicit call_table(call_table_options options);

  // -- what this node asks --------------------------------------------------------------------------------------------

  /// Begins a request. Zero: too many are open.
  call_id open(instant now);

  /// It was sent to `peer`, whose answer counts from now on.
  void sent(call_id id, node_id peer);

  /// True from `sent` until the request is closed: something may have come of it.
  [[nodiscard]] bool is_sent(call_id id) const;

  /// Whether an answer of `peer` counts: the request is open, and was sent there.
  [[nodiscard]] bool expects(call_id id, node_id peer) const;

  /// Ends a request. False: there is no such one (any more).
  bool close(call_id id);

  /// The requests whose time is over, ascending. They stay open.
  [[nodiscard]] std::vector<call_id> expired(instant now) const;

  /// True if nothing is open.
  [[nodiscard]] bool is_idle() const noexcept {
    return open_.empty();
  }

  // -- what peers ask -------------------------------------------------------------------------------------------------

  enum class admission : std::uint8_t {
    admitted, ///< To be carried out, and then told to `served`.
    repeated, ///< The network has brought it twice.
    refused,  ///< The peer has too many under way.
  };

  admission admit(node_id peer, call_id id, instant now);

  /// A call that was admitted has been carried out. One of which this is never told counts until its time is over.
  void served(node_id peer, call_id id);

private:
  struct request {
    instant deadline{0};
    node_id peer; ///< Zero: not sent yet.
  };

  struct peer_calls {
    std::map<call_id, instant> under_way; ///< Until when.
    std::set<call_id> known;
    std::deque<call_id> order; ///< Of `known`, as they came.
  };

  call_table_options options_;
  call_id last_;
  std::map<call_id, request> open_;
  std::map<node_id, peer_calls> peers_;
};

} // namespace kommander
