/// TCP sockets: listening, and connecting without waiting. Numeric addresses only, so nothing blocks on a name server.
#pragma once

#include "kommander/result.hpp"
#include "kommander/types.hpp"
#include "net/middleman/socket_limits.hpp"

namespace kommander::net {

/// A socket that listens at `where`, and does not block. Port 0: any free one. An error names the address.
result<int> listen_at(const endpoint& where);

/// A socket that is being connected to `where`; it may still be on its way, or fail later.
result<int> start_connect(const endpoint& where, const socket_limits& limits);

/// Sets what each connection needs: no delay, keep-alive, and an end to unacknowledged data.
void tune(int socket, const socket_limits& limits);

} // namespace kommander::net
