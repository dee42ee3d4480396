/// Somebody between two nodes, who listens, keeps what he hears, and may change it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tests/net/raw_socket.hpp"

namespace kommander::test {

class tapped_wire {
public:
  /// Asked for each piece that the dialing side sends, with the number of bytes before it; may change it.
  using tamper = std::function<void(std::string& piece, std::size_t offset)>;

  explicit tapped_wire(endpoint to, tamper change = {}) : to_{std::move(to)}, change_{std::move(change)} {
    thread_ = std::thread{[this] { run(); }};
  }

  ~tapped_wire() {
    stopping_ = true;
    raw_socket wake{listener_.where()};
    thread_.join();
  }

  tapped_wire(const tapped_wire&) = delete;
  tapped_wire& operator=(const tapped_wire&) = delete;

  /// To be dialed instead of the node.
  [[nodiscard]] const endpoint& where() const {
    return listener_.where();
  }

  /// What the dialing side has said on the connection that was begun last.
  std::string recorded() {
    std::lock_guard guard{mutex_};
    return recorded_;
  }

  [[nodiscard]] std::size_t connections() const {
    return connections_;
  }

private:
  void run() {
    while (!stopping_) {
      auto accepted = listener_.accept();
      if (stopping_ || accepted < 0) {
        ::close(accepted);
        return;
      }
      ++connections_;
      {
        std::lock_guard guard{mutex_};
        recorded_.clear();
      }
      carry(accepted);
    }
  }

  void carry(int dialing) {
    auto accepting = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(to_.port);
    inet_pton(AF_INET, to_.host.c_str(), &address.sin_addr);
    if (::connect(accepting, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      std::size_t offset = 0;
      while (!stopping_ && pass(dialing, accepting, &offset))
        ;
    }
    ::close(dialing);
    ::close(accepting);
  }

  /// One piece, in whichever direction there is one.
  bool pass(int dialing, int accepting, std::size_t* offset) {
    pollfd waiting[] = {{dialing, POLLIN, 0}, {accepting, POLLIN, 0}};
    if (::poll(waiting, 2, 20) < 0)
      return false;
    if (waiting[0].revents != 0) {
      auto piece = read(dialing);
      if (piece.empty())
        return false;
      if (change_)
        change_(piece, *offset);
      *offset += piece.size();
      {
        std::lock_guard guard{mutex_};
        recorded_ += piece;
      }
      if (!write(accepting, piece))
        return false;
    }
    if (waiting[1].revents == 0)
      return true;
    auto piece = read(accepting);
    return !piece.empty() && write(dialing, piece);
  }

  static std::string read(int from) {
    std::string x(65'536, '\0');
    auto n = ::recv(from, x.data(), x.size(), 0);
    x.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return x;
  }

  static bool write(int to, std::string_view x) {
    while (!x.empty()) {
      auto n = ::send(to, x.data(), x.size(), MSG_NOSIGNAL);
      if (n <= 0)
        return false;
      x.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  endpoint to_;
  tamper change_;
  raw_listener listener_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> connections_{0};
  std::mutex mutex_;
  std::string recorded_;
  std::thread thread_;
};

} // namespace kommander::test
