/// Who waits for a partition's core to answer, and what a status means to them in words.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <variant>

#include "actors/partition/proposals.hpp"
#include "kommander/messages.hpp"

namespace kommander {

using proposer = caf::typed_response_promise<propose_result>;
using operator_promise = caf::typed_response_promise<operation_result>;
using reader_promise = caf::typed_response_promise<read_result>;

/// Who waits for one `proposal_id`; monostate once it was answered.
using caller = std::variant<std::monostate, proposer, operator_promise, reader_promise>;

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

  std::deque<caller> take_all() {
    first_ += callers_.size();
    return std::exchange(callers_, {});
  }

private:
  std::deque<caller> callers_;
  std::uint64_t first_ = 1;
};

/// For people: what a refusal or an unknown outcome means; empty for success.
std::string explain(status code, partition_id partition);

/// The same for a read: nothing is unknown about one that failed.
std::string explain_read(status code, partition_id partition);

} // namespace kommander
