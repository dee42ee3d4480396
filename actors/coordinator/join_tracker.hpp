/// What the application of a node that joins is told about it. Pure.
///
/// The leader of partition 0 is asked how far this node is while it is a learner, once every `ask_interval`; what is new is
/// told once, and what comes while nobody takes it is only the latest.
#pragma once

#include <optional>
#include <string>

#include "actors/coordinator/node_request.hpp"
#include "kommander/partition_map.hpp"

namespace kommander {

class join_tracker {
public:
  static constexpr instant ask_interval = std::chrono::milliseconds{500};

  /// `joins`: it is no initial member of the cluster, so there is something to tell from the beginning.
  explicit join_tracker(bool joins) : joins_{joins} {
    // nop
  }

  /// As the roster has it; none: it is no member, as far as is known here. Not to be called when it leaves by its own wish.
  void role(std::optional<member_role> x);

  /// What hinders it now; empty: nothing that is known.
  void trouble(const std::string& x);

  void answered(const progress_report& x);

  /// True: the leader of partition 0 is to be asked now; `answered` is called before it is true again.
  [[nodiscard]] bool take_question(instant now);

  /// True while time matters.
  [[nodiscard]] bool is_busy() const noexcept {
    return joins_ && now_is_.phase == join_phase::catching_up;
  }

  [[nodiscard]] const join_progress& present() const noexcept {
    return now_is_;
  }

  /// News since the last time.
  std::optional<join_progress> take_news();

private:
  bool joins_;
  bool asks_ = false;
  instant next_question_{0};
  join_progress now_is_;
  std::optional<join_progress> told_;
};

} // namespace kommander
