/// What is tried at every port that demands a proof, whatever the proof is.
#pragma once

#include "net/middleman/system_module.hpp"
#include "tests/net/basp.hpp"
#include "tests/net/secret/tapped_wire.hpp"
#include "tests/net/support.hpp"

namespace kommander::test {

/// True if nobody who begins with CAF's own packets, or with noise, hears a word from `target`.
inline bool keeps_silent(const endpoint& target) {
  network_config config;
  caf::actor_system system{config};
  basp_writer writer{system};
  for (auto type : {basp_type::client_handshake, basp_type::server_handshake, basp_type::direct_message,
                    basp_type::monitor_message, basp_type::heartbeat}) {
    raw_socket socket{target};
    socket.send(writer.header(type, 0));
    if (!socket.receive(1).empty())
      return false;
  }
  raw_socket large{target};
  large.send(writer.header(basp_type::direct_message, 100'000'000) + std::string(std::size_t{1} << 20, 'x'));
  return large.receive(1).empty();
}

/// True if `target` cuts both who says nothing and who says no more than `beginning`.
inline bool cuts_the_slow(const endpoint& target, const std::string& beginning) {
  raw_socket silent{target};
  raw_socket slow{target};
  slow.send(beginning);
  return silent.await_close() && slow.await_close();
}

/// True if what `dialing`, a node like the others, has said to `accepting` is refused when it is said again, while the
/// two talk on.
inline bool refuses_a_repetition(test_node& dialing, test_node& accepting) {
  auto to = accepting.self().id;
  auto from = dialing.self().id;
  tapped_wire wire{accepting.self().address};
  dialing.open_link({to, wire.where()}, true);
  accepting.open_link(dialing.self());
  if (!dialing.await_connected(to))
    return false;
  dialing.send(to, {make_heartbeat(1), make_heartbeat(2)});
  if (accepting.in().await(from, 2).size() != 2)
    return false;
  auto& unproved = net::state_of(accepting.system())->counters.unproved;
  auto before = unproved.load();
  raw_socket again{accepting.self().address};
  if (!again.send(wire.recorded()) || !again.await_close() || unproved != before + 1)
    return false;
  dialing.send(to, {make_heartbeat(3)});
  return accepting.in().await(from, 3).size() == 3;
}

/// True if an altered byte ends the connection from `dialing` to `accepting`, and a new one comes up.
inline bool heals_after_an_alteration(test_node& dialing, test_node& accepting) {
  auto to = accepting.self().id;
  auto from = dialing.self().id;
  std::atomic<bool> alters{false};
  tapped_wire wire{accepting.self().address, [&](std::string& piece, std::size_t) {
                     if (alters.exchange(false))
                       piece[piece.size() / 2] = static_cast<char>(piece[piece.size() / 2] ^ 1);
                   }};
  dialing.open_link({to, wire.where()}, true);
  accepting.open_link(dialing.self());
  if (!dialing.await_connected(to))
    return false;
  auto connects = dialing.status(to).connects;
  alters = true;
  dialing.send(to, {make_heartbeat(1)});
  auto cut = [&] { return net::state_of(accepting.system())->counters.unproved >= 1; };
  if (!eventually(cut)
      || !dialing.await(to, [&](const link_status& x) { return x.connected && x.connects > connects; }))
    return false;
  dialing.send(to, {make_heartbeat(2)});
  auto found = accepting.in().await(from, 1);
  return found.size() == 1 && number_of(found[0]) == 2;
}

} // namespace kommander::test
