#include "net/discovery/multicast_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/discovery/packet.hpp"

namespace kommander::net {

namespace {

std::optional<in_addr> parse_group(const std::string& text) {
  in_addr x{};
  if (inet_pton(AF_INET, text.c_str(), &x) != 1 || !IN_MULTICAST(ntohl(x.s_addr)))
    return std::nullopt;
  return x;
}

sockaddr_in address_of(const multicast_options& options) {
  sockaddr_in x{};
  x.sin_family = AF_INET;
  x.sin_port = htons(options.port);
  x.sin_addr = parse_group(options.group).value_or(in_addr{});
  return x;
}

template <class T>
bool set_option(int socket, int level, int option, T value) {
  return setsockopt(socket, level, option, &value, sizeof value) == 0;
}

failure cannot_listen(const multicast_options& options, const std::string& why) {
  return {status::errored,
          "discovery cannot listen to the multicast group " + options.group + ":" + std::to_string(options.port)
            + (options.interface.empty() ? std::string{} : " on the interface '" + options.interface + "'") + ": "
            + why};
}

std::string names_of(const std::vector<network_interface>& all) {
  std::string names;
  for (const auto& x : all)
    names += (names.empty() ? "" : ", ") + x.name;
  return names.empty() ? "none" : names;
}

/// Shared with the machine's other nodes, without waiting, and only for our group on interfaces of our choice: Linux
/// would otherwise give a socket what any other program of the machine has joined.
bool prepare(int socket, const multicast_options& options) {
  auto where = address_of(options);
  return set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1) && set_option(socket, IPPROTO_IP, IP_MULTICAST_ALL, 0)
         && set_option(socket, IPPROTO_IP, IP_MULTICAST_LOOP, 1) && set_option(socket, IPPROTO_IP, IP_PKTINFO, 1)
         && set_option(socket, IPPROTO_IP, IP_MULTICAST_TTL, static_cast<int>(options.hops))
         && ::bind(socket, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0;
}

} // namespace

std::vector<network_interface> list_interfaces() {
  std::set<network_interface> all;
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0)
    return {};
  for (const auto* x = first; x != nullptr; x = x->ifa_next) {
    auto is_loopback = (x->ifa_flags & IFF_LOOPBACK) != 0;
    if (x->ifa_addr == nullptr || x->ifa_addr->sa_family != AF_INET || (x->ifa_flags & IFF_UP) == 0
        || ((x->ifa_flags & IFF_MULTICAST) == 0 && !is_loopback))
      continue;
    if (auto index = if_nametoindex(x->ifa_name); index != 0)
      all.insert({index, x->ifa_name, is_loopback});
  }
  freeifaddrs(first);
  return {all.begin(), all.end()};
}

result<std::unique_ptr<multicast_socket>> multicast_socket::open(const multicast_options& options) {
  if (!parse_group(options.group))
    return failure{status::invalid_argument, "multicast_options.group is '" + options.group
                                               + "', but must be an address from 224.0.0.0 to 239.255.255.255"};
  auto present = list_interfaces();
  if (!options.interface.empty()
      && std::ranges::find(present, options.interface, &network_interface::name) == present.end())
    return failure{
      status::invalid_argument,
      "multicast_options.interface is '"
        + options.interface + "', but those that are up, take part in multicast and have an IPv4 address are: "
        + names_of(present)};
  auto descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0)
    return cannot_listen(options, std::strerror(errno));
  auto socket = std::make_unique<multicast_socket>(descriptor, options);
  if (!prepare(descriptor, options))
    return cannot_listen(options, std::strerror(errno));
  if (socket->refresh() == 0)
    return cannot_listen(options, "no network interface takes part; there are: " + names_of(present));
  return socket;
}

multicast_socket::multicast_socket(int descriptor, const multicast_options& options)
  : descriptor_{descriptor},
    options_{options} {
  // nop
}

multicast_socket::~multicast_socket() {
  ::close(descriptor_);
}

std::size_t multicast_socket::refresh() {
  auto present = list_interfaces();
  std::erase_if(joined_, [&](const auto& x) { return !std::ranges::binary_search(present, x); });
  for (const auto& x : present) {
    auto wanted = options_.interface.empty() || options_.interface == x.name;
    if (wanted && joined_.size() < multicast_interfaces_max && join(x))
      joined_.insert(x);
  }
  return joined_.size();
}

bool multicast_socket::join(const network_interface& x) {
  ip_mreqn request{};
  request.imr_multiaddr = address_of(options_).sin_addr;
  request.imr_ifindex = static_cast<int>(x.index);
  // An interface that went down and came back is still joined.
  return set_option(descriptor_, IPPROTO_IP, IP_ADD_MEMBERSHIP, request) || errno == EADDRINUSE;
}

std::string multicast_socket::send(std::string_view packet, bool loopback_only) {
  auto to = address_of(options_);
  std::string problem = "there is no interface to send by";
  auto left = false;
  for (const auto& x : joined_) {
    if (loopback_only && !x.is_loopback)
      continue;
    ip_mreqn by{};
    by.imr_ifindex = static_cast<int>(x.index);
    if (set_option(descriptor_, IPPROTO_IP, IP_MULTICAST_IF, by)
        && ::sendto(descriptor_, packet.data(), packet.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to),
                    sizeof to)
             == static_cast<ssize_t>(packet.size()))
      left = true;
    else
      problem = "by " + x.name + ": " + std::strerror(errno);
  }
  return left ? std::string{} : problem;
}

std::optional<received_packet> multicast_socket::receive() {
  std::array<char, packet_bytes_max + 1> buffer;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> control{};
  sockaddr_in source{};
  iovec content{buffer.data(), buffer.size()};
  msghdr packet{};
  packet.msg_name = &source;
  packet.msg_namelen = sizeof source;
  packet.msg_iov = &content;
  packet.msg_iovlen = 1;
  packet.msg_control = control.data();
  packet.msg_controllen = control.size();
  auto n = ::recvmsg(descriptor_, &packet, 0);
  if (n < 0)
    return std::nullopt;
  std::array<char, INET_ADDRSTRLEN> text{};
  inet_ntop(AF_INET, &source.sin_addr, text.data(), text.size());
  return received_packet{{buffer.data(), static_cast<std::size_t>(n)}, text.data(), came_by_loopback(packet)};
}

bool multicast_socket::came_by_loopback(msghdr& packet) const {
  for (auto* x = CMSG_FIRSTHDR(&packet); x != nullptr; x = CMSG_NXTHDR(&packet, x)) {
    if (x->cmsg_level != IPPROTO_IP || x->cmsg_type != IP_PKTINFO)
      continue;
    in_pktinfo info{};
    std::memcpy(&info, CMSG_DATA(x), sizeof info);
    auto is_it = [&](const network_interface& i) { return i.index == static_cast<unsigned>(info.ipi_ifindex); };
    auto by = std::ranges::find_if(joined_, is_it);
    return by != joined_.end() && by->is_loopback;
  }
  return false;
}

} // namespace kommander::net
