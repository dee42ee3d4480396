#include "net/middleman/peer_link_actor.hpp"

#include <random>

#include "net/link/outbox.hpp"
#include "net/link/session.hpp"
#include "net/log.hpp"
#include "net/middleman/system_module.hpp"

namespace kommander::net {

namespace {

using std::chrono::milliseconds;

outbox_limits outbox_limits_of(const transport_context& x) {
  return {x.frame_bytes_max, x.message_bytes_max, x.link_queue_bytes, outbox_limits{}.control_bytes_max};
}

session_limits session_limits_of(const transport_context& x) {
  return {x.frame_bytes_max, x.message_bytes_max, x.link_window_bytes, session_limits{}.control_bytes};
}

std::string describe(const node_info& x) {
  return "node " + to_string(x.id) + " at " + to_string(x.address);
}

/// What is to be sent gathers while the mailbox holds more of it, up to so many messages.
constexpr std::size_t gathered_messages_max = 512;

enum class phase : std::uint8_t {
  down,     ///< The dialing side pauses before it tries again; the other side waits to be called.
  dialing,  ///< The broker has been asked to connect.
  greeting, ///< The hello has been sent, the welcome has not come.
  up,
};

class peer_link_impl final : public peer_link_actor::base {
public:
  peer_link_impl(caf::actor_config& config, link_settings settings);

  const char* name() const override {
    return "peer_link";
  }

  behavior_type make_behavior() override;
  void on_exit() override;

private:
  using time_point = caf::actor_clock::time_point;

  [[nodiscard]] bool dials() const {
    return settings_.dials;
  }

  [[nodiscard]] time_point now() {
    return clock().now();
  }

  // -- coming up and going down -----------------------------------------------------------------------------------

  void dial();
  void on_connected(const caf::strong_actor_ptr& remote, const std::set<std::string>& interface);
  void come_up();
  void go_down(const std::string& why);
  void schedule_redial();
  void retarget(const link_retarget& x);
  void learn_address(const frame& x);
  void hang_up();

  // -- sending ----------------------------------------------------------------------------------------------------

  void on_send(link_send& x);
  void flush_gathered();
  void flush();
  void greet(frame_kind kind);
  void send_frame(frame_kind kind, outgoing_body content = {});

  // -- receiving --------------------------------------------------------------------------------------------------

  void on_frame(const frame& x);
  void on_hello(const frame& x);
  void answer_refusal(const caf::strong_actor_ptr& to, std::uint64_t epoch);
  void take(const frame& x);

  // -- time -------------------------------------------------------------------------------------------------------

  void on_tick();
  void check_silence();
  link_status status();

