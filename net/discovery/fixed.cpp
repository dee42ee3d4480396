// Contacts that the application knows: once for all, or from time to time.
#include <mutex>

#include "net/discovery/feed.hpp"

namespace kommander {

using net::contact_feed;

// -- static -------------------------------------------------------------------------------------------------------

namespace {

class fixed_discovery final : public discovery {
public:
  explicit fixed_discovery(static_discovery x) : fixed_{std::move(x)} {
    // nop
  }

  ~fixed_discovery() override {
    fixed_discovery::stop();
  }

  result<done> start(caf::actor_system&, discovery_context context) override {
    if (!feed_.open(std::move(context)))
      return net::started_before();
    std::vector<contact> all;
    for (const auto& x : fixed_.members)
      all.push_back({x.id, x.address});
    feed_.offer(std::move(all));
    return done{};
  }

  void stop() override {
    feed_.close();
  }

private:
  static_discovery fixed_;
  contact_feed feed_;
};

} // namespace

discovery_ptr make_discovery(static_discovery fixed) {
  return std::make_shared<fixed_discovery>(std::move(fixed));
}

// -- dynamic ------------------------------------------------------------------------------------------------------

class dynamic_discovery::implementation {
public:
  /// Held from the change of the list to its hand-over, so that the last one that was set is the last one told.
  std::mutex mutex;
  std::vector<contact> contacts;
  contact_feed feed;
};

dynamic_discovery::dynamic_discovery() : implementation_{std::make_shared<implementation>()} {
  // nop
}

dynamic_discovery::~dynamic_discovery() {
  dynamic_discovery::stop();
}

void dynamic_discovery::set(std::vector<contact> contacts) {
  std::lock_guard guard{implementation_->mutex};
  implementation_->contacts = std::move(contacts);
  implementation_->feed.offer(implementation_->contacts);
}

result<done> dynamic_discovery::start(caf::actor_system&, discovery_context context) {
  std::lock_guard guard{implementation_->mutex};
  if (!implementation_->feed.open(std::move(context)))
    return net::started_before();
  implementation_->feed.offer(implementation_->contacts);
  return done{};
}

void dynamic_discovery::stop() {
  implementation_->feed.close();
}

} // namespace kommander
