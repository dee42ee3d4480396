/// Who is speaking: for what CAF's broker calls, which does not say over which connection a message came.
#pragma once

#include "net/channel/channel.hpp"

namespace kommander::net {

/// What is proved of the peer whose bytes the calling thread hands to CAF's broker at this moment. Null: they came over
/// a connection that nothing protects, or over none. The middleman's own thread reads messages (`middleman.workers` is
/// 0), so this holds until their receiver has been called.
const channel_peer* current_speaker() noexcept;

/// Makes `x` the one who speaks, as long as this object lives.
class speaking_now {
public:
  explicit speaking_now(const channel_peer* x) noexcept;
  ~speaking_now();
  speaking_now(const speaking_now&) = delete;
  speaking_now& operator=(const speaking_now&) = delete;

private:
  const channel_peer* before_;
};

} // namespace kommander::net
