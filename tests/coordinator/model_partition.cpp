#include "tests/coordinator/model_partition.hpp"

#include <memory>
#include <utility>

namespace kommander::test {

// -- any log --------------------------------------------------------------------------------------------------------

void model_log::elect(node_id leader, random_source& random) {
  auto kept = applied_ + random.below(entries_.size() - applied_ + 1);
  if (random.chance(0.5))
    kept = entries_.size();
  entries_.resize(kept);
  leader_ = leader;
  ++term_;
  forget_foreseen();
  for (auto i = applied_; i < entries_.size(); ++i)
    foresee(entries_[i]);
  append({});
  term_begins_ = entries_.size();
  has_changed = true;
}

void model_log::depose() {
  leader_ = {};
}

void model_log::append(model_entry x) {
  x.term = term_;
  foresee(x);
  entries_.push_back(std::move(x));
  has_changed = true;
}

void model_log::progress(random_source& random) {
  if (!leader_ || applied_ == entries_.size() || random.chance(0.4))
    return;
  for (auto n = random.between(1, 3); n > 0 && applied_ < entries_.size(); --n) {
    auto& x = entries_[applied_++];
    auto result = apply(log_index{applied_}, x);
    result.leader = leader_;
    if (x.answer && x.term == term_) // another leader does not know who waits
      x.answer(result);
    x.answer = {};
    has_changed = true;
  }
}

// -- partition 0 ----------------------------------------------------------------------------------------------------

control_result model_map::apply(log_index index, const model_entry& x) {
  if (x.control.empty())
    return {status::success, index, {}, {}};
  auto command = decode_map_command(x.control);
  if (!command)
    return {status::invalid_argument, index, {}, "no map command"};
  auto outcome = state_.apply(index, *command);
  auto found = checker_.follow(state_.map());
  if (!found.empty())
    wrong = found;
  if (outcome.changed) {
    history_.push_back(std::make_shared<const partition_map>(state_.map()));
    on_change(state_.map());
  }
  return {outcome.code, index, {}, outcome.reason};
}

// -- data -----------------------------------------------------------------------------------------------------------

bool model_partition::takes(std::uint32_t place) const {
  return serves(place) || (!(foreseen_ == ownership_) && !foreseen_.refusal(place, {}));
}

void model_partition::foresee(const model_entry& x) {
  if (auto change = decode_ownership_change(x.control))
    foreseen_.commit(*change);
}

void model_partition::forget_foreseen() {
  foreseen_ = ownership_;
}

control_result model_partition::apply(log_index index, const model_entry& x) {
  if (x.write != 0) {
    // Whoever appended it has looked at the same log up to there.
    if (auto why = ownership_.refusal(x.place, ownership_.current()))
      wrong = "partition " + to_string(id()) + " applies a write that is not its own: " + *why;
    content_[x.write] = x.place;
    return {status::success, index, {}, {}};
  }
  if (x.control.empty())
    return {status::success, index, {}, {}};
  auto change = decode_ownership_change(x.control);
  if (!change)
    return {status::invalid_argument, index, {}, "no change of ownership"};
  auto outcome = ownership_.commit(*change);
  if (outcome.is_new)
    carry_out(*change);
  return {outcome.code, index, {}, outcome.reason};
}

/// What the state machine does.
void model_partition::carry_out(const ownership_change& x) {
  switch (x.step) {
    case ownership_step::import: {
      if (x.number == 0)
        imported_.clear();
      byte_reader in{x.data};
      while (in.remaining() > 0 && in.ok()) {
        auto id = in.get_varint();
        imported_[id] = static_cast<std::uint32_t>(in.get_varint());
      }
      break;
    }
    case ownership_step::activate:
      content_.insert(imported_.begin(), imported_.end());
      imported_.clear();
      break;
    case ownership_step::release:
      for (const auto& [id, place] : part_of(x.what))
        content_.erase(id);
      break;
    case ownership_step::discard: imported_.clear(); break;
    default: break;
  }
}

std::map<write_id, std::uint32_t> model_partition::part_of(const moving_state& what) const {
  auto moves = [&](write_id id, std::uint32_t place) {
    if (what.all)
      return true;
    return what.routed ? what.range.contains(place) : id % 2 == 0; // this machine chooses even ones
  };
  std::map<write_id, std::uint32_t> result;
  for (const auto& [id, place] : content_)
    if (moves(id, place))
      result.emplace(id, place);
  return result;
}

range_part model_partition::export_range(const range_export& x, random_source& random) {
  auto refused = [&](status code, std::string why) {
    return range_part{code, leader(), std::move(why), {}, {}, {}, false};
  };
  if (!is_ready() || !ownership_.fence() || !(*ownership_.fence() == x.what))
    return refused(status::restore_in_progress, "the fence has not come");
  if (x.cursor.empty()) {
    auto all = part_of(x.what);
    sessions_[x.attempt] = {term(), random.between(1, 5), {all.begin(), all.end()}};
  }
  auto found = sessions_.find(x.attempt);
  if (found == sessions_.end() || found->second.term != term() || random.chance(0.01)) {
    ++exports_lost;
    return refused(random.chance(0.5) ? status::errored : status::partition_moved, "the export is lost");
  }
  const auto& what = found->second.what;
  std::size_t at = x.cursor.empty() ? 0 : std::stoul(std::string{x.cursor.view()});
  auto end = std::min(what.size(), at + found->second.part_size);
  range_part part{status::success, leader(), {}, {}, {}, {}, end == what.size()};
  if (at == 0)
    part.library = bytes::copy("sessions of attempt " + std::to_string(x.attempt));
  std::string data;
  byte_writer out{data};
  for (; at < end; ++at) {
    out.put_varint(what[at].first);
    out.put_varint(what[at].second);
  }
  part.data = bytes{std::move(data)};
  if (!part.last)
    part.cursor = bytes::copy(std::to_string(end));
  return part;
}

} // namespace kommander::test
