/// A UDP socket in a multicast group, on one or all network interfaces of this machine. Never blocks.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>

#include "kommander/raft.hpp"

namespace kommander::net {

/// More interfaces than this are passed over; the system's own limit is 20 (net.ipv4.igmp_max_memberships).
inline constexpr std::size_t multicast_interfaces_max = 16;

/// A network interface that is up and has an IPv4 address.
struct network_interface {
  unsigned index = 0;
  std::string name;
  bool is_loopback = false;

  auto operator<=>(const network_interface&) const = default;
};

/// Those that take part in multicast, loopback ones among them; by index.
std::vector<network_interface> list_interfaces();

struct received_packet {
  std::string content;      ///< Up to one byte more than `packet_bytes_max`.
  std::string source;       ///< Numeric address. By a loopback interface, it is any of this machine's.
  bool by_loopback = false; ///< Sent by this machine, by its loopback interface.
};

class multicast_socket {
public:
  /// Errors name the group, the port or the interface.
  static result<std::unique_ptr<multicast_socket>> open(const multicast_options& options);

  multicast_socket(int descriptor, const multicast_options& options);
  ~multicast_socket();
  multicast_socket(const multicast_socket&) = delete;
  multicast_socket& operator=(const multicast_socket&) = delete;

  [[nodiscard]] int descriptor() const noexcept {
    return descriptor_;
  }

  /// Joins the group on interfaces that have appeared since the last time. Returns on how many it is joined.
  std::size_t refresh();

  /// Sends on all joined interfaces, or on the loopback ones only. Returns what was wrong; empty if it left by at least
  /// one.
  std::string send(std::string_view packet, bool loopback_only);

  /// Nothing if there is none.
  std::optional<received_packet> receive();

private:
  bool join(const network_interface& x);
  bool came_by_loopback(msghdr& packet) const;

  int descriptor_;
  multicast_options options_;
  std::set<network_interface> joined_;
};

} // namespace kommander::net
