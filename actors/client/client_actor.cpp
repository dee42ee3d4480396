#include "kommander/client.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <utility>
#include <variant>

#include <spdlog/spdlog.h>

#include "actors/client/client_core.hpp"
#include "actors/raft/log.hpp"
#include "kommander/config.hpp"
#include "kommander/hash.hpp"
#include "kommander/raft.hpp"

namespace kommander {

namespace {

/// To itself: time goes on.
struct client_tick {};

/// To itself: a node may be reached by now.
struct connect_again {
  node_id node;
};

/// To a connector.
struct connect_now {};

struct connect_outcome {
  raft_actor handle; ///< Invalid: it could not be reached.
};

using client_base = client_actor::extend<caf::reacts_to<client_tick>, caf::reacts_to<connect_again>>;
using connector_actor = cafx::typed<connect_outcome(connect_now)>;

} // namespace

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::client_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::connect_again)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::connect_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::connect_outcome)

namespace kommander {

namespace {

using std::chrono::milliseconds;

/// At most what the core wants to be told of time.
constexpr milliseconds tick_interval{20};

/// What a request counts for beside its content.
constexpr std::size_t request_bytes = 128;

constexpr milliseconds timeout_max{std::chrono::hours{24}};

using write_promise = caf::typed_response_promise<client_write_result>;
using read_promise = caf::typed_response_promise<client_read_result>;

/// Connecting blocks, so each node has a thread for it.
connector_actor::behavior_type connector(connector_actor::pointer self, endpoint where, milliseconds timeout,
                                         const client_security& security) {
  cafx::use_library_handlers(self);
  return {
    [=](const connect_now&) {
      auto found = connect(self->system(), where, timeout, security);
      return connect_outcome{found ? *found : raft_actor{}};
    },
  };
}

/// A caller who waits.
struct open_write {
  client_write what;
  std::uint32_t place = 0;
  write_promise promise;
  propose_result last; ///< Of the attempts that were answered.
  bool was_sent = false;
};

struct open_read {
  read_policy policy = read_policy::leader;
  std::uint32_t place = 0;
  read_promise promise;
  read_result last;
};

struct known_node {
  connector_actor connector; ///< Of nodes in other processes.
  raft_actor handle;         ///< While it can be asked.
};

/// Empty: the node can be used.
std::string problem_of(const client_node& x) {
  if (!x.id && x.name.empty())
    return "a node has neither an id nor a name";
  if (!x.local && (x.address.host.empty() || x.address.port == 0))
    return "node " + (x.id ? to_string(x.id) : "\"" + x.name + "\"") + " has neither a client port nor a handle";
  return {};
}

node_id id_of(const client_node& x) {
  return x.id ? x.id : derive_node_id(x.name);
}

client_core_options options_of(const client_config& x) {
  client_core_options options;
  options.sessions.seed = x.seed;
  options.sessions.window_max = x.in_flight_max;
  options.in_flight_max = x.in_flight_max;
  options.open_requests_max = x.open_requests_max;
  options.open_bytes_max = x.open_bytes_max;
  return options;
}

class client_impl final : public client_base::base {
public:
  client_impl(caf::actor_config& actor, client_config config)
    : client_base::base{actor},
      config_{std::move(config)},
      log_{component_logger("client")},
      core_{options_of(config_)} {
    // nop
  }

  const char* name() const override {
    return "kommander.client";
  }

  behavior_type make_behavior() override {
    cafx::use_library_handlers(this);
    set_down_handler([this](const caf::down_msg& x) { on_down(x); });
    core_.tick(now());
    for (auto& x : std::exchange(config_.nodes, {}))
      add_node(x);
    go_on();
    return {
      [this](client_write& x) { return on_write(x); },
      [this](const client_read& x) { return on_read(x); },
      [this](const get_partition_map&) { return core_.map() ? *core_.map() : partition_map{}; },
      [this](const client_node& x) { on_node(x); },
      [this](const client_tick&) {
        ticks_ = false;
        core_.tick(now());
        go_on();
      },
      [this](const connect_again& x) { connect_to(x.node); },
    };
  }

  void on_exit() override {
    for (auto& [id, x] : writes_)
      x.promise.deliver(refusal(x.was_sent ? status::replication_failed : status::stopping,
                                x.was_sent ? "the client has ended; whether the write was applied is not known"
                                           : "the client has ended"));
    for (auto& [id, x] : reads_)
      x.promise.deliver(client_read_result{{}, {}, {status::stopping, {}, {}, "the client has ended"}});
    for (auto& [id, x] : nodes_)
      caf::anon_send_exit(x.connector, caf::exit_reason::user_shutdown);
    writes_.clear();
    reads_.clear();
    nodes_.clear();
  }

private:
  // -- nodes that come and go -----------------------------------------------------------------------------------------

