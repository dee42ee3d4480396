// The record codec: what each record looks like for ever, and that nothing but the record of a key is taken for it.
#define CAF_SUITE record
#include <caf/test/unit_test.hpp>

#include <xxhash.h>

#include <functional>

#include "kommander/encoding.hpp"
#include "wal/record.hpp"

using namespace kommander;
namespace record = kommander::wal_record;

namespace {

const partition_id home{300};
const log_index third{3};

entry example_entry() {
  return {third, raft_term{2}, {0x0102030405060708, 200}, entry_kind::prepared, "Order", bytes{std::string{"abc"}}};
}

/// One kind of record: an example, and whether some bytes pass as the record of the example's key.
struct sample {
  const char* name;
  std::string record;
  std::function<record::verdict(const bytes&)> decode;
};

template <class F>
std::string encoded(F encode) {
  std::string out;
  encode(out);
  return out;
}

sample entry_sample() {
  return {"entry", encoded([](auto& out) { record::encode(out, home, example_entry()); }), [](const bytes& x) {
            entry e;
            return record::decode(x, home, third, e);
          }};
}

std::vector<sample> samples() {
  return {entry_sample(),
          {"term and vote", encoded([](auto& out) {
             record::encode(out, home, hard_state{raft_term{1000}, node_id{7}});
           }),
           [](const bytes& x) {
             hard_state e;
             return record::decode(x, home, e);
           }},
          {"commit", encoded([](auto& out) { record::encode_commit(out, home, log_index{77}); }),
           [](const bytes& x) {
             log_index e;
             return record::decode_commit(x, home, e);
           }},
          {"boundary", encoded([](auto& out) {
             record::encode_boundary(out, home, {log_index{9}, raft_term{4}});
           }),
           [](const bytes& x) {
             log_position e;
             return record::decode_boundary(x, home, e);
           }},
          {"metadata", encoded([](auto& out) { record::encode_metadata(out, "node", "17"); }),
           [](const bytes& x) {
             std::string e;
             return record::decode_metadata(x, "node", e);
           }},
          {"kept state", encoded([](auto& out) {
             record::encode(out, home, kept_state{log_index{500}, bytes{std::string{"xyz"}}});
           }),
           [](const bytes& x) {
             kept_state e;
             return record::decode(x, home, e);
           }}};
}

/// The record with another body and the checksum that belongs to it.
bytes with_body(std::string body) {
  auto checksum = XXH3_64bits(body.data(), body.size());
  byte_writer{body}.put_fixed64(checksum);
  return bytes{std::move(body)};
}

std::string body_of(const sample& x) {
  return x.record.substr(0, x.record.size() - 8);
}

std::string to_hex(const std::string& x) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (auto c : x) {
    out.push_back(digits[static_cast<std::uint8_t>(c) >> 4]);
    out.push_back(digits[static_cast<std::uint8_t>(c) & 15]);
  }
  return out;
}

} // namespace

CAF_TEST(each kind of record is read as it was written) {
  for (const auto& x : samples()) {
    CAF_MESSAGE(x.name);
    CAF_CHECK(x.decode(bytes{x.record}) == record::verdict::good);
  }
  entry e;
  CAF_CHECK(record::decode(bytes{samples()[0].record}, home, third, e) == record::verdict::good);
  CAF_CHECK(e == example_entry());
  hard_state state;
  CAF_CHECK(record::decode(bytes{samples()[1].record}, home, state) == record::verdict::good);
  CAF_CHECK(state == (hard_state{raft_term{1000}, node_id{7}}));
  log_index commit;
  CAF_CHECK(record::decode_commit(bytes{samples()[2].record}, home, commit) == record::verdict::good);
  CAF_CHECK_EQUAL(commit.value(), 77u);
  log_position boundary;
  CAF_CHECK(record::decode_boundary(bytes{samples()[3].record}, home, boundary) == record::verdict::good);
  CAF_CHECK(boundary == (log_position{log_index{9}, raft_term{4}}));
  std::string value;
  CAF_CHECK(record::decode_metadata(bytes{samples()[4].record}, "node", value) == record::verdict::good);
  CAF_CHECK_EQUAL(value, "17");
  kept_state kept;
  CAF_CHECK(record::decode(bytes{samples()[5].record}, home, kept) == record::verdict::good);
  CAF_CHECK(kept == (kept_state{log_index{500}, bytes{std::string{"xyz"}}}));
}

CAF_TEST(version 1 looks on disk as it always has) {
  const char* bodies[] = {
    "01"
    "65"
    "ac02"
    "03"
    "02"
    "0807060504030201"
    "c801"
    "02"
    "05"
    "4f72646572"
    "03"
    "616263",
    "01"
    "73"
    "ac02"
    "e807"
    "07",
    "01"
    "63"
    "ac02"
    "4d",
    "01"
    "62"
    "ac02"
    "09"
    "04",
    "01"
    "6d"
    "00"
    "04"
    "6e6f6465"
    "02"
    "3137",
    "01"
    "6b"
    "ac02"
    "f403"
    "03"
    "78797a",
  };
  auto all = samples();
  for (std::size_t i = 0; i < all.size(); ++i)
    CAF_CHECK_EQUAL(to_hex(body_of(all[i])), bodies[i]);
  CAF_CHECK_EQUAL(to_hex(all[3].record.substr(6)), "eb141c17666bec6f"); // XXH3-64, little-endian
}

CAF_TEST(every changed bit of every kind of record is found) {
  for (const auto& x : samples())
    for (std::size_t bit = 0; bit < x.record.size() * 8; ++bit) {
      auto changed = x.record;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
      CAF_REQUIRE(x.decode(bytes{changed}) == record::verdict::bad_checksum);
    }
}

