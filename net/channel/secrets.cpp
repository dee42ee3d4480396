#include "net/channel/secrets.hpp"

#include <cstdlib>
#include <fstream>

namespace kommander::net {

namespace {

constexpr const char* blanks = " \t\r\n";

failure wrong(std::string why) {
  return {status::invalid_argument, std::move(why)};
}

/// What `setting` gave; it must be something.
result<std::string> checked(std::string secret, const std::string& setting) {
  if (secret.find_first_not_of(blanks) == std::string::npos)
    return wrong(setting + " is blank, but a secret needs at least " + std::to_string(secret_bytes_min) + " bytes");
  if (secret.size() > secret_bytes_max)
    return wrong(setting + " has " + std::to_string(secret.size()) + " bytes, but a secret has at most "
                 + std::to_string(secret_bytes_max));
  return secret;
}

result<std::string> read_file(const std::string& path, const std::string& setting) {
  std::ifstream file{path, std::ios::binary};
  std::string line(secret_bytes_max + 2, '\0');
  if (!file.is_open() || (!file.read(line.data(), static_cast<std::streamsize>(line.size())) && !file.eof()))
    return wrong(setting + " names \"" + path + "\", which cannot be read");
  line.resize(static_cast<std::size_t>(file.gcount()));
  line = line.substr(0, line.find('\n'));
  line.resize(line.find_last_not_of(blanks) + 1); // npos + 1 is zero
  return checked(std::move(line), setting + " \"" + path + "\"");
}

result<std::string> read_variable(const std::string& name, const std::string& setting) {
  const auto* value = std::getenv(name.c_str());
  if (value == nullptr)
    return wrong(setting + " names " + name + ", but the environment has no such variable");
  return checked(value, setting + " " + name);
}

void judge(const std::string& secret, const std::string& which, shared_secrets& out) {
  if (!secret.empty() && secret.size() < secret_bytes_min)
    out.warnings.push_back("the " + which + " has only " + std::to_string(secret.size())
                           + " bytes: whoever sees one handshake can try to guess it. Use at least "
                           + std::to_string(secret_bytes_min) + " random bytes, for example of: openssl rand -hex 32");
}

result<std::string> load_first(const security_config& x) {
  auto given =
    int{!x.shared_secret.empty()} + int{!x.shared_secret_file.empty()} + int{!x.shared_secret_variable.empty()};
  if (given != 1)
    return wrong("exactly one of shared_secret, shared_secret_file and shared_secret_variable must be set, but "
                 + std::to_string(given) + " are");
  if (!x.shared_secret_file.empty())
    return read_file(x.shared_secret_file, "shared_secret_file");
  if (!x.shared_secret_variable.empty())
    return read_variable(x.shared_secret_variable, "shared_secret_variable");
  return checked(x.shared_secret, "shared_secret");
}

/// A secret that need not be there: `secret` itself, or the first line of `file`.
result<std::string> load_optional(const std::string& setting, const std::string& secret, const std::string& file) {
  if (!secret.empty() && !file.empty())
    return wrong(setting + " and " + setting + "_file exclude each other, but both are set");
  if (!file.empty())
    return read_file(file, setting + "_file");
  return secret.empty() ? result<std::string>{std::string{}} : checked(secret, setting);
}

/// Whoever has one of `nodes` can be a node.
bool is_shared(const shared_secrets& clients, const shared_secrets& nodes) {
  for (const auto* x : {&clients.first, &clients.accepted})
    if (!x->empty() && (*x == nodes.first || *x == nodes.accepted))
      return true;
  return false;
}

} // namespace

result<shared_secrets> load_secrets(const security_config& config) {
  auto first = load_first(config);
  if (!first)
    return first.error();
  auto accepted = load_optional("accepted_secret", config.accepted_secret, config.accepted_secret_file);
  if (!accepted)
    return accepted.error();
  shared_secrets found{*std::move(first), *std::move(accepted), {}};
  judge(found.first, "shared secret", found);
  judge(found.accepted, "second accepted secret", found);
  return found;
}

result<shared_secrets> load_client_secrets(const security_config& config) {
  auto nodes = load_secrets(config);
  if (!nodes)
    return nodes;
  auto first = load_optional("client_secret", config.client_secret, config.client_secret_file);
  if (!first)
    return first.error();
  auto accepted =
    load_optional("accepted_client_secret", config.accepted_client_secret, config.accepted_client_secret_file);
  if (!accepted)
    return accepted.error();
  if (first->empty() && !accepted->empty())
    return wrong("accepted_client_secret is set, but client_secret is not: clients have no secret of their own");
  if (first->empty())
    return nodes;
  shared_secrets found{*std::move(first), *std::move(accepted), {}};
  if (is_shared(found, *nodes))
    return wrong("client_secret is a secret of the nodes as well: clients could speak as nodes");
  judge(found.first, "secret of clients", found);
  judge(found.accepted, "second accepted secret of clients", found);
  return found;
}

} // namespace kommander::net
