/// OpenSSL's objects, which free themselves, and its reasons.
#pragma once

#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace kommander::net {

template <auto Free>
struct openssl_deleter {
  template <class T>
  void operator()(T* x) const noexcept {
    Free(x);
  }
};

using bio_ptr = std::unique_ptr<BIO, openssl_deleter<BIO_free_all>>;
using private_key_ptr = std::unique_ptr<EVP_PKEY, openssl_deleter<EVP_PKEY_free>>;
using ssl_ptr = std::unique_ptr<SSL, openssl_deleter<SSL_free>>;
using ssl_context_ptr = std::unique_ptr<SSL_CTX, openssl_deleter<SSL_CTX_free>>;
using x509_ptr = std::unique_ptr<X509, openssl_deleter<X509_free>>;

/// Why OpenSSL's last call in this thread failed, in its words. Empties its list of errors.
std::string take_openssl_reason();

/// Reads `text`, which must live on. Null: no memory.
bio_ptr read_only_bio(const std::string& text);

/// All that was written to a BIO of memory.
std::string content_of(BIO* x);

} // namespace kommander::net
