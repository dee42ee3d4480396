#include "actors/wal_scheduler/wal_reader_actor.hpp"

#include "actors/wal_scheduler/slow_operation_log.hpp"

namespace kommander {

namespace {

class wal_reader_impl final : public wal_reader::base {
public:
  wal_reader_impl(caf::actor_config& config, std::shared_ptr<wal> log, wal_reader_options options)
    : wal_reader::base{config},
      log_{std::move(log)},
      slow_{"wal", "a read from the log", options.slow_read_log} {
    // nop
  }

  const char* name() const override {
    return "kommander.wal_reader";
  }

  behavior_type make_behavior() override {
    cafx::use_library_handlers(this);
    return {
      [this](const wal_read& x) { read(x); },
      [this](const wal_recover& x) { recover(x); },
    };
  }

  void on_exit() override {
    log_.reset();
  }

private:
  void read(const wal_read& x) {
    auto found = slow_.time([&] { return log_->read(x.partition, x.first, x.last, x.bytes_max); });
    if (found.ok())
      send(x.client, wal_read_done{x.partition, x.peer, x.first, std::move(*found), {}});
    else
      send(x.client, wal_read_done{x.partition, x.peer, x.first, {}, found.error().message});
  }

  void recover(const wal_recover& x) {
    auto found = log_->recover(x.partition);
    if (found.ok())
      send(x.client, wal_recovered{x.partition, std::move(*found), {}});
    else
      send(x.client, wal_recovered{x.partition, {}, found.error().message});
  }

  std::shared_ptr<wal> log_;
  slow_operation_log slow_;
};

} // namespace

wal_reader spawn_wal_reader(caf::actor_system& system, std::shared_ptr<wal> log, wal_reader_options options) {
  if (options.detached)
    return system.spawn<wal_reader_impl, caf::detached>(std::move(log), options);
  return system.spawn<wal_reader_impl>(std::move(log), options);
}

} // namespace kommander
