/// The failure detector of a node and its gossip: SWIM (Das, Gupta and Motivala, 2002) with what Lifeguard adds (Dadgar,
/// Phillips and Currey, 2017). Pure. It advises; see actors/swim/README.md.
///
/// Functions are defined in swim_core.cpp (doors and beliefs), swim_core_probes.cpp (pings, for itself and for others) and
/// swim_core_exchange.cpp (news, and comparing all that is known).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "actors/swim/gossip_queue.hpp"
#include "actors/swim/liveness.hpp"
#include "actors/swim/local_health.hpp"
#include "actors/swim/member_list.hpp"
#include "actors/swim/swim_message.hpp"
#include "actors/swim/swim_random.hpp"

namespace kommander {

/// Parts that can be done without, so that tests can show what they are worth.
struct lifeguard {
  bool local_health = true;    ///< A node whose probes fail for reasons of its own waits longer for others.
  bool confirmations = true;   ///< A suspicion that nobody confirms lasts longer.
  bool tells_suspects = true;  ///< Whoever is believed not to be alive is told with each packet that it gets.
  bool counts_own_time = true; ///< Time in which this node did not run, others had not either.
};

/// The first six have the meaning of the settings of `raft_config` with the same names.
struct swim_options {
  std::chrono::milliseconds ping_interval{1000};
  std::chrono::milliseconds ping_timeout{500};
  std::uint32_t indirect_ping_fanout = 2;
  std::chrono::milliseconds suspicion_timeout{5000};
  std::chrono::milliseconds gossip_interval{5000};
  std::uint32_t gossip_fanout = 2;

  node_id self;
  /// Higher than in any earlier life of this node, for example the wall clock; if it is not, others say so, and it rises.
  std::uint64_t incarnation = 1;
  std::uint64_t seed = 1;
  instant now{0};

  std::size_t packet_bytes_max = 1200;                   ///< Of all packets but those with state, reports or a roster.
  std::size_t state_bytes_max = std::size_t{64} << 10;   ///< Of those; what does not fit has its turn the next time.
  std::size_t roster_bytes_max = std::size_t{512} << 10; ///< Larger ones are not taken.
  std::size_t report_bytes_max = std::size_t{16} << 10;
  std::size_t relays_max = 64; ///< Pings for others at a time.
  std::uint32_t health_score_max = 8;
  lifeguard parts;

  /// How often `tick` is to be called.
  [[nodiscard]] std::chrono::milliseconds tick_interval() const;
};

struct swim_packet {
  node_id to;
  bytes body;
};

struct heard_roster {
  std::uint64_t version = 0;
  bytes content;
};

struct swim_output {
  std::vector<swim_packet> packets;   ///< May all be lost.
  liveness_view_ptr view;             ///< Null: as before.
  std::optional<heard_roster> roster; ///< Newer than the one that was set.
  std::vector<node_report> reports;   ///< New ones of others.
};

/// For tests and logs.
struct swim_counters {
  std::uint64_t unreadable = 0; ///< Packets.
  std::uint64_t probes = 0;
  std::uint64_t failed_probes = 0;
  std::uint64_t refutations = 0; ///< Of rumours about this node.
  std::uint64_t pauses = 0;      ///< Times in which this node did not run.
};

class swim_core {
public:
  explicit swim_core(const swim_options& options);

  // -- doors ------------------------------------------------------------------------------------------------------

  /// Who the members are. Only they are pinged and believed; this node itself may be among them.
  void set_members(const std::vector<node_id>& members, instant now);

  /// The committed roster that this node knows. An older one than it has heard of changes nothing. False: it is larger than
  /// `roster_bytes_max`, and not told to others.
  bool set_roster(std::uint64_t version, bytes content);

  /// What this node tells of itself. False: it is larger than `report_bytes_max`, and not told.
  bool set_report(bytes content);

  /// A packet of `from`, who the transport says it is.
  void step(node_id from, const bytes& packet, instant now);

  /// Time goes on.
  void tick(instant now);

