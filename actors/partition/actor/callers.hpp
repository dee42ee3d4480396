/// Who waits for a partition's core to answer, and what a status means to them in words.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "actors/coordinator/node_request.hpp"
#include "actors/partition/lazy_deque.hpp"
#include "actors/partition/proposals.hpp"
#include "kommander/messages.hpp"

namespace kommander {

using proposer = caf::typed_response_promise<propose_result>;
using operator_promise = caf::typed_response_promise<operation_result>;
using control_promise = caf::typed_response_promise<control_result>;
using range_promise = caf::typed_response_promise<range_part>;
using group_promise = caf::typed_response_promise<group_report>;

/// Waits for a read, of what these name.
struct reader {
  caf::typed_response_promise<read_result> promise;
  std::uint32_t place = any_place;
  generation expected;
};

using batch_promise = caf::typed_response_promise<propose_batch_result>;

/// Gathers the results of one `propose_batch`.
struct batch_collector {
  batch_collector(batch_promise to, std::size_t entries) : promise{std::move(to)}, missing{entries} {
    result.results.resize(entries);
  }

  batch_promise promise;
  propose_batch_result result;
  std::size_t missing;
};

/// Waits for the result of one entry of a batch.
struct batch_slot {
  std::shared_ptr<batch_collector> batch;
  std::size_t entry = 0;
};

/// Waits for another node to take over the leadership, as who leads partition 0 advises.
struct adviser {
  control_promise promise;
};

/// The partition itself has proposed to roll back what was not decided in time.
struct ticket_expiry {};

/// Who waits for one `proposal_id`; monostate once it was answered.
using caller = std::variant<std::monostate, proposer, operator_promise, reader, control_promise, group_promise, adviser,
                            batch_slot, ticket_expiry>;

/// Callers by the ids that they were given, which ascend; the oldest are mostly answered first.
class caller_queue {
public:
  proposal_id add(caller x) {
    callers_.push_back(std::move(x));
    return proposal_id{first_ + callers_.size() - 1};
  }

  /// The caller of `id`, who is forgotten; monostate if there is none any more.
  caller take(proposal_id id) {
    auto offset = id.value() - first_;
    if (id.value() < first_ || offset >= callers_.size())
      return {};
    auto result = std::exchange(callers_[offset], caller{});
    while (!callers_.empty() && std::holds_alternative<std::monostate>(callers_.front())) {
      callers_.pop_front();
      ++first_;
    }
    return result;
  }

  lazy_deque<caller> take_all() {
    first_ += callers_.size();
    return std::exchange(callers_, {});
  }

private:
  lazy_deque<caller> callers_;
  std::uint64_t first_ = 1;
};

/// Tells the result of a proposal to whoever waits for it; others are left alone.
void deliver_to(caller& to, propose_result result);

/// For people: what a refusal or an unknown outcome means; empty for success.
std::string explain(status code, partition_id partition);

/// The same for a read: nothing is unknown about one that failed.
std::string explain_read(status code, partition_id partition);

} // namespace kommander
