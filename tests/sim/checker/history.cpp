#include "tests/sim/checker/history.hpp"

#include <algorithm>

#include "tests/sim/checker/violation.hpp"
#include "tests/sim/random.hpp"
#include "tests/sim/trace.hpp"

namespace kommander::sim {

std::uint64_t extend_chain(std::uint64_t chain, raft_term term, std::uint64_t content) noexcept {
  return mix(chain ^ mix(content + term.value()));
}

bool partition_history::leads(node_id node, raft_term term) {
  if (leaders_.size() <= term.value())
    leaders_.resize(term.value() + 1);
  auto& known = leaders_[term.value()];
  if (known && known != node)
    throw violation{"election safety: nodes " + to_string(known) + " and " + to_string(node) + " both lead term "
                    + to_string(term)};
  auto news = !known;
  known = node;
  return news;
}

node_id partition_history::leader_of(raft_term term) const noexcept {
  return term.value() < leaders_.size() ? leaders_[term.value()] : node_id{};
}

void partition_history::votes(node_id node, raft_term term, node_id candidate) {
  auto& of_node = votes_[node.value()];
  if (of_node.size() <= term.value())
    of_node.resize(term.value() + 1);
  auto& known = of_node[term.value()];
  if (known && known != candidate)
    throw violation{"two votes: node " + to_string(node) + " votes for " + to_string(known) + " and for "
                    + to_string(candidate) + " in term " + to_string(term)};
  known = candidate;
}

void partition_history::forgets(node_id node, hard_state left) {
  auto& of_node = votes_[node.value()];
  of_node.resize(std::min<std::size_t>(of_node.size(), left.current_term.value() + 1));
  if (of_node.size() > left.current_term.value() && !left.voted_for)
    of_node.back() = node_id{};
}

void partition_history::forgets_candidacies(node_id node) {
  for (auto& candidate : votes_[node.value()])
    if (candidate == node)
      candidate = node_id{};
}

const entry_record* partition_history::find(log_index index, raft_term term) const noexcept {
  if (!index || index.value() > entries_.size())
    return nullptr;
  const auto& x = entries_[index.value() - 1];
  if (x.first.term == term)
    return &x.first;
  for (const auto& other : x.others)
    if (other.term == term)
      return &other;
  return nullptr;
}

bool partition_history::appends(node_id node, const entry& x, std::uint64_t content, raft_term previous_term) {
  auto name = [&] { return to_text(log_position{x.index, x.term}); };
  if (const auto* known = find(x.index, x.term)) {
    if (known->content != content)
      throw violation{"log matching: entry " + name() + " of node " + to_string(node)
                      + " differs from that of other nodes, or a leader gave one index twice"};
    if (known->previous_term != previous_term)
      throw violation{"log matching: entry " + name() + " of node " + to_string(node) + " follows one of term "
                      + to_string(previous_term) + ", elsewhere of term " + to_string(known->previous_term)};
    return false;
  }
  if (leader_of(x.term) && leader_of(x.term) != node)
    throw violation{"entry " + name() + " appears first on node " + to_string(node) + ", which does not lead its term"};
  leads(node, x.term);
  if (entries_.size() < x.index.value())
    entries_.resize(x.index.value());
  auto& place = entries_[x.index.value() - 1];
  entry_record made{x.term, previous_term, content};
  if (!place.first.term)
    place.first = made;
  else
    place.others.push_back(made);
  return true;
}

void partition_history::commits(const entry_record& x, raft_term committed_in) {
  auto chain = extend_chain(chain_at(committed()), x.term, x.content);
  commits_.push_back({x.term, committed_in, x.content, chain});
}

log_index partition_history::committed_before(raft_term term) const noexcept {
  auto above = std::lower_bound(commits_.begin(), commits_.end(), term,
                                [](const commit_record& x, raft_term limit) { return x.committed_in < limit; });
  return log_index{static_cast<std::uint64_t>(above - commits_.begin())};
}

} // namespace kommander::sim
