#include "net/channel/certificate.hpp"

#include <charconv>
#include <optional>

namespace kommander::net {

namespace {

constexpr std::string_view scheme = "kommander:";
constexpr std::string_view node_prefix = "kommander:node:";
constexpr std::string_view client_uri = "kommander:client";
constexpr std::size_t subject_bytes_max = 200;

using general_names_ptr = std::unique_ptr<GENERAL_NAMES, openssl_deleter<GENERAL_NAMES_free>>;

std::string subject_of(const X509& x) {
  bio_ptr out{BIO_new(BIO_s_mem())};
  if (!out || X509_NAME_print_ex(out.get(), X509_get_subject_name(&x), 0, XN_FLAG_RFC2253) < 0)
    return {};
  auto text = content_of(out.get());
  return text.size() <= subject_bytes_max ? text : text.substr(0, subject_bytes_max) + "…";
}

/// A certificate may hold anything: what is shown of it is short and printable.
std::string printable(std::string_view x) {
  constexpr std::size_t shown = 64;
  std::string out;
  for (auto c : x.substr(0, shown))
    out += c >= ' ' && c <= '~' ? c : '?';
  return out + (x.size() > shown ? "…" : "");
}

/// None unless `text` is a number above zero as `std::to_string` writes it.
std::optional<node_id> parse_node(std::string_view text) {
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0 || text.front() == '0')
    return std::nullopt;
  return node_id{value};
}

/// True if `uri` is a name of ours that can be read.
bool take_uri(std::string_view uri, certificate_name& out) {
  if (uri == client_uri) {
    out.client = true;
    return true;
  }
  auto node = uri.starts_with(node_prefix) ? parse_node(uri.substr(node_prefix.size())) : std::nullopt;
  if (node)
    out.node = *node;
  return node.has_value();
}

std::string_view uri_of(const GENERAL_NAME& x) {
  if (x.type != GEN_URI)
    return {};
  const auto* text = x.d.uniformResourceIdentifier;
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::optional<unsigned char> hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return static_cast<unsigned char>(c - '0');
  if (c >= 'a' && c <= 'f')
    return static_cast<unsigned char>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F')
    return static_cast<unsigned char>(c - 'A' + 10);
  return std::nullopt;
}

} // namespace

result<certificate_name> read_name(const X509& x) {
  certificate_name out;
  out.subject = subject_of(x);
  auto* extension = X509_get_ext_d2i(&x, NID_subject_alt_name, nullptr, nullptr);
  general_names_ptr names{static_cast<GENERAL_NAMES*>(extension)};
  auto count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count; ++i) {
    auto uri = uri_of(*sk_GENERAL_NAME_value(names.get(), i));
    if (!uri.starts_with(scheme))
      continue;
    if (out.node || out.client)
      return failure{status::unauthorized,
                     "the certificate of \"" + out.subject + "\" names more than one node or client"};
    if (!take_uri(uri, out))
      return failure{status::unauthorized, "the certificate of \"" + out.subject + "\" has the name \"" + printable(uri)
                                             + "\"; kommander:node:<id>, or kommander:client, would be right"};
  }
  return out;
}

result<done> check_validity(const X509& x) {
  const auto* begin = X509_get0_notBefore(&x);
  const auto* end = X509_get0_notAfter(&x);
  auto since = X509_cmp_current_time(begin); // below zero: in the past; zero: cannot be read
  auto until = X509_cmp_current_time(end);
  if (since == 0 || until == 0)
    return failure{status::unauthorized, "a certificate's period of validity cannot be read"};
  if (since > 0)
    return failure{status::unauthorized,
                   "the certificate of \"" + subject_of(x) + "\" holds from " + to_text(begin) + " only"};
  if (until < 0)
    return failure{status::unauthorized,
                   "the certificate of \"" + subject_of(x) + "\" has expired: it held until " + to_text(end)};
  return done{};
}

std::string to_text(const ASN1_TIME* x) {
  bio_ptr out{BIO_new(BIO_s_mem())};
  if (!out || ASN1_TIME_print(out.get(), x) != 1)
    return "an unreadable time";
  return content_of(out.get());
}

result<fingerprint> fingerprint_of(const X509& x) {
  fingerprint out;
  unsigned n = 0;
  if (X509_digest(&x, EVP_sha256(), out.data(), &n) != 1 || n != out.size())
    return failure{status::errored, "a certificate's SHA-256 cannot be computed: " + take_openssl_reason()};
  return out;
}

result<fingerprint> parse_pin(std::string_view text) {
  fingerprint out{};
  std::size_t digits = 0;
  for (auto c : text) {
    if (c == ':' || c == ' ')
      continue;
    auto value = hex_digit(c);
    if (!value || digits == out.size() * 2) {
      digits = 0;
      break;
    }
    out[digits / 2] = static_cast<unsigned char>(out[digits / 2] << 4 | *value);
    ++digits;
  }
  if (digits != out.size() * 2)
    return failure{status::invalid_argument, "pinned_certificates: \"" + printable(text)
                                               + "\" is no SHA-256; 64 hexadecimal digits would be right"};
  return out;
}

} // namespace kommander::net
