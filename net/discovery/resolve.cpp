#include "net/discovery/resolve.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace kommander::net {

namespace {

/// Empty if it is of no use.
std::string host_of(const addrinfo& x) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* raw = nullptr;
  if (x.ai_family == AF_INET)
    raw = &reinterpret_cast<const sockaddr_in*>(x.ai_addr)->sin_addr;
  else if (x.ai_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<sockaddr_in6*>(x.ai_addr)->sin6_addr))
    raw = &reinterpret_cast<const sockaddr_in6*>(x.ai_addr)->sin6_addr;
  if (raw == nullptr || inet_ntop(x.ai_family, raw, text.data(), text.size()) == nullptr)
    return {};
  return text.data();
}

resolution refused(const std::string& name, int code, int system_code) {
  resolution x;
  x.answered = code == EAI_NONAME || code == EAI_NODATA;
  x.problem = "'" + name + "' was looked up: " + (code == EAI_SYSTEM ? std::strerror(system_code) : gai_strerror(code));
  return x;
}

} // namespace

resolution resolve(const std::string& name) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (auto code = getaddrinfo(name.c_str(), nullptr, &wanted, &first); code != 0)
    return refused(name, code, errno);
  resolution x;
  x.answered = true;
  for (const auto* i = first; i != nullptr; i = i->ai_next)
    if (auto host = host_of(*i); !host.empty())
      x.hosts.push_back(std::move(host));
  freeaddrinfo(first);
  std::ranges::sort(x.hosts);
  x.hosts.erase(std::ranges::unique(x.hosts).begin(), x.hosts.end());
  if (x.hosts.empty())
    x.problem = "'" + name + "' has no address that could be used";
  return x;
}

} // namespace kommander::net
