/// Discovery by a name, with a resolver of the caller's choice.
#pragma once

#include <functional>

#include "kommander/raft.hpp"
#include "net/discovery/resolve.hpp"

namespace kommander::net {

/// May block. Called by a thread of the discovery.
using resolver = std::function<resolution(const std::string& name)>;

/// Asks who is at an address, and is called back with the id, or zero, once. Called by the discovery's thread.
using identifier = std::function<void(const endpoint& where, std::function<void(node_id)> told)>;

/// `identify` may be empty: contacts then have no ids.
discovery_ptr make_dns_discovery(dns_options options, resolver look_up, identifier identify = {});

/// How long to wait after so many failures in a row, at most `refresh`.
std::chrono::milliseconds retry_delay(std::uint32_t failures, std::chrono::milliseconds refresh);

} // namespace kommander::net
