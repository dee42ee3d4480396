#include "net/channel/keys.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

namespace kommander::net {

namespace {

struct mac_deleter {
  void operator()(EVP_MAC* x) const noexcept {
    EVP_MAC_free(x);
  }
};

struct kdf_deleter {
  void operator()(EVP_KDF* x) const noexcept {
    EVP_KDF_free(x);
  }
  void operator()(EVP_KDF_CTX* x) const noexcept {
    EVP_KDF_CTX_free(x);
  }
};

struct digest_deleter {
  void operator()(EVP_MD_CTX* x) const noexcept {
    EVP_MD_CTX_free(x);
  }
};

const unsigned char* octets(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

/// OpenSSL only reads what its parameters point to, but does not say so.
OSSL_PARAM text_parameter(const char* name, const char* value) {
  return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(value), 0);
}

OSSL_PARAM octet_parameter(const char* name, std::string_view value) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(value.data()), value.size());
}

} // namespace

// -- keyed_hash ---------------------------------------------------------------------------------------------------

keyed_hash::keyed_hash(const key_array& key) {
  std::unique_ptr<EVP_MAC, mac_deleter> mac{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
  if (!mac)
    return;
  std::unique_ptr<void, release> context{EVP_MAC_CTX_new(mac.get())};
  const OSSL_PARAM parameters[] = {text_parameter(OSSL_MAC_PARAM_DIGEST, "SHA256"), OSSL_PARAM_construct_end()};
  if (context && EVP_MAC_init(static_cast<EVP_MAC_CTX*>(context.get()), key.data(), key.size(), parameters) == 1)
    context_ = std::move(context);
}

void keyed_hash::release::operator()(void* context) const noexcept {
  EVP_MAC_CTX_free(static_cast<EVP_MAC_CTX*>(context));
}

bool keyed_hash::compute(std::initializer_list<std::string_view> parts, key_array& out) {
  auto* context = static_cast<EVP_MAC_CTX*>(context_.get());
  if (context == nullptr || EVP_MAC_init(context, nullptr, 0, nullptr) != 1) // the same key again
    return false;
  for (auto part : parts)
    if (!part.empty() && EVP_MAC_update(context, octets(part), part.size()) != 1)
      return false;
  std::size_t n = 0;
  return EVP_MAC_final(context, out.data(), &n, out.size()) == 1 && n == out.size();
}

// -- functions ----------------------------------------------------------------------------------------------------

bool derive_key(std::string_view secret, std::string_view salt, std::string_view info, key_array& out) {
  std::unique_ptr<EVP_KDF, kdf_deleter> kdf{EVP_KDF_fetch(nullptr, "HKDF", nullptr)};
  if (!kdf)
    return false;
  std::unique_ptr<EVP_KDF_CTX, kdf_deleter> context{EVP_KDF_CTX_new(kdf.get())};
  const OSSL_PARAM parameters[] = {
    text_parameter(OSSL_KDF_PARAM_DIGEST, "SHA256"), octet_parameter(OSSL_KDF_PARAM_KEY, secret),
    octet_parameter(OSSL_KDF_PARAM_SALT, salt), octet_parameter(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
  return context && EVP_KDF_derive(context.get(), out.data(), out.size(), parameters) == 1;
}

bool hash_of(std::initializer_list<std::string_view> parts, key_array& out) {
  std::unique_ptr<EVP_MD_CTX, digest_deleter> context{EVP_MD_CTX_new()};
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1)
    return false;
  for (auto part : parts)
    if (EVP_DigestUpdate(context.get(), part.data(), part.size()) != 1)
      return false;
  unsigned n = 0;
  return EVP_DigestFinal_ex(context.get(), out.data(), &n) == 1 && n == out.size();
}

bool draw_random(std::span<unsigned char> out) {
  return RAND_bytes(out.data(), static_cast<int>(out.size())) == 1;
}

bool are_equal(std::string_view x, std::string_view y) noexcept {
  return x.size() == y.size() && CRYPTO_memcmp(x.data(), y.data(), x.size()) == 0;
}

void wipe(std::span<char> x) noexcept {
  OPENSSL_cleanse(x.data(), x.size());
}

} // namespace kommander::net
