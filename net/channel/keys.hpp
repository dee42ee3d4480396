/// The cryptography of the shared secret: OpenSSL's HMAC-SHA256 and HKDF, in the few forms that are needed.
#pragma once

#include <array>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace kommander::net {

inline constexpr std::size_t key_bytes = 32;

/// A key, or what a key makes of a message.
using key_array = std::array<unsigned char, key_bytes>;

/// HMAC-SHA256 under one key, for any number of messages.
class keyed_hash {
public:
  /// Without a key; `compute` fails.
  keyed_hash() = default;

  explicit keyed_hash(const key_array& key);

  /// Of all `parts`, one after the other. False if OpenSSL cannot; then nothing may be sent or believed.
  [[nodiscard]] bool compute(std::initializer_list<std::string_view> parts, key_array& out);

private:
  struct release {
    void operator()(void* context) const noexcept;
  };

  std::unique_ptr<void, release> context_; ///< An EVP_MAC_CTX.
};

/// HKDF-SHA256 (RFC 5869): a key out of `secret`, for the one use that `info` names. False if OpenSSL cannot.
[[nodiscard]] bool derive_key(std::string_view secret, std::string_view salt, std::string_view info, key_array& out);

/// SHA-256 of all `parts`, one after the other. False if OpenSSL cannot.
[[nodiscard]] bool hash_of(std::initializer_list<std::string_view> parts, key_array& out);

/// Fills `out` with bytes that nobody can guess. False if the system has none.
[[nodiscard]] bool draw_random(std::span<unsigned char> out);

/// Compares in a time that does not depend on where the two differ.
[[nodiscard]] bool are_equal(std::string_view x, std::string_view y) noexcept;

/// Overwrites what must not stay in memory.
void wipe(std::span<char> x) noexcept;

/// The bytes of `x`, as text.
inline std::string_view view_of(std::span<const unsigned char> x) noexcept {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

} // namespace kommander::net
