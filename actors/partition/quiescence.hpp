/// Sleep: a group in which nothing happens sends no heartbeats and needs no ticks.
///
/// How a group falls asleep. A leader for which nothing has happened for a while, whose peers all have its whole log and
/// know that it is committed, marks its heartbeats with a wish to sleep. A follower whose log ends exactly where the
/// leader's does, and is applied, puts its election timer away and answers "asleep". Only when all peers, learners too, have answered so
/// does the leader stop its heartbeats; a peer that lags, is new or does not answer keeps it awake.
///
/// How it wakes. A leader: by every request, and by every message that shows that somebody is awake, new or behind. It
/// sends heartbeats at once. A follower: by its leader, by a request that only a leader can answer, by anybody who asks
/// for votes, and when its owner suspects the leader. It starts its timer, and tells the leader, which resumes its
/// heartbeats if it is alive; so a suspicion that is wrong disturbs nobody, and after one that is right the timer ends.
///
/// Sleep is forgotten at a restart, and safety does not depend on it: a sleeping leader commits nothing and answers no
/// read without a new round of heartbeats, and a sleeping follower has no rights that it would not have awake.
#pragma once

#include <cstdint>

#include "kommander/types.hpp"

namespace kommander {

/// The owner believes that the node `peer`, or its replica of this group, is dead or out of reach; or has learnt that it
/// has started anew, and so may have forgotten that it led. While asleep, a core hears nothing by itself, so the owner
/// gives this when the suspicion begins, and again whenever the core is asleep while the suspicion lasts. It may be wrong.
/// A core that is awake ignores it. An owner need not tell a sleeping core the time, but has to do so before any other
/// input.
struct peer_suspected_input {
  node_id peer;
};

/// A leader's own part in the sleep of its group.
struct leader_rest {
  instant quiet_since{0};       ///< Nothing has happened since then.
  std::uint64_t wish_round = 0; ///< The first round of heartbeats with the present wish to sleep; zero: there is none.
  bool asleep = false;
};

} // namespace kommander
