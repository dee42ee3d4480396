#include "tests/cluster/keyed_store.hpp"

#include <sstream>

namespace cluster_test {

using namespace kommander;

namespace {

/// What it keeps beside its disk, which a crash loses.
struct keyed_memory {
  std::map<std::pair<partition_id, std::uint64_t>, std::string> exports; ///< By partition and session.
  std::map<partition_id, std::string> staged;
};

bool moves(const moving_state& what, const std::string& key) {
  return what.all || (what.routed && what.range.contains(route_key(key)));
}

std::string lines_of(const keyed_disk::content& keys) {
  std::string result;
  for (const auto& [key, words] : keys) {
    result += key;
    for (const auto& word : words)
      result += " " + word;
    result += "\n";
  }
  return result;
}

keyed_disk::content content_of(const std::string& lines) {
  keyed_disk::content result;
  std::istringstream in{lines};
  for (std::string line; std::getline(in, line);) {
    std::istringstream words{line};
    std::string key;
    words >> key;
    auto& list = result[key];
    for (std::string word; words >> word;)
      list.push_back(word);
  }
  return result;
}

/// Cut behind a line, so that each part can be read alone.
state_chunk part_of(const std::string& text, const bytes& cursor, std::size_t bytes_max) {
  auto from = cursor.empty() ? 0 : std::stoul(std::string{cursor.view()});
  auto to = std::min(text.size(), from + bytes_max);
  if (to < text.size())
    if (auto cut = text.rfind('\n', to - 1); cut != std::string::npos && cut >= from)
      to = cut + 1;
  return {bytes::copy(text.substr(from, to - from)), bytes::copy(std::to_string(to)), to == text.size()};
}

applied take(keyed_disk& disk, partition_id partition, const std::vector<entry>& entries) {
  auto& own = disk.states[partition];
  for (const auto& x : entries) {
    std::string text{x.payload.view()};
    auto cut = text.find('=');
    own.keys[text.substr(0, cut)].push_back(text.substr(cut + 1));
    own.index = x.index;
  }
  return {own.index, {}};
}

/// All of it: also which keys have come with an operation that goes on.
std::string whole(const keyed_disk::state& x) {
  auto result = lines_of(x.keys);
  for (const auto& [operation, keys] : x.imported) {
    result += "#" + to_string(operation);
    for (const auto& key : keys)
      result += " " + key;
    result += "\n";
  }
  return result;
}

keyed_disk::state from_whole(log_index index, const std::string& text) {
  keyed_disk::state result{index, content_of(text), {}};
  for (auto i = result.keys.begin(); i != result.keys.end();) {
    if (!i->first.starts_with('#')) {
      ++i;
      continue;
    }
    auto& keys = result.imported[operation_id{std::stoull(i->first.substr(1))}];
    keys.insert(i->second.begin(), i->second.end());
    i = result.keys.erase(i);
  }
  return result;
}

import_result put(keyed_disk& disk, keyed_memory& memory, const import_state& x) {
  auto& staged = memory.staged[x.partition];
  if (x.offset == 0)
    staged.clear();
  staged.append(x.data.view());
  if (x.last)
    disk.states[x.partition] = from_whole(x.index, std::exchange(staged, {}));
  return {true, {}};
}

import_result add(keyed_disk& disk, const import_range& x) {
  auto& own = disk.states[x.what.target];
  std::erase_if(own.imported, [&](const auto& y) { return y.first != x.what.operation; });
  auto& imported = own.imported[x.what.operation];
  if (x.offset == 0)
    for (const auto& key : std::exchange(imported, {}))
      own.keys.erase(key);
  for (auto& [key, words] : content_of(std::string{x.data.view()})) {
    own.keys[key] = std::move(words);
    imported.insert(key);
  }
  own.index = x.index;
  return {true, {}};
}

applied drop(keyed_disk& disk, const drop_range& x) {
  auto& own = disk.states[x.partition];
  if (x.partition == x.what.source)
    std::erase_if(own.keys, [&](const auto& y) { return moves(x.what, y.first); });
  else
    for (const auto& key : own.imported[x.what.operation])
      own.keys.erase(key);
  own.imported.erase(x.what.operation);
  own.index = x.index;
  return {own.index, {}};
}

keyed_disk::content moving_part(const keyed_disk::state& from, const moving_state& what) {
  keyed_disk::content result;
  for (const auto& [key, words] : from.keys)
    if (moves(what, key))
      result.emplace(key, words);
  return result;
}

divisible_state_machine::behavior_type store(divisible_state_machine::stateful_pointer<keyed_memory> self,
                                             std::shared_ptr<keyed_disk> disk, std::shared_ptr<keyed_watch> watch) {
  return {
    [=](const restore_entries& x) { return take(*disk, x.partition, x.entries); },
    [=](const apply_entries& x) { return take(*disk, x.partition, x.entries); },
    [=](const get_durable_index& x) { return durable_state{disk->states[x.partition].index}; },
    [=](const export_state& x) {
      if (x.cursor.empty())
        self->state.exports[{x.partition, x.session}] = whole(disk->states[x.partition]);
      return part_of(self->state.exports.at({x.partition, x.session}), x.cursor, x.bytes_max);
    },
    [=](const end_export& x) {
      self->state.exports.erase({x.partition, x.session});
    },
    [=](const import_state& x) { return put(*disk, self->state, x); },
    [=](const abort_import& x) { self->state.staged.erase(x.partition); },
    [=](const export_range& x) -> caf::result<state_chunk> {
      if (watch->refuse_export)
        return caf::make_error(caf::sec::runtime_error, "not today");
      if (x.cursor.empty())
        self->state.exports[{x.what.source, x.session}] = lines_of(moving_part(disk->states[x.what.source], x.what));
      return part_of(self->state.exports.at({x.what.source, x.session}), x.cursor, x.bytes_max);
    },
    [=](const import_range& x) {
      ++watch->imports;
      return watch->refuse_import ? import_result{false, "no room"} : add(*disk, x);
    },
    [=](const drop_range& x) { return drop(*disk, x); },
  };
}

} // namespace

divisible_state_machine spawn_keyed_store(caf::actor_system& system, std::shared_ptr<keyed_disk> disk,
                                          std::shared_ptr<keyed_watch> watch) {
  return system.spawn(store, std::move(disk), std::move(watch));
}

} // namespace cluster_test
