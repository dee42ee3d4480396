#include "kommander/raft.hpp"

#include "net/channel/factory.hpp"
#include "net/client/client_types.hpp"
#include "net/middleman/port.hpp"

namespace kommander {

namespace {

net::socket_limits limits_of(const client_port_limits& x, caf::actor_id node, client_rights rights) {
  net::socket_limits limits;
  limits.payload_bytes_max = x.request_bytes_max;
  limits.unsent_bytes_max = x.unsent_bytes_max;
  limits.connections_max = x.connections_max;
  limits.handshake_timeout = x.handshake_timeout;
  limits.takeover_timeout = std::chrono::hours{1}; // clients may well be silent
  limits.destination = node;
  limits.content_types = net::client_request_types(rights);
  limits.handshakes_per_second = x.handshakes_per_second;
  limits.handshake_burst = 4 * x.handshakes_per_second;
  return limits;
}

} // namespace

result<endpoint> publish_client_port(caf::actor_system& system, const raft_actor& node, const endpoint& where,
                                     const client_port_limits& limits, const client_security& security) {
  if (!node)
    return failure{status::invalid_argument, "a client port needs a raft actor, but got an empty handle"};
  auto guarded = net::make_channel_factory(security.security,
                                           {net::channel_purpose::clients, security.node, security.cluster_id, where});
  if (!guarded.ok())
    return guarded.error();
  auto rules = limits_of(limits, node.id(), security.security.clients);
  rules.channels = guarded->channels;
  auto published = caf::actor_cast<caf::strong_actor_ptr>(node);
  auto port = net::open_port::open(system, where, published, system.message_types(node), rules);
  if (!port.ok())
    return port.error();
  auto found = (*port)->where();
  net::log_protection(*guarded, "the port for clients at " + to_string(found));
  published->get()->attach_functor([port = *port] { port->close(); });
  return found;
}

} // namespace kommander
