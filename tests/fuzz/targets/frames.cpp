// For the fuzzer: bodies of Raft messages, frames, and packets of CAF's protocol. The first byte says which.
#include "net/frame.hpp"
#include "net/message_codec.hpp"
#include "net/middleman/packet_filter.hpp"
#include "tests/fuzz/targets/check.hpp"

#include <caf/all.hpp>
#include <caf/io/basp/message_type.hpp>

using namespace kommander;
using namespace kommander::net;
using namespace kommander::test;

namespace {

constexpr std::uint64_t gateway = 9;

struct fuzz_config : caf::actor_system_config {
  fuzz_config() {
    add_message_types<caf::id_block::kommander_frames>();
    set("scheduler.max-threads", 1);
  }
};

struct world {
  fuzz_config config;
  caf::actor_system system{config};
  socket_limits_ptr limits = make_limits();
  packet_filter greeted{system, limits, true, {}};

  static socket_limits_ptr make_limits() {
    auto x = std::make_shared<socket_limits>();
    x->destination = gateway;
    x->content_types.emplace(frame_content_type);
    return x;
  }

  world() {
    // A peer that has introduced itself, as most of what is fuzzed comes after that.
    auto who = caf::make_node_id(4711, "0123456789abcdef0123456789abcdef01234567");
    std::vector<char> payload;
    caf::binary_serializer sink{system, payload};
    demand(who && !sink(*who) && payload.size() == node_id_bytes, "a node id is written");
    std::vector<char> header(packet_header_bytes);
    header[0] = static_cast<char>(caf::io::basp::message_type::client_handshake);
    header[7] = static_cast<char>(payload.size());
    demand(greeted.take_header(std::span<const char, packet_header_bytes>{header}), "a handshake's header is taken");
    demand(greeted.take_payload(payload) == packet_verdict::pass, "a handshake is taken");
  }
};

world& the_world() {
  static auto* x = new world; // for ever: an actor system does not like to end while a process does
  return *x;
}

void try_body(std::string_view input) {
  auto x = decode_messages(bytes{std::string{input}}, node_id{1}, node_id{2});
  if (!x)
    return;
  std::string again;
  for (const auto& message : *x)
    encode_message(again, message);
  demand(again == input || (x->empty() && input.size() == 1), "there is one way to write a body");
}

void try_frame(std::string_view input) {
  frame x;
  caf::binary_deserializer source{the_world().system, input.data(), input.size()};
  if (!source(x) && x.version == protocol_version)
    demand(!check_frame(x), "a frame that was loaded is sound");
}

void check_passed(world& in, const std::vector<char>& payload) {
  caf::message x;
  caf::binary_deserializer source{in.system, payload.data() + 1, payload.size() - 1};
  // CAF makes an empty message of one that it cannot read.
  demand(source(x) || x.empty() || x.match_elements<frame>(), "only frames pass");
}

/// As a scribe does: header, payload, header, payload, until something is wrong.
void try_packets(packet_filter filter, std::string_view input, world& in) {
  while (input.size() >= packet_header_bytes) {
    auto type = static_cast<caf::io::basp::message_type>(input[0]);
    if (!filter.take_header(std::span<const char, packet_header_bytes>{input.data(), packet_header_bytes}))
      return;
    demand(filter.payload_bytes() <= std::max(in.limits->payload_bytes_max, introduction_bytes_max),
           "lengths have a limit");
    input.remove_prefix(packet_header_bytes);
    if (input.size() < filter.payload_bytes())
      return;
    std::vector<char> payload(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(filter.payload_bytes()));
    input.remove_prefix(payload.size());
    auto verdict = payload.empty() ? packet_verdict::drop : filter.take_payload(payload);
    if (verdict == packet_verdict::cut)
      return;
    if (verdict == packet_verdict::pass && type == caf::io::basp::message_type::direct_message)
      check_passed(in, payload);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  auto& in = the_world();
  std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (*data % 5) {
    case 0: try_body(input); break;
    case 1: try_frame(input); break;
    case 2: try_packets(in.greeted, input, in); break;
    case 3: try_packets(packet_filter{in.system, in.limits, true, {}}, input, in); break;
    default: try_packets(packet_filter{in.system, in.limits, false, {}}, input, in); break;
  }
  return 0;
}
