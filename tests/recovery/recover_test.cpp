/// Recovery of a stopped node's log: what is written, what is refused, and what a crash leaves.
#define CAF_SUITE recovery

#include "actors/coordinator/map_command.hpp"
#include "actors/partition/configuration.hpp"
#include "actors/raft/epoch.hpp"
#include "actors/raft/values/hosted_record.hpp"
#include "kommander/raft.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/recovery/wrapped_wal.hpp"
#include "tests/support/temporary_directory.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>

using namespace kommander;
using namespace kommander::test;

namespace {

constexpr node_id n1{1}, n2{2}, n3{3};
constexpr raft_term old_term{7};

/// A port of this machine at which nobody, or somebody, listens.
class port {
public:
  explicit port(bool listens) : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    auto* at = reinterpret_cast<sockaddr*>(&where);
    CAF_REQUIRE(::bind(socket_, at, size) == 0 && ::getsockname(socket_, at, &size) == 0);
    CAF_REQUIRE(!listens || ::listen(socket_, 512) == 0);
    number_ = ntohs(where.sin_port);
  }

  port(const port&) = delete;
  port& operator=(const port&) = delete;

  ~port() {
    ::close(socket_);
  }

  [[nodiscard]] endpoint where() const {
    return {"127.0.0.1", number_};
  }

private:
  int socket_;
  std::uint16_t number_ = 0;
};

entry command(std::uint64_t index, std::uint64_t term) {
  return {
    log_index{index}, raft_term{term}, {}, entry_kind::command, "t", bytes::copy("content " + std::to_string(index))};
}

entry configuration(std::uint64_t index, std::uint64_t term, const group_configuration& x) {
  return {log_index{index}, raft_term{term}, {}, entry_kind::config, {}, encode(x)};
}

partition_write content(std::uint64_t partition, std::vector<entry> entries) {
  partition_write x;
  x.partition = partition_id{partition};
  x.state = hard_state{old_term, n1, log_loss::none};
  x.commit = log_index{1};
  x.entries = std::move(entries);
  return x;
}

/// What node 3 of 1, 2 and 3 has on its disk: partition 0; 1, where the first members vote; 2, which has only 2 and 3;
/// and 4, which is in the middle of a change. Partition 9 was removed.
void fill(wal& log) {
  hosted_record hosted;
  for (std::uint64_t id : {1, 2, 4, 9}) {
    hosted.partitions[partition_id{id}].birth.id = partition_id{id};
    hosted.partitions[partition_id{id}].birth.born_voters = {n1, n2, n3};
  }
  hosted.partitions[partition_id{9}].ending = true;
  CAF_REQUIRE(log.set_metadata("cluster_id", "orders"));
  CAF_REQUIRE(log.set_metadata("node_id", "3"));
  CAF_REQUIRE(log.set_metadata("members", "1,2,3"));
  CAF_REQUIRE(log.set_metadata(hosted_record::name, encode(hosted)));
  auto pair = group_configuration::of({n2, n3});
  auto joint = group_configuration::of({n1, n2}, {n3});
  joint.old_voters = {n1, n2, n3};
  const partition_write all[] = {
    content(0, {command(1, 2), command(2, 5)}),
    content(1, {command(1, 6)}),
    content(2, {command(1, 2), configuration(2, 3, pair), command(3, 7)}),
    content(4, {command(1, 2), configuration(2, 3, joint)}),
  };
  CAF_REQUIRE(log.write(all));
}

/// Whatever there is on this kind of log.
struct stored_node {
  explicit stored_node(wal_factory x) : factory{std::move(x)} {
    fill(*open());
  }

  std::unique_ptr<wal> open() const {
    auto log = factory();
    if (!log)
      CAF_FAIL(log.error().message);
    return std::move(*log);
  }

  recovered_partition found(std::uint64_t partition) const {
    return std::move(*open()->recover(partition_id{partition}));
  }

  group_configuration present(std::uint64_t partition) const {
    return configuration_history{group_configuration::of({n1, n2, n3}), found(partition).configs}.current();
  }

  [[nodiscard]] std::string epoch() const {
    return *open()->get_metadata(epoch_key);
  }

  /// True if nothing of it was changed.
  [[nodiscard]] bool is_untouched() const {
    return epoch().empty() && found(0).last.value() == 2 && found(1).last.value() == 1 && found(2).last.value() == 3
           && found(4).last.value() == 2 && found(0).state.current_term == old_term;
  }

  wal_factory factory;
};

recovery_request request_with(const port& first, const port& second) {
  recovery_request x;
  x.survivor = n3;
  x.members = {{n1, first.where()}, {n2, second.where()}, {n3, {"127.0.0.1", 1}}};
  x.reason = "two machines burnt; decided by the test";
  return x;
}

