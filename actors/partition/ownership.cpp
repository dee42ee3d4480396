#include "actors/partition/ownership.hpp"

#include <algorithm>
#include <utility>

#include "actors/partition/range_encoding.hpp"

namespace kommander {

// -- entries ------------------------------------------------------------------------------------------------------

bytes encode(const ownership_change& x) {
  std::string result;
  byte_writer out{result};
  out.put_byte(static_cast<std::uint8_t>(x.step));
  put(out, x.what);
  out.put(x.current);
  put(out, x.owns);
  out.put_byte(static_cast<std::uint8_t>((x.without_data ? 1 : 0) | (x.last ? 2 : 0)));
  out.put_varint(x.attempt);
  out.put_varint(x.number);
  out.put_varint(x.offset);
  out.put_bytes(x.library.view());
  out.put_bytes(x.data.view());
  return bytes{std::move(result)};
}

std::optional<ownership_change> decode_ownership_change(const bytes& data) {
  byte_reader in{data};
  ownership_change x;
  x.step = get_enum(in, ownership_step::ready);
  x.what = get_moving_state(in);
  x.current = in.get_number<generation_tag>();
  x.owns = get_range(in);
  auto flags = get_flags(in, 2);
  x.without_data = (flags & 1) != 0;
  x.last = (flags & 2) != 0;
  x.attempt = in.get_varint();
  x.number = in.get_varint();
  x.offset = in.get_varint();
  x.library = in.get_bytes();
  x.data = in.get_bytes();
  if (!in.complete() || !x.what.operation)
    return std::nullopt;
  return x;
}

// -- what is committed ----------------------------------------------------------------------------------------------

namespace {

ownership::outcome refused(std::string reason) {
  return {status::errored, false, std::move(reason), {}};
}

ownership::outcome repeated() {
  return {};
}

ownership::outcome applied(bytes library = {}) {
  return {status::success, true, {}, std::move(library)};
}

std::string is_over(operation_id x) {
  return "operation " + to_string(x) + " is over here";
}

} // namespace

ownership::ownership(const partition_info& birth)
  : serves_{!birth.born_receiving},
    routed_{birth.routed},
    owns_{birth.born_with} {
  // nop
}

ownership::outcome ownership::commit(const ownership_change& x) {
  switch (x.step) {
    case ownership_step::fence: return commit_fence(x);
    case ownership_step::unfence: return commit_unfence(x);
    case ownership_step::import: return commit_import(x);
    case ownership_step::activate: return commit_activate(x);
    case ownership_step::release: return commit_release(x);
    case ownership_step::discard: return commit_discard(x);
    case ownership_step::ready: return repeated();
  }
  return refused("no such step");
}

void ownership::end(const ownership_change& x) {
  last_over_ = x.what.operation;
  current_ = std::max(current_, x.current);
  fence_.reset();
  incoming_.reset();
}

ownership::outcome ownership::commit_fence(const ownership_change& x) {
  if (x.what.operation <= last_over_)
    return refused(is_over(x.what.operation));
  if (fence_ && fence_->operation == x.what.operation)
    return repeated();
  if (fence_ || incoming_)
    return refused("operation " + to_string(fence_ ? fence_->operation : incoming_->operation) + " goes on here");
  if (!serves_)
    return refused("it owns nothing yet");
  fence_ = x.what;
  current_ = std::max(current_, x.current);
  return applied();
}

/// Also if the fence has not come: it must not come later.
ownership::outcome ownership::commit_unfence(const ownership_change& x) {
  if (x.what.operation <= last_over_)
    return repeated();
  end(x);
  return applied();
}

ownership::outcome ownership::commit_import(const ownership_change& x) {
  if (x.what.operation <= last_over_)
    return refused(is_over(x.what.operation));
  if (fence_)
    return refused("operation " + to_string(fence_->operation) + " goes on here");
  auto is_known = incoming_ && incoming_->operation == x.what.operation;
  // The source has been fenced all the while, so every attempt brings the same. Whoever has seen this one complete may make
  // the operation irrevocable at any time, even when another leader has begun a later attempt by then.
  if (is_known && incoming_->complete)
    return repeated();
  if (is_known && x.attempt < incoming_->attempt)
    return refused("attempt " + std::to_string(incoming_->attempt) + " has begun");
  if (!is_known || x.attempt > incoming_->attempt) {
    if (x.number != 0)
      return refused("part " + std::to_string(x.number) + " comes first");
    incoming_ = incoming{x.what.operation, x.attempt, 0, false, x.library};
  }
  if (x.number < incoming_->next)
    return repeated();
  if (x.number > incoming_->next)
    return refused("part " + std::to_string(x.number) + " comes instead of " + std::to_string(incoming_->next));
  ++incoming_->next;
  incoming_->complete = x.last;
  return applied();
}

ownership::outcome ownership::commit_activate(const ownership_change& x) {
  if (x.what.operation == last_over_)
    return repeated();
  if (x.what.operation < last_over_)
    return refused(is_over(x.what.operation));
  auto complete = incoming_ && incoming_->operation == x.what.operation && incoming_->complete;
  if (!complete && !x.without_data)
    return refused("what moves has not come completely");
  auto library = complete ? std::move(incoming_->library) : bytes{};
  end(x);
  serves_ = true;
  owns_ = x.owns;
  return applied(std::move(library));
}

ownership::outcome ownership::commit_release(const ownership_change& x) {
  if (x.what.operation <= last_over_)
    return repeated();
  if (!fence_ || fence_->operation != x.what.operation)
    return refused("operation " + to_string(x.what.operation) + " has fenced nothing here");
  end(x);
  owns_ = x.owns;
  return applied();
}

ownership::outcome ownership::commit_discard(const ownership_change& x) {
  if (x.what.operation <= last_over_)
    return repeated();
  end(x);
  return applied();
}

// -- what is owned --------------------------------------------------------------------------------------------------

bool ownership::is_fenced(std::uint32_t place) const noexcept {
  if (!fence_)
    return false;
  return !fence_->routed || fence_->all || (place != any_place && fence_->range.contains(place));
}

std::optional<std::string> ownership::refusal(std::uint32_t place, generation expected) const {
  if (expected && expected != current_)
    return "it has generation " + to_string(current_) + ", not " + to_string(expected);
  if (!serves_)
    return "it is being filled, and owns nothing yet";
  if (is_fenced(place))
    return "operation " + to_string(fence_->operation)
           + (fence_->target ? " moves this to partition " + to_string(fence_->target) : " removes this partition");
  if (fence_ && place == any_place && !expected)
    return "operation " + to_string(fence_->operation)
           + " moves a part of it: only requests that name a place or the generation are told apart";
  if (routed_ && place != any_place && !owns_.contains(place))
    return "it owns the places " + to_string(owns_) + ", not " + std::to_string(place);
  return std::nullopt;
}

// -- encoding -------------------------------------------------------------------------------------------------------

void ownership::encode(byte_writer& out) const {
  out.put(current_);
  out.put_byte(
    static_cast<std::uint8_t>((serves_ ? 1 : 0) | (routed_ ? 2 : 0) | (fence_ ? 4 : 0) | (incoming_ ? 8 : 0)));
  put(out, owns_);
  out.put(last_over_);
  if (fence_)
    put(out, *fence_);
  if (incoming_) {
    out.put(incoming_->operation);
    out.put_varint(incoming_->attempt);
    out.put_varint(incoming_->next);
    out.put_byte(incoming_->complete ? 1 : 0);
    out.put_bytes(incoming_->library.view());
  }
}

ownership ownership::decode(byte_reader& in) {
  ownership x;
  x.current_ = in.get_number<generation_tag>();
  auto flags = get_flags(in, 4);
  x.serves_ = (flags & 1) != 0;
  x.routed_ = (flags & 2) != 0;
  x.owns_ = get_range(in);
  x.last_over_ = in.get_number<operation_id_tag>();
  if ((flags & 4) != 0)
    x.fence_ = get_moving_state(in);
  if ((flags & 8) != 0) {
    auto& y = x.incoming_.emplace();
    y.operation = in.get_number<operation_id_tag>();
    y.attempt = in.get_varint();
    y.next = in.get_varint();
    y.complete = get_flags(in, 1) != 0;
    y.library = in.get_bytes();
  }
  return x;
}

} // namespace kommander
