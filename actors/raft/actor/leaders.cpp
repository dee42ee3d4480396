// Who leads which partition, and who waits to know it.
#include <algorithm>
#include <utility>

#include "actors/raft/actor/node_impl.hpp"
#include "actors/raft/bounded_time.hpp"

namespace kommander {

caf::result<leader_result> node_impl::on_wait_for_leader(const wait_for_leader& x) {
  if (phase_ != node_phase::running)
    return leader_result{status::stopping, {}, {}};
  auto promise = make_response_promise<leader_promise>();
  auto id = add_wait(promise);
  leadership_.wait(id, x.partition, bounded(x.stable_for), now() + bounded(x.timeout));
  answer_waits();
  return promise;
}

leader_result node_impl::on_get_leader(const get_leader& x) const {
  const auto* known = leadership_.find(x.partition);
  if (known == nullptr)
    return {absence(x.partition).code, host_of(x.partition), {}};
  return {status::success, parts_.links->describe(known->leader), known->term};
}

leader_result node_impl::on_is_leader(const is_leader& x) const {
  auto result = on_get_leader({x.partition});
  const auto* known = leadership_.find(x.partition);
  if (known != nullptr && !(known->ready && known->leader == parts_.self.id))
    result.code = status::node_is_not_leader;
  return result;
}

caf::result<operation_result> node_impl::on_join() {
  if (phase_ != node_phase::running)
    return operation_result{status::stopping, "this node is stopping"};
  auto promise = make_response_promise<operation_promise>();
  auto deadline = now() + parts_.config.join_timeout;
  request(member_, caf::infinite, await_voter{parts_.config.join_timeout})
    .then(
      [=, this](const membership_result& x) mutable {
        if (x.code != status::success) {
          promise.deliver(operation_result{x.code, x.reason});
        } else {
          leadership_.wait_for_all(add_wait(promise), deadline);
          answer_waits();
        }
      },
      [=](const caf::error&) mutable {
        promise.deliver(operation_result{status::stopping, "this node is stopping"});
      });
  return promise;
}

waiter_id node_impl::add_wait(wait_promise x) {
  auto id = ++last_wait_;
  waits_.emplace(id, std::move(x));
  return id;
}

void node_impl::answer_waits() {
  for (const auto& x : leadership_.take_answers(now()))
    answer_wait(x);
}

void node_impl::end_waits(status code, const std::string& reason) {
  for (const auto& x : leadership_.end_all(code, reason))
    answer_wait(x);
}

void node_impl::answer_wait(const wait_answer& x) {
  auto found = waits_.extract(x.id);
  if (found.empty())
    return;
  if (auto* promise = std::get_if<leader_promise>(&found.mapped()))
    promise->deliver(x.code == status::unknown_partition
                       ? leader_result{absence(x.absent).code, host_of(x.absent), {}}
                       : leader_result{x.code, parts_.links->describe(x.leader), x.term});
  else
    std::get<operation_promise>(found.mapped()).deliver(operation_result{x.code, x.reason});
}

void node_impl::on_leader_update(const leader_update& x) {
  if (phase_ != node_phase::running)
    return;
  publish(leadership_.update(x.partition, x.what, now()));
  wake_under_suspicion(x.partition, x.what);
  if (!x.partition) {
    follow_system(x.what);
    send(member_, system_leader_known{static_cast<bool>(x.what.leader)});
  }
  answer_waits();
}

} // namespace kommander
