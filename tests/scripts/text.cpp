#include "tests/scripts/text.hpp"

#include <charconv>
#include <map>

#include "actors/partition/configuration.hpp"
#include "actors/partition/snapshots.hpp"

namespace kommander::scripts {

namespace {

constexpr std::size_t payload_shown_max = 12;
constexpr std::size_t entries_shown_max = 6;

std::string num(auto tagged) {
  return std::to_string(tagged.value());
}

/// Prints the fields of each kind of message, with a leading blank.
struct body_printer {
  std::string operator()(const vote_request& x) const {
    return " last=" + to_text(x.last) + (x.transfer ? " transfer" : "");
  }

  std::string operator()(const vote_reply& x) const {
    return x.granted ? " granted" : " refused";
  }

  std::string operator()(const append_request& x) const {
    return " prev=" + to_text(x.previous) + " commit=" + num(x.commit) + " " + to_text(x.entries);
  }

  std::string operator()(const append_reply& x) const {
    if (!x.rejected)
      return " accepted=" + num(x.index);
    return " rejected=" + num(x.index) + " conflict=" + to_text(x.conflict) + " last=" + num(x.last)
           + (x.saturated ? " saturated" : "");
  }

  std::string operator()(const heartbeat& x) const {
    return " commit=" + to_text(x.commit) + " round=" + std::to_string(x.round) + (x.sleep ? " sleep" : "");
  }

  std::string operator()(const heartbeat_reply& x) const {
    return " round=" + std::to_string(x.round) + (x.asleep ? " asleep" : "") + (x.saturated ? " saturated" : "")
           + (x.fenced ? " fenced" : "");
  }

  std::string operator()(const timeout_now&) const {
    return "";
  }

  std::string operator()(const node_call& x) const {
    return " id=" + std::to_string(x.id);
  }

  std::string operator()(const node_answer& x) const {
    return " id=" + std::to_string(x.id);
  }

  std::string operator()(const node_gossip& x) const {
    return " bytes=" + std::to_string(x.body.size());
  }

  std::string operator()(const fence_request& x) const {
    return " last=" + num(x.last);
  }

  std::string operator()(const fence_reply& x) const {
    return " last=" + num(x.last) + (x.leads ? " leads counted=" + num(x.counted) : "") + (x.fenced ? " fenced" : "");
  }

  std::string operator()(const read_index_request& x) const {
    return " request=" + std::to_string(x.request);
  }

  std::string operator()(const read_index_reply& x) const {
    return " request=" + std::to_string(x.request) + " index=" + num(x.index);
  }

  std::string operator()(const snapshot_chunk& x) const {
    return " session=" + std::to_string(x.session) + " at=" + to_text(x.position)
           + " offset=" + std::to_string(x.offset) + " data=" + std::string{x.data.view()} + (x.last ? " last" : "");
  }

  std::string operator()(const snapshot_reply& x) const {
    auto text = " session=" + std::to_string(x.session);
    switch (x.answer) {
      case snapshot_answer::wants: return text + " wants=" + std::to_string(x.offset);
      case snapshot_answer::installed: return text + " installed=" + num(x.index);
      default: return text + " refused";
    }
  }
};

struct kind_namer {
  std::string operator()(const vote_request& x) const {
    return x.pre_vote ? "pre_vote" : "vote";
  }

  std::string operator()(const vote_reply& x) const {
    return x.pre_vote ? "pre_vote_reply" : "vote_reply";
  }

  std::string operator()(const append_request&) const {
    return "append";
  }

  std::string operator()(const append_reply&) const {
    return "append_reply";
  }

  std::string operator()(const heartbeat&) const {
    return "heartbeat";
  }

  std::string operator()(const heartbeat_reply&) const {
    return "heartbeat_reply";
  }

  std::string operator()(const timeout_now&) const {
    return "timeout_now";
  }

  std::string operator()(const node_call&) const {
    return "call";
  }

  std::string operator()(const node_answer&) const {
    return "answer";
  }

  std::string operator()(const node_gossip&) const {
    return "gossip";
  }

  std::string operator()(const fence_request&) const {
    return "fence_request";
  }

  std::string operator()(const fence_reply&) const {
    return "fence_reply";
  }

  std::string operator()(const read_index_request&) const {
    return "read_index";
  }

  std::string operator()(const read_index_reply&) const {
    return "read_index_reply";
  }

  std::string operator()(const snapshot_chunk&) const {
    return "snapshot";
  }

