// Which partitions a node starts, stops and forgets; with every crash between two steps.
#include "actors/raft/hosting_core.hpp"

#include <map>
#include <set>
#include <vector>

#define CAF_SUITE hosting
#include <caf/test/unit_test.hpp>

using namespace kommander;

namespace {

using ids = std::vector<partition_id>;

constexpr partition_id p1{1};
constexpr partition_id p2{2};
constexpr partition_id p3{3};

partition_info active(partition_id id, std::uint64_t created = 1) {
  partition_info x;
  x.id = id;
  x.created = map_version{created};
  return x;
}

partition_info removed(partition_id id, std::uint64_t created = 1) {
  auto x = active(id, created);
  x.state = partition_state::removed;
  return x;
}

constexpr node_id self{1};

/// Created where `first` says, and on `now` since then.
partition_info placed(partition_id id, std::vector<node_id> now, std::uint64_t version = 1) {
  auto x = active(id);
  x.born_voters = {node_id{1}, node_id{2}};
  x.where.replicas = std::move(now);
  x.where.version = map_version{version};
  return x;
}

const std::vector<node_id> here{node_id{1}, node_id{2}};
const std::vector<node_id> elsewhere{node_id{2}, node_id{3}};

std::shared_ptr<const partition_map> make_map(std::uint64_t version, std::vector<partition_info> partitions) {
  auto x = std::make_shared<partition_map>();
  x->version = map_version{version};
  x->partitions = std::move(partitions);
  return x;
}

constexpr std::uint64_t disk_id = 17;

/// The same, in a roster that knows `self` by this disk.
std::shared_ptr<const partition_map> make_map_with_disk(std::uint64_t version, std::vector<partition_info> partitions,
                                                        std::uint64_t disk) {
  auto x = std::make_shared<partition_map>(*make_map(version, std::move(partitions)));
  x->roster.version = roster_version{1};
  member_info member;
  member.id = self;
  member.disk = disk;
  x->roster.members = {member};
  return x;
}

/// A node around a core, which does at once what it is told, and a disk. It may be told to crash after so many steps.
class node {
public:
  std::set<partition_id> runs;
  std::set<partition_id> logs; ///< That have something in them.
  hosted_record disk;
  std::set<partition_id> forgetful; ///< Ran without the log that they had had, and without what they had promised.
  std::map<partition_id, hard_state> promised; ///< In their logs.

  void start() {
    core_ = hosting_core{*decode_hosted_record(encode(disk)), self, disk_id};
    runs.clear();
    for (const auto& [id, x] : disk.partitions)
      if (!x.ending && !x.away)
        run(id);
  }

  /// False: it crashed before all was done.
  bool follow(const std::shared_ptr<const partition_map>& map, std::size_t steps_max = 1000) {
    core_.follow(map);
    return work(steps_max);
  }

  bool work(std::size_t steps_max) {
    for (;;) {
      auto x = core_.take_orders();
      if (!x.record && x.stop.empty() && x.recover.empty() && x.weigh.empty() && x.drop.empty())
        return true;
      if (x.record) {
        if (steps_max-- == 0)
          return false;
        disk = *x.record;
        core_.recorded(true);
      }
      for (auto id : x.stop) {
        runs.erase(id);
        core_.ended(id);
      }
      for (auto id : x.recover) {
        if (steps_max-- == 0)
          return false;
        run(id);
        core_.started(id);
      }
      for (auto id : x.weigh) {
        if (steps_max-- == 0)
          return false;
        core_.weighed(id, promised[id]);
      }
      for (auto id : x.drop) {
        if (steps_max-- == 0)
          return false;
        logs.erase(id);
        promised.erase(id);
        dropped_.insert(id);
        if (steps_max-- == 0)
          return false;
        core_.dropped(id);
      }
    }
  }

  hosting_core& core() {
    return core_;
  }

private:
  void run(partition_id id) {
    auto kept = disk.partitions.at(id).kept;
    if (dropped_.contains(id) && !kept)
      forgetful.insert(id);
    dropped_.erase(id);
    if (!logs.contains(id) && kept)
      promised[id] = *kept;
    runs.insert(id);
    logs.insert(id);
  }