  /// What has come of all that since the last time.
  swim_output take_output();

  // -- looking at it ----------------------------------------------------------------------------------------------

  [[nodiscard]] const std::map<node_id, swim_member>& members() const noexcept {
    return members_.all();
  }

  [[nodiscard]] std::uint64_t incarnation() const noexcept {
    return incarnation_;
  }

  [[nodiscard]] std::uint32_t health_score() const noexcept {
    return health_.score();
  }

  [[nodiscard]] const swim_counters& counters() const noexcept {
    return counters_;
  }

  [[nodiscard]] std::size_t news() const noexcept {
    return news_.size();
  }

private:
  enum class probe_step : std::uint8_t { asked, repeated, indirect };

  /// A ping that has not been answered. All times here and below are of `time_.lived`.
  struct probe {
    std::uint64_t number = 0;
    node_id target;
    probe_step step = probe_step::asked;
    instant began{0};
    instant timeout{0};
    instant deadline{0};
    std::vector<node_id> helpers; ///< That have said nothing yet.
  };

  /// A ping for somebody else.
  struct relay {
    std::uint64_t number = 0;
    node_id target;
    node_id asker;
    std::uint64_t asked_as = 0; ///< The asker's number.
    bool refused = false;       ///< The asker has got its nack.
    instant patience{0};
    instant deadline{0};
  };

  struct known_report {
    std::uint64_t version = 0;
    bytes content;
  };

  // -- swim_core.cpp ----------------------------------------------------------------------------------------------

  void live_until(instant now);
  void hear_from(node_id from, const swim_message& x);
  void hear_of_self(const rumour& x);
  void believe(const rumour& x);
  void dispatch(node_id from, const swim_message& x);
  void tell(node_id to);
  [[nodiscard]] suspicion_times times() const;
  swim_message message_for(node_id to, swim_kind kind, const std::optional<rumour>& first = std::nullopt);
  void send(node_id to, const swim_message& x);

  // -- swim_core_probes.cpp ---------------------------------------------------------------------------------------

  void start_turn();
  void start_probe(node_id target);
  void ping(node_id target, std::uint64_t number);
  void tick_probes();
  bool tick_probe(probe& x);
  void ask_helpers(probe& x);
  void fail(const probe& x);
  void accuse(node_id target);
  void tick_relays();
  bool tick_relay(relay& x);
  void on_ping_request(node_id from, const swim_message& x);
  void on_ack(node_id from, const swim_message& x);
  void end_probe(std::uint64_t number, node_id target);
  void on_nack(node_id from, const swim_message& x);
  void send_nack(node_id to, std::uint64_t number, node_id target);

  // -- swim_core_exchange.cpp -------------------------------------------------------------------------------------

  void spread_news();
  void start_sync();
  swim_message state_for(node_id to, swim_kind kind);
  void on_sync(node_id from, const swim_message& x);
  void send_reports(node_id to, const swim_message& state);
  void outrank_own_report(std::uint64_t version);
  void on_reports(const swim_message& x);
  void offer_roster(node_id to, std::uint64_t version);
  void on_roster(const swim_message& x);

  swim_options options_;
  swim_random random_;
  local_health health_;
  std::uint64_t incarnation_;
  swim_time time_;
  member_list members_;
  gossip_queue news_;
  swim_counters counters_;

  std::uint64_t last_number_ = 0;
  std::vector<probe> probes_; ///< A few: those of one turn last until about the next one.
  std::vector<relay> relays_;
  instant next_turn_{0};
  instant next_news_{0};
  instant next_sync_{0};

  std::uint64_t roster_version_ = 0;
  bytes roster_;
  std::map<node_id, instant> strangers_; ///< That were offered the roster lately.
  std::map<node_id, known_report> reports_;
  node_id sync_from_; ///< Where the next part of the state begins, if it does not fit into one packet.

  swim_output output_;
  std::uint64_t shown_version_ = 0; ///< Of the last view.
};

} // namespace kommander
