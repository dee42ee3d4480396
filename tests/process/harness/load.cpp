#include "tests/process/harness/load.hpp"

#include <optional>
#include <unordered_map>

namespace process_test {

using namespace kommander;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds connect_timeout{1000};
constexpr milliseconds connect_pause{50};
constexpr milliseconds pulse_interval{50};

using connector_actor = cafx::typed<void(connect_now)>;

/// Connects when it is told to, again and again until it succeeds.
connector_actor::behavior_type connector(connector_actor::pointer self, std::size_t node, endpoint where,
                                         client_security security, load_actor owner) {
  return {[=](connect_now) {
    if (auto handle = connect(self->system(), where, connect_timeout, security); handle.ok())
      self->send(owner, connected{node, *handle});
    else
      self->delayed_send(self, connect_pause, connect_now{});
  }};
}

struct node_state {
  node_id id;
  connector_actor dialer;
  raft_actor handle;  ///< Empty while there is no connection.
  bool asked = false; ///< For its status, which has not come yet.
  std::map<std::uint64_t, caf::typed_response_promise<raft_actor>> waiting;
};

enum class mark : std::uint8_t { none, wanted, sent, done };

/// What goes to one partition.
struct lane {
  std::uint64_t partition = 0;
  std::vector<proposal> all;
  counts count;
  std::uint64_t highest = 0; ///< Acknowledged index.
  std::optional<std::size_t> leader;
  raft_term term;
  bool held = false;                            ///< Until the next pulse: the leader refused.
  std::map<std::size_t, std::size_t> in_flight; ///< By node.
  mark marking = mark::none;
  std::uint64_t mark_index = 0;
};

/// A proposal on its way.
struct attempt {
  std::size_t lane;
  std::size_t node;
  std::size_t number; ///< In `lane::all`.
  bool is_mark;
};

/// Somebody who waits until each lane has acknowledged so much.
struct goal {
  std::vector<std::size_t> acknowledged;
  caf::typed_response_promise<totals> whom;
};

class load_impl : public load_actor::base {
public:
  load_impl(caf::actor_config& cfg, const std::vector<target>& nodes, std::uint32_t partitions,
            const client_security& security)
    : load_actor::base(cfg) {
    set_down_handler([this](const caf::down_msg& x) { on_down(x.source); });
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      nodes_.emplace_back().id = nodes[i].id;
      nodes_.back().dialer =
        spawn<caf::detached + caf::linked>(connector, i, nodes[i].where, security, caf::actor_cast<load_actor>(this));
      send(nodes_.back().dialer, connect_now{});
    }
    for (std::uint32_t i = 1; i <= partitions; ++i)
      lanes_.emplace_back().partition = i;
    plan_.running = false;
    delayed_send(this, pulse_interval, pulse{});
  }

  const char* name() const override {
    return "load";
  }

  /// Promises that nobody can keep any more would keep this actor alive, and with it the threads of its dialers.
  void on_exit() override {
    goals_.clear();
    drains_.clear();
    marks_ = {};
    nodes_.clear();
  }

  behavior_type make_behavior() override {
    return {
      [this](const load_plan& x) {
        plan_ = x;
        send_all();
      },
      [this](const await_progress& x) { return on_await(x.proposals); },
      [this](drain) { return on_drain(); },
      [this](set_marks) { return on_set_marks(); },
      [this](const send_to& x) { return on_send_to(x); },
      [this](get_totals) { return sums(); },
      [this](get_ledger) { return collect(); },
      [this](get_handle x) { return on_get_handle(x.node); },
      [this](connected& x) { on_connected(x); },
      [this](pulse) { on_pulse(); },
    };
  }

private:
  // -- requests of the test -----------------------------------------------------------------------------------------

  caf::typed_response_promise<totals> on_await(std::size_t proposals) {
    goal x;
    for (const auto& y : lanes_)
      x.acknowledged.push_back(y.count.acknowledged + proposals);
    x.whom = make_response_promise<totals>();
    goals_.push_back(x);
    return x.whom;
  }

  caf::typed_response_promise<totals> on_drain() {
    plan_.running = false;
    drains_.push_back(make_response_promise<totals>());
    auto result = drains_.back();
    report_progress();
    return result;
  }

