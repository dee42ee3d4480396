/// Map commands and what the operations' steps say, as bytes.
#define CAF_SUITE map_state
#include "tests/coordinator/map_story.hpp"

#include "actors/coordinator/map_command.hpp"
#include "actors/coordinator/operation_steps.hpp"
#include "tests/fuzz/mutation.hpp"

using namespace kommander;
using namespace kommander::test;

namespace {

std::vector<map_command> commands() {
  return {
    map_initialize{1, first_members(3)},
    map_initialize{65'536, first_members(64)},
    map_initialize{4, first_members(5), 3},
    map_create{},
    map_create{partition_id{77}, true, {5, place_max}},
    map_create{partition_id{78}, false, {}, 64},
    map_begin{operation_kind::split, partition_id{1}, {}, true, 1u << 20, false, false},
    map_begin{operation_kind::split, partition_id{1}, partition_id{1'000'000}, false, any_place, true, false},
    map_begin{operation_kind::merge, partition_id{1}, partition_id{2}, false, any_place, false, false},
    map_begin{operation_kind::remove, partition_id{1}, {}, false, any_place, false, true},
    map_advance{operation_id{12}, phase::fencing, phase::copying, {}},
    map_advance{operation_id{12}, phase::copying, phase::rolling_back, "the disk is full"},
    map_cancel{operation_id{1'000'000'000'000}},
    joining(7),
    member_change{member_step::join,
                  node_id{std::uint64_t{1} << 40},
                  {std::string(255, 'h'), 65'535},
                  std::string(64, 'z'),
                  false,
                  roster_version{300},
                  ~std::uint64_t{0}},
    joining_with(7, 0),
    step_of(member_step::promote, 2),
    step_of(member_step::leave, 3),
    step_of(member_step::leave, 3, true),
    step_of(member_step::stay, 3),
    step_of(member_step::remove, 64),
    map_replication{partition_id{}, 3},
    map_replication{partition_id{300}, 0},
    map_place{partition_id{300}, map_version{9000}, placement_phase::adding, ids({1, 2, 300})},
    map_place{partition_id{1}, map_version{9}, placement_phase::switching, {}},
    map_place{partition_id{1}, map_version{9}, placement_phase::settled, {}},
  };
}

std::string text_of(const map_command& x) {
  return std::string{encode(x).view()};
}

} // namespace

CAF_TEST(every command is what its encoding says) {
  for (const auto& x : commands())
    CAF_CHECK(decode_map_command(encode(x)) == x);
}

CAF_TEST(what is cut off or goes on is no command) {
  CAF_CHECK(!decode_map_command({}));
  for (const auto& x : commands()) {
    auto text = text_of(x);
    CAF_CHECK(!decode_map_command(bytes::copy(text + '\0')));
    for (std::size_t n = 0; n < text.size(); ++n)
      CAF_CHECK(!decode_map_command(bytes::copy(std::string_view{text}.substr(0, n))));
  }
}

CAF_TEST(what no encoder writes is no command) {
  auto spoilt = [](map_command x, std::size_t at, char with) {
    auto text = text_of(x);
    text.at(at) = with;
    return decode_map_command(bytes{std::move(text)});
  };
  CAF_CHECK(!spoilt(map_create{}, 0, 1));                               // another version
  CAF_CHECK(!spoilt(map_create{}, 1, 8));                               // another command
  CAF_CHECK(!spoilt(map_create{}, 3, 2));                               // another flag
  CAF_CHECK(!decode_map_command(encode(map_create{{}, true, {9, 8}}))); // no range
  CAF_CHECK(!spoilt(map_begin{}, 2, 0));                                // a create
  CAF_CHECK(!spoilt(map_begin{}, 2, 4));                                // another operation
  CAF_CHECK(!spoilt(map_begin{}, 5, 8));                                // another flag
  CAF_CHECK(!spoilt(map_advance{}, 3, 7));                              // another phase
  CAF_CHECK(!spoilt(map_advance{}, 4, 7));
  map_begin beyond;
  beyond.boundary = place_max + 1;
  CAF_CHECK(!decode_map_command(encode(beyond)));
}

CAF_TEST(what no member can be is no command) {
  auto is_read = [](map_command x) { return decode_map_command(encode(x)).has_value(); };
  auto with = [](auto change) {
    auto x = joining(7);
    change(x);
    return x;
  };
  CAF_CHECK(is_read(joining(7)));
  CAF_CHECK(!is_read(with([](auto& x) { x.address.host = std::string(256, 'h'); })));
  CAF_CHECK(!is_read(with([](auto& x) { x.zone = std::string(65, 'z'); })));
  CAF_CHECK(!is_read(map_initialize{1, first_members(65)}));
  CAF_CHECK(!is_read(map_initialize{1, first_members(3), 65}));
  CAF_CHECK(!is_read(map_create{{}, false, {}, 65}));
  CAF_CHECK(!is_read(map_replication{partition_id{1}, 65}));
  CAF_CHECK(!is_read(map_place{partition_id{1}, {}, static_cast<placement_phase>(3), {}}));
  CAF_CHECK(!is_read(map_place{partition_id{1}, {}, placement_phase::adding, ids({2, 1})}));
  CAF_CHECK(!is_read(member_change{static_cast<member_step>(5), node_id{1}, {}, {}, false, {}}));
  auto text = text_of(step_of(member_step::leave, 3, true));
  text.back() = 2; // another flag
  CAF_CHECK(!decode_map_command(bytes{std::move(text)}));
  std::string beyond{"\x03\x05\x00\x01\x00\x01h\x80\x80\x04\x00\0\0\0\0\0\0\0\0", 19}; // port 65536
  CAF_CHECK(!decode_map_command(bytes{std::move(beyond)}));
}

CAF_TEST(what means nothing to a step is not said) {
  auto x = joining(7, "rack 1");
  x.what = member_step::promote;
  x.evicted = true;
  auto found = decode_map_command(encode(map_command{x}));
  CAF_REQUIRE(found.has_value());
  CAF_CHECK(*found == map_command{step_of(member_step::promote, 7)});
}

CAF_TEST(reasons are bounded) {
  map_advance x{operation_id{1}, phase::copying, phase::rolling_back, std::string(2 * reason_bytes_max, 'x')};
  auto cut = decode_map_command(encode(x));
  CAF_REQUIRE(cut.has_value());
  CAF_CHECK_EQUAL(std::get<map_advance>(*cut).reason.size(), reason_bytes_max);
  auto text = text_of(x);
  text.insert(text.size(), "x");
  auto length = text.size() - reason_bytes_max - 1 - 2; // two bytes before the text
  text[length] = static_cast<char>(text[length] + 1);
  CAF_CHECK(!decode_map_command(bytes{std::move(text)}));
}

CAF_TEST(spoilt commands are refused or are other commands) {
  mutator chance{1};
  auto valid = commands();
  std::size_t read = 0;
  for (int i = 0; i < 200'000; ++i) {
    auto text = chance.spoil(text_of(valid[chance.random()() % valid.size()]));
    if (auto x = decode_map_command(bytes::copy(text))) {
      ++read;
      CAF_REQUIRE(text_of(*x) == text); // one command, one encoding
    }
  }
  CAF_CHECK(read > 1000);
}

// -- what the partitions are told -----------------------------------------------------------------------------------

CAF_TEST(each phase asks for its steps) {
  struct row {
    operation_kind kind;
    phase where;
    std::string steps;
  };
  const std::vector<row> table{
    {operation_kind::split, phase::fencing, "ready 2, fence 1"},
    {operation_kind::split, phase::copying, ""},
    {operation_kind::split, phase::committed, "activate 2, release 1"},
    {operation_kind::split, phase::rolling_back, "unfence 1"},
    {operation_kind::split, phase::done, ""},
    {operation_kind::merge, phase::fencing, "ready 2, fence 1"},
    {operation_kind::merge, phase::committed, "activate 2"},
    {operation_kind::merge, phase::rolling_back, "unfence 1, discard 2"},
    {operation_kind::remove, phase::fencing, "fence 1"},
    {operation_kind::remove, phase::committed, ""},
    {operation_kind::remove, phase::rolling_back, "unfence 1"},
  };
  constexpr const char* names[] = {"fence", "unfence", "import", "activate", "release", "discard", "ready"};
  for (const auto& [kind, where, expected] : table) {
    operation_info x;
    x.kind = kind;
    x.phase = where;
    x.source = partition_id{1};
    x.target = partition_id{2};
    std::string found;
    for (const auto& step : steps_of(x))
      found +=
        (found.empty() ? "" : ", ") + std::string{names[static_cast<int>(step.what)]} + " " + to_string(step.where);
    CAF_CHECK_EQUAL(found, expected);
  }
}

CAF_TEST(the steps of a split carry what the map says) {
  map_story log{1};
  auto id = log.split(1, 1000);
  auto change = [&](ownership_step what) { return change_of(what, log.operation(id), log.state.map()); };
  auto fence = change(ownership_step::fence);
  CAF_CHECK(fence.current == generation{2});
  CAF_CHECK((fence.what == moving_state{id, partition_id{1}, partition_id{2}, true, {1000, place_max}, false}));
  log.commit_operation(id);
  auto activate = change(ownership_step::activate);
  CAF_CHECK(activate.current == generation{2} && !activate.without_data);
  CAF_CHECK((activate.owns == hash_range{1000, place_max}));
  auto release = change(ownership_step::release);
  CAF_CHECK(release.current == generation{3});
  CAF_CHECK((release.owns == hash_range{0, 999}));
}

CAF_TEST(the steps of a merge carry what the map says) {
  map_story log{2};
  auto id = log.merge(1, 2);
  CAF_CHECK(moving_of(log.operation(id)).all && moving_of(log.operation(id)).routed);
  CAF_CHECK(moving_of(log.operation(id)).range == log.partition(1).range);
  auto rolled_back = log;
  rolled_back.advance(id, phase::fencing, phase::rolling_back, "r");
  auto unfence = change_of(ownership_step::unfence, rolled_back.operation(id), rolled_back.state.map());
  CAF_CHECK(unfence.current == generation{3});
  auto discard = change_of(ownership_step::discard, rolled_back.operation(id), rolled_back.state.map());
  CAF_CHECK(discard.current == generation{1});
  log.commit_operation(id);
  auto activate = change_of(ownership_step::activate, log.operation(id), log.state.map());
  CAF_CHECK(activate.owns == hash_range{} && activate.current == generation{2});
}

CAF_TEST(who copies by other means is activated without data) {
  map_story log{1};
  map_begin x{operation_kind::split, partition_id{1}, {}, true, any_place, true, false};
  auto id = log.commit(x).operation;
  CAF_CHECK(!copies_state(log.operation(id)));
  log.commit_operation(id);
  CAF_CHECK(change_of(ownership_step::activate, log.operation(id), log.state.map()).without_data);
  log.create(9);
  auto removal = log.remove(9);
  CAF_CHECK(!copies_state(log.operation(removal)));
  CAF_CHECK(moving_of(log.operation(removal)).all && !moving_of(log.operation(removal)).routed);
}
