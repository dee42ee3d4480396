#include "tests/scripts/commands.hpp"

#include <functional>
#include <map>

#include "tests/scripts/text.hpp"

namespace kommander::scripts {

namespace {

constexpr partition_id script_partition{1};
using words = std::vector<std::string>;

/// The words after the command's name, taken one by one.
class arguments {
public:
  explicit arguments(words xs) : words_{std::move(xs)} {
    // nop
  }

  [[nodiscard]] bool empty() const noexcept {
    return position_ == words_.size();
  }

  std::string next(std::string_view what) {
    if (empty())
      throw script_error("the command needs " + std::string{what});
    return words_[position_++];
  }

  std::uint64_t next_number(std::string_view what) {
    return number_of(next(what), what);
  }

  node_id next_node() {
    return node_id{next_number("a node")};
  }

  bool take_flag(std::string_view name) {
    if (empty() || words_[position_] != name)
      return false;
    ++position_;
    return true;
  }

  words rest() {
    words result{words_.begin() + static_cast<std::ptrdiff_t>(position_), words_.end()};
    position_ = words_.size();
    return result;
  }

  void expect_empty() const {
    if (!empty())
      throw script_error("the command does not take \"" + words_[position_] + "\"");
  }

private:
  words words_;
  std::size_t position_ = 0;
};

// -- nodes -------------------------------------------------------------------------------------------------------

/// What a node starts with.
struct node_setup {
  raft_core_options options;
  start_setup start;
  disk content;
};

bool is_on(std::string_view text) {
  if (text != "on" && text != "off")
    throw script_error("say on or off, not " + std::string{text});
  return text == "on";
}

/// Entries from terms: "1x3,4" is three entries of term 1 and one of term 4.
void preset_log(disk& content, std::string_view text) {
  while (!text.empty()) {
    auto comma = std::min(text.find(','), text.size());
    auto run = text.substr(0, comma);
    auto cross = run.find('x');
    auto term = raft_term{number_of(run.substr(0, cross), "a term")};
    auto count = cross == std::string_view::npos ? 1 : number_of(run.substr(cross + 1), "a count");
    for (; count > 0; --count)
      content.entries.push_back(preset_entry(content.last() + 1, term));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
}

void set_option(node_setup& setup, const std::string& name, const std::string& value) {
  auto& options = setup.options;
  auto number = [&] { return number_of(value, name); };
  const std::map<std::string, std::function<void()>> setters{
    {"voters", [&] { options.group = group_configuration::of(nodes_of(value)); }},
    {"learners", [&] { options.group = group_configuration::of(options.group.voters, nodes_of(value)); }},
    {"seed", [&] { setup.start.seed = number(); }},
    {"term", [&] { setup.content.state.current_term = raft_term{number()}; }},
    {"vote", [&] { setup.content.state.voted_for = node_id{number()}; }},
    {"boundary", [&] { setup.content.boundary = position_of(value); }},
    {"log", [&] { preset_log(setup.content, value); }},
    {"commit", [&] { setup.content.commit = log_index{number()}; }},
    {"applied", [&] { setup.start.applied = log_index{number()}; }},
    {"verify", [&] { setup.start.verifies = is_on(value); }},
    {"wiped", [&] { setup.start.wiped = is_on(value); }},
    {"gather", [&] { setup.start.gathers = is_on(value); }},
    {"pre_vote", [&] { options.pre_vote = is_on(value); }},
    {"check_quorum", [&] { options.check_quorum = is_on(value); }},
    {"heartbeat", [&] { options.heartbeat_interval = time_of(value); }},
    {"election",
     [&] {
       options.election_timeout_min = time_of(value.substr(0, value.find("..")));
       options.election_timeout_max = time_of(value.substr(value.find("..") + 2));
     }},
    {"proposal_timeout", [&] { options.proposal_timeout = time_of(value); }},
    {"queue", [&] { options.proposal_queue_entries_max = number(); }},
    {"queue_bytes", [&] { options.proposal_queue_bytes_max = number(); }},
    {"inflight", [&] { options.inflight_messages_max = number(); }},
    {"inflight_bytes", [&] { options.inflight_bytes_max = number(); }},
    {"append_bytes", [&] { options.append_bytes_max = number(); }},
    {"cache_bytes", [&] { options.log_cache_bytes_max = number(); }},
    {"apply_bytes", [&] { options.apply_bytes_max = number(); }},
    {"wal_queue", [&] { options.wal_queue_entries_max = number(); }},
    {"wal_queue_bytes", [&] { options.wal_queue_bytes_max = number(); }},
    {"reads", [&] { options.waiting_reads_max = number(); }},
    {"sleep_after",
     [&] {
       options.quiescence = true;
       options.quiesce_after = time_of(value);
     }},
    {"snapshot_chunk", [&] { options.snapshots.chunk_bytes = number(); }},
    {"snapshot_bytes", [&] { options.snapshots.bytes_max = number(); }},
    {"snapshot_timeout", [&] { options.snapshots.step_timeout = time_of(value); }},
    {"snapshot_sessions", [&] { options.snapshots.sessions_max = number(); }},
  };
  auto i = setters.find(name);
  if (i == setters.end())
    throw script_error("a node has no option " + name);
  i->second();
}

/// `nodes 1 2 3 [option=value …]`: all are voters unless `voters=` says otherwise.
void add_nodes(cluster& target, arguments& args) {
  node_setup setup;
  setup.options.partition = script_partition;
  setup.options.heartbeat_interval = std::chrono::milliseconds{100};
  setup.options.election_timeout_min = std::chrono::milliseconds{1000};
  setup.options.election_timeout_max = std::chrono::milliseconds{2000};
  std::vector<node_id> nodes;
  std::vector<std::pair<std::string, std::string>> chosen;
  for (const auto& word : args.rest()) {
    auto equals = word.find('=');
    if (equals == std::string::npos)
      nodes.emplace_back(number_of(word, "a node"));
    else
      chosen.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  setup.options.group = group_configuration::of(nodes);
  for (const auto& [name, value] : chosen)
    set_option(setup, name, value);
  if (setup.content.last() < setup.content.commit)
    throw script_error("commit lies above the log");
  for (auto node : nodes) {
    setup.options.self = node;
    auto start = setup.start;
    if (start.seed == 0)
      start.seed = node.value();
    target.add(setup.options, start, setup.content);
  }
}

// -- messages ----------------------------------------------------------------------------------------------------

node_id node_or_any(std::string_view text) {
  return text == "*" ? node_id{} : node_id{number_of(text, "a node")};
}

/// `[from->to] [kind] [count]`, "*" for any node, nothing for any message.
message_filter filter_of(arguments& args) {
  message_filter result;
  for (const auto& word : args.rest()) {
    auto arrow = word.find("->");
    if (arrow != std::string::npos) {
      result.from = node_or_any(std::string_view{word}.substr(0, arrow));
      result.to = node_or_any(std::string_view{word}.substr(arrow + 2));
    } else if (word.front() >= '0' && word.front() <= '9') {
      result.count = number_of(word, "a count");
    } else {
      result.kind = word;
    }
  }
  return result;
}

void isolate(cluster& target, node_id node) {
  target.lose({node, {}, {}});
  target.lose({{}, node, {}});
}

/// `lose a<->b` in both directions, or as a filter.
void lose(cluster& target, arguments& args) {
  target.lose(filter_of(args));
}

// -- nodes' work -------------------------------------------------------------------------------------------------

work work_of(std::string_view text) {
  if (text == "writes")
    return work::writes;
  if (text == "applies")
    return work::applies;
  if (text == "reads")
    return work::reads;
  if (text == "snapshots")
    return work::snapshots;
  throw script_error("hold writes, applies, reads or snapshots, not " + std::string{text});
}

void complete(cluster& target, arguments& args, work what) {
  auto node = args.next_node();
  target.complete(node, what, args.empty() ? 1 : args.next_number("a count"));
}

/// `propose node payload… [size=n]`: one proposal.
void propose(cluster& target, arguments& args) {
  auto node = args.next_node();
  std::size_t size = 0;
  words names;
  for (const auto& word : args.rest())
    if (word.starts_with("size="))
      size = number_of(word.substr(5), "size");
    else
      names.push_back(word);
  std::vector<bytes> payloads;
  for (const auto& name : names)
    payloads.push_back(payload_of(name, size));
  target.propose(node, payloads);
}

void transfer(cluster& target, arguments& args) {
  auto node = args.next_node();
  target.transfer(node, args.empty() ? node_id{} : args.next_node());
}

/// `change node voters [learners]`, each list as in `voters=`.
void change(cluster& target, arguments& args) {
  auto node = args.next_node();
  auto voters = nodes_of(args.next("voters"));
  target.change(node, voters, args.empty() ? std::vector<node_id>{} : nodes_of(args.next("learners")));
}

/// `suspect node peer`: the node's owner believes that the peer is dead.
void suspect(cluster& target, arguments& args) {
  auto node = args.next_node();
  target.suspect(node, args.next_node());
}

void restart(cluster& target, arguments& args) {
  auto node = args.next_node();
  target.restart(node, log_index{args.empty() ? 0 : args.next_number("what is applied")});
}

void damage(cluster& target, arguments& args) {
  auto node = args.next_node();
  target.damage(node, log_index{args.next_number("the first damaged index")});
}

void roll_back(cluster& target, arguments& args) {
  auto node = args.next_node();
  target.roll_back(node, log_index{args.next_number("the first index that vanishes")});
}

/// For commands that take "all" or one node.
template <class F>
void for_nodes(cluster& target, arguments& args, F f) {
  if (args.take_flag("all"))
    for (auto node : target.nodes())
      f(node);
  else
    f(args.next_node());
}

using command = std::function<void(cluster&, arguments&)>;

/// `ask node [follower]`: a read that only the leader may answer, or any replica.
void ask(cluster& target, arguments& args) {
  auto node = args.next_node();
  target.ask(node, args.take_flag("follower") ? read_policy::follower : read_policy::leader);
}

// A long function, because it is a table.
const std::map<std::string, command, std::less<>>& commands() {
  static const std::map<std::string, command, std::less<>> table{
    {"nodes", add_nodes},
    {"crash",
     [](cluster& c, arguments& a) {
       auto node = a.next_node();
       c.crash(node, a.empty() ? 0 : a.next_number("how many writes reach the disk"));
     }},
    {"restart", restart},
    {"wipe", [](cluster& c, arguments& a) { c.wipe(a.next_node()); }},
    {"never_here", [](cluster& c, arguments& a) { c.never_here(a.next_node()); }},
    {"damage", damage},
    {"roll_back", roll_back},
    {"advance",
     [](cluster& c, arguments& a) {
       std::vector<node_id> nodes;
       for_nodes(c, a, [&](node_id x) { nodes.push_back(x); });
       auto span = time_of(a.next("a time"));
       for (auto node : nodes)
         c.advance(node, span);
     }},
    {"jump",
     [](cluster& c, arguments& a) {
       auto node = a.next_node();
       c.jump(node, time_of(a.next("a time")));
     }},
    {"time_out", [](cluster& c, arguments& a) { c.time_out(a.next_node()); }},
    {"run", [](cluster& c, arguments& a) { c.run(time_of(a.next("a time"))); }},
    {"deliver",
     [](cluster& c, arguments& a) {
       auto reversed = a.take_flag("reversed");
       c.deliver(filter_of(a), reversed);
     }},
    {"settle", [](cluster& c, arguments&) { c.settle(); }},
    {"drop", [](cluster& c, arguments& a) { c.drop(filter_of(a)); }},
    {"duplicate", [](cluster& c, arguments& a) { c.duplicate(filter_of(a)); }},
    {"send", [](cluster& c, arguments& a) { c.inject(message_of(a.rest(), script_partition)); }},
    {"messages", [](cluster& c, arguments& a) { c.show_messages(filter_of(a)); }},
    {"delay", [](cluster& c, arguments& a) { c.hold(filter_of(a)); }},
    {"lose", lose},
    {"isolate", [](cluster& c, arguments& a) { isolate(c, a.next_node()); }},
    {"heal", [](cluster& c, arguments&) { c.release_all(); }},
    {"hold",
     [](cluster& c, arguments& a) {
       auto what = work_of(a.next("writes, applies or reads"));
       for_nodes(c, a, [&](node_id x) { c.hold_work(x, what); });
     }},
    {"release",
     [](cluster& c, arguments& a) {
       auto what = work_of(a.next("writes, applies or reads"));
       for_nodes(c, a, [&](node_id x) { c.release_work(x, what); });
     }},
    {"written", [](cluster& c, arguments& a) { complete(c, a, work::writes); }},
    {"applied", [](cluster& c, arguments& a) { complete(c, a, work::applies); }},
    {"read", [](cluster& c, arguments& a) { complete(c, a, work::reads); }},
    {"snapshot", [](cluster& c, arguments& a) { complete(c, a, work::snapshots); }},
    {"compact",
     [](cluster& c, arguments& a) {
       auto node = a.next_node();
       c.compact(node, log_index{a.next_number("an index")});
     }},
    {"disk",
     [](cluster& c, arguments& a) {
       auto node = a.next_node();
       c.set_stalled(node, a.take_flag("stalled"));
       if (!a.empty() && a.next("stalled or well") != "well")
         throw script_error("a disk is stalled or well");
     }},
    {"node",
     [](cluster& c, arguments& a) {
       auto node = a.next_node();
       c.set_full(node, a.take_flag("full"));
       if (!a.empty() && a.next("full or free") != "free")
         throw script_error("a node is full or free");
     }},
    {"exports",
     [](cluster& c, arguments& a) {
       auto node = a.next_node();
       c.set_exports(node, is_on(a.next("on or off")));
     }},
    {"imports",
     [](cluster& c, arguments& a) {
       auto node = a.next_node();
       c.set_imports(node, is_on(a.next("on or off")));
     }},
    {"corrupt", [](cluster& c, arguments& a) { c.corrupt(filter_of(a)); }},
    {"ask", ask},
    {"fail_reads", [](cluster& c, arguments& a) { c.fail_reads(a.next_node()); }},
    {"fail_storage", [](cluster& c, arguments& a) { c.fail_storage(a.next_node(), "the disk is gone"); }},
    {"propose", propose},
    {"suspect", suspect},
    {"transfer", transfer},
    {"step_down", [](cluster& c, arguments& a) { c.step_down(a.next_node()); }},
    {"change", change},
    {"members", [](cluster& c, arguments& a) { for_nodes(c, a, [&](node_id x) { c.show_members(x); }); }},
    {"state", [](cluster& c, arguments& a) { for_nodes(c, a, [&](node_id x) { c.show_state(x); }); }},
    {"log", [](cluster& c, arguments& a) { for_nodes(c, a, [&](node_id x) { c.show_log(x); }); }},
    {"peers", [](cluster& c, arguments& a) { c.show_peers(a.next_node()); }},
  };
  return table;
}

} // namespace

std::vector<std::string> run_command(cluster& target, std::string_view line) {
  arguments args{split_words(line)};
  auto shown = args.take_flag("quietly")    ? detail::outcomes
               : args.take_flag("silently") ? detail::nothing
                                            : detail::all;
  auto name = args.next("a name");
  auto i = commands().find(name);
  if (i == commands().end())
    throw script_error("there is no command " + name);
  target.set_detail(shown);
  i->second(target, args);
  args.expect_empty();
  return target.take_transcript();
}

} // namespace kommander::scripts
