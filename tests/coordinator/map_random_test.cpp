/// Whatever commands come, in whatever order, the map stays one; and so does one that was read.
#define CAF_SUITE map_state
#include "tests/coordinator/map_story.hpp"

#include "tests/fuzz/mutation.hpp"
#include "tests/sim/random.hpp"

using namespace kommander;
using namespace kommander::test;
using kommander::sim::random_source;

namespace {

/// Commands that often make sense, and sometimes none.
class writer {
public:
  explicit writer(std::uint64_t seed) : random_{seed} {
    // nop
  }

  map_command next(const partition_map& map) {
    switch (random_.below(17)) {
      case 0:
        return map_create{partition_id{random_.chance(0.5) ? 0 : random_.below(40)}, random_.chance(0.5), range(),
                          random_.chance(0.7) ? 0 : factor()};
      case 1: return map_cancel{operation(map)};
      case 2:
      case 3:
      case 4: return begin(map);
      case 5: return map_initialize{random_.below(5), first_members(random_.below(6)), factor()};
      case 13: return map_replication{random_.chance(0.5) ? partition_id{} : partition(map), factor()};
      case 14:
      case 15:
      case 16: return place(map);
      case 10:
      case 11:
      case 12: return member(map.roster);
      case 6:
        return map_advance{operation(map), static_cast<phase>(random_.below(8)), static_cast<phase>(random_.below(8)),
                           "any"};
      default: return step(map);
    }
  }

  random_source& random() {
    return random_;
  }

private:
  std::uint32_t place() {
    constexpr std::uint32_t steps = 64; // so that places are often the same
    return random_.chance(0.1) ? static_cast<std::uint32_t>(random_.next())
                               : static_cast<std::uint32_t>(random_.below(steps)) * ((place_max / steps) + 1);
  }

  hash_range range() {
    hash_range x{place(), place()};
    if (x.first > x.last && random_.chance(0.9))
      std::swap(x.first, x.last);
    x.last -= x.last > x.first ? 1 : 0;
    return x;
  }

  partition_id partition(const partition_map& map) {
    if (map.partitions.empty() || random_.chance(0.1))
      return partition_id{random_.below(50)};
    return map.partitions[random_.below(map.partitions.size())].id;
  }

  operation_id operation(const partition_map& map) {
    if (map.operations.empty() || random_.chance(0.1))
      return operation_id{random_.below(1000)};
    return map.operations[map.operations.size() - 1 - random_.below(std::min<std::size_t>(map.operations.size(), 8))]
      .id;
  }

  member_change member(const cluster_roster& roster) {
    auto id = roster.members.empty() || random_.chance(0.4)
                ? random_.below(12)
                : roster.members[random_.below(roster.members.size())].id.value();
    auto x = step_of(static_cast<member_step>(random_.below(6)), id, random_.chance(0.5));
    if (x.what == member_step::join) {
      x.address = address_of(random_.chance(0.7) ? id : random_.below(12));
      x.zone = random_.chance(0.1) ? std::string(60 + random_.below(8), 'z') : "";
      x.disk = random_.chance(0.8) ? disk_of(id) : random_.below(3);
    }
    if (random_.chance(0.3))
      x.expected = roster.version + random_.below(2);
    return x;
  }

  std::uint32_t factor() {
    return static_cast<std::uint32_t>(random_.chance(0.05) ? random_.below(100) : random_.below(5));
  }

  /// Mostly the next step.
  map_place place(const partition_map& map) {
    map_place x;
    x.partition = partition(map);
    const auto* known = map.find(x.partition);
    if (known == nullptr)
      return x;
    x.expected = known->where.version + (random_.chance(0.1) ? 1 : 0);
    x.to = known->where.phase == placement_phase::adding      ? placement_phase::switching
           : known->where.phase == placement_phase::switching ? placement_phase::settled
                                                              : placement_phase::adding;
    if (random_.chance(0.2))
      x.to = static_cast<placement_phase>(random_.below(3));
    for (const auto& member : map.roster.members)
      if (x.to == placement_phase::adding && random_.chance(0.5))
        x.replicas.push_back(member.id);
    return x;
  }

