// Records that have changed, vanished or moved inside an intact database: recovery names the first one and stops below it.
#define CAF_SUITE wal_damage
#include <caf/test/unit_test.hpp>

#include "tests/wal/support.hpp"
#include "wal/rocksdb_keys.hpp"

using namespace wal_test;
using wal_record::tag;

namespace {

/// A log with entries 1 … 10 in partitions 1 and 2 (terms 1 and 2), everything committed, to be tampered with.
class tampered_log {
public:
  tampered_log() {
    auto log = open(rocksdb_wal(path()));
    for (std::uint64_t p : {1, 2}) {
      write(*log, append(p, 1, 3, 1));
      auto x = append(p, 4, 10, 2);
      x.state = hard_state{raft_term{2}, node_id{1}};
      x.commit = log_index{10};
      write(*log, x);
    }
    value_of(log->set_metadata("node", "17"));
  }

  [[nodiscard]] std::string path() const {
    return directory_ / "log";
  }

  /// Lets `change` work on the plain database.
  template <class F>
  void tamper(F change) {
    rocksdb::DB* opened = nullptr;
    auto status_of_open = rocksdb::DB::Open({}, path(), &opened);
    if (!status_of_open.ok())
      CAF_FAIL(status_of_open.ToString());
    std::unique_ptr<rocksdb::DB> database{opened};
    change(*database);
    CAF_REQUIRE(database->SyncWAL().ok());
  }

  static std::string get(rocksdb::DB& database, const rocksdb::Slice& key) {
    std::string value;
    CAF_REQUIRE(database.Get({}, key, &value).ok());
    return value;
  }

  /// Changes one bit in the middle of a record.
  static void change_bit(rocksdb::DB& database, const rocksdb::Slice& key) {
    auto value = get(database, key);
    value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 4);
    CAF_REQUIRE(database.Put({}, key, value).ok());
  }

private:
  temporary_directory directory_;
};

wal_keys::key entry_key(std::uint64_t index) {
  return wal_keys::of_entry(partition_id{1}, log_index{index});
}

/// Checks that partition 1 is reported as damaged at `index` for the reason `why`, and partition 2 is not.
void check_damage(const tampered_log& tampered, std::uint64_t index, const std::string& why) {
  auto log = open(rocksdb_wal(tampered.path()));
  auto found = recover(*log, 1);
  CAF_CHECK_EQUAL(found.damaged_at.value(), index);
  CAF_CHECK_EQUAL(found.last.value(), index - 1);
  CAF_CHECK(found.commit <= found.last);
  CAF_CHECK(found.terms.empty() || found.terms.back().first <= found.last);
  CAF_CHECK(found.state == (hard_state{raft_term{2}, node_id{1}}));
  CAF_MESSAGE(found.damage);
  CAF_CHECK(contains(found.damage, tampered.path()));
  CAF_CHECK(contains(found.damage, "entry " + std::to_string(index) + " of partition 1:"));
  CAF_CHECK(contains(found.damage, why));
  auto all = log->read(partition_id{1}, log_index{1}, log_index{10}, SIZE_MAX);
  CAF_REQUIRE(!all);
  CAF_CHECK(contains(all.error().message, "entry " + std::to_string(index) + " of partition 1"));
  if (index > 1)
    CAF_CHECK_EQUAL(read(*log, 1, 1, index - 1).size(), index - 1);
  CAF_CHECK_EQUAL(recover(*log, 2).damaged_at.value(), 0u);
  CAF_CHECK_EQUAL(read(*log, 2, 1, 10).size(), 10u);
}

} // namespace

CAF_TEST(an entry with a changed bit is named) {
  for (std::uint64_t index : {1, 5, 10}) {
    tampered_log x;
    x.tamper([index](rocksdb::DB& db) { tampered_log::change_bit(db, entry_key(index)); });
    check_damage(x, index, "checksum");
  }
}

CAF_TEST(an entry that is missing is named) {
  for (std::uint64_t index : {1, 5, 9}) {
    tampered_log x;
    x.tamper([index](rocksdb::DB& db) { CAF_REQUIRE(db.Delete({}, entry_key(index)).ok()); });
    check_damage(x, index, "missing");
  }
}

CAF_TEST(a tail that is missing though it was committed is named) {
  for (std::uint64_t index : {1, 5, 10}) {
    tampered_log x;
    x.tamper([index](rocksdb::DB& db) {
      for (auto i = index; i <= 10; ++i)
        CAF_REQUIRE(db.Delete({}, entry_key(i)).ok());
    });
    check_damage(x, index, "though entries up to 10 were committed");
  }
}

CAF_TEST(an intact entry of another index is named) {
  tampered_log x;
  x.tamper([](rocksdb::DB& db) { CAF_REQUIRE(db.Put({}, entry_key(5), tampered_log::get(db, entry_key(6))).ok()); });
  check_damage(x, 5, "belongs to another key");
}

CAF_TEST(an intact entry of another partition is named) {
  tampered_log x;
  x.tamper([](rocksdb::DB& db) {
    auto other = tampered_log::get(db, wal_keys::of_entry(partition_id{2}, log_index{5}));
    CAF_REQUIRE(db.Put({}, entry_key(5), other).ok());
  });
  check_damage(x, 5, "belongs to another key");
}

CAF_TEST(an entry that is cut short is named) {
  for (std::size_t size : {0, 5, 20}) {
    tampered_log x;
    x.tamper([size](rocksdb::DB& db) {
      CAF_REQUIRE(db.Put({}, entry_key(7), tampered_log::get(db, entry_key(7)).substr(0, size)).ok());
    });
    check_damage(x, 7, size < 11 ? "shorter than any record" : "checksum");
  }
}