  hosting_core core_;
  std::set<partition_id> dropped_;
};

} // namespace

CAF_TEST(a partition is recorded before its log is read) {
  hosting_core core;
  CAF_CHECK(core.follow(make_map(1, {active(p1), active(p2)})));
  auto x = core.take_orders();
  CAF_REQUIRE(x.record.has_value());
  CAF_CHECK_EQUAL(x.record->partitions.size(), 2u);
  CAF_CHECK(x.record->seen == map_version{1});
  CAF_CHECK(x.recover.empty());
  CAF_CHECK(core.take_orders().recover.empty());
  core.recorded(true);
  CAF_CHECK(core.take_orders().recover == (ids{p1, p2}));
  CAF_CHECK(core.wants(p1));
}

CAF_TEST(an old map is no news) {
  hosting_core core{{map_version{5}, true, false, {}}};
  CAF_CHECK(!core.follow(make_map(0, {})));
  CAF_CHECK(!core.follow(make_map(4, {active(p1)})));
  CAF_CHECK(core.map() == nullptr);
  CAF_CHECK(core.follow(make_map(5, {active(p1)})));
  CAF_CHECK(!core.follow(make_map(5, {active(p1), active(p2)})));
  CAF_CHECK(core.follow(make_map(6, {active(p1)})));
  CAF_CHECK(core.find(p2) == nullptr);
}

CAF_TEST(changes gather while a record is being stored) {
  hosting_core core;
  core.follow(make_map(1, {active(p1)}));
  CAF_REQUIRE(core.take_orders().record.has_value());
  core.follow(make_map(2, {active(p1), active(p2, 2)}));
  core.follow(make_map(3, {active(p1), active(p2, 2), active(p3, 3)}));
  CAF_CHECK(!core.take_orders().record);
  core.recorded(true);
  auto x = core.take_orders();
  CAF_CHECK(x.recover == ids{p1}); // the others are not recorded yet
  CAF_REQUIRE(x.record.has_value());
  CAF_CHECK_EQUAL(x.record->partitions.size(), 3u);
  core.recorded(true);
  CAF_CHECK(core.take_orders().recover == (ids{p2, p3}));
}

CAF_TEST(a map that changes no partition is not recorded) {
  hosting_core core;
  core.follow(make_map(1, {active(p1)}));
  core.take_orders();
  core.recorded(true);
  core.take_orders();
  core.started(p1);
  CAF_CHECK(core.follow(make_map(2, {active(p1)})));
  CAF_CHECK(!core.take_orders().record);
}

CAF_TEST(the log of a removed partition goes when it has ended and its end is recorded) {
  for (auto recorded_first : {false, true}) {
    hosting_core core{{map_version{1}, true, false, {{p1, {active(p1), false, false}}}}};
    core.follow(make_map(2, {removed(p1)}));
    auto x = core.take_orders();
    CAF_CHECK(x.stop == ids{p1});
    CAF_REQUIRE(x.record.has_value());
    CAF_CHECK(x.record->partitions.at(p1).ending);
    CAF_CHECK(!core.wants(p1));
    if (recorded_first)
      core.recorded(true);
    else
      core.ended(p1);
    CAF_CHECK(core.take_orders().drop.empty());
    if (recorded_first)
      core.ended(p1);
    else
      core.recorded(true);
    CAF_CHECK(core.take_orders().drop == ids{p1});
    core.dropped(p1);
    auto last = core.take_orders();
    CAF_REQUIRE(last.record.has_value());
    CAF_CHECK(last.record->partitions.empty());
    CAF_CHECK(last.record->seen == map_version{2});
  }
}

