// For the fuzzer: records of the logs on disk. The first byte says whether the checksum is made to fit.
#include <xxhash.h>

#include "kommander/encoding.hpp"
#include "tests/fuzz/targets/check.hpp"
#include "wal/record.hpp"

using namespace kommander;
using namespace kommander::test;
namespace record = kommander::wal_record;

namespace {

const partition_id home{300};
const log_index place{3};
const std::string name = "node";
constexpr std::size_t checksum_bytes = 8;

/// Decodes `x` as one kind of record; what is accepted must be what this library writes.
template <class Decode, class Encode>
bool try_as(const bytes& x, Decode decode, Encode encode) {
  if (decode() != record::verdict::good)
    return false;
  std::string again;
  encode(again);
  demand(x.view() == again, "there is one way to write a record");
  return true;
}

int kinds_of(const bytes& x) {
  entry e;
  hard_state state;
  log_index commit;
  log_position boundary;
  std::string value;
  kept_state kept;
  auto kinds = 0;
  kinds += try_as(
    x, [&] { return record::decode(x, home, place, e); }, [&](auto& to) { record::encode(to, home, e); });
  kinds += try_as(
    x, [&] { return record::decode(x, home, state); }, [&](auto& to) { record::encode(to, home, state); });
  kinds += try_as(
    x, [&] { return record::decode_commit(x, home, commit); },
    [&](auto& to) { record::encode_commit(to, home, commit); });
  kinds += try_as(
    x, [&] { return record::decode_boundary(x, home, boundary); },
    [&](auto& to) { record::encode_boundary(to, home, boundary); });
  kinds += try_as(
    x, [&] { return record::decode_metadata(x, name, value); },
    [&](auto& to) { record::encode_metadata(to, name, value); });
  kinds += try_as(
    x, [&] { return record::decode(x, home, kept); }, [&](auto& to) { record::encode(to, home, kept); });
  return kinds;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  std::string input{reinterpret_cast<const char*>(data) + 1, size - 1};
  if ((*data & 1) != 0)
    byte_writer{input}.put_fixed64(XXH3_64bits(input.data(), input.size()));
  demand(kinds_of(bytes{std::move(input)}) <= 1, "a record is of one kind");
  return 0;
}
