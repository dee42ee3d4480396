/// One failure detector, packet by packet.
#define CAF_SUITE swim

#include "actors/swim/swim_core.hpp"

#include <caf/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

using namespace kommander;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const node_id self{1}, b{2}, c{3}, d{4}, e{5}, stranger{9};

struct sent {
  node_id to;
  swim_message what;
};

/// A core, the time, and what it has sent since the last look.
struct stage {
  explicit stage(std::vector<node_id> members, const std::function<void(swim_options&)>& adjust = {}) {
    options.self = self;
    options.incarnation = 100;
    if (adjust)
      adjust(options);
    core = std::make_unique<swim_core>(options);
    core->set_members(members, now);
    look();
  }

  swim_core* operator->() {
    return core.get();
  }

  std::vector<sent> look() {
    auto out = core->take_output();
    if (out.view)
      view = out.view;
    if (out.roster)
      roster = out.roster;
    for (auto& x : out.reports)
      reports.push_back(x);
    std::vector<sent> result;
    for (const auto& x : out.packets) {
      CAF_CHECK(x.to != self);
      result.push_back({x.to, decode_swim_message(x.body).value()});
    }
    return result;
  }

  std::vector<sent> hear(node_id from, swim_message x) {
    if (x.incarnation == 0)
      x.incarnation = 1;
    core->step(from, encode(x), now);
    return look();
  }

  /// Ticks as an actor would, and lets `answer` answer what is sent.
  std::vector<sent> live(instant duration, const std::function<void(stage&, const sent&)>& answer = {}) {
    std::vector<sent> all;
    for (auto end = now + duration; now < end;) {
      now += options.tick_interval();
      core->tick(now);
      for (auto& x : look()) {
        if (answer)
          answer(*this, x);
        all.push_back(x);
      }
    }
    return all;
  }

  liveness state(node_id x) const {
    return view->find(x)->state;
  }

  swim_options options;
  instant now{0};
  std::unique_ptr<swim_core> core;
  liveness_view_ptr view;
  std::optional<heard_roster> roster;
  std::vector<node_report> reports;
};

swim_message message(swim_kind kind, std::uint64_t incarnation = 1, std::vector<rumour> rumours = {}) {
  swim_message x;
  x.kind = kind;
  x.incarnation = incarnation;
  x.rumours = std::move(rumours);
  return x;
}

swim_message ping(std::uint64_t number, std::uint64_t incarnation = 1, std::vector<rumour> rumours = {}) {
  auto x = message(swim_kind::ping, incarnation, std::move(rumours));
  x.probe = number;
  return x;
}

swim_message about(swim_kind kind, std::uint64_t number, node_id subject) {
  auto x = message(kind);
  x.probe = number;
  x.subject = subject;
  return x;
}

/// Answers each ping but those to `silent`, whatever the incarnation 1 may be believed to be.
std::function<void(stage&, const sent&)> all_but(std::set<node_id> silent, bool helpers_answer = true) {
  return [=](stage& at, const sent& x) {
    if (silent.contains(x.to))
      return;
    if (x.what.kind == swim_kind::ping) {
      auto answer = message(swim_kind::ack);
      answer.probe = x.what.probe;
      at.hear(x.to, answer);
    } else if (x.what.kind == swim_kind::ping_request && helpers_answer) {
      at.hear(x.to, about(swim_kind::nack, x.what.probe, x.what.subject));
    }
  };
}

std::vector<sent> of_kind(const std::vector<sent>& all, swim_kind kind) {
  std::vector<sent> result;
  std::ranges::copy_if(all, std::back_inserter(result), [kind](const sent& x) { return x.what.kind == kind; });
  return result;
}

bool tells(const sent& x, const rumour& y) {
  return std::ranges::find(x.what.rumours, y) != x.what.rumours.end();
}

rumour suspect(node_id x, std::uint64_t incarnation, node_id accuser = b) {
  return {x, liveness::suspect, incarnation, accuser};
}

