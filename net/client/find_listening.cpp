// Who takes a connection: for tools that must not act while somebody is there.
#include <algorithm>
#include <chrono>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kommander/raft.hpp"
#include "net/middleman/socket.hpp"

namespace kommander {

namespace {

using std::chrono::steady_clock;

/// So many are asked at once.
constexpr std::size_t sockets_max = 64;

/// A connection on its way; closed with this object.
struct attempt {
  node_info node;
  int socket = -1;

  attempt(node_info x, int descriptor) : node{std::move(x)}, socket{descriptor} {
    // nop
  }

  attempt(attempt&& other) noexcept : node{std::move(other.node)}, socket{std::exchange(other.socket, -1)} {
    // nop
  }

  attempt& operator=(attempt&& other) noexcept {
    std::swap(node, other.node);
    std::swap(socket, other.socket);
    return *this;
  }

  ~attempt() {
    if (socket >= 0)
      ::close(socket);
  }
};

/// Once the connection's outcome is known.
bool has_connected(int socket) {
  auto error = -1;
  socklen_t size = sizeof error;
  return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

void await_all(std::vector<attempt> pending, steady_clock::time_point end, std::vector<node_info>& found) {
  while (!pending.empty()) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock::now()).count();
    if (left < 0)
      return;
    std::vector<pollfd> all;
    for (const auto& x : pending)
      all.push_back({x.socket, POLLOUT, 0});
    if (::poll(all.data(), all.size(), static_cast<int>(std::min<long>(left, 60'000))) < 0)
      continue;
    std::vector<attempt> rest;
    for (std::size_t i = 0; i < pending.size(); ++i) {
      if (all[i].revents == 0)
        rest.push_back(std::move(pending[i]));
      else if (has_connected(pending[i].socket))
        found.push_back(pending[i].node);
    }
    pending = std::move(rest);
  }
}

} // namespace

std::vector<node_info> find_listening(const std::vector<node_info>& nodes, std::chrono::milliseconds timeout) {
  std::vector<node_info> found;
  for (std::size_t first = 0; first < nodes.size(); first += sockets_max) {
    std::vector<attempt> pending;
    for (auto i = first; i < std::min(first + sockets_max, nodes.size()); ++i) {
      auto socket = net::start_connect(nodes[i].address, {});
      if (socket)
        pending.emplace_back(nodes[i], *socket);
      else if (socket.error().code == status::invalid_argument)
        found.push_back(nodes[i]); // it could not be asked
    }
    await_all(std::move(pending), steady_clock::now() + timeout, found);
  }
  std::ranges::sort(found);
  return found;
}

} // namespace kommander
