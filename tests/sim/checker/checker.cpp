// The checker's doors, and what it derives from outputs. Messages are in checker_messages.cpp.
#include "tests/sim/checker/checker.hpp"

#include <algorithm>
#include <utility>

#include "tests/linearizability/checker.hpp"
#include "tests/sim/checker/violation.hpp"
#include "tests/sim/trace.hpp"

namespace kommander::sim {

namespace {

/// Entries of a leader that no proposal made: configurations are not counted against the queue.
constexpr std::uint64_t configurations_max = 2;

void require(bool condition, const char* fact) {
  if (!condition)
    throw violation{fact};
}

/// Lazily worded, for what is asked a million times.
template <class Words>
void require_that(bool condition, Words words) {
  if (!condition)
    throw violation{words()};
}

template <class Check>
void named(node_id node, partition_id partition, Check check) {
  try {
    check();
  } catch (const violation& x) {
    throw violation{"node " + to_string(node) + " partition " + to_string(partition) + ": " + x.what()};
  }
}

} // namespace

checker::checker(const plan& plan, request_book& book, dose& counts, image_lookup images)
  : plan_{plan},
    book_{book},
    dose_{counts},
    images_{std::move(images)},
    struck_(plan.nodes + 1),
    histories_(plan.partitions + 1, partition_history{plan.nodes}),
    views_((plan.partitions + 1) * (plan.nodes + 1)),
    farewells_(views_.size()),
    committed_groups_(plan.partitions + 1, std::make_shared<group_configuration>(first_group(plan, node_id{1}))),
    committed_configurations_(plan.partitions + 1) {
  // nop
}

std::uint64_t checker::chain(node_id node, partition_id partition) const noexcept {
  const auto& x = views_[partition.value() * (plan_.nodes + 1) + node.value()];
  return histories_[partition.value()].chain_at(x.applied);
}

// -- life -----------------------------------------------------------------------------------------------------------

bool checker::fits(const std::vector<entry>& xs, std::size_t bytes_max) {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    sum += xs[i].weight();
    if (sum > bytes_max && i > 0 && !same_proposal(xs[i - 1], xs[i]))
      return false;
  }
  return true;
}

bool checker::ends_whole(const entry& last) const {
  auto origin = book_.origin_of(last);
  const auto* request = book_.find(origin.id);
  return request == nullptr || origin.position + 1 == request->contents.size();
}

void checker::started(node_id node, partition_id partition, const raft_core& core, log_index applied,
                      const recovered_partition& found) {
  auto& x = view_of(node, partition);
  const auto& image = images_(node, partition);
  const auto& history = history_of(partition);
  x = view{};
  x.state = found.state;
  x.first_group = std::make_shared<group_configuration>(core.options().group);
  x.log.reserve(image.log.size());
  for (const auto& each : image.log) {
    if (found.damaged_at && each.index >= found.damaged_at)
      break;
    const auto* known = history.find(each.index, each.term);
    require_that(known != nullptr, [&] { return "an entry on disk was never made: " + to_string(each.index); });
    put(x, each, known->content);
  }
  x.commit = core.commit_index();
  x.handed_out = x.applied = applied;
  named(node, partition, [&] {
    require(core.commit_index() <= history.committed(), "recovers a commit index above what is committed");
    require(core.applied_index() == applied, "does not begin where its state machine is");
    check_recalls(node, partition, core, found);
    require(core.log().last() == x.last(), "does not recover its log's end");
    require(!found.damaged_at || core.is_fenced(), "has lost entries and is not fenced");
    require(!core.is_leader(), "leads before it was elected");
    x.chain = history.chain_at(applied);
  });
}

/// From the disk; or, where the log is gone, from what its node has kept of it.
void checker::check_recalls(node_id node, partition_id partition, const raft_core& core,
                            const recovered_partition& found) {
  const auto& image = images_(node, partition).state;
  auto& before = farewells_[partition.value() * (plan_.nodes + 1) + node.value()].promised;
  auto from_disk = image.current_term >= before.current_term;
  const auto& least = from_disk ? image : before;
  auto is_later =
    found.state != image && core.current_term() > least.current_term; // its last write, of which nobody was told
  require(is_later || (core.current_term() == least.current_term && core.voted_for() == least.voted_for),
          "forgets its term or its vote");
  if (!from_disk || is_later)
    before = found.state;
}

void checker::stopped(node_id node, partition_id partition) {
  view_of(node, partition) = view{};
}

