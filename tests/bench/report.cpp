#include "tests/bench/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace kommander::bench {

json_line& json_line::add(std::string_view name, std::string_view value) {
  fields_ += fmt::format("{}\"{}\":\"{}\"", fields_.empty() ? "" : ",", name, value);
  return *this;
}

json_line& json_line::add(std::string_view name, double value) {
  auto digits = fmt::format("{:.3f}", value);
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.')
    digits.pop_back();
  fields_ += fmt::format("{}\"{}\":{}", fields_.empty() ? "" : ",", name, digits);
  return *this;
}

void json_line::print() const {
  std::printf("{%s}\n", fields_.c_str());
  std::fflush(stdout);
}

double quantile(std::vector<double>& samples, double q) {
  if (samples.empty())
    return 0;
  auto at = static_cast<std::ptrdiff_t>(q * static_cast<double>(samples.size() - 1));
  std::nth_element(samples.begin(), samples.begin() + at, samples.end());
  return samples[static_cast<std::size_t>(at)];
}

} // namespace kommander::bench
