/// A value or the reason why there is none. Free of CAF; used where no actor is involved (storage, set-up).
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "kommander/status.hpp"

namespace kommander {

/// Why something failed: a status for the program, and one sentence for people that names the value that was wrong
/// and what would be right.
struct failure {
  status code = status::errored;
  std::string message;
};

/// Either a `T` or a `failure`.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : content_{std::in_place_index<0>, std::move(value)} { // NOLINT: implicit on purpose
    // nop
  }

  result(failure why) : content_{std::in_place_index<1>, std::move(why)} { // NOLINT: implicit on purpose
    // nop
  }

  [[nodiscard]] bool ok() const noexcept {
    return content_.index() == 0;
  }

  explicit operator bool() const noexcept {
    return ok();
  }

  /// The value. Only when `ok()`; otherwise std::bad_variant_access is thrown.
  T& value() & {
    return std::get<0>(content_);
  }

  const T& value() const& {
    return std::get<0>(content_);
  }

  T&& value() && {
    return std::get<0>(std::move(content_));
  }

  T& operator*() & {
    return value();
  }

  const T& operator*() const& {
    return value();
  }

  T* operator->() {
    return &value();
  }

  const T* operator->() const {
    return &value();
  }

  /// The reason. Only when not `ok()`.
  [[nodiscard]] const failure& error() const {
    return std::get<1>(content_);
  }

private:
  std::variant<T, failure> content_;
};

/// The result of an operation that yields nothing but success.
struct done {};

} // namespace kommander
