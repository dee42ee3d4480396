/// Nodes for the network's tests: an actor system each, with a transport and an inbox.
#pragma once

#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "kommander/messages.hpp"
#include "kommander/network_setup.hpp"
#include "kommander/transport.hpp"
#include "tests/net/eventually.hpp"
#include "tests/net/messages.hpp"

#include <caf/io/all.hpp>

namespace kommander::test {

struct network_config : caf::actor_system_config {
  network_config() {
    load<caf::io::middleman>();
    cafx::apply_recommended_settings(*this);
    add_message_types<caf::id_block::kommander_messages>();
    setup_network(*this);
  }
};

/// Where a transport delivers.
class inbox {
public:
  void put(node_id from, std::vector<raft_message>&& messages) {
    std::lock_guard guard{mutex_};
    auto& box = messages_[from];
    box.insert(box.end(), std::make_move_iterator(messages.begin()), std::make_move_iterator(messages.end()));
    changed_.notify_all();
  }

  /// Waits until `n` messages of `from` have come, and returns all of them.
  std::vector<raft_message> await(node_id from, std::size_t n) {
    std::unique_lock guard{mutex_};
    changed_.wait_for(guard, patience, [&] { return messages_[from].size() >= n; });
    return messages_[from];
  }

  std::size_t size(node_id from) {
    std::lock_guard guard{mutex_};
    return messages_[from].size();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<node_id, std::vector<raft_message>> messages_;
};

class test_node {
public:
  explicit test_node(node_id id, std::uint16_t port = 0, std::string cluster = "test",
                     std::function<void(transport_context&)> adjust = {})
    : system_{config_},
      net_{middleman_transport()},
      inbox_{std::make_shared<inbox>()} {
    transport_context context;
    context.self = {id, {"127.0.0.1", port}};
    context.cluster_id = std::move(cluster);
    context.deliver = [box = inbox_](node_id from, std::vector<raft_message>&& x) { box->put(from, std::move(x)); };
    if (adjust)
      adjust(context);
    auto where = net_->start(system_, std::move(context));
    if (where.ok())
      self_ = {id, *where};
    else
      error_ = where.error().message;
  }

  ~test_node() {
    stop();
  }

  void stop() {
    for (auto& [peer, link] : links_)
      caf::anon_send_exit(link, caf::exit_reason::user_shutdown);
    links_.clear();
    net_->stop();
  }

  const node_info& self() const {
    return self_;
  }

  /// Why the transport did not start; empty if it did.
  const std::string& error() const {
    return error_;
  }

  inbox& in() {
    return *inbox_;
  }

  caf::actor_system& system() {
    return system_;
  }

  void open_link(const node_info& peer, bool introduces_itself = false) {
    links_.emplace(peer.id, net_->open_link(peer, introduces_itself));
  }

  /// Which node is at `where`; zero: none has said so.
  node_id identify(const endpoint& where) {
    auto told = std::make_shared<std::promise<node_id>>();
    auto answer = told->get_future();
    net_->identify(where, [told](node_id x) { told->set_value(x); });
    return answer.get();
  }

  void close_link(node_id peer) {
    if (auto found = links_.extract(peer))
      caf::anon_send_exit(found.mapped(), caf::exit_reason::user_shutdown);
  }

  void retarget(node_id peer, const link_retarget& x) {
    caf::anon_send(links_.at(peer), x);
  }

  void send(node_id to, std::vector<raft_message> messages) {
    caf::anon_send(links_.at(to), link_send{std::move(messages)});
  }

  link_status status(node_id peer) {
    link_status result;
    caf::scoped_actor self{system_};
    self->request(links_.at(peer), caf::infinite, get_link_status{})
      .receive([&](const link_status& x) { result = x; }, [](const caf::error&) {});
    return result;
  }

  /// Asks the link to `peer` until `predicate` holds; false if it never does. Links publish no events to wait for.
  template <class Predicate>
  bool await(node_id peer, Predicate predicate) {
    auto end = std::chrono::steady_clock::now() + patience;
    while (!predicate(status(peer))) {
      if (std::chrono::steady_clock::now() > end)
        return false;
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return true;
  }

  bool await_connected(node_id peer) {
    return await(peer, [](const link_status& x) { return x.connected; });
  }

private:
  network_config config_;
  caf::actor_system system_;
  transport_ptr net_;
  std::shared_ptr<inbox> inbox_;
  node_info self_;
  std::string error_;
  std::map<node_id, peer_link> links_;
};

/// Opens the links between two nodes that have started, and waits until they are up.
inline bool join_nodes(test_node& x, test_node& y) {
  x.open_link(y.self());
  y.open_link(x.self());
  return x.await_connected(y.self().id) && y.await_connected(x.self().id);
}

} // namespace kommander::test
