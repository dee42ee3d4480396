/// Spoils valid inputs in the ways that find mistakes in decoders.
#pragma once

#include <random>
#include <string>

namespace kommander::test {

class mutator {
public:
  explicit mutator(std::uint64_t seed) : random_{seed} {
    // nop
  }

  /// `x` with one to four changes, each of which may be any.
  std::string spoil(std::string x) {
    for (auto n = 1 + random_() % 4; n > 0; --n)
      change(x);
    return x;
  }

  std::mt19937_64& random() {
    return random_;
  }

private:
  std::size_t position(const std::string& x) {
    return random_() % (x.size() + 1);
  }

  void change(std::string& x) {
    auto at = position(x);
    switch (random_() % 7) {
      case 0:
        if (at < x.size())
          x[at] = static_cast<char>(x[at] ^ (1 << random_() % 8));
        break;
      case 1:
        if (at < x.size())
          x[at] = static_cast<char>(random_());
        break;
      case 2: x.resize(at); break;
      case 3: x.insert(at, 1 + random_() % 8, static_cast<char>(random_())); break;
      case 4: x.erase(at, 1 + random_() % 8); break;
      case 5: x.insert(at, x.substr(position(x), random_() % 64)); break;
      default: x.replace(at, std::min<std::size_t>(x.size() - at, 5), "\xff\xff\xff\xff\x0f"); break; // a huge length
    }
  }

  std::mt19937_64 random_;
};

} // namespace kommander::test