void checker::born(partition_id partition, const group_configuration& first) {
  committed_groups_[partition.value()] = std::make_shared<group_configuration>(first);
}

void checker::lets_go(node_id node, partition_id partition) {
  const auto& image = images_(node, partition);
  farewells_[partition.value() * (plan_.nodes + 1) + node.value()] = {durable_state(node, partition), image.last()};
}

hard_state checker::durable_state(node_id node, partition_id partition) const {
  const auto& now = images_(node, partition).state;
  const auto& before = farewell_of(node, partition).promised;
  return now.current_term < before.current_term ? before : now;
}

bool checker::has_let_go(node_id node, partition_id partition, log_index index) const {
  return index <= farewell_of(node, partition).last && images_(node, partition).last() < index;
}

log_index checker::reached(node_id node, partition_id partition) const {
  return std::max(images_(node, partition).last(), farewell_of(node, partition).last);
}

void checker::write_failed(node_id node, partition_id partition) {
  view_of(node, partition).may_fail = true;
}

void checker::forgets(node_id node, partition_id partition, hard_state left) {
  history_of(partition).forgets(node, left);
  farewells_[partition.value() * (plan_.nodes + 1) + node.value()] = {};
}

void checker::wiped(node_id node) {
  struck(node);
  for (auto& x : histories_)
    x.forgets_candidacies(node);
  for (std::uint64_t p = 0; p <= plan_.partitions; ++p)
    farewells_[p * (plan_.nodes + 1) + node.value()] = {};
}

void checker::asked(node_id node, partition_id partition, proposal_id id) {
  view_of(node, partition).waiting.push_back(id);
  book_.find(id)->committed = history_of(partition).committed();
}

void checker::applied(node_id node, partition_id partition, log_index index) {
  auto& x = view_of(node, partition);
  x.applied = std::max(x.applied, index);
}

void checker::told_time(node_id node, partition_id partition, instant now) {
  auto& x = view_of(node, partition);
  while (!x.waiting.empty() && book_.find(x.waiting.front())->answered)
    x.waiting.pop_front();
  if (x.waiting.empty())
    return;
  const auto& oldest = *book_.find(x.waiting.front());
  auto steers = oldest.kind == request_kind::transfer || oldest.kind == request_kind::step_down;
  auto limit = steers ? plan_.core.election_timeout_max : plan_.core.proposal_timeout;
  named(node, partition, [&] { require(oldest.asked + limit > now, "a caller waits longer than its time-out"); });
}

void checker::finish() {
  for (const auto& x : book_.all()) {
    if (x.kind != request_kind::proposal || !x.first)
      continue;
    const auto& history = history_of(x.partition);
    auto is_committed = [&](log_index index) {
      return index <= history.committed() && history.commit_at(index).term == x.term;
    };
    auto last = x.first + (x.contents.size() - 1);
    named(x.node, x.partition, [&] {
      require(!is_committed(x.first) || is_committed(last), "a part of a proposal was committed without the rest");
    });
  }
  if (!plan_.elastic)
    check_registers();
}

void checker::check_registers() const {
  for (std::uint64_t p = 1; p <= plan_.partitions; ++p) {
    auto history = book_.history_of(partition_id{p});
    dose_.operations += history.size();
    auto found = linearizability::check(history);
    require_that(found.ok(), [&] { return "partition " + std::to_string(p) + " is not linearizable: " + found.why; });
  }
}

// -- outputs --------------------------------------------------------------------------------------------------------

void checker::took(node_id node, partition_id partition, const raft_core& core, const raft_output& out, bool holds) {
  named(node, partition, [&] {
    auto& x = view_of(node, partition);
    require_that(!core.has_failed() || x.may_fail, [&] { return std::get<failed>(core.role()).reason; });
    check_replies(x, node, partition, out);
    if (core.has_failed()) {
      require(!out.needs_write() && out.messages.empty() && out.apply.empty(), "acts after it has failed");
      return;
    }
    if (out.needs_write()) {
      require(out.write == x.write + 1, "a write sequence is left out or used twice");
      x.write = out.write;
    }
    auto term_before = x.state.current_term;
    check_state(x, core, out);
    check_install(x, partition, core, out);
    check_cut(x, partition, core, out, term_before);
    check_append(x, node, partition, core, out);
    check_leader(x, node, partition, core);
    check_commit(x, node, partition, core, holds);
    check_durable(x, node, partition, core);
    check_apply(x, partition, core, out);
    check_snapshots(x, core, out);
    check_compact(x, node, partition, out);
    check_reads(x, node, partition, out);
    check_limits(x, core, out);
    if (!holds)
      check_memory(x, core);
  });
}

