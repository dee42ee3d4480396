#define CAF_SUITE net_codec

#include <limits>

#include "net/message_codec.hpp"
#include "tests/net/messages.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::net;
using namespace kommander::test;

namespace {

std::string encode(const std::vector<raft_message>& messages) {
  std::string body;
  for (const auto& x : messages)
    encode_message(body, x);
  return body;
}

std::vector<raft_message> decode(const std::string& body) {
  auto x = decode_messages(bytes{body}, node_1, node_2);
  CAF_REQUIRE(x.ok());
  return std::move(*x);
}

std::string hex(const std::string& x) {
  std::string out;
  for (auto c : x) {
    constexpr auto digits = "0123456789abcdef";
    out += digits[static_cast<std::uint8_t>(c) >> 4];
    out += digits[static_cast<std::uint8_t>(c) & 15];
  }
  return out;
}

raft_message with(raft_message_body body) {
  return {partition_id{3}, node_1, node_2, raft_term{300}, std::move(body)};
}

/// The golden bytes of a body that holds `x` alone.
void check_golden(raft_message_body x, const std::string& expected) {
  CAF_CHECK_EQUAL(hex(encode({with(x)})), expected);
  CAF_CHECK(decode(encode({with(x)})) == std::vector<raft_message>{with(x)});
}

} // namespace

CAF_TEST(votes appends and heartbeats have the bytes that they always had) {
  // version, kind, partition 3, term 300, then what is the kind's own
  log_position at{log_index{5}, raft_term{2}};
  check_golden(vote_request{true, false, at}, "010003ac02"
                                              "01"
                                              "0502");
  check_golden(vote_request{false, true, at}, "010003ac02"
                                              "02"
                                              "0502");
  check_golden(vote_reply{true, true}, "010103ac02"
                                       "03");
  check_golden(append_request{at, log_index{4}, {}}, "010203ac02"
                                                     "0502"
                                                     "04"
                                                     "00");
  check_golden(append_reply{false, log_index{9}, {}, {}}, "010303ac02"
                                                          "00"
                                                          "09");
  check_golden(append_reply{true, log_index{9}, at, log_index{6}}, "010303ac02"
                                                                   "01"
                                                                   "09"
                                                                   "0502"
                                                                   "06");
  check_golden(append_reply{true, log_index{9}, at, log_index{6}, true}, "010303ac02"
                                                                         "03"
                                                                         "09"
                                                                         "0502"
                                                                         "06");
  check_golden(heartbeat{at, 128}, "010403ac02"
                                   "00"
                                   "0502"
                                   "8001");
  check_golden(heartbeat{at, 128, true}, "010403ac02"
                                         "01"
                                         "0502"
                                         "8001");
  check_golden(heartbeat_reply{128}, "010503ac02"
                                     "00"
                                     "8001");
  check_golden(heartbeat_reply{128, true}, "010503ac02"
                                           "01"
                                           "8001");
  check_golden(heartbeat_reply{128, false, true}, "010503ac02"
                                                  "02"
                                                  "8001");
  check_golden(heartbeat_reply{128, false, false, true}, "010503ac02"
                                                         "04"
                                                         "8001");
}

