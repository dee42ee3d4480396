/// Immutable, reference-counted payloads. Free of CAF.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace kommander {

/// An immutable run of bytes. Copying costs one atomic increment, whatever the size; a slice shares its owner's
/// memory. Safe to read from any thread.
class bytes {
public:
  bytes() noexcept = default;

  /// Takes over the content of `content` without copying it.
  explicit bytes(std::string content) {
    if (content.empty())
      return;
    owner_ = std::make_shared<const std::string>(std::move(content));
    view_ = *owner_;
  }

  /// Copies `content`.
  static bytes copy(std::string_view content) {
    return bytes{std::string{content}};
  }

  /// The bytes [offset, offset + length) of this object, sharing its memory. The range must lie within `size()`.
  [[nodiscard]] bytes slice(std::size_t offset, std::size_t length) const {
    bytes result;
    if (length > 0 && offset + length <= view_.size()) {
      result.owner_ = owner_;
      result.view_ = view_.substr(offset, length);
    }
    return result;
  }

  /// A copy that owns just these bytes, so that a small slice does not keep a large owner alive.
  [[nodiscard]] bytes compacted() const {
    return owner_ && owner_->size() != view_.size() ? copy(view_) : *this;
  }

  [[nodiscard]] const char* data() const noexcept {
    return view_.data();
  }

  [[nodiscard]] std::size_t size() const noexcept {
    return view_.size();
  }

  [[nodiscard]] bool empty() const noexcept {
    return view_.empty();
  }

  [[nodiscard]] std::string_view view() const noexcept {
    return view_;
  }

  friend bool operator==(const bytes& x, const bytes& y) noexcept {
    return x.view_ == y.view_;
  }

private:
  std::shared_ptr<const std::string> owner_;
  std::string_view view_;
};

} // namespace kommander