std::map<std::string, wal_factory> all_kinds(const temporary_directory& where) {
  return {{"memory", memory_wal()},
          {"rocksdb", rocksdb_wal(where.path() + "/rocksdb")},
          {"sqlite", sqlite_wal(where.path() + "/sqlite")},
          {"sqlite in shards", sqlite_wal(where.path() + "/shards", {3, true})}};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

CAF_TEST(the survivor is the only voter of all its partitions in a new epoch on every kind of log) {
  temporary_directory where{true};
  port gone{false};
  for (const auto& [kind, factory] : all_kinds(where)) {
    CAF_MESSAGE(kind);
    stored_node node{factory};
    auto report = recover_offline(factory, request_with(gone, gone));
    if (!report)
      CAF_FAIL(report.error().message);
    CAF_CHECK_EQUAL(epoch_number(report->epoch), 1u);
    CAF_CHECK_EQUAL(node.epoch(), report->epoch);
    for (auto [partition, last] : std::map<std::uint64_t, std::uint64_t>{{0, 2}, {1, 1}, {2, 3}, {4, 2}}) {
      auto found = node.found(partition);
      // Partition 0 also gets the steps by which the others leave the roster, and this node votes.
      CAF_CHECK_EQUAL(found.last.value(), last + (partition == 0 ? 7 : 1));
      CAF_CHECK(found.state == (hard_state{old_term + 1, n3, log_loss::none}));
      CAF_CHECK(found.terms.back() == (term_run{log_index{last + 1}, old_term + 1}));
      CAF_CHECK(node.present(partition).is_only_voter(n3));
      CAF_CHECK_EQUAL(found.commit.value(), 1u);
      auto before = node.open()->read(partition_id{partition}, log_index{1}, log_index{1}, SIZE_MAX);
      CAF_CHECK(before && before->front().payload == command(1, 1).payload);
    }
    CAF_CHECK_EQUAL(node.found(9).last.value(), 0u);
    // What was is reported, and what was done is on record.
    CAF_REQUIRE_EQUAL(report->groups.size(), 4u);
    CAF_CHECK(report->groups[0].last == (log_position{log_index{2}, raft_term{5}}));
    CAF_CHECK(report->groups[2].voters == (std::vector<node_id>{n2, n3}));
    CAF_CHECK(report->groups[3].voters == (std::vector<node_id>{n1, n2, n3}));
    auto inspected = inspect_offline(factory);
    CAF_REQUIRE(inspected);
    CAF_CHECK_EQUAL(inspected->epoch, report->epoch);
    CAF_CHECK(inspected->audit == report->audit);
    CAF_REQUIRE_EQUAL(report->audit.size(), 1u);
    for (const auto* part : {"two machines burnt",
                             "partition 2: voters 2,3 became 3, with entry 4 of term 8 after entry 3 "
                             "of term 7",
                             "orders", "UTC", "\ncomplete\n"})
      CAF_CHECK(contains(report->audit[0], part));
    // Once is enough.
    auto again = recover_offline(factory, request_with(gone, gone));
    CAF_CHECK(!again && contains(again.error().message, "only voter"));
    CAF_CHECK_EQUAL(node.epoch(), report->epoch);
  }
}

CAF_TEST(to inspect changes nothing) {
  stored_node node{memory_wal()};
  auto report = inspect_offline(node.factory);
  CAF_REQUIRE(report);
  CAF_CHECK(node.is_untouched());
  CAF_CHECK_EQUAL(report->node.value(), 3u);
  CAF_CHECK_EQUAL(report->cluster_id, "orders");
  CAF_CHECK_EQUAL(report->epoch, "");
  CAF_CHECK(report->audit.empty());
  CAF_CHECK(report->groups[1].voters == (std::vector<node_id>{n1, n2, n3}));
  CAF_CHECK(report->groups[1].term == old_term);
}

CAF_TEST(a majority that may be there is left alone unless it is forced) {
  stored_node node{memory_wal()};
  port gone{false};
  port here{true};
  auto request = request_with(here, gone);
  auto refused = recover_offline(node.factory, request);
  CAF_REQUIRE(!refused);
  CAF_MESSAGE(refused.error().message);
  CAF_CHECK(refused.error().code == status::insufficient_voters);
  CAF_CHECK(contains(refused.error().message, "node 1 takes connections at " + to_string(here.where())));
  CAF_CHECK(node.is_untouched());
  // Whoever is not asked may be there.
  request = request_with(gone, gone);
  std::erase_if(request.members, [](const node_info& x) { return x.id == n2; });
  CAF_CHECK(!recover_offline(node.factory, request));
  CAF_CHECK(node.is_untouched());
  request = request_with(here, here);
  request.force = true;
  auto forced = recover_offline(node.factory, request);
  CAF_REQUIRE(forced);
  CAF_CHECK_EQUAL(forced->reachable.size(), 2u);
  CAF_CHECK(node.present(1).is_only_voter(n3));
  CAF_CHECK(contains(forced->audit[0], ", forced"));
  CAF_CHECK(contains(forced->audit[0], "warning: node 1 takes connections"));
}

CAF_TEST(a minority that is still there is warned of) {
  stored_node node{memory_wal()};
  auto log = node.open();
  std::vector<partition_write> all;
  auto five = group_configuration::of({n1, n2, n3, node_id{4}, node_id{5}});
  for (std::uint64_t partition : {0, 1, 2, 4}) {
    auto last = node.found(partition).last.value();
    all.push_back(content(partition, {configuration(last + 1, 7, five)}));
  }
  CAF_REQUIRE(log->write(all));
  port gone{false};
  port here{true};
  auto request = request_with(here, gone);
  request.members.push_back({node_id{4}, gone.where()});
  request.members.push_back({node_id{5}, gone.where()});
  auto report = recover_offline(node.factory, request);
  CAF_REQUIRE(report);
  CAF_REQUIRE_EQUAL(report->warnings.size(), 1u);
  CAF_CHECK(contains(report->warnings[0], "node 1"));
}

CAF_TEST(requests that make no sense are refused and change nothing) {
  stored_node node{memory_wal()};
  port gone{false};
  auto complaint = [&](const std::function<void(recovery_request&)>& change) {
    auto request = request_with(gone, gone);
    request.force = true; // does not help
    change(request);
    auto done = recover_offline(node.factory, request);
    CAF_CHECK(node.is_untouched());
    return done ? std::string{} : done.error().message;
  };
  CAF_CHECK(contains(complaint([](auto& x) { x.survivor = n2; }), "node 2"));
  CAF_CHECK(contains(complaint([](auto& x) { x.reason.clear(); }), "0 bytes"));
  CAF_CHECK(contains(complaint([](auto& x) { x.reason.assign(1001, 'r'); }), "1001 bytes"));
  auto unused = recover_offline(memory_wal(), request_with(gone, gone));
  CAF_CHECK(!unused && contains(unused.error().message, "never been used"));
  CAF_CHECK(!recover_offline({}, request_with(gone, gone)));
  CAF_CHECK(!inspect_offline([]() -> result<std::unique_ptr<wal>> { throw std::runtime_error{"broken"}; }));
}

CAF_TEST(a log in use is refused) {
  temporary_directory where{true};
  stored_node node{rocksdb_wal(where.path())};
  auto held = node.open();
  port gone{false};
  auto refused = recover_offline(node.factory, request_with(gone, gone));
  CAF_REQUIRE(!refused);
  CAF_CHECK(contains(refused.error().message, where.path()));
}

CAF_TEST(a node that is no voter or fenced or empty goes on only if it is forced) {
  port gone{false};
  auto others = group_configuration::of({n1, n2}, {n3});
  partition_write fenced;
  fenced.partition = partition_id{1};
  fenced.state = hard_state{old_term, {}, log_loss::entries};
  hosted_record with_empty;
  with_empty.partitions[partition_id{1}].birth.id = partition_id{1};
  with_empty.partitions[partition_id{1}].birth.born_voters = {n1, n2, n3};
  with_empty.partitions[partition_id{6}].birth.id = partition_id{6};
  with_empty.partitions[partition_id{6}].birth.born_voters = {n1, n2, n3};
  const std::pair<std::string, std::function<void(wal&)>> cases[] = {
    {"partition 1: this node is none of its voters",
     [&](wal& log) { CAF_REQUIRE(log.write(std::vector{content(1, {configuration(2, 7, others)})})); }},
    {"partition 1: this node had lost something", [&](wal& log) { CAF_REQUIRE(log.write(std::vector{fenced})); }},
    {"partition 6: the log is empty",
     [&](wal& log) { CAF_REQUIRE(log.set_metadata(hosted_record::name, encode(with_empty))); }},
  };
  for (const auto& [why, change] : cases) {
    stored_node node{memory_wal()};
    change(*node.open());
    auto request = request_with(gone, gone);
    auto refused = recover_offline(node.factory, request);
    CAF_CHECK(!refused && contains(refused.error().message, why));
    CAF_CHECK_EQUAL(node.epoch(), "");
    request.force = true;
    CAF_CHECK(recover_offline(node.factory, request));
    CAF_CHECK(node.found(1).state.lost == log_loss::none);
    CAF_CHECK(node.present(1).is_only_voter(n3));
  }
}

CAF_TEST(partitions that were on other nodes only are lost if it is forced) {
  stored_node node{memory_wal()};
  std::vector<member_info> members;
  for (auto id : {n1, n2, n3})
    members.push_back({id, {"h", 7000}, {}, member_role::voter, roster_version{1}, false});
  const std::pair<std::uint64_t, map_command> said[] = {
    {3, map_initialize{2, members, 3}},
    {4, map_create{partition_id{5}, false, {}, 1}},
    {5, map_place{partition_id{5}, map_version{2}, placement_phase::adding, {n2}}},
  };
  partition_write more;
  more.partition = partition_id{};
  for (const auto& [index, what] : said)
    more.entries.push_back({log_index{index}, raft_term{5}, {}, entry_kind::control, {}, encode(what), {}});
  const partition_write all[] = {std::move(more)};
  CAF_REQUIRE(node.open()->write(all));
  port gone{false};
  auto refused = recover_offline(node.factory, request_with(gone, gone));
  CAF_REQUIRE(!refused.ok());
  CAF_CHECK_NOT_EQUAL(refused.error().message.find("partition 5: it was on nodes 2, and this log has nothing of it"),
                      std::string::npos);
}

CAF_TEST(what is damaged is cut off only if it is forced) {
  stored_node node{memory_wal()};
  port gone{false};
  auto damaged = wrapping(node.factory, [](wrapped_wal& x) {
    x.on_recover = [](partition_id id, recovered_partition& found) {
      if (id.value() != 2)
        return;
      found.damaged_at = found.last;
      found.damage = "the record of entry " + to_string(found.last) + " does not verify";
      found.last = found.last - 1;
      found.terms.pop_back();
    };
  });
  auto request = request_with(gone, gone);
  auto refused = recover_offline(damaged, request);
  CAF_CHECK(!refused && contains(refused.error().message, "does not verify"));
  CAF_CHECK(node.is_untouched());
  request.force = true;
  CAF_CHECK(recover_offline(damaged, request));
  CAF_CHECK_EQUAL(node.found(2).last.value(), 3u);
  CAF_CHECK(node.found(2).terms.back() == (term_run{log_index{3}, old_term + 1}));
  CAF_CHECK(node.present(2).is_only_voter(n3));
}

CAF_TEST(a recovery that dies in between leaves no quorum in the old epoch and can be repeated) {
  port gone{false};
  auto steps = 0;
  for (auto survived = 0;; ++survived) {
    stored_node node{memory_wal()};
    auto left = std::make_shared<int>(survived);
    auto dying = wrapping(node.factory, [left](wrapped_wal& x) {
      x.before_change = [left]() -> result<done> {
        if ((*left)-- > 0)
          return done{};
        return failure{status::storage_failed, "the power is gone"};
      };
    });
    if (recover_offline(dying, request_with(gone, gone)))
      break;
    ++steps;
    auto decides_alone = node.present(1).is_only_voter(n3);
    CAF_CHECK(!decides_alone || !node.epoch().empty());
    auto left_behind = node.epoch();
    auto repeated = recover_offline(node.factory, request_with(gone, gone));
    if (decides_alone) { // only the record was left to be completed
      CAF_CHECK(!repeated);
      auto inspected = inspect_offline(node.factory);
      CAF_REQUIRE(inspected && inspected->audit.size() == 1);
      CAF_CHECK(contains(inspected->audit[0], "not complete"));
      continue;
    }
    CAF_REQUIRE(repeated);
    CAF_CHECK_EQUAL(epoch_number(repeated->epoch), epoch_number(left_behind) + 1);
    for (std::uint64_t partition : {0, 1, 2, 4})
      CAF_CHECK(node.present(partition).is_only_voter(n3));
  }
  CAF_CHECK_EQUAL(steps, 4);
}

CAF_TEST(two survivors that are recovered each for itself are of two epochs) {
  port gone{false};
  stored_node x{memory_wal()};
  stored_node y{memory_wal()};
  auto first = recover_offline(x.factory, request_with(gone, gone));
  auto second = recover_offline(y.factory, request_with(gone, gone));
  CAF_REQUIRE(first && second);
  CAF_CHECK_NOT_EQUAL(name_of_cluster("orders", first->epoch), name_of_cluster("orders", second->epoch));
}

CAF_TEST(who listens is told apart from who does not ) {
  port gone{false};
  port here{true};
  std::vector<node_info> nodes{{n1, here.where()}, {n2, gone.where()}, {n3, {"not.numeric.example", 7}}};
  auto found = find_listening(nodes, std::chrono::milliseconds{2000});
  CAF_CHECK(found == (std::vector<node_info>{nodes[0], nodes[2]}));
  std::vector<node_info> many;
  for (std::uint64_t i = 1; i <= 200; ++i)
    many.push_back({node_id{i}, i % 2 == 0 ? here.where() : gone.where()});
  CAF_CHECK_EQUAL(find_listening(many, std::chrono::milliseconds{20'000}).size(), 100u);
  CAF_CHECK(find_listening({}, std::chrono::milliseconds{0}).empty());
}
