#include "actors/raft/log.hpp"

#include <mutex>

#include <spdlog/spdlog.h>

namespace kommander {

namespace {

constexpr std::string_view name_prefix = "kommander.";

std::mutex creation; // of loggers, and of the level they begin with
spdlog::level::level_enum present_level = spdlog::level::info;

} // namespace

std::shared_ptr<spdlog::logger> component_logger(std::string_view component) {
  auto name = std::string{name_prefix} + std::string{component};
  auto guard = std::scoped_lock{creation};
  if (auto known = spdlog::get(name))
    return known;
  auto made = spdlog::default_logger()->clone(name);
  made->set_level(present_level);
  spdlog::register_logger(made);
  return made;
}

void set_log_level(const std::string& level) {
  auto guard = std::scoped_lock{creation};
  present_level = spdlog::level::from_str(level);
  spdlog::apply_all([](const std::shared_ptr<spdlog::logger>& x) {
    if (x->name().starts_with(name_prefix))
      x->set_level(present_level);
  });
}

} // namespace kommander
