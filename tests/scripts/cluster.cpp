#include "tests/scripts/cluster.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tests/scripts/text.hpp"

namespace kommander::scripts {

namespace {

constexpr instant step_max = std::chrono::milliseconds{50};
constexpr std::size_t deliveries_max = 5000;
constexpr std::size_t outputs_max = 1000;
constexpr std::array role_names{"follower", "pre_candidate", "candidate", "leader", "failed"};
constexpr std::array loss_names{"", " lost=entries", " lost=everything", " lost=unknown"};

std::string describe(const raft_core& core) {
  auto text = std::string{role_names.at(core.role().index())};
  if (const auto* why = std::get_if<failed>(&core.role()))
    return text + ": " + why->reason;
  text += " term=" + to_string(core.current_term());
  if (core.voted_for())
    text += " vote=" + to_string(core.voted_for());
  if (core.leader_id() && !core.is_leader())
    text += " leader=" + to_string(core.leader_id());
  return text + (core.is_ready() ? " ready" : "") + (core.is_fenced() ? " fenced" : "")
         + (core.is_asleep() ? " asleep" : "");
}

std::string describe(const raft_output& x) {
  auto text = "writes #" + to_string(x.write) + ":";
  if (x.state)
    text += " term=" + to_string(x.state->current_term) + " vote=" + to_string(x.state->voted_for)
            + loss_names.at(static_cast<std::size_t>(x.state->lost));
  if (x.install)
    text += std::string{x.install->keeps_tail ? " boundary=" : " whole_log="} + to_text(x.install->position);
  if (x.truncate_from)
    text += " cut=" + to_string(x.truncate_from);
  if (!x.append.empty())
    text += " " + to_text(x.append);
  return text;
}

bool has_no_effect(const raft_output& x) {
  return !x.needs_write() && x.snapshot_closed.empty() && x.messages.empty() && x.apply.empty() && x.reads.empty()
         && x.replies.empty() && !x.role_changed && !x.leader_changed;
}

} // namespace

bool message_filter::matches(const raft_message& x) const {
  return (!from || x.from == from) && (!to || x.to == to) && (kind.empty() || kind_of(x) == kind);
}

cluster::cluster()
  : checker_{[this](node_id node) -> const disk* {
      auto i = members_.find(node);
      return i == members_.end() ? nullptr : &i->second.disk;
    }} {
  // nop
}

// -- nodes -------------------------------------------------------------------------------------------------------

void cluster::add(raft_core_options options, const start_setup& setup, disk content) {
  auto node = options.self;
  if (members_.contains(node))
    throw script_error("there is a node " + to_string(node) + " already");
  auto& m = members_[node];
  m.options = std::move(options);
  m.seed = setup.seed;
  m.gathers = setup.gathers;
  m.verifies = setup.verifies;
  m.wiped = setup.wiped;
  m.disk = std::move(content);
  start(node, m, setup.applied);
}

void cluster::crash(node_id node, std::size_t kept) {
  core_at(node);
  auto& m = at(node);
  for (; kept > 0 && !m.writes.empty(); --kept, m.writes.pop_front())
    m.disk.write(m.writes.front());
  m.core.reset();
  m.writes.clear();
  m.applies.clear();
  m.reads.clear();
  m.machine.crash();
  m.held.clear();
}

void cluster::restart(node_id node, log_index applied) {
  auto& m = at(node);
  if (m.core)
    throw script_error("node " + to_string(node) + " is running");
  start(node, m, applied);
}

disk& cluster::disk_of_crashed(node_id node) {
  auto& m = at(node);
  if (m.core)
    throw script_error("node " + to_string(node) + " is running");
  return m.disk;
}

void cluster::wipe(node_id node) {
  disk_of_crashed(node) = {};
  at(node).machine = {};
  at(node).wiped = true;
}

void cluster::damage(node_id node, log_index first) {
  auto& disk = disk_of_crashed(node);
  disk.cut(first);
  disk.damaged_at = first;
}

void cluster::roll_back(node_id node, log_index first) {
  disk_of_crashed(node).cut(first);
}

void cluster::never_here(node_id node) {
  core_at(node).step(never_here_input{});
  pump(node);
}

std::vector<node_id> cluster::nodes() const {
  std::vector<node_id> result;
  for (const auto& [node, m] : members_)
    result.push_back(node);
  return result;
}

cluster::member& cluster::at(node_id node) {
  auto i = members_.find(node);
  if (i == members_.end())
    throw script_error("there is no node " + to_string(node));
  return i->second;
}

raft_core& cluster::core_at(node_id node) {
  auto& m = at(node);
  if (!m.core)
    throw script_error("node " + to_string(node) + " is down");
  return *m.core;
}

void cluster::start(node_id node, member& m, log_index applied) {
  raft_core_start how;
  how.recovered = m.disk.recover();
  how.applied = m.machine.start(std::max(applied, m.disk.boundary.index));
  how.now = m.now;
  how.question_base = 1000 * m.starts;
  how.seed = m.seed + 1000 * m.starts++;
  how.lost = std::exchange(m.wiped, false) ? log_loss::unknown : log_loss::none;
  how.verify = m.verifies;
  checker_.started(node, how.applied);
  m.core = std::make_unique<raft_core>(m.options, std::move(how));
  m.shown = {};
  m.shown.commit = m.core->commit_index();
  pump(node);
}

// -- time --------------------------------------------------------------------------------------------------------

void cluster::tick(node_id node, instant span) {
  auto& m = at(node);
  m.now += span;
  if (!m.core)
    return;
  m.core->tick(m.now);
  pump(node, false);
}

void cluster::advance(node_id node, instant span) {
  for (auto left = span; left.count() > 0; left -= step_max)
    tick(node, std::min(left, step_max));
}

void cluster::jump(node_id node, instant span) {
  tick(node, span);
}

void cluster::time_out(node_id node) {
  auto& core = core_at(node);
  auto& m = at(node);
  auto limit = 2 * m.options.election_timeout_max;
  m.campaigned = false;
  auto role = core.role().index();
  auto term = core.current_term();
  for (instant passed{0}; passed <= limit; passed += step_max) {
    tick(node, step_max);
    if (m.campaigned || core.role().index() > role || core.current_term() > term)
      return;
  }
  say(to_string(node) + " does not campaign");
}

void cluster::run(instant span) {
  settle();
  for (auto left = span; left.count() > 0; left -= step_max) {
    for (auto& [node, m] : members_)
      tick(node, std::min(left, step_max));
    settle();
  }
}

// -- network -----------------------------------------------------------------------------------------------------

std::vector<raft_message> cluster::take_matching(const message_filter& filter) {
  std::vector<raft_message> result;
  for (auto i = wire_.begin(); i != wire_.end() && result.size() < filter.count;) {
    if (filter.matches(*i)) {
      result.push_back(std::move(*i));
      i = wire_.erase(i);
    } else {
      ++i;
    }
  }
  return result;
}

void cluster::deliver(const message_filter& filter, bool reversed) {
  auto messages = take_matching(filter);
  if (messages.empty())
    throw script_error("no such message is under way");
  if (reversed)
    std::reverse(messages.begin(), messages.end());
  for (const auto& x : messages)
    deliver_one(x);
}

void cluster::settle() {
  for (std::size_t n = 0; n < deliveries_max; ++n) {
    auto i = std::find_if(wire_.begin(), wire_.end(), [this](const raft_message& x) { return !is_held(x); });
    if (i == wire_.end())
      return;
    auto x = std::move(*i);
    wire_.erase(i);
    deliver_one(x);
  }
  check("the cluster does not come to rest");
}

void cluster::deliver_one(const raft_message& x) {
  auto header = to_string(x.from) + "->" + to_string(x.to) + " " + kind_of(x);
  auto i = members_.find(x.to);
  if (is_lost(x) || i == members_.end() || !i->second.core) {
    say_detail(header + " is lost");
    return;
  }
  say_detail(header);
  ++depth_;
  i->second.core->step(x);
  pump(x.to);
  --depth_;
}

void cluster::drop(const message_filter& filter) {
  auto dropped = take_matching(filter);
  if (dropped.empty())
    throw script_error("no such message is under way");
  for (const auto& x : dropped)
    say_detail(to_string(x.from) + "->" + to_string(x.to) + " " + kind_of(x) + " is lost");
}

void cluster::duplicate(const message_filter& filter) {
  std::vector<raft_message> copies;
  std::copy_if(wire_.begin(), wire_.end(), std::back_inserter(copies),
               [&filter](const raft_message& x) { return filter.matches(x); });
  if (copies.empty())
    throw script_error("no such message is under way");
  wire_.insert(wire_.end(), copies.begin(), copies.end());
}

void cluster::inject(const raft_message& x) {
  deliver_one(x);
}

void cluster::show_messages(const message_filter& filter) {
  for (const auto& x : wire_)
    if (filter.matches(x))
      say(to_text(x));
}

void cluster::hold(const message_filter& filter) {
  held_.push_back(filter);
}

void cluster::lose(const message_filter& filter) {
  lost_.push_back(filter);
}

void cluster::release_all() {
  held_.clear();
  lost_.clear();
}

bool cluster::is_held(const raft_message& x) const {
  return std::any_of(held_.begin(), held_.end(), [&x](const message_filter& y) { return y.matches(x); });
}

bool cluster::is_lost(const raft_message& x) const {
  return std::any_of(lost_.begin(), lost_.end(), [&x](const message_filter& y) { return y.matches(x); });
}

// -- work of the owner -------------------------------------------------------------------------------------------

void cluster::hold_work(node_id node, work what) {
  at(node).held.insert(what);
}

void cluster::release_work(node_id node, work what) {
  at(node).held.erase(what);
  pump(node);
}

void cluster::complete(node_id node, work what, std::size_t count) {
  auto& m = at(node);
  core_at(node);
  for (; count > 0; --count)
    if (!complete_one(m, what))
      throw script_error("node " + to_string(node) + " has nothing more of that kind waiting");
  pump(node);
}

bool cluster::complete_one(member& m, work what) {
  if (what == work::writes) {
    if (m.writes.empty())
      return false;
    m.disk.write(m.writes.front());
    check(checker_.wrote(m.disk));
    auto number = m.writes.front().number;
    m.writes.pop_front();
    m.core->step(durable_input{number});
  } else if (what == work::applies) {
    if (m.applies.empty())
      return false;
    auto index = m.applies.front();
    m.applies.pop_front();
    m.machine.reach(index);
    check(checker_.reaches(m.options.self, index, m.machine.content(), false));
    m.core->step(applied_input{index});
  } else if (what == work::snapshots) {
    return complete_snapshot(m);
  } else {
    if (m.reads.empty())
      return false;
    auto read = std::move(m.reads.front());
    m.reads.pop_front();
    m.core->step(entries_read_input{read.what.peer, std::move(read.found)});
  }
  return true;
}

void cluster::fail_reads(node_id node) {
  auto& m = at(node);
  auto& core = core_at(node);
  for (const auto& x : std::exchange(m.reads, {}))
    core.step(entries_read_input{x.what.peer, {}});
  pump(node);
}

void cluster::fail_storage(node_id node, std::string reason) {
  core_at(node).step(storage_failed_input{std::move(reason)});
  at(node).writes.clear();
  pump(node);
}

// -- clients -----------------------------------------------------------------------------------------------------

void cluster::propose(node_id node, const std::vector<bytes>& payloads) {
  propose_input input{proposal_id{next_id_++}, {}};
  for (const auto& payload : payloads)
    input.entries.push_back({{input.id.value(), node.value()}, entry_kind::command, {}, payload});
  auto& core = core_at(node);
  checker_.proposed(input);
  core.step(std::move(input));
  pump(node);
}

void cluster::transfer(node_id node, node_id target) {
  auto& core = core_at(node);
  proposal_id id{next_id_++};
  checker_.asked(id);
  core.step(transfer_input{id, target});
  pump(node);
}

void cluster::step_down(node_id node) {
  auto& core = core_at(node);
  proposal_id id{next_id_++};
  checker_.asked(id);
  core.step(step_down_input{id});
  pump(node);
}

void cluster::change(node_id node, std::vector<node_id> voters, std::vector<node_id> learners) {
  auto& core = core_at(node);
  proposal_id id{next_id_++};
  checker_.asked(id);
  core.step(change_configuration_input{id, std::move(voters), std::move(learners)});
  pump(node);
}

void cluster::ask(node_id node, read_policy policy) {
  auto& core = core_at(node);
  proposal_id id{next_id_++};
  checker_.reads(id);
  core.step(read_input{id, policy});
  pump(node);
}

void cluster::suspect(node_id node, node_id peer) {
  core_at(node).step(peer_suspected_input{peer});
  pump(node);
}

void cluster::set_stalled(node_id node, bool stalled) {
  core_at(node).step(disk_input{stalled});
  pump(node);
}

void cluster::set_full(node_id node, bool full) {
  core_at(node).step(write_pressure_input{full});
}

// -- carrying out ------------------------------------------------------------------------------------------------

void cluster::pump(node_id node, bool may_gather) {
  auto& m = at(node);
  show_changes(node, m, nullptr);
  for (std::size_t n = 0; n < outputs_max; ++n) {
    complete_free_work(m);
    if (!m.core->has_output()) {
      const raft_output nothing;
      show_changes(node, m, &nothing);
      return;
    }
    auto gathers = may_gather && m.gathers && !m.writes.empty();
    auto output = m.core->take_output(gathers);
    if (gathers && has_no_effect(output))
      return;
    carry_out(node, m, std::move(output));
  }
  check(to_string(node) + " has output for ever");
}

void cluster::complete_free_work(member& m) {
  for (auto what : {work::writes, work::applies, work::reads, work::snapshots})
    if (!m.held.contains(what))
      while (complete_one(m, what)) {
        // complete_one does the work
      }
}

void cluster::carry_out(node_id node, member& m, raft_output output) {
  show_changes(node, m, &output);
  if (output.needs_write()) {
    say_detail(to_string(node) + " " + describe(output));
    m.writes.push_back(
      {output.write, output.state, output.install, output.truncate_from, std::move(output.append), output.commit});
  } else if (output.state || output.truncate_from || !output.append.empty()) {
    check(to_string(node) + " has something to write and no number for it");
  }
  for (auto& x : output.messages)
    send(m, std::move(x));
  if (!output.apply.empty()) {
    say(to_string(node) + " applies " + to_text(output.apply));
    for (const auto& x : output.apply) {
      check(checker_.applies(node, x));
      m.machine.give(x);
    }
    m.applies.push_back(output.apply.back().index);
  }
  for (const auto& x : output.reads) {
    say_detail(to_string(node) + " reads " + to_string(x.first) + ".." + to_string(x.last) + " for "
               + (x.peer ? to_string(x.peer) : "itself"));
    m.reads.push_back({x, m.disk.read(x)});
    if (m.reads.back().found.empty())
      check(to_string(node) + " reads entries that are not on its disk");
  }
  carry_out_snapshots(node, m, output);
  for (const auto& x : output.replies) {
    say(to_string(node) + " answers p" + to_string(x.id) + ": " + std::string{kommander::to_string(x.code)}
        + (x.index ? " index=" + to_string(x.index) : ""));
    check(checker_.answers(x, *m.core));
  }
}

void cluster::send(member& m, raft_message x) {
  say_detail(to_text(x));
  check(checker_.sends(x));
  if (x.from != m.options.self || x.partition != m.options.partition)
    check("a message names a wrong sender or partition");
  m.campaigned |= std::holds_alternative<vote_request>(x.body);
  wire_.push_back(std::move(x));
}

void cluster::show_changes(node_id node, member& m, const raft_output* output) {
  const auto& core = *m.core;
  auto text = describe(core);
  if (std::exchange(m.shown.text, text) != text)
    say(to_string(node) + " is " + text);
  if (core.is_leader())
    check(checker_.leads(node, core.current_term()));
  if (auto commit = core.commit_index(); commit != m.shown.commit) {
    say(to_string(node) + " commits " + to_string(commit));
    if (commit < m.shown.commit)
      check("the commit index goes back");
    m.shown.commit = commit;
    check(checker_.commits(node, core));
  }
  if (output == nullptr)
    return;
  if (core.role().index() != std::exchange(m.shown.role, core.role().index()) && !output->role_changed)
    check("the output does not say that the role has changed");
  auto same_leader = core.leader_id() == m.shown.leader && core.is_ready() == m.shown.ready;
  m.shown.leader = core.leader_id();
  m.shown.ready = core.is_ready();
  if (!same_leader && !output->leader_changed)
    check("the output does not say that the leader has changed");
}

// -- looking -----------------------------------------------------------------------------------------------------

void cluster::show_state(node_id node) {
  const auto& m = at(node);
  if (!m.core) {
    say(to_string(node) + " is down");
    return;
  }
  const auto& core = *m.core;
  say(to_string(node) + " is " + describe(core) + " last=" + to_text(core.log().last_position())
      + " durable=" + to_string(core.durable_index()) + " commit=" + to_string(core.commit_index())
      + " applied=" + to_string(core.applied_index()));
}

void cluster::show_log(node_id node) {
  const auto& m = at(node);
  auto text = to_string(node) + " has";
  const auto& log = core_at(node).log();
  for (auto index = log.first(); index <= log.last(); ++index) {
    const auto* x = log.find(index);
    if (x == nullptr)
      x = m.disk.find(index);
    text += x == nullptr ? " " + to_string(index) + "/?" : " " + to_text(*x) + (index < log.last() ? "," : "");
  }
  say(text);
}

void cluster::show_peers(node_id node) {
  const auto* lead = std::get_if<leader>(&core_at(node).role());
  if (lead == nullptr)
    throw script_error("node " + to_string(node) + " does not lead");
  constexpr std::array mode_names{"probe", "replicate", "snapshot"};
  for (const auto& [peer, x] : lead->peers)
    say(to_string(node) + " sees " + to_string(peer) + ": " + mode_names.at(static_cast<std::size_t>(x.mode()))
        + " match=" + to_string(x.match()) + " next=" + to_string(x.next())
        + " inflight=" + std::to_string(x.inflight_messages()) + (x.paused() ? " paused" : ""));
}

void cluster::show_members(node_id node) {
  const auto& core = core_at(node);
  const auto& known = core.configurations();
  say(to_string(node) + " knows " + (known.current().voters.empty() ? "no group" : to_text(known.current()))
      + (known.index() > core.commit_index() ? ", not committed" : ""));
}

std::vector<std::string> cluster::take_transcript() {
  return std::exchange(transcript_, {});
}

void cluster::say(const std::string& line) {
  if (detail_ != detail::nothing)
    transcript_.push_back(std::string(static_cast<std::size_t>(2 * (depth_ + 1)), ' ') + line);
}

void cluster::say_detail(const std::string& line) {
  if (detail_ == detail::all)
    say(line);
}

void cluster::check(const std::string& violation) {
  if (violation.empty())
    return;
  ++violations_;
  transcript_.push_back("  !! " + violation);
}

} // namespace kommander::scripts
