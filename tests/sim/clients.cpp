#include "tests/sim/clients.hpp"

#include <cstring>

namespace kommander::sim {

namespace {

constexpr std::uint64_t client_stream = 3;

/// The start of every proposed payload.
struct payload_head {
  std::uint64_t id = 0;
  std::uint32_t position = 0;
  std::uint32_t filler = 0;
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

request_book::request_book(const plan& plan) : plan_{plan}, random_{plan.seed, client_stream} {
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
  for (std::uint32_t i = 0; i < count; ++i) {
    payload_head head{input.id.value(), i, 0};
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

request_book::origin request_book::origin_of(const entry& x) noexcept {
  payload_head head;
  if (x.kind != entry_kind::command || x.payload.size() < sizeof head)
    return {};
  std::memcpy(&head, x.payload.data(), sizeof head);
  return {proposal_id{head.id}, head.position};
}

} // namespace kommander::sim
