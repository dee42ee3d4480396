#include "kommander/messages.hpp"

namespace kommander {

std::string_view to_string(raft_role x) noexcept {
  switch (x) {
    case raft_role::follower: return "follower";
    case raft_role::pre_candidate: return "pre_candidate";
    case raft_role::candidate: return "candidate";
    case raft_role::leader: return "leader";
    case raft_role::failed: return "failed";
  }
  return "invalid";
}

std::string_view to_string(catch_up_state x) noexcept {
  switch (x) {
    case catch_up_state::probing: return "probing";
    case catch_up_state::replicating: return "replicating";
    case catch_up_state::snapshot: return "snapshot";
    case catch_up_state::saturated: return "saturated";
  }
  return "invalid";
}

std::string_view to_string(snapshot_progress x) noexcept {
  switch (x) {
    case snapshot_progress::none: return "none";
    case snapshot_progress::waiting: return "waiting";
    case snapshot_progress::sending: return "sending";
    case snapshot_progress::snapshot_required: return "snapshot_required";
  }
  return "invalid";
}

} // namespace kommander
