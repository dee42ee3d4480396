/// How operations are driven, step by step.
#define CAF_SUITE coordinator_core
#include "tests/coordinator/core_stage.hpp"

using namespace kommander;
using namespace kommander::test;

namespace {

/// A split of partition 1 whose source is fenced: the copy begins.
stage copying_split(const coordinator_options& options = {}) {
  stage x{1, options};
  x.story.split(1, 1000); // operation 2, target 2
  x.lead();
  x.asked();
  x.answer("fence");
  x.asked();
  x.advance();
  return x;
}

std::uint64_t attempt_of(const coordinator_request& x) {
  return std::get<range_export>(x.what).attempt;
}

} // namespace

// -- the first map --------------------------------------------------------------------------------------------------

CAF_TEST(the leader of a new cluster asks for the first map until there is one) {
  coordinator_options options;
  options.initial_partitions = 3;
  options.initial_members = first_members(3);
  coordinator_core core{options};
  core.tick(seconds{1});
  CAF_CHECK(core.take_requests().empty() && !core.is_busy());
  core.leads(raft_term{1});
  auto asked = core.take_requests();
  CAF_REQUIRE_EQUAL(asked.size(), 1u);
  CAF_CHECK_EQUAL(describe(asked[0].what), "initialize 3 of 3");
  core.answered(asked[0].number, control_result{status::proposal_timeout, {}, {}, {}});
  CAF_CHECK(core.take_requests().empty());
  core.tick(milliseconds{1050});
  CAF_CHECK_EQUAL(core.take_requests().size(), 1u);
  CAF_CHECK(core.is_busy());
  core.map(std::make_shared<const partition_map>(map_story{3}.state.map()));
  core.tick(seconds{5});
  CAF_CHECK(core.take_requests().empty() && !core.is_busy());
}

CAF_TEST(who begins no cluster waits for the map of the others) {
  coordinator_core core{{}};
  core.tick(seconds{1});
  core.leads(raft_term{1});
  CAF_CHECK(core.take_requests().empty() && !core.is_busy());
  core.map(std::make_shared<const partition_map>());
  core.tick(seconds{5});
  CAF_CHECK(core.take_requests().empty() && !core.is_busy());
}

// -- stories --------------------------------------------------------------------------------------------------------

CAF_TEST(a split is fenced copied committed activated and released) {
  stage x{1};
  x.story.split(1, 1000);
  x.show();
  CAF_CHECK_EQUAL(x.asked(), ""); // it does not lead
  x.lead();
  CAF_CHECK_EQUAL(x.asked(), "fence 1 g2");
  x.answer("fence");
  CAF_CHECK_EQUAL(x.asked(), "advance 2 fencing > copying");
  x.advance();
  CAF_CHECK_EQUAL(x.asked(), "export 1 @");
  x.give("abc", "3", "sessions");
  CAF_CHECK_EQUAL(x.asked(), "import 2 #0 +0 \"abc\" with library, export 1 @3");
  x.answer("import");
  CAF_CHECK_EQUAL(x.asked(), "");
  x.give("de", "");
  CAF_CHECK_EQUAL(x.asked(), "import 2 #1 +3 \"de\" last");
  x.answer("import");
  CAF_CHECK_EQUAL(x.asked(), "advance 2 copying > committed");
  x.advance();
  CAF_CHECK_EQUAL(x.asked(), "activate 2 g2");
  x.answer("activate");
  CAF_CHECK_EQUAL(x.asked(), "release 1 g3");
  x.answer("release");
  CAF_CHECK_EQUAL(x.asked(), "advance 2 committed > done");
  x.advance();
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_CHECK(!x.core.is_busy());
}

CAF_TEST(nothing is fenced before the target has a leader) {
  stage x{1};
  x.targets_elect = true;
  x.story.split(1, 1000);
  x.lead();
  CAF_CHECK_EQUAL(x.asked(), "ready 2 g2");
  x.answer("ready", status::node_is_not_leader, 0);
  CAF_CHECK_EQUAL(x.asked(), "");
  x.pass(seconds{1});
  CAF_CHECK_EQUAL(x.asked(), "ready 2 g2");
  x.answer("ready");
  CAF_CHECK_EQUAL(x.asked(), "fence 1 g2");
}

