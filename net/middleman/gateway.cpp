#include "net/middleman/gateway.hpp"

#include "net/log.hpp"
#include "net/middleman/speaker.hpp"

namespace kommander::net {

namespace {

/// Strangers are told of so often at most.
constexpr std::chrono::milliseconds introduction_interval{20};

} // namespace

std::set<std::string> gateway_interface() {
  return {"kommander.gateway"};
}

gateway::gateway(caf::actor_config& config, node_id self, std::string cluster, introduction_sink introduced,
                 bool demands_proof)
  : caf::monitorable_actor{config},
    self_{self},
    cluster_{std::move(cluster)},
    introduced_{std::move(introduced)},
    demands_proof_{demands_proof} {
  // nop
}

const char* gateway::name() const {
  return "gateway";
}

void gateway::enqueue(caf::mailbox_element_ptr what, caf::execution_unit* context) {
  if (handle_system_message(*what, context, true))
    return;
  if (!what->content().match_elements<frame>()) // CAF makes an empty message of one that it cannot read
    return count_refusal("it cannot be read");
  caf::strong_actor_ptr link;
  const auto& x = what->content().get_as<frame>(0);
  auto forged = reason_to_distrust(x);
  if (forged.empty() && is_question(x))
    return answer_refusal(x, what->sender, context);
  auto why = forged.empty() ? reason_to_refuse(x) : forged;
  // A node of another cluster that refuses us is answered by nobody, but the link should know, to stop waiting for it.
  if (why.empty() || (forged.empty() && x.kind == frame_kind::refusal))
    link = receiver_of(x);
  if (!link && why.empty() && x.kind == frame_kind::hello)
    introduce(x);
  if (!link || !why.empty())
    refuse(x, why.empty() ? "node " + to_string(x.sender) + " is not a member" : why, what->sender, context);
  if (link)
    link->enqueue(std::move(what), context);
}

/// A node of this cluster wants to know who we are.
bool gateway::is_question(const frame& x) const {
  return x.version == protocol_version && x.kind == frame_kind::hello && x.receiver == anybody && x.cluster == cluster_;
}

caf::strong_actor_ptr gateway::receiver_of(const frame& x) const {
  std::lock_guard guard{mutex_};
  if (x.kind == frame_kind::refusal)
    if (auto i = questions_.find(x.epoch); i != questions_.end())
      return i->second;
  auto i = links_.find(x.sender);
  return i != links_.end() ? i->second : nullptr;
}

std::string gateway::reason_to_refuse(const frame& x) const {
  if (x.version != protocol_version)
    return "its protocol version is " + std::to_string(x.version) + ", ours is " + std::to_string(protocol_version);
  if (x.cluster != cluster_)
    return "its cluster is '" + x.cluster + "', ours is '" + cluster_ + "'";
  if (x.receiver != self_)
    return "it is for node " + to_string(x.receiver) + ", this is node " + to_string(self_);
  return {};
}

std::string gateway::reason_to_distrust(const frame& x) const {
  if (!demands_proof_)
    return {};
  const auto* speaker = current_speaker();
  if (speaker == nullptr || !speaker->proved)
    return "nothing proves that it comes from node " + to_string(x.sender);
  if (speaker->client)
    return "it comes from a client, in the name of node " + to_string(x.sender);
  if (speaker->node && speaker->node != x.sender)
    return "it comes from node " + to_string(speaker->node) + ", in the name of node " + to_string(x.sender);
  return {};
}

void gateway::refuse(const frame& x, const std::string& why, const caf::strong_actor_ptr& sender,
                     caf::execution_unit* context) {
  count_refusal(why);
  // So that the other side can tell its people, too. A refusal is never answered.
  if (sender && x.kind != frame_kind::refusal && (x.version != protocol_version || x.kind == frame_kind::hello))
    answer_refusal(x, sender, context);
}

void gateway::answer_refusal(const frame& x, const caf::strong_actor_ptr& sender, caf::execution_unit* context) {
  if (!sender)
    return;
  frame answer;
  answer.cluster = cluster_;
  answer.sender = self_;
  answer.receiver = x.sender && x.sender != self_ ? x.sender : node_id{self_.value() + 1};
  answer.epoch = x.epoch;
  answer.kind = frame_kind::refusal;
  sender->enqueue(nullptr, caf::make_message_id(), caf::make_message(std::move(answer)), context);
}

void gateway::count_refusal(const std::string& why) {
  ++refused_;
  std::int64_t held_back = 0;
  {
    std::lock_guard guard{mutex_};
    held_back = limiter_.admit();
  }
  if (held_back >= 0)
    network_log()->warn("a frame is refused: {} ({} more since the last such line)", why, held_back);
}

/// A stranger that asks to be let in. It is refused now, and tries again; by then there may be a link for it.
void gateway::introduce(const frame& x) {
  auto where = decode_endpoint(x.body);
  if (!introduced_ || !where)
    return;
  {
    std::lock_guard guard{mutex_};
    auto now = std::chrono::steady_clock::now();
    if (now < next_introduction_)
      return;
    next_introduction_ = now + introduction_interval;
  }
  introduced_({x.sender, *where});
}

void gateway::attach_link(node_id peer, caf::strong_actor_ptr link) {
  std::lock_guard guard{mutex_};
  links_[peer] = std::move(link);
}

void gateway::detach_link(node_id peer, const caf::strong_actor_ptr& link) {
  caf::strong_actor_ptr last; // let go of outside the lock
  std::lock_guard guard{mutex_};
  if (auto i = links_.find(peer); i != links_.end() && i->second == link) {
    last = std::move(i->second);
    links_.erase(i);
  }
}

void gateway::attach_question(std::uint64_t epoch, caf::strong_actor_ptr asker) {
  std::lock_guard guard{mutex_};
  questions_[epoch] = std::move(asker);
}

void gateway::detach_question(std::uint64_t epoch) {
  caf::strong_actor_ptr last; // let go of outside the lock
  std::lock_guard guard{mutex_};
  if (auto i = questions_.find(epoch); i != questions_.end()) {
    last = std::move(i->second);
    questions_.erase(i);
  }
}

void gateway::close() {
  std::map<node_id, caf::strong_actor_ptr> links;
  std::map<std::uint64_t, caf::strong_actor_ptr> questions;
  {
    std::lock_guard guard{mutex_};
    links.swap(links_);
    questions.swap(questions_);
  }
  cleanup(caf::exit_reason::user_shutdown, nullptr);
}

caf::strong_actor_ptr make_gateway(caf::actor_system& system, node_id self, const std::string& cluster,
                                   introduction_sink introduced, bool demands_proof) {
  caf::actor_config config;
  return caf::make_actor<gateway, caf::strong_actor_ptr>(system.next_actor_id(), system.node(), &system, config, self,
                                                         cluster, std::move(introduced), demands_proof);
}

} // namespace kommander::net
