#include "net/channel/tls_verifier.hpp"

namespace kommander::net {

tls_verifier::tls_verifier(const tls_rules& rules, channel_side side, node_id expected)
  : rules_{rules},
    side_{side},
    expected_{expected} {
  // nop
}

bool tls_verifier::judge(X509_STORE_CTX& shown) noexcept {
  auto good = false;
  try {
    good = check(shown);
  } catch (...) { // no memory; OpenSSL, which calls this, knows no exceptions
    good = false;
  }
  if (!good) {
    peer_ = {};
    X509_STORE_CTX_set_error(&shown, X509_V_ERR_APPLICATION_VERIFICATION);
  }
  return good;
}

bool tls_verifier::refuse(std::string why) {
  refusal_ = std::move(why);
  return false;
}

bool tls_verifier::check(X509_STORE_CTX& shown) {
  const auto* certificate = X509_STORE_CTX_get0_cert(&shown);
  if (certificate == nullptr)
    return refuse("the peer has shown no certificate");
  auto name = read_name(*certificate);
  if (rules_.insecure && side_ == channel_side::dialing) {
    peer_.name = name ? name->subject : "";
    return true; // nothing is proved
  }
  if (!name)
    return refuse(name.error().message);
  if (!(rules_.pins.empty() ? check_chain(shown) : check_pin(*certificate)) || !check_name(*name))
    return false;
  peer_ = {true, name->client, name->node, name->subject};
  return true;
}

bool tls_verifier::check_chain(X509_STORE_CTX& shown) {
  if (X509_verify_cert(&shown) == 1)
    return true;
  const auto* culprit = X509_STORE_CTX_get_current_cert(&shown);
  auto validity = culprit == nullptr ? result<done>{done{}} : check_validity(*culprit);
  if (!validity)
    return refuse(validity.error().message);
  const auto* why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(&shown));
  return refuse(std::string{"the peer's certificate is not accepted: "} + why);
}

bool tls_verifier::check_pin(const X509& certificate) {
  auto shown = fingerprint_of(certificate);
  if (!shown)
    return refuse(shown.error().message);
  if (!rules_.pins.contains(*shown))
    return refuse("the peer's certificate is none of the pinned ones");
  auto validity = check_validity(certificate);
  return validity ? true : refuse(validity.error().message);
}

bool tls_verifier::check_name(const certificate_name& x) {
  if (side_ == channel_side::dialing)
    return check_server(x);
  if (x.client && !rules_.admit_clients)
    return refuse("the certificate of \"" + x.subject + "\" is a client's; only nodes may connect here");
  if (!x.client && !x.node)
    return refuse("the certificate of \"" + x.subject + "\" names no node; a URI kommander:node:<id> would be right");
  return true;
}

bool tls_verifier::check_server(const certificate_name& x) {
  if (x.client)
    return refuse("the certificate of \"" + x.subject + "\" is a client's, and shown by a server");
  if (!x.node && rules_.demand_client_certificate)
    return refuse("the certificate of \"" + x.subject + "\" names no node; a URI kommander:node:<id> would be right");
  if (x.node && expected_ && x.node != expected_)
    return refuse("the certificate is that of node " + to_string(x.node) + ", node " + to_string(expected_)
                  + " was dialed");
  return true;
}

} // namespace kommander::net