CAF_TEST(a merge is activated at the survivor and needs no release) {
  stage x{2};
  x.story.merge(1, 2);
  x.lead();
  CAF_CHECK_EQUAL(x.asked(), "fence 1 g2");
  x.answer("fence");
  x.asked();
  x.advance();
  CAF_CHECK_EQUAL(x.asked(), "export 1 @");
  x.give("", "");
  CAF_CHECK_EQUAL(x.asked(), "import 2 #0 +0 \"\" last");
  x.answer("import");
  x.asked();
  x.advance();
  CAF_CHECK_EQUAL(x.asked(), "activate 2 g2");
  x.answer("activate");
  CAF_CHECK_EQUAL(x.asked(), "advance 2 committed > done");
}

CAF_TEST(a removal is fenced and then only advanced) {
  stage x{1};
  x.story.remove(1);
  x.lead();
  CAF_CHECK_EQUAL(x.asked(), "fence 1 g2");
  x.answer("fence");
  for (const auto* step : {"fencing > copying", "copying > committed", "committed > done"}) {
    CAF_CHECK_EQUAL(x.asked(), std::string{"advance 2 "} + step);
    x.advance();
  }
  CAF_CHECK_EQUAL(x.asked(), "");
}

CAF_TEST(the library copies nothing for whoever copies by other means) {
  stage x{1};
  map_begin split{operation_kind::split, partition_id{1}, {}, true, 1000, true, false};
  x.story.commit(split);
  x.lead();
  x.asked();
  x.answer("fence");
  for (const auto* step : {"fencing > copying", "copying > committed"}) {
    CAF_CHECK_EQUAL(x.asked(), std::string{"advance 2 "} + step);
    x.advance();
  }
  CAF_CHECK_EQUAL(x.asked(), "activate 2 g2 without data");
}

CAF_TEST(a merge that is cancelled is unfenced and discarded) {
  stage x{2};
  auto id = x.story.merge(1, 2);
  x.lead();
  x.asked();
  x.answer("fence");
  x.asked();
  x.advance();
  x.asked();
  x.give("abc", "3");
  x.asked(); // an import and an export are under way
  x.story.commit(map_cancel{id});
  x.show();
  CAF_CHECK_EQUAL(x.asked(), "unfence 1 g3");
  x.give("de", ""); // too late
  x.answer("import");
  CAF_CHECK_EQUAL(x.asked(), "");
  x.answer("unfence");
  CAF_CHECK_EQUAL(x.asked(), "discard 2 g1");
  x.answer("discard");
  CAF_CHECK_EQUAL(x.asked(), "advance 2 rolling_back > failed");
  x.advance();
  CAF_CHECK(x.story.operation(id).phase == phase::cancelled);
  CAF_CHECK(!x.core.is_busy());
}

// -- answers --------------------------------------------------------------------------------------------------------

CAF_TEST(what may be different the next time is asked again after a pause that doubles) {
  for (auto code : {status::node_is_not_leader, status::proposal_timeout, status::replication_failed,
                    status::proposal_queue_full, status::restore_in_progress, status::unknown_partition,
                    status::not_hosted, status::stopping, status::storage_failed, status::errored}) {
    stage x{1};
    x.story.split(1);
    x.lead();
    for (auto wait : {50, 100, 200, 400, 800, 1000, 1000}) {
      CAF_CHECK_EQUAL(x.asked(), "fence 1 g2");
      x.answer("fence", code, 0, "nobody could be asked");
      x.pass(milliseconds{wait - 1});
      CAF_CHECK_EQUAL(x.asked(), "");
      x.pass(milliseconds{1});
    }
    CAF_CHECK_EQUAL(x.asked(), "fence 1 g2");
    x.answer("fence");
    CAF_CHECK_EQUAL(x.asked(), "advance 2 fencing > copying");
    x.answer("advance", code, 0);
    x.pass(milliseconds{50}); // the pauses begin anew
    CAF_CHECK_EQUAL(x.asked(), "advance 2 fencing > copying");
  }
}

