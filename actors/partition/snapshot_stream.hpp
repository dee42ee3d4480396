/// The bytes of a snapshot: the length of the library's state (4 bytes, little-endian), that state, and then whatever the
/// state machine exports. Both are as of the same index. Pure; the raft core decides who is sent what, and when.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/partition/snapshots.hpp"

namespace kommander {

/// A leader's side: cuts the stream into the parts that the core asks for, and asks the machine for what it needs.
///
/// An export begins between two messages of entries: the library's state is captured at the moment at which the machine is
/// asked, and the machine captures its own when it gets the question. Of a session a part of each is kept in memory.
class snapshot_export {
public:
  /// What the machine is to be asked. An empty cursor: begin.
  struct question {
    node_id peer;
    snapshot_session session = 0;
    log_index index;
    bytes cursor;
    std::size_t bytes_max = 0;
  };

  /// A part that the machine has answered with.
  struct answer {
    bytes data;
    bytes cursor; ///< Where it goes on; not empty, unless this is the last part.
    bool last = false;
  };

  /// The core asks for a part. It does so for one of a session at a time, in order.
  void read(const snapshot_read& x);

  /// True if an export waits for `begin`.
  [[nodiscard]] bool wants_begin() const noexcept;

  /// Begins all exports that wait: everything up to `index` is handled, and `state` is the library's state as of it.
  void begin(log_index index, const bytes& state);

  /// What is to be asked, each once.
  std::vector<question> take_questions();

  /// The machine has answered a question.
  void answered(node_id peer, snapshot_session session, const answer& x);

  /// The machine cannot answer a question, or never will.
  void failed(node_id peer, snapshot_session session);

  /// The core has ended a session. True if the machine was asked for it and may drop what it keeps.
  bool close(node_id peer, snapshot_session session);

  /// The same for all sessions; gives those that the machine was asked for.
  std::vector<snapshot_session> close_all();

  /// For the core: each once.
  std::vector<snapshot_chunk_input> take_chunks();
  std::vector<snapshot_unavailable_input> take_failures();

  /// How much has been handed to the core for `peer`; nothing if it has no session.
  [[nodiscard]] std::optional<std::uint64_t> sent_to(node_id peer) const;

  /// How many bytes are kept.
  [[nodiscard]] std::size_t buffered() const noexcept;

private:
  struct session {
    std::optional<snapshot_read> wanted; ///< What the core waits for.
    log_index index;
    std::string buffer; ///< What comes at `offset` …
    std::uint64_t offset = 0;
    bytes cursor; ///< … and where the machine goes on behind it.
    bool begun = false;
    bool asked = false; ///< The machine has a question.
    bool last = false;  ///< The machine has nothing more.
  };

  using key = std::pair<node_id, snapshot_session>;

  void serve(const key& id, session& x);
  void ask(const key& id, session& x);

  std::map<key, session> sessions_;
  std::vector<question> questions_;
  std::vector<snapshot_chunk_input> chunks_;
  std::vector<snapshot_unavailable_input> failures_;
};

/// A follower's side: parts the library's state from the machine's. One session at a time; a new one replaces it.
class snapshot_import {
public:
  /// A part for the machine.
  struct part {
    std::uint64_t offset = 0; ///< In what is the machine's.
    bytes data;
    bool last = false;
  };

  enum class outcome {
    stored,  ///< Nothing of it is the machine's.
    passed,  ///< `part` is to go to the machine.
    refused, ///< It is no stream of this kind.
  };

  struct decision {
    outcome what = outcome::refused;
    part to_machine;
  };

  /// The next part of a session; with offset zero it begins.
  decision take(const snapshot_write& x);

  void close() noexcept;

  /// Zero: none.
  [[nodiscard]] snapshot_session session() const noexcept {
    return session_;
  }

  [[nodiscard]] log_index index() const noexcept {
    return index_;
  }

  /// The library's state; complete when the last part was taken.
  [[nodiscard]] bytes state() const {
    return bytes::copy(state_);
  }

  /// True if the machine was given something of the session.
  [[nodiscard]] bool reached_machine() const noexcept {
    return reached_machine_;
  }

private:
  snapshot_session session_ = 0;
  log_index index_;
  std::string head_;
  std::string state_;
  std::uint64_t offset_ = 0;
  bool reached_machine_ = false;
};

} // namespace kommander
