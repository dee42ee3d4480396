/// Drives the partition map's operations, on the node that leads partition 0. Pure.
///
/// It keeps nothing that matters: what is to be done follows from the map, and each step may be taken twice. A leader takes
/// up what its predecessor began, and forgets everything when it leads no more.
///
/// What the answers mean:
///  - `success`: the step is taken, now or before.
///  - A refusal will not become anything else: `errored` with the index of an entry (so the log has refused it),
///    `invalid_argument`, `snapshot_required`, `payload_too_large`, `unauthorized`. Before the point of no return it rolls the
///    operation back; after it the step is repeated all the same.
///  - Anything else may be different the next time, `errored` without an index among it (nobody could be asked): repeated
///    after `backoff_min`, doubled up to `backoff_max`.
///  - An export whose leader has lost it (`errored`, `partition_moved`), or that answers nonsense, begins anew, at most
///    `attempts_max` times.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/coordinator/map_command.hpp"
#include "actors/coordinator/node_request.hpp"
#include "actors/coordinator/operation_steps.hpp"

namespace kommander {

struct coordinator_options {
  std::uint64_t initial_partitions = 1;     ///< Of a cluster that has no map yet.
  std::uint32_t replication_factor = 0;     ///< Of it, as in `map_initialize`.
  std::vector<member_info> initial_members; ///< Of it: see `map_initialize`. None: this node begins no cluster.
  /// So long an operation may fence and copy under one leader, from when it is its turn; then it is rolled back.
  instant operation_timeout = std::chrono::seconds{60};
  std::uint64_t part_bytes = 512 * 1024; ///< Of what is exported at a time.
  std::size_t copies_max = 4;            ///< Operations that copy at a time; others wait before they fence.
  unsigned attempts_max = 5;             ///< Of one copy, under one leader.
  std::size_t requests_max = 64;         ///< Under way at a time; one or two an operation.
  instant backoff_min = std::chrono::milliseconds{50};
  instant backoff_max = std::chrono::seconds{1};
};

struct coordinator_request {
  std::uint64_t number = 0; ///< Ascends; comes back with the answer.
  node_request what;

  friend bool operator==(const coordinator_request&, const coordinator_request&) = default;
};

/// Each request must be answered, in bounded time: what is not answered goes on only with the next leader, or when the
/// operation times out.
class coordinator_core {
public:
  explicit coordinator_core(const coordinator_options& options);

  // -- what happens -------------------------------------------------------------------------------------------------

  /// This node has applied a version of the map; also the one that it starts with. An older one than before is ignored.
  void map(std::shared_ptr<const partition_map> x);

  /// This node leads partition 0 and is ready, in this term; or it does not.
  void leads(std::optional<raft_term> term);

  /// Answers to requests whose number is unknown, because nothing depends on them any more, change nothing.
  void answered(std::uint64_t number, const control_result& x);
  void answered(std::uint64_t number, const range_part& x);

  /// Time goes on. `now` never falls; to be told at least each `backoff_min` while `is_busy()`, and before what happens
  /// after a pause.
  void tick(instant now);

  // -- what is to be done -------------------------------------------------------------------------------------------

  /// In the order in which they were decided.
  std::vector<coordinator_request> take_requests();

  // -- observers ----------------------------------------------------------------------------------------------------

  /// True while this node has something to drive.
  [[nodiscard]] bool is_busy() const noexcept;

  [[nodiscard]] const std::shared_ptr<const partition_map>& map() const noexcept {
    return map_;
  }

  /// Answers that are waited for.
  [[nodiscard]] std::size_t requests_under_way() const noexcept {
    return requests_.size();
  }

  /// Bytes of parts that are kept until they are imported.
  [[nodiscard]] std::size_t bytes_kept() const noexcept;

private:
  /// A request that is repeated until it has succeeded.
  struct repeated_request {
    std::uint64_t number = 0; ///< Of the one under way; zero: none.
    unsigned failures = 0;    ///< In a row.
    instant not_before{0};
  };

  /// One copy, from an export that began in one place.
  struct copy_of_range {
    std::uint64_t attempt = 0;      ///< Zero: none has begun.
    unsigned begun = 0;             ///< Attempts, this one among them.
    std::optional<range_part> next; ///< Exported, and waits for the import of the part before.
    std::optional<range_part> part; ///< Is being imported.
    std::uint64_t number = 0;       ///< Of `part`.
    std::uint64_t offset = 0;       ///< Of `part`.
    bytes cursor;                   ///< Where the export goes on.
    bool is_exported = false;       ///< The last part has come.
    bool is_imported = false;       ///< And the target has it.
  };

  /// What this leader knows of an operation beside the map.
  struct drive {
    operation_phase phase = operation_phase::fencing;
    bool copies = false;
    std::size_t steps_taken = 0; ///< In this phase.
    repeated_request control;    ///< A step, an import, or the advance to another phase.
    repeated_request exporting;
    copy_of_range data;
    std::optional<instant> since; ///< When its turn came to fence or to copy.
    std::string roll_back;        ///< Why it is to be rolled back; empty: it is not.
    std::string last_trouble;     ///< For people, should it time out.
  };

  enum class request_kind : std::uint8_t { initialize, step, import, advance, export_part };

  struct pending {
    request_kind what = request_kind::initialize;
    operation_id operation; ///< None: of the first map.
  };

  void forget();
  void follow_map();
  void pump();
  void pump(const operation_info& x, drive& d);
  void pump_copy(const operation_info& x, drive& d);
  void initialize();
  [[nodiscard]] bool may_begin_cluster() const noexcept;
  void advance(const operation_info& x, drive& d, operation_phase to);
  void begin_attempt(drive& d);
  void import_part(const operation_info& x, drive& d);
  void export_part(const operation_info& x, drive& d);

  void exported(drive& d, const range_part& x);
  void imported(drive& d);
  void failed(drive& d, const control_result& x);
  void export_lost(drive& d, const std::string& why);
  void give_up(drive& d, std::string why);
  void drop_requests(const drive& d);

  /// What the answered request was for; none if nothing depends on it.
  std::optional<pending> take(std::uint64_t number);

  [[nodiscard]] bool has_its_turn(drive& d) const noexcept;
  [[nodiscard]] bool may_send(const repeated_request& x) const noexcept;
  void send(repeated_request& x, const pending& what, node_request request);
  void again_later(repeated_request& x) const;

  coordinator_options options_;
  std::shared_ptr<const partition_map> map_;
  std::optional<raft_term> term_;
  raft_term last_term_;
  std::uint64_t copies_ = 0; ///< Attempts that were begun in `last_term_`.
  instant now_{0};
  std::uint64_t last_number_ = 0;
  repeated_request initializing_;
  std::map<operation_id, drive> drives_;
  std::map<std::uint64_t, pending> requests_;
  std::vector<coordinator_request> out_;
};

} // namespace kommander