CAF_TEST(a repeated import sends the same part) {
  auto x = copying_split();
  x.asked();
  x.give("abc", "3", "sessions");
  const std::string import = "import 2 #0 +0 \"abc\" with library";
  CAF_CHECK_EQUAL(x.asked(), import + ", export 1 @3");
  x.give("de", "");
  auto first = x.take("import");
  x.core.answered(first.number, control_result{status::proposal_timeout, {}, {}, {}});
  x.pass(milliseconds{50});
  CAF_CHECK_EQUAL(x.asked(), import);
  auto second = x.take("import");
  CAF_CHECK(first.what == second.what);
  CAF_CHECK(second.number > first.number);
}

CAF_TEST(what the log refuses before the point of no return is rolled back) {
  struct row {
    status code;
    std::uint64_t index;
  };
  const std::vector<row> refusals{{status::errored, 7},
                                  {status::invalid_argument, 0},
                                  {status::snapshot_required, 0},
                                  {status::payload_too_large, 0},
                                  {status::unauthorized, 0}};
  for (const auto& [code, index] : refusals) {
    stage x{1};
    x.story.split(1);
    x.lead();
    x.asked();
    x.answer("fence", code, index, "because");
    CAF_CHECK_EQUAL(x.asked(), "advance 2 fencing > rolling_back: because");
    x.answer("advance", status::proposal_timeout, 0);
    x.pass(milliseconds{50});
    CAF_CHECK_EQUAL(x.asked(), "advance 2 fencing > rolling_back: because");
    x.advance();
    CAF_CHECK_EQUAL(x.asked(), "unfence 1 g3");
    x.answer("unfence", code, index); // there is no way back from here: it is repeated
    x.pass(milliseconds{50});
    CAF_CHECK_EQUAL(x.asked(), "unfence 1 g3");

    auto y = copying_split();
    y.asked();
    y.give("abc", "3");
    y.asked();
    y.answer("import", code, index, "because");
    CAF_CHECK_EQUAL(y.asked(), "advance 2 copying > rolling_back: because");
    CAF_CHECK_EQUAL(y.core.bytes_kept(), 0u);
  }
}

CAF_TEST(after the point of no return everything is repeated) {
  stage x{1};
  x.story.commit_operation(x.story.split(1));
  x.lead();
  for (int i = 0; i < 100; ++i) {
    CAF_CHECK_EQUAL(x.asked(), "activate 2 g2");
    x.answer("activate", status::errored, 7, "not yet");
    x.pass(seconds{1});
  }
}

CAF_TEST(an advance that nobody sees is asked for again) {
  stage x{1};
  x.story.split(1);
  x.lead();
  x.asked();
  x.answer("fence");
  x.asked();
  x.answer("advance"); // success, but the map does not say so
  x.pass(milliseconds{999});
  CAF_CHECK_EQUAL(x.asked(), "");
  x.pass(milliseconds{1});
  CAF_CHECK_EQUAL(x.asked(), "advance 2 fencing > copying");
}

CAF_TEST(answers to what is not asked any more change nothing) {
  auto x = copying_split();
  x.asked();
  auto number = x.take("export").number;
  range_part part{status::success, {}, {}, {}, bytes::copy("abc"), bytes::copy("3"), false};
  x.core.answered(number, part);
  CAF_CHECK_EQUAL(x.asked(), "import 2 #0 +0 \"abc\", export 1 @3");
  x.core.answered(number, part); // twice
  x.core.answered(number - 1, control_result{status::errored, log_index{7}, {}, "of the step before"});
  x.core.answered(number + 100, control_result{status::errored, log_index{7}, {}, "of nothing"});
  x.core.answered(0, part);
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_CHECK_EQUAL(x.core.requests_under_way(), 2u);
  x.answer("import");
  x.give("de", "");
  CAF_CHECK_EQUAL(x.asked(), "import 2 #1 +3 \"de\" last");
}

CAF_TEST(an answer of the wrong kind counts as none) {
  auto x = copying_split();
  x.asked();
  x.core.answered(x.take("export").number, control_result{status::success, log_index{1}, {}, {}});
  x.pass(milliseconds{50});
  CAF_CHECK_EQUAL(x.asked(), "export 1 @");
  x.give("abc", "");
  x.asked();
  x.core.answered(x.take("import").number, range_part{status::success, {}, {}, {}, {}, {}, true});
  x.pass(milliseconds{50});
  CAF_CHECK_EQUAL(x.asked(), "import 2 #0 +0 \"abc\" last");
}

// -- the copy -------------------------------------------------------------------------------------------------------

