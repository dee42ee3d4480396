#include "wal/conformance/subject.hpp"

#include <exception>

namespace kommander::conformance {

// -- entries and writes -------------------------------------------------------------------------------------------

entry make_entry(std::uint64_t index, std::uint64_t term, std::size_t size) {
  std::string content;
  while (content.size() < size)
    content += std::to_string(index * 1000003 + term) + ",";
  content.resize(size);
  return {log_index{index}, raft_term{term}, {}, entry_kind::command, "t" + std::to_string(term), bytes{content}};
}

entries make_entries(std::uint64_t first, std::uint64_t last, std::uint64_t term, std::size_t size) {
  entries all;
  for (auto i = first; i <= last; ++i)
    all.push_back(make_entry(i, term, size));
  return all;
}

entries operator+(entries x, const entries& y) {
  x.insert(x.end(), y.begin(), y.end());
  return x;
}

partition_write appending(std::uint64_t partition, entries all) {
  partition_write x;
  x.partition = partition_id{partition};
  x.entries = std::move(all);
  return x;
}

partition_write replacing(std::uint64_t partition, std::uint64_t from, entries all) {
  auto x = appending(partition, std::move(all));
  x.truncate_from = log_index{from};
  return x;
}

partition_write append(std::uint64_t partition, std::uint64_t first, std::uint64_t last, std::uint64_t term) {
  return appending(partition, make_entries(first, last, term));
}

partition_write vote(std::uint64_t partition, std::uint64_t term, std::uint64_t voted_for) {
  auto x = appending(partition, {});
  x.state = hard_state{raft_term{term}, node_id{voted_for}};
  return x;
}

partition_write hint(std::uint64_t partition, std::uint64_t commit) {
  auto x = appending(partition, {});
  x.commit = log_index{commit};
  return x;
}

log_position at(std::uint64_t index, std::uint64_t term) {
  return {log_index{index}, raft_term{term}};
}

// -- the log under test -------------------------------------------------------------------------------------------

void subject::open() {
  log_ = must(fixture_.open(), "opening the log");
  expect(log_ != nullptr, "opening gave no log");
}

void subject::reopen() {
  log_.reset();
  open();
}

bool subject::kill() {
  if (!fixture_.remember_as_killed || !fixture_.bring_back)
    return false;
  fixture_.remember_as_killed();
  log_.reset();
  fixture_.bring_back();
  open();
  return true;
}

void subject::compact(std::uint64_t partition, log_position boundary) {
  must(log_->compact(partition_id{partition}, boundary), "compact");
}

void subject::install(std::uint64_t partition, log_position boundary) {
  partition_write x;
  x.partition = partition_id{partition};
  x.install = snapshot_boundary{boundary, false, {}, {}};
  write(x);
}

void subject::drop(std::uint64_t partition) {
  must(log_->drop(partition_id{partition}), "drop");
}

void subject::set(const std::string& key, const std::string& value) {
  must(log_->set_metadata(key, value), "set_metadata");
}

std::string subject::get(const std::string& key) {
  return must(log_->get_metadata(key), "get_metadata");
}

recovered_partition subject::recover(std::uint64_t partition) {
  auto found = must(log_->recover(partition_id{partition}), "recover");
  expect(found.damage.empty() && !found.damaged_at, "recovery tells of damage: " + found.damage);
  expect(found.commit <= found.last,
         "the commit hint " + to_string(found.commit) + " is above the last entry " + to_string(found.last));
  return found;
}

entries subject::read(std::uint64_t partition, std::uint64_t first, std::uint64_t last, std::size_t bytes_max) {
  return must(log_->read(partition_id{partition}, log_index{first}, log_index{last}, bytes_max), "read");
}

entries subject::all(std::uint64_t partition) {
  auto found = recover(partition);
  if (found.last == found.boundary.index)
    return {};
  return read(partition, found.boundary.index.value() + 1, found.last.value());
}

std::vector<std::uint64_t> subject::configurations(std::uint64_t partition) {
  std::vector<std::uint64_t> indexes;
  for (const auto& x : recover(partition).configs) {
    expect(x.kind == entry_kind::config, "configuration " + to_string(x.index) + " is of another kind");
    expect(x.payload == make_entry(x.index.value(), x.term.value()).payload,
           "configuration " + to_string(x.index) + " has another content");
    indexes.push_back(x.index.value());
  }
  return indexes;
}

// -- checks ---------------------------------------------------------------------------------------------------------

void subject::expect(bool holds, const std::string& what) {
  if (!holds)
    throw violation{what};
}

void subject::expect_equal(std::uint64_t found, std::uint64_t expected, const std::string& what) {
  expect(found == expected, what + " is " + std::to_string(found) + ", not " + std::to_string(expected));
}

void subject::expect_holds(std::uint64_t partition, const entries& expected) {
  auto name = "partition " + std::to_string(partition);
  auto found = all(partition);
  expect_equal(found.size(), expected.size(), "the number of entries of " + name);
  for (std::size_t i = 0; i < found.size(); ++i)
    expect(found[i] == expected[i], "an entry of " + name + " is not what was written at "
                                      + to_string(expected[i].index) + " in term " + to_string(expected[i].term));
}

void subject::expect_state(std::uint64_t partition, std::uint64_t term, std::uint64_t voted_for) {
  auto state = recover(partition).state;
  expect_equal(state.current_term.value(), term, "the term of partition " + std::to_string(partition));
  expect_equal(state.voted_for.value(), voted_for, "the vote of partition " + std::to_string(partition));
}

void subject::expect_commit(std::uint64_t partition, std::uint64_t commit) {
  expect_equal(recover(partition).commit.value(), commit, "the commit hint of partition " + std::to_string(partition));
}

void subject::expect_boundary(std::uint64_t partition, log_position boundary) {
  auto found = recover(partition).boundary;
  expect_equal(found.index.value(), boundary.index.value(), "the index of the boundary");
  expect_equal(found.term.value(), boundary.term.value(), "the term of the boundary");
}

void subject::expect_kept(std::uint64_t partition, std::uint64_t index, const std::string& data) {
  auto found = recover(partition).kept;
  expect(found.has_value() == (index > 0), index > 0 ? "the kept state is gone" : "a state is kept that should not be");
  if (!found)
    return;
  expect_equal(found->index.value(), index, "the index of the kept state");
  expect(found->data.view() == data, "the kept state is another one");
}

void subject::expect_unknown(std::uint64_t partition) {
  auto found = recover(partition);
  auto name = "partition " + std::to_string(partition) + ", of which nothing should be known, has ";
  expect(found.state == hard_state{}, name + "a term or vote");
  expect(found.boundary == log_position{}, name + "a boundary");
  expect(!found.last && found.terms.empty(), name + "entries");
  expect(found.configs.empty(), name + "configurations");
  expect(!found.commit, name + "a commit hint");
}

void subject::expect_unreadable(std::uint64_t partition, std::uint64_t first, std::uint64_t last, status code,
                                const std::string& part) {
  auto range = std::to_string(first) + " to " + std::to_string(last);
  auto found = log_->read(partition_id{partition}, log_index{first}, log_index{last}, SIZE_MAX);
  expect(!found.ok(), "a read of " + range + " gave something");
  expect(found.error().code == code, "a read of " + range + " is refused with another status");
  expect(found.error().message.find(part) != std::string::npos,
         "the refusal does not say \"" + part + "\": " + found.error().message);
}

void subject::expect_refused(const result<done>& x, status code, const std::string& part) {
  expect(!x.ok(), "what is invalid was taken");
  expect(x.error().code == code, "refused with another status: " + x.error().message);
  expect(x.error().message.find(part) != std::string::npos,
         "the refusal does not say \"" + part + "\": " + x.error().message);
}

} // namespace kommander::conformance

namespace kommander {

std::vector<wal_conformance_case> wal_conformance_cases() {
  using namespace conformance;
  std::vector<wal_conformance_case> all;
  for (auto rows : {writing_cases, cutting_cases, refusal_cases, reading_cases, compaction_cases, snapshot_cases,
                    partition_cases, crash_cases, random_cases})
    for (const auto& row : rows()) {
      auto run = [check = row.check](const wal_conformance_fixture& fixture) -> std::string {
        try {
          subject x{fixture};
          check(x);
          return {};
        } catch (const violation& wrong) {
          return wrong.what;
        } catch (const std::exception& wrong) {
          return std::string{"an exception left the log: "} + wrong.what();
        }
      };
      all.push_back({row.name, row.about, run});
    }
  return all;
}

} // namespace kommander
