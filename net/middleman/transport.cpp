/// The transport over CAF's middleman.
#include "kommander/transport.hpp"

#include <mutex>

#include "net/channel/factory.hpp"
#include "net/link/session.hpp"
#include "net/middleman/gateway.hpp"
#include "net/middleman/inquiry_actor.hpp"
#include "net/middleman/peer_link_actor.hpp"
#include "net/middleman/port.hpp"

namespace kommander {

namespace {

using namespace net;

/// What surrounds a body on the wire: the frame's other fields, and CAF's names for it.
constexpr std::size_t frame_overhead_bytes = 1024;

socket_limits limits_of(const transport_context& x, caf::actor_id gateway_id) {
  socket_limits limits;
  limits.payload_bytes_max = x.frame_bytes_max + frame_overhead_bytes;
  // The link's window holds back far earlier; this is for a link that is wrong.
  limits.unsent_bytes_max = 2 * (x.link_window_bytes + session_limits{}.control_bytes) + x.frame_bytes_max;
  limits.connections_max = x.connections_max;
  limits.handshake_timeout = x.handshake_timeout;
  limits.idle_timeout = 3 * link_timeout;
  limits.takeover_timeout = takeover_timeout;
  limits.destination = gateway_id;
  limits.content_types.emplace(frame_content_type);
  limits.handshakes_per_second = x.handshakes_per_second;
  limits.handshake_burst = 4 * x.handshakes_per_second;
  return limits;
}

class middleman_transport_impl final : public transport {
public:
  ~middleman_transport_impl() override {
    middleman_transport_impl::stop();
  }

  result<endpoint> start(caf::actor_system& system, transport_context context) override;
  peer_link open_link(const node_info& peer, bool introduces_itself) override;
  void identify(const endpoint& where, std::function<void(node_id)> told) override;
  void stop() override;

private:
  caf::actor_system* system_ = nullptr;
  std::mutex mutex_; ///< Of `settings_` where it changes, and for `identify`.
  link_settings settings_;
  std::shared_ptr<open_port> port_;
};

result<endpoint> middleman_transport_impl::start(caf::actor_system& system, transport_context context) {
  if (port_)
    return failure{status::invalid_argument, "the transport has been started already, at " + to_string(port_->where())};
  auto access = access_network(system);
  if (!access.ok())
    return access.error();
  auto guarded = make_channel_factory(
    context.security, {channel_purpose::nodes, context.self.id, context.cluster_id, context.self.address});
  if (!guarded.ok())
    return guarded.error();
  auto gate = make_gateway(system, context.self.id, context.cluster_id, context.introduced,
                           context.security.mode != auth_mode::disabled);
  auto limits = limits_of(context, gate->id());
  limits.channels = guarded->channels;
  auto port = open_port::open(system, context.self.address, gate, gateway_interface(), limits);
  if (!port.ok()) {
    static_cast<gateway&>(*gate->get()).close();
    return port.error();
  }
  std::lock_guard guard{mutex_};
  system_ = &system;
  port_ = *port;
  log_protection(*guarded, "the port for nodes at " + to_string(port_->where()));
  context.self.address = port_->where();
  settings_.context = std::move(context);
  settings_.access = std::move(*access);
  settings_.gateway = std::move(gate);
  settings_.limits = std::make_shared<const socket_limits>(limits);
  return port_->where();
}

peer_link middleman_transport_impl::open_link(const node_info& peer, bool introduces_itself) {
  auto settings = settings_;
  settings.peer = peer;
  settings.dials = introduces_itself || settings.context.self.id < peer.id;
  return spawn_peer_link(*system_, std::move(settings));
}

void middleman_transport_impl::identify(const endpoint& where, std::function<void(node_id)> told) {
  std::unique_lock guard{mutex_};
  if (!settings_.gateway) {
    guard.unlock();
    return told({});
  }
  auto settings = settings_;
  settings.peer = {{}, where};
  spawn_inquiry(*system_, std::move(settings), std::move(told));
}

void middleman_transport_impl::stop() {
  if (!port_)
    return;
  port_->close();
  static_cast<gateway&>(*settings_.gateway->get()).close();
  port_ = nullptr;
  std::lock_guard guard{mutex_};
  settings_ = {};
}

} // namespace

transport_ptr middleman_transport() {
  return std::make_shared<middleman_transport_impl>();
}

} // namespace kommander