CAF_TEST(an entry whose term goes back is named) {
  tampered_log x;
  x.tamper([](rocksdb::DB& db) {
    std::string older;
    wal_record::encode(older, partition_id{1}, make_entry(6, 1));
    CAF_REQUIRE(db.Put({}, entry_key(6), older).ok());
  });
  auto log = open(rocksdb_wal(x.path()));
  auto found = recover(*log, 1);
  CAF_CHECK_EQUAL(found.damaged_at.value(), 6u);
  CAF_CHECK(contains(found.damage, "its term 1 is below the term 2 of the one before"));
}

CAF_TEST(an entry behind a boundary that is missing is named) {
  tampered_log x;
  value_of(open(rocksdb_wal(x.path()))->compact(partition_id{1}, at(4, 2)));
  x.tamper([](rocksdb::DB& db) { CAF_REQUIRE(db.Delete({}, entry_key(5)).ok()); });
  auto found = recover(*open(rocksdb_wal(x.path())), 1);
  CAF_CHECK_EQUAL(found.damaged_at.value(), 5u);
  CAF_CHECK_EQUAL(found.last.value(), 4u);
  CAF_CHECK(contains(found.damage, "entry 5 of partition 1"));
}

CAF_TEST(without its boundary a partition is not recovered and the record is named) {
  tampered_log x;
  value_of(open(rocksdb_wal(x.path()))->compact(partition_id{1}, at(2, 1)));
  x.tamper([](rocksdb::DB& db) { tampered_log::change_bit(db, wal_keys::key{tag::boundary, partition_id{1}}); });
  auto log = open(rocksdb_wal(x.path()));
  auto found = log->recover(partition_id{1});
  CAF_REQUIRE(!found);
  CAF_CHECK(found.error().code == status::storage_failed);
  CAF_CHECK(contains(found.error().message, "the boundary of partition 1"));
  CAF_CHECK(contains(found.error().message, x.path()));
  CAF_CHECK_EQUAL(recover(*log, 2).last.value(), 10u);
}

CAF_TEST(without its kept state a partition is not recovered and the record is named) {
  tampered_log x;
  {
    partition_write keeping;
    keeping.partition = partition_id{1};
    keeping.kept = kept_state{log_index{7}, bytes{"sessions"}};
    write(*open(rocksdb_wal(x.path())), keeping);
  }
  x.tamper([](rocksdb::DB& db) { tampered_log::change_bit(db, wal_keys::key{tag::kept, partition_id{1}}); });
  auto log = open(rocksdb_wal(x.path()));
  auto found = log->recover(partition_id{1});
  CAF_REQUIRE(!found);
  CAF_CHECK(found.error().code == status::storage_failed);
  CAF_CHECK(contains(found.error().message, "the kept state of partition 1"));
  CAF_CHECK(contains(found.error().message, x.path()));
  CAF_CHECK_EQUAL(recover(*log, 2).last.value(), 10u);
}

CAF_TEST(term and vote that are damaged are lost and the entries are kept) {
  tampered_log x;
  x.tamper([](rocksdb::DB& db) { tampered_log::change_bit(db, wal_keys::key{tag::hard_state, partition_id{1}}); });
  auto log = open(rocksdb_wal(x.path()));
  auto found = recover(*log, 1);
  CAF_CHECK(found.state == (hard_state{{}, {}, log_loss::everything}));
  CAF_CHECK(contains(found.damage, "term and vote of partition 1"));
  CAF_CHECK(contains(found.damage, x.path()));
  CAF_CHECK_EQUAL(found.last.value(), 10u);
  CAF_CHECK_EQUAL(found.damaged_at.value(), 0u);
  partition_write mended;
  mended.partition = partition_id{1};
  mended.state = hard_state{raft_term{3}, node_id{1}, log_loss::entries};
  write(*log, mended);
  log.reset();
  auto after = recover(*open(rocksdb_wal(x.path())), 1);
  CAF_CHECK(after.state == *mended.state);
  CAF_CHECK_EQUAL(after.damage, "");
}

CAF_TEST(without its commit index a log may have lost entries and can be cut) {
  tampered_log x;
  x.tamper([](rocksdb::DB& db) { tampered_log::change_bit(db, wal_keys::key{tag::commit, partition_id{1}}); });
  auto log = open(rocksdb_wal(x.path()));
  auto found = recover(*log, 1);
  CAF_CHECK(found.state == (hard_state{raft_term{2}, node_id{1}, log_loss::entries}));
  CAF_CHECK(contains(found.damage, "the commit index of partition 1"));
  CAF_CHECK_EQUAL(found.last.value(), 10u);
  CAF_CHECK_EQUAL(found.commit.value(), 0u);
  partition_write cut;
  cut.partition = partition_id{1};
  cut.truncate_from = log_index{8};
  write(*log, cut);
  log.reset();
  auto after = recover(*open(rocksdb_wal(x.path())), 1);
  CAF_CHECK_EQUAL(after.last.value(), 7u);
  CAF_CHECK_EQUAL(after.damage, "");
}

CAF_TEST(a value of the node with a changed bit is an error that names it) {
  tampered_log x;
  x.tamper([](rocksdb::DB& db) { tampered_log::change_bit(db, wal_keys::of_metadata("node")); });
  auto found = open(rocksdb_wal(x.path()))->get_metadata("node");
  CAF_REQUIRE(!found);
  CAF_CHECK(contains(found.error().message, "the value 'node'"));
}
