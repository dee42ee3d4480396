#include "net/channel/factory.hpp"

#include "net/channel/layered_channel.hpp"
#include "net/channel/secrets.hpp"
#include "net/channel/tls_factory.hpp"
#include "net/log.hpp"

namespace kommander::net {

namespace {

failure wrong(std::string why) {
  return {status::invalid_argument, std::move(why)};
}

class secret_factory final : public channel_factory {
public:
  secret_factory(secret_settings settings, const endpoint& where, channel_factory_ptr outer)
    : settings_{std::make_shared<const secret_settings>(std::move(settings))},
      where_{to_string(where)},
      outer_{std::move(outer)} {
    // nop
  }

  [[nodiscard]] channel_ptr make(channel_side side, node_id expected, const std::string& host) const override {
    secret_connection x;
    x.side = side;
    x.expected = expected;
    x.address = side == channel_side::dialing ? host : where_;
    if (!outer_)
      return make_secret_channel(settings_, std::move(x));
    return make_layered_channel(outer_->make(side, expected, host),
                                [settings = settings_, connection = std::move(x)](const std::string& binding) mutable {
                                  connection.binding = binding;
                                  return make_secret_channel(settings, std::move(connection));
                                });
  }

  [[nodiscard]] std::string describe() const override {
    return outer_ ? outer_->describe() + ", and a shared secret" : "a shared secret: signed, but not encrypted";
  }

private:
  secret_settings_ptr settings_;
  std::string where_;
  channel_factory_ptr outer_;
};

/// The secret, alone or within what `x` has.
result<done> add_secret(const security_config& config, const channel_place& place, protection& x) {
  auto of_clients = place.purpose == channel_purpose::clients && place.listens;
  auto secrets = of_clients ? load_client_secrets(config) : load_secrets(config);
  if (!secrets)
    return secrets.error();
  secret_settings settings{place.purpose, place.self, place.cluster, secrets->first, secrets->accepted};
  x.channels = make_secret_factory(std::move(settings), place.where, std::move(x.channels));
  x.warnings.insert(x.warnings.end(), secrets->warnings.begin(), secrets->warnings.end());
  return done{};
}

bool needs_tls(const security_config& config, const channel_place& place) {
  auto beyond = !is_loopback(place.where.host);
  return config.mode == auth_mode::mutual_tls
         || config.require_tls.value_or(config.mode != auth_mode::disabled && beyond);
}

result<done> add_tls(const security_config& config, const channel_place& place, protection& x) {
  auto mutual = config.mode == auth_mode::mutual_tls;
  auto named = mutual && place.listens ? place.self : node_id{}; // otherwise nobody looks for an id in it
  auto made = tls_factory::load(config, mutual, place.purpose == channel_purpose::clients, named);
  if (!made)
    return made.error();
  if (auto warning = (*made)->warning(); !warning.empty())
    x.warnings.push_back(std::move(warning));
  x.channels = *made;
  return done{};
}

result<protection> protect(const security_config& config, const channel_place& place) {
  protection x;
  if (needs_tls(config, place))
    if (auto added = add_tls(config, place, x); !added)
      return added.error();
  if (config.mode == auth_mode::shared_secret)
    if (auto added = add_secret(config, place, x); !added)
      return added.error();
  return x;
}

} // namespace

result<protection> make_channel_factory(const security_config& config, const channel_place& place) {
  auto is_exposed = place.listens && config.mode == auth_mode::disabled && !is_loopback(place.where.host);
  if (is_exposed && !config.allow_unauthenticated_cluster)
    return wrong(
      "host is \"" + place.where.host
      + "\", which others can reach, and auth_mode is disabled: anybody could speak for a node. Set auth_mode "
        "to shared_secret or mutual_tls, or allow_unauthenticated_cluster if only trusted machines reach it");
  auto made = protect(config, place);
  if (!made)
    return made;
  made->description = made->channels ? made->channels->describe() : "nothing";
  if (is_exposed)
    made->warnings.emplace_back("whoever reaches " + to_string(place.where)
                                + " may speak for a node of the cluster: allow_unauthenticated_cluster is set");
  return made;
}

void log_protection(const protection& x, const std::string& port) {
  network_log()->info("{} is protected by {}", port, x.description);
  for (const auto& warning : x.warnings)
    network_log()->warn("{}: {}", port, warning);
}

channel_factory_ptr make_secret_factory(secret_settings settings, const endpoint& where, channel_factory_ptr outer) {
  return std::make_shared<secret_factory>(std::move(settings), where, std::move(outer));
}

} // namespace kommander::net
