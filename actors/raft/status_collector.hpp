/// Collects the partitions' answers to one `get_status`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "kommander/messages.hpp"

namespace kommander {

using status_promise = caf::typed_response_promise<node_status>;

struct status_collector {
  status_promise promise;
  node_status result;
  std::size_t missing = 0;

  void add(partition_status x) {
    result.partitions.push_back(std::move(x));
    if (--missing > 0)
      return;
    std::ranges::sort(result.partitions, {}, &partition_status::partition);
    promise.deliver(std::move(result));
  }
};

} // namespace kommander
