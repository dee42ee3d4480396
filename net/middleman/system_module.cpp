#include "net/middleman/system_module.hpp"

#include <algorithm>
#include <random>

#include <openssl/evp.h>

#include "kommander/network_setup.hpp"
#include "net/frame.hpp"
#include "net/log.hpp"
#include "net/middleman/scribe.hpp"

namespace caf::net {

middleman::middleman(actor_system& system, const kommander::raft_config* raft) : system_{system}, raft_{raft} {
  // nop
}

void middleman::start() {
  // nop
}

/// Runs before CAF's middleman is stopped.
void middleman::stop() {
  state->stopped = true;
}

/// Runs after the middleman's own initialization and before any module starts.
void middleman::init(actor_system_config& config) {
  auto name = raft_ != nullptr ? raft_->node_name : std::string{};
  if (name.empty())
    name = get_or(config, "kommander.node-name", std::string{});
  auto id = kommander::net::make_unique_node_id(name);
  system_.node_.swap(id);
}

actor_system::module::id_t middleman::id() const {
  return module::network_manager;
}

void* middleman::subtype_ptr() {
  return this;
}

middleman* middleman::of(actor_system& system) {
  return dynamic_cast<middleman*>(system.modules_[module::network_manager].get());
}

} // namespace caf::net

namespace kommander {

void setup_network(caf::actor_system_config& config, const raft_config* raft) {
  net::network_log(); // exists from now on, so that a level set for all loggers reaches it
  config.add_message_types<caf::id_block::kommander_frames>();
  config.set("middleman.workers", std::size_t{0});
  config.module_factories.push_back(
    [raft](caf::actor_system& system) -> caf::actor_system::module* { return new caf::net::middleman(system, raft); });
}

} // namespace kommander

namespace kommander::net {

network_state_ptr state_of(caf::actor_system& system) {
  auto* module = caf::net::middleman::of(system);
  return module != nullptr ? module->state : nullptr;
}

caf::node_id make_unique_node_id(const std::string& name) {
  std::random_device random;
  caf::node_id::default_data::host_id_type host{};
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  if (!name.empty() && EVP_Digest(name.data(), name.size(), digest, &n, EVP_sha256(), nullptr) == 1 && n >= host.size())
    std::copy_n(digest, host.size(), host.begin());
  else
    std::generate(host.begin(), host.end(), [&random] { return static_cast<std::uint8_t>(random()); });
  return caf::make_node_id(random() | 1u, host); // CAF takes a zero for no id
}

void connection_table::add(scribe* x) {
  entries_.push_back(x);
}

void connection_table::remove(scribe* x) {
  std::erase(entries_, x);
}

bool connection_table::may_introduce(const caf::node_id& peer, const scribe* asking) const {
  return std::none_of(entries_.begin(), entries_.end(),
                      [&](const scribe* x) { return x != asking && x->peer() == peer && x->is_lively(); });
}

void connection_table::cut(const caf::node_id& peer, bool all) {
  std::vector<scribe*> found;
  std::copy_if(entries_.begin(), entries_.end(), std::back_inserter(found),
               [&](const scribe* x) { return x->peer() == peer; });
  if (!all && !found.empty())
    found.pop_back(); // they are in the order of their age
  for (auto* x : found)
    x->cut();
}

} // namespace kommander::net
