#include "wal/log_scan.hpp"

#include <utility>

#include "wal/keys.hpp"
#include "wal/record.hpp"

namespace kommander {

log_scan::log_scan(partition_id partition, recovered_partition& into, describe_damage damage)
  : partition_{partition},
    into_{into},
    damage_{std::move(damage)},
    term_{into.boundary.term},
    proposal_{into.last + 1} {
  // nop
}

/// What is damaged may belong to the last proposal before it, and a log must never hold a part of a proposal: such a part
/// could be committed without the rest.
bool log_scan::stop(std::string_view why) {
  into_.damage = damage_(wal_keys::describe_entry(partition_, into_.last + 1), why);
  into_.damaged_at = proposal_;
  into_.last = proposal_ - 1;
  std::erase_if(into_.terms, [this](const term_run& run) { return run.first > into_.last; });
  std::erase_if(into_.configs, [this](const entry& config) { return config.index > into_.last; });
  return false;
}

bool log_scan::take(log_index index, const bytes& record) {
  auto expected = into_.last + 1;
  if (index != expected)
    return stop("it is missing, though later ones are there");
  entry x;
  if (auto v = wal_record::decode(record, partition_, expected, x); v != wal_record::verdict::good)
    return stop(wal_record::to_string(v));
  if (x.term < term_)
    return stop("its term " + to_string(x.term) + " is below the term " + to_string(term_) + " of the one before");
  if (into_.terms.empty() || into_.terms.back().term != x.term)
    into_.terms.push_back({expected, x.term});
  term_ = x.term;
  into_.last = expected;
  if (x.time.time == 0)
    proposal_ = expected + 1;
  else if (!same_proposal(previous_, x))
    proposal_ = expected;
  if (x.kind == entry_kind::config)
    into_.configs.push_back(x);
  previous_ = std::move(x);
  return true;
}

void log_scan::finish(log_index committed, const std::string& trouble) {
  if (!trouble.empty())
    stop(trouble);
  else if (committed > into_.last)
    stop("it is missing, though entries up to " + to_string(committed) + " were committed");
}

} // namespace kommander
