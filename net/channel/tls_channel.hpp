/// A connection in TLS 1.3, without a socket.
#pragma once

#include <optional>

#include "net/channel/channel.hpp"
#include "net/channel/tls_context.hpp"

namespace kommander::net {

/// A peer that has not finished shaking hands within so many bytes is refused.
inline constexpr std::size_t tls_handshake_bytes_max = std::size_t{64} << 10;

/// Each connection shakes hands anew. Whose certificate holds when it opens may stay for as long as it lasts. What a
/// failed call has appended to `out` is taken back: TLS would tell the peer why it is refused.
class tls_channel final : public channel {
public:
  /// `host` is checked against the certificate when this side has dialed and none is pinned.
  tls_channel(tls_context_ptr context, channel_side side, node_id expected, const std::string& host);

  // OpenSSL keeps pointers into this object.
  tls_channel(const tls_channel&) = delete;
  tls_channel& operator=(const tls_channel&) = delete;

  result<done> start(channel_bytes& out) override;

  result<done> receive(std::span<const char> wire, channel_bytes& plain, channel_bytes& out) override;

  result<done> send(std::span<const char> plain, channel_bytes& out) override;

  [[nodiscard]] bool is_open() const noexcept override {
    return open_;
  }

  [[nodiscard]] const channel_peer& peer() const noexcept override;

  [[nodiscard]] std::string binding() const override;

  /// What OpenSSL reads from and writes to while one of the calls above is under way.
  struct wire_ends {
    std::span<const char> in;
    channel_bytes* out = nullptr;
  };

private:
  bool prepare(const std::string& host);
  bool expect_host(const std::string& host);
  result<done> shake_hands(std::span<const char>& wire);
  result<done> finish_handshake();
  result<done> read_plain(channel_bytes& plain);
  failure refusal(int openssl_result) const;

  template <class Action>
  result<done> guarded(channel_bytes& out, Action action);

  tls_context_ptr context_;
  channel_side side_;
  tls_verifier verifier_;
  wire_ends wire_;
  ssl_ptr ssl_; ///< Destroyed before what it points to.
  bool open_ = false;
  std::size_t handshake_bytes_ = 0;
  std::optional<failure> failure_; ///< Set: the channel is of no use any more.
};

} // namespace kommander::net
