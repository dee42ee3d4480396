/// replicate: a CAF process of its own that sends the lines of a file to a running cluster.
///
/// Each line becomes one proposal "<number> <text>"; a hash of it chooses the partition. Many are in flight. Each goes to
/// the node that leads its partition, as far as known; whatever is refused, or has an unknown outcome because a node was
/// lost, is sent again. So each line is committed at least once, and its number shows where it was twice.
#include <kommander/kommander.hpp>

#include <CLI/CLI.hpp>
#include <caf/io/all.hpp>

#include <deque>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>

using namespace kommander;
using std::chrono::milliseconds;

namespace {

// -- the command line -----------------------------------------------------------------------------------------------

/// A node of the cluster and where clients reach it.
struct target {
  std::string name;
  node_id id;
  endpoint client;
};

struct options {
  std::vector<target> nodes;
  std::uint64_t partitions = 1;
  std::size_t in_flight_max = 256; ///< Per partition.
  std::uint32_t patience_s = 30;
  std::string acks;
  std::string input;
  std::uint64_t leader_of = 0;
};

/// "name@host:port" for CLI11: the empty string, or what is wrong.
std::string add_target(const std::string& text, std::vector<target>& out) {
  auto at = text.find('@');
  auto colon = text.rfind(':');
  auto port = 0;
  if (at == 0 || at == std::string::npos || colon == std::string::npos || colon < at + 2
      || !CLI::detail::lexical_cast(text.substr(colon + 1), port) || port < 1 || port > 65535)
    return "\"" + text + "\" must look like name@host:port";
  auto name = text.substr(0, at);
  out.push_back({name, derive_node_id(name), {text.substr(at + 1, colon - at - 1), static_cast<std::uint16_t>(port)}});
  return {};
}

// -- messages between the reader, the driver and the connectors, all in this process --------------------------------

struct connect_now {};

struct connected {
  std::size_t node;
  raft_actor handle;
};

struct input_lines {
  std::vector<std::string> lines;
  bool last;
};

struct want_lines {};

struct finished {
  std::string problem; ///< Empty: every line was acknowledged.
  std::uint64_t acknowledged;
  std::uint64_t resent;
  double seconds;
};

struct find_leader {
  std::size_t lane;
};

struct pulse {};

using connector_actor = cafx::typed<void(connect_now)>;
using driver_actor = cafx::typed<void(connected), void(input_lines), void(find_leader), void(pulse)>;

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(connect_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(connected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(input_lines)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(want_lines)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(finished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(find_leader)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pulse)

namespace {

constexpr milliseconds connect_timeout{1000};
constexpr milliseconds retry_delay{50};
constexpr milliseconds pulse_interval{100};
constexpr milliseconds leader_timeout{2000};
constexpr std::size_t chunk_lines_max = 64;

/// Connects to one node when it is told to, again and again until it succeeds. On a thread of its own.
connector_actor::behavior_type connector(connector_actor::pointer self, std::size_t node, endpoint where,
                                         driver_actor driver) {
  return {
    [=](connect_now) {
      if (auto handle = connect(self->system(), where, connect_timeout); handle.ok())
        self->send(driver, connected{node, *handle});
      else
        self->delayed_send(self, retry_delay, connect_now{});
    },
  };
}

// -- the driver -----------------------------------------------------------------------------------------------------

struct line {
  std::uint64_t number;
  std::string text;
};

/// What goes to one partition.
struct lane {
  partition_id partition;
  std::deque<line> waiting;
  std::size_t in_flight = 0;
  std::optional<std::size_t> leader; ///< Index of a connected node.
  bool asking = false;               ///< For the leader; until it is known nothing is sent.
  std::optional<std::size_t> asked;  ///< The node that was asked, while its answer is outstanding.
};

/// A proposal that has not been answered.
struct attempt {
  std::size_t lane;
  std::size_t node;
  line what;
};

/// A node, while it is connected.
struct connection {
  connector_actor connector;
  raft_actor handle;
};

class driver_impl : public driver_actor::base {
public:
  driver_impl(caf::actor_config& cfg, options opts, caf::actor reader)
    : driver_actor::base(cfg),
      options_{std::move(opts)},
      reader_{std::move(reader)},
      started_{std::chrono::steady_clock::now()},
      last_progress_{started_} {
    if (!options_.acks.empty())
      acks_.open(options_.acks, std::ios::trunc);
    for (std::uint64_t i = 1; i <= options_.partitions; ++i)
      lanes_.push_back({partition_id{i}, {}, 0, std::nullopt, false, std::nullopt});
  }

  const char* name() const override {
    return "driver";
  }

  behavior_type make_behavior() override {
    set_down_handler([this](const caf::down_msg& x) { on_down(x.source); });
    for (std::size_t i = 0; i < options_.nodes.size(); ++i) {
      auto connector_handle =
        spawn<caf::detached>(connector, i, options_.nodes[i].client, caf::actor_cast<driver_actor>(this));
      connections_.push_back({connector_handle, raft_actor{}});
      send(connector_handle, connect_now{});
    }
    delayed_send(this, pulse_interval, pulse{});
    ask_for_lines();
    return {
      [this](const connected& x) { on_connected(x); },
      [this](input_lines& x) { on_lines(x); },
      [this](find_leader x) { on_find_leader(x.lane); },
      [this](pulse) { on_pulse(); },
    };
  }

private:
  // -- input --------------------------------------------------------------------------------------------------------

  /// Keeps as much at hand as may be in flight, and no more.
  void ask_for_lines() {
    auto room = open_lines_ < 2 * options_.in_flight_max * lanes_.size();
    if (room && !asked_for_lines_ && !input_ended_) {
      asked_for_lines_ = true;
      caf::anon_send(reader_, want_lines{});
    }
  }

  void on_lines(input_lines& x) {
    asked_for_lines_ = false;
    input_ended_ = x.last;
    for (auto& text : x.lines) {
      line next{++lines_read_, std::to_string(lines_read_) + " " + text};
      auto lane = kommander::static_hash(next.text, static_cast<std::uint32_t>(lanes_.size()));
      lanes_[lane].waiting.push_back(std::move(next));
      ++open_lines_;
    }
    for (std::size_t i = 0; i < lanes_.size(); ++i)
      send_waiting(i);
    ask_for_lines();
    finish_if_done();
  }

  // -- nodes that come and go ---------------------------------------------------------------------------------------

  void on_connected(const connected& x) {
    connections_[x.node].handle = x.handle;
    monitor(x.handle);
    for (std::size_t i = 0; i < lanes_.size(); ++i)
      send_waiting(i);
  }

  /// What was asked of a lost node is not answered any more: ask again, elsewhere.
  void on_down(const caf::actor_addr& who) {
    auto node = find_connection(who);
    if (!node)
      return;
    connections_[*node].handle = raft_actor{};
    send(connections_[*node].connector, connect_now{});
    for (auto i = attempts_.begin(); i != attempts_.end();) {
      auto lost = i++;
      if (lost->second.node == *node)
        take_back(lost);
    }
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      if (lanes_[i].leader == node)
        lanes_[i].leader.reset();
      if (lanes_[i].asked == node)
        lanes_[i].asking = false;
      send_waiting(i);
    }
  }

  std::optional<std::size_t> find_connection(const caf::actor_addr& who) const {
    for (std::size_t i = 0; i < connections_.size(); ++i)
      if (connections_[i].handle && connections_[i].handle.address() == who)
        return i;
    return std::nullopt;
  }

  std::optional<std::size_t> connected_node(node_id id) const {
    for (std::size_t i = 0; i < connections_.size(); ++i)
      if (options_.nodes[i].id == id && connections_[i].handle)
        return i;
    return std::nullopt;
  }

  // -- leaders ------------------------------------------------------------------------------------------------------

  void look_for_leader(std::size_t at) {
    lanes_[at].leader.reset();
    if (!lanes_[at].asking)
      on_find_leader(at);
  }

  /// Asks the connected nodes in turn; while there is none, `on_connected` will bring us back.
  void on_find_leader(std::size_t at) {
    auto& x = lanes_[at];
    x.asking = false;
    for (std::size_t i = 0; i < connections_.size() && !x.asking; ++i) {
      auto node = ++next_asked_ % connections_.size();
      if (!connections_[node].handle)
        continue;
      x.asking = true;
      x.asked = node;
      request(connections_[node].handle, caf::infinite, wait_for_leader{x.partition, milliseconds{0}, leader_timeout})
        .then([this, at](const leader_result& y) { on_leader(at, y.leader.id); },
              [this, at](const caf::error&) { on_leader(at, node_id{}); });
    }
  }

  /// A leader that we are not connected to is dead, or on its way back: the next answer will tell.
  void on_leader(std::size_t at, node_id id) {
    auto& x = lanes_[at];
    x.asked.reset();
    if (x.leader = connected_node(id); x.leader) {
      x.asking = false;
      send_waiting(at);
    } else {
      delayed_send(this, retry_delay, find_leader{at});
    }
  }

  // -- proposals ----------------------------------------------------------------------------------------------------

  void send_waiting(std::size_t at) {
    auto& x = lanes_[at];
    if (x.waiting.empty())
      return;
    if (!x.leader)
      return look_for_leader(at);
    while (!x.waiting.empty() && x.in_flight < options_.in_flight_max) {
      auto id = ++last_attempt_;
      auto& sent = attempts_[id] = {at, *x.leader, std::move(x.waiting.front())};
      x.waiting.pop_front();
      ++x.in_flight;
      request(connections_[*x.leader].handle, caf::infinite, propose{x.partition, "line", bytes{sent.what.text}})
        .then([this, id](const propose_result& y) { on_result(id, y); },
              [this, id](const caf::error&) { on_result(id, {}); });
    }
  }

  /// An answer to an attempt that was given up already finds nothing.
  void on_result(std::uint64_t id, const propose_result& x) {
    auto i = attempts_.find(id);
    if (i == attempts_.end())
      return;
    auto at = i->second.lane;
    if (x.code == status::success) {
      acknowledge(i->second, x.index);
      --lanes_[at].in_flight;
      --open_lines_;
      attempts_.erase(i);
      send_waiting(at);
      ask_for_lines();
      return finish_if_done();
    }
    if (x.code == status::unknown_partition || x.code == status::payload_too_large
        || x.code == status::invalid_argument)
      return finish("line " + std::to_string(i->second.what.number) + ": " + x.reason);
    take_back(i);
    lanes_[at].leader = connected_node(x.leader.id);
    // A full queue empties by itself, and a leader that is not ready becomes so: not at once again.
    if (x.code != status::node_is_not_leader || !lanes_[at].leader)
      pause(at);
    else
      send_waiting(at);
  }

  void pause(std::size_t at) {
    auto& x = lanes_[at];
    x.leader.reset();
    if (!x.asking) {
      x.asking = true;
      delayed_send(this, retry_delay, find_leader{at});
    }
  }

  void take_back(std::map<std::uint64_t, attempt>::iterator i) {
    auto& x = lanes_[i->second.lane];
    x.waiting.push_front(std::move(i->second.what));
    --x.in_flight;
    ++resent_;
    attempts_.erase(i);
  }

  /// A line of the file of acknowledgements: "number partition index node time", in nanoseconds since 1970.
  void acknowledge(const attempt& x, log_index index) {
    ++acknowledged_;
    last_progress_ = std::chrono::steady_clock::now();
    if (!acks_.is_open())
      return;
    auto now = std::chrono::system_clock::now().time_since_epoch();
    acks_ << x.what.number << ' ' << to_string(lanes_[x.lane].partition) << ' ' << to_string(index) << ' '
          << options_.nodes[x.node].name << ' ' << std::chrono::nanoseconds{now}.count() << '\n';
  }

  // -- the end ------------------------------------------------------------------------------------------------------

  void on_pulse() {
    acks_.flush();
    auto silence = std::chrono::steady_clock::now() - last_progress_;
    if (open_lines_ > 0 && silence > std::chrono::seconds{options_.patience_s})
      return finish("nothing was acknowledged for " + std::to_string(options_.patience_s) + " s");
    if (open_lines_ == 0)
      last_progress_ = std::chrono::steady_clock::now();
    delayed_send(this, pulse_interval, pulse{});
  }

  void finish_if_done() {
    if (input_ended_ && open_lines_ == 0)
      finish({});
  }

  void finish(const std::string& problem) {
    acks_.flush();
    auto failed = acks_.is_open() && !acks_ ? "cannot write " + options_.acks : problem;
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - started_;
    caf::anon_send(reader_, finished{failed, acknowledged_, resent_, took.count()});
    connections_.clear();
    quit();
  }

  options options_;
  caf::actor reader_;
  std::ofstream acks_;
  std::vector<connection> connections_; ///< One for each of `options_.nodes`.
  std::vector<lane> lanes_;
  std::map<std::uint64_t, attempt> attempts_;
  std::uint64_t last_attempt_ = 0;
  std::size_t next_asked_ = 0;
  std::uint64_t lines_read_ = 0;
  std::size_t open_lines_ = 0; ///< Read and not acknowledged.
  bool asked_for_lines_ = false;
  bool input_ended_ = false;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t resent_ = 0;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point last_progress_;
};

// -- the main thread: reads -----------------------------------------------------------------------------------------

/// The next lines that `in` has. Waits for the first one only, so that a slow writer's lines are not kept back.
input_lines read_lines(std::istream& in) {
  input_lines result{{}, false};
  std::string text;
  do {
    if (!std::getline(in, text)) {
      result.last = true;
      break;
    }
    result.lines.push_back(text);
  } while (result.lines.size() < chunk_lines_max && in.rdbuf()->in_avail() > 0);
  return result;
}

int replicate(caf::actor_system& system, const options& opts) {
  std::ifstream file{opts.input};
  if (opts.input != "-" && !file) {
    std::cerr << "cannot read " << opts.input << '\n';
    return EXIT_FAILURE;
  }
  auto& in = opts.input == "-" ? std::cin : file;
  caf::scoped_actor self{system};
  auto driver = self->spawn<driver_impl>(opts, caf::actor_cast<caf::actor>(self));
  std::optional<finished> end;
  while (!end)
    self->receive([&](const want_lines&) { self->send(driver, read_lines(in)); }, [&](const finished& x) { end = x; });
  std::cout << "replicated " << end->acknowledged << " lines in " << end->seconds
            << " s: " << static_cast<std::uint64_t>(static_cast<double>(end->acknowledged) / end->seconds)
            << " lines/s, " << end->resent << " sent again" << std::endl;
  if (end->problem.empty())
    return EXIT_SUCCESS;
  std::cerr << end->problem << '\n';
  return EXIT_FAILURE;
}

/// Prints the name of the node that leads `opts.leader_of`, as the first node that can be reached knows it.
int print_leader(caf::actor_system& system, const options& opts) {
  caf::scoped_actor self{system};
  node_info leader;
  for (const auto& x : opts.nodes)
    if (auto handle = connect(system, x.client, connect_timeout); handle.ok() && !leader.id)
      self->request(*handle, caf::infinite, wait_for_leader{partition_id{opts.leader_of}})
        .receive([&](const leader_result& y) { leader = y.leader; }, [](const caf::error&) {});
  for (const auto& x : opts.nodes)
    if (x.id == leader.id)
      std::cout << x.name << std::endl;
  if (leader.id)
    return EXIT_SUCCESS;
  std::cerr << "partition " << opts.leader_of << " has no leader that a node would tell\n";
  return EXIT_FAILURE;
}

struct client_config : caf::actor_system_config {
  client_config() {
    load<caf::io::middleman>();
    setup(*this);
  }
};

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Sends the lines of a file to a Kommander cluster, each at least once."};
  options opts;
  std::vector<std::string> nodes;
  app.add_option("--nodes", nodes, "All nodes with their client ports: name@host:port,...")->required()->delimiter(',');
  app.add_option("--partitions", opts.partitions, "Spread over partitions 1 to N")
    ->check(CLI::Range(1, 100'000))
    ->capture_default_str();
  app.add_option("--in-flight", opts.in_flight_max, "Lines sent and not answered, per partition")
    ->check(CLI::Range(1, 65'536))
    ->capture_default_str();
  app.add_option("--patience", opts.patience_s, "Seconds without an acknowledgement before giving up")
    ->capture_default_str();
  app.add_option("--acks", opts.acks, "File for a line per acknowledgement: number partition index node nanoseconds");
  app.add_option("--leader-of", opts.leader_of, "Only print which node leads this partition");
  app.add_option("file", opts.input, "The file; - for standard input")->default_str("-");
  try {
    app.parse(argc, argv);
    for (const auto& x : nodes)
      if (auto problem = add_target(x, opts.nodes); !problem.empty())
        throw CLI::ValidationError{"--nodes", problem};
  } catch (const CLI::ParseError& x) {
    return app.exit(x) == 0 ? EXIT_SUCCESS : 2;
  }
  if (opts.input.empty())
    opts.input = "-";
  std::ios::sync_with_stdio(false);
  client_config config;
  caf::actor_system system{config};
  return opts.leader_of != 0 ? print_leader(system, opts) : replicate(system, opts);
}
