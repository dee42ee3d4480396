/// Where secrets come from, and which settings are wrong.
#define CAF_SUITE net_secrets

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "net/channel/factory.hpp"
#include "net/channel/secrets.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::net;

namespace {

const std::string enough(32, 's');

/// A file that is gone with this object.
struct file {
  std::string path;

  explicit file(const std::string& content)
    : path{(std::filesystem::temp_directory_path() / ("kommander_secret_" + std::to_string(::getpid()))).string()} {
    std::ofstream{path, std::ios::binary} << content;
  }

  ~file() {
    std::filesystem::remove(path);
  }
};

security_config with(const std::string& secret) {
  security_config x;
  x.mode = auth_mode::shared_secret;
  x.shared_secret = secret;
  return x;
}

shared_secrets loaded(const security_config& x) {
  auto found = load_secrets(x);
  return found ? *found : shared_secrets{};
}

std::string refusal(const security_config& x) {
  auto found = load_secrets(x);
  return found ? "none" : found.error().message;
}

std::string refusal(const security_config& x, const std::string& host) {
  auto found = make_channel_factory(x, {channel_purpose::nodes, node_id{1}, "test", {host, 4001}});
  return found ? "none" : found.error().message;
}

} // namespace

CAF_TEST(a secret comes from the settings or a file or the environment) {
  CAF_CHECK_EQUAL(std::string{loaded(with(enough)).first}, enough);
  file written{enough + "  \r\nsecond line\n"};
  security_config x;
  x.shared_secret_file = written.path;
  CAF_CHECK_EQUAL(std::string{loaded(x).first}, enough);
  x = {};
  ::setenv("KOMMANDER_TEST_SECRET", enough.c_str(), 1);
  x.shared_secret_variable = "KOMMANDER_TEST_SECRET";
  CAF_CHECK_EQUAL(std::string{loaded(x).first}, enough);
  x.accepted_secret_file = written.path;
  CAF_CHECK_EQUAL(std::string{loaded(x).accepted}, enough);
}

CAF_TEST(exactly one source must have something) {
  CAF_CHECK_EQUAL(refusal(security_config{}), "exactly one of shared_secret, shared_secret_file and "
                                              "shared_secret_variable must be set, but 0 are");
  auto two = with(enough);
  two.shared_secret_file = "x";
  CAF_CHECK_EQUAL(refusal(two), "exactly one of shared_secret, shared_secret_file and "
                                "shared_secret_variable must be set, but 2 are");
  CAF_CHECK_EQUAL(refusal(with(" \t")), "shared_secret is blank, but a secret needs at least 32 bytes");
  CAF_CHECK_EQUAL(refusal(with(std::string(4097, 's'))), "shared_secret has 4097 bytes, but a secret has at most 4096");
  file blank{"\nsecret on the second line\n"};
  security_config x;
  x.shared_secret_file = blank.path;
  CAF_CHECK_EQUAL(refusal(x),
                  "shared_secret_file \"" + blank.path + "\" is blank, but a secret needs at least 32 bytes");
  x.shared_secret_file = "/nowhere/secret";
  CAF_CHECK_EQUAL(refusal(x), "shared_secret_file names \"/nowhere/secret\", which cannot be read");
  x.shared_secret_file = "/";
  CAF_CHECK(refusal(x) != "none");
  x = {};
  x.shared_secret_variable = "KOMMANDER_NO_SUCH";
  CAF_CHECK_EQUAL(refusal(x),
                  "shared_secret_variable names KOMMANDER_NO_SUCH, but the environment has no such variable");
  auto both = with(enough);
  both.accepted_secret = enough;
  both.accepted_secret_file = "x";
  CAF_CHECK_EQUAL(refusal(both), "accepted_secret and accepted_secret_file exclude each other, but both are set");
}

