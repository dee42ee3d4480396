#include "kommander/caf_compat.hpp"

#include <algorithm>
#include <thread>

#include <spdlog/spdlog.h>

#include "actors/raft/log.hpp"

namespace kommander::cafx {

void apply_recommended_settings(caf::actor_system_config& config) {
  // Work stealing polls: it burns up to 40 % of a core for a single timer. Without a limit of throughput, an actor that
  // always has a next message starves all others of its thread.
  auto threads = std::max<std::size_t>(2, std::thread::hardware_concurrency());
  config.set("scheduler.policy", caf::atom("sharing"))
    .set("scheduler.max-threads", threads)
    .set("scheduler.max-throughput", std::size_t{50});
}

void log_unexpected_message(const caf::scheduled_actor& self, const caf::message_view& what) {
  auto view = const_cast<caf::message_view&>(what).copy_content_to_message();
  component_logger("actors")->warn("{} (actor {}): unexpected message {}", self.name(), self.id(),
                                   caf::to_string(view));
}

void log_unhandled_down(caf::scheduled_actor& self, const caf::down_msg& what) {
  component_logger("actors")->info("{} (actor {}): an actor it watches has ended: {}", self.name(), self.id(),
                                   self.system().render(what.reason));
}

void log_unhandled_error(caf::scheduled_actor& self, const caf::error& what) {
  component_logger("actors")->error("{} (actor {}): error message: {}", self.name(), self.id(),
                                    self.system().render(what));
}

caf::error log_exception(const caf::scheduled_actor& self, const std::exception_ptr& what) {
  std::string text = "unknown exception";
  try {
    std::rethrow_exception(what);
  } catch (const std::exception& e) {
    text = e.what();
  } catch (...) {
    // the text above says what is known
  }
  component_logger("actors")->critical("{} (actor {}) ends because of an exception: {}", self.name(), self.id(), text);
  return caf::make_error(caf::sec::runtime_error, std::move(text));
}

} // namespace kommander::cafx
