#include "net/middleman/scribe.hpp"

#include <cerrno>

#include <sys/socket.h>

#include <caf/policy/tcp.hpp>

#include "net/middleman/system_module.hpp"

namespace kommander::net {

namespace {

/// Buffers above this size are given back when they are empty.
constexpr std::size_t kept_buffer_bytes = std::size_t{256} << 10;

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
               caf::io::network::native_socket socket, socket_limits_ptr limits, bool accepted)
  : caf::io::scribe{next_handle()},
    loop_{loop},
    state_{std::move(state)},
    limits_{std::move(limits)},
    stream_{loop, socket},
    filter_{loop.system(), limits_, accepted,
            [this](const caf::node_id& who) { return state_->connections.may_introduce(who, this); }} {
  ++state_->counters.open;
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
  stream_.configure_read(caf::io::receive_policy::exactly(packet_header_bytes));
  stream_.start(this);
}

void scribe::ack_writes(bool enable) {
  stream_.ack_writes(enable);
}

std::vector<char>& scribe::wr_buf() {
  auto& buffer = stream_.wr_buf();
  give_back(buffer);
  return buffer;
}

std::vector<char>& scribe::rd_buf() {
  return staging_;
}

void scribe::flush() {
  if (cut_) {
    stream_.wr_buf().clear();
    return;
  }
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
  return expects_payload_ ? take_payload(context, n) : take_header(context, static_cast<const char*>(data), n);
}

bool scribe::take_header(caf::execution_unit* context, const char* data, std::size_t n) {
  if (n != packet_header_bytes || !filter_.take_header(std::span<const char, packet_header_bytes>{data, n}))
    return reject();
  header_.assign(data, data + n);
  if (filter_.payload_bytes() > 0) {
    expects_payload_ = true;
    stream_.configure_read(caf::io::receive_policy::exactly(filter_.payload_bytes()));
    return true;
  }
  std::vector<char> nothing;
  if (filter_.take_payload(nothing) != packet_verdict::pass)
    return reject();
  staging_ = header_;
  return hand_to_broker(context);
}

bool scribe::take_payload(caf::execution_unit* context, std::size_t n) {
  expects_payload_ = false;
  stream_.configure_read(caf::io::receive_policy::exactly(packet_header_bytes));
  auto& payload = stream_.rd_buf();
  payload.resize(n);
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
  return caf::io::scribe::consume(context, staging_.data(), staging_.size()) && !cut_ && !detached();
}

bool scribe::reject() {
  ++state_->counters.broken_packets;
  cut();
  return false;
}

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
