#include "net/middleman/inquiry_actor.hpp"

#include <chrono>
#include <random>
#include <utility>

#include "net/log.hpp"

namespace kommander::net {

namespace {

struct end_inquiry {};

struct dial_again {};

/// Another connection to the same node that ends takes this one's proxies along: then it is tried again.
constexpr std::chrono::milliseconds redial_delay{100};

} // namespace

} // namespace kommander::net

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::net::end_inquiry)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::net::dial_again)

namespace kommander::net {

namespace {

using inquiry_actor = cafx::typed<void(frame), void(end_inquiry), void(dial_again)>;

class inquiry_impl final : public inquiry_actor::base {
public:
  inquiry_impl(caf::actor_config& config, link_settings settings, std::function<void(node_id)> told)
    : inquiry_actor::base{config},
      settings_{std::move(settings)},
      told_{std::move(told)} {
    std::random_device device;
    epoch_ = (std::uint64_t{device()} << 32) | device();
  }

  const char* name() const override {
    return "inquiry";
  }

  behavior_type make_behavior() override {
    cafx::use_library_handlers(this);
    set_down_handler([this](const caf::down_msg& x) { on_down(x); });
    monitor(settings_.gateway);
    of_gateway().attach_question(epoch_, ctrl());
    delayed_send(this, settings_.context.connect_timeout + settings_.context.handshake_timeout, end_inquiry{});
    dial();
    return {
      [this](const frame& x) {
        auto is_ours = x.version == protocol_version && x.cluster == settings_.context.cluster_id;
        end(is_ours ? x.sender : node_id{}, "it answers");
      },
      [this](end_inquiry) { end({}, "no answer in time"); },
      [this](dial_again) { dial(); },
    };
  }

  void on_exit() override {
    of_gateway().detach_question(epoch_);
    if (connection_)
      connection_->cut();
    connection_ = nullptr;
    remote_ = nullptr;
    if (auto told = std::exchange(told_, nullptr))
      told({});
  }

private:
  gateway& of_gateway() {
    return static_cast<gateway&>(*settings_.gateway->get());
  }

  void on_down(const caf::down_msg& x) {
    if (x.source == caf::actor_cast<caf::actor_addr>(settings_.gateway))
      return end({}, "this node's port is closed");
    if (connection_)
      connection_->cut();
    connection_ = nullptr;
    remote_ = nullptr;
    delayed_send(this, redial_delay, dial_again{});
  }

  void dial() {
    const auto& where = settings_.peer.address;
    auto connection = net::dial(settings_.access, where, settings_.limits);
    if (!connection.ok())
      return send(this, end_inquiry{}); // not to end before there is a behavior
    connection_ = *connection;
    // Without a time-out: the request ends when the connection does, and this actor cuts it.
    request(settings_.access.broker, caf::infinite, caf::connect_atom_v, caf::io::scribe_ptr{connection_}, where.port)
      .then(
        [this](const caf::node_id&, const caf::strong_actor_ptr& remote, const std::set<std::string>& interface) {
          if (!remote || interface != gateway_interface())
            return end({}, "there is no node of a Kommander cluster at this port");
          greet(remote);
        },
        [this](const caf::error& why) { end({}, "cannot connect: " + reason_of(system(), why)); });
  }

  void greet(const caf::strong_actor_ptr& remote) {
    remote_ = remote;
    monitor(remote_);
    frame x;
    x.cluster = settings_.context.cluster_id;
    x.sender = settings_.context.self.id;
    x.receiver = anybody;
    x.epoch = epoch_;
    x.sequence = 1;
    x.kind = frame_kind::hello;
    x.body = bytes{encode_endpoint(settings_.context.self.address)};
    remote_->enqueue(settings_.gateway, caf::make_message_id(), caf::make_message(std::move(x)), context());
  }

  void end(node_id found, const std::string& why) {
    if (auto told = std::exchange(told_, nullptr)) {
      network_log()->debug("who is at {}: {}; {}", to_string(settings_.peer.address), to_string(found), why);
      told(found);
    }
    quit();
  }

  link_settings settings_;
  std::function<void(node_id)> told_; ///< Null: it has been called.
  std::uint64_t epoch_ = 0;
  scribe_handle connection_;
  caf::strong_actor_ptr remote_; ///< The gateway of who is there.
};

} // namespace

void spawn_inquiry(caf::actor_system& system, link_settings settings, std::function<void(node_id)> told) {
  system.spawn<inquiry_impl>(std::move(settings), std::move(told));
}

} // namespace kommander::net
