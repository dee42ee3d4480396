/// Packets of CAF's wire protocol as an attacker would write them.
#pragma once

#include <string>
#include <vector>

#include <caf/all.hpp>
#include <caf/io/basp/header.hpp>
#include <caf/io/basp/message_type.hpp>

#include "tests/net/raw_socket.hpp"

namespace kommander::test {

using basp_type = caf::io::basp::message_type;

/// Serializes with the types of `system`.
class basp_writer {
public:
  explicit basp_writer(caf::actor_system& system) : system_{system} {
    // nop
  }

  template <class... Ts>
  std::string bytes_of(Ts... xs) const {
    std::vector<char> buffer;
    caf::binary_serializer sink{system_, buffer};
    if (sink(xs...))
      return {};
    return {buffer.begin(), buffer.end()};
  }

  std::string header(basp_type type, std::uint32_t payload_bytes, std::uint64_t data = 0, std::uint64_t source = 0,
                     std::uint64_t destination = 0, std::uint8_t flags = 0) const {
    return bytes_of(caf::io::basp::header{type, flags, payload_bytes, data, source, destination});
  }

  std::string packet(basp_type type, const std::string& payload, std::uint64_t data = 0, std::uint64_t source = 0,
                     std::uint64_t destination = 0, std::uint8_t flags = 0) const {
    return header(type, static_cast<std::uint32_t>(payload.size()), data, source, destination, flags) + payload;
  }

  /// What a message consists of in a `direct_message`: no stages, and the content.
  std::string content(const caf::message& x) const {
    return bytes_of(std::vector<caf::strong_actor_ptr>{}, x);
  }

  /// A message whose type is named `type` and whose bytes are `raw`.
  std::string content(const std::string& type, const std::string& raw) const {
    return std::string(1, '\0') + bytes_of(std::uint16_t{0}, type) + raw;
  }

  /// An ordinary asynchronous message to `destination`.
  std::string message(std::uint64_t destination, const std::string& payload) const {
    return packet(basp_type::direct_message, payload, normal, 0, destination);
  }

  /// The message id of an asynchronous message of normal priority.
  static constexpr std::uint64_t normal = std::uint64_t{1} << 60;

private:
  caf::actor_system& system_;
};

/// A connection whose handshake an attacker has made in order.
class basp_client {
public:
  basp_client(caf::actor_system& system, const endpoint& to, caf::node_id as)
    : writer_{system},
      socket_{to},
      self_{std::move(as)} {
    auto header = socket_.receive(caf::io::basp::header_size);
    caf::io::basp::header parsed;
    caf::binary_deserializer source{system, header.data(), header.size()};
    if (source(parsed))
      return;
    auto payload = socket_.receive(parsed.payload_len);
    caf::binary_deserializer rest{system, payload.data(), payload.size()};
    std::vector<std::string> applications;
    if (rest(server_, applications, published_))
      return;
    accepted_ = socket_.send(writer_.packet(basp_type::client_handshake, writer_.bytes_of(self_)));
  }

  /// True if the server said who it is, and we could answer.
  [[nodiscard]] bool accepted() const {
    return accepted_;
  }

  [[nodiscard]] const caf::node_id& server() const {
    return server_;
  }

  /// The actor that the server offers.
  [[nodiscard]] caf::actor_id published() const {
    return published_;
  }

  [[nodiscard]] const caf::node_id& self() const {
    return self_;
  }

  raw_socket& socket() {
    return socket_;
  }

  const basp_writer& writer() const {
    return writer_;
  }

private:
  basp_writer writer_;
  raw_socket socket_;
  caf::node_id self_;
  caf::node_id server_;
  caf::actor_id published_ = 0;
  bool accepted_ = false;
};

} // namespace kommander::test
