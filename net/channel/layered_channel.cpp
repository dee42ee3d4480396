#include "net/channel/layered_channel.hpp"

namespace kommander::net {

namespace {

class layered_channel final : public channel {
public:
  layered_channel(channel_ptr outer, inner_channel_maker make_inner)
    : outer_{std::move(outer)},
      make_inner_{std::move(make_inner)} {
    // nop
  }

  result<done> start(channel_bytes& out) override {
    return outer_->start(out);
  }

  result<done> receive(std::span<const char> wire, channel_bytes& plain, channel_bytes& out) override;

  result<done> send(std::span<const char> plain, channel_bytes& out) override {
    if (!is_open())
      return failure{status::unauthorized, "the peer has not proved itself yet"};
    channel_bytes signed_bytes;
    if (auto sent = inner_->send(plain, signed_bytes); !sent)
      return sent;
    return outer_->send(signed_bytes, out);
  }

  [[nodiscard]] bool is_open() const noexcept override {
    return open_;
  }

  [[nodiscard]] const channel_peer& peer() const noexcept override {
    return peer_;
  }

  [[nodiscard]] std::string binding() const override {
    return outer_->binding();
  }

private:
  result<done> receive_inner(std::span<const char> wire, channel_bytes& plain, channel_bytes& reply);
  result<done> settle_peer();

  channel_ptr outer_;
  inner_channel_maker make_inner_;
  channel_ptr inner_; ///< From when the outer one is open.
  channel_peer peer_;
  bool open_ = false;
};

result<done> layered_channel::receive(std::span<const char> wire, channel_bytes& plain, channel_bytes& out) {
  channel_bytes inner_wire;
  if (auto received = outer_->receive(wire, inner_wire, out); !received)
    return received;
  if (!outer_->is_open())
    return inner_wire.empty()
             ? result<done>{done{}}
             : failure{status::errored, "the outer channel has let something through before it was open"};
  channel_bytes reply;
  auto received = receive_inner(inner_wire, plain, reply);
  if (!received || reply.empty())
    return received;
  return outer_->send(reply, out);
}

result<done> layered_channel::receive_inner(std::span<const char> wire, channel_bytes& plain, channel_bytes& reply) {
  if (!inner_) {
    auto binding = outer_->binding();
    // Without one somebody could stand in the middle with a certificate of his own and pass the proofs on.
    if (binding.empty())
      return failure{status::errored, "the outer channel has no binding"};
    inner_ = make_inner_(binding);
    if (auto started = inner_->start(reply); !started)
      return started;
  }
  if (!wire.empty())
    if (auto received = inner_->receive(wire, plain, reply); !received)
      return received;
  return !open_ && inner_->is_open() ? settle_peer() : done{};
}

result<done> layered_channel::settle_peer() {
  peer_ = inner_->peer();
  const auto& outside = outer_->peer();
  if (outside.proved && outside.node && peer_.node && outside.node != peer_.node)
    return failure{status::unauthorized, "its certificate is node " + to_string(outside.node)
                                           + "'s, but it says that it is " + to_string(peer_.node)};
  peer_.name = outside.name;
  open_ = true;
  return done{};
}

} // namespace

channel_ptr make_layered_channel(channel_ptr outer, inner_channel_maker make_inner) {
  return std::make_unique<layered_channel>(std::move(outer), std::move(make_inner));
}

} // namespace kommander::net