rumour dead(node_id x, std::uint64_t incarnation) {
  return {x, liveness::dead, incarnation, b};
}

void bury(stage& at, node_id x) {
  at.hear(b, message(swim_kind::news, 1, {suspect(x, 1), dead(x, 1)}));
  at.live(seconds{6}, all_but({x}));
  CAF_REQUIRE(at.state(x) == liveness::dead);
}

} // namespace

// -- probes -------------------------------------------------------------------------------------------------------

CAF_TEST(a ping is answered at once and so is that of a stranger) {
  stage at{{self, b}};
  for (auto from : {b, stranger}) {
    auto answers = at.hear(from, ping(77));
    CAF_REQUIRE_EQUAL(answers.size(), 1u);
    CAF_CHECK(answers[0].to == from);
    CAF_CHECK(answers[0].what.kind == swim_kind::ack);
    CAF_CHECK_EQUAL(answers[0].what.probe, 77u);
    CAF_CHECK_EQUAL(answers[0].what.incarnation, 100u);
  }
}

CAF_TEST(two are pinged an interval and all in turn) {
  stage at{{self, b, c, d, e}};
  auto pings = of_kind(at.live(seconds{30}, all_but({})), swim_kind::ping);
  std::map<node_id, std::size_t> count;
  for (const auto& x : pings)
    ++count[x.to];
  CAF_CHECK_EQUAL(pings.size(), 60u);
  CAF_CHECK_EQUAL(count[b], 30u); // the one that this node watches
  for (auto x : {c, d, e})
    CAF_CHECK_EQUAL(count[x], 10u);
  CAF_CHECK_EQUAL(at->health_score(), 0u);
}

CAF_TEST(who does not answer is pinged again and then through others and then suspect) {
  stage at{{self, b, c, d}};
  at.live(milliseconds{2900}, all_but({})); // a turn is over
  std::vector<std::pair<swim_kind, instant>> story;
  auto answer = all_but({b});
  std::optional<instant> first;
  while (at.state(b) == liveness::alive && at.now < seconds{6})
    for (const auto& x : at.live(at.options.tick_interval(), answer)) {
      auto is_first = x.what.kind == swim_kind::ping && x.to == b && !first;
      if (is_first)
        first = at.now;
      if (first && (x.to == b || x.what.subject == b))
        story.emplace_back(x.what.kind, at.now - *first);
    }
  const std::vector<std::pair<swim_kind, instant>> expected{
    {swim_kind::ping, milliseconds{0}},           {swim_kind::ping, milliseconds{300}},
    {swim_kind::ping, milliseconds{500}},         {swim_kind::ping_request, milliseconds{500}},
    {swim_kind::ping_request, milliseconds{500}}, {swim_kind::news, milliseconds{1000}}};
  CAF_REQUIRE(story.size() >= expected.size());
  story.resize(expected.size());
  CAF_CHECK(story == expected);
  CAF_CHECK(at.state(b) == liveness::suspect);
  CAF_CHECK_EQUAL(at->health_score(), 0u); // the helpers have answered
}

CAF_TEST(the accused is told at once) {
  stage at{{self, b, c, d}};
  auto all = at.live(seconds{3}, all_but({b}));
  CAF_CHECK(at.state(b) == liveness::suspect);
  auto told = std::ranges::find_if(all, [](const sent& x) { return x.to == b && x.what.kind == swim_kind::news; });
  CAF_REQUIRE(told != all.end());
  CAF_CHECK(tells(*told, suspect(b, 1, self)) || tells(*told, suspect(b, 0, self)));
}

