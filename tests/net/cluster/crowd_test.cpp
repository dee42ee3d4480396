/// Ten thousand connections to a node of a working cluster, none of which proves anything.
#define CAF_SUITE net_crowd

#include "tests/net/cluster/raft_cluster.hpp"
#include "tests/net/cluster/security.hpp"
#include "tests/net/eventually.hpp"
#include "tests/net/raw_socket.hpp"
#include "tests/support/this_process.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::test;

namespace {

constexpr std::size_t wanted = 10'000;
constexpr std::size_t own_descriptors_max = 1000; ///< Of the nodes, which run in this process too, and of their logs.
constexpr std::size_t growth_bytes_max = std::size_t{128} << 20;
constexpr std::size_t from_one_address = 100; ///< Fewer than would be turned away at once.
const std::size_t port_connections_max = transport_context{}.connections_max;

/// Silent connections, from so many addresses of this machine that none of these has begun too many.
class crowd {
public:
  ~crowd() {
    for (auto x : sockets_)
      ::close(x);
  }

  /// One more; false if there is none to be had.
  bool add(const endpoint& to) {
    auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
      return false;
    sockets_.push_back(fd);
    auto from = address_of("127.1.0.0", 0);
    auto host = static_cast<std::uint32_t>(sockets_.size() / from_one_address) + 1;
    from.sin_addr.s_addr = htonl(ntohl(from.sin_addr.s_addr) + host);
    auto target = address_of(to.host, to.port);
    return ::bind(fd, reinterpret_cast<sockaddr*>(&from), sizeof from) == 0
           && ::connect(fd, reinterpret_cast<sockaddr*>(&target), sizeof target) == 0;
  }

  /// Those that the node has closed.
  [[nodiscard]] std::size_t closed() const {
    std::size_t n = 0;
    for (auto x : sockets_) {
      char c = 0;
      auto got = ::recv(x, &c, 1, MSG_DONTWAIT);
      n += got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK) ? 1 : 0;
    }
    return n;
  }

private:
  static sockaddr_in address_of(const std::string& host, std::uint16_t port) {
    sockaddr_in x{};
    x.sin_family = AF_INET;
    x.sin_port = htons(port);
    inet_pton(AF_INET, host.c_str(), &x.sin_addr);
    return x;
  }

  std::vector<int> sockets_;
};

void check_crowd(const raft_cluster::security_maker& security) {
  auto allowed = raise_descriptors(wanted + own_descriptors_max);
  CAF_REQUIRE_GREATER(allowed, 2 * own_descriptors_max);
  auto total = std::min(wanted, allowed - own_descriptors_max);
  if (total < wanted)
    CAF_MESSAGE("this process may open " << allowed << " files: " << total << " connections instead of " << wanted);
  raft_cluster nodes{security};
  CAF_REQUIRE_EQUAL(nodes.start_all(), "");
  CAF_REQUIRE(nodes.commit(20));
  auto before = resident_bytes();
  crowd strangers;
  std::size_t begun = 0;
  while (begun < total && strangers.add(nodes.raft_address(1)))
    if (++begun % 500 == 0)
      CAF_CHECK(nodes.commit(2)); // the cluster works on meanwhile
  CAF_REQUIRE_EQUAL(begun, total);
  const auto& counters = nodes.counters(1);
  CAF_CHECK(eventually([&] { return counters.accepted >= total; }));
  CAF_CHECK_EQUAL(counters.throttled.load(), 0u); // otherwise the port's own limit was not what was tried
  CAF_CHECK_LESS_OR_EQUAL(counters.most_accepted.load(), port_connections_max);
  CAF_CHECK(eventually([&] { return strangers.closed() >= total - port_connections_max; }));
  CAF_CHECK(nodes.commit(20));
  CAF_CHECK_LESS(resident_bytes(), before + growth_bytes_max);
  CAF_CHECK_EQUAL(nodes.verdict(), "");
}

} // namespace

CAF_TEST(ten thousand silent connections to nodes with a secret) {
  check_crowd(with_secret);
}

CAF_TEST(ten thousand silent connections to nodes with TLS) {
  certificate_office office;
  check_crowd(std::cref(office));
}
