#include "net/channel/records.hpp"

#include <algorithm>

namespace kommander::net {

namespace {

template <std::size_t N>
std::array<char, N> big_endian(std::uint64_t x) {
  std::array<char, N> out{};
  for (auto i = N; i > 0; --i, x >>= 8)
    out[i - 1] = static_cast<char>(x & 0xff);
  return out;
}

template <std::size_t N>
std::string_view view_of(const std::array<char, N>& x) {
  return {x.data(), N};
}

std::size_t read_length(const char* from) {
  std::size_t x = 0;
  for (std::size_t i = 0; i < record_length_bytes; ++i)
    x = (x << 8) | static_cast<std::uint8_t>(from[i]);
  return x;
}

failure broken(std::string why) {
  return {status::unauthorized, std::move(why)};
}

} // namespace

// -- record_writer ------------------------------------------------------------------------------------------------

record_writer::record_writer(const key_array& key) : hash_{key} {
  // nop
}

result<done> record_writer::write(std::string_view plain, channel_bytes& out) {
  auto records = (plain.size() + record_bytes_max - 1) / record_bytes_max;
  out.reserve(out.size() + plain.size() + records * (record_length_bytes + record_code_bytes));
  while (!plain.empty()) {
    auto part = plain.substr(0, record_bytes_max);
    if (!write_one(part, out))
      return failure{status::errored, "OpenSSL cannot compute HMAC-SHA256"};
    plain.remove_prefix(part.size());
  }
  return done{};
}

bool record_writer::write_one(std::string_view plain, channel_bytes& out) {
  auto number = big_endian<8>(number_++);
  auto length = big_endian<record_length_bytes>(plain.size());
  key_array code;
  if (!hash_.compute({view_of(number), view_of(length), plain}, code))
    return false;
  out.insert(out.end(), length.begin(), length.end());
  out.insert(out.end(), plain.begin(), plain.end());
  out.insert(out.end(), code.begin(), code.begin() + record_code_bytes);
  return true;
}

// -- record_reader ------------------------------------------------------------------------------------------------

record_reader::record_reader(const key_array& key) : hash_{key} {
  // nop
}

result<done> record_reader::read(std::string_view wire, channel_bytes& plain) {
  for (;;) {
    // The length first: it is looked at before memory is taken for what it announces.
    if (pending_.size() < record_length_bytes && !pending_.empty()) {
      auto part = wire.substr(0, record_length_bytes - pending_.size());
      pending_.insert(pending_.end(), part.begin(), part.end());
      wire.remove_prefix(part.size());
    }
    const auto* head = pending_.empty() ? wire.data() : pending_.data();
    if ((pending_.empty() ? wire.size() : pending_.size()) < record_length_bytes)
      break;
    auto length = read_length(head);
    if (length == 0 || length > record_bytes_max)
      return broken("a record of " + std::to_string(length) + " bytes, but it must have between 1 and "
                    + std::to_string(record_bytes_max));
    auto missing = record_length_bytes + length + record_code_bytes - pending_.size();
    if (wire.size() < missing)
      break;
    auto record = wire.substr(0, missing);
    wire.remove_prefix(missing);
    if (!pending_.empty()) {
      pending_.insert(pending_.end(), record.begin(), record.end());
      record = {pending_.data(), pending_.size()};
    }
    if (auto taken = take(record, plain); !taken)
      return taken;
    pending_.clear();
  }
  pending_.insert(pending_.end(), wire.begin(), wire.end());
  return done{};
}

result<done> record_reader::take(std::string_view record, channel_bytes& plain) {
  auto covered = record.substr(0, record.size() - record_code_bytes);
  auto number = big_endian<8>(number_++);
  key_array code;
  if (!hash_.compute({view_of(number), covered}, code))
    return failure{status::errored, "OpenSSL cannot compute HMAC-SHA256"};
  if (!are_equal(record.substr(covered.size()), view_of(code).substr(0, record_code_bytes)))
    return broken("a record was altered, repeated, left out or put into another order");
  plain.insert(plain.end(), covered.begin() + record_length_bytes, covered.end());
  return done{};
}

} // namespace kommander::net