  void on_node(const client_node& x) {
    if (auto problem = problem_of(x); !problem.empty())
      return log_->error("a client cannot use this node: {}", problem);
    auto id = id_of(x);
    core_.tick(now());
    if (auto known = nodes_.extract(id); !known.empty()) {
      core_.disconnected(id);
      caf::anon_send_exit(known.mapped().connector, caf::exit_reason::user_shutdown);
      if (known.mapped().handle)
        demonitor(known.mapped().handle.address());
    }
    add_node(x);
    go_on();
  }

  void add_node(const client_node& x) {
    auto id = id_of(x);
    auto& node = nodes_[id];
    if (x.local) {
      take(id, x.local, true);
    } else {
      auto security = config_.security;
      security.node = x.id;
      node.connector = spawn<caf::detached>(connector, x.address, config_.connect_timeout, std::move(security));
      connect_to(id);
    }
  }

  void connect_to(node_id id) {
    auto found = nodes_.find(id);
    if (found == nodes_.end() || !found->second.connector)
      return; // it is reached in another way now
    auto by = found->second.connector;
    request(by, caf::infinite, connect_now{})
      .then([=, this](const connect_outcome& x) { on_connected(id, by, x.handle); }, [](const caf::error&) {});
  }

  void on_connected(node_id id, const connector_actor& by, const raft_actor& handle) {
    auto found = nodes_.find(id);
    if (found == nodes_.end() || found->second.connector != by)
      return;
    core_.tick(now());
    if (handle)
      take(id, handle, false);
    else
      delayed_send(this, config_.reconnect_delay, connect_again{id});
    go_on();
  }

  void take(node_id id, const raft_actor& handle, bool local) {
    nodes_.at(id).handle = handle;
    monitor(handle);
    core_.connected(id, local);
  }

  void on_down(const caf::down_msg& x) {
    auto found = std::ranges::find_if(
      nodes_, [&](const auto& y) { return y.second.handle && y.second.handle.address() == x.source; });
    if (found == nodes_.end())
      return;
    auto& [id, node] = *found;
    log_->info("node {} cannot be asked any more: {}", id.value(), system().render(x.reason));
    node.handle = raft_actor{};
    core_.tick(now());
    core_.disconnected(id);
    if (node.connector)
      connect_to(id);
    go_on();
  }

  // -- requests ---------------------------------------------------------------------------------------------------------

  caf::result<client_write_result> on_write(client_write& x) {
    auto bytes = request_bytes + x.key.size() + x.type.size();
    for (const auto& y : x.payloads)
      bytes += y.size();
    auto place = route_key(x.key);
    auto id = add({.place = place, .bytes = bytes}, x.timeout);
    if (!id)
      return refusal(status::proposal_queue_full, "too many requests of this client are open");
    auto promise = make_response_promise<write_promise>();
    writes_.emplace(id, open_write{std::move(x), place, promise, {}, false});
    go_on();
    return promise;
  }

  caf::result<client_read_result> on_read(const client_read& x) {
    auto place = route_key(x.key);
    auto id = add({.place = place, .bytes = request_bytes, .is_write = false, .policy = x.policy}, x.timeout);
    if (!id)
      return client_read_result{
        {}, {}, {status::proposal_queue_full, {}, {}, "too many requests of this client are open"}};
    auto promise = make_response_promise<read_promise>();
    reads_.emplace(id, open_read{x.policy, place, promise, {}});
    go_on();
    return promise;
  }

  request_number add(const client_request& x, milliseconds timeout) {
    core_.tick(now());
    return core_.add(x, now() + instant{std::clamp(timeout, milliseconds{0}, timeout_max)});
  }

  // -- what the core has decided ------------------------------------------------------------------------------------------

  void go_on() {
    for (const auto& x : core_.take_sends())
      send_request(x);
    if (auto node = core_.take_refresh())
      ask_for_map(*node);
    for (auto& x : core_.take_ends())
      end(x);
    if (!core_.is_idle() && !std::exchange(ticks_, true))
      delayed_send(this, tick_interval, client_tick{});
  }

  void send_request(const client_send& x) {
    if (auto found = writes_.find(x.request); found != writes_.end())
      send_write(x, found->second);
    else if (auto read = reads_.find(x.request); read != reads_.end())
      send_read(x, read->second);
  }

