#include "net/middleman/scribe.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/socket.h>

#include <caf/policy/tcp.hpp>

#include "net/log.hpp"
#include "net/middleman/speaker.hpp"
#include "net/middleman/system_module.hpp"

namespace kommander::net {

namespace {

/// Buffers above this size are given back when they are empty.
constexpr std::size_t kept_buffer_bytes = std::size_t{256} << 10;

/// Read at once for a channel.
constexpr std::size_t wire_bytes_max = std::size_t{64} << 10;

/// Handles name connections to the broker. CAF uses the socket's number, which the next connection may get while the
/// broker still cleans up after the last one.
caf::io::connection_handle next_handle() {
  static std::atomic<std::int64_t> last{std::int64_t{1} << 40};
  return caf::io::connection_handle::from_int(++last);
}

void give_back(std::vector<char>& buffer) {
  if (buffer.empty() && buffer.capacity() > kept_buffer_bytes)
    std::vector<char>{}.swap(buffer);
}

} // namespace

void let_go(caf::io::network::event_handler& x) {
  using caf::io::network::operation;
  auto waits_for = x.eventbf(); // what is left here CAF will still speak of
  if ((waits_for & caf::io::network::input_mask) == 0)
    x.removed_from_loop(operation::read);
  if ((waits_for & caf::io::network::output_mask) == 0)
    x.removed_from_loop(operation::write);
}

// -- socket_stream ------------------------------------------------------------------------------------------------

void socket_stream::handle_event(caf::io::network::operation op) {
  caf::policy::tcp policy;
  handle_event_impl(op, policy);
}

void socket_stream::abandon() {
  passivate();
  backend().del(caf::io::network::operation::write, fd(), this);
}

void socket_stream::send_now(const manager_ptr& manager) {
  auto& waiting = wr_buf();
  if (waiting.empty())
    return;
  if (!state_.writing) {
    auto n = ::send(fd(), waiting.data(), waiting.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    // An error is left to the event loop, which meets it again and knows what to do.
    if (n > 0)
      waiting.erase(waiting.begin(), waiting.begin() + n);
  }
  flush(manager);
}

// -- scribe -------------------------------------------------------------------------------------------------------

scribe::scribe(caf::io::network::default_multiplexer& loop, network_state_ptr state,
               caf::io::network::native_socket socket, socket_limits_ptr limits, connection_origin origin)
  : caf::io::scribe{next_handle()},
    loop_{loop},
    state_{std::move(state)},
    limits_{std::move(limits)},
    stream_{loop, socket},
    filter_{loop.system(), limits_, origin.accepted,
            [this](const caf::node_id& who) { return state_->connections.may_introduce(who, this); }},
    origin_{std::move(origin)} {
  ++state_->counters.open;
  if (limits_->channels)
    channel_ = limits_->channels->make(origin_.accepted ? channel_side::accepting : channel_side::dialing,
                                       origin_.expected, origin_.address);
}

scribe::~scribe() {
  --state_->counters.open;
}

/// The broker's wishes follow from the protocol, which we read ourselves. The first one tells that it has taken us on.
void scribe::configure_read(caf::io::receive_policy::config) {
  if (launched_)
    return;
  launched_ = true;
  if (cut_) {
    loop_.post([self = scribe_handle{this}] { self->close_now(); });
    return;
  }
  state_->connections.add(this);
  if (channel_)
    stream_.configure_read(caf::io::receive_policy::at_most(wire_bytes_max));
  await_bytes(packet_header_bytes);
  stream_.start(this);
  if (channel_)
    open_channel();
}

/// A channel gives what it has.
void scribe::await_bytes(std::size_t n) {
  if (!channel_)
    stream_.configure_read(caf::io::receive_policy::exactly(n));
}

void scribe::ack_writes(bool enable) {
  stream_.ack_writes(enable);
}

std::vector<char>& scribe::wr_buf() {
  auto& buffer = channel_ ? said_ : stream_.wr_buf();
  give_back(buffer);
  return buffer;
}

std::vector<char>& scribe::rd_buf() {
  return staging_;
}

void scribe::flush() {
  if (cut_) {
    said_.clear();
    stream_.wr_buf().clear();
    return;
  }
  if (channel_ && !protect_said())
    return;
  if (stream_.waiting_bytes() > limits_->unsent_bytes_max) {
    ++state_->counters.overflows;
    cut();
    return;
  }
  stream_.send_now(this);
}

bool scribe::consume(caf::execution_unit* context, const void* data, std::size_t n) {
  if (cut_)
    return false;
  // The broker may let go of us while it handles what we give it.
  scribe_handle guard{this};
  heard_ = clock::now();
  const auto* bytes = static_cast<const char*>(data);
  if (channel_)
    return take_wire(context, {bytes, n});
  if (!expects_payload_)
    return take_header(context, bytes, n);
  auto& payload = stream_.rd_buf();
  payload.resize(n);
  return take_payload(context, payload);
}

bool scribe::take_header(caf::execution_unit* context, const char* data, std::size_t n) {
  if (n != packet_header_bytes || !filter_.take_header(std::span<const char, packet_header_bytes>{data, n}))
    return reject();
  header_.assign(data, data + n);
  if (filter_.payload_bytes() > 0) {
    expects_payload_ = true;
    await_bytes(filter_.payload_bytes());
    return true;
  }
  std::vector<char> nothing;
  if (filter_.take_payload(nothing) != packet_verdict::pass)
    return reject();
  staging_ = header_;
  return hand_to_broker(context);
}

bool scribe::take_payload(caf::execution_unit* context, std::vector<char>& payload) {
  expects_payload_ = false;
  await_bytes(packet_header_bytes);
  switch (filter_.take_payload(payload)) {
    case packet_verdict::cut: return reject();
    case packet_verdict::drop: ++state_->counters.dropped_packets; return true;
    case packet_verdict::pass: break;
  }
  for (auto i = 0; i < 4; ++i) // the filter may have shortened the payload
    header_[4 + static_cast<std::size_t>(i)] = static_cast<char>((payload.size() >> (8 * (3 - i))) & 0xff);
  staging_ = header_;
  if (!hand_to_broker(context))
    return false;
  // Lent to the base class and taken back, so that a megabyte is not copied.
  staging_.swap(payload);
  auto going_on = hand_to_broker(context);
  staging_.swap(payload);
  if (payload.capacity() > kept_buffer_bytes)
    std::vector<char>{}.swap(payload);
  return going_on;
}

bool scribe::hand_to_broker(caf::execution_unit* context) {
  speaking_now speaker{channel_ ? &channel_->peer() : nullptr};
  return caf::io::scribe::consume(context, staging_.data(), staging_.size()) && !cut_ && !detached();
}

bool scribe::reject() {
  ++state_->counters.broken_packets;
  cut();
  return false;
}

// -- with a channel -------------------------------------------------------------------------------------------------

bool scribe::open_channel() {
  auto started = channel_->start(stream_.wr_buf());
  if (!started)
    return distrust(started.error().message);
  stream_.send_now(this);
  return true;
}

bool scribe::take_wire(caf::execution_unit* context, std::span<const char> wire) {
  auto was_open = channel_->is_open();
  auto received = channel_->receive(wire, plain_, stream_.wr_buf());
  stream_.send_now(this); // also if it is the last thing that is said
  if (!received)
    return distrust(received.error().message);
  if (!was_open && !note_proof(wire.size()))
    return false;
  auto plain = std::exchange(plain_, {}); // the broker may call us while it is handed something
  auto going_on = take_plain(context, plain);
  plain.clear();
  give_back(plain);
  plain_.swap(plain);
  return going_on;
}

/// Before the channel is open only so many bytes may come; when it opens, what was held back leaves.
bool scribe::note_proof(std::size_t wire_bytes) {
  unproved_bytes_ += wire_bytes;
  if (!channel_->is_open())
    return unproved_bytes_ <= limits_->unproved_bytes_max
           || distrust("it has sent " + std::to_string(unproved_bytes_) + " bytes and proved nothing");
  ++state_->counters.proved;
  if (origin_.gate)
    origin_.gate->give_back(key_of(origin_.address));
  flush();
  return !cut_;
}

bool scribe::take_plain(caf::execution_unit* context, std::span<const char> plain) {
  while (!plain.empty()) {
    auto whole = expects_payload_ ? filter_.payload_bytes() : packet_header_bytes;
    auto part = plain.first(std::min(plain.size(), whole - packet_.size()));
    packet_.insert(packet_.end(), part.begin(), part.end());
    plain = plain.subspan(part.size());
    if (packet_.size() < whole)
      return true;
    auto packet = std::exchange(packet_, {});
    auto going_on =
      expects_payload_ ? take_payload(context, packet) : take_header(context, packet.data(), packet.size());
    if (!going_on)
      return false;
    packet.clear();
    give_back(packet);
    packet_.swap(packet);
  }
  return true;
}

bool scribe::protect_said() {
  if (!channel_->is_open())
    return said_.size() <= limits_->unproved_bytes_max
           || distrust("it has proved nothing, and more waits for it than may be held back");
  if (said_.empty())
    return true;
  auto sent = channel_->send(said_, stream_.wr_buf());
  said_.clear();
  return sent.ok() || distrust(sent.error().message);
}

/// Cuts the connection, and tells people of it, but not too often.
bool scribe::distrust(const std::string& why) {
  ++state_->counters.unproved;
  auto held_back = state_->complaints.admit();
  if (held_back >= 0)
    network_log()->warn("the connection {} {} is cut: {} ({} more since the last such line)",
                        origin_.accepted ? "from" : "to", origin_.address, why, held_back);
  cut();
  return false;
}

// -- the end --------------------------------------------------------------------------------------------------------

/// Called when the broker closes the connection. CAF's own way waits until the peer has read everything, maybe never.
void scribe::graceful_shutdown() {
  cut_ = true;
  caf::io::network::shutdown_both(stream_.fd());
  detach(&loop_, false);
}

void scribe::remove_from_loop() {
  state_->connections.remove(this);
  stream_.abandon();
  loop_.post([self = scribe_handle{this}] { let_go(self->stream_); });
}

void scribe::add_to_loop() {
  stream_.activate(this);
}

std::string scribe::addr() const {
  auto x = caf::io::network::remote_addr_of_fd(stream_.fd());
  return x ? *x : std::string{};
}

std::uint16_t scribe::port() const {
  auto x = caf::io::network::remote_port_of_fd(stream_.fd());
  return x ? *x : std::uint16_t{0};
}

void scribe::cut() {
  if (!cut_.exchange(true) && !state_->stopped)
    loop_.post([self = scribe_handle{this}] { self->close_now(); });
}

void scribe::close_now() {
  caf::io::network::shutdown_both(stream_.fd());
  io_failure(&loop_, caf::io::network::operation::read);
}

void scribe::check_time() {
  auto now = clock::now();
  auto none = std::chrono::milliseconds{0};
  if (!peer() && now - born_ > limits_->handshake_timeout) {
    ++state_->counters.handshake_timeouts;
    cut();
  } else if (limits_->idle_timeout > none && now - heard_ > limits_->idle_timeout) {
    ++state_->counters.idle_timeouts;
    cut();
  }
}

bool scribe::is_lively() const {
  return peer() && !cut_ && clock::now() - heard_ < limits_->takeover_timeout;
}

} // namespace kommander::net
