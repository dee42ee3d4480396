/// Nodes in network namespaces of their own, and a switch between them whose links can be cut, slow and lossy.
/// Free of CAF.
#pragma once

#include "tests/process/harness/port.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace process_test {

/// A network of nodes 0, 1, … and of the thread that makes it, which is in a namespace of its own until the end, with
/// all that it starts: it reaches each node, whatever happens to the links between the nodes. Needs the right to make
/// namespaces, and TAP devices.
///
/// Links are of IP packets, one for each direction between two nodes. What is said of them holds from now on, for
/// frames that come later. On TCP a link that is cut one way soon carries nothing the other way either, since nobody
/// confirms it: who cannot answer hears about ten packets more.
class network {
public:
  explicit network(std::size_t nodes);
  ~network();
  network(const network&) = delete;
  network& operator=(const network&) = delete;

  /// Why there is none; empty if there is one.
  [[nodiscard]] const std::string& problem() const noexcept {
    return problem_;
  }

  [[nodiscard]] std::size_t nodes() const noexcept {
    return nodes_;
  }

  /// Where a node can listen, and where processes must be started for that.
  [[nodiscard]] std::string address(std::size_t node) const {
    return address_of_port(node);
  }
  [[nodiscard]] const descriptor& name_space(std::size_t node) const {
    return ports_[node].name_space;
  }

  // -- troubles -----------------------------------------------------------------------------------------------------

  void cut(std::size_t a, std::size_t b);
  void cut_one_way(std::size_t from, std::size_t to);

  /// Cuts a node off from all others.
  void isolate(std::size_t node);

  /// Frames take so long, each way; frames that are sent one after the other arrive in that order. A direction holds
  /// at most `waiting_frames_max` of them.
  void slow(std::size_t a, std::size_t b, std::chrono::milliseconds delay);
  void slow_all(std::chrono::milliseconds delay);

  /// So many of the frames are lost, from 0 to 1, each way.
  void lose(std::size_t a, std::size_t b, double share);
  void lose_all(double share);

  /// Ends all troubles.
  void heal();

  // -- what happened ------------------------------------------------------------------------------------------------

  /// Frames from node to node.
  struct counts {
    std::uint64_t sent = 0;
    std::uint64_t cut = 0;
    std::uint64_t lost = 0;
    std::uint64_t delayed = 0;
    std::uint64_t overflowed = 0; ///< Did not find room on a slow link.
  };

  [[nodiscard]] counts count() const;

  static constexpr std::size_t waiting_frames_max = 1000;

private:
  using clock = std::chrono::steady_clock;

  static constexpr std::size_t frame_bytes_max = 2048; // the interfaces send at most 1514

  struct link {
    bool is_cut = false;
    std::chrono::milliseconds delay{0};
    double loss = 0;
    std::size_t waiting = 0;
  };

  struct waiting_frame {
    link* via;
    std::size_t to;
    std::vector<unsigned char> content;
  };

  /// Calls `f` with each link between two of the nodes.
  template <class F>
  void each_link(F f);

  [[nodiscard]] link& link_of(std::size_t from, std::size_t to) {
    return links_[from * ports_.size() + to];
  }

  void build();
  void run();
  void take_frames(std::size_t from);
  void forward(std::size_t from, const unsigned char* frame, std::size_t bytes);
  void deliver(std::size_t to, const unsigned char* frame, std::size_t bytes);
  void deliver_due();
  [[nodiscard]] int milliseconds_to_next() const;

  std::size_t nodes_;
  std::vector<port> ports_; ///< The last one is of the thread that made this.
  std::string problem_;
  descriptor before_; ///< The namespace that this thread was in.
  descriptor poll_;
  descriptor end_; ///< Can be read when the switch is to end.
  std::thread switch_;

  mutable std::mutex mutex_; ///< For all that follows.
  std::vector<link> links_;
  std::multimap<clock::time_point, waiting_frame> waiting_; ///< By when they are due.
  std::mt19937 random_{1};
  counts counts_;
};

} // namespace process_test
