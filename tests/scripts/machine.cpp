#include "tests/scripts/machine.hpp"

#include <algorithm>

namespace kommander::scripts {

log_index machine::start(log_index applied) {
  applied_ = std::max(applied, imported_);
  versions_.erase(versions_.upper_bound(applied_), versions_.end());
  given_ = versions_.empty() ? "" : versions_.rbegin()->second;
  return applied_;
}

void machine::crash() {
  jobs.clear();
  exported_.clear();
  received_.clear();
}

void machine::give(const entry& x) {
  if (x.kind == entry_kind::command)
    given_ += (given_.empty() ? "" : ",") + std::string{x.payload.view()};
  versions_[x.index] = given_;
}

void machine::reach(log_index index) {
  applied_ = std::max(applied_, index);
}

std::string machine::content() const {
  auto above = versions_.upper_bound(applied_);
  return above == versions_.begin() ? "" : std::prev(above)->second;
}

snapshot_chunk_input machine::exported(const snapshot_read& what) {
  if (what.offset == 0)
    exported_[what.session] = {applied_, content()};
  const auto& all = exported_.at(what.session);
  auto data = all.content.substr(what.offset, what.bytes_max);
  auto last = what.offset + data.size() == all.content.size();
  return {what.peer, what.session, all.index, what.offset, bytes{std::move(data)}, last};
}

void machine::store(const snapshot_write& x) {
  received_.resize(x.offset);
  received_ += x.data.view();
}

void machine::import_all(log_index index) {
  applied_ = imported_ = index;
  given_ = received_;
  versions_.clear();
  versions_[index] = received_;
}

void machine::close(const snapshot_close& x) {
  if (x.peer)
    exported_.erase(x.session);
  else
    received_.clear();
}

} // namespace kommander::scripts
