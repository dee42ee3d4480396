/// A peer that knows how to connect, and then behaves as a test wants.
#pragma once

#include <caf/defaults.hpp>

#include "net/frame.hpp"
#include "net/middleman/gateway.hpp"
#include "net/middleman/system_module.hpp"
#include "tests/net/basp.hpp"

namespace kommander::test {

class fake_peer {
public:
  explicit fake_peer(caf::actor_system& system, node_id self) : system_{system}, writer_{system}, self_{self} {
    // nop
  }

  node_info info() const {
    return {self_, listener_.where()};
  }

  /// Accepts a connection and says who is there. The connection is kept until the next call or the end.
  void accept() {
    socket_ = std::make_unique<raw_socket>(listener_.accept());
    auto payload = writer_.bytes_of(net::make_unique_node_id(""), caf::defaults::middleman::app_identifiers,
                                    caf::actor_id{5}, net::gateway_interface());
    socket_->send(writer_.packet(basp_type::server_handshake, payload, 3)); // BASP's own version
  }

  /// Accepts a connection, says nothing, and waits until the other side gives up. False if it does not.
  bool accept_in_silence() {
    raw_socket socket{listener_.accept()};
    return socket.await_close();
  }

  /// Reads up to the next frame. One of kind `refusal` without a cluster means that the connection has ended.
  frame read_frame() {
    for (;;) {
      auto head = socket_->receive(caf::io::basp::header_size);
      caf::io::basp::header header;
      caf::binary_deserializer source{system_, head.data(), head.size()};
      frame nothing;
      nothing.kind = net::frame_kind::refusal;
      if (source(header))
        return nothing;
      auto payload = socket_->receive(header.payload_len);
      if (header.operation != basp_type::direct_message || payload.find("kommander::frame") == std::string::npos)
        continue;
      if (header.source_actor != 0)
        gateway_ = header.source_actor;
      caf::message content;
      caf::binary_deserializer rest{system_, payload.data() + 1, payload.size() - 1};
      if (rest(content) || !content.match_elements<frame>())
        return nothing;
      return content.get_as<frame>(0);
    }
  }

  /// Answers `hello`.
  void welcome(const frame& hello) {
    frame x;
    x.cluster = hello.cluster;
    x.sender = self_;
    x.receiver = hello.sender;
    x.epoch = hello.epoch;
    x.sequence = 1;
    x.kind = net::frame_kind::welcome;
    x.body = bytes{net::encode_endpoint(listener_.where())};
    socket_->send(writer_.message(gateway_, writer_.content(caf::make_message(x))));
  }

private:
  caf::actor_system& system_;
  basp_writer writer_;
  node_id self_;
  raw_listener listener_;
  std::unique_ptr<raw_socket> socket_;
  caf::actor_id gateway_ = 0;
};

} // namespace kommander::test