CAF_TEST(every record that is cut or grown is found) {
  for (const auto& x : samples()) {
    for (std::size_t size = 0; size < x.record.size(); ++size) {
      auto v = x.decode(bytes{x.record.substr(0, size)});
      CAF_REQUIRE(v == (size < 11 ? record::verdict::too_short : record::verdict::bad_checksum));
    }
    CAF_CHECK(x.decode(bytes{x.record + '\0'}) == record::verdict::bad_checksum);
    CAF_CHECK(x.decode(bytes{x.record + x.record}) == record::verdict::bad_checksum);
  }
}

CAF_TEST(a record under the key of another kind is found) {
  auto all = samples();
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t k = 0; k < all.size(); ++k)
      if (i != k)
        CAF_CHECK(all[i].decode(bytes{all[k].record}) == record::verdict::misplaced);
}

CAF_TEST(a record under the key of another partition or index or name is found) {
  auto all = samples();
  entry e;
  hard_state state;
  log_index commit;
  log_position boundary;
  std::string value;
  kept_state kept;
  for (auto other : {partition_id{0}, partition_id{299}, partition_id{~std::uint64_t{0}}}) {
    CAF_CHECK(record::decode(bytes{all[0].record}, other, third, e) == record::verdict::misplaced);
    CAF_CHECK(record::decode(bytes{all[1].record}, other, state) == record::verdict::misplaced);
    CAF_CHECK(record::decode_commit(bytes{all[2].record}, other, commit) == record::verdict::misplaced);
    CAF_CHECK(record::decode_boundary(bytes{all[3].record}, other, boundary) == record::verdict::misplaced);
    CAF_CHECK(record::decode(bytes{all[5].record}, other, kept) == record::verdict::misplaced);
  }
  for (auto other : {log_index{2}, log_index{4}, log_index{}})
    CAF_CHECK(record::decode(bytes{all[0].record}, home, other, e) == record::verdict::misplaced);
  for (auto other : {"", "nod", "nodes"})
    CAF_CHECK(record::decode_metadata(bytes{all[4].record}, other, value) == record::verdict::misplaced);
  CAF_CHECK(e == entry{}); // what does not verify changes nothing
  CAF_CHECK_EQUAL(value, "");
}

CAF_TEST(what a disk has lost is one of what it can have lost) {
  for (std::uint8_t lost = 0; lost < 8; ++lost) {
    std::string text;
    record::encode(text, home, hard_state{raft_term{1000}, node_id{7}, static_cast<log_loss>(lost)});
    hard_state found;
    auto is_one = static_cast<log_loss>(lost) <= log_loss::unknown;
    CAF_CHECK(record::decode(bytes{std::move(text)}, home, found)
              == (is_one ? record::verdict::good : record::verdict::malformed));
    CAF_CHECK(found.lost == (is_one ? static_cast<log_loss>(lost) : log_loss::none));
  }
}

CAF_TEST(an intact record of another version is told apart from damage) {
  for (const auto& x : samples())
    for (char version : {'\0', '\2', '\xff'}) {
      auto body = body_of(x);
      body[0] = version;
      CAF_CHECK(x.decode(with_body(body)) == record::verdict::unknown_version);
    }
}

CAF_TEST(an intact record with more or less in it than its kind has is malformed) {
  for (const auto& x : samples()) {
    CAF_CHECK(x.decode(with_body(body_of(x))) == record::verdict::good);
    CAF_CHECK(x.decode(with_body(body_of(x) + '\0')) == record::verdict::malformed);
    auto shorter = body_of(x);
    shorter.pop_back();
    auto v = x.decode(with_body(shorter));
    CAF_CHECK(v == record::verdict::malformed || v == record::verdict::too_short);
  }
}

CAF_TEST(an entry of unknown kind or with a type longer than 255 bytes is malformed) {
  auto e = example_entry();
  e.kind = static_cast<entry_kind>(static_cast<int>(entry_kind::control) + 1);
  auto x = entry_sample();
  CAF_CHECK(x.decode(bytes{encoded([&](auto& out) { record::encode(out, home, e); })}) == record::verdict::malformed);
  e = example_entry();
  e.type = std::string(256, 'x');
  CAF_CHECK(x.decode(bytes{encoded([&](auto& out) { record::encode(out, home, e); })}) == record::verdict::malformed);
}

CAF_TEST(an entry keeps its origin and one that claims an origin of nobody is malformed) {
  auto e = example_entry();
  e.origin = {client_id{300}, 4};
  auto record_of_it = encoded([&](auto& out) { record::encode(out, home, e); });
  entry found;
  CAF_REQUIRE(record::decode(bytes{record_of_it}, home, third, found) == record::verdict::good);
  CAF_CHECK(found == e);
  auto body = record_of_it.substr(0, record_of_it.size() - 8);
  auto origin = body.find("\xac\x02\x04");
  CAF_REQUIRE(origin != std::string::npos);
  body.replace(origin, 2, 1, '\0');
  CAF_CHECK(record::decode(with_body(body), home, third, found) == record::verdict::malformed);
}

CAF_TEST(records are appended to what is there) {
  std::string out = "before";
  record::encode_commit(out, home, log_index{77});
  CAF_CHECK_EQUAL(out.substr(0, 6), "before");
  auto alone = samples()[2].record;
  CAF_CHECK_EQUAL(out.substr(6), alone);
}

CAF_TEST(every verdict says in words what is wrong) {
  for (auto v : {record::verdict::good, record::verdict::too_short, record::verdict::bad_checksum,
                 record::verdict::unknown_version, record::verdict::misplaced, record::verdict::malformed})
    CAF_CHECK(to_string(v).substr(0, 2) == "it");
}