CAF_TEST(clients have secrets of their own or those of nodes) {
  auto x = with(enough);
  x.accepted_secret = std::string(32, 'a');
  auto shared = load_client_secrets(x);
  CAF_REQUIRE(shared.ok());
  CAF_CHECK_EQUAL(shared->first, enough);
  CAF_CHECK_EQUAL(shared->accepted, x.accepted_secret);
  file written{std::string(32, 'c') + "\n"};
  x.client_secret_file = written.path;
  x.accepted_client_secret = "short";
  auto own = load_client_secrets(x);
  CAF_REQUIRE(own.ok());
  CAF_CHECK_EQUAL(own->first, std::string(32, 'c'));
  CAF_CHECK_EQUAL(own->accepted, "short");
  CAF_REQUIRE_EQUAL(own->warnings.size(), 1u);
  CAF_CHECK_EQUAL(loaded(x).first, enough); // what nodes prove themselves with stays
}

CAF_TEST(a secret of clients that makes them nodes is refused) {
  auto refusal_of = [](const security_config& x) {
    auto found = load_client_secrets(x);
    return found ? "none" : found.error().message;
  };
  auto x = with(enough);
  x.client_secret = enough;
  CAF_CHECK_EQUAL(refusal_of(x), "client_secret is a secret of the nodes as well: clients could speak as nodes");
  x.client_secret = std::string(32, 'c');
  x.accepted_client_secret = enough;
  CAF_CHECK_EQUAL(refusal_of(x), "client_secret is a secret of the nodes as well: clients could speak as nodes");
  x.accepted_client_secret.clear();
  x.accepted_secret = x.client_secret;
  CAF_CHECK_EQUAL(refusal_of(x), "client_secret is a secret of the nodes as well: clients could speak as nodes");
  x = with(enough);
  x.accepted_client_secret = std::string(32, 'c');
  CAF_CHECK_EQUAL(refusal_of(x),
                  "accepted_client_secret is set, but client_secret is not: clients have no secret of their own");
  x.client_secret = " ";
  CAF_CHECK_EQUAL(refusal_of(x), "client_secret is blank, but a secret needs at least 32 bytes");
  x.client_secret_file = "x";
  CAF_CHECK_EQUAL(refusal_of(x), "client_secret and client_secret_file exclude each other, but both are set");
}

CAF_TEST(short secrets are taken with a warning that does not tell them) {
  CAF_CHECK(loaded(with(enough)).warnings.empty());
  auto weak = with("short");
  weak.accepted_secret = std::string(31, 'a');
  auto found = load_secrets(weak);
  CAF_REQUIRE_EQUAL(found->warnings.size(), 2u);
  CAF_CHECK(found->warnings[0].find("only 5 bytes") != std::string::npos);
  CAF_CHECK(found->warnings[1].find("only 31 bytes") != std::string::npos);
  CAF_CHECK(found->warnings[0].find("short") == std::string::npos);
}

CAF_TEST(nobody listens beyond loopback without authentication unless told so by name) {
  for (const auto* host : {"127.0.0.1", "127.8.9.10", "::1", "localhost"})
    CAF_CHECK_EQUAL(refusal({}, host), "none");
  for (const auto* host : {"10.0.0.1", "0.0.0.0", "::", "fe80::1"})
    CAF_CHECK(refusal({}, host).starts_with("host is \"" + std::string{host} + "\", which others can reach"));
  security_config allowed;
  allowed.allow_unauthenticated_cluster = true;
  CAF_CHECK_EQUAL(refusal(allowed, "10.0.0.1"), "none");
  auto made = make_channel_factory(allowed, {channel_purpose::nodes, node_id{1}, "test", {"10.0.0.1", 4001}});
  CAF_CHECK_EQUAL(made->warnings.size(), 1u);
}

CAF_TEST(a secret alone protects only where somebody says so or nobody listens) {
  auto made = make_channel_factory(with(enough), {channel_purpose::nodes, node_id{1}, "test", {"127.0.0.1", 4001}});
  CAF_REQUIRE(made.ok());
  CAF_CHECK_EQUAL(made->description, "a shared secret: signed, but not encrypted");
  CAF_CHECK(refusal(with(enough), "10.0.0.1") != "none"); // TLS is required there, and there is no certificate
  auto plain = with(enough);
  plain.require_tls = false;
  CAF_CHECK_EQUAL(refusal(plain, "10.0.0.1"), "none");
}
