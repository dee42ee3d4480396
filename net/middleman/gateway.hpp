/// The only actor of a node that others reach at the Raft port.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "kommander/caf_compat.hpp"
#include "kommander/transport.hpp"
#include "kommander/types.hpp"
#include "net/frame.hpp"
#include "net/log.hpp"

namespace kommander::net {

/// What CAF tells those who connect to a Raft port; who finds something else is at the wrong port.
std::set<std::string> gateway_interface();

/// Hands frames to the link of the node that sent them.
///
/// It has no mailbox: whoever sends to it, in practice the middleman's thread, puts the message into the link's
/// mailbox directly, which saves one of two changes of threads on the way in. So everything here may be called by
/// several threads at once.
class gateway final : public caf::monitorable_actor {
public:
  gateway(caf::actor_config& config, node_id self, std::string cluster, introduction_sink introduced,
          bool demands_proof);

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* context) override;
  const char* name() const override;

  /// Frames from `peer` go to `link` from now on.
  void attach_link(node_id peer, caf::strong_actor_ptr link);

  /// Undoes `attach_link`, if `link` is still the one.
  void detach_link(node_id peer, const caf::strong_actor_ptr& link);

  /// Refusals with this epoch go to `asker`, while it waits to learn who is at some address.
  void attach_question(std::uint64_t epoch, caf::strong_actor_ptr asker);
  void detach_question(std::uint64_t epoch);

  /// Ends the actor.
  void close();

  /// Frames that were for another version, cluster or node, or from a node that nobody here talks to.
  [[nodiscard]] std::uint64_t refused() const noexcept {
    return refused_;
  }

private:
  [[nodiscard]] bool is_question(const frame& x) const;
  caf::strong_actor_ptr receiver_of(const frame& x) const;
  std::string reason_to_refuse(const frame& x) const;
  [[nodiscard]] std::string reason_to_distrust(const frame& x) const;
  void refuse(const frame& x, const std::string& why, const caf::strong_actor_ptr& sender,
              caf::execution_unit* context);
  void answer_refusal(const frame& x, const caf::strong_actor_ptr& sender, caf::execution_unit* context);

  void count_refusal(const std::string& why);
  void introduce(const frame& x);

  node_id self_;
  std::string cluster_;
  introduction_sink introduced_;
  bool demands_proof_;
  std::atomic<std::uint64_t> refused_{0};
  mutable std::mutex mutex_; ///< Guards what follows.
  std::map<node_id, caf::strong_actor_ptr> links_;
  std::map<std::uint64_t, caf::strong_actor_ptr> questions_; ///< By epoch.
  log_limiter limiter_;
  std::chrono::steady_clock::time_point next_introduction_{};
};

/// Makes a gateway. `gateway` objects are actors: they must not be made in another way. With `demands_proof` a frame is
/// refused unless the connection over which it came has proved to be its sender's.
caf::strong_actor_ptr make_gateway(caf::actor_system& system, node_id self, const std::string& cluster,
                                   introduction_sink introduced = {}, bool demands_proof = false);

} // namespace kommander::net
