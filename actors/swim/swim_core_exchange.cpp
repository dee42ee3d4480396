// What members tell each other without being asked: news, and from time to time all that is known.
#include "actors/swim/swim_core.hpp"

#include <algorithm>

namespace kommander {

namespace {

/// News do not wait for the next ping, but they are gathered for this share of the time between two.
constexpr std::int64_t news_per_interval = 5;

/// Strangers that are offered the roster within one interval; more have to ask again.
constexpr std::size_t strangers_max = 256;

/// Of an encoded report without its content.
constexpr std::size_t report_header_bytes_max = 8 + 10 + 10;

} // namespace

// -- news -----------------------------------------------------------------------------------------------------------

void swim_core::spread_news() {
  if (news_.empty() || time_.lived < next_news_)
    return;
  next_news_ = time_.lived + instant{options_.ping_interval} / news_per_interval;
  auto is_there = [](node_id, const swim_member& x) { return x.state != liveness::dead; };
  for (auto id : members_.choose(options_.gossip_fanout, random_, is_there)) {
    auto x = message_for(id, swim_kind::news);
    if (!x.rumours.empty())
      send(id, x);
  }
}

// -- all that is known ----------------------------------------------------------------------------------------------

/// Mends what news have missed. Dead ones are asked as well, if chance will have it: after a cut nobody else would find the
/// other side again.
void swim_core::start_sync() {
  next_sync_ = time_.lived + instant{options_.gossip_interval};
  for (auto id : members_.choose(options_.gossip_fanout, random_, [](node_id, const swim_member&) { return true; }))
    send(id, state_for(id, swim_kind::sync));
}

/// All beliefs, or as many as fit, from where the last one ended.
swim_message swim_core::state_for(node_id to, swim_kind kind) {
  auto x = message_for(to, kind);
  const auto& all = members_.all();
  constexpr auto entry_bytes = rumour_bytes_max + report_header_bytes_max;
  auto n = std::min(all.size(), std::max<std::size_t>(options_.state_bytes_max / entry_bytes, 1));
  auto at = all.upper_bound(sync_from_);
  for (std::size_t i = 0; i < n; ++i, ++at) {
    if (at == all.end())
      at = all.begin();
    x.rumours.push_back(members_.belief(at->first));
    sync_from_ = at->first;
    if (auto known = reports_.find(at->first); known != reports_.end())
      x.reports.push_back({known->first, known->second.version, {}});
  }
  if (auto own = reports_.find(options_.self); own != reports_.end())
    x.reports.push_back({own->first, own->second.version, {}});
  return x;
}

void swim_core::on_sync(node_id from, const swim_message& x) {
  if (x.kind == swim_kind::sync)
    send(from, state_for(from, swim_kind::sync_reply));
  send_reports(from, x);
}

/// Those of the nodes that `state` covers, as far as the receiver was seen to lack them. Any of them first, so that each has
/// its turn.
void swim_core::send_reports(node_id to, const swim_message& state) {
  std::map<node_id, std::uint64_t> versions;
  for (const auto& x : state.rumours)
    versions[x.subject] = 0;
  for (const auto& x : state.reports)
    versions[x.node] = x.version;
  outrank_own_report(versions[options_.self]);
  std::vector<node_report> lacked;
  for (const auto& [id, version] : versions)
    if (auto known = reports_.find(id); id != to && known != reports_.end() && known->second.version > version)
      lacked.push_back({id, known->second.version, known->second.content});
  if (lacked.empty())
    return;
  random_.shuffle(lacked);
  auto x = message_for(to, swim_kind::reports);
  std::size_t size = 0;
  for (auto& y : lacked) {
    size += y.content.size() + report_header_bytes_max;
    if (size > options_.state_bytes_max)
      break;
    x.reports.push_back(std::move(y));
  }
  send(to, x);
}

/// Others may know a report of an earlier life, whose clock was ahead.
void swim_core::outrank_own_report(std::uint64_t version) {
  if (auto own = reports_.find(options_.self); own != reports_.end() && version > own->second.version)
    own->second.version = version + 1;
}

void swim_core::on_reports(const swim_message& x) {
  for (const auto& y : x.reports) {
    if (members_.find(y.node) == nullptr || y.content.size() > options_.report_bytes_max)
      continue;
    auto& known = reports_[y.node];
    if (y.version <= known.version)
      continue;
    known = {y.version, y.content};
    output_.reports.push_back(y);
  }
}

// -- the roster -----------------------------------------------------------------------------------------------------

/// To whoever shows that it has an older one, member or not: a node that was away long does not know the members any more.
void swim_core::offer_roster(node_id to, std::uint64_t version) {
  if (roster_.empty() || version >= roster_version_)
    return;
  auto pause = instant{options_.ping_interval};
  auto* member = members_.find(to);
  if (member == nullptr) {
    std::erase_if(strangers_, [&](const auto& x) { return time_.lived - x.second >= pause; });
    if (strangers_.size() >= strangers_max)
      return;
  }
  auto& last = member != nullptr ? member->offered : strangers_[to];
  if (last != instant{0} && time_.lived - last < pause)
    return;
  last = std::max(time_.lived, instant{1});
  auto x = message_for(to, swim_kind::roster);
  x.roster = roster_;
  send(to, x);
}

void swim_core::on_roster(const swim_message& x) {
  if (x.roster_version <= roster_version_ || x.roster.empty() || x.roster.size() > options_.roster_bytes_max)
    return;
  roster_version_ = x.roster_version;
  roster_ = x.roster;
  output_.roster = heard_roster{roster_version_, roster_};
}

} // namespace kommander