CAF_TEST(a partition that is removed before it has started is not started) {
  hosting_core core;
  core.follow(make_map(1, {active(p1), active(p2)}));
  core.take_orders();
  core.follow(make_map(2, {removed(p1), active(p2)})); // while it is being recorded
  core.recorded(true);
  auto x = core.take_orders();
  CAF_CHECK(x.recover == ids{p2});
  CAF_CHECK(x.drop.empty());
  core.follow(make_map(3, {removed(p1), removed(p2)})); // while its log is being read
  core.recorded(true);
  CAF_CHECK(core.take_orders().drop == ids{p1});
  CAF_CHECK(!core.wants(p2));
  core.recorded(true);
  CAF_CHECK(core.take_orders().drop.empty());
  core.ended(p2);
  CAF_CHECK(core.take_orders().drop == ids{p2});
}

CAF_TEST(a partition that failed and is removed loses its log too) {
  hosting_core core{{map_version{1}, true, false, {{p1, {active(p1), false, false}}}}};
  core.ended(p1);
  CAF_CHECK(core.take_orders().drop.empty());
  core.follow(make_map(2, {removed(p1)}));
  auto x = core.take_orders();
  CAF_CHECK(x.stop.empty());
  CAF_CHECK(x.drop.empty());
  core.recorded(true);
  CAF_CHECK(core.take_orders().drop == ids{p1});
}

CAF_TEST(a partition that was removed while the node was down is forgotten at its return ) {
  hosting_core core{{map_version{1}, true, false, {{p1, {active(p1), false, true}}, {p2, {active(p2), false, false}}}}};
  CAF_CHECK(core.take_orders().weigh == ids{p1}); // its end was recorded already, but not whether it is for good
  core.follow(make_map(9, {removed(p1), removed(p2), removed(p3, 4)}));
  auto x = core.take_orders();
  CAF_CHECK(x.stop == ids{p2});
  CAF_CHECK(x.recover.empty());
  CAF_CHECK(core.find(p3) == nullptr);
}

CAF_TEST(only what is created when partition 0 lacks nothing is new to the disk) {
  hosting_core core;
  core.follow(make_map(1, {active(p1)}));
  CAF_CHECK(!core.find(p1)->new_to_disk);
  core.follow(make_map(2, {active(p1), active(p2, 2)})); // of the past, for all that is known
  CAF_CHECK(!core.find(p2)->new_to_disk);
  core.trust();
  core.follow(make_map(3, {active(p1), active(p2, 2), active(p3, 3)}));
  CAF_CHECK(core.find(p3)->new_to_disk);
  core.doubt();
  core.follow(make_map(4, {active(p1), active(p2, 2), active(p3, 3), active(partition_id{4}, 4)}));
  CAF_CHECK(!core.find(partition_id{4})->new_to_disk);
}

CAF_TEST(that partition 0 lacked nothing is remembered over a restart) {
  node x;
  x.start();
  x.core().trust();
  x.follow(make_map(1, {active(p1)}));
  x.start();
  x.follow(make_map(2, {active(p1), active(p2, 2)}));
  CAF_CHECK(x.disk.partitions.at(p2).new_to_disk);
  x.core().doubt();
  x.work(1000);
  x.start();
  x.follow(make_map(3, {active(p1), active(p2, 2), active(p3, 3)}));
  CAF_CHECK(!x.disk.partitions.at(p3).new_to_disk);
}

CAF_TEST(it is remembered before there are any partitions) {
  node x;
  x.start();
  x.core().trust();
  x.work(1000);
  x.start();
  x.follow(make_map(1, {active(p1)}));
  CAF_CHECK(x.disk.partitions.at(p1).new_to_disk);
}

CAF_TEST(what is known when the disk turns out to be the first is new to it and that is remembered) {
  node x;
  x.start();
  x.follow(make_map(1, {active(p1)}));
  CAF_CHECK(!x.disk.partitions.at(p1).new_to_disk);
  x.core().never_here();
  x.work(1000);
  CAF_CHECK(x.disk.partitions.at(p1).new_to_disk);
  x.start();
  x.follow(make_map(2, {active(p1), active(p2, 2)}));
  CAF_CHECK(x.disk.partitions.at(p1).new_to_disk);
  CAF_CHECK(x.disk.partitions.at(p2).new_to_disk);
}

