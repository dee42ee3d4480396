#include "net/middleman/speaker.hpp"

#include <utility>

namespace kommander::net {

namespace {

thread_local const channel_peer* speaker = nullptr;

} // namespace

const channel_peer* current_speaker() noexcept {
  return speaker;
}

speaking_now::speaking_now(const channel_peer* x) noexcept : before_{std::exchange(speaker, x)} {
  // nop
}

speaking_now::~speaking_now() {
  speaker = before_;
}

} // namespace kommander::net
