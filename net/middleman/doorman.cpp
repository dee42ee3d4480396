#include "net/middleman/doorman.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/middleman/socket.hpp"
#include "net/middleman/system_module.hpp"

namespace kommander::net {

namespace {

int open_reserve() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/// Closes a connection so that nothing of it is kept here, not even for a peer that does not close its own end.
void reset(int socket) {
  linger hard{1, 0};
  [[maybe_unused]] auto rc = ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(socket);
}

std::shared_ptr<handshake_gate> make_gate(const socket_limits& limits) {
  if (!limits.channels)
    return nullptr;
  return std::make_shared<handshake_gate>(limits.handshakes_per_second, limits.handshake_burst);
}

/// Not more often than this are all connections looked at for the sake of a new one.
constexpr std::chrono::milliseconds sweep_interval{50};

caf::io::accept_handle next_handle() {
  static std::atomic<std::int64_t> last{std::int64_t{1} << 40};
  return caf::io::accept_handle::from_int(++last);
}

} // namespace

// -- accept_policy ------------------------------------------------------------------------------------------------

accept_policy::accept_policy(network_state_ptr state, std::shared_ptr<handshake_gate> gate)
  : state_{std::move(state)},
    gate_{std::move(gate)},
    reserve_{open_reserve()} {
  // nop
}

accept_policy::~accept_policy() {
  if (reserve_ >= 0)
    ::close(reserve_);
}

bool accept_policy::try_accept(caf::io::network::native_socket& accepted, caf::io::network::native_socket listening) {
  auto now = handshake_gate::time_point::clock::now();
  for (auto i = 0; i < closed_at_once_max; ++i) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    accepted = ::accept4(listening, reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (accepted < 0)
      break;
    if (!gate_ || gate_->admit(key_of(from), now))
      return true;
    ++state_->counters.throttled;
    reset(accepted);
  }
  if (accepted < 0 && (errno == EMFILE || errno == ENFILE))
    take_without_descriptor(listening);
  accepted = caf::io::network::invalid_native_socket;
  return false;
}

void accept_policy::take_without_descriptor(caf::io::network::native_socket listening) {
  if (reserve_ >= 0)
    ::close(reserve_);
  if (auto refused = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC); refused >= 0)
    ::close(refused);
  reserve_ = open_reserve();
}

// -- doorman ------------------------------------------------------------------------------------------------------

doorman::doorman(caf::io::network::default_multiplexer& loop, network_state_ptr state,
                 caf::io::network::native_socket socket, socket_limits_ptr limits)
  : caf::io::doorman{next_handle()},
    loop_{loop},
    state_{std::move(state)},
    limits_{std::move(limits)},
    gate_{make_gate(*limits_)},
    acceptor_{loop, socket, state_, gate_} {
  // nop
}

bool doorman::new_connection() {
  auto socket = acceptor_.accepted_socket();
  auto from = caf::io::network::remote_addr_of_fd(socket);
  auto address = from ? *from : std::string{};
  sweep_often();
  if (accepted_.size() >= limits_->connections_max)
    make_room();
  if (closed_ || detached() || accepted_.size() >= limits_->connections_max) {
    ++state_->counters.turned_away;
    ::close(socket);
    return !detached();
  }
  ++state_->counters.accepted;
  tune(socket, *limits_);
  auto connection =
    caf::make_counted<scribe>(loop_, state_, socket, limits_, connection_origin{true, {}, std::move(address), gate_});
  accepted_.push_back(connection);
  auto& most = state_->counters.most_accepted; // only this thread writes it
  most = std::max<std::uint64_t>(most, accepted_.size());
  auto handle = connection->hdl();
  parent()->add_scribe(std::move(connection));
  return caf::io::doorman::new_connection(&loop_, handle);
}

/// Who has introduced himself stays; of the others the oldest goes. So connections that say nothing cannot keep out
/// those that do.
void doorman::make_room() {
  auto i = std::find_if(accepted_.begin(), accepted_.end(), [](const auto& x) { return !x->peer(); });
  if (i == accepted_.end())
    return;
  ++state_->counters.turned_away;
  (*i)->cut();
  accepted_.erase(i);
}

void doorman::sweep_often() {
  if (std::chrono::steady_clock::now() - swept_ >= sweep_interval)
    sweep();
}

void doorman::sweep() {
  swept_ = std::chrono::steady_clock::now();
  for (auto& x : accepted_)
    x->check_time();
  std::erase_if(accepted_, [](const auto& x) { return x->is_cut() || x->detached(); });
}

void doorman::close() {
  // At once, so that the port is free when this returns.
  caf::io::network::shutdown_both(acceptor_.fd());
  if (state_->stopped)
    return;
  loop_.post([self = doorman_handle{this}] {
    self->closed_ = true;
    for (auto& x : std::exchange(self->accepted_, {}))
      x->cut();
  });
}

void doorman::launch() {
  acceptor_.start(this);
}

void doorman::graceful_shutdown() {
  acceptor_.graceful_shutdown();
  accepted_.clear();
  detach(&loop_, false);
}

void doorman::remove_from_loop() {
  acceptor_.passivate();
  loop_.post([self = doorman_handle{this}] { let_go(self->acceptor_); });
}

void doorman::add_to_loop() {
  acceptor_.activate(this);
}

std::string doorman::addr() const {
  auto x = caf::io::network::local_addr_of_fd(acceptor_.fd());
  return x ? *x : std::string{};
}

std::uint16_t doorman::port() const {
  auto x = caf::io::network::local_port_of_fd(acceptor_.fd());
  return x ? *x : std::uint16_t{0};
}

} // namespace kommander::net