CAF_TEST(a disk turns out to be the first only once for after a doubt it may be a copy) {
  node x;
  x.start();
  x.core().never_here();
  x.work(1000);
  x.core().doubt();
  x.work(1000);
  CAF_CHECK(!x.disk.whole);
  x.start();
  x.follow(make_map(2, {active(p2, 2)}));
  x.core().never_here();
  x.work(1000);
  CAF_CHECK(!x.disk.partitions.at(p2).new_to_disk);
}

CAF_TEST(when nothing can be recorded nothing starts) {
  hosting_core core{{map_version{1}, true, false, {{p1, {active(p1), false, false}}}}};
  core.follow(make_map(2, {active(p1), active(p2, 2)}));
  core.take_orders();
  core.recorded(false);
  auto x = core.take_orders();
  CAF_CHECK(x.given_up == ids{p2});
  CAF_CHECK(!x.record && x.recover.empty());
  core.follow(make_map(3, {removed(p1), active(p2, 2), active(p3, 3)}));
  x = core.take_orders();
  CAF_CHECK(x.given_up == ids{p3});
  CAF_CHECK(x.stop == ids{p1});
  core.ended(p1);
  CAF_CHECK(core.take_orders().drop.empty()); // a restart must not take it up without its log
}

CAF_TEST(a crash between any two steps is made good by the next start) {
  const auto first = make_map(1, {active(p1), active(p2)});
  const auto second = make_map(2, {removed(p1), active(p2), active(p3, 2)});
  for (std::size_t crash = 0; crash < 12; ++crash) {
    for (std::size_t again = 0; again < 12; ++again) {
      node x;
      x.start();
      auto all = x.follow(first, crash) && x.follow(second, again);
      for (auto restart = 0; restart < 2 && !all; ++restart) {
        x.start();
        x.follow(first); // the log of partition 0 is replayed
        all = x.follow(second, restart == 0 ? again : 1000);
      }
      CAF_CHECK(x.runs == (std::set{p2, p3}));
      CAF_CHECK(x.logs == (std::set{p2, p3}));
      CAF_CHECK(x.forgetful.empty());
      CAF_CHECK_EQUAL(x.disk.partitions.size(), 2u);
      x.start();
      x.follow(first);
      x.follow(second);
      CAF_CHECK(x.runs == (std::set{p2, p3}));
      CAF_CHECK(x.forgetful.empty());
    }
  }
}

// -- partitions that are elsewhere ----------------------------------------------------------------------------------

CAF_TEST(a partition that is placed elsewhere does not run here) {
  hosting_core core{{}, self};
  core.follow(make_map(1, {placed(p1, elsewhere), placed(p2, here)}));
  CAF_CHECK(core.find(p1) == nullptr);
  CAF_CHECK(core.wants(p2));
  auto on_the_way = placed(p3, elsewhere, 2);
  on_the_way.where.former = here;
  core.follow(make_map(2, {placed(p1, elsewhere), placed(p2, here), on_the_way}));
  CAF_CHECK(core.wants(p3));
}

CAF_TEST(what was promised is kept before the log goes) {
  node x;
  x.start();
  CAF_CHECK(x.follow(make_map(1, {placed(p1, here)})));
  x.promised[p1] = {raft_term{7}, node_id{2}, log_loss::none};
  CAF_CHECK(x.follow(make_map(2, {placed(p1, elsewhere, 2)})));
  CAF_CHECK(x.runs.empty() && x.logs.empty());
  const auto& record = x.disk.partitions.at(p1);
  CAF_CHECK(record.away && !record.ending);
  CAF_CHECK(record.kept == (hard_state{raft_term{7}, node_id{2}, log_loss::none}));
  CAF_CHECK(x.core().find(p1) == nullptr);
  CAF_CHECK(x.follow(make_map(3, {placed(p1, here, 3)})));
  CAF_CHECK(x.runs == std::set{p1});
  CAF_CHECK(x.promised.at(p1).current_term == raft_term{7});
  CAF_CHECK(!x.core().find(p1)->new_to_disk);
}