  std::string operator()(const snapshot_reply&) const {
    return "snapshot_reply";
  }
};

/// The words of a message by name: "term=2" under "term", "granted" under "granted", brackets under "entries".
class field_map {
public:
  explicit field_map(const std::vector<std::string>& words) {
    for (std::size_t i = 2; i < words.size(); ++i) {
      const auto& word = words[i];
      auto equals = word.find('=');
      if (word.front() == '[')
        fields_["entries"] = word.substr(1, word.size() - 2);
      else if (equals == std::string::npos)
        fields_[word] = "";
      else
        fields_[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }

  bool has(const std::string& name) const {
    return fields_.contains(name);
  }

  bool take_flag(const std::string& name) {
    return fields_.erase(name) > 0;
  }

  std::string take(const std::string& name) {
    auto i = fields_.find(name);
    if (i == fields_.end())
      throw script_error("this message needs " + name + "=…");
    auto result = i->second;
    fields_.erase(i);
    return result;
  }

  /// True for "granted", false for "refused".
  bool take_verdict() {
    auto granted = take_flag("granted");
    if (take_flag("refused") == granted)
      throw script_error("this message needs either granted or refused");
    return granted;
  }

  std::uint64_t take_number(const std::string& name) {
    return number_of(take(name), name);
  }

  void expect_empty() const {
    if (!fields_.empty())
      throw script_error("this message has no field " + fields_.begin()->first);
  }

private:
  std::map<std::string, std::string> fields_;
};

/// Entries from "2/1 x, 3/1 noop".
std::vector<entry> entries_of(std::string_view text) {
  std::vector<entry> result;
  while (!text.empty()) {
    auto comma = text.find(',');
    auto words = split_words(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    if (words.size() != 2)
      throw script_error("an entry is written index/term payload");
    auto position = position_of(words[0]);
    entry x{position.index, position.term, {}, entry_kind::command, {}, {}};
    if (words[1] == "noop")
      x.kind = entry_kind::noop;
    else
      x.payload = payload_of(words[1]);
    result.push_back(std::move(x));
  }
  return result;
}

raft_message_body append_reply_of(field_map& fields) {
  if (fields.has("accepted"))
    return append_reply{false, log_index{fields.take_number("accepted")}, {}, {}};
  auto index = log_index{fields.take_number("rejected")};
  auto conflict = position_of(fields.take("conflict"));
  auto last = log_index{fields.take_number("last")};
  return append_reply{true, index, conflict, last, fields.take_flag("saturated")};
}

/// The digest is right if the chunk is the first of its session.
raft_message_body snapshot_of(field_map& fields) {
  snapshot_chunk x;
  x.session = fields.take_number("session");
  x.position = position_of(fields.take("at"));
  x.offset = fields.take_number("offset");
  x.data = payload_of(fields.take("data"));
  x.last = fields.take_flag("last");
  x.digest = chain_digest(0, x);
  return x;
}

raft_message_body body_of(const std::string& kind, field_map& fields) {
  if (kind == "vote" || kind == "pre_vote")
    return vote_request{kind == "pre_vote", fields.take_flag("transfer"), position_of(fields.take("last"))};
  if (kind == "vote_reply" || kind == "pre_vote_reply")
    return vote_reply{kind == "pre_vote_reply", fields.take_verdict()};
  if (kind == "append") {
    auto previous = position_of(fields.take("prev"));
    auto commit = log_index{fields.take_number("commit")};
    return append_request{previous, commit, entries_of(fields.take("entries"))};
  }
  if (kind == "append_reply")
    return append_reply_of(fields);
  if (kind == "heartbeat") {
    auto commit = position_of(fields.take("commit"));
    auto round = fields.take_number("round");
    return heartbeat{commit, round, fields.take_flag("sleep")};
  }
  if (kind == "heartbeat_reply") {
    auto round = fields.take_number("round");
    auto asleep = fields.take_flag("asleep");
    auto saturated = fields.take_flag("saturated");
    return heartbeat_reply{round, asleep, saturated, fields.take_flag("fenced")};
  }
  if (kind == "snapshot")
    return snapshot_of(fields);
  if (kind == "timeout_now")
    return timeout_now{};
  if (kind == "read_index")
    return read_index_request{fields.take_number("request")};
  if (kind == "read_index_reply") {
    auto request = fields.take_number("request");
    return read_index_reply{request, log_index{fields.take_number("index")}};
  }
  throw script_error("there is no message of kind " + kind);
}

} // namespace

// -- printing ----------------------------------------------------------------------------------------------------

std::string to_text(const log_position& x) {
  return num(x.index) + "/" + num(x.term);
}

std::string to_text(const group_configuration& x) {
  auto list = [](const std::vector<node_id>& nodes) {
    std::string text;
    for (auto node : nodes)
      text += (text.empty() ? "" : "+") + num(node);
    return text;
  };
  return list(x.voters) + (x.is_joint() ? " from " + list(x.old_voters) : "")
         + (x.learners.empty() ? "" : " learners " + list(x.learners));
}

std::vector<node_id> nodes_of(std::string_view text) {
  std::vector<node_id> result;
  if (text == "-")
    return result;
  while (!text.empty()) {
    auto comma = std::min(text.find(','), text.size());
    result.emplace_back(number_of(text.substr(0, comma), "a node"));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return result;
}

std::string to_text(const entry& x) {
  auto position = num(x.index) + "/" + num(x.term);
  if (x.kind == entry_kind::noop)
    return position + " noop";
  if (x.kind == entry_kind::config)
    return position + " config{" + to_text(decode_configuration(x.payload).value_or(group_configuration{})) + "}";
  if (x.payload.size() <= payload_shown_max)
    return position + " " + std::string{x.payload.view()};
  auto name = x.payload.view().substr(0, x.payload.view().find('.'));
  return position + " " + std::string{name.substr(0, payload_shown_max)} + "(" + std::to_string(x.payload.size())
         + " B)";
}

std::string to_text(const std::vector<entry>& xs) {
  if (xs.size() > entries_shown_max)
    return "[" + to_text(xs.front()) + " … " + to_text(xs.back()) + ", " + std::to_string(xs.size()) + " entries]";
  std::string result = "[";
  for (const auto& x : xs)
    result += (result.size() > 1 ? ", " : "") + to_text(x);
  return result + "]";
}

std::string kind_of(const raft_message& x) {
  return std::visit(kind_namer{}, x.body);
}

std::string to_text(const raft_message& x) {
  return num(x.from) + "->" + num(x.to) + " " + kind_of(x) + " term=" + num(x.term)
         + std::visit(body_printer{}, x.body);
}

// -- reading -----------------------------------------------------------------------------------------------------

std::vector<std::string> split_words(std::string_view line) {
  std::vector<std::string> result;
  for (;;) {
    auto begin = line.find_first_not_of(' ');
    if (begin == std::string_view::npos)
      return result;
    line.remove_prefix(begin);
    auto end = line.front() == '[' ? line.find(']') : line.find(' ');
    if (line.front() == '[' && end == std::string_view::npos)
      throw script_error("a bracket is not closed");
    end = line.front() == '[' ? end + 1 : std::min(end, line.size());
    result.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::uint64_t number_of(std::string_view text, std::string_view what) {
  std::uint64_t result = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (code != std::errc{} || end != text.data() + text.size())
    throw script_error(std::string{what} + " must be a number, not \"" + std::string{text} + "\"");
  return result;
}

instant time_of(std::string_view text) {
  if (text.ends_with("ms"))
    return std::chrono::milliseconds{number_of(text.substr(0, text.size() - 2), "a time")};
  if (text.ends_with("s"))
    return std::chrono::seconds{number_of(text.substr(0, text.size() - 1), "a time")};
  return std::chrono::milliseconds{number_of(text, "a time")};
}

log_position position_of(std::string_view text) {
  auto slash = text.find('/');
  if (slash == std::string_view::npos)
    throw script_error("a position is written index/term, not \"" + std::string{text} + "\"");
  return {log_index{number_of(text.substr(0, slash), "an index")},
          raft_term{number_of(text.substr(slash + 1), "a term")}};
}

std::pair<node_id, node_id> link_of(std::string_view text) {
  auto arrow = text.find("->");
  if (arrow == std::string_view::npos)
    throw script_error("a link is written from->to, not \"" + std::string{text} + "\"");
  return {node_id{number_of(text.substr(0, arrow), "a node")}, node_id{number_of(text.substr(arrow + 2), "a node")}};
}

bytes payload_of(std::string_view name, std::size_t size) {
  std::string content{name};
  if (content.size() < size)
    content.resize(size, '.');
  return bytes{std::move(content)};
}

entry preset_entry(log_index index, raft_term term) {
  return {index, term, {index.value(), 0}, entry_kind::command, {}, payload_of("e" + num(index))};
}

raft_message message_of(const std::vector<std::string>& words, partition_id partition) {
  if (words.size() < 2)
    throw script_error("a message is written from->to kind term=… fields");
  field_map fields{words};
  auto [from, to] = link_of(words[0]);
  if (fields.has("partition"))
    partition = partition_id{fields.take_number("partition")};
  auto term = raft_term{fields.take_number("term")};
  raft_message result{partition, from, to, term, body_of(words[1], fields)};
  fields.expect_empty();
  return result;
}

} // namespace kommander::scripts
