#include "actors/partition/replicated_state.hpp"

#include <algorithm>
#include <utility>

namespace kommander {

namespace {

constexpr std::uint8_t format_version = 1;

/// What the proposer of a request that is not applied is told.
entry_outcome refusal(const entry& x, const session_table::answer& known) {
  switch (known.what) {
    case session_table::knowledge::done: return {status::success, known.first.ticket, known.first.index, {}};
    case session_table::knowledge::no_room:
      return {status::proposal_queue_full, {}, {}, "there are too many client sessions; some must expire first"};
    default:
      return {status::session_expired,
              {},
              {},
              "nothing is known of request " + std::to_string(x.origin.sequence) + " of client "
                + to_string(x.origin.client) + ": a session begins with request 1, and remembers the last "
                + std::to_string(session_table::results_max)};
  }
}

} // namespace

replicated_state::effect replicated_state::commit(entry x) {
  index_ = x.index;
  milliseconds_ = std::max(milliseconds_, x.time.milliseconds());
  if (x.origin.client) {
    auto known = sessions_.commit(x, milliseconds_);
    if (known.what != session_table::knowledge::fresh)
      return {std::nullopt, refusal(x, known)};
  }
  switch (x.kind) {
    case entry_kind::command: return {std::move(x), std::nullopt};
    case entry_kind::prepared: tickets_.commit(x); return {};
    case entry_kind::decision: return commit_decision(x);
    case entry_kind::checkpoint: checkpoint_ = x.index; return {};
    default: return {};
  }
}

replicated_state::effect replicated_state::commit_decision(const entry& x) {
  auto decision = decode_decision(x.payload);
  if (!decision)
    return {std::nullopt, entry_outcome{status::errored, {}, {}, "the decision cannot be read"}};
  auto found = tickets_.commit(x, *decision);
  auto ticket = to_string(decision->ticket);
  using effect_of = ticket_table::effect;
  switch (found.what) {
    case effect_of::contradicts:
      return {std::nullopt, entry_outcome{status::errored, decision->ticket, found.index,
                                          "proposal " + ticket + " was "
                                            + (decision->what == verdict::commit ? "rolled back" : "committed")
                                            + " at index " + to_string(found.index)}};
    case effect_of::unknown:
      return {
        std::nullopt,
        entry_outcome{status::proposal_not_found, decision->ticket, {}, "there is no undecided proposal " + ticket}};
    default: break;
  }
  effect result{std::nullopt, entry_outcome{status::success, decision->ticket, found.index, {}}};
  if (auto& part = found.deliver)
    result.deliver =
      entry{x.index,     x.term, decision->ticket, entry_kind::command, std::move(part->type), std::move(part->payload),
            part->origin};
  return result;
}

bytes replicated_state::encode() const {
  std::string result;
  byte_writer out{result};
  out.put_byte(format_version);
  out.put(index_);
  out.put(checkpoint_);
  out.put_varint(milliseconds_);
  sessions_.encode(out);
  tickets_.encode(out);
  return bytes{std::move(result)};
}

std::optional<replicated_state> replicated_state::decode(const bytes& x) {
  byte_reader in{x};
  if (in.get_byte() != format_version)
    return std::nullopt;
  replicated_state result;
  result.index_ = in.get_number<log_index_tag>();
  result.checkpoint_ = in.get_number<log_index_tag>();
  result.milliseconds_ = in.get_varint();
  result.sessions_ = session_table::decode(in);
  result.tickets_ = ticket_table::decode(in);
  if (!in.complete())
    return std::nullopt;
  return result;
}

} // namespace kommander
