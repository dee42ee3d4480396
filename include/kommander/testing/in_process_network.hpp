/// A network inside one process, with faults that can be set while it runs. For tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "kommander/types.hpp"

namespace kommander {

/// Rates are probabilities in [0, 1]; delays are drawn uniformly from [delay_min, delay_max].
struct network_faults {
  double loss = 0;
  double duplication = 0;
  double reordering = 0; ///< Chance that a message is held back by up to `delay_max`, past its successors.
  std::chrono::milliseconds delay_min{0};
  std::chrono::milliseconds delay_max{0};
};

/// Connects the in-process transports that share it. All functions may be called from any thread at any time.
class in_process_network {
public:
  /// `seed` decides every random choice. With `encode`, messages pass through the wire format.
  static std::shared_ptr<in_process_network> make(std::uint64_t seed = 1, bool encode = true);

  virtual ~in_process_network() = default;

  /// Faults of all connections from now on.
  virtual void set_faults(const network_faults& faults) = 0;

  /// Cuts what `from` sends to `to`; the other way stays as it is.
  virtual void cut(node_id from, node_id to) = 0;

  /// Cuts both ways between `node` and everyone else.
  virtual void isolate(node_id node) = 0;

  /// Undoes all cuts (not the faults).
  virtual void heal() = 0;

  [[nodiscard]] virtual std::uint64_t delivered() const = 0;
  [[nodiscard]] virtual std::uint64_t dropped() const = 0;
};

} // namespace kommander
