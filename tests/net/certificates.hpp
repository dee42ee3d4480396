/// Certificates for tests, made in memory and written where a node looks for them.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "kommander/config.hpp"
#include "net/channel/openssl.hpp"

namespace kommander::test {

/// What a certificate says.
struct certificate_request {
  std::string subject = "a node";
  std::vector<std::string> names = {"IP:127.0.0.1"}; ///< Subject alternative names as OpenSSL's configuration has them.
  std::chrono::hours begin{-1};                      ///< From now.
  std::chrono::hours end{24 * 365};
  bool authority = false;
  std::string usage; ///< Extended key usage; empty: any.
};

/// A request for node `id` at 127.0.0.1.
certificate_request node_request(std::uint64_t id);

/// A certificate and its key.
struct credentials {
  net::x509_ptr certificate;
  net::private_key_ptr key;

  [[nodiscard]] std::string certificate_text() const;
  [[nodiscard]] std::string key_text() const;

  /// SHA-256 in hex, in capitals, with colons.
  [[nodiscard]] std::string pin() const;
};

/// Signed by `issuer`, or by itself. Throws `std::runtime_error`.
credentials issue(const certificate_request& request, const credentials* issuer = nullptr);

/// An authority that has signed itself.
credentials make_authority(const std::string& subject = "an authority");

void write_text(const std::string& path, const std::string& text);

/// Settings that name files in `directory`: `<name>.pem`, `<name>.key`, and `<name>-authorities.pem` if there are any.
security_config write_settings(const std::string& directory, const std::string& name, const credentials& own,
                               const std::vector<const credentials*>& authorities);

} // namespace kommander::test