CAF_TEST(an answer through a helper is as good and keeps the incarnation) {
  stage at{{self, b, c, d}};
  at.hear(b, message(swim_kind::news, 7));
  auto through = [](stage& x, const sent& y) {
    if (y.what.kind == swim_kind::ping_request && y.what.subject == b) {
      auto answer = about(swim_kind::indirect_ack, y.what.probe, b);
      answer.rumours = {{b, liveness::alive, 5, {}}}; // sent before b objected to something
      x.hear(y.to, answer);
    }
    all_but({b})(x, y);
  };
  at.live(seconds{20}, through);
  CAF_CHECK(at.state(b) == liveness::alive);
  CAF_CHECK_EQUAL(at.view->find(b)->incarnation, 7u);
  CAF_CHECK(at->counters().probes > 20);
  CAF_CHECK_EQUAL(at->counters().failed_probes, 0u);
}

CAF_TEST(helpers that say nothing make a node doubt itself and wait longer) {
  stage at{{self, b, c, d}};
  at.live(milliseconds{1200}, all_but({b, c, d}));
  auto before = at->health_score();
  CAF_CHECK_EQUAL(before, 0u);
  at.live(milliseconds{1500}, all_but({b, c, d}));
  CAF_CHECK(at->health_score() >= 2);
  auto pings = of_kind(at.live(seconds{30}), swim_kind::ping);
  CAF_CHECK(pings.size() < 60);
  CAF_CHECK(at->health_score() <= at.options.health_score_max);
  at.live(seconds{60}, all_but({}));
  CAF_CHECK_EQUAL(at->health_score(), 0u);
}

CAF_TEST(a node pings for others and says so when it hears nothing) {
  stage at{{self, b, c, d}};
  auto request = about(swim_kind::ping_request, 55, c);
  request.patience = milliseconds{300};
  auto pinged = of_kind(at.hear(b, request), swim_kind::ping);
  CAF_REQUIRE_EQUAL(pinged.size(), 1u);
  CAF_CHECK(pinged[0].to == c);
  auto nacks = of_kind(at.live(milliseconds{400}, all_but({c})), swim_kind::nack);
  CAF_REQUIRE_EQUAL(nacks.size(), 1u);
  CAF_CHECK(nacks[0].to == b && nacks[0].what.probe == 55 && nacks[0].what.subject == c);
  auto late = message(swim_kind::ack, 8);
  late.probe = pinged[0].what.probe;
  auto answers = at.hear(c, late);
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK(answers[0].to == b && answers[0].what.kind == swim_kind::indirect_ack && answers[0].what.probe == 55);
  CAF_CHECK(answers[0].what.rumours.front() == (rumour{c, liveness::alive, 8, {}}));
  CAF_CHECK(of_kind(at.hear(c, late), swim_kind::indirect_ack).empty());
}

CAF_TEST(pings for others are bounded and a node that cannot help says so at once) {
  stage at{{self, b, c, d}, [](auto& x) { x.relays_max = 3; }};
  std::size_t pings = 0, nacks = 0;
  for (std::uint64_t i = 1; i <= 10; ++i) {
    auto request = about(swim_kind::ping_request, i, c);
    request.patience = milliseconds{300};
    for (int twice = 0; twice < 2; ++twice) {
      auto all = at.hear(b, request);
      pings += of_kind(all, swim_kind::ping).size();
      nacks += of_kind(all, swim_kind::nack).size();
    }
  }
  CAF_CHECK_EQUAL(pings, 3u);
  CAF_CHECK_EQUAL(nacks, 14u);
  CAF_CHECK_EQUAL(of_kind(at.hear(b, about(swim_kind::ping_request, 99, stranger)), swim_kind::nack).size(), 1u);
  CAF_CHECK(at.hear(stranger, about(swim_kind::ping_request, 99, c)).empty());
}

// -- objecting ----------------------------------------------------------------------------------------------------

