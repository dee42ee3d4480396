/// Nodes in network namespaces of their own, as in containers, on one bridge. Needs the right to make namespaces, and
/// `ip`.
#define CAF_SUITE discovery_namespaces

#include <caf/test/unit_test.hpp>

#include "tests/discovery/support.hpp"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <future>

using namespace discovery_test;
using namespace std::chrono_literals;

namespace {

/// A thread in a network namespace of its own, which does what it is told and waits in between.
class namespaced_thread {
public:
  namespaced_thread() {
    auto ready = ready_.get_future();
    thread_ = std::thread{[this] { run(); }};
    problem_ = ready.get();
  }

  ~namespaced_thread() {
    tasks_put({});
    thread_.join();
  }

  namespaced_thread(const namespaced_thread&) = delete;
  namespaced_thread& operator=(const namespaced_thread&) = delete;

  /// Why there is no namespace; empty if there is one.
  [[nodiscard]] const std::string& problem() const noexcept {
    return problem_;
  }

  /// Its number in /proc, by which `ip` finds the namespace.
  [[nodiscard]] long number() const noexcept {
    return number_;
  }

  template <class F>
  auto call(F f) -> decltype(f()) {
    std::packaged_task<decltype(f())()> task{std::move(f)};
    auto result = task.get_future();
    tasks_put([&task] { task(); });
    return result.get();
  }

private:
  void run() {
    number_ = syscall(SYS_gettid);
    auto good = unshare(CLONE_NEWNET) == 0;
    ready_.set_value(good ? std::string{} : "no network namespace may be made here: " + std::string{strerror(errno)});
    for (;;) {
      std::unique_lock guard{mutex_};
      changed_.wait(guard, [this] { return given_; });
      given_ = false;
      auto task = std::move(task_);
      guard.unlock();
      if (!task)
        return;
      task();
    }
  }

  void tasks_put(std::function<void()> x) {
    std::lock_guard guard{mutex_};
    task_ = std::move(x);
    given_ = true;
    changed_.notify_all();
  }

  std::promise<std::string> ready_;
  std::string problem_;
  long number_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> task_;
  bool given_ = false;
  std::thread thread_;
};

int shell(const std::string& command) {
  return std::system(("( " + command + " ) >/dev/null 2>&1").c_str());
}

/// A bridge in a namespace of its own, and nodes that are plugged into it.
class virtual_network {
public:
  explicit virtual_network(std::size_t nodes) : nodes_(nodes) {
    if (shell("command -v ip") != 0)
      problem_ = "there is no program `ip` (package iproute2)";
    else
      build();
  }

  [[nodiscard]] const std::string& problem() const noexcept {
    return problem_;
  }

  static std::string host_of(std::size_t node) {
    return "10.9.8." + std::to_string(node + 1);
  }

  namespaced_thread& operator[](std::size_t node) {
    return nodes_[node];
  }

  /// Unplugs a node, or plugs it in.
  bool set_up(std::size_t node, bool up) {
    return in(bridge_, "ip link set port" + std::to_string(node) + (up ? " up" : " down"));
  }

private:
  static bool in(namespaced_thread& where, const std::string& command) {
    return where.call([&] { return shell(command) == 0; });
  }

  void build() {
    for (auto* each : all())
      if (!each->problem().empty())
        problem_ = each->problem();
    if (!problem_.empty())
      return;
    auto good = in(bridge_, "ip link add bridge0 type bridge mcast_snooping 0 && ip link set bridge0 up");
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      auto port = "port" + std::to_string(i);
      good =
        good
        && in(bridge_, "ip link add " + port + " type veth peer name eth0 netns " + std::to_string(nodes_[i].number())
                         + " && ip link set " + port + " master bridge0 up")
        && in(nodes_[i], "ip link set lo up && ip address add " + host_of(i) + "/24 dev eth0 && ip link set eth0 up");
    }
    if (!good)
      problem_ = "no virtual network may be built here";
  }

  std::vector<namespaced_thread*> all() {
    std::vector<namespaced_thread*> result{&bridge_};
    for (auto& x : nodes_)
      result.push_back(&x);
    return result;
  }

  namespaced_thread bridge_;
  std::vector<namespaced_thread> nodes_;
  std::string problem_;
};

bool skipped(const virtual_network& x) {
  if (!x.problem().empty())
    CAF_MESSAGE("SKIPPED: " << x.problem());
  return !x.problem().empty();
}

multicast_options quick() {
  multicast_options x;
  x.interval = 100ms;
  return x;
}

/// A node's part in it. Sockets and threads belong to the namespace of the thread that made them.
struct participant {
  std::shared_ptr<found_contacts> found = std::make_shared<found_contacts>();
  discovery_ptr discovery;

  participant(caf::actor_system& system, namespaced_thread& where, const node_info& self,
              const multicast_options& options = quick())
    : discovery{multicast_discovery(options)} {
    where.call([&] {
      auto started = discovery->start(system, context_of(self, found));
      if (!started)
        CAF_ERROR(started.error().message);
    });
  }
};

node_info node(std::size_t i, const std::string& host) {
  return {node_id{i + 1}, {host, 7000}};
}

contact at(std::size_t i) {
  return {node_id{i + 1}, {virtual_network::host_of(i), 7000}};
}

} // namespace

CAF_TEST(nodes on one bridge find each other by the addresses of their packets) {
  config cfg;
  caf::actor_system system{cfg};
  virtual_network network{3};
  if (skipped(network))
    return;
  participant x{system, network[0], node(0, "0.0.0.0")};
  participant y{system, network[1], node(1, "0.0.0.0")};
  auto on_eth0 = quick();
  on_eth0.interface = "eth0";
  participant z{system, network[2], node(2, network.host_of(2)), on_eth0};
  CAF_CHECK(x.found->await_nodes(2) == (std::vector<contact>{at(1), at(2)}));
  CAF_CHECK(y.found->await_nodes(2) == (std::vector<contact>{at(0), at(2)}));
  CAF_CHECK(z.found->await_nodes(2) == (std::vector<contact>{at(0), at(1)}));
}

CAF_TEST(a node that is cut off is forgotten and found again) {
  config cfg;
  caf::actor_system system{cfg};
  virtual_network network{2};
  if (skipped(network))
    return;
  participant x{system, network[0], node(0, "0.0.0.0")};
  participant y{system, network[1], node(1, "0.0.0.0")};
  x.found->await_nodes(1);
  y.found->await_nodes(1);
  CAF_REQUIRE(network.set_up(1, false));
  x.found->await_nodes(0);
  y.found->await_nodes(0);
  CAF_REQUIRE(network.set_up(1, true));
  CAF_CHECK(x.found->await_nodes(1) == std::vector<contact>{at(1)});
  CAF_CHECK(y.found->await_nodes(1) == std::vector<contact>{at(0)});
}

CAF_TEST(a node at a loopback address is not told of on the network) {
  config cfg;
  caf::actor_system system{cfg};
  virtual_network network{2};
  if (skipped(network))
    return;
  participant x{system, network[0], node(0, "0.0.0.0")};
  participant local{system, network[1], node(2, "127.0.0.1")};
  participant y{system, network[1], node(1, "0.0.0.0")};
  // The machine's other node sees it, and by then its packets would have crossed the bridge.
  auto sees_local = [](const auto& all) {
    return std::ranges::find(all, contact{node_id{3}, {"127.0.0.1", 7000}}) != all.end();
  };
  y.found->await(sees_local);
  x.found->await_nodes(1);
  for (auto& list : x.found->all())
    CAF_CHECK(!sees_local(list));
}
