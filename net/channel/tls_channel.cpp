#include "net/channel/tls_channel.hpp"

#include <algorithm>
#include <array>

#include <openssl/err.h>

namespace kommander::net {

namespace {

constexpr std::size_t record_bytes_max = SSL3_RT_MAX_PLAIN_LENGTH;

/// RFC 9266.
constexpr std::string_view binding_label = "EXPORTER-Channel-Binding";
constexpr std::size_t binding_bytes = 32;

// -- OpenSSL's way to the wire --------------------------------------------------------------------------------------

tls_channel::wire_ends& ends_of(BIO* x) {
  return *static_cast<tls_channel::wire_ends*>(BIO_get_data(x));
}

int read_wire(BIO* bio, char* to, int wanted) {
  auto& in = ends_of(bio).in;
  BIO_clear_retry_flags(bio);
  if (in.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  auto n = std::min(in.size(), static_cast<std::size_t>(std::max(wanted, 0)));
  std::copy_n(in.data(), n, to);
  in = in.subspan(n);
  return static_cast<int>(n);
}

int write_wire(BIO* bio, const char* from, int n) {
  auto* out = ends_of(bio).out;
  BIO_clear_retry_flags(bio);
  if (out == nullptr || n < 0)
    return -1;
  try {
    out->insert(out->end(), from, from + n);
  } catch (...) { // no memory; OpenSSL knows no exceptions
    return -1;
  }
  return n;
}

long control_wire(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

struct wire_method_deleter {
  void operator()(BIO_METHOD* x) const noexcept {
    BIO_meth_free(x);
  }
};

using wire_method_ptr = std::unique_ptr<BIO_METHOD, wire_method_deleter>;

wire_method_ptr make_wire_method() {
  wire_method_ptr x{BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "kommander wire")};
  if (!x || BIO_meth_set_read(x.get(), read_wire) != 1 || BIO_meth_set_write(x.get(), write_wire) != 1
      || BIO_meth_set_ctrl(x.get(), control_wire) != 1)
    return nullptr;
  return x;
}

bio_ptr make_wire(tls_channel::wire_ends& ends) {
  static const auto method = make_wire_method();
  bio_ptr x{method ? BIO_new(method.get()) : nullptr};
  if (x) {
    BIO_set_data(x.get(), &ends);
    BIO_set_init(x.get(), 1);
  }
  return x;
}

} // namespace

// -- constructors -----------------------------------------------------------------------------------------------------

tls_channel::tls_channel(tls_context_ptr context, channel_side side, node_id expected, const std::string& host)
  : context_{std::move(context)},
    side_{side},
    verifier_{context_->rules(), side, expected} {
  ERR_clear_error();
  if (side == channel_side::accepting && !context_->has_certificate())
    failure_ = failure{status::errored, "TLS: certificate_file is not set, so nobody can be accepted"};
  else if (!prepare(host) && !failure_)
    failure_ = failure{status::errored, "TLS: a connection cannot be prepared: " + take_openssl_reason()};
}

bool tls_channel::prepare(const std::string& host) {
  ssl_.reset(SSL_new(context_->get()));
  auto wire = ssl_ ? make_wire(wire_) : nullptr;
  if (!wire || SSL_set_app_data(ssl_.get(), &verifier_) != 1)
    return false;
  auto* bio = wire.release();
  SSL_set_bio(ssl_.get(), bio, bio); // takes it
  if (side_ == channel_side::dialing) {
    SSL_set_connect_state(ssl_.get());
    SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER, nullptr);
    return expect_host(host);
  }
  SSL_set_accept_state(ssl_.get());
  auto demand = context_->rules().demand_client_certificate;
  SSL_set_verify(ssl_.get(), demand ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE, nullptr);
  return true;
}

/// Pins say which certificate it is; otherwise it has to be one for `host`.
bool tls_channel::expect_host(const std::string& host) {
  const auto& rules = context_->rules();
  if (rules.insecure || !rules.pins.empty())
    return true;
  if (host.empty() || host.find('\0') != std::string::npos) { // OpenSSL would take it for "any"
    failure_ = failure{status::errored, "TLS: the host that is dialed has no name to check"};
    return false;
  }
  auto* parameters = SSL_get0_param(ssl_.get());
  X509_VERIFY_PARAM_set_hostflags(parameters,
                                  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1)
    return true;
  ERR_clear_error(); // it is no address
  return X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size()) == 1;
}