void checker::check_state(view& x, const raft_core& core, const raft_output& out) {
  if (out.state) {
    require(out.needs_write(), "a hard state comes without a write");
    require(out.state->current_term >= x.state.current_term, "the term goes back");
    if (out.state->current_term == x.state.current_term)
      require(!x.state.voted_for || out.state->voted_for == x.state.voted_for, "the vote changes within a term");
    x.state = *out.state;
  }
  require(core.current_term() == x.state.current_term && core.voted_for() == x.state.voted_for,
          "the term or the vote changed without being written");
}

void checker::check_cut(view& x, partition_id partition, const raft_core& core, const raft_output& out,
                        raft_term term_before) {
  if (!out.truncate_from)
    return;
  require(out.needs_write(), "a cut comes without a write");
  require(out.truncate_from > x.commit, "entries are cut off that this node knows to be committed");
  const auto& history = history_of(partition);
  auto last = std::min(x.last(), history.committed());
  // Whoever had not reached the term in which an entry was committed may still follow an older leader that lacks it
  // (Raft paper, section 5.4.3: only leaders of later terms must have it). Its copy was not counted.
  for (auto i = out.truncate_from; i <= last; ++i)
    require(x.term_at(i) != history.commit_at(i).term || term_before < history.commit_at(i).committed_in,
            "a committed entry is cut off");
  if (out.truncate_from <= x.last())
    x.log.resize(out.truncate_from.value() - 1);
  require(core.log().last() >= x.last(), "more was cut off than was said");
}

void checker::put(view& x, const entry& made, std::uint64_t content) {
  auto item = x.group_at(x.last());
  item.term = made.term;
  item.content = content;
  item.weight_sum = x.weight_to(x.last()) + made.weight();
  if (made.kind == entry_kind::config) {
    auto group = decode_configuration(made.payload);
    require(group.has_value(), "a configuration that cannot be read");
    item.group = std::make_shared<group_configuration>(std::move(*group));
    item.group_index = made.index;
  }
  x.log.push_back(std::move(item));
}

void checker::check_append(view& x, node_id node, partition_id partition, const raft_core& core,
                           const raft_output& out) {
  x.acting = {x.group_at(x.last())};
  require(out.append.empty() || out.needs_write(), "entries come without a write");
  for (const auto& each : out.append) {
    require_that(each.index == x.last() + 1, [&] {
      return "a hole: entry " + to_string(each.index) + " is put behind entry " + to_string(x.last());
    });
    require(each.term <= x.state.current_term, "an entry of a term that is yet to come");
    auto content = content_hash(each);
    if (history_of(partition).appends(node, each, content, x.term_at(x.last()))) {
      if (x.led < each.term)
        ++dose_.elections;
      x.led = std::max(x.led, each.term);
      check_made(node, partition, each, content);
      if (each.kind == entry_kind::config)
        check_change(x, node, partition, core, each);
    }
    put(x, each, content);
    if (each.kind == entry_kind::config)
      x.acting.push_back(x.log.back());
  }
}

void checker::check_made(node_id node, partition_id partition, const entry& made, std::uint64_t content) {
  if (made.kind == entry_kind::noop || made.kind == entry_kind::config)
    return;
  auto origin = book_.origin_of(made);
  auto* request = book_.find(origin.id);
  require(request != nullptr && request->kind == request_kind::proposal, "an entry that nobody proposed");
  require(request->partition == partition && request->node == node, "an entry that was proposed elsewhere");
  require(origin.position < request->contents.size() && request->contents[origin.position] == content,
          "an entry differs from what was proposed");
  require(!request->answered || outcome(request->answer) != proposal_outcome::not_applied,
          "an entry was appended although its caller was told that it was not");
  if (origin.position == 0) {
    require(!request->first, "a proposal was appended twice");
    request->first = made.index;
    request->term = made.term;
  }
  require(request->first && request->first + origin.position == made.index && request->term == made.term,
          "a proposal was torn apart");
}

