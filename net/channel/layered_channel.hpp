/// A channel within a channel: what the inner one says is protected by the outer one, and the inner one proves that
/// both have the same ends.
#pragma once

#include <functional>

#include "net/channel/channel.hpp"

namespace kommander::net {

/// Makes the inner channel, once the outer one is open and has this binding.
using inner_channel_maker = std::function<channel_ptr(const std::string& binding)>;

/// Open when both are. The peer is who the inner one says, named by the outer one; if both say which node it is, they
/// must agree.
channel_ptr make_layered_channel(channel_ptr outer, inner_channel_maker make_inner);

} // namespace kommander::net
