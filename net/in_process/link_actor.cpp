/// A link inside one process: draws what becomes of each message, and delivers it when it is due.
#include <random>

#include "net/in_process/network.hpp"
#include "net/log.hpp"
#include "net/message_codec.hpp"

namespace kommander::net {

namespace {

/// To itself: something is due.
struct deliver_due {};

using in_process_link_actor = peer_link::extend<caf::reacts_to<deliver_due>>;

} // namespace

} // namespace kommander::net

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::net::deliver_due)

namespace kommander::net {

namespace {

using caf::timespan;

class link_impl final : public in_process_link_actor::base {
public:
  link_impl(caf::actor_config& config, std::shared_ptr<in_process_network_impl> network, node_id self, node_id peer,
            std::size_t queue_bytes_max)
    : in_process_link_actor::base{config},
      network_{std::move(network)},
      self_{self},
      peer_{peer},
      queue_bytes_max_{queue_bytes_max},
      random_{network_->next_link_seed(self, peer)} {
    // nop
  }

  const char* name() const override {
    return "in_process_link";
  }

  behavior_type make_behavior() override;

private:
  using time_point = caf::actor_clock::time_point;

  struct waiting_message {
    std::size_t weight = 0;
    raft_message message;
  };

  bool happens(double probability);
  timespan draw(std::chrono::milliseconds from, std::chrono::milliseconds to);
  void on_send(link_send& x);
  void accept(const raft_message& x, const network_faults& faults);
  void put(raft_message x, time_point due);
  void deliver_what_is_due();
  void hand_over(std::vector<raft_message>&& messages);
  link_status status();

  std::shared_ptr<in_process_network_impl> network_;
  node_id self_;
  node_id peer_;
  std::size_t queue_bytes_max_;
  std::mt19937_64 random_;
  std::map<std::pair<time_point, std::uint64_t>, waiting_message> waiting_; ///< By due time, then arrival.
  std::size_t waiting_bytes_ = 0;
  std::uint64_t arrivals_ = 0;
  time_point last_due_{};
  link_status status_;
};

link_impl::behavior_type link_impl::make_behavior() {
  cafx::use_library_handlers(this);
  status_.peer = peer_;
  return {
    [this](link_send& x) { on_send(x); },
    [this](const link_retarget& x) { // nobody listens anywhere, so there is nothing else to it
      if (x.introduces_itself)
        network_->introduce(self_, peer_);
    },
    [this](get_link_status) { return status(); },
    [this](deliver_due) { deliver_what_is_due(); },
  };
}

bool link_impl::happens(double probability) {
  return probability > 0 && std::uniform_real_distribution<double>{0, 1}(random_) < probability;
}

timespan link_impl::draw(std::chrono::milliseconds from, std::chrono::milliseconds to) {
  auto low = std::chrono::duration_cast<timespan>(from).count();
  auto high = std::chrono::duration_cast<timespan>(to).count();
  return timespan{high <= low ? low : std::uniform_int_distribution<timespan::rep>{low, high}(random_)};
}

void link_impl::on_send(link_send& x) {
  auto faults = network_->faults();
  for (const auto& message : x.messages)
    accept(message, faults);
  deliver_what_is_due();
}

void link_impl::accept(const raft_message& x, const network_faults& faults) {
  if (happens(faults.loss) || !network_->connected(self_, peer_)) {
    network_->count_dropped(1);
    ++status_.dropped_messages;
    return;
  }
  auto copies = happens(faults.duplication) ? 2 : 1;
  for (auto i = 0; i < copies; ++i) {
    auto due = clock().now() + draw(faults.delay_min, faults.delay_max);
    if (happens(faults.reordering)) {
      due += draw(std::chrono::milliseconds{1}, std::max(faults.delay_max, std::chrono::milliseconds{2}));
      put(x, due);
    } else {
      last_due_ = std::max(last_due_, due); // what is not reordered keeps its order, whatever its delay
      put(x, last_due_);
    }
  }
}

void link_impl::put(raft_message x, time_point due) {
  auto weight = x.weight();
  if (waiting_bytes_ + weight > queue_bytes_max_) {
    network_->count_dropped(1);
    ++status_.dropped_messages;
    return;
  }
  waiting_bytes_ += weight;
  waiting_.emplace(std::pair{due, ++arrivals_}, waiting_message{weight, std::move(x)});
  if (auto t = clock().now(); due > t)
    delayed_send(this, due - t, deliver_due{});
}

void link_impl::deliver_what_is_due() {
  auto t = clock().now();
  std::vector<raft_message> messages;
  while (!waiting_.empty() && waiting_.begin()->first.first <= t) {
    auto& x = waiting_.begin()->second;
    waiting_bytes_ -= x.weight;
    messages.push_back(std::move(x.message));
    waiting_.erase(waiting_.begin());
  }
  if (!messages.empty())
    hand_over(std::move(messages));
}

void link_impl::hand_over(std::vector<raft_message>&& messages) {
  ++status_.frames_sent;
  if (!network_->encodes())
    return network_->deliver(self_, peer_, std::move(messages));
  std::string body;
  for (const auto& x : messages)
    encode_message(body, x);
  auto decoded = decode_messages(bytes{std::move(body)}, self_, peer_);
  if (decoded.ok())
    return network_->deliver(self_, peer_, std::move(*decoded));
  network_log()->error("the codec does not read what it wrote: {}", decoded.error().message);
  network_->count_dropped(messages.size());
}

link_status link_impl::status() {
  auto x = status_;
  x.connected = network_->connected(self_, peer_);
  x.connects = network_->entries_of(peer_);
  x.queued_bytes = waiting_bytes_;
  return x;
}

} // namespace

peer_link spawn_in_process_link(caf::actor_system& system, std::shared_ptr<in_process_network_impl> network,
                                node_id self, node_id peer, std::size_t queue_bytes_max) {
  return caf::actor_cast<peer_link>(system.spawn<link_impl>(std::move(network), self, peer, queue_bytes_max));
}

} // namespace kommander::net
