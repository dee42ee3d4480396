/// A coordinator core, the map that it drives, and its requests as text.
#pragma once

#include "tests/coordinator/map_story.hpp"

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "actors/coordinator/coordinator_core.hpp"

namespace kommander::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline std::string describe(const map_command& x) {
  std::ostringstream out;
  if (const auto* first = std::get_if<map_initialize>(&x))
    out << "initialize " << first->partitions << " of " << first->members.size();
  else if (const auto* step = std::get_if<map_advance>(&x))
    out << "advance " << to_string(step->operation) << " " << to_string(step->from) << " > " << to_string(step->to)
        << (step->reason.empty() ? "" : ": ") << step->reason;
  else
    out << "command " << x.index();
  return out.str();
}

inline std::string describe(const ownership_change& x, partition_id where) {
  constexpr const char* names[] = {"fence", "unfence", "import", "activate", "release", "discard", "ready"};
  std::ostringstream out;
  out << names[static_cast<int>(x.step)] << " " << to_string(where);
  if (x.step == ownership_step::import)
    out << " #" << x.number << " +" << x.offset << " \"" << x.data.view() << "\""
        << (x.library.empty() ? "" : " with library") << (x.last ? " last" : "");
  else
    out << " g" << to_string(x.current) << (x.without_data ? " without data" : "");
  return out.str();
}

inline std::string describe(const node_request& x) {
  if (const auto* what = std::get_if<range_export>(&x))
    return "export " + to_string(what->what.source) + " @" + std::string{what->cursor.view()};
  const auto& what = std::get<control_proposal>(x);
  if (!what.partition) {
    auto command = decode_map_command(what.payload);
    return command ? describe(*command) : "nonsense";
  }
  auto change = decode_ownership_change(what.payload);
  return change ? describe(*change, what.partition) : "nonsense";
}

class stage {
public:
  explicit stage(std::uint64_t partitions, const coordinator_options& options = {}) : story{partitions}, core{options} {
    core.tick(seconds{1000});
    now = seconds{1000};
  }

  /// The node sees the map as it is.
  void show() {
    core.map(std::make_shared<const partition_map>(story.state.map()));
  }

  /// It leads and knows the map.
  void lead(std::uint64_t term = 1) {
    show();
    core.leads(raft_term{term});
  }

  void pass(instant time) {
    now += time;
    core.tick(now);
  }

  /// New requests, one after the other with commas. They are remembered for answers. Targets are ready at once, unless
  /// `targets_elect`.
  std::string asked() {
    std::string result;
    auto requests = core.take_requests();
    for (std::size_t i = 0; i < requests.size(); ++i) {
      auto x = requests[i];
      if (!targets_elect && describe(x.what).starts_with("ready")) {
        core.answered(x.number, control_result{status::success, {}, {}, {}});
        for (auto& more : core.take_requests())
          requests.push_back(std::move(more));
        continue;
      }
      result += (result.empty() ? "" : ", ") + describe(x.what);
      open.push_back(std::move(x));
    }
    return result;
  }

  /// The oldest open request whose text begins like this.
  coordinator_request take(const std::string& begin) {
    auto found = std::ranges::find_if(open, [&](const auto& x) { return describe(x.what).starts_with(begin); });
    CAF_REQUIRE(found != open.end());
    auto result = std::move(*found);
    open.erase(found);
    return result;
  }

  void answer(const std::string& begin, status code = status::success, std::uint64_t index = 1,
              std::string reason = {}) {
    core.answered(take(begin).number, control_result{code, log_index{index}, {}, std::move(reason)});
  }

  /// A part in place of an answer to an export.
  void give(std::string data, std::string cursor, std::string library = {}) {
    auto last = cursor.empty();
    core.answered(
      take("export").number,
      range_part{
        status::success, {}, {}, bytes{std::move(library)}, bytes{std::move(data)}, bytes{std::move(cursor)}, last});
  }

  void refuse_export(status code, std::string reason = {}) {
    core.answered(take("export").number, range_part{code, {}, std::move(reason), {}, {}, {}, false});
  }

  /// The open advance of the map is applied, answered, and seen.
  void advance() {
    auto x = take("advance");
    auto command = decode_map_command(std::get<control_proposal>(x.what).payload);
    auto outcome = story.commit(*command);
    core.answered(x.number, control_result{outcome.code, log_index{story.index}, {}, outcome.reason});
    show();
  }

  map_story story;
  coordinator_core core;
  std::vector<coordinator_request> open;
  instant now{0};
  bool targets_elect = false; ///< They have no leader yet.
};

} // namespace kommander::test
