#include "net/discovery/feed.hpp"

#include <algorithm>

#include "net/log.hpp"

namespace kommander::net {

std::vector<contact> tidy_contacts(std::vector<contact> all, const node_info& self) {
  std::vector<endpoint> named;
  for (const auto& x : all)
    if (x.id)
      named.push_back(x.address);
  std::ranges::sort(named);
  std::erase_if(all, [&](const contact& x) {
    return (self.id && x.id == self.id) || x.address == self.address || x.address.host.empty() || x.address.port == 0
           || (!x.id && std::ranges::binary_search(named, x.address));
  });
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  if (all.size() > contacts_max)
    all.resize(contacts_max);
  return all;
}

bool contact_feed::open(discovery_context context) {
  std::lock_guard guard{mutex_};
  if (opened_)
    return false;
  opened_ = open_ = true;
  context_ = std::move(context);
  return true;
}

void contact_feed::offer(std::vector<contact> all) {
  std::lock_guard guard{mutex_};
  if (!open_ || !context_.found)
    return;
  auto tidy = tidy_contacts(std::move(all), context_.self);
  if (tidy == last_)
    return;
  last_ = tidy;
  try {
    context_.found(std::move(tidy));
  } catch (const std::exception& x) {
    network_log()->error("what a discovery has found was not taken: {}", x.what());
  }
}

void contact_feed::close() {
  std::lock_guard guard{mutex_};
  open_ = false;
  context_.found = nullptr;
}

failure started_before() {
  return {status::invalid_argument, "the discovery has been started before: give each node one of its own"};
}

} // namespace kommander::net
