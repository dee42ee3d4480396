#include "net/channel/tls_context.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include <openssl/err.h>
#include <openssl/pem.h>

namespace kommander::net {

namespace {

constexpr int chain_length_max = 8;
constexpr long certificate_bytes_max = 32 * 1024;
constexpr std::time_t warning_period = 14 * 24 * 3600;

failure bad_file(const char* setting, const std::string& file, const std::string& why) {
  return {status::invalid_argument, std::string{setting} + ": \"" + file + "\" " + why};
}

result<done> read_file(const char* setting, const std::string& path, std::string& out) {
  if (path.empty())
    return done{};
  std::unique_ptr<std::FILE, openssl_deleter<std::fclose>> file{std::fopen(path.c_str(), "rb")};
  if (!file)
    return bad_file(setting, path, std::string{"cannot be opened: "} + std::strerror(errno));
  std::vector<char> buffer(4096);
  while (auto n = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    out.append(buffer.data(), n);
    if (out.size() > tls_file_bytes_max)
      return bad_file(setting, path, "has more than a mebibyte, a few certificates in PEM would be right");
  }
  if (std::ferror(file.get()) != 0)
    return bad_file(setting, path, std::string{"cannot be read: "} + std::strerror(errno));
  return done{};
}

/// Keys have no password: nobody is there to type one, and OpenSSL must not ask the terminal.
int no_password(char*, int, int, void*) {
  return 0;
}

/// All certificates of a file in PEM; none if there is anything that cannot be read.
std::vector<x509_ptr> read_certificates(const std::string& text) {
  std::vector<x509_ptr> out;
  auto in = read_only_bio(text);
  while (in) {
    x509_ptr next{PEM_read_bio_X509(in.get(), nullptr, no_password, nullptr)};
    if (!next)
      break;
    out.push_back(std::move(next));
  }
  auto end = ERR_peek_last_error();
  if (ERR_GET_LIB(end) == ERR_LIB_PEM && ERR_GET_REASON(end) == PEM_R_NO_START_LINE && !out.empty())
    ERR_clear_error(); // the end of the file
  else
    out.clear();
  return out;
}

int verify_certificate(X509_STORE_CTX* shown, void*) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(shown, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* verifier = ssl == nullptr ? nullptr : static_cast<tls_verifier*>(SSL_get_app_data(ssl));
  return verifier != nullptr && verifier->judge(*shown) ? 1 : 0;
}

} // namespace

result<tls_files> read_tls_files(const security_config& settings) {
  tls_files out;
  if (auto good = read_file("certificate_file", settings.certificate_file, out.certificate); !good)
    return good.error();
  if (auto good = read_file("private_key_file", settings.private_key_file, out.private_key); !good)
    return good.error();
  if (auto good = read_file("authorities_file", settings.authorities_file, out.authorities); !good)
    return good.error();
  return out;
}

result<tls_context_ptr> tls_context::make(const security_config& settings, bool demand_client_certificate,
                                          bool admit_clients, const tls_files& files) {
  ERR_clear_error();
  std::shared_ptr<tls_context> x{new tls_context};
  if (auto good = x->set_rules(settings, demand_client_certificate, admit_clients); !good)
    return good.error();
  if (auto good = x->prepare(); !good)
    return good.error();
  if (auto good = x->load_certificate(settings, files); !good)
    return good.error();
  if (!settings.authorities_file.empty())
    if (auto good = x->load_authorities(settings.authorities_file, files.authorities); !good)
      return good.error();
  return tls_context_ptr{std::move(x)};
}

bool tls_context::has_certificate() const noexcept {
  return SSL_CTX_get0_certificate(context_.get()) != nullptr;
}

std::string tls_context::warning() const {
  const auto* own = SSL_CTX_get0_certificate(context_.get());
  if (own == nullptr)
    return {};
  if (auto valid = check_validity(*own); !valid)
    return valid.error().message + "; nobody accepts it";
  auto soon = std::time(nullptr) + warning_period;
  const auto* end = X509_get0_notAfter(own);
  return X509_cmp_time(end, &soon) < 0 ? "the own certificate expires soon: it holds until " + to_text(end)
                                       : std::string{};
}

result<done> tls_context::set_rules(const security_config& settings, bool demand_client_certificate,
                                    bool admit_clients) {
  auto bad = [](std::string why) { return failure{status::invalid_argument, std::move(why)}; };
  rules_.demand_client_certificate = demand_client_certificate;
  rules_.admit_clients = admit_clients;
  rules_.insecure = settings.allow_insecure_certificate_validation;
  if (rules_.insecure && (demand_client_certificate || settings.mode == auth_mode::mutual_tls))
    return bad("allow_insecure_certificate_validation: is for development, and never goes with mutual TLS");
  for (const auto& text : settings.pinned_certificates) {
    auto pin = parse_pin(text);
    if (!pin)
      return pin.error();
    rules_.pins.insert(*pin);
  }
  if (settings.certificate_file.empty() != settings.private_key_file.empty())
    return bad("certificate_file and private_key_file: one is empty, both or none would be right");
  if (demand_client_certificate && settings.certificate_file.empty())
    return bad("certificate_file: is empty, and mutual TLS needs a certificate and its private_key_file");
  if (!rules_.insecure && rules_.pins.empty() && settings.authorities_file.empty())
    return bad("authorities_file and pinned_certificates: both are empty, so nobody's certificate could be checked");
  return done{};
}

result<done> tls_context::prepare() {
  context_.reset(SSL_CTX_new(TLS_method()));
  auto* x = context_.get();
  if (x == nullptr || SSL_CTX_set_min_proto_version(x, TLS1_3_VERSION) != 1
      || SSL_CTX_set_max_proto_version(x, TLS1_3_VERSION) != 1 || SSL_CTX_set_num_tickets(x, 0) != 1
      || SSL_CTX_set_ciphersuites(x, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") != 1
      || SSL_CTX_set_max_early_data(x, 0) != 1)
    return failure{status::errored, "OpenSSL does not offer TLS 1.3: " + take_openssl_reason()};
  SSL_CTX_set_options(x, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(x, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_verify_depth(x, chain_length_max);
  SSL_CTX_set_max_cert_list(x, certificate_bytes_max);
  SSL_CTX_set_default_passwd_cb(x, no_password);
  SSL_CTX_set_cert_verify_callback(x, verify_certificate, nullptr);
  // An authority may itself be signed by another one that is not in the file.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(x), X509_V_FLAG_PARTIAL_CHAIN);
  return done{};
}

result<done> tls_context::load_certificate(const security_config& settings, const tls_files& files) {
  const auto& file = settings.certificate_file;
  if (file.empty())
    return done{};
  if (auto good = load_chain(file, files.certificate); !good)
    return good;
  if (auto good = load_private_key(settings.private_key_file, files.private_key); !good)
    return good;
  auto name = read_name(*SSL_CTX_get0_certificate(context_.get()));
  if (!name)
    return bad_file("certificate_file", file, "cannot be used: " + name.error().message);
  own_name_ = *name;
  if (rules_.demand_client_certificate && !own_name_.node && !own_name_.client)
    return bad_file("certificate_file", file,
                    "names no node; a URI kommander:node:<id> among the subject alternative names "
                    "would be right");
  return done{};
}

result<done> tls_context::load_chain(const std::string& file, const std::string& text) {
  auto chain = read_certificates(text);
  if (chain.empty())
    return bad_file("certificate_file", file, "has no certificate in PEM, or a broken one: " + take_openssl_reason());
  if (chain.size() > chain_length_max)
    return bad_file("certificate_file", file, "has a chain of more than 8 certificates");
  auto good = SSL_CTX_use_certificate(context_.get(), chain.front().get()) == 1;
  for (auto i = std::size_t{1}; good && i < chain.size(); ++i)
    good = SSL_CTX_add1_chain_cert(context_.get(), chain[i].get()) == 1;
  if (!good)
    return bad_file("certificate_file", file, "is not accepted: " + take_openssl_reason());
  return done{};
}

result<done> tls_context::load_private_key(const std::string& file, const std::string& text) {
  auto in = read_only_bio(text);
  private_key_ptr key{in ? PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr) : nullptr};
  if (!key)
    return bad_file("private_key_file", file, "has no private key in PEM without a password: " + take_openssl_reason());
  if (SSL_CTX_use_PrivateKey(context_.get(), key.get()) != 1 || SSL_CTX_check_private_key(context_.get()) != 1)
    return bad_file("private_key_file", file, "does not belong to certificate_file: " + take_openssl_reason());
  return done{};
}

result<done> tls_context::load_authorities(const std::string& file, const std::string& text) {
  auto authorities = read_certificates(text);
  if (authorities.empty())
    return bad_file("authorities_file", file, "has no certificate in PEM, or a broken one: " + take_openssl_reason());
  for (const auto& x : authorities)
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), x.get()) != 1)
      return bad_file("authorities_file", file, "is not accepted: " + take_openssl_reason());
  return done{};
}

} // namespace kommander::net