CAF_TEST(one that goes and comes back at once is started when its log has gone) {
  hosting_core core{{map_version{1}, true, false, {{p1, {active(p1)}}}}, self};
  core.follow(make_map(2, {placed(p1, elsewhere, 2)}));
  CAF_CHECK(core.take_orders().stop == ids{p1});
  core.follow(make_map(3, {placed(p1, here, 3)}));
  CAF_CHECK(core.take_orders().recover.empty());
  core.ended(p1);
  core.recorded(true);
  CAF_CHECK(core.take_orders().weigh == ids{p1});
  core.weighed(p1, {raft_term{2}, {}, log_loss::none});
  CAF_CHECK(core.take_orders().record.has_value());
  core.recorded(true);
  CAF_CHECK(core.take_orders().drop == ids{p1});
  core.dropped(p1);
  auto last = core.take_orders();
  CAF_REQUIRE(last.record.has_value());
  CAF_CHECK(last.record->partitions.at(p1).kept.has_value());
  CAF_CHECK(!last.record->partitions.at(p1).away);
  core.recorded(true);
  CAF_CHECK(core.take_orders().recover == ids{p1});
}

CAF_TEST(what was kept of one that came back holds until its log has it) {
  hosted_partition away{active(p1)};
  away.away = true;
  away.kept = hard_state{raft_term{7}, node_id{2}, log_loss::none};
  hosting_core core{{map_version{1}, true, false, {{p1, away}}}, self};
  core.follow(make_map(2, {placed(p1, here, 2)}));
  core.take_orders();
  core.recorded(true);
  CAF_CHECK(core.take_orders().recover == ids{p1});
  core.started(p1);
  core.follow(make_map(3, {placed(p1, elsewhere, 3)}));
  CAF_CHECK(core.take_orders().stop == ids{p1});
  core.ended(p1);
  core.recorded(true);
  CAF_CHECK(core.take_orders().weigh == ids{p1});
  core.weighed(p1, {}); // its first write had not reached the disk
  auto orders = core.take_orders();
  CAF_REQUIRE(orders.record.has_value());
  CAF_CHECK(orders.record->partitions.at(p1).kept == away.kept);
}

CAF_TEST(one that was away and is removed leaves the record) {
  node x;
  x.start();
  x.follow(make_map(1, {placed(p1, here)}));
  x.follow(make_map(2, {placed(p1, elsewhere, 2)}));
  CAF_CHECK_EQUAL(x.disk.partitions.size(), 1u);
  x.follow(make_map(3, {removed(p1)}));
  CAF_CHECK(x.disk.partitions.empty());
}

CAF_TEST(a partition goes and comes back through a crash between any two steps) {
  const auto first = make_map(1, {placed(p1, here), placed(p2, here)});
  const auto second = make_map(2, {placed(p1, elsewhere, 2), placed(p2, here)});
  const auto third = make_map(3, {placed(p1, here, 3), placed(p2, here)});
  for (std::size_t crash = 0; crash < 12; ++crash)
    for (std::size_t again = 0; again < 12; ++again) {
      node x;
      x.start();
      x.follow(first);
      x.promised[p1] = {raft_term{5}, node_id{2}, log_loss::none};
      auto all = x.follow(second, crash) && x.follow(third, again);
      for (auto restart = 0; restart < 2 && !all; ++restart) {
        x.start();
        x.follow(first); // the log of partition 0 is replayed
        x.follow(second);
        all = x.follow(third, restart == 0 ? again : 1000);
      }
      CAF_CHECK(x.runs == (std::set{p1, p2}));
      CAF_CHECK(x.forgetful.empty());
      CAF_CHECK(x.promised[p1].current_term == raft_term{5});
    }
}

