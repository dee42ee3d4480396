#include "actors/coordinator/node_caller_actor.hpp"

#include <utility>
#include <variant>

#include <spdlog/spdlog.h>

#include "actors/coordinator/map_command.hpp"
#include "actors/coordinator/remote_leaders.hpp"
#include "actors/raft/log.hpp"

namespace kommander {

namespace {

using std::chrono::milliseconds;

/// Time-outs are noticed this late at most. While nothing is open, no timer runs.
constexpr milliseconds tick_interval{50};

/// What peers send and cannot be read is logged so often at most.
constexpr instant complaint_interval = std::chrono::seconds{10};

/// Ids of calls must not repeat over restarts: a restart takes longer than a microsecond a call.
std::uint64_t wall_microseconds() {
  auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count());
}

using control_promise = caf::typed_response_promise<control_result>;
using range_promise = caf::typed_response_promise<range_part>;
using group_promise = caf::typed_response_promise<group_report>;
using load_promise = caf::typed_response_promise<load_report>;
using progress_promise = caf::typed_response_promise<progress_report>;

/// The reply that a kind of request asks for.
template <class Request>
struct reply_to {
  using type = control_result;
};

template <>
struct reply_to<range_export> {
  using type = range_part;
};

template <>
struct reply_to<group_request> {
  using type = group_report;
};

template <>
struct reply_to<load_request> {
  using type = load_report;
};

template <>
struct reply_to<progress_request> {
  using type = progress_report;
};

template <class Request>
using reply_of = typename reply_to<Request>::type;

/// A request of this node that is not answered. Its content is let go when it is sent.
struct open_request {
  node_request what;
  std::variant<control_promise, range_promise, group_promise, load_promise, progress_promise> promise;
  partition_id elsewhere{}; ///< The partition that it is about, if another node was asked as its leader.
  node_id asked{};
};

class caller_impl final : public node_caller_actor::base {
public:
  caller_impl(caf::actor_config& config, node_caller_parts parts)
    : node_caller_actor::base{config},
      parts_{std::move(parts)},
      log_{component_logger("coordinator")},
      table_{{.timeout = parts_.timeout, .base = wall_microseconds()}} {
    // nop
  }

  const char* name() const override {
    return "kommander.node_caller";
  }

  behavior_type make_behavior() override {
    cafx::use_library_handlers(this);
    return {
      [this](control_proposal& x) { return ask<control_result>(std::move(x)); },
      [this](range_export& x) { return ask<range_part>(std::move(x)); },
      [this](group_request& x) { return ask<group_report>(std::move(x)); },
      [this](contact_request& x) { return ask<control_result>(std::move(x.what), x.to); },
      [this](const handover_request& x) { return ask<control_result>(handover_request{x}); },
      [this](const load_question& x) { return ask<load_report>(load_request{}, x.of); },
      [this](const progress_request& x) { return ask<progress_report>(progress_request{x}); },
      [this](const node_calls& x) { on_calls(x); },
      [this](const caller_tick&) { on_tick(); },
    };
  }

  void on_exit() override {
    while (!open_.empty()) {
      auto id = open_.begin()->first;
      if (table_.is_sent(id))
        refuse(id, status::replication_failed, "this node has stopped; what became of the request is not known");
      else
        refuse(id, status::stopping, "this node is stopping");
    }
    parts_ = node_caller_parts{};
  }

private:
  // -- what this node asks --------------------------------------------------------------------------------------------

  template <class Reply, class Request>
  caf::result<Reply> ask(Request&& x, node_id contact = {}) {
    node_request what{std::forward<Request>(x)};
    auto id = table_.open(now());
    if (!id)
      return std::get<Reply>(refusal_of(what, status::proposal_queue_full, {}, "too many requests are open here"));
    auto partition = partition_of(what);
    auto promise = this->template make_response_promise<caf::typed_response_promise<Reply>>();
    open_.emplace(id, open_request{std::move(what), promise});
    wake();
    if (contact == parts_.self)
      ask_here(id, open_.at(id));
    else if (contact)
      send_to(contact, partition, id);
    else
      find_leader(id, partition);
    return promise;
  }

  void find_leader(call_id id, partition_id partition) {
    auto node = caf::actor_cast<caf::strong_actor_ptr>(parts_.node);
    if (!node)
      return refuse(id, status::stopping, "this node has ended");
    request(caf::actor_cast<leader_source>(node), caf::infinite, get_leader{partition})
      .then([this, id](const leader_result& x) { on_leader(id, x); },
            [this, id](const caf::error&) { refuse(id, status::stopping, "this node has ended"); });
  }

