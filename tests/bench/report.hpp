/// Figures, as one JSON object a line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kommander::bench {

/// Collects the fields of one line; numbers are printed with up to three decimals.
class json_line {
public:
  json_line& add(std::string_view name, std::string_view value);
  json_line& add(std::string_view name, double value);

  /// Prints the object and a line feed to standard output, at once.
  void print() const;

private:
  std::string fields_;
};

/// The value at quantile `q` in [0, 1] of unsorted samples; zero without any. Reorders the samples.
double quantile(std::vector<double>& samples, double q);

} // namespace kommander::bench
