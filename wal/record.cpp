#include "wal/record.hpp"

#include <xxhash.h>

#include "kommander/encoding.hpp"

namespace kommander::wal_record {

namespace {

constexpr std::size_t checksum_bytes = 8;
constexpr std::size_t record_bytes_min = 3 + checksum_bytes; // version, tag, partition

std::uint64_t checksum_of(std::string_view body) noexcept {
  return XXH3_64bits(body.data(), body.size());
}

/// Appends `version tag partition`, what `put_content` puts, and the checksum over all of it.
template <class F>
void encode_record(std::string& out, tag what, partition_id partition, F put_content) {
  auto start = out.size();
  byte_writer writer{out};
  writer.put_byte(format_version);
  writer.put_byte(static_cast<std::uint8_t>(what));
  writer.put(partition);
  put_content(writer);
  writer.put_fixed64(checksum_of(std::string_view{out}.substr(start)));
}

verdict verify_checksum(std::string_view record) {
  if (record.size() < record_bytes_min)
    return verdict::too_short;
  auto body = record.substr(0, record.size() - checksum_bytes);
  byte_reader stored{bytes::copy(record.substr(body.size()))};
  return stored.get_fixed64() == checksum_of(body) ? verdict::good : verdict::bad_checksum;
}

/// Verifies what all records have in common, then lets `get_content` read the rest of the body and say whether it
/// belongs to the key.
template <class F>
verdict decode_record(const bytes& record, tag what, partition_id partition, F get_content) {
  if (auto v = verify_checksum(record.view()); v != verdict::good)
    return v;
  byte_reader reader{record.slice(0, record.size() - checksum_bytes)};
  if (reader.get_byte() != format_version)
    return verdict::unknown_version;
  auto found_tag = reader.get_byte();
  auto found_partition = reader.get_number<partition_id_tag>();
  if (reader.ok() && (found_tag != static_cast<std::uint8_t>(what) || found_partition != partition))
    return verdict::misplaced;
  auto belongs_here = get_content(reader);
  if (!reader.complete())
    return verdict::malformed;
  return belongs_here ? verdict::good : verdict::misplaced;
}

} // namespace

std::string_view to_string(verdict x) noexcept {
  switch (x) {
    case verdict::good: return "it is intact";
    case verdict::too_short: return "it is shorter than any record";
    case verdict::bad_checksum: return "its checksum does not match its content";
    case verdict::unknown_version: return "its format version is unknown to this program";
    case verdict::misplaced: return "it belongs to another key";
    case verdict::malformed: return "its content is not a record of its kind";
  }
  return "invalid";
}

// -- writing --------------------------------------------------------------------------------------------------------

void encode(std::string& out, partition_id partition, const entry& x) {
  encode_record(out, tag::entry, partition, [&](byte_writer& writer) { writer.put(x); });
}

void encode(std::string& out, partition_id partition, const hard_state& x) {
  encode_record(out, tag::hard_state, partition, [&](byte_writer& writer) {
    writer.put(x.current_term);
    writer.put(x.voted_for);
    if (x.lost != log_loss::none)
      writer.put_byte(static_cast<std::uint8_t>(x.lost));
  });
}

void encode_commit(std::string& out, partition_id partition, log_index commit) {
  encode_record(out, tag::commit, partition, [&](byte_writer& writer) { writer.put(commit); });
}

void encode_boundary(std::string& out, partition_id partition, const log_position& x) {
  encode_record(out, tag::boundary, partition, [&](byte_writer& writer) {
    writer.put(x.index);
    writer.put(x.term);
  });
}

void encode(std::string& out, partition_id partition, const kept_state& x) {
  encode_record(out, tag::kept, partition, [&](byte_writer& writer) {
    writer.put(x.index);
    writer.put_bytes(x.data.view());
  });
}

void encode_metadata(std::string& out, std::string_view name, std::string_view value) {
  encode_record(out, tag::metadata, partition_id{0}, [&](byte_writer& writer) {
    writer.put_bytes(name);
    writer.put_bytes(value);
  });
}

// -- reading --------------------------------------------------------------------------------------------------------

verdict decode(const bytes& record, partition_id partition, log_index index, entry& x) {
  entry found;
  auto v = decode_record(record, tag::entry, partition, [&](byte_reader& reader) {
    found = reader.get_entry();
    return found.index == index;
  });
  if (v == verdict::good)
    x = std::move(found);
  return v;
}

verdict decode(const bytes& record, partition_id partition, hard_state& x) {
  hard_state found;
  auto v = decode_record(record, tag::hard_state, partition, [&](byte_reader& reader) {
    found.current_term = reader.get_number<raft_term_tag>();
    found.voted_for = reader.get_number<node_id_tag>();
    if (reader.remaining() > 0) { // written only if something is lost
      found.lost = static_cast<log_loss>(reader.get_byte());
      if (found.lost == log_loss::none || found.lost > log_loss::unknown)
        reader.fail();
    }
    return true;
  });
  if (v == verdict::good)
    x = found;
  return v;
}

verdict decode_commit(const bytes& record, partition_id partition, log_index& x) {
  log_index found;
  auto v = decode_record(record, tag::commit, partition, [&](byte_reader& reader) {
    found = reader.get_number<log_index_tag>();
    return true;
  });
  if (v == verdict::good)
    x = found;
  return v;
}

verdict decode_boundary(const bytes& record, partition_id partition, log_position& x) {
  log_position found;
  auto v = decode_record(record, tag::boundary, partition, [&](byte_reader& reader) {
    found.index = reader.get_number<log_index_tag>();
    found.term = reader.get_number<raft_term_tag>();
    return true;
  });
  if (v == verdict::good)
    x = found;
  return v;
}

verdict decode(const bytes& record, partition_id partition, kept_state& x) {
  kept_state found;
  auto v = decode_record(record, tag::kept, partition, [&](byte_reader& reader) {
    found.index = reader.get_number<log_index_tag>();
    found.data = reader.get_bytes();
    return true;
  });
  if (v == verdict::good)
    x = std::move(found);
  return v;
}

verdict decode_metadata(const bytes& record, std::string_view name, std::string& x) {
  std::string found;
  auto v = decode_record(record, tag::metadata, partition_id{0}, [&](byte_reader& reader) {
    auto belongs_here = reader.get_view() == name;
    found = reader.get_view();
    return belongs_here;
  });
  if (v == verdict::good)
    x = std::move(found);
  return v;
}

} // namespace kommander::wal_record
