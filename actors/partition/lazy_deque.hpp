/// A queue that needs no memory while it is empty: a `std::deque` allocates more than half a kibibyte for nothing, and
/// each of many thousand idle partitions has a dozen of them. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

namespace kommander {

/// Has the functions of `std::deque` that are used here, with the same guarantees: references stay valid while the queue
/// grows and shrinks at its ends. What becomes empty gives its memory back.
template <class T>
class lazy_deque {
  using content = std::deque<T>;

public:
  using value_type = T;
  using iterator = typename content::iterator;
  using const_iterator = typename content::const_iterator;
  using reverse_iterator = typename content::reverse_iterator;

  lazy_deque() = default;
  lazy_deque(lazy_deque&& other) noexcept = default;
  lazy_deque& operator=(lazy_deque&& other) noexcept = default;

  lazy_deque(const lazy_deque& other) : items_{other.items_ ? std::make_unique<content>(*other.items_) : nullptr} {
    // nop
  }

  lazy_deque& operator=(const lazy_deque& other) {
    return *this = lazy_deque{other};
  }

  ~lazy_deque() = default;

  [[nodiscard]] bool empty() const noexcept {
    return !items_;
  }

  [[nodiscard]] std::size_t size() const noexcept {
    return items_ ? items_->size() : 0;
  }

  // An empty queue has value-initialized iterators, which are equal.

  iterator begin() noexcept {
    return items_ ? items_->begin() : iterator{};
  }

  iterator end() noexcept {
    return items_ ? items_->end() : iterator{};
  }

  const_iterator begin() const noexcept {
    return items_ ? std::as_const(*items_).begin() : const_iterator{};
  }

  const_iterator end() const noexcept {
    return items_ ? std::as_const(*items_).end() : const_iterator{};
  }

  reverse_iterator rbegin() noexcept {
    return reverse_iterator{end()};
  }

  reverse_iterator rend() noexcept {
    return reverse_iterator{begin()};
  }

  // What follows is for queues that are not empty, as in the standard library.

  T& front() {
    return items_->front();
  }

  const T& front() const {
    return items_->front();
  }

  T& back() {
    return items_->back();
  }

  const T& back() const {
    return items_->back();
  }

  T& operator[](std::size_t i) {
    return (*items_)[i];
  }

  const T& operator[](std::size_t i) const {
    return (*items_)[i];
  }

  void push_back(T x) {
    if (!items_)
      items_ = std::make_unique<content>();
    items_->push_back(std::move(x));
  }

  void pop_front() {
    items_->pop_front();
    let_go();
  }

  void pop_back() {
    items_->pop_back();
    let_go();
  }

  /// Of an empty range, nothing.
  void erase(const_iterator first, const_iterator last) {
    if (!items_)
      return;
    items_->erase(first, last);
    let_go();
  }

  void clear() noexcept {
    items_.reset();
  }

private:
  void let_go() noexcept {
    if (items_->empty())
      items_.reset();
  }

  std::unique_ptr<content> items_; ///< Null, or not empty.
};

} // namespace kommander
