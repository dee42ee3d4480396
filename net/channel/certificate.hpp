/// What certificates say: whom they name, when they hold, and how they are pinned.
///
/// A certificate names a node by exactly one URI among its subject alternative names, `kommander:node:<id>` with the id
/// in decimal digits, and a client by `kommander:client`. Names of hosts and addresses may stand beside it.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "kommander/result.hpp"
#include "kommander/types.hpp"
#include "net/channel/openssl.hpp"

namespace kommander::net {

/// Whom a certificate names. Neither a node nor a client: nobody of ours.
struct certificate_name {
  node_id node;
  bool client = false;
  std::string subject; ///< For people: at most 200 bytes of it, without control characters.
};

/// Fails if the certificate has more than one name of ours, or one that is malformed.
result<certificate_name> read_name(const X509& x);

/// Success if `x` holds now, by this machine's clock; otherwise since or until when.
result<done> check_validity(const X509& x);

/// "Nov 22 00:54:49 2026 GMT".
std::string to_text(const ASN1_TIME* x);

/// SHA-256 of the whole certificate.
using fingerprint = std::array<unsigned char, 32>;

/// Fails if OpenSSL does.
result<fingerprint> fingerprint_of(const X509& x);

/// Reads 64 hexadecimal digits of either case, with colons and blanks between them or not. Otherwise the failure names
/// `text`.
result<fingerprint> parse_pin(std::string_view text);

} // namespace kommander::net
