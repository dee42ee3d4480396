#include "actors/raft/recovery.hpp"

#include "actors/partition/replicated_state.hpp"

namespace kommander {

namespace {

failure unusable(partition_id partition, const std::string& why) {
  return {status::storage_failed, "partition " + to_string(partition) + ": " + why};
}

} // namespace

result<done> check_recovered(partition_id partition, const recovered_partition& found, std::size_t replicas) {
  if (!found.damage.empty() && replicas == 1)
    return unusable(partition,
                    found.damage + ". There is no other replica to fetch what is lost from; restore a backup");
  auto kept = found.kept ? found.kept->index : log_index{};
  auto state = found.kept ? replicated_state::decode(found.kept->data) : replicated_state{};
  if (!state || state->index() != kept)
    return unusable(partition, "the state kept beside the log, as of " + to_string(kept)
                                 + ", was not written by this version of the library");
  // Delivery goes on after the kept state; what the log does not hold any more must be in it.
  if (found.boundary.index > kept)
    return unusable(partition, "the log begins after entry " + to_string(found.boundary.index)
                                 + ", but its kept state is as of entry " + to_string(kept)
                                 + ": what lies between is gone; start with an empty directory if the other "
                                   "members are up, or restore a backup");
  return done{};
}

} // namespace kommander
