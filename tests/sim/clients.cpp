#include "tests/sim/clients.hpp"

#include <cstring>

namespace kommander::sim {

namespace {

constexpr std::uint64_t client_stream = 3;
constexpr std::uint64_t operation_stream = 6;

/// The start of every proposed payload.
struct payload_head {
  std::uint64_t id = 0;
  std::uint32_t position = 0;
  std::uint16_t what = 0;     ///< The action on a register …
  std::uint16_t key = 0;      ///< … of the partition.
  std::uint64_t expected = 0; ///< What is put is the id, so that each value is put once.
};

std::uint64_t hash_bytes(std::string_view text, std::uint64_t seed) noexcept {
  auto sum = seed ^ (text.size() * 0x9e3779b97f4a7c15u);
  while (!text.empty()) {
    std::uint64_t word = 0;
    auto n = std::min<std::size_t>(text.size(), sizeof word);
    std::memcpy(&word, text.data(), n);
    sum = mix(sum ^ word) + 0x9e3779b97f4a7c15u;
    text.remove_prefix(n);
  }
  return sum;
}

} // namespace

std::uint64_t content_hash(const entry& x) noexcept {
  auto sum = mix(x.time.time + 0x9e3779b97f4a7c15u * (x.time.node + 1));
  sum = mix(sum + static_cast<std::uint64_t>(x.kind));
  return hash_bytes(x.payload.view(), hash_bytes(x.type, sum));
}

request_book::request_book(const plan& plan)
  : plan_{plan},
    random_{plan.seed, client_stream},
    operations_random_{plan.seed, operation_stream},
    last_told_((plan.partitions + 1) * register_count) {
  requests_.emplace_back(); // Id zero means "none".
  for (std::uint64_t i = 0; i <= plan.nodes; ++i)
    clocks_.emplace_back(i);
}

client_request& request_book::add(request_kind kind, partition_id partition, node_id node, std::uint64_t life,
                                  instant asked) {
  auto& x = requests_.emplace_back();
  x.kind = kind;
  x.partition = partition;
  x.node = node;
  x.life = life;
  x.asked = asked;
  return x;
}

propose_input request_book::propose(partition_id partition, node_id node, std::uint64_t life, instant asked,
                                    bool small) {
  constexpr const char* types[] = {"", "put", "a type with a long name"};
  propose_input input{proposal_id{requests_.size()}, {}};
  auto& x = add(request_kind::proposal, partition, node, life, asked);
  auto count = static_cast<std::uint32_t>(small ? 1 : random_.between(1, plan_.entries_max));
  const auto* type = types[random_.below(3)];
  auto time = clocks_[node.value()].issue(static_cast<std::uint64_t>(asked.count() / 1000));
  x.on_register = draw_operation(partition, input.id);
  for (std::uint32_t i = 0; i < count; ++i) {
    payload_head head{input.id.value(), i, static_cast<std::uint16_t>(x.on_register.what),
                      static_cast<std::uint16_t>(x.on_register.key % register_count), x.on_register.expected};
    std::string payload(sizeof head + (small ? 0 : random_.below(plan_.payload_max)), '.');
    std::memcpy(payload.data(), &head, sizeof head);
    input.entries.push_back({time, entry_kind::command, type, bytes{std::move(payload)}});
    const auto& last = input.entries.back();
    x.contents.push_back(content_hash({{}, {}, last.time, last.kind, last.type, last.payload}));
  }
  x.ticket = input.entries.front().time;
  return input;
}

proposal_id request_book::ask(request_kind kind, partition_id partition, node_id node, std::uint64_t life,
                              instant asked) {
  proposal_id id{requests_.size()};
  add(kind, partition, node, life, asked);
  return id;
}

client_request* request_book::find(proposal_id id) noexcept {
  return id && id.value() < requests_.size() ? &requests_[id.value()] : nullptr;
}

std::string request_book::describe(proposal_id id) const {
  constexpr const char* names[] = {"",          " (transfer)",    " (step down)",
                                   " (change)", " (leader read)", " (follower read)"};
  const auto& x = requests_[id.value()];
  auto text = "request " + to_string(id);
  if (x.kind == request_kind::proposal)
    return text + " (" + linearizability::to_text(x.on_register) + ")";
  return text + names[static_cast<std::size_t>(x.kind)];
}

propose_input request_book::enter(partition_id partition, node_id node, std::uint64_t life, instant asked,
                                  proposed_entry entered) {
  propose_input input{proposal_id{requests_.size()}, {}};
  auto& x = add(request_kind::proposal, partition, node, life, asked);
  x.contents.push_back(content_hash({{}, {}, entered.time, entered.kind, entered.type, entered.payload}));
  x.ticket = entered.time;
  tickets_.emplace(x.ticket, input.id);
  input.entries.push_back(std::move(entered));
  return input;
}

hlc_timestamp request_book::stamp(node_id node, std::uint64_t milliseconds, std::uint64_t not_before) {
  auto& clock = clocks_[node.value()];
  clock.observe({(not_before + 1) << hlc_timestamp::counter_bits, 0});
  return clock.issue(milliseconds);
}

request_book::origin request_book::origin_of(const entry& x) const noexcept {
  if (plan_.elastic) {
    auto found = tickets_.find(x.time);
    return found == tickets_.end() ? origin{} : origin{found->second, 0};
  }
  payload_head head;
  if (x.kind != entry_kind::command || x.payload.size() < sizeof head)
    return {};
  std::memcpy(&head, x.payload.data(), sizeof head);
  return {proposal_id{head.id}, head.position};
}

// -- registers ------------------------------------------------------------------------------------------------------

linearizability::operation request_book::draw_operation(partition_id partition, proposal_id id) {
  linearizability::operation x;
  x.key = register_key(partition, operations_random_.below(register_count));
  x.what = static_cast<linearizability::action>(operations_random_.below(3));
  x.value = id.value();
  // Most of those who swap know what was there; some know what never was.
  x.expected = operations_random_.chance(0.9) ? last_told_[x.key] : id.value();
  x.invoked = ++now_;
  return x;
}

std::optional<linearizability::operation> request_book::operation_of(const entry& x) const noexcept {
  auto [id, position] = origin_of(x);
  if (!id || position != 0 || id.value() >= requests_.size())
    return std::nullopt;
  payload_head head;
  std::memcpy(&head, x.payload.data(), sizeof head);
  linearizability::operation result;
  result.key = register_key(requests_[id.value()].partition, head.key);
  result.what = static_cast<linearizability::action>(head.what);
  result.expected = head.expected;
  result.value = head.id;
  return result;
}

void request_book::carried_out(node_id node, proposal_id id, const linearizability::operation& with_answer) noexcept {
  auto* x = find(id);
  if (x == nullptr || x->node != node || x->answered)
    return; // the answer goes to the caller, who asked this node and waits
  x->carried_out = true;
  x->on_register.value = with_answer.value;
  x->on_register.swapped = with_answer.swapped;
}

void request_book::told_success(client_request& x) noexcept {
  if (!x.carried_out)
    return; // a snapshot brought what it has done, and the caller does not learn its answer
  auto& done = x.on_register;
  done.answered = ++now_;
  if (done.swapped)
    last_told_[done.key] = done.value;
}

linearizability::history request_book::history_of(partition_id partition) const {
  linearizability::history result;
  for (const auto& x : requests_) {
    if (x.kind != request_kind::proposal || x.partition != partition)
      continue;
    if (x.answered && outcome(x.answer) == proposal_outcome::not_applied)
      continue;
    result.push_back(x.on_register);
    if (result.back().is_open())
      result.back().swapped = true; // nobody was told
  }
  return result;
}

} // namespace kommander::sim
