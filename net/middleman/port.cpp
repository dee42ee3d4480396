#include "net/middleman/port.hpp"

#include <caf/io/basp_broker.hpp>

#include "net/middleman/socket.hpp"
#include "net/middleman/system_module.hpp"

namespace kommander::net {

namespace {

constexpr std::chrono::seconds sweep_interval{1};

struct sweep {};

} // namespace

} // namespace kommander::net

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::net::sweep)

namespace kommander::net {

namespace {

using keeper_actor = cafx::typed<void(sweep)>;

/// Looks after slow and silent connections.
keeper_actor::behavior_type keep(keeper_actor::pointer self, const network_access& access, const doorman_handle& door) {
  cafx::use_library_handlers(self);
  self->delayed_send(self, sweep_interval, sweep{});
  return {[self, access, door](sweep) {
    access.loop->post([door] { door->sweep(); });
    self->delayed_send(self, sweep_interval, sweep{});
  }};
}

} // namespace

result<network_access> access_network(caf::actor_system& system) {
  auto state = state_of(system);
  if (!state)
    return failure{status::invalid_argument, "this actor system cannot use the network: call kommander::setup in the "
                                             "constructor of its configuration"};
  if (!system.has_middleman())
    return failure{status::invalid_argument, "this actor system has no middleman: call load<caf::io::middleman>() in "
                                             "the constructor of its configuration"};
  auto* loop = dynamic_cast<caf::io::network::default_multiplexer*>(&system.middleman().backend());
  if (loop == nullptr)
    return failure{status::invalid_argument, "the middleman of this actor system has no real sockets: set "
                                             "middleman.network-backend to 'default'"};
  return network_access{loop, std::move(state),
                        system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"))};
}

result<std::shared_ptr<open_port>> open_port::open(caf::actor_system& system, const endpoint& where,
                                                   const caf::strong_actor_ptr& whom, std::set<std::string> interface,
                                                   const socket_limits& limits) {
  auto access = access_network(system);
  if (!access.ok())
    return access.error();
  auto socket = listen_at(where);
  if (!socket.ok())
    return socket.error();
  auto door =
    caf::make_counted<doorman>(*access->loop, access->state, *socket, std::make_shared<const socket_limits>(limits));
  auto port = door->port();
  caf::anon_send(access->broker, caf::publish_atom_v, caf::io::doorman_ptr{door}, port, whom, std::move(interface));
  auto keeper = system.spawn<caf::hidden>(keep, *access, door);
  return std::shared_ptr<open_port>{new open_port{std::move(*access), std::move(door), endpoint{where.host, port},
                                                  caf::actor_cast<caf::actor_addr>(whom),
                                                  caf::actor_cast<caf::actor>(keeper)}};
}

open_port::open_port(network_access access, doorman_handle door, endpoint where, caf::actor_addr whom,
                     caf::actor keeper)
  : access_{std::move(access)},
    door_{std::move(door)},
    where_{std::move(where)},
    whom_{std::move(whom)},
    keeper_{std::move(keeper)} {
  // nop
}

open_port::~open_port() {
  close();
}

void open_port::close() {
  if (!door_)
    return;
  door_->close();
  if (!access_.state->stopped) {
    caf::anon_send(access_.broker, caf::unpublish_atom_v, whom_, where_.port);
    caf::anon_send_exit(keeper_, caf::exit_reason::user_shutdown);
  }
  door_ = nullptr;
  keeper_ = nullptr;
}

std::string reason_of(caf::actor_system& system, const caf::error& why) {
  return why == caf::sec::disconnect_during_handshake ? "the connection was refused or closed" : system.render(why);
}

result<scribe_handle> dial(const network_access& access, const endpoint& where, socket_limits_ptr limits,
                           node_id expected) {
  auto socket = start_connect(where, *limits);
  if (!socket.ok())
    return socket.error();
  return caf::make_counted<scribe>(*access.loop, access.state, *socket, std::move(limits),
                                   connection_origin{false, expected, where.host, nullptr});
}

} // namespace kommander::net
