/// The network's part of `kommander::setup`; applications call that instead.
#pragma once

#include "kommander/caf_compat.hpp"
#include "kommander/config.hpp"

namespace kommander {

/// Prepares `config` for the middleman transport and the client port: registers the wire message type, lets the
/// middleman's own thread do its work (one hand-over less for each message), and installs node ids that are unique
/// even for containers that share addresses and process numbers. A CAF node id is then made of the node's name and a
/// number drawn at random for each actor system.
///
/// The name is looked up when the actor system is made: in `raft` if given and not empty there (it must outlive
/// `config`), else in the option `kommander.node-name`, else it is random, which is right for clients.
///
/// Does not load `caf::io::middleman`, and works with or without it. To be called once for a configuration.
void setup_network(caf::actor_system_config& config, const raft_config* raft = nullptr);

} // namespace kommander
