/// Certificates, key and rules, ready for connections; never changed once made.
#pragma once

#include <memory>
#include <string>

#include "kommander/config.hpp"
#include "net/channel/openssl.hpp"
#include "net/channel/tls_verifier.hpp"

namespace kommander::net {

/// Larger files are none of ours.
inline constexpr std::size_t tls_file_bytes_max = std::size_t{1} << 20;

/// What stood in the files that a `security_config` names; empty for those that it does not.
struct tls_files {
  std::string certificate;
  std::string private_key;
  std::string authorities;

  friend bool operator==(const tls_files&, const tls_files&) = default;
};

/// Fails with the name of the file that cannot be read.
result<tls_files> read_tls_files(const security_config& settings);

class tls_context;

using tls_context_ptr = std::shared_ptr<const tls_context>;

/// TLS 1.3 only; no tickets and no sessions that are taken up again, no early data, no compression.
class tls_context {
public:
  /// Fails with the setting or the file that is wrong. `files` are those of `settings`.
  static result<tls_context_ptr> make(const security_config& settings, bool demand_client_certificate,
                                      bool admit_clients, const tls_files& files);

  [[nodiscard]] SSL_CTX* get() const noexcept {
    return context_.get();
  }

  [[nodiscard]] const tls_rules& rules() const noexcept {
    return rules_;
  }

  /// Whom this side's own certificate names; nobody if there is none.
  [[nodiscard]] const certificate_name& own_name() const noexcept {
    return own_name_;
  }

  /// Without one, connections can be dialed only.
  [[nodiscard]] bool has_certificate() const noexcept;

  /// What a person should know about the own certificate: that it does not hold, or not much longer. Mostly empty.
  [[nodiscard]] std::string warning() const;

private:
  tls_context() = default;

  result<done> set_rules(const security_config& settings, bool demand_client_certificate, bool admit_clients);
  result<done> prepare();
  result<done> load_certificate(const security_config& settings, const tls_files& files);
  result<done> load_chain(const std::string& file, const std::string& text);
  result<done> load_private_key(const std::string& file, const std::string& text);
  result<done> load_authorities(const std::string& file, const std::string& text);

  ssl_context_ptr context_;
  tls_rules rules_;
  certificate_name own_name_;
};

} // namespace kommander::net
