#include "tests/sim/elastic/host.hpp"

#include <algorithm>
#include <utility>

#include "tests/sim/elastic/clients.hpp"

namespace kommander::sim {

elastic_host::elastic_host(elastic_context context, core_owner& owner, node_id self)
  : context_{context},
    owner_{owner},
    self_{self},
    disk_id_{self.value()} {
  const auto& plan = context_.settings;
  for (std::uint64_t i = 0; i <= plan.partitions; ++i)
    replicas_.push_back(
      std::make_unique<elastic_replica>(owner, context_.facts, self, partition_id{i}, plan.partitions));
}

// -- life -----------------------------------------------------------------------------------------------------------

std::vector<partition_id> elastic_host::start(std::uint64_t life) {
  const auto& plan = context_.settings;
  hosting_.emplace(record_, self_, disk_id_);
  auto options = plan.coordinator;
  if (!is_first_member())
    options.initial_members.clear();
  coordinator_.emplace(options);
  call_table_options calls;
  calls.timeout = plan.call_timeout;
  calls.base = life << 32;
  calls.open_max = 32;
  calls.served_max = 16;
  calls.remembered_max = 64;
  table_.emplace(calls);
  told_map_ = {};
  told_term_.reset();
  start_members(life);
  std::vector<partition_id> result{partition_id{0}};
  for (const auto& [id, x] : record_.partitions)
    if (!x.ending && !x.away)
      result.push_back(id);
  return result;
}

void elastic_host::crash() {
  for (auto& x : replicas_)
    if (x->is_running())
      x->stop(false);
  told_term_.reset();
  open_.clear();
  later_.clear();
  chores_.clear();
  hosting_.reset();
  coordinator_.reset();
  table_.reset();
  crash_members();
}

void elastic_host::wipe() {
  record_ = {};
  wiped_ = true;
  disk_id_ += 1000;
  context_.facts.wiped(self_);
  for (auto& x : replicas_)
    x->forget();
}

void elastic_host::repair() {
  for (auto& x : chores_)
    x.due = 0;
  for (auto& x : replicas_)
    x->repair();
}

partition_info elastic_host::birth_of(partition_id partition) const {
  const auto* hosted = hosting_->find(partition);
  return partition && hosted != nullptr ? hosted->birth : partition_info{};
}

log_index elastic_host::start_replica(partition_id partition, const recovered_partition& recovered) {
  context_.facts.starts(self_, partition);
  if (partition)
    context_.rosters.starts(self_, partition, first_voters(partition));
  return replica(partition).start(recovered, birth_of(partition));
}

/// The first members have begun partition 0 when it was certain that it is new.
log_loss elastic_host::loss_of(partition_id partition, recovered_partition& recovered) const {
  const auto* hosted = hosting_->find(partition);
  auto is_empty = recovered.state == hard_state{} && !recovered.last && !recovered.damaged_at;
  auto is_new = partition ? hosted != nullptr && hosted->new_to_disk : is_first_member() && !wiped_;
  if (!is_empty || context_.settings.nodes == 1 || is_new)
    return log_loss::none;
  if (hosted == nullptr || !hosted->kept)
    return log_loss::unknown;
  ++context_.counts.replicas_back;
  recovered.state = *hosted->kept;
  auto lost = hosted->kept->lost;
  return hosted->kept->current_term ? combined(log_loss::entries, lost) : lost;
}

std::vector<node_id> elastic_host::known_voters(partition_id partition) const {
  const auto* hosted = hosting_->find(partition);
  return hosted != nullptr ? hosted->known_voters : std::vector<node_id>{};
}

void elastic_host::stop_replica(partition_id partition) {
  if (replica(partition).is_running())
    replica(partition).stop();
  if (partition || !std::exchange(told_term_, std::nullopt))
    return;
  later([this] {
    coordinator_->leads(std::nullopt);
    lead_members(std::nullopt);
  });
}

// -- cores ----------------------------------------------------------------------------------------------------------

void elastic_host::carry_out(partition_id partition, raft_output& out) {
  auto& x = replica(partition);
  if (!x.is_running())
    return;
  for (const auto& reply : out.replies)
    x.answered(reply);
  if (!out.apply.empty())
    x.push(std::move(out.apply));
  if (!partition) {
    follow_system();
    tell_map();
  }
}

/// Before the map: what is created from now on is new to a disk that is complete.
void elastic_host::follow_system() {
  const auto* core = owner_.core_of(partition_id{0});
  if (core->is_fenced())
    hosting_->doubt();
  else if (replica(partition_id{0}).is_complete())
    hosting_->trust();
  do_hosting();
  auto term = core->is_ready() ? std::optional{core->current_term()} : std::nullopt;
  if (term == told_term_)
    return;
  told_term_ = term;
  later([this, term] {
    coordinator_->leads(term);
    lead_members(term);
  });
}

void elastic_host::tell_map() {
  const auto& map = replica(partition_id{0}).state().map().map();
  if (map.version <= told_map_)
    return;
  told_map_ = map.version;
  auto copy = std::make_shared<const partition_map>(map);
  if (!hosting_->follow(copy))
    return;
  later([this, copy] {
    coordinator_->map(copy);
    know_map(copy);
  });
  do_hosting();
}

// -- hosting --------------------------------------------------------------------------------------------------------

void elastic_host::do_hosting() {
  auto orders = hosting_->take_orders();
  if (orders.record)
    chores_.push_back({owner_.disk_due(), [this, record = *orders.record] {
                         record_ = record;
                         hosting_->recorded(true);
                         do_hosting();
                       }});
  for (auto id : orders.stop) {
    owner_.stop_partition(id);
    hosting_->ended(id);
  }
  for (auto id : orders.recover)
    chores_.push_back({owner_.disk_due(), [this, id] {
                         if (hosting_->wants(id)) {
                           hosting_->started(id);
                           owner_.start_partition(id);
                         } else {
                           hosting_->ended(id);
                         }
                         do_hosting();
                       }});
  for (auto id : orders.weigh)
    chores_.push_back({owner_.disk_due(), [this, id] {
                         auto log = owner_.recovered(id);
                         configuration_history known{first_voters(id), log.configs};
                         hosting_->weighed(id, log.state, known.voters_ever());
                         do_hosting();
                       }});
  for (auto id : orders.drop)
    chores_.push_back({owner_.disk_due(), [this, id] { drop(id); }});
  if (!orders.stop.empty())
    do_hosting();
}

/// Behind all that is on its way to the disk. Of what was removed, the checker goes on to count what was there.
void elastic_host::drop(partition_id id) {
  if (owner_.is_writing(id)) {
    chores_.push_back({owner_.disk_due(), [this, id] { drop(id); }});
    return;
  }
  const auto* known = hosting_->map() ? hosting_->map()->find(id) : nullptr;
  if (known != nullptr && known->state == partition_state::removed) {
    context_.facts.drops(self_, id);
    ++context_.counts.drops;
  } else {
    owner_.drop_log(id);
    ++context_.counts.replicas_gone;
  }
  replica(id).forget();
  hosting_->dropped(id);
  do_hosting();
}

std::shared_ptr<const partition_map> elastic_host::map() const {
  return hosting_ ? hosting_->map() : nullptr;
}

bool elastic_host::rests(const partition_map& newest) const {
  if (!hosting_ || !hosting_->map() || hosting_->map()->version != newest.version || !chores_.empty() || !open_.empty()
      || coordinator_->is_busy() || !members_rest())
    return false;
  for (const auto& x : newest.partitions) {
    auto wanted = x.state != partition_state::removed && x.where.hosts(self_);
    if (wanted != replica(x.id).is_running() || (!wanted && hosting_->find(x.id) != nullptr))
      return false;
  }
  return true;
}

// -- requests to other nodes ------------------------------------------------------------------------------------------

void elastic_host::later(std::function<void()> what) {
  later_.push_back(std::move(what));
}

void elastic_host::ask(node_request what, reply_callback done, node_id to) {
  auto id = table_->open(owner_.now());
  auto partition = partition_of(what);
  if (!id)
    return later([=] { done(refusal_of(what, status::proposal_queue_full, {}, "too much is asked")); });
  const auto* core = owner_.core_of(partition);
  auto leader = core != nullptr ? core->leader_id() : node_id{};
  open_.emplace(id, open_request{what, std::move(done)});
  if (to)
    return to == self_ ? ask_here(id, what) : send_to(to, id, what);
  auto is_in_map = hosting_->map() && hosting_->map()->find(partition) != nullptr;
  auto is_unknown = !leader || (leader != self_ && elsewhere_.has_denied(partition, leader));
  if (context_.settings.rosters && is_unknown && (core == nullptr || is_in_map))
    return ask_elsewhere(id, open_.at(id), partition);
  if (!leader) {
    auto code = core != nullptr ? status::node_is_not_leader : status::unknown_partition;
    return later([=, this] { finish(id, refusal_of(what, code, {}, "nobody is known to lead")); });
  }
  if (leader == self_)
    return ask_here(id, what);
  auto& mine = open_.at(id);
  mine.elsewhere = partition;
  mine.asked = leader;
  send_to(leader, id, what);
}

void elastic_host::send_to(node_id to, call_id id, const node_request& what) {
  table_->sent(id, to);
  ++context_.counts.calls;
  owner_.send({partition_of(what), self_, to, {}, node_call{id.value(), encode(what)}});
}

void elastic_host::ask_elsewhere(call_id id, open_request& x, partition_id partition) {
  auto to = elsewhere_.target(partition, remote_leaders::places_of(hosting_->map().get(), partition), self_);
  if (!to)
    return later(
      [=, this, what = x.what] { finish(id, refusal_of(what, status::node_is_not_leader, {}, "nobody leads")); });
  x.elsewhere = partition;
  x.asked = to;
  send_to(to, id, x.what);
}

void elastic_host::ask_here(call_id id, const node_request& what) {
  table_->sent(id, self_);
  carry_out_request(what, [this, id](const node_reply& x) { later([=, this] { finish(id, x); }); });
}

void elastic_host::carry_out_request(const node_request& what, const reply_callback& done) {
  if (std::holds_alternative<load_request>(what))
    return done(load_report{status::success, self_, {}, false, {}});
  auto& x = replica(partition_of(what));
  if (!x.is_running())
    return done(refusal_of(what, status::unknown_partition, {}, "the partition does not run here"));
  if (const auto* control = std::get_if<control_proposal>(&what))
    x.control(control->payload, [done](const control_result& y) { done(y); });
  else if (const auto* group = std::get_if<group_request>(&what))
    x.group(*group, hosting_->map().get(), [=, this](const group_report& y) {
      context_.counts.stale_goals += y.code == status::stale_membership ? 1 : 0;
      done(y);
    });
  else if (const auto* range = std::get_if<range_export>(&what))
    x.export_range(*range, [done](const range_part& y) { done(y); });
  else
    done(refusal_of(what, status::invalid_argument, {}, "the simulator has nothing of this kind"));
}

void elastic_host::finish(call_id id, const node_reply& reply) {
  auto found = open_.extract(id);
  table_->close(id);
  if (found.empty())
    return;
  if (const auto& asked = found.mapped(); asked.elsewhere)
    std::visit([&](const auto& y) { elsewhere_.told(asked.elsewhere, asked.asked, y.code, y.leader); }, reply);
  found.mapped().done(reply);
}

void elastic_host::called(const raft_message& message) {
  if (const auto* call = std::get_if<node_call>(&message.body))
    on_call(message, *call);
  else if (const auto* answer = std::get_if<node_answer>(&message.body))
    on_answer(message, *answer);
  else if (const auto* gossip = std::get_if<node_gossip>(&message.body); gossip != nullptr && swim_)
    swim_->step(message.from, gossip->body, owner_.now());
}

void elastic_host::called_in_absence(const raft_message& message) {
  auto answer = hosting_->answer_in_absence(message);
  if (!answer)
    return;
  ++context_.counts.answers_in_absence;
  owner_.send(std::move(*answer));
}

void elastic_host::on_call(const raft_message& message, const node_call& call) {
  auto what = decode_node_request(call.body);
  if (!what || partition_of(*what) != message.partition)
    return;
  call_id id{call.id};
  auto from = message.from;
  auto partition = message.partition;
  if (!std::holds_alternative<member_request>(*what) && !is_member(from))
    return reply(from, partition, id, refusal_of(*what, status::unauthorized, {}, "no member"));
  switch (table_->admit(from, id, owner_.now())) {
    case call_table::admission::repeated: return;
    case call_table::admission::refused:
      return reply(from, partition, id, refusal_of(*what, status::proposal_queue_full, {}, "too much is asked"));
    case call_table::admission::admitted: break;
  }
  auto end = [=, this](const node_reply& x) {
    if (!table_)
      return; // the node has died
    table_->served(from, id);
    reply(from, partition, id, x);
  };
  if (const auto* step = std::get_if<member_request>(&*what))
    pass_on(from, *step, end);
  else
    carry_out_request(*what, end);
}

void elastic_host::reply(node_id to, partition_id partition, call_id id, const node_reply& x) {
  later([=, this, body = encode(x)] { owner_.send({partition, self_, to, {}, node_answer{id.value(), body}}); });
}

void elastic_host::on_answer(const raft_message& message, const node_answer& answer) {
  call_id id{answer.id};
  auto reply = decode_node_reply(answer.body);
  auto found = open_.find(id);
  if (!table_->expects(id, message.from) || found == open_.end() || !reply || !answers(*reply, found->second.what))
    return;
  finish(id, *reply);
}

/// A client's request, or a change of the map that somebody asks this node for.
void elastic_host::asked(const elastic_request& x) {
  if (!x.map_change.empty()) {
    ask(control_proposal{partition_id{0}, x.map_change},
        [this](const node_reply& y) { context_.clients.map_answered(std::get<control_result>(y)); });
    return;
  }
  auto attempt = x.attempt;
  auto& to = replica(x.partition);
  if (!to.is_running()) {
    context_.clients.answered(attempt, {status::unknown_partition, {}, {}, {}, nullptr});
    return;
  }
  to.ask(x, [this, attempt](const client_answer& y) { context_.clients.answered(attempt, y); });
}

// -- time -----------------------------------------------------------------------------------------------------------

void elastic_host::pass(std::uint64_t tick) {
  auto now = owner_.now();
  if (replica(partition_id{0}).is_running()) {
    follow_system();
    tell_map();
  }
  coordinator_->tick(now);
  pass_members(now);
  for (auto id : table_->expired(now))
    if (auto found = open_.find(id); found != open_.end())
      finish(id, refusal_of(found->second.what, status::proposal_timeout, {}, "no answer in time"));
  for (auto& x : std::exchange(later_, {}))
    x();
  for (std::size_t i = 0; i < chores_.size();) {
    if (chores_[i].due > tick) {
      ++i;
      continue;
    }
    auto x = std::move(chores_[i]);
    chores_.erase(chores_.begin() + static_cast<std::ptrdiff_t>(i));
    x.done();
    i = 0; // others may have come
  }
  drive();
}

void elastic_host::drive() {
  drive_members();
  for (auto& x : coordinator_->take_requests())
    ask(std::move(x.what), [this, number = x.number](const node_reply& y) {
      if (const auto* control = std::get_if<control_result>(&y))
        coordinator_->answered(number, *control);
      else if (const auto* part = std::get_if<range_part>(&y))
        coordinator_->answered(number, *part);
    });
}

} // namespace kommander::sim
