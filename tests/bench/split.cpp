#include "tests/bench/split.hpp"

#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "kommander/client.hpp"
#include "tests/bench/report.hpp"

namespace kommander::bench {

struct key_counts {
  std::mutex mutex; ///< The bench's own thread looks at it in the end.
  std::map<partition_id, std::map<std::string, std::uint64_t>> writes;
};

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t value_bytes = 100;
constexpr std::size_t keys_a_proposal = 64;
constexpr double writes_per_second = 2000;

struct keys_state {
  struct shelf {
    std::map<std::string, std::string> values;
  };

  std::map<partition_id, shelf> shelves;
  std::map<std::uint64_t, std::vector<std::pair<std::string, std::string>>> exports;

  keys_state() = default; // not an aggregate: CAF would try to make one from the actor's pointer
};

std::string key_of_line(std::string_view line) {
  return std::string{line.substr(0, line.find('='))};
}

applied take(keys_state& state, key_counts& counts, partition_id where, const std::vector<entry>& entries) {
  auto& values = state.shelves[where].values;
  std::scoped_lock lock{counts.mutex};
  for (const auto& x : entries) {
    auto key = key_of_line(x.payload.view());
    values[key] = x.payload.view().substr(key.size() + 1);
    if (key.front() == 'w')
      ++counts.writes[where][key];
  }
  return {};
}

bool moves(const moving_state& what, const std::string& key) {
  return what.all || (what.routed && what.range.contains(route_key(key)));
}

/// Pairs are taken down when the export begins; the cursor is the number of the next one.
state_chunk give(keys_state& state, const export_range& x) {
  auto& pairs = state.exports[x.session];
  if (x.cursor.empty())
    for (const auto& y : state.shelves[x.what.source].values)
      if (moves(x.what, y.first))
        pairs.push_back(y);
  auto next = x.cursor.empty() ? 0 : std::stoul(std::string{x.cursor.view()});
  std::string text;
  for (; next < pairs.size() && text.size() < x.bytes_max; ++next)
    text += pairs[next].first + "=" + pairs[next].second + "\n";
  auto last = next == pairs.size();
  return {bytes{std::move(text)}, bytes::copy(std::to_string(next)), last};
}

import_result put(keys_state& state, const import_range& x) {
  auto& values = state.shelves[x.what.target].values;
  auto text = x.data.view();
  for (std::size_t at = 0; at < text.size();) {
    auto end = text.find('\n', at);
    auto line = text.substr(at, end - at);
    auto key = key_of_line(line);
    values[key] = line.substr(key.size() + 1);
    at = end + 1;
  }
  return {true, {}};
}

applied drop(keys_state& state, const drop_range& x) {
  std::erase_if(state.shelves[x.partition].values, [&](const auto& y) { return moves(x.what, y.first); });
  return {};
}

divisible_state_machine::behavior_type keys(divisible_state_machine::stateful_pointer<keys_state> self,
                                            std::shared_ptr<key_counts> counts) {
  return {
    [=](const restore_entries& x) { return take(self->state, *counts, x.partition, x.entries); },
    [=](const apply_entries& x) { return take(self->state, *counts, x.partition, x.entries); },
    [](const get_durable_index&) { return durable_state{}; },
    [](const export_state&) -> caf::result<state_chunk> { return caf::make_error(caf::sec::runtime_error); },
    [self](const end_export& x) { self->state.exports.erase(x.session); },
    [](const import_state&) { return import_result{}; },
    [](const abort_import&) {},
    [self](const export_range& x) { return give(self->state, x); },
    [self](const import_range& x) { return put(self->state, x); },
    [self](const drop_range& x) { return drop(self->state, x); },
  };
}

// -- writers --------------------------------------------------------------------------------------------------------

/// Of one half of the key space.
struct half {
  std::vector<std::string> acknowledged;
  std::vector<double> milliseconds; ///< Of each write.
  std::uint64_t refused = 0;
};

struct writers_state {
  client_actor client;
  std::shared_ptr<half> halves[2];
  std::uint64_t next = 0;
  std::uint64_t open = 0;
  bool ending = false;
  clock::time_point begun = clock::now();
  caf::typed_response_promise<bool> ended;

  writers_state() = default;
};

struct write_on {};
struct end_writing {};

} // namespace

} // namespace kommander::bench

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::bench::write_on)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::bench::end_writing)

