#include "actors/partition/ticket_table.hpp"

#include <utility>

namespace kommander {

namespace {

std::size_t weight_of(const ticket_table::prepared_entry& x) {
  return entry{{}, {}, {}, entry_kind::prepared, x.type, x.payload}.weight();
}

} // namespace

// -- payloads -----------------------------------------------------------------------------------------------------

bytes encode(const ticket_decision& x) {
  std::string result;
  byte_writer out{result};
  out.put(x.ticket);
  out.put_byte(static_cast<std::uint8_t>(x.what));
  out.put_varint(x.part);
  out.put_varint(x.parts);
  return bytes{std::move(result)};
}

std::optional<ticket_decision> decode_decision(const bytes& x) {
  byte_reader in{x};
  ticket_decision result;
  result.ticket = in.get_timestamp();
  auto what = in.get_byte();
  result.what = static_cast<verdict>(what);
  result.part = in.get_varint();
  result.parts = in.get_varint();
  if (!in.complete() || what > static_cast<std::uint8_t>(verdict::rollback) || result.part >= result.parts)
    return std::nullopt;
  return result;
}

bytes prepare(std::uint64_t decide_before, const bytes& payload, std::uint32_t place) {
  std::string result;
  byte_writer out{result};
  out.put_varint(decide_before);
  out.put_varint(place);
  result.append(payload.view());
  return bytes{std::move(result)};
}

// -- what is committed ----------------------------------------------------------------------------------------------

void ticket_table::commit(const entry& x) {
  byte_reader in{x.payload};
  auto decide_before = in.get_varint();
  auto place = in.get_varint();
  if (!in.ok())
    return;
  auto& ticket = open_[x.time];
  ticket.index = x.index;
  ticket.decide_before = decide_before;
  ticket.place = place > place_max ? any_place : static_cast<std::uint32_t>(place);
  auto payload = x.payload.slice(x.payload.size() - in.remaining(), in.remaining());
  ticket.entries.push_back({x.type, std::move(payload), x.origin});
  open_bytes_ += weight_of(ticket.entries.back());
}

ticket_table::outcome ticket_table::commit(const entry& x, const ticket_decision& decision) {
  if (auto found = open_.find(decision.ticket); found != open_.end())
    return close(found, x, decision);
  const auto* known = find_decided(decision.ticket);
  if (known == nullptr)
    return {effect::unknown, {}, {}};
  return {known->what == decision.what ? effect::repeats : effect::contradicts, known->index, {}};
}

ticket_table::outcome ticket_table::close(std::map<hlc_timestamp, undecided>::iterator x, const entry& by,
                                          const ticket_decision& decision) {
  auto& ticket = x->second;
  outcome result{effect::decides, by.index, {}};
  if (decision.what == verdict::commit) {
    // A leader that did not know the ticket's entries yet asks for one: it cannot stand for several.
    if (decision.parts != ticket.entries.size())
      return {effect::unknown, {}, {}};
    if (decision.part == 0)
      ticket.committed_by = by.time;
    if (ticket.committed_by != by.time)
      return {effect::unknown, {}, {}};
    auto& part = ticket.entries[decision.part];
    open_bytes_ -= weight_of(part);
    result.deliver = std::exchange(part, prepared_entry{});
    open_bytes_ += weight_of(part);
    if (decision.part + 1 < decision.parts)
      return result;
  }
  for (const auto& y : ticket.entries)
    open_bytes_ -= weight_of(y);
  remember(x->first, {decision.what, by.index});
  open_.erase(x);
  return result;
}

void ticket_table::remember(const hlc_timestamp& ticket, decided x) {
  decided_.emplace(ticket, x);
  decided_order_.push_back(ticket);
  if (decided_order_.size() > decided_max) {
    decided_.erase(decided_order_.front());
    decided_order_.pop_front();
  }
}

const ticket_table::undecided* ticket_table::find_undecided(const hlc_timestamp& ticket) const {
  auto found = open_.find(ticket);
  return found == open_.end() ? nullptr : &found->second;
}

const ticket_table::decided* ticket_table::find_decided(const hlc_timestamp& ticket) const {
  auto found = decided_.find(ticket);
  return found == decided_.end() ? nullptr : &found->second;
}

// -- tickets that move to another partition -------------------------------------------------------------------------

namespace {

/// What names no place stays where it is, unless everything moves.
bool takes_along(const moving_state& what, const ticket_table::undecided& x) {
  return what.all || (what.routed && x.place != any_place && what.range.contains(x.place));
}

} // namespace

ticket_table ticket_table::moving(const moving_state& what) const {
  ticket_table result;
  for (const auto& [ticket, x] : open_)
    if (takes_along(what, x))
      result.open_.emplace(ticket, x);
  for (const auto& ticket : decided_order_)
    result.remember(ticket, decided_.at(ticket));
  return result;
}

void ticket_table::add(const ticket_table& other) {
  for (const auto& [ticket, x] : other.open_) {
    if (!open_.emplace(ticket, x).second)
      continue;
    for (const auto& y : x.entries)
      open_bytes_ += weight_of(y);
  }
  for (const auto& ticket : other.decided_order_)
    if (!decided_.contains(ticket))
      remember(ticket, other.decided_.at(ticket));
}

void ticket_table::drop(const moving_state& what) {
  for (auto i = open_.begin(); i != open_.end();) {
    if (!takes_along(what, i->second)) {
      ++i;
      continue;
    }
    for (const auto& y : i->second.entries)
      open_bytes_ -= weight_of(y);
    i = open_.erase(i);
  }
}

// -- encoding -------------------------------------------------------------------------------------------------------

void ticket_table::encode(byte_writer& out) const {
  out.put_varint(open_.size());
  for (const auto& [ticket, x] : open_) {
    out.put(ticket);
    out.put(x.index);
    out.put_varint(x.decide_before);
    out.put_varint(x.place);
    out.put(x.committed_by);
    out.put_varint(x.entries.size());
    for (const auto& y : x.entries) {
      out.put_bytes(y.type);
      out.put_bytes(y.payload.view());
      out.put(y.origin.client);
      out.put_varint(y.origin.sequence);
    }
  }
  out.put_varint(decided_order_.size());
  for (const auto& ticket : decided_order_) {
    const auto& x = decided_.at(ticket);
    out.put(ticket);
    out.put_byte(static_cast<std::uint8_t>(x.what));
    out.put(x.index);
  }
}

ticket_table ticket_table::decode(byte_reader& in) {
  ticket_table table;
  auto tickets = in.get_varint();
  for (std::uint64_t i = 0; i < tickets && in.ok(); ++i) {
    auto& x = table.open_[in.get_timestamp()];
    x.index = in.get_number<log_index_tag>();
    x.decide_before = in.get_varint();
    auto place = in.get_varint();
    if (place > place_max && place != any_place)
      in.fail();
    x.place = static_cast<std::uint32_t>(place);
    x.committed_by = in.get_timestamp();
    auto entries = in.get_varint();
    for (std::uint64_t j = 0; j < entries && in.ok(); ++j) {
      prepared_entry y;
      y.type = in.get_view();
      y.payload = in.get_bytes();
      y.origin.client = in.get_number<client_id_tag>();
      y.origin.sequence = in.get_varint();
      table.open_bytes_ += weight_of(y);
      x.entries.push_back(std::move(y));
    }
  }
  auto decisions = in.get_varint();
  for (std::uint64_t i = 0; i < decisions && in.ok(); ++i) {
    auto ticket = in.get_timestamp();
    auto what = in.get_byte();
    if (what > static_cast<std::uint8_t>(verdict::rollback))
      in.fail();
    table.remember(ticket, {static_cast<verdict>(what), in.get_number<log_index_tag>()});
  }
  return table;
}

} // namespace kommander
