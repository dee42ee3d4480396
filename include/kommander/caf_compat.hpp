/// The one place that knows CAF's spellings that changed after 0.17: interfaces, inspection, registration, priorities.
/// Everything of ours that meets CAF includes this header, so a move to a newer CAF is this file's work.
#pragma once

#include <caf/all.hpp>

#include "kommander/bytes.hpp"

#if CAF_VERSION < 1706 || CAF_VERSION >= 1800
#  error "Kommander is written for CAF 0.17.6; port include/kommander/caf_compat.hpp to use another version"
#endif

namespace kommander::cafx {

template <class>
struct signature;

template <class R, class... As>
struct signature<R(As...)> {
  using type = typename caf::replies_to<As...>::template with<R>;
};

template <class... As>
struct signature<void(As...)> {
  using type = typename caf::reacts_to<As...>;
};

/// A typed actor handle, written like functions: `typed<answer(request), void(one_way)>`.
template <class... Fs>
using typed = caf::typed_actor<typename signature<Fs>::type...>;

/// True if whoever has a `Handle` may use it as a `Wanted`: it understands all of that and answers in the same way.
template <class Wanted, class Handle>
inline constexpr bool understands =
  caf::detail::tl_subset_of<typename Wanted::signatures, typename Handle::signatures>::value;

/// Sends ahead of what waits in the receiver's mailbox: elections and heartbeats must not wait behind proposals.
template <class Self, class Handle, class T>
void send_urgent(Self* self, const Handle& to, T&& x) {
  self->template send<caf::message_priority::high>(to, std::forward<T>(x));
}

/// True if nothing waits for `self` behind the message that it handles. Only for `self`'s own handlers: one that gathers
/// work carries it out when this is so, and otherwise leaves it to the next message's handler.
template <class Self>
bool mailbox_is_empty(Self* self) {
  return self->mailbox().empty();
}

/// Settings without which CAF burns processor time at idle and lets one busy actor starve the others.
void apply_recommended_settings(caf::actor_system_config& config);

/// Replaces CAF's four default handlers, which write to standard output and end actors, by ones that log.
/// Call it first in every actor.
template <class Self>
void use_library_handlers(Self* self);

/// What `use_library_handlers` calls; not for direct use.
void log_unexpected_message(const caf::scheduled_actor& self, const caf::message_view& what);
void log_unhandled_down(caf::scheduled_actor& self, const caf::down_msg& what);
void log_unhandled_error(caf::scheduled_actor& self, const caf::error& what);
caf::error log_exception(const caf::scheduled_actor& self, const std::exception_ptr& what);

template <class Self>
void use_library_handlers(Self* self) {
  self->set_default_handler([](caf::scheduled_actor* me, caf::message_view& x) -> caf::result<caf::message> {
    log_unexpected_message(*me, x);
    return caf::sec::unexpected_message;
  });
  self->set_down_handler([](caf::scheduled_actor* me, caf::down_msg& x) { log_unhandled_down(*me, x); });
  self->set_error_handler([](caf::scheduled_actor* me, caf::error& x) { log_unhandled_error(*me, x); });
  self->set_exception_handler(
    [](caf::scheduled_actor* me, std::exception_ptr& x) -> caf::error { return log_exception(*me, x); });
}

} // namespace kommander::cafx

namespace kommander {

/// On the wire a `bytes` is a length and the raw bytes, like a string. Loading checks the length before it allocates.
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, bytes& x) {
  if constexpr (std::is_same_v<Inspector, caf::serializer>) {
    auto n = x.size();
    if (auto err = f.begin_sequence(n))
      return err;
    if (n > 0)
      if (auto err = f.apply_raw(n, const_cast<char*>(x.data())))
        return err;
    return f.end_sequence();
  } else if constexpr (std::is_same_v<Inspector, caf::deserializer>) {
    std::string content;
    if (auto err = f(content))
      return err;
    x = bytes{std::move(content)};
    return caf::none;
  } else {
    auto n = x.size();
    return f(caf::meta::type_name("bytes"), n);
  }
}

} // namespace kommander

/// Defines `inspect` for a message type: `KOMMANDER_INSPECT(propose, x.partition, x.type)`, fields named through `x`.
/// To be used in the type's namespace.
#define KOMMANDER_INSPECT(type_name_, ...)                                                                             \
  template <class Inspector>                                                                                           \
  typename Inspector::result_type inspect(Inspector& f, [[maybe_unused]] type_name_& x) {                              \
    return f(caf::meta::type_name(#type_name_) __VA_OPT__(, ) __VA_ARGS__);                                            \
  }
