#include "net/channel/tls_factory.hpp"

#include "net/channel/tls_channel.hpp"
#include "net/log.hpp"

namespace kommander::net {

tls_factory::tls_factory(security_config settings, bool demand_client_certificate, bool admit_clients, node_id self,
                         std::chrono::seconds reload_interval)
  : settings_{std::move(settings)},
    demand_client_certificate_{demand_client_certificate},
    admit_clients_{admit_clients},
    self_{self},
    reload_interval_{reload_interval},
    next_look_{clock::now() + reload_interval} {
  // nop
}

result<std::shared_ptr<const tls_factory>> tls_factory::load(const security_config& settings,
                                                             bool demand_client_certificate, bool admit_clients,
                                                             node_id self, std::chrono::seconds reload_interval) {
  std::shared_ptr<const tls_factory> x{
    new tls_factory{settings, demand_client_certificate, admit_clients, self, reload_interval}};
  auto files = read_tls_files(settings);
  if (!files)
    return files.error();
  if (auto good = x->take(*files); !good)
    return good.error();
  return x;
}

channel_ptr tls_factory::make(channel_side side, node_id expected, const std::string& host) const {
  if (is_due())
    look_at_files();
  return std::make_unique<tls_channel>(current(), side, expected, host);
}

std::string tls_factory::describe() const {
  std::string both =
    demand_client_certificate_ ? "TLS 1.3 with certificates of both sides" : "TLS 1.3 with the server's certificate";
  const auto rules = current()->rules();
  if (rules.insecure)
    return both + ", which nobody checks: for development only";
  if (!rules.pins.empty())
    return both + ", only those of " + std::to_string(rules.pins.size()) + " pins";
  return both + ", signed by an authority of " + settings_.authorities_file;
}

result<done> tls_factory::reload() const {
  std::lock_guard guard{reloading_};
  auto files = read_tls_files(settings_);
  auto good = files ? take(*files) : result<done>{files.error()};
  if (!good)
    return failure{good.error().code, good.error().message + "; the certificates that were read before stay in use"};
  return good;
}

result<bool> tls_factory::reload_if_changed() const {
  std::lock_guard guard{reloading_};
  auto files = read_tls_files(settings_);
  // A file that is missing is told each time: it is being replaced, or somebody must act.
  auto same = files && *files == last_tried_;
  if (same)
    return false;
  auto good = files ? take(*files) : result<done>{files.error()};
  if (!good)
    return failure{good.error().code, good.error().message + "; the certificates that were read before stay in use"};
  return true;
}

certificate_name tls_factory::own_name() const {
  return current()->own_name();
}

std::string tls_factory::warning() const {
  return current()->warning();
}

bool tls_factory::is_due() const {
  auto now = clock::now();
  std::lock_guard guard{mutex_};
  if (now < next_look_)
    return false;
  next_look_ = now + reload_interval_;
  return true;
}

void tls_factory::look_at_files() const {
  auto changed = reload_if_changed();
  if (!changed) {
    network_log()->error("TLS: {}", changed.error().message);
    return;
  }
  if (!*changed)
    return;
  network_log()->info("TLS: new certificates are in use");
  if (auto text = warning(); !text.empty())
    network_log()->warn("TLS: {}", text);
}

result<done> tls_factory::take(const tls_files& files) const {
  last_tried_ = files;
  auto made = tls_context::make(settings_, demand_client_certificate_, admit_clients_, files);
  if (!made)
    return made.error();
  if (auto good = check_owner((*made)->own_name()); !good)
    return good;
  std::lock_guard guard{mutex_};
  context_ = *made;
  return done{};
}

/// Others would refuse it, some of them only when they call.
result<done> tls_factory::check_owner(const certificate_name& x) const {
  if (!self_ || x.node == self_)
    return done{};
  return failure{status::invalid_argument,
                 "certificate_file: \"" + settings_.certificate_file + "\" names "
                   + (x.node ? "node " + to_string(x.node) : std::string{x.client ? "a client" : "no node"})
                   + ", but this is node " + to_string(self_)};
}

tls_context_ptr tls_factory::current() const {
  std::lock_guard guard{mutex_};
  return context_;
}

result<channel_factory_ptr> make_tls_factory(const security_config& settings, bool demand_client_certificate,
                                             bool admit_clients) {
  auto made = tls_factory::load(settings, demand_client_certificate, admit_clients);
  if (!made)
    return made.error();
  if (auto text = (*made)->warning(); !text.empty())
    network_log()->warn("TLS: {}", text);
  return channel_factory_ptr{*made};
}

} // namespace kommander::net
