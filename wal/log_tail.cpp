#include "wal/log_tail.hpp"

#include <algorithm>

#include "wal/record.hpp"

namespace kommander {

namespace {

failure refusal(const partition_write& x, const std::string& why, status code = status::invalid_argument) {
  return {code, "write to partition " + to_string(x.partition) + " refused: " + why};
}

/// Checks one entry against the one that it has to follow.
result<done> check_entry(const partition_write& x, const entry& e, log_index expected, raft_term term_before) {
  auto name = "entry " + to_string(e.index);
  if (e.index != expected)
    return refusal(x, name + " where " + to_string(expected) + " is next");
  if (e.term < term_before)
    return refusal(x, name + " of term " + to_string(e.term) + " after term " + to_string(term_before));
  if (!is_valid(e.kind))
    return refusal(x, name + " is of the unknown kind " + std::to_string(static_cast<int>(e.kind)));
  if (e.type.size() > 255)
    return refusal(x, name + " has a type of " + std::to_string(e.type.size()) + " bytes; at most 255 fit");
  if (e.payload.size() > wal_record::payload_bytes_max)
    return refusal(x,
                   name + " has a payload of " + std::to_string(e.payload.size()) + " bytes; at most "
                     + std::to_string(wal_record::payload_bytes_max) + " fit",
                   status::payload_too_large);
  return done{};
}

} // namespace

entry configuration_entry(const snapshot_boundary& x) {
  return {x.configuration_index, x.position.term, {}, entry_kind::config, {}, x.configuration};
}

result<log_tail> tail_after(const log_tail& before, const partition_write& x) {
  if (x.kept && x.kept->data.size() > wal_record::payload_bytes_max)
    return refusal(x,
                   "a kept state of " + std::to_string(x.kept->data.size()) + " bytes; at most "
                     + std::to_string(wal_record::payload_bytes_max) + " fit",
                   status::payload_too_large);
  auto after = before;
  if (x.install) {
    auto at = x.install->position.index;
    if (x.install->keeps_tail && (at <= before.boundary || at > before.last))
      return refusal(x, "what follows " + to_string(at) + " is to be kept, but the log has entries from "
                          + to_string(before.boundary + 1) + " to " + to_string(before.last));
    after = {at, x.install->keeps_tail ? before.last : at, x.install->position.term};
  }
  if (x.truncate_from) {
    if (x.truncate_from <= after.boundary)
      return refusal(x, "cut at " + to_string(x.truncate_from) + ", but everything up to " + to_string(after.boundary)
                          + " is compacted");
    after.last = std::min(after.last, x.truncate_from - 1);
  }
  auto term = after.last == after.boundary ? after.boundary_term : raft_term{};
  for (const auto& e : x.entries) {
    if (auto checked = check_entry(x, e, after.last + 1, term); !checked)
      return checked.error();
    after.last = e.index;
    term = e.term;
  }
  return after;
}

result<done> check_boundary(partition_id partition, log_position boundary, const log_tail& tail,
                            const std::function<result<raft_term>()>& term_there) {
  auto refused = [&](const std::string& why) {
    return failure{status::invalid_argument, "partition " + to_string(partition) + " cannot be compacted up to "
                                               + to_string(boundary.index) + ": " + why};
  };
  if (boundary.index > tail.last)
    return refused("its last entry is " + to_string(tail.last));
  auto term = term_there();
  if (!term)
    return term.error();
  if (*term != boundary.term)
    return refused("that entry is of term " + to_string(*term) + ", not " + to_string(boundary.term));
  return done{};
}

result<done> check_range(partition_id partition, log_index first, log_index last) {
  if (first && first <= last)
    return done{};
  return failure{status::invalid_argument, "partition " + to_string(partition) + " has no entries from "
                                             + to_string(first) + " to " + to_string(last)
                                             + ": a range begins at 1 or above and does not end before it begins"};
}

} // namespace kommander
