#include "tests/process/harness/network.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <stdexcept>
#include <system_error>

namespace process_test {

// -- constructors and destructors -----------------------------------------------------------------------------------

network::network(std::size_t nodes) : nodes_{nodes} {
  try {
    build();
  } catch (const std::exception& x) {
    problem_ = x.what();
  }
}

network::~network() {
  if (!problem_.empty())
    return;
  std::uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(end_.number(), &one, sizeof one);
  switch_.join();
  enter_namespace(before_);
}

void network::build() {
  if (nodes_ >= ports_max)
    throw std::invalid_argument{"a network has fewer nodes"};
  for (std::size_t i = 0; i <= nodes_; ++i)
    ports_.push_back(make_port(i, nodes_ + 1));
  links_.resize(ports_.size() * ports_.size());
  poll_ = descriptor{::epoll_create1(EPOLL_CLOEXEC)};
  end_ = descriptor{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  auto watch = [this](const descriptor& what, std::size_t name) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = name;
    if (::epoll_ctl(poll_.number(), EPOLL_CTL_ADD, what.number(), &event) != 0)
      throw std::system_error{errno, std::system_category(), "epoll_ctl"};
  };
  for (std::size_t i = 0; i < ports_.size(); ++i)
    watch(ports_[i].cable, i);
  watch(end_, ports_.size());
  before_ = current_namespace();
  enter_namespace(ports_.back().name_space);
  switch_ = std::thread{[this] { run(); }};
}

// -- troubles -------------------------------------------------------------------------------------------------------

template <class F>
void network::each_link(F f) {
  std::lock_guard guard{mutex_};
  for (std::size_t from = 0; from < nodes_; ++from)
    for (std::size_t to = 0; to < nodes_; ++to)
      if (from != to)
        f(link_of(from, to));
}

void network::cut(std::size_t a, std::size_t b) {
  cut_one_way(a, b);
  cut_one_way(b, a);
}

void network::cut_one_way(std::size_t from, std::size_t to) {
  std::lock_guard guard{mutex_};
  link_of(from, to).is_cut = true;
}

void network::isolate(std::size_t node) {
  for (std::size_t i = 0; i < nodes_; ++i)
    if (i != node)
      cut(node, i);
}

void network::slow(std::size_t a, std::size_t b, std::chrono::milliseconds delay) {
  std::lock_guard guard{mutex_};
  link_of(a, b).delay = link_of(b, a).delay = delay;
}

void network::slow_all(std::chrono::milliseconds delay) {
  each_link([=](link& x) { x.delay = delay; });
}

void network::lose(std::size_t a, std::size_t b, double share) {
  std::lock_guard guard{mutex_};
  link_of(a, b).loss = link_of(b, a).loss = share;
}

void network::lose_all(double share) {
  each_link([=](link& x) { x.loss = share; });
}

void network::heal() {
  each_link([](link& x) {
    x.is_cut = false;
    x.delay = std::chrono::milliseconds{0};
    x.loss = 0;
  });
}

network::counts network::count() const {
  std::lock_guard guard{mutex_};
  return counts_;
}

// -- the switch -----------------------------------------------------------------------------------------------------

void network::run() {
  std::array<epoll_event, 16> ready{};
  for (;;) {
    auto n = ::epoll_wait(poll_.number(), ready.data(), static_cast<int>(ready.size()), milliseconds_to_next());
    for (auto i = 0; i < n; ++i) {
      auto name = static_cast<std::size_t>(ready[static_cast<std::size_t>(i)].data.u64);
      if (name == ports_.size())
        return;
      take_frames(name);
    }
    deliver_due();
  }
}

void network::take_frames(std::size_t from) {
  constexpr auto at_once_max = 32; // the others have frames as well
  std::array<unsigned char, frame_bytes_max> frame{};
  for (auto i = 0; i < at_once_max; ++i) {
    auto bytes = ::read(ports_[from].cable.number(), frame.data(), frame.size());
    if (bytes <= 0)
      return;
    forward(from, frame.data(), static_cast<std::size_t>(bytes));
  }
}

void network::forward(std::size_t from, const unsigned char* frame, std::size_t bytes) {
  auto to = destination_of(frame, bytes);
  if (to >= ports_.size())
    return; // what IPv6 says to everybody
  std::lock_guard guard{mutex_};
  auto& x = link_of(from, to);
  counts_.sent += from < nodes_ && to < nodes_ ? 1 : 0;
  if (x.is_cut) {
    ++counts_.cut;
  } else if (x.loss > 0 && std::uniform_real_distribution{}(random_) < x.loss) {
    ++counts_.lost;
  } else if (x.delay.count() == 0) {
    deliver(to, frame, bytes);
  } else if (x.waiting >= waiting_frames_max) {
    ++counts_.overflowed;
  } else {
    ++x.waiting;
    ++counts_.delayed;
    waiting_.emplace(clock::now() + x.delay, waiting_frame{&x, to, {frame, frame + bytes}});
  }
}

void network::deliver(std::size_t to, const unsigned char* frame, std::size_t bytes) {
  // What the kernel does not take is lost, as on any network.
  [[maybe_unused]] auto written = ::write(ports_[to].cable.number(), frame, bytes);
}

void network::deliver_due() {
  std::lock_guard guard{mutex_};
  auto end = waiting_.upper_bound(clock::now());
  for (auto i = waiting_.begin(); i != end; i = waiting_.erase(i)) {
    --i->second.via->waiting;
    deliver(i->second.to, i->second.content.data(), i->second.content.size());
  }
}

int network::milliseconds_to_next() const {
  std::lock_guard guard{mutex_};
  if (waiting_.empty())
    return -1;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(waiting_.begin()->first - clock::now());
  return static_cast<int>(std::max(left, std::chrono::milliseconds{0}).count());
}

} // namespace process_test
