#include "actors/partition/replicated_state.hpp"

#include <algorithm>
#include <utility>

namespace kommander {

namespace {

constexpr std::uint8_t format_version = 4;

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
  auto result = commit_kind(std::move(x));
  if (result.deliver)
    last_delivered_ = index_;
  return result;
}

replicated_state::effect replicated_state::commit_kind(entry x) {
  switch (x.kind) {
    case entry_kind::command: return {std::move(x), std::nullopt};
    case entry_kind::prepared: tickets_.commit(x); return {};
    case entry_kind::decision: return commit_decision(x);
    case entry_kind::checkpoint: checkpoint_ = x.index; return {};
    case entry_kind::control: return commit_control(std::move(x));
    default: return {};
  }
}

// -- the library's own ----------------------------------------------------------------------------------------------

replicated_state::effect replicated_state::commit_control(entry x) {
  auto cannot_be_read = entry_outcome{status::invalid_argument, {}, {}, "the entry cannot be read"};
  if (!is_system_) {
    auto change = decode_ownership_change(x.payload);
    return change ? commit_ownership(std::move(x), *change) : effect{std::nullopt, std::move(cannot_be_read)};
  }
  auto command = decode_map_command(x.payload);
  if (!command)
    return {std::nullopt, std::move(cannot_be_read)};
  auto found = map_.apply(x.index, *command);
  auto is_of_another = found.operation && found.operation.value() != x.index.value();
  if (found.code == status::success && found.changed && !is_of_another)
    return {};
  // Of what concerns an operation that is there already, its proposer is told which.
  return {std::nullopt, entry_outcome{found.code, {}, log_index{found.operation.value()}, std::move(found.reason)}};
}

replicated_state::effect replicated_state::commit_ownership(entry x, const ownership_change& change) {
  auto found = ownership_.commit(change);
  if (found.code != status::success)
    return {std::nullopt, entry_outcome{found.code, {}, {}, std::move(found.reason)}};
  if (!found.is_new)
    return {};
  take_over(found.library);
  auto has_moved = change.step == ownership_step::release;
  auto is_forgotten = has_moved || change.step == ownership_step::discard;
  if (has_moved)
    tickets_.drop(change.what);
  if (change.step == ownership_step::import || is_forgotten)
    return {std::move(x), std::nullopt};
  return {};
}

bytes replicated_state::encode_moving(const moving_state& what) const {
  std::string result;
  byte_writer out{result};
  out.put_byte(format_version);
  sessions_.encode(out);
  tickets_.moving(what).encode(out);
  return bytes{std::move(result)};
}

/// What cannot be read brings nothing: the application's data has come, and the clients' requests are only not known.
void replicated_state::take_over(const bytes& library) {
  if (library.empty())
    return;
  byte_reader in{library};
  auto version = in.get_byte();
  auto sessions = session_table::decode(in);
  auto tickets = ticket_table::decode(in);
  if (version != format_version || !in.complete())
    return;
  sessions_.add(sessions);
  tickets_.add(tickets);
  taken_over_at_ = index_;
}

replicated_state::effect replicated_state::commit_decision(const entry& x) {
  auto decision = decode_decision(x.payload);
  if (!decision)
    return {std::nullopt, entry_outcome{status::errored, {}, {}, "the decision cannot be read"}};
  auto ticket = to_string(decision->ticket);
  const auto* open = tickets_.find_undecided(decision->ticket);
  if (open != nullptr && ownership_.is_fenced(open->place))
    return {std::nullopt, entry_outcome{status::partition_moved,
                                        {},
                                        {},
                                        "proposal " + ticket + " is on its way to partition "
                                          + to_string(ownership_.fence()->target)}};
  auto found = tickets_.commit(x, *decision);
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
  out.put_byte(is_system_ ? 1 : 0);
  out.put(index_);
  out.put(last_delivered_);
  out.put(taken_over_at_);
  out.put(checkpoint_);
  out.put_varint(milliseconds_);
  sessions_.encode(out);
  tickets_.encode(out);
  if (is_system_)
    map_.encode(out);
  else
    ownership_.encode(out);
  return bytes{std::move(result)};
}

std::optional<replicated_state> replicated_state::decode(const bytes& x) {
  byte_reader in{x};
  if (in.get_byte() != format_version)
    return std::nullopt;
  replicated_state result;
  auto is_system = in.get_byte();
  result.is_system_ = is_system == 1;
  result.index_ = in.get_number<log_index_tag>();
  result.last_delivered_ = in.get_number<log_index_tag>();
  result.taken_over_at_ = in.get_number<log_index_tag>();
  result.checkpoint_ = in.get_number<log_index_tag>();
  result.milliseconds_ = in.get_varint();
  result.sessions_ = session_table::decode(in);
  result.tickets_ = ticket_table::decode(in);
  if (result.is_system_)
    result.map_ = map_state::decode(in);
  else
    result.ownership_ = ownership::decode(in);
  if (!in.complete() || is_system > 1)
    return std::nullopt;
  return result;
}

} // namespace kommander
