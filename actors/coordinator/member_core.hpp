/// What a node has to ask the others about its own membership: to be taken in, to be found where it listens now, to be let
/// go. Pure.
///
/// One request is under way at a time; each may be repeated, and is until the roster shows that it is as was wanted. A node
/// that has heard of no leader of partition 0 for long may have been taken off without having been told, or its address
/// is not known any more: it asks to join again, which changes nothing for a member.
#pragma once

#include <optional>
#include <string>

#include "actors/coordinator/map_command.hpp"
#include "actors/coordinator/node_request.hpp"

namespace kommander {

struct member_options {
  node_info self;
  std::string zone;
  std::uint64_t disk = 0;                        ///< The id of its disk.
  bool joins = false;                            ///< It is no initial member: asks until it is in the roster.
  instant unheard_max = std::chrono::seconds{8}; ///< So long without a leader of partition 0: it asks around.
  instant backoff_min = std::chrono::milliseconds{200};
  instant backoff_max = std::chrono::seconds{5};
};

class member_core {
public:
  explicit member_core(member_options options);

  // -- what happens -------------------------------------------------------------------------------------------------

  void roster(const cluster_roster& x);

  /// Somebody is known to lead partition 0, or nobody is.
  void hears_leader(bool x);

  /// The application wants the node out of the cluster, or, before it has left, in it after all.
  void leave();
  void stay();

  void answered(const control_result& x);

  /// Time goes on; `now` never falls.
  void tick(instant now);

  // -- what is to be done -------------------------------------------------------------------------------------------

  /// To be asked of any member, of a different one each time; `answered` is called before there is another one.
  std::optional<member_change> take_request();

  /// True: the others may not know where this node is, so it has to call them.
  [[nodiscard]] bool introduces_itself() const noexcept;

  // -- observers ----------------------------------------------------------------------------------------------------

  /// True while a request may have to be made without anything else happening.
  [[nodiscard]] bool is_busy() const noexcept {
    return wants() || unheard_since_;
  }

  /// It has been asked to leave, and is no member any more.
  [[nodiscard]] bool has_left() const noexcept {
    return left_;
  }

  [[nodiscard]] bool is_leaving() const noexcept {
    return leaves_;
  }

  /// Null: as far as is known here it is none.
  [[nodiscard]] const member_info* self() const noexcept {
    return roster_.find(options_.self.id);
  }

  [[nodiscard]] const cluster_roster& known() const noexcept {
    return roster_;
  }

  /// The last refusal; empty if there was none since the last success.
  [[nodiscard]] const std::string& trouble() const noexcept {
    return trouble_;
  }

private:
  [[nodiscard]] bool wants() const noexcept;
  [[nodiscard]] bool is_unheard() const noexcept;

  member_options options_;
  cluster_roster roster_;
  bool leaves_ = false;
  bool left_ = false;
  bool begun_ = false; ///< The leave has been accepted.
  bool stays_ = false; ///< A leave may still be on its way, or under way, that is not wanted any more.
  bool asks_ = false;  ///< A request is under way.
  member_step asked_ = member_step::join; ///< What it is, or was last.
  std::optional<instant> unheard_since_;
  instant now_{0};
  instant not_before_{0};
  unsigned failures_ = 0;
  std::string trouble_;
};

} // namespace kommander
