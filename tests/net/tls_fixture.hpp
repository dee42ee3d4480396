/// What the tests of TLS have in common: an authority, nodes with certificates in files, pairs of channels.
#pragma once

#include <string>
#include <vector>

#include "net/channel/tls_factory.hpp"
#include "tests/net/certificates.hpp"
#include "tests/net/channel_pair.hpp"
#include "tests/support/temporary_directory.hpp"

namespace kommander::test {

/// One of the two parties.
struct tls_party {
  certificate_request request;
  const credentials* signed_by = nullptr; ///< None: the fixture's authority, unless `signs_itself`.
  bool signs_itself = false;
  security_config settings; ///< Whatever is set here is used as it is; files are made for what is not.
  bool demands = true;
  bool admits_clients = false;
};

struct tls_fixture {
  temporary_directory directory{true};
  credentials authority = make_authority();
  credentials other_authority = make_authority("another authority");
  const std::string host = "127.0.0.1";

  tls_party dialing{node_request(1), nullptr, false, {}, true, false};
  tls_party accepting{node_request(2), nullptr, false, {}, true, false};
  node_id expected{2};

  credentials issue_for(const tls_party& x) const {
    return x.signs_itself ? issue(x.request) : issue(x.request, x.signed_by == nullptr ? &authority : x.signed_by);
  }

  /// Writes the files of `x` where they are not given.
  security_config settings_of(const tls_party& x, const std::string& name) const {
    return settings_of(x, name, issue_for(x));
  }

  security_config settings_of(const tls_party& x, const std::string& name, const credentials& own) const {
    auto made = write_settings(directory.path(), name, own, {&authority});
    auto out = x.settings;
    out.mode = x.demands ? auth_mode::mutual_tls : auth_mode::disabled;
    if (out.certificate_file.empty()) {
      out.certificate_file = made.certificate_file;
      out.private_key_file = made.private_key_file;
    }
    if (out.authorities_file.empty() && out.pinned_certificates.empty() && !out.allow_insecure_certificate_validation)
      out.authorities_file = made.authorities_file;
    return out;
  }

  static std::shared_ptr<const net::tls_factory> load(const tls_party& x, const security_config& settings) {
    auto made = net::tls_factory::load(settings, x.demands, x.admits_clients);
    if (!made)
      throw std::runtime_error{made.error().message};
    return *made;
  }

  channel_pair pair(const net::channel_factory& from, const net::channel_factory& to) const {
    channel_pair x;
    x.dialing.channel = from.make(net::channel_side::dialing, expected, host);
    x.accepting.channel = to.make(net::channel_side::accepting, node_id{}, "");
    return x;
  }

  channel_pair pair() const {
    auto from = load(dialing, settings_of(dialing, "dialing"));
    auto to = load(accepting, settings_of(accepting, "accepting"));
    return pair(*from, *to);
  }
};

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace kommander::test