void checker::check_leader(view& x, node_id node, partition_id partition, const raft_core& core) {
  if (!core.is_leader()) {
    require(!core.is_ready(), "is ready although it does not lead");
    return;
  }
  auto& history = history_of(partition);
  history.leads(node, core.current_term());
  const auto& self = std::get<leader>(core.role());
  x.led = core.current_term();
  if (std::exchange(x.judged, core.current_term()) != core.current_term()) {
    check_votes(x, node, partition, self, core.current_term());
    auto last = history.committed_before(core.current_term());
    require_that(!last || x.term_at(last) == history.commit_at(last).term, [&] {
      return "leader completeness: the new leader of term " + to_string(core.current_term()) + " lacks committed entry "
             + to_string(last);
    });
    require(core.log().matches({self.first_of_term, core.current_term()})
              || self.first_of_term <= core.log().boundary().index,
            "a leader begins without an entry of its term");
  }
  if (core.is_ready())
    require(core.commit_index() >= self.first_of_term && x.applied >= self.first_of_term,
            "is ready before its first entry is committed and applied");
  // A leader acts on a configuration as soon as it has committed it behind an entry of its own term.
  const auto& group = x.acting.back();
  if (group.group_index && group.group_index <= core.commit_index() && core.commit_index() >= self.first_of_term) {
    require(group.group->old_voters.empty(), "does not leave a joint configuration that is committed");
    require(group.group->is_voter(node), "leads on although its removal is committed");
  }
  check_progress(core);
}

void checker::check_progress(const raft_core& core) const {
  const auto& options = plan_.core;
  // The last message may bring the sum above its limit, by no more than one message, whose end is a whole proposal.
  auto bytes_max = options.inflight_bytes_max + options.append_bytes_max + plan_.proposal_bytes_max();
  for (const auto& [id, peer] : std::get<leader>(core.role()).peers) {
    require(peer.match() < peer.next(), "a peer's match index is not below its next index");
    require(peer.match() <= core.log().last(), "a peer's match index is above the leader's log");
    require(peer.inflight_messages() <= options.inflight_messages_max, "too many messages in flight");
    require(peer.inflight_bytes() <= bytes_max, "too many bytes in flight");
  }
}

void checker::check_commit(view& x, node_id node, partition_id partition, const raft_core& core, bool holds) {
  auto index = core.commit_index();
  require(index >= x.commit, "the commit index goes back");
  require(core.log().last() == x.last() || (holds && core.log().last() > x.last()),
          "the log changed without being written");
  require(core.log().term_at(x.last()) == x.term_at(x.last()), "the log differs from what was written");
  require(index <= core.log().last(), "the commit index is above the log");
  if (index == x.commit)
    return;
  // Committed entries may be among those that are held back here: others have them.
  auto term_at = [&](log_index i) {
    return i < core.log().boundary().index ? x.term_at(i) : core.log().term_at(i).value_or(raft_term{});
  };
  auto& history = history_of(partition);
  for (auto i = x.commit + 1; i <= std::min(index, history.committed()); ++i)
    require_that(term_at(i) == history.commit_at(i).term, [&] {
      return "commits entry " + to_text(log_position{i, term_at(i)}) + " where "
             + to_text(log_position{i, history.commit_at(i).term}) + " is committed";
    });
  if (index > history.committed()) {
    auto term = term_at(index);
    require_that(history.leader_of(term) == node, [&] {
      return "commits entry " + to_text(log_position{index, term}) + ", which is not of a term that it leads";
    });
    check_quorum(x, partition, index, term);
    committed_groups_[partition.value()] = x.group_at(std::min(index, x.last())).group;
    for (auto i = history.committed() + 1; i <= index; ++i) {
      history.commits(*history.find(i, term_at(i)), term);
      if (auto made = x.group_at(std::min(i, x.last())); made.group_index == i)
        committed_configurations_[partition.value()][i] = made.group;
      ++dose_.committed;
    }
  }
  x.commit = index;
}

void checker::check_durable(const view& x, node_id node, partition_id partition, const raft_core& core) const {
  auto index = core.durable_index();
  const auto& image = images_(node, partition);
  require(index <= image.last() && image.term_at(index) == x.term_at(index),
          "takes entries for durable that are not on disk");
}

void checker::check_apply(view& x, partition_id partition, const raft_core& core, const raft_output& out) {
  require(core.applied_index() <= history_of(partition).committed(), "applies what is not committed");
  if (out.apply.empty())
    return;
  require(x.handed_out == x.applied, "hands out entries while others are still being applied");
  require(!x.importing, "hands out entries while a snapshot is imported");
  const auto& history = history_of(partition);
  for (const auto& each : out.apply) {
    require(each.index == x.handed_out + 1, "an entry is applied out of order");
    require(each.index <= x.commit, "an entry is applied that is not committed");
    x.chain = extend_chain(x.chain, each.term, content_hash(each));
    x.handed_out = each.index;
  }
  require(x.chain == history.chain_at(x.handed_out),
          "state machine safety: the chain of applied entries is another one");
  require(fits(out.apply, plan_.core.apply_bytes_max), "too many bytes to be applied at once");
}

