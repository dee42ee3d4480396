/// A client against partitions that are led by one node and then by another, split, merge, refuse, and lose answers; what
/// sessions remember is what real partitions remember.
#define CAF_SUITE client_core

#include "actors/client/client_core.hpp"
#include "actors/partition/session_table.hpp"

#include <random>

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t nodes_max = 3;

/// What a partition's log has made so far.
struct model_partition {
  node_id leader;
  session_table sessions;
  hash_range range;
  std::optional<hash_range> fence; ///< On its way to another partition.
};

/// On its way to a node or back.
struct message {
  instant due{0};
  client_send sent;
  std::optional<node_verdict> answer;
};

class world {
public:
  world(std::uint64_t seed, unsigned writes_in_a_thousand)
    : random_{seed},
      core_{{.sessions = {.seed = seed}}},
      writes_in_a_thousand_{writes_in_a_thousand} {
    partitions_[partition_id{1}] = {node_id{1}, {}, {}, std::nullopt};
    for (std::uint64_t i = 1; i <= nodes_max; ++i)
      connect(node_id{i});
    core_.tick(now_);
  }

  void run(std::size_t steps) {
    for (std::size_t i = 0; i < steps; ++i) {
      if (happens(writes_in_a_thousand_))
        write();
      befall();
      step();
    }
    // Faults stop; everything that can still succeed does.
    calm_ = true;
    finish_move();
    for (std::uint64_t i = 1; i <= nodes_max; ++i)
      connect(node_id{i});
    for (auto i = 0; i < 20'000 && !core_.is_idle(); ++i)
      step();
    CAF_REQUIRE(core_.is_idle());
  }

  /// A step of a millisecond.
  void step() {
    now_ += 1ms;
    core_.tick(now_);
    if (auto node = core_.take_refresh())
      core_.map_answered(*node, happens(700) ? map() : calm_ ? map() : old_map_);
    for (auto& x : core_.take_sends())
      messages_.push_back({now_ + delay(), x, std::nullopt});
    deliver();
    for (const auto& x : core_.take_ends())
      judge(x);
  }

  [[nodiscard]] std::size_t succeeded() const {
    return succeeded_;
  }

  [[nodiscard]] std::size_t ended() const {
    return ended_;
  }

  [[nodiscard]] std::size_t moves() const {
    return moves_;
  }

private:
  bool happens(unsigned in_a_thousand) {
    return random_() % 1000 < in_a_thousand;
  }

  instant delay() {
    return instant{happens(calm_ ? 0 : 5) ? random_() % 2'000'000 : random_() % 5000};
  }

  void connect(node_id node) {
    if (connected_.insert(node).second)
      core_.connected(node, false);
  }

  void write() {
    auto place = static_cast<std::uint32_t>(random_()) & place_max;
    if (auto id = core_.add({.place = place, .bytes = 1}, now_ + 20s))
      places_[id] = place;
  }

  // -- what befalls the cluster -------------------------------------------------------------------------------------

  void befall() {
    if (happens(3))
      any_partition().leader = node_id{1 + random_() % nodes_max};
    if (happens(1)) {
      node_id node{1 + random_() % nodes_max};
      if (connected_.erase(node) > 0) {
        std::erase_if(messages_, [&](const message& x) { return x.sent.node == node && x.answer; });
        core_.disconnected(node);
      }
    }
    if (happens(5))
      connect(node_id{1 + random_() % nodes_max});
    if (happens(4)) {
      if (moving_)
        finish_move();
      else
        begin_move();
    }
  }

  model_partition& any_partition() {
    return std::next(partitions_.begin(), static_cast<std::ptrdiff_t>(random_() % partitions_.size()))->second;
  }

  /// The upper half of a partition, or all of it to its neighbour, is fenced. Sessions are copied as of then.
  void begin_move() {
    auto at = std::next(partitions_.begin(), static_cast<std::ptrdiff_t>(random_() % partitions_.size()));
    auto& [id, x] = *at;
    auto is_split = partitions_.size() < 6 && (partitions_.size() < 2 || happens(500));
    if (is_split) {
      auto boundary = x.range.first + (x.range.last - x.range.first) / 2 + 1;
      if (boundary > x.range.last)
        return;
      x.fence = hash_range{boundary, x.range.last};
      moving_ = {id, partition_id{++last_partition_}};
    } else if (auto neighbour = neighbour_of(x.range)) {
      x.fence = x.range;
      moving_ = {id, *neighbour};
    } else {
      return;
    }
    moved_sessions_ = x.sessions;
  }

  std::optional<partition_id> neighbour_of(const hash_range& range) const {
    for (const auto& [id, x] : partitions_)
      if (x.range.last + 1 == range.first || range.last + 1 == x.range.first)
        return id;
    return std::nullopt;
  }

  void finish_move() {
    if (!moving_)
      return;
    old_map_ = map();
    auto [source, target] = *std::exchange(moving_, std::nullopt);
    auto moved = *std::exchange(partitions_[source].fence, std::nullopt);
    ++version_;
    ++moves_;
    if (!partitions_.contains(target)) {
      partitions_[source].range.last = moved.first - 1;
      partitions_[target] = {node_id{1 + random_() % nodes_max}, moved_sessions_, moved, std::nullopt};
      return;
    }
    auto& y = partitions_[target];
    y.sessions.add(moved_sessions_);
    y.range = {std::min(y.range.first, moved.first), std::max(y.range.last, moved.last)};
    partitions_.erase(source);
  }

  [[nodiscard]] std::shared_ptr<const partition_map> map() const {
    auto result = std::make_shared<partition_map>();
    result->version = map_version{version_};
    for (const auto& [id, x] : partitions_) {
      partition_info info;
      info.id = id;
      info.routed = true;
      info.range = x.range;
      result->partitions.push_back(info);
    }
    return result;
  }

  // -- nodes --------------------------------------------------------------------------------------------------------

  void deliver() {
    std::vector<message> due;
    for (std::size_t i = 0; i < messages_.size();) {
      if (messages_[i].due > now_) {
        ++i;
        continue;
      }
      due.push_back(std::move(messages_[i]));
      messages_[i] = std::move(messages_.back());
      messages_.pop_back();
    }
    for (auto& x : due)
      arrive(x);
  }

  void arrive(message& x) {
    if (x.answer)
      return core_.answered(x.sent.request, x.sent.attempt, *x.answer);
    x.answer = serve(x.sent);
    x.due = now_ + delay();
    if (connected_.contains(x.sent.node))
      messages_.push_back(std::move(x));
  }

  node_verdict serve(const client_send& x) {
    auto found = partitions_.find(x.partition);
    if (found == partitions_.end())
      return {status::unknown_partition, {}, {}};
    auto& mine = found->second;
    if (mine.leader != x.node)
      return {status::node_is_not_leader, happens(700) ? mine.leader : node_id{random_() % (nodes_max + 1)}, {}};
    auto place = places_.at(x.request);
    if (!mine.range.contains(place) || (mine.fence && mine.fence->contains(place)))
      return {status::partition_moved, mine.leader, {}};
    if (!calm_ && happens(20))
      return {happens(500) ? status::proposal_queue_full : status::restore_in_progress, mine.leader, {}};
    if (!calm_ && happens(20))
      return {happens(500) ? status::proposal_timeout : status::replication_failed, mine.leader, {}};
    return apply(mine, x);
  }

  node_verdict apply(model_partition& mine, const client_send& x) {
    entry e;
    e.index = ++last_index_;
    e.time.time = last_index_.value();
    e.origin = {x.session.client, x.session.sequence};
    auto milliseconds = static_cast<std::uint64_t>(now_.count() / 1000);
    switch (mine.sessions.commit(e, milliseconds).what) {
      case session_table::knowledge::fresh: CAF_REQUIRE_EQUAL(++applied_[x.request], 1u); break;
      case session_table::knowledge::done: CAF_REQUIRE_EQUAL(applied_[x.request], 1u); break;
      case session_table::knowledge::expired: return {status::session_expired, mine.leader, {}};
      case session_table::knowledge::no_room: return {status::proposal_queue_full, mine.leader, {}};
    }
    if (!calm_ && happens(30))
      return {status::replication_failed, {}, {}};
    return {status::success, mine.leader, {}};
  }

  void judge(const client_end& x) {
    ++ended_;
    auto times = applied_.contains(x.request) ? applied_.at(x.request) : 0;
    if (x.code == status::success) {
      ++succeeded_;
      CAF_REQUIRE_EQUAL(times, 1u);
    } else if (outcome(x.code) == proposal_outcome::not_applied) {
      CAF_REQUIRE_EQUAL(times, 0u);
    }
  }

  std::mt19937_64 random_;
  client_core core_;
  unsigned writes_in_a_thousand_;
  instant now_{1s};
  std::map<partition_id, model_partition> partitions_;
  std::uint64_t last_partition_ = 1;
  std::uint64_t version_ = 1;
  std::shared_ptr<const partition_map> old_map_;
  std::optional<std::pair<partition_id, partition_id>> moving_;
  session_table moved_sessions_;
  std::set<node_id> connected_;
  std::vector<message> messages_;
  std::map<request_number, std::uint32_t> places_;
  std::map<request_number, unsigned> applied_;
  log_index last_index_;
  std::size_t succeeded_ = 0;
  std::size_t ended_ = 0;
  std::size_t moves_ = 0;
  bool calm_ = false;
};

} // namespace

CAF_TEST(whatever befalls a cluster no write is applied twice and none is said to be what it is not ) {
  std::size_t ended = 0;
  std::size_t succeeded = 0;
  std::size_t moves = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    world x{seed, seed % 2 == 0 ? 20U : 400U};
    x.run(5000);
    ended += x.ended();
    succeeded += x.succeeded();
    moves += x.moves();
  }
  CAF_CHECK(ended >= 200'000);
  CAF_CHECK(succeeded * 10 >= ended * 9); // most outcomes are known
  CAF_CHECK(moves >= 1000);
}
