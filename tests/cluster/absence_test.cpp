// What a node answers for partitions that do not run on it.
#include "actors/raft/hosting_core.hpp"

#define CAF_SUITE hosting
#include <caf/test/unit_test.hpp>

using namespace kommander;

namespace {

constexpr node_id self{1};
constexpr node_id other{9};
constexpr partition_id p1{1};
constexpr partition_id p2{2};
constexpr partition_id p3{3};
const std::vector<node_id> here{self, node_id{2}};
const std::vector<node_id> elsewhere{node_id{2}, node_id{3}};

partition_info placed(partition_id id, std::vector<node_id> now, std::vector<node_id> born = {}) {
  partition_info x;
  x.id = id;
  x.created = x.where.version = map_version{1};
  x.where.replicas = std::move(now);
  x.born_voters = std::move(born);
  return x;
}

std::shared_ptr<const partition_map> make_map(std::uint64_t version, std::vector<partition_info> partitions) {
  auto x = std::make_shared<partition_map>();
  x->version = map_version{version};
  x->partitions = std::move(partitions);
  return x;
}

struct told {
  raft_term term;
  std::vector<node_id> voters;

  friend bool operator==(const told&, const told&) = default;
};

std::optional<told> answer(const hosting_core& core, partition_id id) {
  auto x = core.answer_in_absence({id, other, self, {}, fence_request{77, {}}});
  if (!x)
    return std::nullopt;
  const auto& reply = std::get<fence_reply>(x->body);
  CAF_CHECK(x->to == other && x->from == self && x->partition == id && reply.nonce == 77);
  CAF_CHECK(reply.fenced && x->term && !reply.leads && !reply.last && !reply.counted); // nothing of a new group
  return told{x->term, reply.voters};
}

} // namespace

CAF_TEST(a fenced replica is answered from what was kept of a partition that is away) {
  const std::vector born{self, node_id{3}};
  hosting_core core{{map_version{1}, true, false, {{p1, {birth_of(placed(p1, here, born))}}}}, self};
  CAF_CHECK(!answer(core, p1)); // no map is known
  core.follow(make_map(1, {placed(p1, here, born)}));
  CAF_CHECK(!answer(core, p1)); // the replica does
  const auto gone = placed(p1, elsewhere, born);
  core.follow(make_map(2, {gone}));
  CAF_CHECK(!answer(core, p1)); // what it has promised is not kept yet
  core.take_orders();
  core.ended(p1);
  core.recorded(true);
  CAF_REQUIRE(core.take_orders().weigh == std::vector{p1});
  core.weighed(p1, {raft_term{7}, node_id{2}, log_loss::none}, {node_id{2}, node_id{4}});
  core.take_orders();
  core.recorded(true);
  CAF_REQUIRE(core.take_orders().drop == std::vector{p1});
  CAF_CHECK(!answer(core, p1));
  core.dropped(p1);
  const told expected{raft_term{7}, {self, node_id{2}, node_id{3}, node_id{4}}};
  CAF_CHECK(answer(core, p1) == expected);
  auto record = core.take_orders().record;
  CAF_REQUIRE(record);
  hosting_core restarted{*decode_hosted_record(encode(*record)), self};
  restarted.follow(make_map(2, {gone}));
  CAF_CHECK(answer(restarted, p1) == expected);
  core.recorded(true);
  core.follow(make_map(3, {placed(p1, here, born)}));
  CAF_CHECK(!answer(core, p1)); // it answers for itself again, and knows what it knew
  CAF_CHECK(core.find(p1)->known_voters == (std::vector{node_id{2}, node_id{4}}));
}

CAF_TEST(of a partition that was never here or went with the disk a node says what the map does) {
  hosting_core core{{}, self};
  auto gone = placed(p3, elsewhere);
  gone.state = partition_state::removed;
  core.follow(make_map(1, {placed(p1, elsewhere, here), placed(p2, here), gone}));
  CAF_CHECK(answer(core, p1) == (told{raft_term{1}, here}));
  CAF_CHECK(!answer(core, p2)); // about to be here
  CAF_CHECK(!answer(core, p3));
  CAF_CHECK(!answer(core, partition_id{99})); // a later map may have it here
  CAF_CHECK(!answer(core, partition_id{0}));
  CAF_CHECK(!core.answer_in_absence({p1, other, self, {}, heartbeat_reply{}}));
}
