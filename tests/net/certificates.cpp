#include "tests/net/certificates.hpp"

#include <atomic>
#include <fstream>
#include <stdexcept>

#include <openssl/pem.h>

namespace kommander::test {

namespace {

using extension_ptr = std::unique_ptr<X509_EXTENSION, net::openssl_deleter<X509_EXTENSION_free>>;

void must(bool good, const char* what) {
  if (!good)
    throw std::runtime_error{std::string{what} + ": " + net::take_openssl_reason()};
}

void add_extension(X509& to, int kind, const std::string& value) {
  extension_ptr x{X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str())};
  must(x && X509_add_ext(&to, x.get(), -1) == 1, value.c_str());
}

void set_subject(X509& to, const std::string& subject) {
  const auto* text = reinterpret_cast<const unsigned char*>(subject.c_str());
  must(X509_NAME_add_entry_by_txt(X509_get_subject_name(&to), "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1, "subject");
}

long seconds(std::chrono::hours x) {
  return static_cast<long>(std::chrono::seconds{x}.count());
}

std::string text_of(const net::bio_ptr& x) {
  return net::content_of(x.get());
}

} // namespace

certificate_request node_request(std::uint64_t id) {
  certificate_request x;
  x.subject = "node " + std::to_string(id);
  x.names.push_back("URI:kommander:node:" + std::to_string(id));
  return x;
}

std::string credentials::certificate_text() const {
  net::bio_ptr out{BIO_new(BIO_s_mem())};
  must(PEM_write_bio_X509(out.get(), certificate.get()) == 1, "write a certificate");
  return text_of(out);
}

std::string credentials::key_text() const {
  net::bio_ptr out{BIO_new(BIO_s_mem())};
  must(PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "write a key");
  return text_of(out);
}

std::string credentials::pin() const {
  unsigned char digest[32];
  unsigned n = 0;
  must(X509_digest(certificate.get(), EVP_sha256(), digest, &n) == 1, "digest");
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (auto c : digest) {
    out += out.empty() ? "" : ":";
    out += digits[c >> 4];
    out += digits[c & 15];
  }
  return out;
}

credentials issue(const certificate_request& request, const credentials* issuer) {
  static std::atomic<long> serial{0};
  credentials x;
  x.key.reset(EVP_EC_gen("P-256"));
  x.certificate.reset(X509_new());
  must(x.key && x.certificate, "make a certificate");
  auto& to = *x.certificate;
  must(X509_set_version(&to, X509_VERSION_3) == 1, "version");
  must(ASN1_INTEGER_set(X509_get_serialNumber(&to), ++serial) == 1, "serial number");
  must(X509_gmtime_adj(X509_getm_notBefore(&to), seconds(request.begin)) != nullptr, "begin");
  must(X509_gmtime_adj(X509_getm_notAfter(&to), seconds(request.end)) != nullptr, "end");
  must(X509_set_pubkey(&to, x.key.get()) == 1, "key");
  set_subject(to, request.subject);
  const auto& signer = issuer == nullptr ? x : *issuer;
  must(X509_set_issuer_name(&to, X509_get_subject_name(signer.certificate.get())) == 1, "issuer");
  add_extension(to, NID_basic_constraints, request.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!request.usage.empty())
    add_extension(to, NID_ext_key_usage, request.usage);
  std::string names;
  for (const auto& name : request.names)
    names += (names.empty() ? "" : ",") + name;
  if (!names.empty())
    add_extension(to, NID_subject_alt_name, names);
  must(X509_sign(&to, signer.key.get(), EVP_sha256()) != 0, "sign");
  return x;
}

credentials make_authority(const std::string& subject) {
  certificate_request x;
  x.subject = subject;
  x.names.clear();
  x.authority = true;
  return issue(x);
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream out{path, std::ios::binary | std::ios::trunc};
  out << text;
  if (!out.flush())
    throw std::runtime_error{"cannot write " + path};
}

security_config write_settings(const std::string& directory, const std::string& name, const credentials& own,
                               const std::vector<const credentials*>& authorities) {
  security_config x;
  x.mode = auth_mode::mutual_tls;
  x.certificate_file = directory + "/" + name + ".pem";
  x.private_key_file = directory + "/" + name + ".key";
  write_text(x.certificate_file, own.certificate_text());
  write_text(x.private_key_file, own.key_text());
  if (authorities.empty())
    return x;
  std::string all;
  for (const auto* authority : authorities)
    all += authority->certificate_text();
  x.authorities_file = directory + "/" + name + "-authorities.pem";
  write_text(x.authorities_file, all);
  return x;
}

} // namespace kommander::test
