/// Servers that demand a proof of each other and of their clients.
#define CAF_SUITE process_security

#include "kommander/kommander.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/net/cluster/security.hpp"
#include "tests/process/harness/test.hpp"

using namespace process_test;
using kommander::test::certificate_office;
using kommander::test::write_text;

namespace {

constexpr std::size_t members = 3;

/// Three servers, of which a leader is killed and returns, and a fourth that has no proof. `refusal` is what the
/// others say of that one.
void check_cluster(const cluster_options& options, const std::string& refusal) {
  try {
    cluster servers{options};
    servers.start_all();
    client user{servers};
    user.await_all_ready();
    user.run();
    user.await_progress(100);
    auto old = user.leader_of(1, 0);
    auto survivor = other_than(old.node, old.node);
    servers.kill(old.node);
    CAF_CHECK(eventually([&] { return user.leader_of(1, survivor).term > old.term; }));
    user.await_progress(100);
    auto stranger = servers.add_node();
    servers.start(stranger);
    CAF_CHECK(eventually([&] { return servers.output_of(survivor).find(refusal) != std::string::npos; }));
    servers.start(old.node);
    user.await_ready(old.node);
    user.await_progress(100);
    CAF_CHECK(servers.process(stranger).alive()); // it still knocks
    CAF_CHECK(user.await_voters(survivor, {0, 1, 2}));
    for (std::uint64_t partition = 1; partition <= options.partitions; ++partition)
      CAF_CHECK(servers.applied(stranger, partition).empty());
    servers.kill(stranger);
    CAF_CHECK_EQUAL(user.verdict(), "");
  } catch (const std::exception& x) {
    CAF_ERROR(x.what());
  }
}

} // namespace

CAF_TEST(servers with a secret elect and write and let nobody in without it) {
  scratch_folder files;
  const std::string secret = "the secret of the servers has 32+";
  const std::string client_secret = "and this one is that of clients.";
  write_text(files / "secret", secret + "\n");
  write_text(files / "client-secret", client_secret + "\n");
  cluster_options options{.partitions = 2};
  options.security = [&](std::size_t node) -> std::vector<std::string> {
    if (node >= members)
      return {};
    return {"--node-auth-mode=shared-secret", "--node-shared-secret-file=" + (files / "secret"),
            "--client-secret-file=" + (files / "client-secret")};
  };
  options.clients.security.mode = kommander::auth_mode::shared_secret;
  options.clients.security.shared_secret = client_secret;
  options.clients.cluster_id = options.cluster_id;
  check_cluster(options, "it does not begin with a greeting");
}

CAF_TEST(servers with certificates elect and write and let nobody in without one) {
  certificate_office office;
  cluster_options options{.partitions = 2};
  options.security = [&](std::size_t node) -> std::vector<std::string> {
    if (node >= members)
      return {};
    auto x = office(cluster::id_of(node).value());
    return {"--node-auth-mode=mutual-tls", "--certificate=" + x.certificate_file, "--private-key=" + x.private_key_file,
            "--authorities=" + x.authorities_file};
  };
  options.clients.security = office.for_client();
  options.clients.cluster_id = options.cluster_id;
  check_cluster(options, "is cut: TLS: ");
}