CAF_TEST(one part is exported ahead and no more) {
  auto x = copying_split();
  CAF_CHECK_EQUAL(x.asked(), "export 1 @");
  CAF_CHECK_EQUAL(std::get<range_export>(x.open.back().what).bytes_max, 512u * 1024);
  x.give("a", "1");
  CAF_CHECK_EQUAL(x.asked(), "import 2 #0 +0 \"a\", export 1 @1");
  x.give("b", "2");
  CAF_CHECK_EQUAL(x.asked(), "");
  CAF_CHECK_EQUAL(x.core.bytes_kept(), 4u); // two parts with their cursors
  x.answer("import");
  CAF_CHECK_EQUAL(x.asked(), "import 2 #1 +1 \"b\", export 1 @2");
}

CAF_TEST(an export that is lost begins anew and replaces what came) {
  for (auto code : {status::errored, status::partition_moved}) {
    auto x = copying_split();
    x.asked();
    auto first = attempt_of(x.open.back());
    x.give("abc", "3");
    x.asked();
    x.refuse_export(code, "no such export");
    CAF_CHECK_EQUAL(x.asked(), "");
    x.answer("import"); // of the first attempt
    x.pass(milliseconds{50});
    CAF_CHECK_EQUAL(x.asked(), "export 1 @");
    CAF_CHECK(attempt_of(x.open.back()) > first);
    x.give("ab", "2");
    CAF_CHECK_EQUAL(x.asked(), "import 2 #0 +0 \"ab\", export 1 @2");
  }
}

CAF_TEST(a leader that changes is asked at the same place) {
  auto x = copying_split();
  x.asked();
  x.give("abc", "3");
  x.asked();
  auto attempt = attempt_of(x.open.back());
  x.refuse_export(status::node_is_not_leader);
  x.pass(milliseconds{50});
  CAF_CHECK_EQUAL(x.asked(), "export 1 @3");
  CAF_CHECK_EQUAL(attempt_of(x.open.back()), attempt);
}

CAF_TEST(a copy that begins five times without an end is rolled back) {
  auto x = copying_split();
  for (int i = 0; i < 5; ++i) {
    CAF_CHECK_EQUAL(x.asked(), "export 1 @");
    x.refuse_export(status::errored, "it failed");
    x.pass(seconds{1});
  }
  CAF_CHECK_EQUAL(x.asked(), "advance 2 copying > rolling_back: the copy was begun 5 times; at last: it failed");
}

CAF_TEST(an export that makes no sense is lost) {
  auto x = copying_split();
  x.asked();
  range_part part{status::success, {}, {}, {}, bytes::copy("abc"), {}, false}; // neither the last nor a cursor
  x.core.answered(x.take("export").number, part);
  x.pass(milliseconds{50});
  CAF_CHECK_EQUAL(x.asked(), "export 1 @");
}

CAF_TEST(a machine that exports nothing has the operation rolled back) {
  auto x = copying_split();
  x.asked();
  x.refuse_export(status::snapshot_required, "the state machine does not move data");
  CAF_CHECK_EQUAL(x.asked(), "advance 2 copying > rolling_back: the state machine does not move data");
}

// -- time and limits ------------------------------------------------------------------------------------------------

