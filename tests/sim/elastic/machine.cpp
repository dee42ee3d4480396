#include "tests/sim/elastic/machine.hpp"

#include <cstring>

#include "kommander/encoding.hpp"

namespace kommander::sim {

bytes encode(const key_request& x) {
  std::string result;
  byte_writer out{result};
  out.put_varint(x.operation);
  out.put_varint(x.expected);
  out.put_varint(x.expected_generation);
  out.put_varint(x.key);
  out.put_byte(static_cast<std::uint8_t>(x.what));
  return bytes{std::move(result)};
}

std::optional<key_request> decode_key_request(const entry& x) {
  if (x.kind != entry_kind::command)
    return std::nullopt;
  byte_reader in{x.payload};
  key_request result;
  result.operation = in.get_varint();
  result.expected = in.get_varint();
  result.expected_generation = in.get_varint();
  result.key = static_cast<key_id>(in.get_varint());
  result.what = static_cast<linearizability::action>(in.get_byte());
  return in.complete() ? std::optional{result} : std::nullopt;
}

key_cells cells_of(const partition_info& birth) {
  key_cells result;
  if (birth.born_receiving)
    return result;
  if (birth.id && birth.routed) {
    for (std::uint32_t i = 0; i < place_count; ++i)
      if (birth.born_with.contains(routed_key(i)))
        result[routed_key(i)] = {birth.id, 0};
  } else {
    for (std::uint32_t i = 0; i < 2; ++i)
      result[unrouted_key(birth.id, i)] = {birth.id, 0};
  }
  return result;
}

bool moves(const moving_state& what, key_id key) noexcept {
  if (what.all)
    return true;
  return what.routed ? is_routed(key) && what.range.contains(key) : !is_routed(key) && key % 2 != 0;
}

const key_cell* keyed_machine::find(key_id key) const {
  auto found = cells_.find(key);
  return found == cells_.end() ? nullptr : &found->second;
}

bool keyed_machine::apply(const key_request& x) {
  using linearizability::action;
  auto& held = cells_.at(x.key).value;
  if (x.what == action::read || (x.what == action::compare_and_set && held != x.expected))
    return false;
  held = x.operation;
  return true;
}

// -- what moves -----------------------------------------------------------------------------------------------------

namespace {

void put(byte_writer& out, key_id key, const key_cell& x) {
  out.put_varint(key);
  out.put(x.lineage);
  out.put_varint(x.value);
}

void get(byte_reader& in, key_cells& cells) {
  auto key = static_cast<key_id>(in.get_varint());
  auto lineage = in.get_number<partition_id_tag>();
  cells[key] = {lineage, in.get_varint()};
}

} // namespace

void keyed_machine::import(const ownership_change& x) {
  if (x.offset == 0 && x.number == 0)
    arrived_.clear();
  arriving_ = x.what.operation;
  byte_reader in{x.data};
  while (in.remaining() > 0 && in.ok())
    get(in, arrived_);
  if (!x.last)
    return;
  for (const auto& [key, cell] : arrived_) {
    cells_[key] = cell;
    came_with_[key] = x.what.operation;
  }
  arrived_.clear();
}

void keyed_machine::drop(const moving_state& what, partition_id self) {
  auto goes = [&](key_id key) {
    auto with = came_with_.find(key);
    return self == what.source ? moves(what, key) : with != came_with_.end() && with->second == what.operation;
  };
  if (arriving_ == what.operation)
    arrived_.clear();
  std::erase_if(cells_, [&](const auto& x) { return goes(x.first); });
  std::erase_if(came_with_, [&](const auto& x) { return !cells_.contains(x.first); });
}

std::vector<std::string> keyed_machine::parts_of(const moving_state& what, std::size_t bytes_max) const {
  std::vector<std::string> parts{""};
  for (const auto& [key, cell] : cells_) {
    if (!moves(what, key))
      continue;
    std::string one;
    byte_writer out{one};
    put(out, key, cell);
    if (!parts.back().empty() && parts.back().size() + one.size() > bytes_max)
      parts.emplace_back();
    parts.back() += one;
  }
  return parts;
}

// -- encoding -------------------------------------------------------------------------------------------------------

std::string keyed_machine::encode() const {
  std::string result;
  byte_writer out{result};
  for (const auto* cells : {&cells_, &arrived_}) {
    out.put_varint(cells->size());
    for (const auto& [key, cell] : *cells)
      put(out, key, cell);
  }
  out.put(arriving_);
  out.put_varint(came_with_.size());
  for (const auto& [key, operation] : came_with_) {
    out.put_varint(key);
    out.put(operation);
  }
  return result;
}

bool keyed_machine::decode(const std::string& x) {
  byte_reader in{bytes::copy(x)};
  cells_.clear();
  arrived_.clear();
  came_with_.clear();
  for (auto* cells : {&cells_, &arrived_})
    for (auto n = in.get_varint(); n > 0 && in.ok(); --n)
      get(in, *cells);
  arriving_ = in.get_number<operation_id_tag>();
  for (auto n = in.get_varint(); n > 0 && in.ok(); --n) {
    auto key = static_cast<key_id>(in.get_varint());
    came_with_[key] = in.get_number<operation_id_tag>();
  }
  return in.complete();
}

} // namespace kommander::sim
