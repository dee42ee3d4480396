#include "tests/bench/flooder.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <deque>
#include <thread>

#include <openssl/ssl.h>

#include "net/channel/openssl.hpp"
#include "net/channel/secret_channel.hpp"
#include "tests/bench/process.hpp"
#include "tests/bench/report.hpp"
#include "tests/support/this_process.hpp"

namespace kommander::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto step = 10ms;
constexpr auto kept_for = 1s;

// -- what they say --------------------------------------------------------------------------------------------------

/// As somebody would who knows everything but the secret: the greeting is good, the proof is not.
std::string wrong_proof() {
  auto settings = std::make_shared<const net::secret_settings>(
    net::secret_settings{net::channel_purpose::nodes, node_id{4}, "default", std::string(32, 'x'), {}});
  auto channel = net::make_secret_channel(settings, {net::channel_side::dialing, node_id{}, "127.0.0.1", {}, {}});
  net::channel_bytes out;
  if (!channel->start(out))
    return {};
  return std::string{out.begin(), out.end()} + std::string(32, 'p');
}

/// The first thing that a client of TLS 1.3 says, after which a server has to compute and to sign.
std::string hello_of_tls() {
  net::ssl_context_ptr context{SSL_CTX_new(TLS_method())};
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  net::ssl_ptr ssl{SSL_new(context.get())};
  auto* in = BIO_new(BIO_s_mem());
  auto* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), in, out); // takes both
  SSL_set_connect_state(ssl.get());
  SSL_do_handshake(ssl.get());
  return net::content_of(out);
}

/// A handshake of CAF's that claims gigabytes.
std::string packet_of_caf() {
  std::string x(32, '\0');
  x[0] = 1;
  x[4] = '\x70';
  return x;
}

// -- the connections ------------------------------------------------------------------------------------------------

struct flood_figures {
  std::uint64_t begun = 0;
  std::uint64_t failed = 0; ///< There was no socket, or nobody took the connection.
  std::uint64_t closed = 0; ///< By the node, before the second was over.
};

class flooder {
public:
  explicit flooder(const std::vector<std::uint16_t>& ports)
    : ports_{ports},
      words_{std::string(64, 'g'), wrong_proof(), {}, packet_of_caf(), hello_of_tls()} {
    // nop
  }

  ~flooder() {
    while (!open_.empty())
      close_oldest();
  }

  flooder(const flooder&) = delete;
  flooder& operator=(const flooder&) = delete;

  void open_one() {
    auto number = figures_.begun++;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(ports_[number % ports_.size()]);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS)) {
      ++figures_.failed;
      ::close(fd);
      return;
    }
    linger hard{1, 0}; // leaves no trace in this machine's table of connections
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    const auto& word = words_[number / ports_.size() % words_.size()];
    if (word.empty()) {
      ::close(fd);
      return;
    }
    ::send(fd, word.data(), word.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    open_.push_back({fd, clock::now()});
  }

  void close_old() {
    auto now = clock::now();
    while (!open_.empty() && now - open_.front().since > kept_for)
      close_oldest();
  }

  [[nodiscard]] const flood_figures& figures() const {
    return figures_;
  }

private:
  struct connection {
    int fd;
    clock::time_point since;
  };

  void close_oldest() {
    auto fd = open_.front().fd;
    open_.pop_front();
    std::array<char, 4096> answer;
    auto n = ::recv(fd, answer.data(), answer.size(), MSG_DONTWAIT);
    while (n > 0)
      n = ::recv(fd, answer.data(), answer.size(), MSG_DONTWAIT);
    if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
      ++figures_.closed;
    ::close(fd);
  }

  std::vector<std::uint16_t> ports_;
  std::array<std::string, 5> words_;
  std::deque<connection> open_;
  flood_figures figures_;
};

} // namespace

int run_flooder(const bench_options& options) {
  constexpr std::size_t own_descriptors_max = 100;
  test::raise_descriptors(2 * options.flood_rate + own_descriptors_max);
  flooder attacker{options.ports};
  auto begun = clock::now();
  auto lasts = std::chrono::duration<double>{options.warm_up_seconds + options.seconds};
  while (clock::now() - begun < lasts) {
    auto passed = std::chrono::duration<double>(clock::now() - begun).count();
    auto due = static_cast<std::uint64_t>(passed * options.flood_rate);
    while (attacker.figures().begun < due)
      attacker.open_one();
    attacker.close_old();
    std::this_thread::sleep_for(step);
  }
  auto cost = cpu_seconds(::getpid());
  const auto& x = attacker.figures();
  json_line{}
    .add("bench", "flooder")
    .add("connections_per_second", static_cast<double>(x.begun) / lasts.count())
    .add("failed", static_cast<double>(x.failed))
    .add("closed_by_node", static_cast<double>(x.closed))
    .add("cpu_percent", cost / lasts.count() * 100)
    .print();
  return 0;
}

} // namespace kommander::bench
