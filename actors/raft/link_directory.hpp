/// The nodes that this node talks to: the links to them, and where they are. Read by all actors of the node, and by the
/// transport's threads; changed by the raft actor only. A table never changes; a new one takes its place.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <utility>

#include "kommander/partition_map.hpp"
#include "kommander/transport.hpp"

namespace kommander {

/// A node has made itself known, or its messages have come, without a link to it; or it tells where it listens now.
struct node_introduced {
  node_info who; ///< Port zero: that is not known.
};

/// A node that is linked to.
struct linked_node {
  peer_link link;
  endpoint address;    ///< Where it was last known to listen.
  bool member = false; ///< Of the roster, or of the cluster's first members; others may only ask to become one.
};

using introduction_receiver = cafx::typed<void(node_introduced)>;

using link_table = std::map<node_id, linked_node>;

/// All functions but `set…` may be called from any thread at any time.
class link_directory {
public:
  link_directory() : table_{std::make_shared<const link_table>()} {
    // nop
  }

  /// Before anybody asks for a description.
  void set_self(node_info x) {
    self_ = std::move(x);
  }

  void set(link_table table) {
    table_.store(std::make_shared<const link_table>(std::move(table)));
  }

  [[nodiscard]] std::shared_ptr<const link_table> get() const {
    return table_.load();
  }

  /// Invalid: there is none.
  [[nodiscard]] peer_link find(node_id id) const {
    auto table = get();
    auto found = table->find(id);
    return found != table->end() ? found->second.link : peer_link{};
  }

  [[nodiscard]] bool is_member(node_id id) const {
    auto table = get();
    auto found = table->find(id);
    return found != table->end() && found->second.member;
  }

  /// That this node knows. Its version ascends.
  void set_map(std::shared_ptr<const partition_map> x) {
    map_.store(std::move(x));
  }

  /// Null: none is known yet.
  [[nodiscard]] std::shared_ptr<const partition_map> map() const {
    return map_.load();
  }

  /// Who is told that somebody has made itself known; null: nobody.
  void set_host(caf::weak_actor_ptr x) {
    host_.store(std::make_shared<const caf::weak_actor_ptr>(std::move(x)));
  }

  void introduce(const node_info& who) const {
    auto host = host_.load();
    if (auto target = host ? caf::actor_cast<caf::strong_actor_ptr>(*host) : nullptr)
      caf::anon_send(caf::actor_cast<introduction_receiver>(target), node_introduced{who});
  }

  /// Id zero: the node is not known here.
  [[nodiscard]] node_info describe(node_id id) const {
    if (id == self_.id)
      return self_;
    auto table = get();
    auto found = table->find(id);
    return found != table->end() ? node_info{id, found->second.address} : node_info{};
  }

private:
  node_info self_;
  std::atomic<std::shared_ptr<const link_table>> table_;
  std::atomic<std::shared_ptr<const caf::weak_actor_ptr>> host_;
  std::atomic<std::shared_ptr<const partition_map>> map_;
};

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::node_introduced)