CAF_TEST(each rarer kind of message has the bytes that it always had) {
  log_position at{log_index{5}, raft_term{2}};
  check_golden(timeout_now{}, "010603ac02");
  check_golden(fence_request{128, log_index{9}}, "010703ac02"
                                                 "8001"
                                                 "09");
  check_golden(fence_reply{128, true, false, log_index{9}, log_index{7}, {node_id{1}, node_id{300}}}, "010803ac02"
                                                                                                      "01"
                                                                                                      "8001"
                                                                                                      "09"
                                                                                                      "07"
                                                                                                      "0201ac02");
  check_golden(read_index_request{128}, "010903ac02"
                                        "8001");
  check_golden(read_index_reply{128, log_index{9}}, "010a03ac02"
                                                    "8001"
                                                    "09");
  check_golden(snapshot_chunk{128, at, log_index{4}, bytes{"g"}, 256, bytes{"ab"}, 0x0102030405060708, true},
               "010b03ac02"
               "01"
               "8001"
               "0502"
               "04"
               "0167"
               "8002"
               "026162"
               "0807060504030201");
  check_golden(snapshot_reply{128, snapshot_answer::installed, 0, log_index{9}}, "010c03ac02"
                                                                                 "01"
                                                                                 "8001"
                                                                                 "00"
                                                                                 "09");
  check_golden(node_call{128, bytes{"ab"}}, "010d03ac02"
                                            "8001"
                                            "026162");
  check_golden(node_answer{128, bytes{"ab"}}, "010e03ac02"
                                              "8001"
                                              "026162");
  check_golden(node_gossip{bytes{"ab"}}, "010f03ac02"
                                         "026162");
}

CAF_TEST(an entry has the bytes that it always had) {
  entry e;
  e.index = log_index{6};
  e.term = raft_term{2};
  e.time = {0x0102030405060708, 9};
  e.kind = entry_kind::config;
  e.type = "ab";
  e.payload = bytes{"xyz"};
  check_golden(append_request{{log_index{5}, raft_term{2}}, log_index{4}, {e}}, "010203ac02"
                                                                                "0502"
                                                                                "04"
                                                                                "01"
                                                                                "06"
                                                                                "02"
                                                                                "0807060504030201"
                                                                                "09"
                                                                                "05"
                                                                                "026162"
                                                                                "0378797a");
}

CAF_TEST(an entry of a known origin has some bytes more behind its kind) {
  entry e;
  e.index = log_index{6};
  e.origin = {client_id{300}, 4};
  check_golden(append_request{{log_index{5}, raft_term{2}}, log_index{4}, {e}}, "010203ac02"
                                                                                "0502"
                                                                                "04"
                                                                                "01"
                                                                                "06"
                                                                                "00"
                                                                                "0000000000000000"
                                                                                "00"
                                                                                "81"
                                                                                "ac02"
                                                                                "04"
                                                                                "00"
                                                                                "00");
}

CAF_TEST(messages of all kinds come back as they were and in their order) {
  message_generator generator{42};
  for (auto round = 0; round < 2000; ++round) {
    std::vector<raft_message> messages;
    for (auto n = generator.random()() % 6; n > 0; --n)
      messages.push_back(generator.next());
    if (messages.empty())
      continue;
    CAF_REQUIRE(decode(encode(messages)) == messages);
  }
}

CAF_TEST(no message is longer than its weight) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  log_position at{log_index{most}, raft_term{most}};
  entry e;
  e.index = log_index{most};
  e.term = raft_term{most};
  e.time = {most, most};
  e.type = std::string(255, 'x');
  e.payload = bytes{std::string(1 << 20, 'x')};
  e.origin = {client_id{most}, most};
  for (const raft_message_body& body : std::vector<raft_message_body>{
         vote_request{true, true, at}, append_request{at, log_index{most}, {e, e, e}},
         append_reply{true, log_index{most}, at, log_index{most}}, heartbeat{at, most, true, true},
         heartbeat_reply{most, true},
         fence_reply{most, true, true, at.index, at.index, std::vector<node_id>(100, node_id{most})},
         node_gossip{bytes{std::string(1 << 20, 'g')}}}) {
    raft_message x{partition_id{most}, node_1, node_2, raft_term{most}, body};
    CAF_CHECK_LESS_OR_EQUAL(encode({x}).size(), x.weight() + 1);
  }
}

CAF_TEST(sender and receiver are those of the link whatever a message claimed) {
  auto body = encode({make_append(1, "x", node_id{77}, node_id{78})});
  auto messages = decode(body);
  CAF_REQUIRE_EQUAL(messages.size(), 1u);
  CAF_CHECK(messages[0].from == node_1);
  CAF_CHECK(messages[0].to == node_2);
}