  void on_leader(call_id id, const leader_result& x) {
    auto found = open_.find(id);
    if (found == open_.end())
      return;
    auto partition = partition_of(found->second.what);
    auto is_known_here = x.leader.id == parts_.self;
    auto is_unknown = !x.leader.id || (!is_known_here && elsewhere_.has_denied(partition, x.leader.id));
    if (x.code == status::not_hosted || (x.code == status::success && is_unknown && is_in_map(partition)))
      return ask_elsewhere(id, found->second, partition);
    if (x.code != status::success)
      return refuse(id, x.code, "who leads partition " + to_string(partition) + " is not known on this node");
    if (!x.leader.id)
      return refuse(id, status::node_is_not_leader, "nobody is known to lead partition " + to_string(partition));
    if (x.leader.id == parts_.self)
      return ask_here(id, found->second);
    found->second.elsewhere = partition;
    found->second.asked = x.leader.id;
    send_to(x.leader.id, partition, id);
  }

  [[nodiscard]] bool is_in_map(partition_id partition) const {
    auto map = parts_.links->map();
    return map && map->find(partition) != nullptr;
  }

  /// Only those that vote there know who leads: one of them tells, and that is remembered. This node may have the partition
  /// and not belong to the group yet, or not any more: it may be leaving, lead partition 0 and have to see to all other groups.
  void ask_elsewhere(call_id id, open_request& x, partition_id partition) {
    auto map = parts_.links->map();
    auto to = elsewhere_.target(partition, remote_leaders::places_of(map.get(), partition), parts_.self);
    if (!to)
      return refuse(id, status::node_is_not_leader, "nobody is known to lead partition " + to_string(partition));
    x.elsewhere = partition;
    x.asked = to;
    send_to(to, partition, id);
  }

  void send_to(node_id to, partition_id partition, call_id id) {
    auto& what = open_.at(id).what;
    auto link = parts_.links->find(to);
    if (!link)
      return refuse(id, status::errored, "there is no link to node " + to_string(to));
    table_.sent(id, to);
    send(link, link_send{{message(partition, to, node_call{id.value(), encode(what)})}});
    what = empty_like(what);
  }

  void ask_here(call_id id, open_request& x) {
    auto partition = parts_.routes->find(partition_of(x.what));
    if (!partition && !is_for_node(x.what))
      return refuse(id, status::unknown_partition,
                    "partition " + to_string(partition_of(x.what)) + " does not run on this node");
    table_.sent(id, parts_.self);
    auto what = std::move(x.what);
    x.what = empty_like(what);
    carry_out(partition, std::move(what), [this, id](node_reply&& reply) { finish(id, std::move(reply)); });
  }

  /// Has `partition` answer, or the node itself, or tells that it has ended.
  template <class Continue>
  void carry_out(const partition_actor& partition, node_request what, Continue next) {
    auto ended = empty_like(what);
    std::visit(
      [&]<class Request>(Request& x) {
        if constexpr (std::is_same_v<Request, member_request>)
          next(refusal_of(ended, status::invalid_argument, {}, "not for a partition"));
        else if constexpr (std::is_same_v<Request, load_request> || std::is_same_v<Request, progress_request>)
          ask_node(std::move(x), next);
        else
          request(partition, caf::infinite, std::move(x))
            .then([next](reply_of<Request>& y) { next(node_reply{std::move(y)}); },
                  [next, ended](const caf::error&) {
                    next(refusal_of(ended, status::replication_failed, {}, "the partition has ended on its leader"));
                  });
      },
      what);
  }

  template <class Request, class Continue>
  void ask_node(Request x, Continue next) {
    auto ended = [next] {
      reply_of<Request> y;
      y.code = status::stopping;
      y.reason = "the node is stopping";
      next(node_reply{std::move(y)});
    };
    auto node = caf::actor_cast<caf::strong_actor_ptr>(parts_.node);
    if (!node)
      return ended();
    request(caf::actor_cast<node_source>(node), caf::infinite, std::move(x))
      .then([next](reply_of<Request>& y) { next(node_reply{std::move(y)}); }, [ended](const caf::error&) { ended(); });
  }

  void refuse(call_id id, status code, std::string reason) {
    if (auto found = open_.find(id); found != open_.end())
      finish(id, refusal_of(found->second.what, code, {}, std::move(reason)));
  }

  void finish(call_id id, node_reply&& reply) {
    auto found = open_.extract(id);
    table_.close(id);
    if (found.empty())
      return;
    if (const auto& asked = found.mapped(); asked.elsewhere)
      std::visit([&](const auto& y) { elsewhere_.told(asked.elsewhere, asked.asked, y.code, y.leader); }, reply);
    auto deliver = [&reply]<class Reply>(caf::typed_response_promise<Reply>& x) {
      x.deliver(std::get<Reply>(std::move(reply)));
    };
    std::visit(deliver, found.mapped().promise);
  }

  void on_answer(node_id from, const node_answer& x) {
    call_id id{x.id};
    if (!table_.expects(id, from))
      return; // it comes too late, twice, or from somebody who was not asked
    auto reply = decode_node_reply(x.body);
    auto found = open_.find(id);
    if (!reply || found == open_.end() || !answers(*reply, found->second.what))
      return complain(from, "an answer");
    finish(id, std::move(*reply));
  }

  // -- what peers ask -------------------------------------------------------------------------------------------------

  void on_calls(const node_calls& x) {
    for (const auto& y : x.messages)
      if (const auto* call = std::get_if<node_call>(&y.body))
        on_call(x.from, y.partition, *call);
      else if (const auto* answer = std::get_if<node_answer>(&y.body))
        on_answer(x.from, *answer);
  }

