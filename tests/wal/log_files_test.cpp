// The check of RocksDB's log files by itself, over several files: what proves a loss, and what is only a torn tail.
#define CAF_SUITE wal_damage
#include <caf/test/unit_test.hpp>

#include "tests/wal/support.hpp"
#include "wal/rocksdb_files.hpp"

using namespace wal_test;

namespace {

/// The log file of a new database with some writes, without the zeros that were allocated ahead.
std::string sample_file() {
  temporary_directory directory{true};
  auto log = open(rocksdb_wal(directory / "log", {true, std::size_t{256} << 10}));
  for (std::uint64_t i = 1; i <= 5; ++i)
    write(*log, append(1, i, i, 1, 100));
  auto files = image_of(directory / "log");
  auto content = files[newest_log_file(files)];
  return content.substr(0, content.find_last_not_of('\0') + 1);
}

/// Where the records of `file` begin, all of which fit one block.
std::vector<std::size_t> records_of(const std::string& file) {
  std::vector<std::size_t> result;
  for (std::size_t at = 0; at + 7 < file.size();) {
    result.push_back(at);
    at += 7 + static_cast<std::uint8_t>(file[at + 4]) + 256 * static_cast<std::uint8_t>(file[at + 5]);
  }
  CAF_REQUIRE(result.size() >= 5);
  return result;
}

/// The error of the check over these files, empty if there is none.
std::string complaint_about(const image& files) {
  temporary_directory directory{true};
  restore(directory / "log", files);
  auto checked = check_log_files(directory / "log");
  return checked ? std::string{} : checked.error().message;
}

} // namespace

CAF_TEST(a directory without log files is in order) {
  CAF_CHECK_EQUAL(complaint_about({}), "");
  CAF_CHECK_EQUAL(complaint_about({{"MANIFEST-000005", "whatever"}}), "");
  CAF_CHECK(contains(check_log_files("/nowhere/at/all").error().message, "/nowhere/at/all"));
}

CAF_TEST(log files that go on where the one before ended are in order) {
  auto file = sample_file();
  auto at = records_of(file);
  for (auto cut : at) {
    CAF_CHECK_EQUAL(complaint_about({{"000004.log", file.substr(0, cut)}, {"000006.log", file.substr(cut)}}), "");
    // Files are taken in the order of their numbers, also where the names have more digits.
    CAF_CHECK_EQUAL(complaint_about({{"999999.log", file.substr(0, cut)}, {"1000000.log", file.substr(cut)}}), "");
    // Zeros that were allocated ahead, of a file that was not closed.
    CAF_CHECK_EQUAL(complaint_about({{"000004.log", file.substr(0, cut) + std::string(100000, '\0')},
                                     {"000006.log", file.substr(cut)}}),
                    "");
  }
}

CAF_TEST(a torn record whose write was repeated in the next file is no loss) {
  auto file = sample_file();
  auto at = records_of(file);
  CAF_CHECK_EQUAL(complaint_about({{"000004.log", file.substr(0, at[3] + 20)}, {"000006.log", file.substr(at[3])}}),
                  "");
}

CAF_TEST(a record that is missing between two files is a loss and its place is named) {
  auto file = sample_file();
  auto at = records_of(file);
  for (std::size_t i = 1; i + 1 < at.size(); ++i) {
    auto found = complaint_about({{"000004.log", file.substr(0, at[i])}, {"000006.log", file.substr(at[i + 1])}});
    CAF_CHECK(contains(found, "is damaged: file '"));
    found = complaint_about({{"000004.log", file.substr(0, at[i] + 9)}, {"000006.log", file.substr(at[i + 1])}});
    CAF_CHECK(contains(found, "000004.log' at offset " + std::to_string(at[i]) + ":"));
  }
}

CAF_TEST(a file that is garbled from its beginning is a loss if anything follows) {
  auto file = sample_file();
  auto garbled = std::string(500, '\x5a');
  CAF_CHECK_EQUAL(complaint_about({{"000004.log", garbled}}), "");
  CAF_CHECK(contains(complaint_about({{"000004.log", garbled}, {"000006.log", file}}), "000004.log' at offset 0:"));
  CAF_CHECK(contains(complaint_about({{"000004.log", std::string(32768, '\x5a') + file}}), "000004.log' at offset 0:"));
  CAF_CHECK(contains(complaint_about({{"000004.log", std::string(32768, '\0') + file}}), "000004.log' at offset 0:"));
  CAF_CHECK_EQUAL(complaint_about({{"000004.log", std::string(40000, '\0')}, {"000006.log", file}}), "");
}

CAF_TEST(a record whose header is cut by the end of a block is found whole) {
  // The first entry fills the first block but for a rest of any size; the step is smaller than a header.
  for (std::size_t size = 32'300; size < 32'800; size += 5) {
    temporary_directory directory{true};
    {
      auto log = open(rocksdb_wal(directory / "log", {true, std::size_t{256} << 10}));
      write(*log, append(1, 1, 1, 1, size));
      for (std::uint64_t i = 2; i <= 4; ++i)
        write(*log, append(1, i, i, 1, 100));
    }
    auto checked = check_log_files(directory / "log");
    CAF_CHECK_EQUAL(checked ? std::string{} : checked.error().message, "");
  }
}
