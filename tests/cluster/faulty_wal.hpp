/// A log that passes everything on to another one, and fails where a test tells it to.
#pragma once

#include <functional>
#include <memory>

#include "kommander/wal.hpp"

namespace cluster_test {

/// What goes wrong. May be changed while the log is in use, by the thread that uses it.
struct wal_faults {
  /// The partition that is found damaged after its first entry, if any; zero is none.
  kommander::partition_id damaged;
  /// The partition whose term and vote cannot be read; zero is none.
  kommander::partition_id votes_lost;
  /// Why a write fails, empty if it does not.
  std::function<std::string(const kommander::partition_write&)> write;
};

class faulty_wal final : public kommander::wal {
public:
  faulty_wal(std::unique_ptr<kommander::wal> inner, std::shared_ptr<wal_faults> faults)
    : inner_{std::move(inner)},
      faults_{std::move(faults)} {
    // nop
  }

  kommander::result<kommander::recovered_partition> recover(kommander::partition_id partition) override {
    auto found = inner_->recover(partition);
    if (found && partition && partition == faults_->damaged) {
      found->last = std::min(found->last, kommander::log_index{1});
      found->commit = std::min(found->commit, found->last);
      std::erase_if(found->terms, [&](const kommander::term_run& x) { return x.first > found->last; });
      found->damaged_at = found->last + 1;
      found->damage = "record 7 of 000123.log has a wrong checksum";
    }
    if (found && partition && partition == faults_->votes_lost) {
      found->state = {{}, {}, kommander::log_loss::everything};
      found->damage = "term and vote: the checksum is wrong";
    }
    return found;
  }

  kommander::result<std::vector<kommander::entry>> read(kommander::partition_id partition, kommander::log_index first,
                                                        kommander::log_index last, std::size_t bytes_max) override {
    return inner_->read(partition, first, last, bytes_max);
  }

  kommander::result<kommander::done> write(std::span<const kommander::partition_write> writes) override {
    for (const auto& x : writes)
      if (auto why = faults_->write ? faults_->write(x) : std::string{}; !why.empty())
        return kommander::failure{kommander::status::storage_failed, why};
    return inner_->write(writes);
  }

  kommander::result<kommander::done> compact(kommander::partition_id partition,
                                             kommander::log_position boundary) override {
    return inner_->compact(partition, boundary);
  }

  kommander::result<kommander::done> drop(kommander::partition_id partition) override {
    return inner_->drop(partition);
  }

  kommander::result<std::string> get_metadata(const std::string& key) override {
    return inner_->get_metadata(key);
  }

  kommander::result<kommander::done> set_metadata(const std::string& key, const std::string& value) override {
    return inner_->set_metadata(key, value);
  }

  [[nodiscard]] std::uint64_t sync_count() const noexcept override {
    return inner_->sync_count();
  }

private:
  std::unique_ptr<kommander::wal> inner_;
  std::shared_ptr<wal_faults> faults_;
};

/// Logs of `inner` with these faults.
inline kommander::wal_factory with_faults(kommander::wal_factory inner, std::shared_ptr<wal_faults> faults) {
  return
    [inner = std::move(inner), faults = std::move(faults)]() -> kommander::result<std::unique_ptr<kommander::wal>> {
      auto opened = inner();
      if (!opened)
        return opened.error();
      return std::unique_ptr<kommander::wal>{std::make_unique<faulty_wal>(std::move(opened).value(), faults)};
    };
}

} // namespace cluster_test
