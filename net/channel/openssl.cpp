#include "net/channel/openssl.hpp"

#include <openssl/err.h>

namespace kommander::net {

std::string take_openssl_reason() {
  // The first error is the cause, those behind it are where it led to.
  auto code = ERR_peek_error();
  const auto* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string result = reason == nullptr ? "OpenSSL gives no reason" : reason;
  ERR_clear_error();
  return result;
}

bio_ptr read_only_bio(const std::string& text) {
  return bio_ptr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

std::string content_of(BIO* x) {
  char* data = nullptr;
  auto n = BIO_get_mem_data(x, &data);
  return n > 0 ? std::string(data, static_cast<std::size_t>(n)) : std::string{};
}

} // namespace kommander::net
