/// Somebody who has proved who he is, and then speaks in the names of others.
#pragma once

#include <mutex>
#include <set>

#include "kommander/transport.hpp"
#include "net/frame.hpp"
#include "net/middleman/system_module.hpp"
#include "tests/net/basp.hpp"
#include "tests/net/channel_socket.hpp"
#include "tests/net/support.hpp"

namespace kommander::test {

/// Whom a node was told of.
class introductions {
public:
  void into(transport_context& x) {
    x.introduced = [this](const node_info& who) {
      std::lock_guard guard{mutex_};
      all_.insert(who.id);
    };
  }

  std::set<node_id> who() {
    std::lock_guard guard{mutex_};
    return all_;
  }

private:
  std::mutex mutex_;
  std::set<node_id> all_;
};

/// Speaks CAF's protocol over a channel that is open.
class impostor {
public:
  explicit impostor(channel_socket& socket) : socket_{socket} {
    auto header = socket_.receive(caf::io::basp::header_size);
    caf::io::basp::header parsed;
    caf::binary_deserializer source{system_, header.data(), header.size()};
    if (source(parsed))
      return;
    auto payload = socket_.receive(parsed.payload_len);
    caf::binary_deserializer rest{system_, payload.data(), payload.size()};
    caf::node_id server;
    std::vector<std::string> applications;
    if (rest(server, applications, gateway_))
      return;
    accepted_ =
      socket_.send(writer_.packet(basp_type::client_handshake, writer_.bytes_of(net::make_unique_node_id(""))));
  }

  /// True if the node has said where its gateway is.
  [[nodiscard]] bool accepted() const {
    return accepted_;
  }

  void say_hello(node_id in_the_name_of, node_id to) {
    frame x;
    x.cluster = "test";
    x.sender = in_the_name_of;
    x.receiver = to;
    x.epoch = 7;
    x.sequence = 1;
    x.kind = net::frame_kind::hello;
    x.body = bytes{net::encode_endpoint({"127.0.0.1", 1})};
    socket_.send(writer_.message(gateway_, writer_.content(caf::make_message(x))));
  }

private:
  channel_socket& socket_;
  network_config config_;
  caf::actor_system system_{config_};
  basp_writer writer_{system_};
  caf::actor_id gateway_ = 0;
  bool accepted_ = false;
};

} // namespace kommander::test
