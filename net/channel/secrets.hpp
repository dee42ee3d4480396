/// The shared secrets that a configuration speaks of.
#pragma once

#include <string>
#include <vector>

#include "kommander/config.hpp"
#include "kommander/result.hpp"

namespace kommander::net {

/// A secret of fewer bytes is taken with a warning: it can be guessed by whoever has seen a handshake. Random bytes
/// written in hex have half as many.
inline constexpr std::size_t secret_bytes_min = 32;
inline constexpr std::size_t secret_bytes_max = 4096;

struct shared_secrets {
  std::string first;                 ///< This side proves itself with it.
  std::string accepted;              ///< The other side may do so with this one. Empty: none.
  std::vector<std::string> warnings; ///< For people, a sentence each.
};

/// Reads those of nodes, or of a client that dials, from where `config` says. An error names the setting or the file,
/// never what it holds.
result<shared_secrets> load_secrets(const security_config& config);

/// The same for a client port: the secrets of clients, or those of nodes if clients have none of their own. That one of
/// them is a node's as well is an error.
result<shared_secrets> load_client_secrets(const security_config& config);

} // namespace kommander::net
