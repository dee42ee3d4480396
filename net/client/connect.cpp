#include "kommander/raft.hpp"

#include <future>
#include <memory>

#include "net/channel/factory.hpp"
#include "net/client/client_types.hpp"
#include "net/middleman/port.hpp"

namespace kommander {

namespace {

net::socket_limits_ptr client_limits(std::chrono::milliseconds timeout, net::channel_factory_ptr channels) {
  net::socket_limits limits;
  limits.payload_bytes_max = net::answer_bytes_max;
  limits.handshake_timeout = timeout;
  limits.any_destination = true;
  limits.channels = std::move(channels);
  limits.content_types = net::client_answer_types();
  return std::make_shared<const net::socket_limits>(std::move(limits));
}

failure cannot_connect(const endpoint& node, const std::string& why) {
  return {status::errored, "cannot connect to " + to_string(node) + ": " + why};
}

/// Waits until the network's thread has done what was posted to it before. False if that takes too long.
bool await_network(const net::network_access& access, std::chrono::milliseconds timeout) {
  auto passed = std::make_shared<std::promise<void>>();
  auto done = passed->get_future();
  access.loop->post([passed] { passed->set_value(); });
  return done.wait_for(timeout) == std::future_status::ready;
}

/// When a connection is lost, CAF ends its handles, tells their monitors, and only then posts to its own thread that they
/// be forgotten; by their number, which a handle from a new connection to the same node has, too. A caller who connects
/// again at once would get one that is ended behind its back. The first wait is for the posting, the second for the rest.
bool let_lost_connections_end(const net::network_access& access, std::chrono::milliseconds timeout) {
  return await_network(access, timeout) && await_network(access, timeout);
}

} // namespace

result<raft_actor> connect(caf::actor_system& system, const endpoint& node, std::chrono::milliseconds timeout,
                           const client_security& security) {
  auto access = net::access_network(system);
  if (!access.ok())
    return access.error();
  auto guarded =
    net::make_channel_factory(security.security, {net::channel_purpose::clients, {}, security.cluster_id, node, false});
  if (!guarded.ok())
    return guarded.error();
  if (!let_lost_connections_end(*access, timeout))
    return cannot_connect(node, "the network's thread does not answer");
  auto connection = net::dial(*access, node, client_limits(timeout, guarded->channels), security.node);
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
