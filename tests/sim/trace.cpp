#include "tests/sim/trace.hpp"

namespace kommander::sim {

std::string to_text(const log_position& x) {
  return to_string(x.index) + ":" + to_string(x.term);
}

std::string to_text(const std::vector<entry>& xs) {
  if (xs.empty())
    return "nothing";
  auto text = to_text(log_position{xs.front().index, xs.front().term});
  if (xs.size() > 1)
    text += " … " + to_text(log_position{xs.back().index, xs.back().term});
  return text;
}

namespace {

std::string body_text(const vote_request& x) {
  return std::string{x.pre_vote ? "pre-vote request" : "vote request"} + (x.transfer ? " (transfer)" : "") + " last "
         + to_text(x.last);
}

std::string body_text(const vote_reply& x) {
  return std::string{x.pre_vote ? "pre-vote " : "vote "} + (x.granted ? "granted" : "refused");
}

std::string body_text(const append_request& x) {
  return "append after " + to_text(x.previous) + " commit " + to_string(x.commit) + ": " + to_text(x.entries);
}

std::string body_text(const append_reply& x) {
  if (!x.rejected)
    return "accepted " + to_string(x.index);
  return "rejected " + to_string(x.index) + " conflict " + to_text(x.conflict) + " last " + to_string(x.last)
         + (x.saturated ? ", saturated" : "");
}

std::string body_text(const heartbeat& x) {
  return "heartbeat " + std::to_string(x.round) + " commit " + to_text(x.commit) + (x.sleep ? ", sleep" : "");
}

std::string body_text(const heartbeat_reply& x) {
  return "heartbeat reply " + std::to_string(x.round) + (x.asleep ? ", asleep" : "")
         + (x.saturated ? ", saturated" : "") + (x.fenced ? ", fenced" : "");
}

std::string body_text(const timeout_now&) {
  return "timeout now";
}

std::string body_text(const fence_request& x) {
  return "fence request, last " + to_string(x.last);
}

std::string body_text(const fence_reply& x) {
  return "fence reply, last " + to_string(x.last) + (x.leads ? ", leads, counts on " + to_string(x.counted) : "")
         + (x.fenced ? ", fenced" : "");
}

std::string body_text(const read_index_request& x) {
  return "read index request " + std::to_string(x.request);
}

std::string body_text(const read_index_reply& x) {
  return "read index reply " + std::to_string(x.request) + " index " + to_string(x.index);
}

std::string body_text(const snapshot_chunk& x) {
  return "snapshot " + std::to_string(x.session) + " up to " + to_text(x.position) + ": "
         + std::to_string(x.data.size()) + " bytes at " + std::to_string(x.offset) + (x.last ? ", the last" : "");
}

std::string body_text(const snapshot_reply& x) {
  auto text = "snapshot " + std::to_string(x.session);
  if (x.answer == snapshot_answer::wants)
    return text + " wants " + std::to_string(x.offset);
  return text + (x.answer == snapshot_answer::refused ? " refused" : " installed up to " + to_string(x.index));
}

std::string body_text(const node_call& x) {
  return "call " + std::to_string(x.id);
}

std::string body_text(const node_answer& x) {
  return "answer " + std::to_string(x.id);
}

std::string body_text(const node_gossip& x) {
  return "gossip of " + std::to_string(x.body.size()) + " bytes";
}

} // namespace

std::string to_text(const raft_message& x) {
  return "T" + to_string(x.term) + " " + std::visit([](const auto& body) { return body_text(body); }, x.body);
}

} // namespace kommander::sim