  link_settings settings_;
  gateway& gateway_;
  std::shared_ptr<spdlog::logger> log_ = network_log();
  outbox outbox_;
  link_session session_;
  phase phase_ = phase::down;
  caf::strong_actor_ptr remote_; ///< The peer's gateway, while there is a connection to it.
  scribe_handle connection_;     ///< On the dialing side.
  std::minstd_rand random_{std::random_device{}()};
  std::uint64_t next_epoch_ = 0; ///< On the dialing side.
  milliseconds pause_;
  time_point heard_{}; ///< The last frame, or when the present phase began.
  time_point spoke_{};
  time_point ticked_{};
  std::size_t gathered_ = 0;  ///< Messages in the outbox since it was flushed.
  bool complained_ = false;   ///< The present trouble has been logged.
  std::uint64_t dropped_ = 0; ///< For want of a connection.
  std::uint64_t frames_sent_ = 0;
  std::uint64_t frames_received_ = 0;
  std::uint64_t frames_refused_ = 0;
  std::uint64_t connects_ = 0;
};

peer_link_impl::peer_link_impl(caf::actor_config& config, link_settings settings)
  : peer_link_actor::base{config},
    settings_{std::move(settings)},
    gateway_{static_cast<gateway&>(*settings_.gateway->get())},
    outbox_{outbox_limits_of(settings_.context)},
    session_{settings_.context.cluster_id, settings_.context.self.id, settings_.peer.id,
             session_limits_of(settings_.context)},
    pause_{settings_.context.reconnect_backoff_min} {
  // Epochs of a process that has restarted must differ from those before.
  std::random_device device;
  next_epoch_ = (std::uint64_t{device()} << 32) | device();
}

peer_link_impl::behavior_type peer_link_impl::make_behavior() {
  cafx::use_library_handlers(this);
  set_down_handler([this](caf::down_msg& x) {
    if (remote_ && x.source == caf::actor_cast<caf::actor_addr>(remote_)) {
      // CAF's handle is dead for good; the next connection brings a new one.
      remote_ = nullptr;
      go_down("the connection was lost");
    }
  });
  gateway_.attach_link(settings_.peer.id, ctrl());
  ticked_ = heard_ = spoke_ = now();
  delayed_send(this, link_tick, tick_link{});
  if (dials())
    dial();
  return {
    [this](const frame& x) {
      on_frame(x);
      flush_gathered();
    },
    [this](link_send& x) { on_send(x); },
    [this](const link_retarget& x) { retarget(x); },
    [this](get_link_status) {
      flush_gathered();
      return status();
    },
    [this](tick_link) {
      flush_gathered();
      on_tick();
    },
    [this](redial_link) { dial(); },
  };
}

void peer_link_impl::on_exit() {
  gateway_.detach_link(settings_.peer.id, ctrl());
  hang_up();
  outbox_.clear();
}

// -- coming up and going down ---------------------------------------------------------------------------------------

void peer_link_impl::dial() {
  if (phase_ != phase::down)
    return;
  auto connection = net::dial(settings_.access, settings_.peer.address, settings_.limits, settings_.peer.id);
  if (!connection.ok())
    return go_down(connection.error().message);
  phase_ = phase::dialing;
  heard_ = now();
  connection_ = *connection;
  // Without a time-out: the request ends when the connection does, and a tick cuts it if it takes too long.
  request(settings_.access.broker, caf::infinite, caf::connect_atom_v, caf::io::scribe_ptr{connection_},
          settings_.peer.address.port)
    .then(
      [this, asked = connection_](const caf::node_id&, const caf::strong_actor_ptr& remote,
                                  const std::set<std::string>& interface) {
        if (asked == connection_ && phase_ == phase::dialing)
          on_connected(remote, interface);
      },
      [this, asked = connection_](const caf::error& why) {
        if (asked == connection_ && phase_ == phase::dialing)
          go_down("cannot connect: " + reason_of(system(), why));
      });
}

void peer_link_impl::on_connected(const caf::strong_actor_ptr& remote, const std::set<std::string>& interface) {
  if (!remote || interface != gateway_interface())
    return go_down("there is no node of a Kommander cluster at this port");
  remote_ = remote;
  monitor(remote_);
  phase_ = phase::greeting;
  session_.begin(++next_epoch_);
  greet(frame_kind::hello);
}

void peer_link_impl::come_up() {
  phase_ = phase::up;
  pause_ = settings_.context.reconnect_backoff_min;
  ++connects_;
  complained_ = false;
  log_->info("{}: connected", describe(settings_.peer));
}

void peer_link_impl::go_down(const std::string& why) {
  if (phase_ == phase::up || !complained_) {
    log_->warn("{}: {}", describe(settings_.peer), why);
    complained_ = phase_ != phase::up;
  }
  hang_up();
  outbox_.clear();
  phase_ = phase::down;
  if (dials())
    schedule_redial();
}

/// Half of the pause is drawn at random, so that nodes which lost the same peer do not call it all at once.
void peer_link_impl::schedule_redial() {
  auto half = pause_ / 2;
  std::uniform_int_distribution<milliseconds::rep> jitter{0, half.count()};
  delayed_send(this, half + milliseconds{jitter(random_)}, redial_link{});
  pause_ = std::min(pause_ * 2, settings_.context.reconnect_backoff_max);
}

void peer_link_impl::retarget(const link_retarget& x) {
  auto begins_to_dial = x.introduces_itself && !std::exchange(settings_.dials, dials() || x.introduces_itself);
  auto moved = x.address != settings_.peer.address;
  settings_.peer.address = x.address;
  if (moved)
    pause_ = settings_.context.reconnect_backoff_min;
  if (moved && phase_ == phase::dialing)
    go_down("it has another address now: " + to_string(x.address));
  else if (begins_to_dial)
    dial();
}

/// A peer that greets us knows best where it listens.
void peer_link_impl::learn_address(const frame& x) {
  auto where = decode_endpoint(x.body);
  auto is_somewhere = where && where->host != "0.0.0.0" && where->host != "::"; // it may listen at all its addresses
  if (is_somewhere) {
    settings_.peer.address = *where;
    if (settings_.context.introduced)
      settings_.context.introduced(settings_.peer);
  }
}

/// Ends the connection, whoever made it.
void peer_link_impl::hang_up() {
  if (connection_) {
    connection_->cut();
    connection_ = nullptr;
  } else if (remote_) {
    settings_.access.loop->post(
      [state = settings_.access.state, peer = remote_->node()] { state->connections.cut(peer, true); });
  }
  if (remote_) {
    demonitor(remote_->address());
    remote_ = nullptr;
  }
}

// -- sending --------------------------------------------------------------------------------------------------------

void peer_link_impl::on_send(link_send& x) {
  if (phase_ != phase::up) {
    dropped_ += x.messages.size();
    return;
  }
  for (auto& message : x.messages)
    outbox_.push(std::move(message));
  gathered_ += x.messages.size();
  if (gathered_ >= gathered_messages_max || cafx::mailbox_is_empty(this))
    flush();
}

/// Whatever comes between what is to be sent ends the gathering, so that nothing is left behind it.
void peer_link_impl::flush_gathered() {
  if (gathered_ > 0)
    flush();
}

void peer_link_impl::flush() {
  gathered_ = 0;
  if (phase_ != phase::up)
    return;
  while (auto body = outbox_.next(session_.entries_may_leave(), session_.control_may_leave()))
    send_frame(body->fragment_total == 0 ? frame_kind::data : frame_kind::fragment, std::move(*body));
}

void peer_link_impl::greet(frame_kind kind) {
  outgoing_body body;
  body.content = encode_endpoint(settings_.context.self.address);
  send_frame(kind, std::move(body));
}

void peer_link_impl::send_frame(frame_kind kind, outgoing_body content) {
  auto x = session_.make_frame(kind, std::move(content));
  ++frames_sent_;
  spoke_ = now();
  // Only the hello names its sender, our gateway, to be answered. CAF makes a remote handle for each sender it sees.
  auto from = kind == frame_kind::hello ? settings_.gateway : nullptr;
  remote_->enqueue(std::move(from), caf::make_message_id(), caf::make_message(std::move(x)), context());
}

// -- receiving ------------------------------------------------------------------------------------------------------

void peer_link_impl::on_frame(const frame& x) {
  switch (x.kind) {
    case frame_kind::hello: return on_hello(x);
    case frame_kind::refusal:
      if (phase_ == phase::greeting && x.epoch == session_.epoch())
        go_down("it refuses us");
      return;
    case frame_kind::welcome:
      if (phase_ == phase::greeting && x.epoch == session_.epoch() && x.sequence == 1) {
        come_up();
        learn_address(x);
        return take(x);
      }
      ++frames_refused_;
      return;
    default:
      if (phase_ == phase::up)
        return take(x);
      ++frames_refused_;
  }
}

/// A new connection from the peer, which replaces the one before.
void peer_link_impl::on_hello(const frame& x) {
  auto remote = current_sender();
  auto has_begun = phase_ == phase::greeting || phase_ == phase::up;
  auto goes_first = dials() && settings_.context.self.id < settings_.peer.id;
  if ((has_begun && goes_first) || !remote || x.sequence != 1 || (phase_ == phase::up && x.epoch == session_.epoch())) {
    ++frames_refused_;
    return;
  }
  if (phase_ == phase::up && remote->node() != remote_->node() && now() - heard_ < takeover_timeout) {
    // Two processes say that they are this peer. The one that we talk to stays.
    ++frames_refused_;
    return answer_refusal(remote, x.epoch);
  }
  if (phase_ == phase::dialing || phase_ == phase::greeting)
    hang_up(); // what this node has begun
  if (remote_)
    demonitor(remote_->address());
  outbox_.clear();
  // Older connections of the same process are of no use any more.
  settings_.access.loop->post(
    [state = settings_.access.state, peer = remote->node()] { state->connections.cut(peer, false); });
  remote_ = remote;
  monitor(remote_);
  session_.begin(x.epoch);
  come_up();
  learn_address(x);
  take(x);
  if (phase_ == phase::up)
    greet(frame_kind::welcome);
}

void peer_link_impl::answer_refusal(const caf::strong_actor_ptr& to, std::uint64_t epoch) {
  frame x;
  x.cluster = settings_.context.cluster_id;
  x.sender = settings_.context.self.id;
  x.receiver = settings_.peer.id;
  x.epoch = epoch;
  x.kind = frame_kind::refusal;
  to->enqueue(nullptr, caf::make_message_id(), caf::make_message(std::move(x)), context());
}

void peer_link_impl::take(const frame& x) {
  std::vector<raft_message> messages;
  switch (session_.take(x, messages)) {
    case frame_verdict::ignored: ++frames_refused_; return;
    case frame_verdict::violation: ++frames_refused_; return go_down(session_.complaint());
    case frame_verdict::taken: break;
  }
  ++frames_received_;
  heard_ = now();
  if (!messages.empty())
    settings_.context.deliver(settings_.peer.id, std::move(messages));
  if (!outbox_.empty())
    flush(); // the frame may have opened the window
  if (session_.ack_is_urgent())
    send_frame(frame_kind::ack);
}

// -- time -----------------------------------------------------------------------------------------------------------

void peer_link_impl::on_tick() {
  auto t = now();
  // After a pause of our own process nothing can be said about the peer: what it sent still waits in our mailbox.
  if (t - ticked_ > 4 * link_tick)
    heard_ = t;
  ticked_ = t;
  check_silence();
  if (phase_ == phase::up && (session_.ack_is_owed() || t - spoke_ >= keepalive_interval))
    send_frame(frame_kind::ack);
  delayed_send(this, link_tick, tick_link{});
}

void peer_link_impl::check_silence() {
  auto silence = std::chrono::duration_cast<milliseconds>(now() - heard_);
  auto seconds = std::to_string(silence.count()) + " ms";
  if (phase_ == phase::up && silence > link_timeout)
    go_down("nothing was heard for " + seconds);
  else if (phase_ == phase::greeting && silence > settings_.context.handshake_timeout)
    go_down("it accepts connections, but has not answered for " + seconds);
  else if (phase_ == phase::dialing && silence > settings_.context.connect_timeout)
    go_down("no connection within " + seconds);
}

link_status peer_link_impl::status() {
  link_status x;
  x.peer = settings_.peer.id;
  x.connected = phase_ == phase::up;
  x.queued_bytes = outbox_.queued_bytes();
  x.unacked_bytes = session_.unacked();
  x.dropped_messages = dropped_ + outbox_.dropped();
  x.frames_sent = frames_sent_;
  x.frames_received = frames_received_;
  x.frames_refused = frames_refused_;
  x.connects = connects_;
  return x;
}

} // namespace

peer_link spawn_peer_link(caf::actor_system& system, link_settings settings) {
  return caf::actor_cast<peer_link>(system.spawn<peer_link_impl>(std::move(settings)));
}

} // namespace kommander::net
