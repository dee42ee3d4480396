/// What all partitions of a node may have under way together, in entries and bytes, and each partition's share of it. Pure;
/// safe to use from several threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace kommander {

struct load {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;

  friend bool operator==(const load&, const load&) = default;
};

class node_budget {
public:
  explicit node_budget(load most) noexcept : most_{most} {
    // nop
  }

  /// Takes all of `x`, or nothing if that would be more than there is. What alone is more than all counts as all.
  bool try_take(load x) noexcept;

  /// Takes `x` even if there is less left.
  void take(load x) noexcept;
  void give_back(load x) noexcept;

  /// True if nothing more may be taken.
  [[nodiscard]] bool exhausted() const noexcept;
  [[nodiscard]] load taken() const noexcept;

  /// As `x` is counted.
  [[nodiscard]] load limited(load x) const noexcept;

private:
  load most_;
  std::atomic<std::uint64_t> entries_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

/// One partition's share. Nothing of it outlives `close`, whatever was on its way to the partition then.
class budget_share {
public:
  explicit budget_share(std::shared_ptr<node_budget> from) noexcept : from_{std::move(from)} {
    // nop
  }

  ~budget_share() {
    close();
  }

  budget_share(const budget_share&) = delete;
  budget_share& operator=(const budget_share&) = delete;

  bool try_take(load x) noexcept;
  void give_back(load x) noexcept;

  /// Makes the share exactly this large. For one user, who takes and gives back in no other way.
  void hold(load x) noexcept;

  /// Gives everything back.
  void close() noexcept;

  [[nodiscard]] const node_budget& budget() const noexcept {
    return *from_;
  }

private:
  std::shared_ptr<node_budget> from_;
  std::atomic<std::uint64_t> entries_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

} // namespace kommander
