#include "tests/process/harness/registers.hpp"

#include <caf/io/all.hpp>

#include <map>
#include <random>

namespace process_test {

using namespace kommander;
using namespace std::chrono_literals;
namespace lin = kommander::linearizability;

namespace {

constexpr partition_id home{1};
constexpr std::uint64_t keys = 3;
constexpr auto connect_timeout = 500ms;
constexpr auto answer_timeout = 2s;

lin::moment now() {
  return static_cast<lin::moment>(std::chrono::steady_clock::now().time_since_epoch().count());
}

/// Carries out what a node has applied. `seen` gets each operation with its index, as it was answered.
template <class F>
std::map<std::uint64_t, lin::register_value> carry_out(const replica& applied, F seen) {
  std::map<std::uint64_t, lin::register_value> held;
  for (const auto& entry : applied) {
    auto x = lin::operation_of(entry.name);
    auto& value = held[x.key];
    x.swapped = x.what != lin::action::compare_and_set || value == x.expected;
    if (x.swapped)
      value = x.value;
    seen(entry.index, x);
  }
  return held;
}

} // namespace

class register_clients::one_client {
public:
  one_client(register_clients& all, std::uint64_t seed)
    : all_{all},
      self_{all.system_},
      random_{seed},
      handles_(all.servers_.size()),
      target_{random_() % handles_.size()} {
    // nop
  }

  void run() {
    while (!all_.stopping_) {
      if (random_() % 2 == 0)
        read();
      else
        put();
    }
  }

private:
  /// Empty if the node cannot be reached now.
  raft_actor handle(std::size_t node) {
    if (!handles_[node])
      if (auto found = connect(all_.system_, all_.servers_.client_address(node), connect_timeout); found.ok())
        handles_[node] = *found;
    return handles_[node];
  }

  /// The answer of the node, or nothing: then nobody knows, and the connection is not used again.
  template <class Answer, class Request>
  std::optional<Answer> ask(std::size_t node, const raft_actor& whom, Request request) {
    std::optional<Answer> result;
    self_->request(whom, answer_timeout, std::move(request))
      .receive([&](const Answer& x) { result = x; }, [&](const caf::error&) { handles_[node] = raft_actor{}; });
    return result;
  }

  void put() {
    lin::operation x;
    x.key = random_() % keys;
    x.what = random_() % 2 == 0 ? lin::action::write : lin::action::compare_and_set;
    x.value = ++all_.last_value_;
    x.expected = last_seen_[x.key];
    auto node = target_;
    auto whom = handle(node);
    if (!whom)
      return look_elsewhere(node_id{});
    propose message;
    message.partition = home;
    message.type = "register";
    message.payloads.emplace_back(lin::payload_of(x));
    x.invoked = now();
    auto answer = ask<propose_result>(node, whom, std::move(message));
    if (answer && answer->code == status::success) {
      x.answered = now();
      return all_.keep(record{x, answer->index.value()});
    }
    if (!answer || outcome(answer->code) != proposal_outcome::not_applied)
      all_.keep(record{x, 0});
    look_elsewhere(answer ? answer->leader.id : node_id{});
  }

  /// A read that fails has done nothing, so it is no part of the history.
  void read() {
    auto policy = random_() % 2 == 0 ? read_policy::leader : read_policy::follower;
    auto node = policy == read_policy::leader ? target_ : random_() % handles_.size();
    auto life = all_.lives_[node].load();
    auto whom = handle(node);
    if (!whom)
      return look_elsewhere(node_id{});
    lin::operation x;
    x.key = random_() % keys;
    x.invoked = now();
    auto answer = ask<read_result>(node, whom, read_barrier{home, policy});
    if (!answer || answer->code != status::success)
      return look_elsewhere(answer ? answer->leader.id : node_id{});
    auto held = carry_out(all_.servers_.applied(node, home.value()), [](auto, const auto&) {});
    if (all_.lives_[node] != life)
      return; // that was the state of another life
    x.value = last_seen_[x.key] = held[x.key];
    x.answered = now();
    all_.keep(record{x, 0});
  }

  void look_elsewhere(node_id leader) {
    target_ = random_() % handles_.size();
    for (std::size_t i = 0; i < handles_.size(); ++i)
      if (cluster::id_of(i) == leader)
        target_ = i;
  }

  register_clients& all_;
  caf::scoped_actor self_;
  std::mt19937_64 random_;
  std::vector<raft_actor> handles_;
  std::size_t target_;
  std::map<std::uint64_t, lin::register_value> last_seen_;
};

register_clients::config::config() {
  load<caf::io::middleman>();
  setup(*this);
}

register_clients::register_clients(cluster& servers, std::size_t clients, std::uint64_t seed)
  : servers_{servers},
    lives_(servers.size()) {
  for (std::size_t i = 0; i < clients; ++i)
    threads_.emplace_back([this, seed, i] { one_client{*this, seed * 1000 + i}.run(); });
}

register_clients::~register_clients() {
  stop();
}

void register_clients::stop() {
  stopping_ = true;
  for (auto& x : threads_)
    x.join();
  threads_.clear();
}

bool register_clients::await_answers(std::size_t more) {
  auto goal = answered_ + more;
  return eventually([&] { return answered_ >= goal; });
}

void register_clients::start(std::size_t node) {
  ++lives_[node];
  servers_.start(node);
}

void register_clients::keep(const record& x) {
  std::lock_guard guard{mutex_};
  all_.push_back(x);
  if (!x.what.is_open())
    ++answered_;
}

std::uint64_t register_clients::last_index() const {
  std::uint64_t result = 0;
  for (const auto& x : all_)
    result = std::max(result, x.index);
  return result;
}

lin::history register_clients::history(const replica& log) const {
  std::map<std::uint64_t, bool> swapped;
  carry_out(log, [&](std::uint64_t index, const lin::operation& x) { swapped[index] = x.swapped; });
  lin::history result;
  for (auto x : all_) {
    if (x.index != 0)
      x.what.swapped = swapped.at(x.index);
    result.push_back(x.what);
  }
  return result;
}

} // namespace process_test
