/// A million spoilt inputs each for what reads from the network. Run under the sanitizers, too.
#define CAF_SUITE fuzz_network

#include "net/frame.hpp"
#include "net/message_codec.hpp"
#include "net/middleman/packet_filter.hpp"
#include "net/middleman/system_module.hpp"
#include "tests/fuzz/allocation.hpp"
#include "tests/fuzz/mutation.hpp"
#include "tests/net/basp.hpp"
#include "tests/net/support.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::net;
using namespace kommander::test;

namespace {

constexpr std::size_t inputs = 1'000'000;

/// Inputs are below four kibibytes; what they decode to may be some times larger, but no length they claim may be
/// believed.
constexpr std::size_t allocation_bytes_max = std::size_t{256} << 10;

std::string encode(const std::vector<raft_message>& messages) {
  std::string body;
  for (const auto& x : messages)
    encode_message(body, x);
  return body;
}

std::string random_body(message_generator& generator) {
  std::vector<raft_message> messages{generator.next()};
  while (generator.random()() % 2 == 0)
    messages.push_back(generator.next());
  return encode(messages);
}

frame random_frame(message_generator& generator) {
  frame x;
  x.cluster = std::string(1 + generator.random()() % 64, 'c');
  x.sender = node_id{generator.number() | 1};
  x.receiver = node_id{x.sender.value() + 1};
  x.epoch = generator.number();
  x.sequence = generator.number();
  x.kind = static_cast<frame_kind>(generator.random()() % 6);
  x.acked = generator.number();
  if (x.kind == frame_kind::data || x.kind == frame_kind::fragment)
    x.body = bytes{random_body(generator)};
  if (x.kind == frame_kind::hello || x.kind == frame_kind::welcome)
    x.body = bytes{encode_endpoint({"10.0.0.1", 4000})};
  if (x.kind == frame_kind::fragment) {
    x.fragment_offset = generator.number() >> 2;
    x.fragment_total = x.fragment_offset + x.body.size() + (generator.number() >> 2);
  }
  return x;
}

/// What a loaded frame promises to everybody behind it.
bool is_sound(const frame& x) {
  return x.version != protocol_version || !check_frame(x);
}

} // namespace

CAF_TEST(a million spoilt bodies are errors or exactly what they say) {
  message_generator generator{1};
  mutator spoiler{2};
  std::size_t errors = 0;
  std::size_t wrong = 0;
  reset_largest_allocation();
  std::string seed;
  for (std::size_t i = 0; i < inputs; ++i) {
    if (i % 16 == 0)
      seed = random_body(generator);
    auto input = spoiler.spoil(seed);
    auto x = decode_messages(bytes{input}, node_1, node_2);
    if (!x.ok())
      ++errors;
    else if (encode(*x) != input && !(x->empty() && input.size() == 1))
      ++wrong; // there is one way to write each message: what is read must be what was there
  }
  CAF_CHECK_GREATER(errors, inputs / 10);
  CAF_CHECK_EQUAL(wrong, 0u);
  CAF_CHECK_LESS(largest_allocation(), allocation_bytes_max);
}

CAF_TEST(a million spoilt frames are errors or sound frames) {
  network_config config;
  caf::actor_system system{config};
  basp_writer writer{system};
  message_generator generator{3};
  mutator spoiler{4};
  std::size_t errors = 0;
  std::size_t unsound = 0;
  reset_largest_allocation();
  std::string seed;
  for (std::size_t i = 0; i < inputs; ++i) {
    if (i % 16 == 0)
      seed = writer.bytes_of(random_frame(generator));
    auto input = spoiler.spoil(seed);
    frame x;
    caf::binary_deserializer source{system, input.data(), input.size()};
    if (source(x))
      ++errors;
    else if (!is_sound(x))
      ++unsound;
  }
  CAF_CHECK_GREATER(errors, inputs / 10);
  CAF_CHECK_EQUAL(unsound, 0u);
  CAF_CHECK_LESS(largest_allocation(), allocation_bytes_max);
}

CAF_TEST(a million spoilt packets pass the filter only as frames for the gateway) {
  network_config config;
  caf::actor_system system{config};
  basp_writer writer{system};
  message_generator generator{5};
  mutator spoiler{6};
  constexpr std::uint64_t gateway = 9;
  auto limits = std::make_shared<socket_limits>();
  limits->destination = gateway;
  limits->content_types.emplace(frame_content_type);
  auto peer = make_unique_node_id("");
  auto handshake = writer.packet(basp_type::client_handshake, writer.bytes_of(peer));
  packet_filter greeted{system, limits, true, {}};
  std::vector<char> content(handshake.begin() + packet_header_bytes, handshake.end());
  CAF_REQUIRE(greeted.take_header(std::span<const char, packet_header_bytes>{handshake.data(), packet_header_bytes}));
  CAF_REQUIRE(greeted.take_payload(content) == packet_verdict::pass);
  std::size_t passed = 0;
  std::size_t held_back = 0;
  std::size_t foreign = 0;
  reset_largest_allocation();
  std::string seed;
  for (std::size_t i = 0; i < inputs; ++i) {
    if (i % 16 == 0)
      seed = i % 64 == 0 ? writer.packet(basp_type::down_message,
                                         writer.bytes_of(peer, system.node(), caf::make_error(caf::sec::runtime_error)))
                         : writer.message(gateway, writer.content(caf::make_message(random_frame(generator))));
    auto input = spoiler.spoil(seed);
    if (input.size() < packet_header_bytes)
      continue;
    packet_filter filter{greeted};
    std::vector<char> payload(input.begin() + packet_header_bytes, input.end());
    if (!filter.take_header(std::span<const char, packet_header_bytes>{input.data(), packet_header_bytes})
        || filter.take_payload(payload) != packet_verdict::pass) {
      ++held_back;
      continue;
    }
    ++passed;
    if (input[0] != static_cast<char>(basp_type::direct_message))
      continue;
    caf::message x;
    caf::binary_deserializer source{system, payload.data() + 1, payload.size() - 1};
    // CAF makes an empty message of one that it cannot read.
    if (!source(x) && !x.empty() && !x.match_elements<frame>())
      ++foreign;
  }
  CAF_CHECK_GREATER(passed, 0u);
  CAF_CHECK_GREATER(held_back, inputs / 10);
  CAF_CHECK_EQUAL(foreign, 0u);
  CAF_CHECK_LESS(largest_allocation(), allocation_bytes_max);
}
