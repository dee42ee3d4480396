/// What one node believes about the other members, how beliefs change, and whom to ping next. Pure.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "actors/swim/liveness.hpp"
#include "actors/swim/suspicion.hpp"
#include "actors/swim/swim_message.hpp"
#include "actors/swim/swim_random.hpp"

namespace kommander {

struct swim_member {
  liveness state = liveness::alive;
  std::uint64_t incarnation = 0;  ///< Zero: nothing has been heard of it.
  instant since{0};               ///< When the state began.
  std::optional<suspicion> doubt; ///< While it is suspect.
  node_id accuser;                ///< The first one, while it is not alive.
  instant told{0};                ///< When it was last told, on its own, that it is not believed to be alive;
  instant offered{0};             ///< was last sent the roster.
};

/// When a belief changes: for a view, and for suspicions, which last in time that this node lives through.
struct swim_time {
  instant now{0};
  instant lived{0};
};

enum class merge_outcome : std::uint8_t {
  old,     ///< Nothing changed.
  known,   ///< Nothing that others must be told: the first word of a node that was believed to be alive anyway.
  changed, ///< Others are to be told what is believed now.
};

/// Beliefs only ever rise, in (incarnation, severity). All functions cost at most the logarithm of the number of members,
/// unless they say otherwise.
class member_list {
public:
  explicit member_list(node_id self) noexcept : self_{self} {
    // nop
  }

  /// Who the others are from now on; this node itself is left out. New ones are believed to be alive, and come at random
  /// places into the round. Linear. Returns who has left.
  std::vector<node_id> set(const std::vector<node_id>& members, instant now, swim_random& random);

  /// Null: not a member, or this node itself.
  [[nodiscard]] swim_member* find(node_id id) noexcept;

  /// Takes in what is said about another member; about strangers nothing is believed.
  ///
  /// That a node is dead counts as a suspicion that needs no confirmation: nobody is given up on hearsay, without having had
  /// the least time to object here. After a cut is mended, each half may tell of the other's death.
  merge_outcome merge(const rumour& x, const suspicion_times& times, const swim_time& now);

  /// Suspects that have not objected in time are dead from now on. Returns what to tell. Linear in the suspects.
  std::vector<rumour> expire(const swim_time& now);

  /// What is believed about a member.
  [[nodiscard]] rumour belief(node_id id) const;

  // -- whom to ping -----------------------------------------------------------------------------------------------

  /// The next of the round: all members, in an order that is drawn anew each time around (SWIM, section 4.3). `spared` is
  /// passed over. No node if there is no other.
  node_id next_in_round(node_id spared, swim_random& random);

  /// The next alive one above this node's id, or from the beginning: each member has at any time one that watches it.
  /// Linear in those that are not alive.
  [[nodiscard]] node_id watched() const noexcept;

  /// The next suspect, in turn, that this node has accused itself.
  node_id next_accused();

  /// `n` members at random that fulfil `predicate`. Linear.
  template <class Predicate>
  std::vector<node_id> choose(std::size_t n, swim_random& random, Predicate predicate) const {
    std::vector<node_id> result;
    for (const auto& [id, x] : members_)
      if (predicate(id, x))
        result.push_back(id);
    random.choose(result, n);
    return result;
  }

  // -- looking at it ----------------------------------------------------------------------------------------------

  /// Without this node.
  [[nodiscard]] const std::map<node_id, swim_member>& all() const noexcept {
    return members_;
  }

  /// Grows with each change that a view shows.
  [[nodiscard]] std::uint64_t version() const noexcept {
    return version_;
  }

  /// Linear.
  [[nodiscard]] liveness_view view() const;

private:
  merge_outcome revive(swim_member& x, const rumour& word, const swim_time& now);
  merge_outcome suspect(node_id id, swim_member& x, const rumour& word, const suspicion_times& times,
                        const swim_time& now);
  merge_outcome bury(swim_member& x, std::uint64_t incarnation, instant now);
  void enter(swim_member& x, liveness state, instant now);

  node_id self_;
  std::map<node_id, swim_member> members_;
  std::vector<node_id> suspects_;
  std::vector<node_id> round_;
  std::size_t next_ = 0; ///< In the round.
  std::size_t next_accused_ = 0;
  std::uint64_t version_ = 1;
};

} // namespace kommander
