#include "ledger.hpp"

#include <xxhash.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

namespace server {

using kommander::applied;
using kommander::entry;
using kommander::partition_id;

namespace {

/// A hash that grows with each entry.
class running_hash {
public:
  running_hash() {
    XXH3_64bits_reset(state_.get());
  }

  void add(const entry& x) {
    add_number(x.index.value());
    add_bytes(x.type);
    add_bytes(x.payload.view());
  }

  [[nodiscard]] std::uint64_t value() const {
    return XXH3_64bits_digest(state_.get());
  }

private:
  void add_number(std::uint64_t x) {
    char little_endian[8];
    for (auto& c : little_endian) {
      c = static_cast<char>(x & 0xff);
      x >>= 8;
    }
    XXH3_64bits_update(state_.get(), little_endian, sizeof little_endian);
  }

  /// With the length first, so that no two sequences of runs hash alike.
  void add_bytes(std::string_view x) {
    add_number(x.size());
    XXH3_64bits_update(state_.get(), x.data(), x.size());
  }

  struct deleter {
    void operator()(XXH3_state_t* x) const noexcept {
      XXH3_freeState(x);
    }
  };

  std::unique_ptr<XXH3_state_t, deleter> state_{XXH3_createState()};
};

/// What is known of one partition.
struct account {
  running_hash hash;
  kommander::log_index last;
  std::uint64_t entries = 0;
  std::ofstream log;
};

struct ledger_state {
  std::string apply_log;
  std::map<partition_id, account> accounts;

  account& of(partition_id partition) {
    auto [i, is_new] = accounts.try_emplace(partition);
    if (is_new && !apply_log.empty())
      i->second.log.open(std::filesystem::path{apply_log} / ("partition-" + to_string(partition) + ".log"),
                         std::ios::trunc | std::ios::binary);
    return i->second;
  }

  applied take(partition_id partition, const std::vector<entry>& entries) {
    auto& x = of(partition);
    for (const auto& e : entries) {
      x.hash.add(e);
      x.last = e.index;
      ++x.entries;
      if (!apply_log.empty())
        x.log << to_string(e.index) << ' ' << e.payload.view() << '\n';
    }
    applied result;
    if (!apply_log.empty() && !x.log.flush())
      result.failures.push_back({x.last, "cannot write the apply log in " + apply_log});
    return result;
  }

  [[nodiscard]] digests describe() const {
    digests result;
    for (const auto& [partition, x] : accounts)
      result.push_back({partition, x.last, x.entries, x.hash.value()});
    return result;
  }
};

ledger_actor::behavior_type ledger(ledger_actor::stateful_pointer<ledger_state> self, std::string apply_log) {
  self->state.apply_log = std::move(apply_log);
  return {
    [self](const kommander::restore_entries& x) { return self->state.take(x.partition, x.entries); },
    [self](const kommander::apply_entries& x) { return self->state.take(x.partition, x.entries); },
    [self](const get_digests&) { return self->state.describe(); },
  };
}

} // namespace

ledger_actor spawn_ledger(caf::actor_system& system, const std::string& apply_log) {
  return system.spawn(ledger, apply_log);
}

} // namespace server
