/// A log that passes everything on, after a test has had its say.
#pragma once

#include "kommander/wal.hpp"

#include <functional>
#include <memory>

namespace kommander::test {

class wrapped_wal final : public wal {
public:
  explicit wrapped_wal(std::unique_ptr<wal> inner) : inner_{std::move(inner)} {
    // nop
  }

  /// May change what is found.
  std::function<void(partition_id, recovered_partition&)> on_recover = [](partition_id, recovered_partition&) {};

  /// A failure is that of the call, which does nothing then.
  std::function<result<done>()> before_change = []() -> result<done> { return done{}; };

  result<recovered_partition> recover(partition_id partition) override {
    auto found = inner_->recover(partition);
    if (found)
      on_recover(partition, *found);
    return found;
  }

  result<std::vector<entry>> read(partition_id partition, log_index first, log_index last,
                                  std::size_t bytes_max) override {
    return inner_->read(partition, first, last, bytes_max);
  }

  result<done> write(std::span<const partition_write> writes) override {
    auto may = before_change();
    return may ? inner_->write(writes) : may;
  }

  result<done> compact(partition_id partition, log_position boundary) override {
    auto may = before_change();
    return may ? inner_->compact(partition, boundary) : may;
  }

  result<done> drop(partition_id partition) override {
    auto may = before_change();
    return may ? inner_->drop(partition) : may;
  }

  result<std::string> get_metadata(const std::string& key) override {
    return inner_->get_metadata(key);
  }

  result<done> set_metadata(const std::string& key, const std::string& value) override {
    auto may = before_change();
    return may ? inner_->set_metadata(key, value) : may;
  }

  [[nodiscard]] std::uint64_t sync_count() const noexcept override {
    return inner_->sync_count();
  }

private:
  std::unique_ptr<wal> inner_;
};

/// Opens what `inner` opens, wrapped and prepared.
inline wal_factory wrapping(wal_factory inner, std::function<void(wrapped_wal&)> prepare) {
  return [inner = std::move(inner), prepare = std::move(prepare)]() -> result<std::unique_ptr<wal>> {
    auto log = inner();
    if (!log)
      return log;
    auto wrapped = std::make_unique<wrapped_wal>(std::move(*log));
    prepare(*wrapped);
    return result<std::unique_ptr<wal>>{std::unique_ptr<wal>{std::move(wrapped)}};
  };
}

} // namespace kommander::test
