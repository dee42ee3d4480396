/// What protects the bytes of one connection, between the socket and what speaks over it: nothing, a shared secret,
/// TLS, or one of them within another. No socket, no thread; whoever owns a channel carries the bytes to and fro.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kommander/result.hpp"
#include "kommander/types.hpp"

namespace kommander::net {

/// Bytes on their way to the socket, or from it.
using channel_bytes = std::vector<char>;

/// Which side of a connection a channel is.
enum class channel_side : std::uint8_t { dialing, accepting };

/// Who is at the other end, as far as that was proved.
struct channel_peer {
  bool proved = false; ///< False: nothing is known of it.
  bool client = false; ///< It is no node.
  node_id node;     ///< Zero: a client, or somebody who belongs to the cluster without having proved which node it is.
  std::string name; ///< For people: a certificate's subject, or empty.
};

/// One side of one connection. Everything is refused by a failure, which says why for the log of this side and is never
/// told to the peer; the connection must be cut then, and the channel is of no use any more.
class channel {
public:
  virtual ~channel() = default;

  /// Appends what has to be sent first, if this side begins.
  virtual result<done> start(channel_bytes& out) = 0;

  /// Takes bytes as they come from the socket. Appends to `plain` what the peer has said and to `out` what must be
  /// sent. What is kept meanwhile is bounded: by a few kibibytes before the channel is open, by one record after.
  virtual result<done> receive(std::span<const char> wire, channel_bytes& plain, channel_bytes& out) = 0;

  /// Appends to `out` what protects and carries `plain`. Only while the channel is open.
  virtual result<done> send(std::span<const char> plain, channel_bytes& out) = 0;

  /// True once the peer has proved all that it has to.
  [[nodiscard]] virtual bool is_open() const noexcept = 0;

  /// Who the peer is; fixed once the channel is open.
  [[nodiscard]] virtual const channel_peer& peer() const noexcept = 0;

  /// Bytes that only both ends of this very connection know, for a channel within this one to prove that nobody stands
  /// between (RFC 9266). Empty: there are none.
  [[nodiscard]] virtual std::string binding() const {
    return {};
  }
};

using channel_ptr = std::unique_ptr<channel>;

/// Makes the channels of one port, or of what is dialed. Shared by threads; what it uses may be replaced at any time,
/// for channels made from then on.
class channel_factory {
public:
  virtual ~channel_factory() = default;

  /// `expected` is the node that was dialed; zero: any. `host` is its address, as text.
  [[nodiscard]] virtual channel_ptr make(channel_side side, node_id expected, const std::string& host) const = 0;

  /// What protects the connections, in a line for people: "TLS 1.3 with certificates of both sides".
  [[nodiscard]] virtual std::string describe() const = 0;
};

using channel_factory_ptr = std::shared_ptr<const channel_factory>;

} // namespace kommander::net
