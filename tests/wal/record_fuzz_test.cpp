// More than a million mutated records, half of them with a checksum that fits: none may crash the decoder, make it
// allocate more than the record's size, or pass as something that would be written differently.
#define CAF_SUITE record_fuzz
#include <caf/test/unit_test.hpp>
#include <xxhash.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <random>

#include "kommander/encoding.hpp"
#include "wal/record.hpp"

namespace {

/// The largest allocation since it was last set to zero. Everything here runs in one thread.
std::size_t largest_allocation = 0;

} // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  largest_allocation = std::max(largest_allocation, size);
  if (auto* memory = std::malloc(size == 0 ? 1 : size))
    return memory;
  throw std::bad_alloc{};
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

using namespace kommander;
namespace record = kommander::wal_record;

namespace {

constexpr int records = 1'200'000;
const partition_id home{300};
const log_index place{3};
const std::string name = "node";

/// Shared pointers, the copy of a type and the like: what decoding may allocate beyond the record's size.
constexpr std::size_t allowance = 256;

class mutator {
public:
  explicit mutator(std::uint64_t seed) : random_{seed} {
    for (std::size_t size : {0, 1, 60, 250}) {
      entry e{
        place, raft_term{2}, {12345, 7}, entry_kind::command, std::string(size, 't'), bytes{std::string(size, 'p')}};
      record::encode(originals_.emplace_back(), home, e);
    }
    record::encode(originals_.emplace_back(), home, hard_state{raft_term{~std::uint64_t{0}}, node_id{1}});
    record::encode_commit(originals_.emplace_back(), home, log_index{77});
    record::encode_boundary(originals_.emplace_back(), home, {log_index{1000000}, raft_term{4}});
    record::encode_metadata(originals_.emplace_back(), name, std::string(50, 'v'));
    record::encode(originals_.emplace_back(), home, kept_state{log_index{1000}, bytes{std::string(50, 'k')}});
  }

  /// A record that is none of the originals.
  std::string next(bool fits) {
    auto x = originals_[pick(originals_.size())];
    do {
      for (auto n = 1 + pick(4); n > 0; --n)
        mutate(x);
    } while (std::find(originals_.begin(), originals_.end(), x) != originals_.end());
    if (fits && x.size() > 8) {
      x.resize(x.size() - 8);
      byte_writer{x}.put_fixed64(XXH3_64bits(x.data(), x.size()));
    }
    return x;
  }

private:
  std::size_t pick(std::size_t n) {
    return static_cast<std::size_t>(random_() % n);
  }

  void mutate(std::string& x) {
    static constexpr unsigned char edges[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe};
    auto where = x.empty() ? 0 : pick(x.size());
    switch (pick(7)) {
      case 0: // a bit
        if (!x.empty())
          x[where] = static_cast<char>(x[where] ^ (1 << pick(8)));
        return;
      case 1: // a byte, near the front where lengths and tags are
        if (!x.empty())
          x[std::min(where, pick(24))] = static_cast<char>(edges[pick(6)]);
        return;
      case 2: // an end that is missing
        x.resize(where);
        return;
      case 3: // something between
        x.insert(where, pick(12), static_cast<char>(edges[pick(6)]));
        return;
      case 4: // something missing
        x.erase(where, 1 + pick(12));
        return;
      case 5: // the greatest length there is
        x.replace(where, std::min<std::size_t>(10, x.size() - where), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
        return;
      default: // the front of one and the end of another
        const auto& other = originals_[pick(originals_.size())];
        x = x.substr(0, where) + other.substr(std::min(other.size(), where + pick(5)));
    }
  }

  std::mt19937_64 random_;
  std::vector<std::string> originals_;
};

/// Decodes as everything that a record can be. If it passes, `again` is what the library itself would have written.
bool decode_as_any(const bytes& x, std::string& again) {
  entry e;
  hard_state state;
  log_index commit;
  log_position boundary;
  std::string value;
  auto good = record::verdict::good;
  if (record::decode(x, home, place, e) == good)
    return record::encode(again, home, e), true;
  if (record::decode(x, home, state) == good)
    return record::encode(again, home, state), true;
  if (record::decode_commit(x, home, commit) == good)
    return record::encode_commit(again, home, commit), true;
  if (record::decode_boundary(x, home, boundary) == good)
    return record::encode_boundary(again, home, boundary), true;
  if (record::decode_metadata(x, name, value) == good)
    return record::encode_metadata(again, name, value), true;
  if (kept_state kept; record::decode(x, home, kept) == good)
    return record::encode(again, home, kept), true;
  return false;
}

} // namespace

CAF_TEST(no mutated record crashes the decoder or makes it allocate much) {
  mutator mutate{20240229};
  std::size_t passed_with_wrong_checksum = 0;
  std::size_t passed = 0;
  std::size_t written_differently = 0;
  std::size_t allocated_too_much = 0;
  for (int i = 0; i < records; ++i) {
    auto fits = i % 2 == 1;
    bytes x{mutate.next(fits)};
    std::string again;
    largest_allocation = 0;
    auto good = decode_as_any(x, again);
    allocated_too_much += largest_allocation > x.size() * 2 + allowance;
    passed += good;
    passed_with_wrong_checksum += good && !fits;
    written_differently += good && x.view() != again;
  }
  CAF_CHECK_EQUAL(passed_with_wrong_checksum, 0u);
  CAF_CHECK_EQUAL(written_differently, 0u);
  CAF_CHECK_EQUAL(allocated_too_much, 0u);
  CAF_CHECK(passed > records / 100); // the mutations reach beyond the checksum
  CAF_CHECK(passed < records / 2);
}
