/// Makes channels of TLS 1.3 from the certificates in files, and reads these again when they change.
#pragma once

#include <chrono>
#include <mutex>

#include "net/channel/channel.hpp"
#include "net/channel/tls_context.hpp"

namespace kommander::net {

/// Files are looked at no more often.
inline constexpr std::chrono::seconds tls_reload_interval{30};

class tls_factory final : public channel_factory {
public:
  /// Reads the files; fails with the setting or the file that is wrong. The own certificate must be that of node `self`,
  /// now and whenever it is read again; zero: anybody's.
  static result<std::shared_ptr<const tls_factory>> load(const security_config& settings,
                                                         bool demand_client_certificate, bool admit_clients = false,
                                                         node_id self = {},
                                                         std::chrono::seconds reload_interval = tls_reload_interval);

  /// Looks at the files first if `reload_interval` has passed since that was done, and logs what comes of it; so a
  /// flood of connections reads a few kibibytes twice a minute.
  [[nodiscard]] channel_ptr make(channel_side side, node_id expected, const std::string& host) const override;

  [[nodiscard]] std::string describe() const override;

  /// Reads the files again, for channels made from now on. If any is wrong the old ones stay in use, and the failure
  /// says so. To be called from any thread; it reads files.
  result<done> reload() const;

  /// The same if a file is not as it was at the last try, good or bad. True: new certificates are in use. Nothing is
  /// wrong if it is called while only one of several files has been replaced.
  result<bool> reload_if_changed() const;

  /// Whom the own certificate names; nobody if there is none.
  [[nodiscard]] certificate_name own_name() const;

  /// What a person should know now: that the own certificate expires soon, or has. Mostly empty.
  [[nodiscard]] std::string warning() const;

private:
  using clock = std::chrono::steady_clock;

  tls_factory(security_config settings, bool demand_client_certificate, bool admit_clients, node_id self,
              std::chrono::seconds reload_interval);

  [[nodiscard]] bool is_due() const;
  void look_at_files() const;

  result<done> take(const tls_files& files) const;
  [[nodiscard]] result<done> check_owner(const certificate_name& x) const;
  [[nodiscard]] tls_context_ptr current() const;

  const security_config settings_;
  const bool demand_client_certificate_;
  const bool admit_clients_;
  const node_id self_;
  const std::chrono::seconds reload_interval_;
  mutable std::mutex reloading_; ///< Held before the other one.
  mutable tls_files last_tried_; ///< Of the holder of `reloading_`.
  mutable std::mutex mutex_;
  mutable tls_context_ptr context_;     ///< Of the holder of `mutex_`, …
  mutable clock::time_point next_look_; ///< … this one as well.
};

/// Channels that protect the connections of one port, or those that are dialed.
///
/// The dialed side always shows a certificate. It is accepted if an authority of `authorities_file` has signed it for
/// the host that was dialed, or if it is pinned, and in both cases only while it holds. With
/// `demand_client_certificate` the dialing side shows one as well, and both must name their nodes; whoever is accepted
/// may then be a client if `admit_clients` says so.
result<channel_factory_ptr> make_tls_factory(const security_config& settings, bool demand_client_certificate,
                                             bool admit_clients = false);

} // namespace kommander::net