// -- the channel ----------------------------------------------------------------------------------------------------

/// Runs `action` while OpenSSL may write to `out`.
template <class Action>
result<done> tls_channel::guarded(channel_bytes& out, Action action) {
  if (failure_)
    return *failure_;
  auto size_before = out.size();
  ERR_clear_error();
  wire_.out = &out;
  result<done> good = action();
  wire_ = {};
  ERR_clear_error();
  if (!good) {
    failure_ = good.error();
    open_ = false;
    out.resize(size_before);
  }
  return good;
}

result<done> tls_channel::start(channel_bytes& out) {
  return guarded(out, [this]() -> result<done> {
    std::span<const char> nothing;
    return side_ == channel_side::dialing ? shake_hands(nothing) : done{};
  });
}

result<done> tls_channel::receive(std::span<const char> wire, channel_bytes& plain, channel_bytes& out) {
  return guarded(out, [&]() -> result<done> {
    if (!open_)
      if (auto good = shake_hands(wire); !good || !open_)
        return good;
    wire_.in = wire;
    return read_plain(plain);
  });
}

result<done> tls_channel::send(std::span<const char> plain, channel_bytes& out) {
  return guarded(out, [&]() -> result<done> {
    if (!open_)
      return failure{status::errored, "TLS: something is to be sent before the connection is open"};
    while (!plain.empty()) {
      std::size_t written = 0;
      auto code = SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &written);
      if (code != 1)
        return refusal(code);
      plain = plain.subspan(written);
    }
    return done{};
  });
}

const channel_peer& tls_channel::peer() const noexcept {
  static const channel_peer nobody;
  return open_ ? verifier_.peer() : nobody;
}

std::string tls_channel::binding() const {
  std::string out(binding_bytes, '\0');
  ERR_clear_error();
  if (!open_
      || SSL_export_keying_material(ssl_.get(), reinterpret_cast<unsigned char*>(out.data()), out.size(),
                                    binding_label.data(), binding_label.size(), nullptr, 0, 0)
           != 1)
    out.clear();
  ERR_clear_error();
  return out;
}

// -- the handshake --------------------------------------------------------------------------------------------------

/// Takes from the front of `wire` what belongs to the handshake.
result<done> tls_channel::shake_hands(std::span<const char>& wire) {
  auto offered = wire.first(std::min(wire.size(), tls_handshake_bytes_max - handshake_bytes_));
  wire_.in = offered;
  auto code = SSL_do_handshake(ssl_.get());
  auto taken = offered.size() - wire_.in.size();
  handshake_bytes_ += taken;
  wire = wire.subspan(taken);
  if (code == 1)
    return finish_handshake();
  if (SSL_get_error(ssl_.get(), code) != SSL_ERROR_WANT_READ)
    return refusal(code);
  if (handshake_bytes_ >= tls_handshake_bytes_max)
    return failure{status::unauthorized, "TLS: the peer's handshake does not end within 65536 bytes"};
  return done{};
}

/// OpenSSL is content; whether it has asked what it should is checked once more.
result<done> tls_channel::finish_handshake() {
  const auto& rules = context_->rules();
  auto must_prove = side_ == channel_side::dialing ? !rules.insecure : rules.demand_client_certificate;
  if (SSL_version(ssl_.get()) != TLS1_3_VERSION || SSL_session_reused(ssl_.get()) != 0
      || (must_prove && !verifier_.peer().proved))
    return failure{status::unauthorized, "TLS: the peer has not proved who it is"};
  open_ = true;
  return done{};
}

result<done> tls_channel::read_plain(channel_bytes& plain) {
  std::array<char, record_bytes_max> buffer;
  for (;;) {
    std::size_t n = 0;
    auto code = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &n);
    if (code != 1)
      return SSL_get_error(ssl_.get(), code) == SSL_ERROR_WANT_READ ? result<done>{done{}} : refusal(code);
    plain.insert(plain.end(), buffer.data(), buffer.data() + n);
  }
}

failure tls_channel::refusal(int openssl_result) const {
  auto code = open_ ? status::errored : status::unauthorized;
  if (!verifier_.refusal().empty())
    return {code, "TLS: " + verifier_.refusal()};
  if (SSL_get_error(ssl_.get(), openssl_result) == SSL_ERROR_ZERO_RETURN)
    return {code, "TLS: the peer has ended the session"};
  return {code, "TLS: " + take_openssl_reason()};
}

} // namespace kommander::net