  map_begin begin(const partition_map& map) {
    map_begin x;
    x.kind = static_cast<operation_kind>(random_.below(5));
    x.source = partition(map);
    x.target = random_.chance(0.3) ? partition_id{} : partition(map);
    const auto* source = map.find(x.source);
    if (x.kind == operation_kind::merge && source != nullptr && random_.chance(0.7))
      if (const auto* neighbour = map.route(source->range.last + 1))
        x.target = neighbour->id;
    x.routed = random_.chance(0.7);
    x.boundary = random_.chance(0.5) ? any_place : place();
    x.copies_itself = random_.chance(0.2);
    x.leaves_hole = random_.chance(0.5);
    return x;
  }

  /// What a driver would do next.
  map_command step(const partition_map& map) {
    const auto* x = map.find(operation(map));
    if (x == nullptr)
      return map_cancel{};
    auto to = x->phase == phase::fencing     ? phase::copying
              : x->phase == phase::copying   ? phase::committed
              : x->phase == phase::committed ? phase::done
                                             : phase::failed;
    if (x->phase < phase::committed && random_.chance(0.2))
      to = phase::rolling_back;
    return map_advance{x->id, x->phase, to, "trouble"};
  }

  random_source random_;
};

std::string text_of(const map_state& x) {
  std::string text;
  byte_writer out{text};
  x.encode(out);
  return text;
}

} // namespace

CAF_TEST(any sequence of commands leaves a map) {
  std::size_t changes = 0, merges = 0, ended = 0, rosters = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    writer next{seed};
    map_state state, other;
    map_checker checker;
    for (std::uint64_t i = 1; i <= 500; ++i) {
      auto command = next.next(state.map());
      auto before = state.map();
      auto outcome = state.apply(log_index{i}, command);
      auto wrong = checker.follow(state.map());
      if (!wrong.empty())
        CAF_FAIL("seed " << seed << ", command " << i << ": " << wrong);
      CAF_REQUIRE(outcome.changed == !(state.map() == before));
      CAF_REQUIRE((outcome.code == status::success) == outcome.reason.empty());
      CAF_REQUIRE(outcome.code == status::success || !outcome.changed);
      CAF_REQUIRE(other.apply(log_index{i}, command) == outcome); // on another replica
      if (i % 50 == 0) {                                          // which restarts now and then
        byte_reader in{bytes{text_of(other)}};
        other = map_state::decode(in);
        CAF_REQUIRE(in.complete());
      }
      CAF_REQUIRE(other == state);
      changes += outcome.changed ? 1 : 0;
    }
    rosters += state.map().roster.version.value();
    for (const auto& x : state.map().operations) {
      ended += is_over(x.phase) ? 1 : 0;
      merges += x.kind == operation_kind::merge && x.phase == phase::done ? 1 : 0;
    }
  }
  CAF_MESSAGE(changes << " changes, " << ended << " operations ended, " << merges << " merges done, " << rosters
                      << " rosters");
  CAF_CHECK(changes > 5000 && ended > 1000 && merges > 20 && rosters > 1500);
}

CAF_TEST(a spoilt encoding of a map is refused or is one of another map) {
  std::vector<std::string> samples;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    writer next{seed};
    map_state state;
    state.apply(log_index{1}, map_initialize{3, first_members(3)});
    for (std::uint64_t i = 2; i <= 12; ++i)
      state.apply(log_index{i}, next.next(state.map()));
    samples.push_back(text_of(state));
  }
  mutator chance{7};
  std::size_t read = 0;
  for (int i = 0; i < 100'000; ++i) {
    auto text = chance.spoil(samples[chance.random()() % samples.size()]);
    byte_reader in{bytes::copy(text)};
    auto state = map_state::decode(in);
    if (!in.complete())
      continue;
    ++read;
    CAF_REQUIRE(text_of(state) == text);
    writer next{static_cast<std::uint64_t>(i)};
    map_checker checker;
    checker.follow(state.map());
    for (std::uint64_t j = 0; j < 20; ++j) {
      state.apply(log_index{(std::uint64_t{1} << 62) + j}, next.next(state.map()));
      auto wrong = checker.follow(state.map());
      if (!wrong.empty())
        CAF_FAIL("sample " << i << ": " << wrong);
    }
  }
  CAF_CHECK(read > 1000);
}

CAF_TEST(a map that is cut off is none) {
  map_story log{3};
  log.split(1);
  log.commit(map_cancel{log.last.operation});
  log.finish(log.merge(2, 3));
  auto text = text_of(log.state);
  for (std::size_t n = 0; n < text.size(); ++n) {
    byte_reader in{bytes::copy(std::string_view{text}.substr(0, n))};
    CAF_CHECK(map_state::decode(in) == map_state{});
    CAF_CHECK(!in.complete());
  }
}
