/// The transport between nodes of one process.
#include "kommander/transport.hpp"

#include "net/in_process/network.hpp"

namespace kommander {

namespace {

class in_process_transport_impl final : public transport {
public:
  explicit in_process_transport_impl(std::shared_ptr<net::in_process_network_impl> network)
    : network_{std::move(network)} {
    // nop
  }

  ~in_process_transport_impl() override {
    in_process_transport_impl::stop();
  }

  result<endpoint> start(caf::actor_system& system, transport_context context) override {
    if (system_ != nullptr)
      return failure{status::invalid_argument, "the transport has been started already"};
    if (!network_)
      return failure{status::invalid_argument, "an in-process transport needs a network: in_process_network::make()"};
    // Nobody listens anywhere; the port just looks like one that was taken.
    if (context.self.address.port == 0)
      context.self.address.port = 1;
    auto entered =
      network_->enter(context.self, context.cluster_id, std::move(context.deliver), std::move(context.introduced));
    if (!entered.ok())
      return entered.error();
    system_ = &system;
    self_ = context.self.id;
    queue_bytes_ = context.link_queue_bytes;
    return context.self.address;
  }

  peer_link open_link(const node_info& peer, bool introduces_itself) override {
    if (introduces_itself)
      network_->introduce(self_, peer.id);
    return net::spawn_in_process_link(*system_, network_, self_, peer.id, queue_bytes_);
  }

  void stop() override {
    if (system_ == nullptr)
      return;
    network_->leave(self_);
    system_ = nullptr;
  }

private:
  std::shared_ptr<net::in_process_network_impl> network_;
  caf::actor_system* system_ = nullptr;
  node_id self_;
  std::size_t queue_bytes_ = 0;
};

} // namespace

transport_ptr in_process_transport(std::shared_ptr<in_process_network> network) {
  return std::make_shared<in_process_transport_impl>(
    std::dynamic_pointer_cast<net::in_process_network_impl>(std::move(network)));
}

} // namespace kommander
