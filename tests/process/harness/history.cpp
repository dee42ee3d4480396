#include "tests/process/harness/history.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <unordered_map>

namespace process_test {

namespace {

constexpr char filling = '.';
constexpr std::size_t violations_max = 20;

/// Where one proposal's entries are in a replica.
using places = std::vector<std::vector<std::uint64_t>>;

class examination {
public:
  examination(const std::vector<proposal>& proposals, std::vector<std::string>& found)
    : proposals_{proposals},
      found_{found} {
    for (std::size_t i = 0; i < proposals.size(); ++i)
      for (std::size_t n = 0; n < proposals[i].entries; ++n)
        owners_[name_of(proposals[i], n)] = {i, n};
  }

  void answers() {
    for (const auto& x : proposals_)
      if (x.known == fate::in_flight)
        report("the proposal " + x.id + " was never answered");
  }

  void node(const std::string& name, const replica& content) {
    node_ = "node " + name + ": ";
    std::vector<places> seen;
    for (const auto& x : proposals_)
      seen.emplace_back(x.entries);
    for (std::size_t i = 0; i < content.size(); ++i) {
      const auto& x = content[i];
      if (i > 0 && x.index <= content[i - 1].index)
        report(node_ + "index " + std::to_string(x.index) + " was applied after "
               + std::to_string(content[i - 1].index));
      if (auto owner = owners_.find(x.name); owner != owners_.end())
        seen[owner->second.proposal][owner->second.entry].push_back(x.index);
      else
        report(node_ + "nobody proposed \"" + x.name.substr(0, 80) + "\" at index " + std::to_string(x.index));
    }
    for (std::size_t i = 0; i < seen.size(); ++i)
      one(proposals_[i], seen[i]);
  }

private:
  struct place {
    std::size_t proposal;
    std::size_t entry;
  };

  void one(const proposal& x, const places& at) {
    auto absent = std::ranges::all_of(at, [](const auto& y) { return y.empty(); });
    if (absent) {
      if (x.known == fate::acknowledged)
        report(node_ + "the acknowledged proposal " + x.id + " is not there; its index was " + std::to_string(x.index));
      return;
    }
    if (x.known == fate::refused)
      report(node_ + "the refused proposal " + x.id + " is there");
    if (!std::ranges::all_of(at, [](const auto& y) { return y.size() == 1; }))
      return report(node_ + "of the proposal " + x.id + " an entry is missing, or there more than once");
    auto first = at.front().front();
    for (std::size_t n = 0; n < at.size(); ++n)
      if (at[n].front() != first + n)
        return report(node_ + "the entries of the proposal " + x.id + " are not at consecutive indexes");
    auto last = at.back().front();
    if (x.known == fate::acknowledged && last != x.index)
      report(node_ + "the proposal " + x.id + " is at index " + std::to_string(last) + ", but was acknowledged at "
             + std::to_string(x.index));
    if (first <= x.floor)
      report(node_ + "the proposal " + x.id + " is at index " + std::to_string(first) + ", although "
             + std::to_string(x.floor) + " was acknowledged before it was sent");
  }

  void report(std::string what) {
    if (found_.size() < violations_max)
      found_.push_back(std::move(what));
  }

  const std::vector<proposal>& proposals_;
  std::vector<std::string>& found_;
  std::unordered_map<std::string, place> owners_;
  std::string node_;
};

std::string describe(const replica& x, std::size_t at) {
  if (at >= x.size())
    return "nothing";
  return std::to_string(x[at].index) + " \"" + x[at].name.substr(0, 80) + "\"";
}

void compare(const std::string& first_name, const replica& first, const std::string& other_name, const replica& other,
             std::vector<std::string>& found) {
  if (first == other)
    return;
  auto at = static_cast<std::size_t>(std::ranges::mismatch(first, other).in1 - first.begin());
  found.push_back("replicas differ at position " + std::to_string(at) + ": node " + first_name + " has "
                  + describe(first, at) + ", node " + other_name + " has " + describe(other, at));
}

} // namespace

std::string payload_of(const proposal& x, std::size_t n) {
  auto result = x.id + "/" + std::to_string(n);
  result.append(x.padding, filling);
  return result;
}

std::string name_of(const proposal& x, std::size_t n) {
  return x.id + "/" + std::to_string(n) + "+" + std::to_string(x.padding);
}

std::string shorten(const std::string& payload) {
  auto end = std::min(payload.find(filling), payload.size());
  if (payload.find_first_not_of(filling, end) != std::string::npos)
    return payload;
  return payload.substr(0, end) + "+" + std::to_string(payload.size() - end);
}

replica read_replica(const std::string& path) {
  replica result;
  std::ifstream in{path, std::ios::binary};
  std::string line;
  // Without a line break at its end a line is still being written.
  while (std::getline(in, line) && !in.eof()) {
    applied_entry x;
    auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), x.index);
    auto used = static_cast<std::size_t>(rest - line.data());
    auto well_formed = error == std::errc{} && used < line.size() && *rest == ' ';
    x.name = well_formed ? shorten(line.substr(used + 1)) : line;
    result.push_back(std::move(x));
  }
  return result;
}

std::vector<std::string> violations(const std::vector<proposal>& proposals,
                                    const std::map<std::string, replica>& replicas) {
  std::vector<std::string> found;
  if (replicas.empty())
    found.emplace_back("there is no replica to look at");
  examination all{proposals, found};
  all.answers();
  for (const auto& [name, content] : replicas) {
    all.node(name, content);
    compare(replicas.begin()->first, replicas.begin()->second, name, content, found);
  }
  return found;
}

} // namespace process_test
