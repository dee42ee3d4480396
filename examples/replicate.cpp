/// replicate: a CAF process of its own that sends the lines of a file to a running cluster.
///
/// Each line becomes one proposal "<number> <text>"; its number is the key that says which partition it goes to. Many are in
/// flight. `kommander::client_actor` follows the partition map and the leaders, and sends again what a lost node has not
/// answered: each line is committed once, whatever fails meanwhile.
#include <kommander/kommander.hpp>

#include <CLI/CLI.hpp>
#include <caf/io/all.hpp>

#include <fstream>
#include <iostream>
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
  std::size_t in_flight_max = 64; ///< Per partition.
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

// -- messages between the reader and the driver, both in this process -------------------------------------------------

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

struct pulse {};

using driver_actor = caf::typed_actor<caf::reacts_to<input_lines>, caf::reacts_to<pulse>>;

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(input_lines)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(want_lines)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(finished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pulse)

namespace {

constexpr milliseconds connect_timeout{1000};
constexpr milliseconds pulse_interval{100};
constexpr std::size_t chunk_lines_max = 64;

// -- the driver -----------------------------------------------------------------------------------------------------

class driver_impl : public driver_actor::base {
public:
  driver_impl(caf::actor_config& cfg, options opts, client_actor client, caf::actor reader)
    : driver_actor::base(cfg),
      options_{std::move(opts)},
      client_{std::move(client)},
      reader_{std::move(reader)},
      open_lines_max_{open_lines_max(options_)},
      started_{std::chrono::steady_clock::now()},
      last_progress_{started_} {
    if (!options_.acks.empty())
      acks_.open(options_.acks, std::ios::trunc);
  }

  /// As much as may be in flight, and as much again at hand.
  static std::size_t open_lines_max(const options& x) {
    return 2 * x.in_flight_max * x.partitions;
  }

  const char* name() const override {
    return "driver";
  }

  behavior_type make_behavior() override {
    delayed_send(this, pulse_interval, pulse{});
    ask_for_lines();
    return {
      [this](const input_lines& x) { on_lines(x); },
      [this](pulse) { on_pulse(); },
    };
  }

private:
  void ask_for_lines() {
    if (open_lines_ < open_lines_max_ && !asked_for_lines_ && !input_ended_) {
      asked_for_lines_ = true;
      caf::anon_send(reader_, want_lines{});
    }
  }

  void on_lines(const input_lines& x) {
    asked_for_lines_ = false;
    input_ended_ = x.last;
    for (const auto& text : x.lines)
      write(++lines_read_, text);
    ask_for_lines();
    finish_if_done();
  }

  void write(std::uint64_t number, const std::string& text) {
    auto key = std::to_string(number);
    client_write what{key, "line", bytes{key + " " + text}};
    what.timeout = std::chrono::hours{24}; // patience is about lines that make no progress at all
    ++open_lines_;
    request(client_, caf::infinite, std::move(what))
      .then([this, number](const client_write_result& x) { on_result(number, x); },
            [this](const caf::error&) { finish("the client has ended"); });
  }

  void on_result(std::uint64_t number, const client_write_result& x) {
    if (x.result.code != status::success)
      return finish("line " + std::to_string(number) + ": " + x.result.reason);
    --open_lines_;
    ++acknowledged_;
    resent_ += x.attempts - 1;
    last_progress_ = std::chrono::steady_clock::now();
    acknowledge(number, x);
    ask_for_lines();
    finish_if_done();
  }

  /// A line of the file of acknowledgements: "number partition index node time", in nanoseconds since 1970.
  void acknowledge(std::uint64_t number, const client_write_result& x) {
    if (!acks_.is_open())
      return;
    auto now = std::chrono::system_clock::now().time_since_epoch();
    acks_ << number << ' ' << to_string(x.partition) << ' ' << to_string(x.result.index) << ' '
          << name_of(x.result.leader.id) << ' ' << std::chrono::nanoseconds{now}.count() << '\n';
  }

  std::string name_of(node_id id) const {
    for (const auto& x : options_.nodes)
      if (x.id == id)
        return x.name;
    return "?";
  }

  void on_pulse() {
    acks_.flush();
    auto now = std::chrono::steady_clock::now();
    if (open_lines_ == 0)
      last_progress_ = now;
    if (now - last_progress_ > std::chrono::seconds{options_.patience_s})
      return finish("nothing was acknowledged for " + std::to_string(options_.patience_s) + " s");
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
    caf::anon_send_exit(client_, caf::exit_reason::user_shutdown);
    quit();
  }

  options options_;
  client_actor client_;
  caf::actor reader_;
  std::ofstream acks_;
  std::size_t open_lines_max_;
  std::size_t open_lines_ = 0; ///< Read and not acknowledged.
  std::uint64_t lines_read_ = 0;
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
  client_config config;
  for (const auto& x : opts.nodes)
    config.nodes.push_back({x.id, x.name, x.client, {}});
  config.in_flight_max = std::min<std::size_t>(opts.in_flight_max, 64);
  config.open_requests_max = driver_impl::open_lines_max(opts) + chunk_lines_max;
  auto client = spawn_client(system, std::move(config));
  if (!client.ok()) {
    std::cerr << client.error().message << '\n';
    return EXIT_FAILURE;
  }
  caf::scoped_actor self{system};
  auto driver = self->spawn<driver_impl>(opts, *client, caf::actor_cast<caf::actor>(self));
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

struct system_config : caf::actor_system_config {
  system_config() {
    load<caf::io::middleman>();
    setup(*this);
  }
};

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Sends the lines of a file to a Kommander cluster, each once."};
  options opts;
  std::vector<std::string> nodes;
  app.add_option("--nodes", nodes, "All nodes with their client ports: name@host:port,...")->required()->delimiter(',');
  app.add_option("--partitions", opts.partitions, "How many partitions the cluster has")
    ->check(CLI::Range(1, 100'000))
    ->capture_default_str();
  app.add_option("--in-flight", opts.in_flight_max, "Lines sent and not answered, per partition; more than 64 wait")
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
  system_config config;
  caf::actor_system system{config};
  return opts.leader_of != 0 ? print_leader(system, opts) : replicate(system, opts);
}
