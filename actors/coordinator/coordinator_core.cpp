#include "actors/coordinator/coordinator_core.hpp"

#include <algorithm>
#include <utility>

namespace kommander {

namespace {

constexpr unsigned attempt_bits = 20; ///< Of the counter below the term.
constexpr partition_id system_partition{0};

/// Asking again would not help.
bool is_refusal(status code) {
  switch (code) {
    case status::invalid_argument:
    case status::snapshot_required:
    case status::payload_too_large:
    case status::unauthorized: return true;
    default: return false;
  }
}

/// An entry that was appended, and is refused where it stands, is refused for ever.
bool is_refusal(const control_result& x) {
  return is_refusal(x.code) || (x.code == status::errored && x.index);
}

std::string text_of(status code, const std::string& reason) {
  return reason.empty() ? std::string{to_string(code)} : reason;
}

bool is_before_the_point_of_no_return(operation_phase x) {
  return x == operation_phase::fencing || x == operation_phase::copying;
}

} // namespace

coordinator_core::coordinator_core(const coordinator_options& options) : options_{options} {
  // nop
}

// -- what happens ---------------------------------------------------------------------------------------------------

void coordinator_core::map(std::shared_ptr<const partition_map> x) {
  if (!x || (map_ && x->version <= map_->version))
    return;
  map_ = std::move(x);
  follow_map();
  pump();
}

void coordinator_core::leads(std::optional<raft_term> term) {
  if (term == term_)
    return;
  forget();
  term_ = term;
  if (term && *term != last_term_) {
    last_term_ = *term;
    copies_ = 0;
  }
  follow_map();
  pump();
}

void coordinator_core::tick(instant now) {
  now_ = std::max(now_, now);
  pump();
}

void coordinator_core::answered(std::uint64_t number, const control_result& x) {
  auto what = take(number);
  if (!what)
    return;
  if (what->what == request_kind::initialize) {
    again_later(initializing_); // unless the map comes first
  } else {
    auto& d = drives_.at(what->operation);
    switch (what->what) {
      case request_kind::advance:
        // The map says what has become of it. If it never does, the answer was about something else.
        if (x.code != status::success)
          d.last_trouble = text_of(x.code, x.reason);
        again_later(d.control);
        if (x.code == status::success)
          d.control.not_before = now_ + options_.backoff_max;
        break;
      case request_kind::export_part: export_lost(d, "the answer is none to an export"); break;
      default:
        if (x.code != status::success)
          failed(d, x);
        else if (what->what == request_kind::import)
          imported(d);
        else {
          d.control = {};
          ++d.steps_taken;
        }
    }
  }
  pump();
}

void coordinator_core::answered(std::uint64_t number, const range_part& x) {
  auto what = take(number);
  if (!what)
    return;
  if (what->what == request_kind::initialize) {
    again_later(initializing_);
  } else {
    auto& d = drives_.at(what->operation);
    if (what->what == request_kind::export_part)
      exported(d, x);
    else
      again_later(d.control); // the answer is none to a proposal
  }
  pump();
}

std::vector<coordinator_request> coordinator_core::take_requests() {
  std::erase_if(out_, [this](const auto& x) { return !requests_.contains(x.number); }); // dropped meanwhile
  return std::exchange(out_, {});
}

bool coordinator_core::is_busy() const noexcept {
  return term_ && (may_begin_cluster() || !drives_.empty());
}

std::size_t coordinator_core::bytes_kept() const noexcept {
  std::size_t sum = 0;
  for (const auto& [id, d] : drives_)
    for (const auto* part : {&d.data.next, &d.data.part})
      sum += *part ? (*part)->library.size() + (*part)->data.size() + (*part)->cursor.size() : 0;
  return sum;
}

// -- what follows from the map --------------------------------------------------------------------------------------

void coordinator_core::forget() {
  drives_.clear();
  requests_.clear();
  out_.clear();
  initializing_ = {};
}

/// One drive for each operation that goes on; a phase begins with nothing done.
void coordinator_core::follow_map() {
  if (!term_ || !map_)
    return;
  std::erase_if(drives_, [this](const auto& x) {
    const auto* operation = map_->find(x.first);
    auto is_gone = operation == nullptr || is_over(operation->phase);
    if (is_gone)
      drop_requests(x.second);
    return is_gone;
  });
  for (const auto& x : map_->operations) {
    if (is_over(x.phase))
      continue;
    auto [known, is_new] = drives_.try_emplace(x.id);
    auto& d = known->second;
    if (!is_new && d.phase == x.phase)
      continue;
    drop_requests(d);
    auto since = is_before_the_point_of_no_return(x.phase) ? d.since : std::nullopt;
    d = {};
    d.phase = x.phase;
    d.copies = copies_state(x);
    d.since = since;
  }
}

void coordinator_core::pump() {
  if (!term_)
    return;
  if (!map_ || !map_->version) {
    initialize();
    return;
  }
  // Whoever has fenced already has others wait: it goes first.
  for (auto copying : {true, false})
    for (auto& [id, d] : drives_)
      if ((d.phase == operation_phase::copying) == copying)
        pump(*map_->find(id), d);
}

void coordinator_core::pump(const operation_info& x, drive& d) {
  if (is_before_the_point_of_no_return(d.phase)) {
    if (!has_its_turn(d))
      return;
    if (d.roll_back.empty() && now_ - *d.since >= options_.operation_timeout)
      give_up(d, "it was not done in time" + (d.last_trouble.empty() ? "" : "; lately: " + d.last_trouble));
    if (!d.roll_back.empty()) {
      advance(x, d, operation_phase::rolling_back);
      return;
    }
  }
  auto steps = steps_of(x);
  if (d.steps_taken < steps.size()) {
    const auto& step = steps[d.steps_taken];
    if (may_send(d.control))
      send(d.control, {request_kind::step, x.id}, control_proposal{step.where, encode(change_of(step.what, x, *map_))});
  } else if (d.phase == operation_phase::copying && d.copies && !d.data.is_imported) {
    pump_copy(x, d);
  } else {
    advance(x, d, next_phase(x));
  }
}

void coordinator_core::initialize() {
  if (may_begin_cluster() && may_send(initializing_))
    send(initializing_, {request_kind::initialize, {}},
         control_proposal{system_partition, encode(map_initialize{options_.initial_partitions, options_.initial_members,
                                                                  options_.replication_factor})});
}

/// Whoever joins knows only after it has the log who belongs to the cluster.
bool coordinator_core::may_begin_cluster() const noexcept {
  return (!map_ || !map_->version) && !options_.initial_members.empty();
}

void coordinator_core::advance(const operation_info& x, drive& d, operation_phase to) {
  if (may_send(d.control))
    send(d.control, {request_kind::advance, x.id},
         control_proposal{system_partition, encode(map_advance{x.id, d.phase, to, d.roll_back})});
}

/// From then on it has it.
bool coordinator_core::has_its_turn(drive& d) const noexcept {
  auto is_copying = [](const auto& x) { return x.second.copies && x.second.since.has_value(); };
  if (!d.since
      && (!d.copies || static_cast<std::size_t>(std::ranges::count_if(drives_, is_copying)) < options_.copies_max))
    d.since = now_;
  return d.since.has_value();
}

// -- the copy -------------------------------------------------------------------------------------------------------

/// One part is imported while the next one is exported.
void coordinator_core::pump_copy(const operation_info& x, drive& d) {
  auto& data = d.data;
  if (data.attempt == 0)
    begin_attempt(d);
  if (!data.part && data.next)
    data.part = std::exchange(data.next, std::nullopt);
  if (data.part && may_send(d.control))
    import_part(x, d);
  if (!data.is_exported && !data.next && may_send(d.exporting))
    export_part(x, d);
}

/// Above all attempts of earlier leaders, whose terms were lower, and of this one.
void coordinator_core::begin_attempt(drive& d) {
  auto begun = d.data.begun + 1;
  d.data = {};
  d.data.begun = begun;
  d.data.attempt = (last_term_.value() << attempt_bits) + ++copies_;
}

void coordinator_core::import_part(const operation_info& x, drive& d) {
  const auto& part = *d.data.part;
  ownership_change change;
  change.step = ownership_step::import;
  change.what = moving_of(x);
  change.attempt = d.data.attempt;
  change.number = d.data.number;
  change.offset = d.data.offset;
  change.library = part.library;
  change.data = part.data;
  change.last = part.last;
  send(d.control, {request_kind::import, x.id}, control_proposal{x.target, encode(change)});
}

void coordinator_core::export_part(const operation_info& x, drive& d) {
  send(d.exporting, {request_kind::export_part, x.id},
       range_export{moving_of(x), d.data.attempt, d.data.cursor, options_.part_bytes});
}

void coordinator_core::exported(drive& d, const range_part& x) {
  if (x.code != status::success) {
    auto why = text_of(x.code, x.reason);
    d.last_trouble = why;
    if (is_refusal(x.code))
      give_up(d, why);
    else if (x.code == status::errored || x.code == status::partition_moved)
      export_lost(d, why);
    else
      again_later(d.exporting);
  } else if (!x.last && x.cursor.empty()) {
    export_lost(d, "the export does not say where it goes on");
  } else {
    d.exporting = {};
    d.data.cursor = x.cursor;
    d.data.is_exported = x.last;
    d.data.next = x;
  }
}

void coordinator_core::imported(drive& d) {
  d.control = {};
  d.data.is_imported = d.data.part->last;
  ++d.data.number;
  d.data.offset += d.data.part->data.size();
  d.data.part.reset();
}

/// What the target has got of this attempt is replaced by the first part of the next one.
void coordinator_core::export_lost(drive& d, const std::string& why) {
  d.last_trouble = why;
  if (d.data.begun >= options_.attempts_max) {
    give_up(d, "the copy was begun " + std::to_string(d.data.begun) + " times; at last: " + why);
    return;
  }
  drop_requests(d);
  d.data.attempt = 0;
  d.control = {};
  again_later(d.exporting);
}

// -- requests -------------------------------------------------------------------------------------------------------

void coordinator_core::failed(drive& d, const control_result& x) {
  d.last_trouble = text_of(x.code, x.reason);
  if (is_refusal(x) && is_before_the_point_of_no_return(d.phase))
    give_up(d, d.last_trouble);
  else
    again_later(d.control);
}

/// What is under way may still be applied: the partitions' logs refuse it once they know of the roll-back.
void coordinator_core::give_up(drive& d, std::string why) {
  drop_requests(d);
  d.control = {};
  d.exporting = {};
  d.data = {};
  d.roll_back = std::move(why);
}

/// Their answers come to nothing.
void coordinator_core::drop_requests(const drive& d) {
  requests_.erase(d.control.number);
  requests_.erase(d.exporting.number);
}

std::optional<coordinator_core::pending> coordinator_core::take(std::uint64_t number) {
  auto found = requests_.find(number);
  if (found == requests_.end())
    return std::nullopt;
  auto result = found->second;
  requests_.erase(found);
  return result;
}

bool coordinator_core::may_send(const repeated_request& x) const noexcept {
  return x.number == 0 && x.not_before <= now_ && requests_.size() < options_.requests_max;
}

void coordinator_core::send(repeated_request& x, const pending& what, node_request request) {
  x.number = ++last_number_;
  requests_.emplace(x.number, what);
  out_.push_back({x.number, std::move(request)});
}

void coordinator_core::again_later(repeated_request& x) const {
  constexpr unsigned doublings_max = 16;
  auto wait = options_.backoff_min * (1 << std::min(x.failures, doublings_max));
  x.number = 0;
  ++x.failures;
  x.not_before = now_ + std::min(wait, options_.backoff_max);
}

} // namespace kommander
