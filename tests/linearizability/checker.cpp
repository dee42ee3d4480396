#include "tests/linearizability/checker.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace kommander::linearizability {

namespace {

/// Which operations are in order already, and what the register holds after them.
struct search_state {
  std::vector<std::uint64_t> ordered; ///< A bit an operation.
  register_value value = 0;

  friend bool operator==(const search_state&, const search_state&) = default;

  [[nodiscard]] bool has(std::size_t i) const noexcept {
    return ((ordered[i / 64] >> (i % 64)) & 1) != 0;
  }

  void flip(std::size_t i) noexcept {
    ordered[i / 64] ^= std::uint64_t{1} << (i % 64);
  }
};

struct state_hash {
  std::size_t operator()(const search_state& x) const noexcept {
    auto sum = x.value;
    for (auto word : x.ordered)
      sum = (sum ^ word) * 0x9e3779b97f4a7c15u + (sum >> 29);
    return static_cast<std::size_t>(sum ^ (sum >> 32));
  }
};

/// True if the answer of `x`, which was given, is right where the register holds `value`; an open one is always right.
bool is_right(const operation& x, register_value value) noexcept {
  switch (x.what) {
    case action::read: return x.value == value;
    case action::write: return true;
    case action::compare_and_set: return (x.expected == value) == x.swapped;
  }
  return false;
}

bool changes(const operation& x) noexcept {
  return x.what == action::write || (x.what == action::compare_and_set && x.swapped);
}

/// The search for an order of one register's operations.
class search {
public:
  search(std::vector<operation> all, std::size_t states_max) : all_{std::move(all)}, states_max_{states_max} {
    std::erase_if(all_, [](const operation& x) { return x.is_open() && x.what == action::read; });
    std::stable_sort(all_.begin(), all_.end(), [](const auto& x, const auto& y) { return x.invoked < y.invoked; });
    for (std::size_t i = 0; i < all_.size(); ++i)
      note_value(i);
    now_.ordered.resize(all_.size() / 64 + 1);
    best_missing_ = answers_missing_ + 1;
  }

  verdict run() {
    note_furthest();
    for (enter(); answers_missing_ > 0;) {
      if (seen_.size() > states_max_)
        return verdict::unknown;
      if (!advance())
        return verdict::violated;
    }
    return verdict::linearizable;
  }

  [[nodiscard]] std::size_t states() const noexcept {
    return seen_.size();
  }

  /// Where the search got furthest: the value there, and what could not go on.
  [[nodiscard]] std::string furthest() const {
    auto text = "after " + std::to_string(answered_count() - best_missing_) + " of " + std::to_string(answered_count())
                + " answers the register holds " + std::to_string(best_.value) + ", and none of these can be next:";
    std::size_t named = 0;
    for (auto i : candidates(best_))
      if (!all_[i].is_open() && ++named <= 5)
        text += "\n  " + to_text(all_[i]);
    return text;
  }

private:
  /// One operation put into order, and what else could have been put there.
  struct choice {
    std::vector<std::size_t> rest;
    std::optional<std::size_t> chosen;
    register_value before = 0;
  };

  [[nodiscard]] std::size_t answered_count() const noexcept {
    return static_cast<std::size_t>(
      std::count_if(all_.begin(), all_.end(), [](const operation& x) { return !x.is_open(); }));
  }

  /// What may be next: all that were invoked before the first answer that is not in order yet.
  [[nodiscard]] std::vector<std::size_t> candidates(const search_state& x, std::size_t from = 0) const {
    std::vector<std::size_t> result;
    auto first_answer = never;
    for (auto i = from; i < all_.size() && all_[i].invoked <= first_answer; ++i) {
      if (x.has(i))
        continue;
      first_answer = std::min(first_answer, all_[i].answered);
      result.push_back(i);
    }
    std::erase_if(result, [&](std::size_t i) { return all_[i].invoked > first_answer; });
    return result;
  }

  /// What to try next, the last one first.
  [[nodiscard]] std::vector<std::size_t> choices() const {
    auto near = candidates(now_, first_);
    std::vector<std::size_t> open, answered;
    for (auto i : near) {
      const auto& x = all_[i];
      if (!x.is_open() && !changes(x) && is_right(x, now_.value))
        return {i}; // it changes nothing: if it can stand anywhere from here on, it can stand here
      if (x.is_open() ? is_of_use(x, near) : changes(x) && is_right(x, now_.value))
        (x.is_open() ? open : answered).push_back(i);
    }
    open.insert(open.end(), answered.rbegin(), answered.rend());
    return open;
  }

  /// An operation that nobody knows the outcome of may be left out for ever. It has to stand here only if what comes
  /// right behind it needs what it puts; before anything else it makes no difference.
  [[nodiscard]] bool is_of_use(const operation& open, const std::vector<std::size_t>& near) const {
    if (open.what == action::compare_and_set && open.expected != now_.value)
      return false;
    return std::any_of(near.begin(), near.end(), [&](std::size_t i) {
      const auto& x = all_[i];
      if (&x == &open || x.what == action::write)
        return false;
      return x.is_open() ? x.expected == open.value : is_right(x, open.value);
    });
  }