CAF_TEST(an operation that takes too long is rolled back and says what was the matter) {
  auto x = copying_split();
  x.asked();
  x.refuse_export(status::unknown_partition, "it has not started yet");
  x.pass(milliseconds{59'999});
  CAF_CHECK_EQUAL(x.asked(), "export 1 @");
  x.pass(milliseconds{1});
  CAF_CHECK_EQUAL(x.asked(),
                  "advance 2 copying > rolling_back: it was not done in time; lately: it has not started yet");
  x.advance();
  x.pass(seconds{120});
  CAF_CHECK_EQUAL(x.asked(), "unfence 1 g3");
}

CAF_TEST(at most four operations copy at a time and others do not fence) {
  stage x{7};
  for (std::uint64_t i = 1; i <= 6; ++i)
    x.story.split(i);
  x.story.remove(7);
  x.lead();
  CAF_CHECK_EQUAL(x.asked(), "fence 7 g2, fence 1 g2, fence 2 g2, fence 3 g2, fence 4 g2");
  x.pass(seconds{59});
  x.story.commit(map_cancel{operation_id{3}});
  x.show();
  CAF_CHECK_EQUAL(x.asked(), "unfence 2 g3, fence 5 g2");
  x.pass(seconds{2});
  CAF_CHECK_EQUAL(x.asked(), "advance 2 fencing > rolling_back: it was not done in time, "
                             "advance 4 fencing > rolling_back: it was not done in time, "
                             "advance 5 fencing > rolling_back: it was not done in time, "
                             "advance 8 fencing > rolling_back: it was not done in time"); // not 6 and 7: they waited
}

CAF_TEST(what has fenced already goes first) {
  coordinator_options options;
  options.copies_max = 1;
  stage x{2, options};
  x.story.split(1);
  auto second = x.story.split(2);
  x.story.advance(second, phase::fencing, phase::copying);
  x.lead();
  CAF_CHECK_EQUAL(x.asked(), "export 2 @");
}

CAF_TEST(requests under way are bounded) {
  coordinator_options options;
  options.requests_max = 3;
  stage x{9, options};
  for (std::uint64_t i = 1; i <= 9; ++i)
    x.story.remove(i);
  x.lead();
  CAF_CHECK_EQUAL(x.asked(), "fence 1 g2, fence 2 g2, fence 3 g2");
  x.answer("fence 2");
  CAF_CHECK_EQUAL(x.core.requests_under_way(), 3u);
  x.asked();
  CAF_CHECK_EQUAL(x.open.size(), 3u);
}

// -- leaders --------------------------------------------------------------------------------------------------------

CAF_TEST(who leads no more forgets everything) {
  auto x = copying_split();
  x.asked();
  x.give("abc", "3");
  x.asked();
  x.core.leads(std::nullopt);
  CAF_CHECK(!x.core.is_busy());
  CAF_CHECK_EQUAL(x.core.requests_under_way(), 0u);
  CAF_CHECK_EQUAL(x.core.bytes_kept(), 0u);
  x.answer("import");
  x.give("de", "");
  x.pass(seconds{100});
  CAF_CHECK_EQUAL(x.asked(), "");
}

CAF_TEST(a new leader goes on from the map with an attempt above all others) {
  auto x = copying_split();
  x.asked();
  auto first = attempt_of(x.open.back());
  x.refuse_export(status::errored);
  x.pass(milliseconds{50});
  x.asked();
  auto second = attempt_of(x.open.back());
  x.core.leads(std::nullopt);
  x.core.leads(raft_term{1}); // the same term again
  CAF_CHECK_EQUAL(x.asked(), "export 1 @");
  auto third = attempt_of(x.open.back());
  CAF_CHECK(first < second && second < third);
  stage other{1};
  other.story = x.story;
  other.lead(2);
  CAF_CHECK_EQUAL(other.asked(), "export 1 @");
  CAF_CHECK(attempt_of(other.open.back()) > third);
}

CAF_TEST(each phase is taken up by a new leader) {
  const std::vector<std::pair<phase, std::string>> table{
    {phase::fencing, "fence 1 g2"},
    {phase::copying, "export 1 @"},
    {phase::committed, "activate 2 g2"},
    {phase::rolling_back, "unfence 1 g3"},
    {phase::done, ""},
    {phase::failed, ""},
  };
  for (const auto& [where, expected] : table) {
    stage x{1};
    auto id = x.story.split(1);
    switch (where) {
      case phase::fencing: break;
      case phase::copying: x.story.advance(id, phase::fencing, phase::copying); break;
      case phase::committed: x.story.commit_operation(id); break;
      case phase::rolling_back: x.story.advance(id, phase::fencing, phase::rolling_back, "r"); break;
      case phase::done: x.story.finish(id); break;
      default: x.story.fail(id, phase::fencing);
    }
    x.lead();
    CAF_CHECK_EQUAL(x.asked(), expected);
  }
}

CAF_TEST(an older map changes nothing) {
  stage x{1};
  auto old = std::make_shared<const partition_map>(x.story.state.map());
  x.story.split(1);
  x.lead();
  x.asked();
  x.core.map(old);
  x.core.map(nullptr);
  CAF_CHECK(x.core.map()->version == map_version{2});
  x.answer("fence");
  CAF_CHECK_EQUAL(x.asked(), "advance 2 fencing > copying");
}
