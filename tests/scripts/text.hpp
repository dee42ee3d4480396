/// How scripts write entries and messages: one compact form for printing and for reading. Free of CAF.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "actors/partition/quorum.hpp"
#include "kommander/raft_message.hpp"

namespace kommander::scripts {

/// What is wrong with a line of a script.
class script_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// -- printing ----------------------------------------------------------------------------------------------------

/// "index/term".
std::string to_text(const log_position& x);

/// "1+2", or "1+2 from 3+4" when joint, then " learners 5".
std::string to_text(const group_configuration& x);

/// Of the form "1,2" or "-" for none.
std::vector<node_id> nodes_of(std::string_view text);

/// "index/term noop", "index/term config{1+2 learners 3}" or "index/term payload"; a long payload is cut, and its size given.
std::string to_text(const entry& x);

/// "[a, b]"; more than six entries are shown as the first and the last, and how many there are.
std::string to_text(const std::vector<entry>& xs);

/// A message's kind: "vote", "pre_vote_reply", "append", …
std::string kind_of(const raft_message& x);

/// "from->to kind term=n fields".
std::string to_text(const raft_message& x);

// -- reading -----------------------------------------------------------------------------------------------------

/// Words between blanks; what stands in square brackets is one word.
std::vector<std::string> split_words(std::string_view line);

/// An unsigned number, all of `text`. `what` names it in the error.
std::uint64_t number_of(std::string_view text, std::string_view what);

/// A time in microseconds from "250", "250ms" or "60s"; a plain number counts milliseconds.
instant time_of(std::string_view text);

/// "index/term".
log_position position_of(std::string_view text);

/// "1->2".
std::pair<node_id, node_id> link_of(std::string_view text);

/// The payload `name`, padded with dots up to `size` bytes.
bytes payload_of(std::string_view name, std::size_t size = 0);

/// An entry of a log that a script describes by terms only: the payload is "e" and its index.
entry preset_entry(log_index index, raft_term term);

/// A message from words such as {"1->2", "append", "term=2", "prev=1/1", "commit=0", "[2/2 x]"}.
raft_message message_of(const std::vector<std::string>& words, partition_id partition);

} // namespace kommander::scripts
