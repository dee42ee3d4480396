#include "kommander/raft.hpp"

#include "net/client/client_types.hpp"
#include "net/middleman/port.hpp"

namespace kommander {

namespace {

net::socket_limits limits_of(const client_port_limits& x, caf::actor_id node) {
  net::socket_limits limits;
  limits.payload_bytes_max = x.request_bytes_max;
  limits.unsent_bytes_max = x.unsent_bytes_max;
  limits.connections_max = x.connections_max;
  limits.handshake_timeout = x.handshake_timeout;
  limits.takeover_timeout = std::chrono::hours{1}; // clients may well be silent
  limits.destination = node;
  limits.content_types = net::client_request_types();
  return limits;
}

} // namespace

result<endpoint> publish_client_port(caf::actor_system& system, const raft_actor& node, const endpoint& where,
                                     const client_port_limits& limits) {
  if (!node)
    return failure{status::invalid_argument, "a client port needs a raft actor, but got an empty handle"};
  auto published = caf::actor_cast<caf::strong_actor_ptr>(node);
  auto port = net::open_port::open(system, where, published, system.message_types(node), limits_of(limits, node.id()));
  if (!port.ok())
    return port.error();
  auto found = (*port)->where();
  published->get()->attach_functor([port = *port] { port->close(); });
  return found;
}

} // namespace kommander