CAF_TEST(on a disk that is as old as the cluster every partition that comes is new) {
  node x;
  x.start();
  x.core().trust();
  x.follow(make_map(1, {placed(p1, elsewhere), placed(p2, here)}));
  x.start();
  x.follow(make_map(2, {placed(p1, here, 2), placed(p2, here)}));
  CAF_CHECK(x.disk.partitions.at(p1).new_to_disk);
  node wiped;
  wiped.start();
  wiped.follow(make_map(1, {placed(p1, elsewhere)}));
  wiped.core().trust();
  wiped.follow(make_map(2, {placed(p1, here, 2)}));
  CAF_CHECK(!wiped.disk.partitions.at(p1).new_to_disk); // it may have been here before
}

CAF_TEST(what comes to a node that joined on its first disk is new also when partition 0 is complete) {
  node x;
  x.start();
  x.follow(make_map(1, {placed(p1, elsewhere), placed(p2, here)}));
  x.core().never_here();
  x.core().trust();
  x.work(1000);
  x.follow(make_map(2, {placed(p1, here, 2), placed(p2, here)}));
  CAF_CHECK(x.disk.whole);
  CAF_CHECK(x.disk.partitions.at(p1).new_to_disk);
}

CAF_TEST(a partition that is on this node alone starts when the map is the present one and the roster knows the disk) {
  const std::vector<node_id> alone{self};
  node x;
  x.start();
  auto moved = placed(p2, here, 2); // the others know what was in it
  x.follow(make_map_with_disk(2, {placed(p1, alone), moved}, disk_id));
  CAF_CHECK(x.runs == std::set{p2});
  CAF_CHECK(!x.disk.partitions.at(p2).new_to_disk);
  x.core().trust();
  x.work(1000);
  CAF_CHECK(x.runs == (std::set{p1, p2}));
  CAF_CHECK(x.disk.partitions.at(p1).new_to_disk);
  node y;
  y.start();
  y.follow(make_map_with_disk(1, {placed(p1, alone)}, 0));
  y.core().trust();
  y.work(1000);
  CAF_CHECK(y.runs.empty()); // another disk may have had it
  y.follow(make_map_with_disk(2, {placed(p1, alone)}, disk_id));
  CAF_CHECK(y.runs == std::set{p1});
  CAF_CHECK(y.disk.partitions.at(p1).new_to_disk);
}

CAF_TEST(on another disk than the one that the roster knows a partition of this node alone is not new) {
  node x;
  x.start();
  x.follow(make_map_with_disk(1, {placed(p1, {self})}, disk_id + 1));
  CAF_CHECK(x.runs.empty());
  x.core().trust();
  x.work(1000);
  CAF_CHECK(x.runs == std::set{p1}); // fenced
  CAF_CHECK(!x.disk.partitions.at(p1).new_to_disk);
  auto later = placed(p2, {self}, 2);
  later.created = map_version{2};
  x.follow(make_map_with_disk(2, {placed(p1, {self}), later}, disk_id + 1));
  CAF_CHECK(x.disk.partitions.at(p2).new_to_disk); // created when this disk knew everything before it
}

CAF_TEST(a partition of this node alone is new to each disk that is older) {
  node x;
  x.start();
  x.follow(make_map_with_disk(1, {}, disk_id + 1));
  auto later = placed(p2, {self}, 2);
  later.created = map_version{2};
  x.follow(make_map_with_disk(2, {later}, disk_id + 1));
  x.follow(make_map_with_disk(3, {later}, disk_id + 1));
  CAF_CHECK(x.runs.empty()); // partition 0 may lack something still
  x.core().trust();
  x.work(1000);
  CAF_CHECK(x.disk.since == map_version{1});
  CAF_CHECK(x.disk.partitions.at(p2).new_to_disk);
}

CAF_TEST(what cannot be read of the promises counts as lost) {
  hosting_core core{{map_version{1}, true, false, {{p1, {active(p1)}}}}, self};
  core.follow(make_map(2, {placed(p1, elsewhere, 2)}));
  core.take_orders();
  core.ended(p1);
  core.recorded(true);
  core.take_orders();
  core.weighed(p1, {{}, {}, log_loss::everything});
  auto x = core.take_orders();
  CAF_REQUIRE(x.record.has_value());
  CAF_CHECK(x.record->partitions.at(p1).kept->lost == log_loss::everything);
}
