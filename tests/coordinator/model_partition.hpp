/// Logs without Raft: what a group of replicas does to whoever proposes, and nothing of how. A leader appends; what it has
/// appended is committed and applied later, or lost with its leadership.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/coordinator/map_state.hpp"
#include "actors/coordinator/node_request.hpp"
#include "actors/partition/ownership.hpp"
#include "tests/coordinator/map_checker.hpp"
#include "tests/sim/random.hpp"

namespace kommander::test {

using sim::random_source;

/// Each write writes something that nothing else does.
using write_id = std::uint64_t;

struct model_entry {
  bytes control;      ///< Empty: a write, or the entry that begins a term.
  write_id write = 0; ///< Zero: none.
  std::uint32_t place = any_place;
  std::function<void(const control_result&)> answer;
  raft_term term;
};

class model_log {
public:
  explicit model_log(partition_id id) : id_{id} {
    // nop
  }

  virtual ~model_log() = default;

  /// A new term begins. Of what is not committed, a part is lost.
  void elect(node_id leader, random_source& random);

  /// Nobody leads.
  void depose();

  void append(model_entry x);

  /// Some of what was appended is committed and applied, if there is a leader.
  void progress(random_source& random);

  [[nodiscard]] partition_id id() const noexcept {
    return id_;
  }

  [[nodiscard]] node_id leader() const noexcept {
    return leader_;
  }

  [[nodiscard]] raft_term term() const noexcept {
    return term_;
  }

  /// The leader has applied what was there before it.
  [[nodiscard]] bool is_ready() const noexcept {
    return leader_ && applied_ >= term_begins_;
  }

  [[nodiscard]] bool is_idle() const noexcept {
    return leader_ && applied_ == entries_.size();
  }

  /// What must not be and was; empty: nothing.
  std::string wrong;

  /// Something that the checks look at has changed since it was set to false.
  bool has_changed = true;

protected:
  virtual control_result apply(log_index index, const model_entry& x) = 0;

  /// `x` was appended, and is not applied.
  virtual void foresee(const model_entry&) {
    // nop
  }

  /// Nothing is foreseen but what is told again.
  virtual void forget_foreseen() {
    // nop
  }

private:
  partition_id id_;
  node_id leader_;
  raft_term term_;
  std::vector<model_entry> entries_; ///< Index 1 first.
  std::size_t applied_ = 0;          ///< What is applied is committed, and the other way round.
  std::size_t term_begins_ = 0;
};

/// Partition 0.
class model_map : public model_log {
public:
  model_map() : model_log{partition_id{0}} {
    // nop
  }

  [[nodiscard]] const map_state& state() const noexcept {
    return state_;
  }

  /// All maps that there were, in their order; the last one is the present one.
  [[nodiscard]] const std::vector<std::shared_ptr<const partition_map>>& history() const noexcept {
    return history_;
  }

  /// Told after each change.
  std::function<void(const partition_map&)> on_change;

private:
  control_result apply(log_index index, const model_entry& x) override;

  map_state state_;
  map_checker checker_;
  std::vector<std::shared_ptr<const partition_map>> history_;
};

/// A partition that holds writes.
class model_partition : public model_log {
public:
  explicit model_partition(const partition_info& birth)
    : model_log{birth.id},
      routed_{birth.routed},
      ownership_{birth},
      foreseen_{birth} {
    // nop
  }

  /// Why a write does not belong here, where it would be appended.
  [[nodiscard]] std::optional<std::string> refusal(std::uint32_t place, generation expected) const {
    return foreseen_.refusal(place, expected);
  }

  /// True if a write would be taken, by what is applied or by what is appended.
  [[nodiscard]] bool takes(std::uint32_t place) const;

  /// True if a write is taken, by what is applied.
  [[nodiscard]] bool serves(std::uint32_t place) const {
    return !ownership_.refusal(place, {});
  }

  range_part export_range(const range_export& x, random_source& random);

  [[nodiscard]] bool routed() const noexcept {
    return routed_;
  }

  [[nodiscard]] const std::map<write_id, std::uint32_t>& content() const noexcept {
    return content_;
  }

  /// What the operation moves, as it is.
  [[nodiscard]] std::map<write_id, std::uint32_t> part_of(const moving_state& what) const;

  /// The application brings it here by its own means.
  void receive(const std::map<write_id, std::uint32_t>& x) {
    content_.insert(x.begin(), x.end());
  }

  std::size_t exports_lost = 0;

private:
  /// At one leader.
  struct session {
    raft_term term;
    std::size_t part_size = 0;
    std::vector<std::pair<write_id, std::uint32_t>> what;
  };

  control_result apply(log_index index, const model_entry& x) override;
  void foresee(const model_entry& x) override;
  void forget_foreseen() override;
  void carry_out(const ownership_change& x);

  bool routed_;
  ownership ownership_; ///< As applied …
  ownership foreseen_;  ///< … and as appended.
  std::map<write_id, std::uint32_t> content_;
  std::map<write_id, std::uint32_t> imported_;
  std::map<std::uint64_t, session> sessions_;
};

} // namespace kommander::test