void checker::check_reads(const view& x, node_id node, partition_id partition, const raft_output& out) const {
  const auto& image = images_(node, partition);
  for (const auto& each : out.reads) {
    require(each.first && each.first <= each.last && each.last <= x.last(), "a read asks for what is not in the log");
    require(image.term_at(each.last) == x.term_at(each.last), "a read asks for what is not on disk yet");
  }
}

void checker::check_limits(const view& x, const raft_core& core, const raft_output& out) const {
  const auto& options = plan_.core;
  require(core.waiting_proposals() <= options.proposal_queue_entries_max, "too many proposals wait");
  require(core.waiting_reads() <= options.waiting_reads_max, "too many reads wait");
  auto proposed = std::any_of(out.append.begin(), out.append.end(),
                              [&](const entry& each) { return each.kind == entry_kind::command; });
  if (core.is_leader() && proposed)
    require(distance(core.commit_index(), x.last()) <= options.proposal_queue_entries_max + configurations_max,
            "too many uncommitted entries");
}

void checker::check_memory(const view& x, const raft_core& core) const {
  // What is not durable or not committed cannot leave memory; the rest only fills what the cache allows.
  auto pinned = x.weight_to(x.last()) - x.weight_to(std::min(core.durable_index(), core.commit_index()));
  require(core.log().memory_bytes() <= std::max<std::size_t>(plan_.core.log_cache_bytes_max, pinned),
          "too many bytes of the log in memory");
}

// -- promises -------------------------------------------------------------------------------------------------------

void checker::check_replies(view& x, node_id node, partition_id partition, const raft_output& out) {
  for (const auto& reply : out.replies) {
    auto* request = book_.find(reply.id);
    require(request != nullptr && request->node == node && request->partition == partition, "answers nobody's request");
    require(!request->answered, "answers a request twice");
    request->answered = true;
    request->answer = reply.code;
    if (request->kind == request_kind::leader_read || request->kind == request_kind::follower_read)
      check_read_answer(x, partition, *request, reply);
    if (request->kind != request_kind::proposal)
      continue;
    switch (outcome(reply.code)) {
      case proposal_outcome::applied:
        ++dose_.acknowledged;
        check_success(x, partition, *request, reply);
        book_.told_success(*request);
        break;
      case proposal_outcome::not_applied:
        ++dose_.refused;
        require(!request->first, "tells a caller that its entry was not appended although it was");
        break;
      case proposal_outcome::unknown: ++dose_.unknown; break;
    }
  }
}

void checker::check_read_answer(const view& x, partition_id partition, const client_request& request,
                                const core_reply& reply) {
  auto of_leader = request.kind == request_kind::leader_read;
  if (reply.code != status::success) {
    ++dose_.unread;
    require(!reply.index, "a read that failed names an index");
    return;
  }
  ++(of_leader ? dose_.leader_reads : dose_.follower_reads);
  // Linearizability: whatever anybody can have been told before the read was asked is at or below its index.
  require(reply.index >= request.committed, "a read misses what was committed before it was asked");
  require(reply.index <= history_of(partition).committed(), "a read sees what is not committed");
  require(reply.index <= x.applied, "a read is answered before its index is applied");
}

void checker::check_success(const view& x, partition_id partition, const client_request& request,
                            const core_reply& reply) {
  const auto& history = history_of(partition);
  auto count = request.contents.size();
  require(request.first && reply.index == request.first + (count - 1),
          "success names an index that is not the entry's");
  require(reply.ticket == request.ticket, "success names another ticket");
  require(reply.index <= history.committed(), "success is answered before the entry is committed");
  for (std::size_t i = 0; i < count; ++i)
    require(history.commit_at(request.first + i).content == request.contents[i],
            "success is answered, but another entry is committed there");
  require(reply.index <= x.applied, "success is answered before the entry is applied");
  // With other members since, others may hold it: what is committed never changes, which is checked elsewhere.
  if (!plan_.members_change())
    check_quorum(x, partition, reply.index, request.term);
}

} // namespace kommander::sim
