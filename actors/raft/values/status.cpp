#include "kommander/status.hpp"

namespace kommander {

std::string_view to_string(status x) noexcept {
  switch (x) {
    case status::success: return "success";
    case status::errored: return "errored";
    case status::node_is_not_leader: return "node_is_not_leader";
    case status::leader_in_old_term: return "leader_in_old_term";
    case status::leader_already_elected: return "leader_already_elected";
    case status::logs_from_another_leader: return "logs_from_another_leader";
    case status::active_proposal: return "active_proposal";
    case status::proposal_not_found: return "proposal_not_found";
    case status::proposal_timeout: return "proposal_timeout";
    case status::replication_failed: return "replication_failed";
    case status::pending: return "pending";
    case status::proposal_queue_full: return "proposal_queue_full";
    case status::restore_in_progress: return "restore_in_progress";
    case status::partition_moved: return "partition_moved";
    case status::stale_membership: return "stale_membership";
    case status::concurrent_membership_change: return "concurrent_membership_change";
    case status::insufficient_voters: return "insufficient_voters";
    case status::log_mismatch: return "log_mismatch";
    case status::snapshot_required: return "snapshot_required";
    case status::operation_cancelled: return "operation_cancelled";
    case status::follower_wal_saturated: return "follower_wal_saturated";
    case status::member_not_found: return "member_not_found";
    case status::drain_in_progress: return "drain_in_progress";
    case status::not_hosted: return "not_hosted";
    case status::payload_too_large: return "payload_too_large";
    case status::unknown_partition: return "unknown_partition";
    case status::stopping: return "stopping";
    case status::storage_failed: return "storage_failed";
    case status::invalid_argument: return "invalid_argument";
    case status::unauthorized: return "unauthorized";
    case status::session_expired: return "session_expired";
  }
  return "invalid";
}

bool is_valid(status x) noexcept {
  return to_string(x) != "invalid";
}

proposal_outcome outcome(status x) noexcept {
  switch (x) {
    case status::success: return proposal_outcome::applied;
    case status::proposal_timeout:
    case status::replication_failed:
    case status::operation_cancelled:
    case status::session_expired:
    case status::storage_failed: return proposal_outcome::unknown;
    default: return is_valid(x) ? proposal_outcome::not_applied : proposal_outcome::unknown;
  }
}

} // namespace kommander
