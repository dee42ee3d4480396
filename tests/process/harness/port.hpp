/// A network namespace and the cable that leads out of it. Free of CAF.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

namespace process_test {

/// A file descriptor that is closed at the end.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int number) noexcept : number_{number} {
    // nop
  }
  descriptor(descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {
    // nop
  }
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor();

  [[nodiscard]] int number() const noexcept {
    return number_;
  }

private:
  int number_ = -1;
};

/// A namespace with one interface. Both live as long as this does, the namespace also as long as a process is in it.
struct port {
  descriptor name_space; ///< For `setns`.
  descriptor cable; ///< What the namespace sends is read here, an Ethernet frame at a time; what is written it gets.
};

/// The most ports that a network can have.
inline constexpr std::size_t ports_max = 250;

/// Makes port `number` of a network that has so many. All know each other's hardware addresses, so that frames carry
/// nothing but IP, as on links between routers. Throws `std::system_error` where there is no right to it, or no TAP.
port make_port(std::size_t number, std::size_t ports);

/// The IPv4 address of a port.
std::string address_of_port(std::size_t number);

/// The port that a frame is for; `ports_max` if it is for none.
std::size_t destination_of(const unsigned char* frame, std::size_t bytes);

/// The namespace that the calling thread is in. Throws `std::system_error`.
descriptor current_namespace();

/// Moves the calling thread, and what it starts from now on. Throws `std::system_error`.
void enter_namespace(const descriptor& where);

} // namespace process_test
