#include "actors/partition/snapshot_stream.hpp"

#include <algorithm>

namespace kommander {

namespace {

constexpr std::size_t head_bytes = 4;

std::string head_of(const bytes& state) {
  std::string result;
  for (std::size_t i = 0; i < head_bytes; ++i)
    result.push_back(static_cast<char>((state.size() >> (8 * i)) & 0xff));
  return result;
}

std::size_t length_in(const std::string& head) {
  std::size_t result = 0;
  for (std::size_t i = 0; i < head_bytes; ++i)
    result |= std::size_t{static_cast<std::uint8_t>(head[i])} << (8 * i);
  return result;
}

/// Moves up to as many bytes from `from` as `into` lacks to have `size`.
std::string_view fill(std::string& into, std::size_t size, std::string_view from) {
  auto n = std::min(size - into.size(), from.size());
  into.append(from.substr(0, n));
  return from.substr(n);
}

} // namespace

// -- the leader's side ----------------------------------------------------------------------------------------------

void snapshot_export::read(const snapshot_read& x) {
  key id{x.peer, x.session};
  auto& own = sessions_[id];
  if (x.offset != own.offset)
    return failed(x.peer, x.session);
  own.wanted = x;
  if (own.begun)
    serve(id, own);
}

bool snapshot_export::wants_begin() const noexcept {
  return std::ranges::any_of(sessions_, [](const auto& x) { return !x.second.begun; });
}

void snapshot_export::begin(log_index index, const bytes& state) {
  for (auto& [id, x] : sessions_) {
    if (x.begun)
      continue;
    x.begun = true;
    x.index = index;
    x.buffer = head_of(state);
    x.buffer.append(state.view());
    ask(id, x); // whatever the buffer holds: the machine's state must be as of the same moment
  }
}

std::vector<snapshot_export::question> snapshot_export::take_questions() {
  return std::exchange(questions_, {});
}

void snapshot_export::answered(node_id peer, snapshot_session number, const answer& x) {
  key id{peer, number};
  auto found = sessions_.find(id);
  if (found == sessions_.end() || !found->second.asked)
    return; // of a session that is over
  auto& own = found->second;
  if (!x.last && (x.data.empty() || x.cursor.empty()))
    return failed(peer, number); // it would be asked for ever
  own.asked = false;
  own.buffer.append(x.data.view());
  own.cursor = x.cursor;
  own.last = x.last;
  serve(id, own);
}

void snapshot_export::failed(node_id peer, snapshot_session number) {
  if (sessions_.contains({peer, number}))
    failures_.push_back({peer, number});
}

bool snapshot_export::close(node_id peer, snapshot_session number) {
  auto found = sessions_.extract({peer, number});
  return !found.empty() && found.mapped().begun;
}

std::vector<snapshot_session> snapshot_export::close_all() {
  std::vector<snapshot_session> begun;
  for (const auto& [id, x] : sessions_)
    if (x.begun)
      begun.push_back(id.second);
  sessions_.clear();
  return begun;
}

std::vector<snapshot_chunk_input> snapshot_export::take_chunks() {
  return std::exchange(chunks_, {});
}

std::vector<snapshot_unavailable_input> snapshot_export::take_failures() {
  return std::exchange(failures_, {});
}

std::optional<std::uint64_t> snapshot_export::sent_to(node_id peer) const {
  auto found = sessions_.lower_bound({peer, 0});
  return found != sessions_.end() && found->first.first == peer ? std::optional{found->second.offset} : std::nullopt;
}

std::size_t snapshot_export::buffered() const noexcept {
  std::size_t result = 0;
  for (const auto& [id, x] : sessions_)
    result += x.buffer.size();
  return result;
}

/// Hands the core the part that it waits for, or asks the machine for what lacks. The first part waits for the machine in
/// any case: without it there is no snapshot.
void snapshot_export::serve(const key& id, session& x) {
  if (!x.wanted || x.asked)
    return;
  auto wanted = x.wanted->bytes_max;
  if (!x.last && x.buffer.size() < wanted)
    return ask(id, x);
  auto n = std::min(wanted, x.buffer.size());
  auto data = bytes::copy(std::string_view{x.buffer}.substr(0, n));
  x.buffer.erase(0, n);
  chunks_.push_back({id.first, id.second, x.index, x.offset, std::move(data), x.last && x.buffer.empty()});
  x.offset += n;
  x.wanted.reset();
}

void snapshot_export::ask(const key& id, session& x) {
  x.asked = true;
  questions_.push_back({id.first, id.second, x.index, x.cursor, x.wanted->bytes_max});
}

// -- the follower's side --------------------------------------------------------------------------------------------

snapshot_import::decision snapshot_import::take(const snapshot_write& x) {
  if (x.offset == 0) {
    close();
    session_ = x.session;
    index_ = x.position.index;
  }
  if (x.session != session_)
    return {};
  auto rest = fill(head_, head_bytes, x.data.view());
  if (head_.size() == head_bytes)
    rest = fill(state_, length_in(head_), rest);
  auto is_complete = head_.size() == head_bytes && state_.size() == length_in(head_);
  if (!is_complete)
    return {x.last ? outcome::refused : outcome::stored, {}};
  if (rest.empty() && !x.last)
    return {outcome::stored, {}};
  decision result{outcome::passed, {offset_, x.data.slice(x.data.size() - rest.size(), rest.size()), x.last}};
  offset_ += rest.size();
  reached_machine_ = true;
  return result;
}

void snapshot_import::close() noexcept {
  *this = snapshot_import{};
}

} // namespace kommander