CAF_TEST(whoever hears a rumour about itself outranks it whoever tells it) {
  for (auto from : {b, stranger})
    for (auto state : {liveness::suspect, liveness::dead})
      for (std::uint64_t incarnation : {99, 100, 500}) {
        stage at{{self, b, c}};
        auto answers = at.hear(from, ping(1, 1, {{self, state, incarnation, c}}));
        auto expected = incarnation < 100 ? 100 : incarnation + 1;
        CAF_CHECK_EQUAL(at->incarnation(), expected);
        CAF_REQUIRE(!answers.empty());
        CAF_CHECK_EQUAL(std::uint64_t{of_kind(answers, swim_kind::ack).front().what.incarnation}, expected);
        CAF_CHECK_EQUAL(at->counters().refutations, incarnation < 100 ? 0u : 1u);
        CAF_CHECK_EQUAL(at->news(), incarnation < 100 ? 0u : 1u); // and it tells others
      }
}

CAF_TEST(a restart with a clock that was set back rises above the life before) {
  stage at{{self, b, c}};
  at.hear(b, message(swim_kind::news, 1, {{self, liveness::alive, 5000, {}}}));
  CAF_CHECK_EQUAL(at->incarnation(), 5001u);
  CAF_CHECK_EQUAL(at->counters().refutations, 0u);
  at.hear(b, message(swim_kind::news, 1, {{self, liveness::alive, 5001, {}}}));
  CAF_CHECK_EQUAL(at->incarnation(), 5001u);
  at.hear(b, message(swim_kind::news, 1, {{self, liveness::suspect, incarnation_max, b}})); // there is nothing above
  CAF_CHECK_EQUAL(at->incarnation(), 5001u);
}

CAF_TEST(a dead one that is pinged is told and its answer brings it back) {
  stage at{{self, b, c}};
  bury(at, c);
  auto pings = at.live(seconds{10}, all_but({c}));
  auto told = std::ranges::find_if(pings, [](const sent& x) { return x.to == c && x.what.kind == swim_kind::ping; });
  CAF_REQUIRE(told != pings.end());
  CAF_REQUIRE(!told->what.rumours.empty());
  CAF_CHECK(told->what.rumours.front().subject == c && told->what.rumours.front().state == liveness::dead);
  auto answer = message(swim_kind::ack, told->what.rumours.front().incarnation + 1);
  at.hear(c, answer);
  CAF_CHECK(at.state(c) == liveness::alive);
}

CAF_TEST(a dead one that speaks is told so but its old incarnation is not enough) {
  stage at{{self, b, c}};
  bury(at, c);
  auto answers = at.hear(c, message(swim_kind::news, 1));
  CAF_REQUIRE(!answers.empty());
  CAF_CHECK(answers[0].to == c && answers[0].what.rumours.front() == dead(c, 1));
  CAF_CHECK(of_kind(at.hear(c, message(swim_kind::news, 1)), swim_kind::news).empty()); // not again and again
  CAF_CHECK(at.state(c) == liveness::dead);
  auto ack = of_kind(at.hear(c, ping(3, 1)), swim_kind::ack);
  CAF_CHECK(ack.size() == 1 && ack[0].what.rumours.front() == dead(c, 1));
  at.hear(c, ping(4, 2));
  CAF_CHECK(at.state(c) == liveness::alive);
}

CAF_TEST(helpers are not asked about the dead and failing to reach them is no sign of anything) {
  stage at{{self, b, c, d}};
  bury(at, c);
  auto all = at.live(seconds{30}, all_but({c}, false));
  CAF_CHECK(of_kind(all, swim_kind::ping_request).empty());
  CAF_CHECK(std::ranges::any_of(all, [](const sent& x) { return x.to == c && x.what.kind == swim_kind::ping; }));
  CAF_CHECK_EQUAL(at->health_score(), 0u);
}

// -- time ---------------------------------------------------------------------------------------------------------