  void send_write(const client_send& x, open_write& what) {
    what.was_sent = true;
    propose message{x.partition, what.what.type, what.what.payloads};
    message.place = what.place;
    message.client = x.session.client;
    message.sequence = x.session.sequence;
    request(nodes_.at(x.node).handle, caf::infinite, std::move(message))
      .then(
        [=, this](propose_result& y) {
          node_verdict verdict{y.code, y.leader.id, y.reason};
          if (auto found = writes_.find(x.request); found != writes_.end())
            found->second.last = std::move(y);
          on_answer(x, verdict);
        },
        [=, this](const caf::error& why) { on_answer(x, lost(why)); });
  }

  void send_read(const client_send& x, const open_read& what) {
    read_barrier message{x.partition, what.policy};
    message.place = what.place;
    request(nodes_.at(x.node).handle, caf::infinite, message)
      .then(
        [=, this](read_result& y) {
          node_verdict verdict{y.code, y.leader.id, y.reason};
          if (auto found = reads_.find(x.request); found != reads_.end())
            found->second.last = std::move(y);
          on_answer(x, verdict);
        },
        [=, this](const caf::error& why) { on_answer(x, lost(why)); });
  }

  void on_answer(const client_send& x, const node_verdict& verdict) {
    core_.tick(now());
    core_.answered(x.request, x.attempt, verdict);
    go_on();
  }

  node_verdict lost(const caf::error& why) {
    return {status::replication_failed, {}, "a node has not answered: " + system().render(why)};
  }

  void ask_for_map(node_id node) {
    request(nodes_.at(node).handle, caf::infinite, get_partition_map{})
      .then([=, this](const partition_map& x) { on_map(node, std::make_shared<const partition_map>(x)); },
            [=, this](const caf::error&) { on_map(node, nullptr); });
  }

  void on_map(node_id node, const std::shared_ptr<const partition_map>& map) {
    core_.tick(now());
    core_.map_answered(node, map);
    go_on();
  }

  // -- answers ------------------------------------------------------------------------------------------------------------

  static client_write_result refusal(status code, std::string reason) {
    return {{}, {code, {}, {}, {}, std::move(reason)}, 0};
  }

  void end(client_end& x) {
    if (auto found = writes_.extract(x.request); !found.empty()) {
      auto& last = found.mapped().last;
      if (x.code != status::success)
        last = {x.code, {}, {}, last.leader, std::move(x.reason)};
      found.mapped().promise.deliver(client_write_result{x.partition, std::move(last), x.attempts});
    } else if (auto read = reads_.extract(x.request); !read.empty()) {
      auto& answer = read.mapped().last;
      if (x.code != status::success)
        answer = {x.code, {}, answer.leader, std::move(x.reason)};
      read.mapped().promise.deliver(client_read_result{x.partition, x.node, std::move(answer)});
    }
  }

  instant now() {
    return std::chrono::duration_cast<instant>(clock().now().time_since_epoch());
  }

  client_config config_;
  std::shared_ptr<spdlog::logger> log_;
  client_core core_;
  std::map<node_id, known_node> nodes_;
  std::map<request_number, open_write> writes_;
  std::map<request_number, open_read> reads_;
  bool ticks_ = false;
};

// -- settings -------------------------------------------------------------------------------------------------------------

failure wrong(const std::string& message) {
  return {status::invalid_argument, "client_config: " + message};
}

result<done> check(const client_config& x) {
  if (x.nodes.empty())
    return wrong("nodes is empty; name at least one node of the cluster");
  std::set<node_id> ids;
  for (const auto& node : x.nodes) {
    if (auto problem = problem_of(node); !problem.empty())
      return wrong(problem);
    if (!ids.insert(id_of(node)).second)
      return wrong("node " + to_string(id_of(node)) + " stands in nodes twice");
  }
  if (x.in_flight_max < 1 || x.in_flight_max > 64)
    return wrong("in_flight_max is " + std::to_string(x.in_flight_max)
                 + ", but must be from 1 to 64: partitions remember the last 64 answers of a session");
  if (x.open_requests_max < 1)
    return wrong("open_requests_max is 0, but must be at least 1");
  if (x.connect_timeout < milliseconds{1} || x.reconnect_delay < milliseconds{1})
    return wrong("connect_timeout and reconnect_delay must be at least 1 ms");
  return done{};
}

std::uint64_t random_seed() {
  std::random_device random;
  return (std::uint64_t{random()} << 32) | random();
}

} // namespace

result<client_actor> spawn_client(caf::actor_system& system, client_config config) {
  if (auto valid = check(config); !valid)
    return valid.error();
  if (config.seed == 0)
    config.seed = random_seed();
  return client_actor{system.spawn<client_impl>(std::move(config))};
}

} // namespace kommander