  caf::typed_response_promise<marks> on_set_marks() {
    for (auto& x : lanes_)
      x.marking = mark::wanted;
    marks_ = make_response_promise<marks>();
    auto result = marks_;
    send_all();
    return result;
  }

  caf::typed_response_promise<raft_actor> on_get_handle(std::size_t node) {
    auto result = make_response_promise<raft_actor>();
    auto id = ++last_waiting_;
    nodes_[node].waiting[id] = result;
    confirm(node, id);
    return result;
  }

  /// Hands out the handle when the node has answered: one of a process that was just killed looks like any other.
  void confirm(std::size_t i, std::uint64_t waiting) {
    auto handle = nodes_[i].handle;
    if (!handle)
      return;
    request(handle, caf::infinite, get_status{})
      .then(
        [this, i, waiting, handle](const node_status&) {
          if (auto found = nodes_[i].waiting.extract(waiting))
            found.mapped().deliver(handle);
        },
        [](const caf::error&) {});
  }

  std::uint64_t on_send_to(const send_to& x) {
    auto i = static_cast<std::size_t>(x.partition - 1);
    auto first = lanes_[i].all.size();
    for (std::size_t n = 0; n < x.proposals && nodes_[x.node].handle; ++n)
      send_one(i, x.node, false);
    return first;
  }

  totals sums() const {
    totals result;
    for (const auto& x : lanes_)
      result[x.partition] = x.count;
    return result;
  }

  ledger collect() const {
    ledger result;
    for (const auto& x : lanes_)
      result[x.partition] = x.all;
    return result;
  }

  /// Answers those whose condition holds now.
  void report_progress() {
    std::erase_if(goals_, [this](goal& x) {
      for (std::size_t i = 0; i < lanes_.size(); ++i)
        if (lanes_[i].count.acknowledged < x.acknowledged[i])
          return false;
      x.whom.deliver(sums());
      return true;
    });
    if (!attempts_.empty())
      return;
    for (auto& x : drains_)
      x.deliver(sums());
    drains_.clear();
  }

  void report_marks() {
    marks result;
    for (const auto& x : lanes_) {
      if (x.marking != mark::done)
        return;
      result[x.partition] = x.mark_index;
    }
    for (auto& x : lanes_)
      x.marking = mark::none;
    marks_.deliver(result);
  }

  // -- nodes that come and go ---------------------------------------------------------------------------------------

  void on_connected(const connected& x) {
    auto& node = nodes_[x.node];
    node.handle = x.handle;
    monitor(x.handle);
    for (const auto& [id, whom] : node.waiting)
      confirm(x.node, id);
    ask(x.node);
  }