CAF_TEST(after a pause nobody is accused for answers that wait to be read) {
  stage at{{self, b, c, d}};
  at.live(seconds{5}, all_but({}));
  for (auto pause : {milliseconds{800}, milliseconds{3000}, milliseconds{600'000}}) {
    std::vector<sent> open;
    while (open.empty())
      open = of_kind(at.live(at.options.tick_interval()), swim_kind::ping);
    at.now += pause;
    at->tick(at.now); // the timer first, then what has come meanwhile
    for (const auto& x : at.look())
      open.push_back(x);
    for (const auto& x : open)
      all_but({})(at, x);
    at.live(seconds{5}, all_but({}));
    for (auto id : {b, c, d})
      CAF_CHECK(at.state(id) == liveness::alive);
  }
  CAF_CHECK_EQUAL(at->counters().pauses, 3u);
  CAF_CHECK_EQUAL(at->counters().failed_probes, 0u);
}

CAF_TEST(a pause gives a suspect as much more time to object) {
  stage at{{self, b, c}};
  at.hear(b, message(swim_kind::news, 1, {suspect(c, 1)}));
  at.live(seconds{3}, all_but({c}));
  at.now += seconds{100};
  at.live(seconds{1}, all_but({c}));
  CAF_CHECK(at.state(c) == liveness::suspect);
  at.live(seconds{2}, all_but({c}));
  CAF_CHECK(at.state(c) == liveness::dead);
}

CAF_TEST(a clock that goes back stops nothing) {
  stage at{{self, b, c}};
  at.live(seconds{5}, all_but({}));
  at->tick(seconds{1});
  CAF_CHECK(at.live(seconds{5}, all_but({})).size() >= 8);
}

// -- bounds and strangers -----------------------------------------------------------------------------------------

CAF_TEST(what a stranger tells about others is not believed and strangers are not believed in) {
  stage at{{self, b, c}};
  at.hear(b, message(swim_kind::news));
  auto before = at.view->version;
  at.hear(stranger, message(swim_kind::news, 9, {suspect(b, 50), dead(c, 50)}));
  at.hear(stranger, message(swim_kind::sync, 9, {suspect(b, 50)}));
  at.hear(b, message(swim_kind::news, 1, {suspect(stranger, 3), {stranger, liveness::alive, 3, {}}}));
  CAF_CHECK_EQUAL(at.view->version, before);
  CAF_CHECK_EQUAL(at->news(), 0u);
}

CAF_TEST(packets are not larger than they may be and nothing grows) {
  std::vector<node_id> members;
  for (std::uint64_t i = 1; i <= 500; ++i)
    members.emplace_back(i);
  stage at{members, [](auto& x) { x.state_bytes_max = 4096; }};
  swim_message all;
  all.kind = swim_kind::sync;
  for (std::uint64_t i = 3; i <= 500; ++i)
    all.rumours.push_back(suspect(node_id{i}, 1));
  at->step(b, encode(all), at.now);
  for (int i = 0; i < 60; ++i) {
    at.now += at.options.tick_interval();
    at->tick(at.now);
    for (const auto& x : at->take_output().packets) {
      auto kind = decode_swim_message(x.body)->kind;
      auto is_state = kind == swim_kind::sync || kind == swim_kind::sync_reply;
      CAF_CHECK_LESS_OR_EQUAL(x.body.size(), at.options.packet_bytes_max + (is_state ? at.options.state_bytes_max : 0));
    }
  }
  CAF_CHECK(at->news() <= 499);
}

CAF_TEST(state that does not fit into a packet is told in parts) {
  std::vector<node_id> members;
  for (std::uint64_t i = 1; i <= 100; ++i)
    members.emplace_back(i);
  stage at{members, [](auto& x) { x.state_bytes_max = 1000; }};
  std::set<node_id> told;
  for (int i = 0; i < 8; ++i)
    for (const auto& x : of_kind(at.hear(b, message(swim_kind::sync)), swim_kind::sync_reply))
      for (const auto& y : x.what.rumours)
        told.insert(y.subject);
  CAF_CHECK_EQUAL(told.size(), 99u);
}

CAF_TEST(unreadable packets are counted and change nothing) {
  stage at{{self, b}};
  for (const auto* x : {"", "\x01", "\x02\x05", "garbage"})
    at->step(b, bytes::copy(x), at.now);
  CAF_CHECK_EQUAL(at->counters().unreadable, 4u);
  CAF_CHECK(at.look().empty());
}

// -- rosters and reports ------------------------------------------------------------------------------------------

CAF_TEST(whoever shows an older roster gets the newer one and not too often) {
  stage at{{self, b}};
  CAF_CHECK(at->set_roster(7, bytes{"seven"}));
  for (auto from : {b, stranger}) {
    auto first = of_kind(at.hear(from, ping(1)), swim_kind::roster);
    CAF_REQUIRE_EQUAL(first.size(), 1u);
    CAF_CHECK(first[0].to == from);
    CAF_CHECK_EQUAL(first[0].what.roster_version, 7u);
    CAF_CHECK(first[0].what.roster == bytes{"seven"});
    CAF_CHECK(of_kind(at.hear(from, ping(2)), swim_kind::roster).empty());
  }
  at.live(seconds{2}, all_but({}));
  CAF_CHECK_EQUAL(of_kind(at.hear(stranger, ping(3)), swim_kind::roster).size(), 1u);
  auto knows = ping(4);
  knows.roster_version = 7;
  at.live(seconds{2}, all_but({}));
  CAF_CHECK(of_kind(at.hear(b, knows), swim_kind::roster).empty());
}

CAF_TEST(an older roster never takes the place of a newer one) {
  stage at{{self, b}};
  auto told = [&](std::uint64_t version, const char* content) {
    at.roster.reset();
    auto x = message(swim_kind::roster);
    x.roster_version = version;
    x.roster = bytes::copy(content);
    at.hear(stranger, x);
    return at.roster.has_value();
  };
  at->set_roster(5, bytes{"five"});
  CAF_CHECK(!told(4, "four"));
  CAF_CHECK(!told(5, "other"));
  CAF_CHECK(told(6, "six"));
  CAF_CHECK(at.roster->content == bytes{"six"});
  CAF_CHECK(!told(6, "six"));
  CAF_CHECK(!told(7, ""));
  CAF_CHECK(at->set_roster(5, bytes{"five"}));
  auto shown = of_kind(at.hear(b, ping(1)), swim_kind::roster);
  CAF_REQUIRE_EQUAL(shown.size(), 1u);
  CAF_CHECK(shown[0].what.roster == bytes{"six"});
  CAF_CHECK(!at->set_roster(9, bytes{std::string(at.options.roster_bytes_max + 1, 'x')}));
}

CAF_TEST(the latest report of each member is kept and told to whoever lacks it) {
  stage at{{self, b, c}};
  CAF_CHECK(!at->set_report(bytes{std::string(at.options.report_bytes_max + 1, 'x')}));
  CAF_CHECK(at->set_report(bytes{"mine"}));
  auto brought = message(swim_kind::reports);
  brought.reports = {{c, 5, bytes{"five"}}, {stranger, 5, bytes{"?"}}, {self, 5, bytes{"?"}}};
  at.hear(b, brought);
  CAF_REQUIRE_EQUAL(at.reports.size(), 1u);
  CAF_CHECK(at.reports[0].content == bytes{"five"});
  brought.reports = {{c, 4, bytes{"four"}}};
  at.hear(b, brought);
  CAF_CHECK_EQUAL(at.reports.size(), 1u);
  auto state = message(swim_kind::sync, 1, {{self, liveness::alive, 100, {}}, {c, liveness::alive, 1, {}}});
  auto lacked = of_kind(at.hear(b, state), swim_kind::reports);
  CAF_REQUIRE_EQUAL(lacked.size(), 1u);
  CAF_CHECK_EQUAL(lacked[0].what.reports.size(), 2u);
  state.reports = {{c, 5, {}}, {self, 999, {}}}; // of an earlier life of this node
  CAF_REQUIRE_EQUAL(of_kind(at.hear(b, state), swim_kind::reports).size(), 1u);
  state.reports = {{c, 5, {}}, {self, 1000, {}}};
  CAF_CHECK(of_kind(at.hear(b, state), swim_kind::reports).empty());
}
