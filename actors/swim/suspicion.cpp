#include "actors/swim/suspicion.hpp"

#include <algorithm>
#include <cmath>

namespace kommander {

namespace {

/// Lifeguard's beta: how much longer a suspicion lasts that nobody confirms.
constexpr int unconfirmed_factor = 6;

/// Lifeguard's K, less one: in small clusters fewer could come.
constexpr std::size_t confirmations_wanted = 2;

instant scaled(instant x, double factor) {
  return instant{static_cast<instant::rep>(static_cast<double>(x.count()) * factor)};
}

} // namespace

suspicion_times suspicion_times_for(std::chrono::milliseconds suspicion_timeout, std::size_t members) {
  suspicion_times x;
  auto growth = std::max(1.0, std::log10(static_cast<double>(std::max<std::size_t>(members, 1))));
  x.least = scaled(suspicion_timeout, growth);
  // Beside the suspect and its first accuser.
  x.confirmations = members >= confirmations_wanted + 2 ? confirmations_wanted : 0;
  x.most = x.confirmations == 0 ? x.least : x.least * unconfirmed_factor;
  return x;
}

suspicion::suspicion(instant began, node_id accuser, const suspicion_times& times)
  : began_{began},
    times_{times},
    accusers_{accuser} {
  // nop
}

bool suspicion::confirm(node_id accuser) {
  if (accusers_.size() > times_.confirmations || is_accuser(accuser))
    return false;
  accusers_.push_back(accuser);
  return true;
}

/// The first confirmations shorten it most.
instant suspicion::deadline() const {
  if (times_.confirmations == 0 || times_.most <= times_.least)
    return began_ + times_.least;
  auto share =
    std::log(static_cast<double>(accusers_.size())) / std::log(static_cast<double>(times_.confirmations + 1));
  return began_ + std::max(times_.least, times_.most - scaled(times_.most - times_.least, share));
}

bool suspicion::is_accuser(node_id x) const noexcept {
  return std::ranges::find(accusers_, x) != accusers_.end();
}

} // namespace kommander