  void enter() {
    while (first_ < all_.size() && now_.has(first_))
      ++first_;
    stack_.push_back({choices(), {}, now_.value});
  }

  void note_furthest() {
    if (answers_missing_ >= best_missing_)
      return;
    best_missing_ = answers_missing_;
    best_ = now_;
  }

  /// Puts one more operation into order, or takes the last one out. False if there is nothing left to try.
  bool advance() {
    while (!stack_.empty()) {
      auto& top = stack_.back();
      if (top.chosen)
        undo(top);
      if (top.rest.empty()) {
        stack_.pop_back();
        continue;
      }
      top.chosen = top.rest.back();
      top.rest.pop_back();
      put(*top.chosen);
      note_furthest();
      if ((now_.value == top.before || !is_lost(top.before)) && seen_.insert(now_).second) {
        enter();
        return true;
      }
    }
    return false;
  }

  // -- values that are needed --------------------------------------------------------------------------------------

  void note_value(std::size_t i) {
    const auto& x = all_[i];
    answers_missing_ += x.is_open() ? 0 : 1;
    if (changes(x))
      putting_[x.value].push_back(i);
    if (x.what == action::read)
      needing_[x.value].push_back(i);
    else if (x.what == action::compare_and_set && x.swapped)
      (x.is_open() ? perhaps_from_ : needing_)[x.expected].push_back(i);
  }

  /// True if the register, which just held `value`, can never hold it again, or what only follows from it, although an
  /// answer that is not in order yet needs that. Without this, many writes at once are tried in all orders before it
  /// shows that one of them has to be the last.
  [[nodiscard]] bool is_lost(register_value value, std::size_t depth = 0) const {
    if (depth > chain_max)
      return false;
    auto waits = [this](std::size_t i) { return !now_.has(i); };
    if (any_of(needing_, value, waits) && !may_come(value, 0))
      return true;
    return any_of(perhaps_from_, value, [&](std::size_t i) { return waits(i) && is_lost(all_[i].value, depth + 1); });
  }

  /// False only if no operation that is not in order yet can put `value`.
  [[nodiscard]] bool may_come(register_value value, std::size_t depth) const {
    return value == now_.value || depth > chain_max || any_of(putting_, value, [&](std::size_t i) {
             const auto& x = all_[i];
             return !now_.has(i) && (x.what == action::write || may_come(x.expected, depth + 1));
           });
  }

  using by_value = std::unordered_map<register_value, std::vector<std::size_t>>;

  template <class Predicate>
  static bool any_of(const by_value& all, register_value value, Predicate predicate) {
    auto found = all.find(value);
    return found != all.end() && std::any_of(found->second.begin(), found->second.end(), predicate);
  }

  // -- moves ---------------------------------------------------------------------------------------------------------

  void put(std::size_t i) {
    now_.flip(i);
    answers_missing_ -= all_[i].is_open() ? 0 : 1;
    if (changes(all_[i]))
      now_.value = all_[i].value;
  }

  void undo(choice& x) {
    now_.flip(*x.chosen);
    answers_missing_ += all_[*x.chosen].is_open() ? 0 : 1;
    now_.value = x.before;
    first_ = std::min(first_, *x.chosen);
    x.chosen.reset();
  }

  static constexpr std::size_t chain_max = 16; ///< So many swaps are followed when it is asked what can still come.

  by_value needing_;           ///< Answers that were given: reads of this value, and swaps that took it.
  by_value putting_;           ///< What puts this value, for certain or perhaps.
  by_value perhaps_from_;      ///< Open swaps that take it.
  std::vector<operation> all_; ///< In the order of their invocations.
  std::size_t states_max_;
  search_state now_;
  std::size_t first_ = 0; ///< All before it are in order.
  std::size_t answers_missing_ = 0;
  std::vector<choice> stack_;
  std::unordered_set<search_state, state_hash> seen_;
  search_state best_;
  std::size_t best_missing_ = 0;
};

} // namespace

check_result check(const history& all, std::size_t states_max) {
  std::map<std::uint64_t, std::vector<operation>> registers;
  for (const auto& x : all)
    registers[x.key].push_back(x);
  check_result result;
  for (auto& [key, operations] : registers) {
    auto count = operations.size();
    search order{std::move(operations), states_max};
    auto answer = order.run();
    result.states += order.states();
    if (answer == verdict::linearizable)
      continue;
    result.answer = answer;
    result.why = "key " + std::to_string(key) + " with " + std::to_string(count) + " operations: "
                 + (answer == verdict::violated ? "no order explains all answers; "
                                                : "given up at " + std::to_string(states_max) + " states; ")
                 + order.furthest();
    if (answer == verdict::violated)
      return result; // what is certain goes before what is not
  }
  return result;
}

} // namespace kommander::linearizability
