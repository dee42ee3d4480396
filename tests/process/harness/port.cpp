#include "tests/process/harness/port.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <future>
#include <span>
#include <system_error>

namespace process_test {

namespace {

constexpr const char* interface_name = "kommander0";
constexpr std::size_t hardware_bytes = 6;
constexpr std::size_t header_bytes = 14;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error{errno, std::system_category(), what};
}

int checked(int result, const char* what) {
  if (result < 0)
    fail(what);
  return result;
}

/// Locally administered; the last byte is the port's.
std::array<unsigned char, hardware_bytes> hardware_address(std::size_t number) {
  return {2, 0, 0, 0, 0, static_cast<unsigned char>(number + 1)};
}

void put_hardware_address(sockaddr& where, std::size_t number) {
  where.sa_family = ARPHRD_ETHER;
  std::ranges::copy(hardware_address(number), reinterpret_cast<unsigned char*>(where.sa_data));
}

void put_address(sockaddr& where, const std::string& numeric) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, numeric.c_str(), &address.sin_addr);
  std::memcpy(&where, &address, sizeof address);
}

ifreq request_for(const char* name) {
  ifreq result{};
  std::strncpy(result.ifr_name, name, IFNAMSIZ - 1);
  return result;
}

void bring_up(int control, const char* name) {
  auto request = request_for(name);
  checked(::ioctl(control, SIOCGIFFLAGS, &request), "reading an interface's flags");
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  checked(::ioctl(control, SIOCSIFFLAGS, &request), "bringing up an interface");
}

descriptor open_cable() {
  descriptor result{checked(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), "/dev/net/tun")};
  auto request = request_for(interface_name);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  checked(::ioctl(result.number(), TUNSETIFF, &request), "making a TAP device");
  return result;
}

void configure(std::size_t number, std::size_t ports) {
  descriptor control{checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")};
  auto fd = control.number();
  auto request = request_for(interface_name);
  put_hardware_address(request.ifr_hwaddr, number);
  checked(::ioctl(fd, SIOCSIFHWADDR, &request), "setting a hardware address");
  put_address(request.ifr_addr, address_of_port(number));
  checked(::ioctl(fd, SIOCSIFADDR, &request), "setting an address");
  put_address(request.ifr_netmask, "255.255.255.0");
  checked(::ioctl(fd, SIOCSIFNETMASK, &request), "setting a mask");
  bring_up(fd, "lo");
  bring_up(fd, interface_name);
  for (std::size_t i = 0; i < ports; ++i) {
    if (i == number)
      continue;
    arpreq neighbour{};
    put_address(neighbour.arp_pa, address_of_port(i));
    put_hardware_address(neighbour.arp_ha, i);
    neighbour.arp_flags = ATF_PERM | ATF_COM;
    std::strncpy(neighbour.arp_dev, interface_name, sizeof neighbour.arp_dev - 1);
    checked(::ioctl(fd, SIOCSARP, &neighbour), "naming a neighbour");
  }
}

} // namespace

descriptor::~descriptor() {
  if (number_ >= 0)
    ::close(number_);
}

port make_port(std::size_t number, std::size_t ports) {
  // A thread of its own: the namespace stays when it ends, as somebody has a descriptor of it.
  auto made = std::async(std::launch::async, [=] {
    checked(::unshare(CLONE_NEWNET), "making a network namespace");
    port result{current_namespace(), open_cable()};
    configure(number, ports);
    return result;
  });
  return made.get();
}

std::string address_of_port(std::size_t number) {
  return "10.9.0." + std::to_string(number + 1);
}

std::size_t destination_of(const unsigned char* frame, std::size_t bytes) {
  if (bytes < header_bytes)
    return ports_max;
  auto number = static_cast<std::size_t>(frame[hardware_bytes - 1]) - 1;
  return number < ports_max && std::ranges::equal(hardware_address(number), std::span{frame, hardware_bytes})
           ? number
           : ports_max;
}

descriptor current_namespace() {
  return descriptor{checked(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "/proc/thread-self/ns/net")};
}

void enter_namespace(const descriptor& where) {
  checked(::setns(where.number(), CLONE_NEWNET), "entering a network namespace");
}

} // namespace process_test
