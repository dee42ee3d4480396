// What the checker derives from messages that are about to leave.
#include <algorithm>

#include "tests/sim/checker/checker.hpp"
#include "tests/sim/checker/violation.hpp"
#include "tests/sim/trace.hpp"

namespace kommander::sim {

void checker::sends(const raft_message& message) {
  auto fail = [&](const std::string& why) {
    throw violation{"node " + to_string(message.from) + " partition " + to_string(message.partition) + " sends to node "
                    + to_string(message.to) + " \"" + to_text(message) + "\": " + why};
  };
  if (message.to == message.from || !message.to || message.to.value() > plan_.nodes)
    fail("no other member of the group");
  const auto* request = std::get_if<vote_request>(&message.body);
  const auto* reply = std::get_if<vote_reply>(&message.body);
  auto is_pre_vote = (request != nullptr && request->pre_vote) || (reply != nullptr && reply->pre_vote);
  if (!is_pre_vote && durable_state(message.from, message.partition).current_term < message.term)
    fail("its term is not durable");
  try {
    std::visit([&](const auto& body) { check_message(message, body); }, message.body);
  } catch (const violation& x) {
    fail(x.what());
  }
}

void checker::check_message(const raft_message&, const node_call&) {
  throw violation{"a core sends nothing of this kind"};
}

void checker::check_message(const raft_message&, const node_answer&) {
  throw violation{"a core sends nothing of this kind"};
}

void checker::check_message(const raft_message&, const node_gossip&) {
  throw violation{"a core sends nothing of this kind"};
}

void checker::check_message(const raft_message& message, const vote_request& request) {
  if (request.pre_vote)
    return;
  auto durable = durable_state(message.from, message.partition);
  if (durable != hard_state{message.term, message.from})
    throw violation{"its vote for itself is not durable"};
  history_of(message.partition).votes(message.from, message.term, message.from);
}

void checker::check_message(const raft_message& message, const vote_reply& reply) {
  if (reply.pre_vote || !reply.granted)
    return;
  auto durable = durable_state(message.from, message.partition);
  if (durable != hard_state{message.term, message.to})
    throw violation{"its vote is not durable"};
  history_of(message.partition).votes(message.from, message.term, message.to);
}

void checker::check_message(const raft_message& message, const append_request& request) {
  auto& history = history_of(message.partition);
  history.leads(message.from, message.term);
  if (request.commit > history.committed())
    throw violation{"its commit index is above what is committed"};
  // The leader's own log can be asked only while it still leads that term.
  const auto& self = view_of(message.from, message.partition);
  auto leads = self.led == message.term && self.state.current_term == message.term;
  auto previous = request.previous;
  for (const auto& x : request.entries) {
    const auto* known = history.find(x.index, x.term);
    if (x.index != previous.index + 1 || known == nullptr || known->previous_term != previous.term)
      throw violation{"its entries do not follow each other as they do in the leader's log"};
    if (leads && self.term_at(x.index) != x.term)
      throw violation{"its entries are not in the leader's log"};
    previous = {x.index, x.term};
  }
  if (!fits(request.entries, plan_.core.append_bytes_max))
    throw violation{"too many bytes in one message"};
  if (!request.entries.empty() && !ends_whole(request.entries.back()))
    throw violation{"it ends within a proposal"};
}

void checker::check_message(const raft_message& message, const append_reply& reply) {
  if (reply.rejected)
    return;
  const auto& image = images_(message.from, message.partition);
  if (image.last() < reply.index)
    throw violation{"it acknowledges what is not durable"};
  const auto& self = view_of(message.to, message.partition);
  auto leads = self.led == message.term && self.state.current_term == message.term;
  if (leads && image.term_at(reply.index) != self.term_at(reply.index))
    throw violation{"it acknowledges an entry that is not the leader's"};
}

void checker::check_message(const raft_message& message, const heartbeat& beat) {
  auto& history = history_of(message.partition);
  history.leads(message.from, message.term);
  if (!beat.commit.index)
    return;
  if (beat.commit.index > history.committed() || history.commit_at(beat.commit.index).term != beat.commit.term)
    throw violation{"its commit position is not committed"};
  if (!struck_[message.to.value()] && !has_let_go(message.to, message.partition, beat.commit.index)
      && images_(message.to, message.partition).term_at(beat.commit.index) != beat.commit.term)
    throw violation{"its commit position is above what the receiver has acknowledged"};
}

void checker::check_message(const raft_message&, const heartbeat_reply&) {
  // nop: it claims nothing but its term
}

void checker::check_message(const raft_message&, const fence_request&) {
  // nop: it claims nothing but its term
}

void checker::check_message(const raft_message&, const fence_reply&) {
  // nop: what it tells is of the sender's log, which the other rules watch
}

void checker::check_message(const raft_message& message, const timeout_now&) {
  history_of(message.partition).leads(message.from, message.term);
}

void checker::check_message(const raft_message&, const read_index_request&) {
  // nop: it claims nothing but its term
}

void checker::check_message(const raft_message& message, const read_index_reply& reply) {
  auto& history = history_of(message.partition);
  history.leads(message.from, message.term);
  if (reply.index > history.committed())
    throw violation{"its index is above what is committed"};
}

} // namespace kommander::sim
