// The commands of net/README.md that make certificates: run as they stand there, and what they make is used.
#define CAF_SUITE net_tls
#include <caf/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/net/tls_fixture.hpp"

using namespace kommander;
using namespace kommander::net;
using namespace kommander::test;

namespace {

std::string read_text(const std::string& path) {
  std::ifstream in{path};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// The block of commands of this name in net/README.md.
std::string commands(const std::string& name) {
  auto text = read_text(KOMMANDER_SOURCE_DIR "/net/README.md");
  auto mark = "\n```sh " + name + "\n";
  auto begin = text.find(mark);
  auto end = text.find("\n```\n", begin == std::string::npos ? begin : begin + mark.size());
  if (begin == std::string::npos || end == std::string::npos)
    throw std::runtime_error{"net/README.md has no commands called " + name};
  return text.substr(begin + mark.size(), end + 1 - begin - mark.size());
}

struct fixture {
  temporary_directory directory{true};

  bool run(const std::string& name) {
    write_text(directory / "commands.sh", "set -eu\ncd '" + directory.path() + "'\n" + commands(name));
    auto good = std::system(("sh '" + directory / "commands.sh" + "' >'" + directory / "log" + "' 2>&1").c_str()) == 0;
    if (!good)
      CAF_MESSAGE(read_text(directory / "log"));
    return good;
  }

  security_config settings(const std::string& name) {
    security_config x;
    x.mode = auth_mode::mutual_tls;
    x.certificate_file = directory / name + ".pem";
    x.private_key_file = directory / name + ".key";
    x.authorities_file = directory / "authority.pem";
    return x;
  }

  static channel_pair pair(const security_config& from, const security_config& to, const std::string& host) {
    auto dialing = tls_factory::load(from, true);
    auto accepting = tls_factory::load(to, true, true);
    if (!dialing || !accepting)
      throw std::runtime_error{dialing ? accepting.error().message : dialing.error().message};
    channel_pair x;
    x.dialing.channel = (*dialing)->make(channel_side::dialing, (*accepting)->own_name().node, host);
    x.accepting.channel = (*accepting)->make(channel_side::accepting, node_id{}, "");
    return x;
  }
};

bool is_private(const std::string& path) {
  namespace fs = std::filesystem;
  return (fs::status(path).permissions() & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(certificate_commands, fixture)

CAF_TEST(the commands for an authority make certificates that nodes and clients use) {
  CAF_REQUIRE(run("certificates"));
  auto nodes = pair(settings("node-1"), settings("node-2"), "10.0.0.2");
  CAF_CHECK(nodes.open());
  CAF_CHECK_EQUAL(nodes.errors(), "dialing: \"\", accepting: \"\"");
  CAF_CHECK_EQUAL(nodes.accepting.channel->peer().node, node_id{1});
  CAF_CHECK_EQUAL(nodes.dialing.channel->peer().node, node_id{2});
  CAF_CHECK(pair(settings("node-3"), settings("node-1"), "ledger-1.example").open());
  CAF_CHECK(!pair(settings("node-3"), settings("node-1"), "ledger-2.example").open());
  CAF_CHECK(!pair(settings("node-3"), settings("node-1"), "10.0.0.2").open());
  auto client = pair(settings("client"), settings("node-3"), "10.0.0.3");
  CAF_CHECK(client.open());
  CAF_CHECK(client.accepting.channel->peer().client);
  for (const auto* name : {"authority.key", "node-1.key", "client.key"})
    CAF_CHECK(is_private(directory / name));
}

CAF_TEST(the commands for pins make a certificate and its pin) {
  CAF_REQUIRE(run("certificates"));
  CAF_REQUIRE(run("pins"));
  auto from = settings("node-2");
  auto to = settings("pinned-1");
  auto pin = read_text(directory / "pinned-1.pin");
  CAF_REQUIRE(!pin.empty());
  pin.pop_back(); // the end of the line
  from.pinned_certificates = {pin};
  CAF_CHECK(pair(from, to, "anywhere").open());
  from.pinned_certificates.front()[0] = pin[0] == '0' ? '1' : '0';
  CAF_CHECK(!pair(from, to, "anywhere").open());
}

CAF_TEST_FIXTURE_SCOPE_END()
