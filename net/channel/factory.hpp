/// Chooses what protects the connections of a port, by the settings.
#pragma once

#include <string>
#include <vector>

#include "kommander/config.hpp"
#include "net/channel/secret_channel.hpp"

namespace kommander::net {

/// The port, or what dials.
struct channel_place {
  channel_purpose purpose = channel_purpose::nodes;
  node_id self; ///< Zero for a client.
  std::string cluster;
  endpoint where;      ///< Where it listens. Of a client: whom it dials.
  bool listens = true; ///< False: of a client.
};

/// What `make_channel_factory` has made.
struct protection {
  channel_factory_ptr channels;      ///< Null: nothing protects the connections.
  std::string description;           ///< In a line, for the log.
  std::vector<std::string> warnings; ///< What people should know of, a sentence each.
};

/// An error names the setting that is wrong or the file that cannot be used, and what would be right. To listen beyond
/// loopback without authentication is one, too, unless the settings allow it by name.
result<protection> make_channel_factory(const security_config& config, const channel_place& place);

/// The line about a port that each start logs, and the warnings.
void log_protection(const protection& x, const std::string& port);

/// A shared secret within channels of `outer`; null: within nothing.
channel_factory_ptr make_secret_factory(secret_settings settings, const endpoint& where, channel_factory_ptr outer);

} // namespace kommander::net
