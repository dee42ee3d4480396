/// Judges the certificate that a peer shows while TLS shakes hands.
#pragma once

#include <set>
#include <string>

#include "net/channel/certificate.hpp"
#include "net/channel/channel.hpp"

namespace kommander::net {

/// What is asked of peers.
struct tls_rules {
  bool demand_client_certificate = false; ///< Both sides show a certificate that names them.
  bool admit_clients = false;             ///< Who is accepted may be a client.
  bool insecure = false;                  ///< Any server's certificate is as good as another.
  std::set<fingerprint> pins;             ///< Not empty: only these certificates, whoever has signed them.
};

/// For one connection.
class tls_verifier {
public:
  /// `rules` must live on.
  tls_verifier(const tls_rules& rules, channel_side side, node_id expected);

  /// OpenSSL asks this, in place of its own check, with what the peer has shown. The host's name is among what it
  /// checks.
  bool judge(X509_STORE_CTX& shown) noexcept;

  /// Who the peer is. Nobody before `judge` was content.
  [[nodiscard]] const channel_peer& peer() const noexcept {
    return peer_;
  }

  /// Why `judge` was not; empty otherwise.
  [[nodiscard]] const std::string& refusal() const noexcept {
    return refusal_;
  }

private:
  bool refuse(std::string why);
  bool check(X509_STORE_CTX& shown);
  bool check_chain(X509_STORE_CTX& shown);
  bool check_pin(const X509& certificate);
  bool check_name(const certificate_name& x);
  bool check_server(const certificate_name& x);

  const tls_rules& rules_;
  channel_side side_;
  node_id expected_;
  channel_peer peer_;
  std::string refusal_;
};

} // namespace kommander::net
