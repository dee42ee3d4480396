#include "actors/raft/ticker_actor.hpp"

namespace kommander {

namespace {

ticker_actor::behavior_type ticker(ticker_actor::pointer self, std::chrono::milliseconds interval,
                                   std::shared_ptr<const sleep_board> partitions, caf::weak_actor_ptr node) {
  cafx::use_library_handlers(self);
  self->delayed_send(self, interval, node_tick{});
  return {
    [=](const node_tick& x) {
      self->delayed_send(self, interval, x);
      partitions->tick();
      if (auto target = caf::actor_cast<caf::strong_actor_ptr>(node))
        self->send(caf::actor_cast<ticked_node>(target), x);
    },
  };
}

} // namespace

ticker_actor spawn_ticker(caf::actor_system& system, std::chrono::milliseconds interval,
                          std::shared_ptr<const sleep_board> partitions, caf::weak_actor_ptr node) {
  return system.spawn(ticker, interval, std::move(partitions), std::move(node));
}

} // namespace kommander