  void on_call(node_id from, partition_id partition, const node_call& x) {
    auto what = decode_node_request(x.body.compacted());
    if (!what || partition_of(*what) != partition)
      return complain(from, "a call");
    call_id id{x.id};
    auto answer_with = [=, this](const node_reply& reply) { answer(from, partition, id, reply); };
    if (!std::holds_alternative<member_request>(*what) && !parts_.links->is_member(from))
      return answer_with(refusal_of(*what, status::unauthorized, {}, "node " + to_string(from) + " is no member"));
    switch (table_.admit(from, id, now())) {
      case call_table::admission::repeated: return;
      case call_table::admission::refused:
        return answer_with(refusal_of(*what, status::proposal_queue_full, {},
                                      "node " + to_string(from) + " asks too much of node " + to_string(parts_.self)));
      case call_table::admission::admitted: break;
    }
    auto end = [=, this](const node_reply& reply) {
      table_.served(from, id);
      answer_with(reply);
    };
    if (auto* step = std::get_if<member_request>(&*what))
      return pass_on(from, std::move(*step), end);
    if (auto served_by = parts_.routes->find(partition); served_by || is_for_node(*what))
      carry_out(served_by, std::move(*what), end);
    else
      end(refusal_of(*what, status::unknown_partition, {},
                     "partition " + to_string(partition) + " does not run on node " + to_string(parts_.self)));
  }

  /// What a node asks about itself, which need not be a member.
  template <class Continue>
  void pass_on(node_id from, member_request what, Continue next) {
    auto command = decode_map_command(what.change);
    const auto* step = command ? std::get_if<member_change>(&*command) : nullptr;
    auto is_own = step != nullptr && step->node == from
                  && (step->what == member_step::join || step->what == member_step::stay
                      || (step->what == member_step::leave && !step->evicted));
    if (!is_own)
      return next(
        control_result{status::unauthorized, {}, {}, "a node may ask to join, to leave or to stay, for itself"});
    request(caf::actor_cast<node_caller_actor>(this), caf::infinite,
            control_proposal{partition_id{}, std::move(what.change)})
      .then([next](control_result& x) { next(node_reply{std::move(x)}); },
            [next](const caf::error&) {
              next(control_result{status::stopping, {}, {}, "this node is stopping"});
            });
  }

  void answer(node_id to, partition_id partition, call_id id, const node_reply& reply) {
    auto link = parts_.links->find(to);
    if (!link)
      return;
    auto body = encode(reply);
    if (body.size() > parts_.body_bytes_max)
      body = encode(too_large(reply, body.size()));
    send(link, link_send{{message(partition, to, node_answer{id.value(), std::move(body)})}});
  }

  node_reply too_large(const node_reply& x, std::size_t size) const {
    auto reason = "the answer has " + std::to_string(size) + " bytes, and nodes send each other "
                  + std::to_string(parts_.body_bytes_max) + " at most";
    return std::visit(
      [&]<class Reply>(const Reply&) -> node_reply {
        Reply refusal;
        refusal.code = status::payload_too_large;
        refusal.reason = std::move(reason);
        return refusal;
      },
      x);
  }

  void complain(node_id from, const char* what) {
    ++unreadable_;
    if (complained_ && now() - *complained_ < complaint_interval)
      return;
    complained_ = now();
    log_->warn("node {} has sent {} that cannot be read; {} so far, of all nodes", from.value(), what, unreadable_);
  }

  // -- time -----------------------------------------------------------------------------------------------------------

  void on_tick() {
    ticks_ = false;
    for (auto id : table_.expired(now()))
      refuse(id, status::proposal_timeout,
             "no answer within " + std::to_string(parts_.timeout.count()) + " ms; what became of it is not known");
    if (!table_.is_idle())
      wake();
  }

  void wake() {
    if (!std::exchange(ticks_, true))
      delayed_send(this, tick_interval, caller_tick{});
  }

  instant now() {
    return std::chrono::duration_cast<instant>(clock().now().time_since_epoch());
  }

  // -- small things ---------------------------------------------------------------------------------------------------

  /// Something of the same kind: what has been sent need not be kept.
  static node_request empty_like(const node_request& x) {
    return std::visit([]<class Request>(const Request&) -> node_request { return Request{}; }, x);
  }

  raft_message message(partition_id partition, node_id to, raft_message_body body) const {
    return {partition, parts_.self, to, {}, std::move(body)};
  }

  node_caller_parts parts_;
  std::shared_ptr<spdlog::logger> log_;
  call_table table_;
  std::map<call_id, open_request> open_;
  remote_leaders elsewhere_;
  std::uint64_t unreadable_ = 0;
  std::optional<instant> complained_;
  bool ticks_ = false;
};

} // namespace

node_caller_actor spawn_node_caller(caf::actor_system& system, node_caller_parts parts) {
  return system.spawn<caller_impl>(std::move(parts));
}

} // namespace kommander