CAF_TEST(a body of another version is refused with both versions named) {
  auto body = encode({make_heartbeat(1)});
  body[0] = 9;
  auto x = decode_messages(bytes{body}, node_1, node_2);
  CAF_REQUIRE(!x.ok());
  CAF_CHECK_NOT_EQUAL(x.error().message.find("version 9"), std::string::npos);
  CAF_CHECK_NOT_EQUAL(x.error().message.find("version 1"), std::string::npos);
  CAF_CHECK(!decode_messages(bytes{}, node_1, node_2).ok());
}

CAF_TEST(every truncation of a body is an error or holds fewer messages) {
  std::vector<raft_message> messages{make_append(1, "payload"), make_heartbeat(2), make_append(3, "another")};
  auto body = encode(messages);
  for (std::size_t n = 1; n < body.size(); ++n) {
    auto x = decode_messages(bytes{body.substr(0, n)}, node_1, node_2);
    CAF_CHECK(!x.ok() || x->size() < messages.size());
  }
}

CAF_TEST(a claim of more entries than there is room for is refused before memory is taken) {
  std::string body = encode({with(append_request{{}, log_index{4}, {}})});
  body.pop_back();
  body += std::string{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10}; // 2^64 - 1 entries
  CAF_CHECK(!decode_messages(bytes{body}, node_1, node_2).ok());
}

CAF_TEST(a body of very many tiny messages is refused before it takes much memory) {
  std::string body;
  for (std::size_t i = 0; i < messages_per_body_max; ++i)
    encode_message(body, {partition_id{1}, node_1, node_2, raft_term{1}, timeout_now{}});
  CAF_CHECK_EQUAL(decode(body).size(), messages_per_body_max);
  encode_message(body, {partition_id{1}, node_1, node_2, raft_term{1}, timeout_now{}});
  CAF_CHECK(!decode_messages(bytes{body}, node_1, node_2).ok());
}

CAF_TEST(flags that no version knows are refused) {
  auto body = encode({with(vote_reply{true, true})});
  body.back() = 7;
  CAF_CHECK(!decode_messages(bytes{body}, node_1, node_2).ok());
}

CAF_TEST(an acknowledgement that claims to be saturated too is refused) {
  auto body = encode({with(append_reply{false, log_index{9}, {}, {}})});
  CAF_REQUIRE_EQUAL(body[body.size() - 2], 0); // the flags
  body[body.size() - 2] = 2;
  CAF_CHECK(!decode_messages(bytes{body}, node_1, node_2).ok());
}

CAF_TEST(payloads of a message that fills its body are not copied) {
  bytes body{encode({make_append(1, std::string(100'000, 'x'))})};
  auto x = decode_messages(body, node_1, node_2);
  CAF_REQUIRE(x.ok());
  const auto& payload = std::get<append_request>(x->front().body).entries.front().payload;
  CAF_CHECK(payload.data() > body.data() && payload.data() < body.data() + body.size());
}

CAF_TEST(payloads of a message that is a small part of its body do not keep the body alive) {
  auto small = make_append(1, "small");
  std::get<append_request>(small.body).entries.push_back(make_entry(2, "also small"));
  bytes body{encode({small, make_append(1, std::string(100'000, 'x'))})};
  auto x = decode_messages(body, node_1, node_2);
  CAF_REQUIRE(x.ok());
  const auto& entries = std::get<append_request>(x->front().body).entries;
  CAF_REQUIRE_EQUAL(entries.size(), 2u);
  CAF_CHECK_EQUAL(entries[0].payload.view(), "small");
  CAF_CHECK_EQUAL(entries[1].payload.view(), "also small");
  CAF_CHECK(entries[0].payload.data() < body.data() || entries[0].payload.data() >= body.data() + body.size());
  // Both are in one block.
  CAF_CHECK(entries[1].payload.data() == entries[0].payload.data() + 5);
}
