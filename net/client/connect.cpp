#include "kommander/raft.hpp"

#include "net/client/client_types.hpp"
#include "net/middleman/port.hpp"

namespace kommander {

namespace {

net::socket_limits_ptr client_limits(std::chrono::milliseconds timeout) {
  net::socket_limits limits;
  limits.payload_bytes_max = net::answer_bytes_max;
  limits.handshake_timeout = timeout;
  limits.any_destination = true;
  limits.content_types = net::client_answer_types();
  return std::make_shared<const net::socket_limits>(std::move(limits));
}

failure cannot_connect(const endpoint& node, const std::string& why) {
  return {status::errored, "cannot connect to " + to_string(node) + ": " + why};
}

} // namespace

result<raft_actor> connect(caf::actor_system& system, const endpoint& node, std::chrono::milliseconds timeout) {
  auto access = net::access_network(system);
  if (!access.ok())
    return access.error();
  auto connection = net::dial(*access, node, client_limits(timeout));
  if (!connection.ok())
    return connection.error();
  result<raft_actor> answer = cannot_connect(node, "no answer");
  caf::scoped_actor self{system};
  self->request(access->broker, timeout, caf::connect_atom_v, caf::io::scribe_ptr{*connection}, node.port)
    .receive(
      [&](const caf::node_id&, const caf::strong_actor_ptr& actor, const std::set<std::string>& interface) {
        if (actor && interface == system.message_types<raft_actor>())
          answer = caf::actor_cast<raft_actor>(actor);
        else
          answer = cannot_connect(node, "this is not the client port of a Kommander node of this version");
      },
      [&](const caf::error& why) {
        if (why == caf::sec::request_timeout)
          answer = cannot_connect(node, "no answer within " + std::to_string(timeout.count()) + " ms");
        else
          answer = cannot_connect(node, net::reason_of(system, why));
      });
  if (!answer.ok())
    (*connection)->cut();
  return answer;
}

} // namespace kommander
