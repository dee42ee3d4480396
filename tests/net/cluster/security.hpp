/// The ways in which the nodes of a `raft_cluster` prove who they are.
#pragma once

#include <functional>
#include <string>

#include "kommander/config.hpp"
#include "tests/net/certificates.hpp"
#include "tests/process/harness/child.hpp"
#include "tests/support/temporary_directory.hpp"

namespace kommander::test {

inline const std::string cluster_secret = "the nodes' secret has 32 bytes ..";

inline security_config with_secret(std::uint64_t = 0) {
  security_config x;
  x.mode = auth_mode::shared_secret;
  x.shared_secret = cluster_secret;
  return x;
}

/// An authority that signs for nodes at the cluster's address, and at 127.0.0.1.
class certificate_office {
public:
  security_config operator()(std::uint64_t id) const {
    auto request = node_request(id);
    request.names.push_back("IP:" + process_test::own_address());
    return write_settings(directory_.path(), "node" + std::to_string(id), issue(request, &authority_), {&authority_});
  }

  security_config for_client() const {
    certificate_request request;
    request.subject = "a client";
    request.names = {"URI:kommander:client"};
    return write_settings(directory_.path(), "client", issue(request, &authority_), {&authority_});
  }

private:
  temporary_directory directory_{true};
  credentials authority_ = make_authority();
};

} // namespace kommander::test
