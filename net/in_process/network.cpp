#include "net/in_process/network.hpp"

#include <algorithm>

#include <xxhash.h>

#include "net/message_codec.hpp"

namespace kommander {

std::shared_ptr<in_process_network> in_process_network::make(std::uint64_t seed, bool encode) {
  return std::make_shared<net::in_process_network_impl>(seed, encode);
}

} // namespace kommander

namespace kommander::net {

in_process_network_impl::in_process_network_impl(std::uint64_t seed, bool encode) : seed_{seed}, encode_{encode} {
  // nop
}

void in_process_network_impl::set_faults(const network_faults& faults) {
  std::lock_guard guard{mutex_};
  faults_ = faults;
}

void in_process_network_impl::cut(node_id from, node_id to) {
  std::lock_guard guard{mutex_};
  cuts_.emplace(from, to);
}

void in_process_network_impl::isolate(node_id node) {
  std::lock_guard guard{mutex_};
  isolated_.insert(node);
}

void in_process_network_impl::heal() {
  std::lock_guard guard{mutex_};
  cuts_.clear();
  isolated_.clear();
}

std::uint64_t in_process_network_impl::delivered() const {
  std::lock_guard guard{mutex_};
  return delivered_;
}

std::uint64_t in_process_network_impl::dropped() const {
  std::lock_guard guard{mutex_};
  return dropped_;
}

result<done> in_process_network_impl::enter(const node_info& node, const std::string& cluster, message_sink sink,
                                            introduction_sink introduced) {
  std::lock_guard guard{mutex_};
  member x{node.address, cluster, std::make_shared<const message_sink>(std::move(sink)),
           std::make_shared<const introduction_sink>(std::move(introduced))};
  if (!members_.try_emplace(node.id, std::move(x)).second)
    return failure{status::invalid_argument,
                   "node " + to_string(node.id) + " is in this in-process network already: each id may be there once"};
  ++entries_[node.id];
  return done{};
}

void in_process_network_impl::introduce(node_id from, node_id to) {
  std::shared_ptr<const introduction_sink> sink;
  node_info who{from, {}};
  {
    std::lock_guard guard{mutex_};
    if (!connected_now(from, to))
      return;
    who.address = members_.at(from).address;
    sink = members_.at(to).introduced;
  }
  if (*sink)
    (*sink)(who);
}

std::uint64_t in_process_network_impl::entries_of(node_id node) const {
  std::lock_guard guard{mutex_};
  auto found = entries_.find(node);
  return found != entries_.end() ? found->second : 0;
}

void in_process_network_impl::leave(node_id node) {
  std::lock_guard guard{mutex_};
  members_.erase(node);
}

bool in_process_network_impl::connected(node_id from, node_id to) const {
  std::lock_guard guard{mutex_};
  return connected_now(from, to);
}

bool in_process_network_impl::connected_now(node_id from, node_id to) const {
  auto sender = members_.find(from);
  auto receiver = members_.find(to);
  return sender != members_.end() && receiver != members_.end() && sender->second.cluster == receiver->second.cluster
         && !cuts_.contains({from, to}) && !isolated_.contains(from) && !isolated_.contains(to);
}

network_faults in_process_network_impl::faults() const {
  std::lock_guard guard{mutex_};
  return faults_;
}

std::uint64_t in_process_network_impl::next_link_seed(node_id from, node_id to) {
  std::lock_guard guard{mutex_};
  const std::uint64_t parts[] = {from.value(), to.value(), ++links_[{from, to}]};
  return XXH3_64bits_withSeed(parts, sizeof parts, seed_);
}

void in_process_network_impl::deliver(node_id from, node_id to, std::vector<raft_message>&& messages) {
  std::shared_ptr<const message_sink> sink;
  {
    std::lock_guard guard{mutex_};
    if (!connected_now(from, to)) {
      dropped_ += messages.size();
      return;
    }
    delivered_ += messages.size();
    delivered_to_partitions_ +=
      static_cast<std::uint64_t>(std::ranges::count_if(messages, [](const auto& x) { return !x.is_between_nodes(); }));
    sink = members_.at(to).sink;
  }
  (*sink)(from, std::move(messages));
}

std::uint64_t in_process_network_impl::delivered_to_partitions() const {
  std::lock_guard guard{mutex_};
  return delivered_to_partitions_;
}

void in_process_network_impl::count_dropped(std::uint64_t n) {
  std::lock_guard guard{mutex_};
  dropped_ += n;
}

} // namespace kommander::net