  /// What was in flight to a node that is gone may have been appended, or not.
  void on_down(const caf::actor_addr& whom) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      auto& node = nodes_[i];
      if (!node.handle || node.handle.address() != whom)
        continue;
      node.handle = raft_actor{};
      node.asked = false;
      send(node.dialer, connect_now{});
      std::vector<std::uint64_t> lost;
      for (const auto& [id, x] : attempts_)
        if (x.node == i)
          lost.push_back(id);
      for (auto id : lost)
        settle(id, fate::unknown, 0);
    }
    report_progress();
  }

  // -- leaders ------------------------------------------------------------------------------------------------------

  /// Asks a node who leads. At most one question a node is open, so one that is stopped is not flooded.
  void ask(std::size_t i) {
    auto& node = nodes_[i];
    if (!node.handle || node.asked)
      return;
    node.asked = true;
    request(node.handle, caf::infinite, get_status{})
      .then(
        [this, i](const node_status& x) {
          nodes_[i].asked = false;
          for (const auto& y : x.partitions)
            learn(y);
        },
        [this, i](const caf::error&) { nodes_[i].asked = false; });
  }

  std::optional<std::size_t> find_node(node_id id) const {
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i].id == id)
        return i;
    return std::nullopt;
  }

  /// The leader of the highest term is the one to talk to, whoever told.
  void learn(const partition_status& x) {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      auto& y = lanes_[i];
      auto leader = find_node(x.leader.id);
      if (y.partition != x.partition.value() || !leader || x.term < y.term)
        continue;
      y.term = x.term;
      y.leader = leader;
      send_waiting(i);
    }
  }

  void on_pulse() {
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      ask(i);
    for (auto& x : lanes_)
      x.held = false;
    send_all();
    delayed_send(this, pulse_interval, pulse{});
  }

  // -- proposals ----------------------------------------------------------------------------------------------------

  void send_all() {
    for (std::size_t i = 0; i < lanes_.size(); ++i)
      send_waiting(i);
  }

  void send_waiting(std::size_t i) {
    auto& x = lanes_[i];
    while (x.leader && nodes_[*x.leader].handle && !x.held) {
      auto marks_it = x.marking == mark::wanted;
      if (!marks_it && (!plan_.running || x.in_flight[*x.leader] >= plan_.in_flight_max))
        return;
      if (marks_it)
        x.marking = mark::sent;
      send_one(i, *x.leader, marks_it);
    }
  }

  void send_one(std::size_t i, std::size_t node, bool is_mark) {
    auto& x = lanes_[i];
    proposal next;
    next.id = "p" + std::to_string(x.partition) + "-" + std::to_string(x.all.size());
    next.entries = x.all.size() % 8 == 7 && !is_mark ? 3 : 1;
    next.padding = is_mark ? 0 : plan_.padding;
    next.floor = x.highest;
    propose message;
    message.partition = partition_id{x.partition};
    message.type = "load";
    for (std::size_t n = 0; n < next.entries; ++n)
      message.payloads.emplace_back(payload_of(next, n));
    auto id = ++last_attempt_;
    attempts_[id] = {i, node, x.all.size(), is_mark};
    x.all.push_back(std::move(next));
    ++x.in_flight[node];
    ++x.count.in_flight;
    request(nodes_[node].handle, caf::infinite, std::move(message))
      .then([this, id](const propose_result& y) { on_answer(id, y); },
            [this, id](const caf::error&) { on_answer(id, status::operation_cancelled); });
  }

  void on_answer(std::uint64_t id, const propose_result& x) {
    auto found = attempts_.find(id);
    if (found == attempts_.end())
      return;
    auto [i, node, number, is_mark] = found->second;
    auto& lane = lanes_[i];
    switch (outcome(x.code)) {
      case proposal_outcome::applied: settle(id, fate::acknowledged, x.index.value()); break;
      case proposal_outcome::not_applied: settle(id, fate::refused, 0); break;
      case proposal_outcome::unknown: settle(id, fate::unknown, 0); break;
    }
    // Who has refused will refuse again: not before the next pulse, and maybe somebody else.
    if (x.code != status::success && lane.leader == node) {
      lane.held = true;
      if (auto other = find_node(x.leader.id))
        lane.leader = other;
    }
    report_progress();
    send_waiting(i);
  }

  void on_answer(std::uint64_t id, status code) {
    propose_result x;
    x.code = code;
    on_answer(id, x);
  }

  /// Writes down what became of a proposal.
  void settle(std::uint64_t id, fate known, std::uint64_t index) {
    auto [i, node, number, is_mark] = attempts_.at(id);
    attempts_.erase(id);
    auto& x = lanes_[i];
    x.all[number].known = known;
    x.all[number].index = index;
    x.highest = std::max(x.highest, index);
    --x.in_flight[node];
    --x.count.in_flight;
    auto& count = known == fate::acknowledged ? x.count.acknowledged
                  : known == fate::refused    ? x.count.refused
                                              : x.count.unknown;
    ++count;
    if (!is_mark)
      return;
    x.marking = known == fate::acknowledged ? mark::done : mark::wanted;
    x.mark_index = index;
    if (x.marking == mark::done)
      report_marks();
  }

  load_plan plan_;
  std::vector<node_state> nodes_;
  std::vector<lane> lanes_;
  std::unordered_map<std::uint64_t, attempt> attempts_;
  std::uint64_t last_attempt_ = 0;
  std::uint64_t last_waiting_ = 0;
  std::vector<goal> goals_;
  std::vector<caf::typed_response_promise<totals>> drains_;
  caf::typed_response_promise<marks> marks_;
};

} // namespace

load_actor spawn_load(caf::actor_system& system, const std::vector<target>& nodes, std::uint32_t partitions,
                      const client_security& security) {
  return system.spawn<load_impl>(nodes, partitions, security);
}

} // namespace process_test