namespace kommander::bench {

namespace {

using writers_actor = cafx::typed<bool(end_writing), void(write_on)>;

void write_one(writers_actor::stateful_pointer<writers_state> self) {
  auto key = "w" + std::to_string(self->state.next++) + "/k";
  auto to = self->state.halves[route_key(key) > place_max / 2 ? 1 : 0];
  auto begun = clock::now();
  ++self->state.open;
  auto ended = [=](bool success) {
    if (success) {
      to->acknowledged.push_back(key);
      to->milliseconds.push_back(std::chrono::duration<double, std::milli>(clock::now() - begun).count());
    } else {
      ++to->refused;
    }
    if (--self->state.open == 0 && self->state.ending)
      self->state.ended.deliver(true);
  };
  self
    ->request(self->state.client, caf::infinite,
              client_write{key, "put", bytes{key + "=" + std::string(value_bytes, 'v')}})
    .then([=](const client_write_result& x) { ended(x.result.code == status::success); },
          [=](const caf::error&) { ended(false); });
}

writers_actor::behavior_type writers(writers_actor::stateful_pointer<writers_state> self, const client_actor& client,
                                     std::shared_ptr<half> low, std::shared_ptr<half> high) {
  self->state.client = client;
  self->state.halves[0] = std::move(low);
  self->state.halves[1] = std::move(high);
  self->send(self, write_on{});
  return {
    [self](end_writing) {
      self->state.ending = true;
      self->state.ended = self->make_response_promise<caf::typed_response_promise<bool>>();
      if (self->state.open == 0)
        self->state.ended.deliver(true);
      return self->state.ended;
    },
    [self](write_on) {
      if (self->state.ending)
        return;
      auto due = std::chrono::duration<double>(clock::now() - self->state.begun).count() * writes_per_second;
      while (static_cast<double>(self->state.next) < due)
        write_one(self);
      self->delayed_send(self, std::chrono::milliseconds{1}, write_on{});
    },
  };
}

/// Many keys to a proposal, a few proposals at a time.
bool fill(caf::scoped_actor& self, const raft_actor& node, std::uint64_t entries) {
  for (std::uint64_t next = 0; next < entries;) {
    std::vector<bytes> payloads;
    for (std::size_t i = 0; i < keys_a_proposal && next < entries; ++i, ++next)
      payloads.push_back(bytes{"key" + std::to_string(next) + "/k=" + std::string(value_bytes, 'v')});
    auto code = status::errored;
    self->request(node, caf::infinite, propose{partition_id{1}, "put", std::move(payloads)})
      .receive([&](const propose_result& x) { code = x.code; }, [](const caf::error&) {});
    if (code != status::success)
      return false;
  }
  return true;
}

change_result split_and_wait(caf::scoped_actor& self, const raft_actor& node) {
  change_result answer;
  auto receive = [&](const change_result& x) { answer = x; };
  self->request(node, caf::infinite, split_partition(partition_id{1})).receive(receive, [](const caf::error&) {});
  if (answer.code == status::success)
    self->request(node, caf::infinite, await_operation(answer.operation)).receive(receive, [](const caf::error&) {});
  return answer;
}

void add_half(json_line& line, const std::string& name, half& x) {
  line.add(name + "_writes", static_cast<double>(x.acknowledged.size()))
    .add(name + "_refused", static_cast<double>(x.refused))
    .add(name + "_p50_milliseconds", quantile(x.milliseconds, 0.5))
    .add(name + "_longest_milliseconds", quantile(x.milliseconds, 1));
}

} // namespace

std::shared_ptr<key_counts> make_key_counts() {
  return std::make_shared<key_counts>();
}

divisible_state_machine spawn_keys(caf::actor_system& system, std::shared_ptr<key_counts> counts) {
  return system.spawn(keys, std::move(counts));
}

bool measure_split(caf::actor_system& system, const raft_actor& node, const std::shared_ptr<key_counts>& counts,
                   const bench_options& options) {
  caf::scoped_actor self{system};
  if (!fill(self, node, options.entries))
    return false;
  client_config reach;
  reach.nodes.push_back({.id = node_id{1}, .name = {}, .address = {}, .local = node});
  auto client = spawn_client(system, reach);
  if (!client) {
    std::fprintf(stderr, "%s\n", client.error().message.c_str());
    return false;
  }
  auto low = std::make_shared<half>();
  auto high = std::make_shared<half>();
  auto load = system.spawn(writers, *client, low, high);
  std::this_thread::sleep_for(std::chrono::duration<double>{options.warm_up_seconds});
  auto begun = clock::now();
  auto ended = split_and_wait(self, node);
  std::chrono::duration<double> took = clock::now() - begun;
  std::this_thread::sleep_for(std::chrono::duration<double>{options.seconds});
  self->request(load, caf::infinite, end_writing{}).receive([](bool) {}, [](const caf::error&) {});
  std::uint64_t lost = 0;
  std::uint64_t doubled = 0;
  {
    std::scoped_lock lock{counts->mutex};
    for (const auto& x : {low, high})
      for (const auto& key : x->acknowledged) {
        std::uint64_t found = 0;
        for (const auto& [partition, writes] : counts->writes)
          if (auto i = writes.find(key); i != writes.end())
            found += i->second;
        lost += found == 0 ? 1 : 0;
        doubled += found > 1 ? 1 : 0;
      }
  }
  json_line line;
  line.add("bench", "split")
    .add("status", to_string(ended.code))
    .add("keys", static_cast<double>(options.entries))
    .add("split_seconds", took.count());
  add_half(line, "moving", *high);
  add_half(line, "staying", *low);
  line.add("lost", static_cast<double>(lost)).add("doubled", static_cast<double>(doubled)).print();
  caf::anon_send_exit(load, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(*client, caf::exit_reason::user_shutdown);
  return ended.code == status::success;
}

} // namespace kommander::bench
