// What a node stores about the partitions of its log.
#include "actors/raft/values/hosted_record.hpp"

#define CAF_SUITE hosting
#include <caf/test/unit_test.hpp>

using namespace kommander;

namespace {

partition_info active(partition_id id, std::uint64_t created) {
  partition_info x;
  x.id = id;
  x.created = map_version{created};
  return x;
}

} // namespace

CAF_TEST(a record is read as it was written and a part of one is none) {
  hosted_record x{map_version{300}, true, true, {}, true, map_version{290}};
  auto routed = active(partition_id{7}, 44);
  routed.routed = true;
  routed.born_with = {17, place_max};
  routed.current = generation{9};
  routed.born_voters = {node_id{1}, node_id{2}, node_id{77}};
  auto born = active(partition_id{1000}, 299);
  born.born_receiving = true;
  x.partitions.emplace(routed.id, hosted_partition{birth_of(routed), true, false});
  x.partitions.emplace(born.id, hosted_partition{birth_of(born), false, true});
  auto gone = active(partition_id{1001}, 299);
  x.partitions.emplace(gone.id, hosted_partition{birth_of(gone),
                                                 false,
                                                 false,
                                                 true,
                                                 hard_state{raft_term{300}, node_id{77}, log_loss::entries},
                                                 {node_id{1}, node_id{300}}});
  CAF_CHECK(x.partitions.at(routed.id).birth.current == generation{1});
  auto written = encode(x);
  auto read = decode_hosted_record(written);
  CAF_REQUIRE(read.has_value());
  CAF_CHECK(*read == x);
  for (std::size_t i = 1; i < written.size(); ++i)
    CAF_CHECK(!decode_hosted_record(written.substr(0, i)));
  CAF_CHECK(!decode_hosted_record(written + "x"));
  CAF_CHECK(decode_hosted_record({}) == hosted_record{});
  for (int i = 0; i < 8; ++i) {
    hosted_record other{map_version{300}, (i & 1) != 0, (i & 2) != 0, {}, (i & 4) != 0};
    CAF_CHECK(decode_hosted_record(encode(other)) == other);
  }
  auto flags = encode(hosted_record{map_version{3}, true, true, {}, true});
  CAF_REQUIRE_EQUAL(flags[3], 7);
  flags[3] = 8; // another flag
  CAF_CHECK(!decode_hosted_record(flags));
  written[0] = 1;
  CAF_CHECK(!decode_hosted_record(written));
}
