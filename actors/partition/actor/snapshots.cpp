// Snapshots between the core and the state machine actor: where delivery begins, export and import.
#include <utility>

#include "actors/partition/actor/partition_impl.hpp"

namespace kommander {

// -- start --------------------------------------------------------------------------------------------------------

void partition_impl::start_delivery() {
  if (!parts_.machine.full) {
    delivers_ = true;
    tell(restore_started{partition_, delivery_.handled()});
    return after_delivery();
  }
  auto told = [this](const durable_state& x) { on_durable_state(x.index); };
  auto refused = [this](const caf::error& x) {
    if (works())
      fail("the state machine of partition " + to_string(partition_)
           + " did not say what it holds durably: " + system().render(x));
  };
  request(parts_.machine.full, caf::infinite, get_durable_index{partition_}).then(told, refused);
}

void partition_impl::on_durable_state(log_index durable) {
  if (!works())
    return;
  auto kept = compaction_.kept();
  if (durable < std::min(kept, delivery_.state().last_delivered()))
    return fail(
      "the state machine of partition " + to_string(partition_) + " holds entries up to " + to_string(durable)
      + ", but this node's log goes on after " + to_string(kept)
      + " and may not have what lies between; start the node with an empty directory if the other members are "
        "up, or give the state machine its data back");
  compaction_.machine_holds(durable);
  delivery_.skip_until(durable);
  step(machine_holds_input{durable});
  delivers_ = true;
  tell(restore_started{partition_, std::max(durable, kept)});
  after_delivery();
}

// -- export -------------------------------------------------------------------------------------------------------

void partition_impl::serve_snapshots(raft_output& out) {
  close_snapshots(out.snapshot_closed);
  for (const auto& x : out.snapshot_reads) {
    if (exports()) {
      export_.read(x);
      continue;
    }
    log_->warn("partition {}: node {} needs entries that are compacted away, and the state machine does not export: it "
               "stays behind",
               partition_.value(), x.peer.value());
    step(snapshot_unavailable_input{x.peer, x.session});
    ++inputs_;
  }
  for (auto& x : out.snapshot_writes) {
    if (x.offset == 0)
      abort_import(); // the one before is over
    import_part_ = std::move(x);
  }
  continue_exports();
  continue_import();
  if (may_push())
    ++inputs_; // an export that it waited for is over
}

void partition_impl::continue_exports() {
  // Whatever was counted in the library's state the machine has applied, and it knows nothing more.
  auto at = delivery_.handled();
  if (export_.wants_begin() && delivers_ && delivery_.rests() && !core_.log().splits_proposal(at))
    export_.begin(at, encode_state());
  for (const auto& x : export_.take_questions())
    ask_machine(x);
  for (auto& x : export_.take_chunks()) {
    step(std::move(x));
    ++inputs_;
  }
  for (const auto& x : export_.take_failures()) {
    step(x);
    ++inputs_;
  }
}

void partition_impl::ask_machine(const snapshot_export::question& x) {
  if (!parts_.machine.full)
    return export_.answered(x.peer, x.session, {{}, {}, true});
  auto answered = [this, peer = x.peer, session = x.session](const state_chunk& y) {
    if (!works())
      return;
    export_.answered(peer, session, {y.data, y.cursor, y.last});
    continue_exports();
    stepped(0);
  };
  auto refused = [this, peer = x.peer, session = x.session](const caf::error& y) {
    if (!works())
      return;
    log_->warn("partition {}: the state machine does not export its state for node {}: {}", partition_.value(),
               peer.value(), system().render(y));
    export_.failed(peer, session);
    continue_exports();
    stepped(0);
  };
  request(parts_.machine.full, caf::infinite, export_state{partition_, x.session, x.index, x.cursor, x.bytes_max})
    .then(answered, refused);
}

void partition_impl::close_snapshots(const std::vector<snapshot_close>& closed) {
  for (const auto& x : closed) {
    if (!x.peer) {
      if (x.session == import_.session() || (import_part_ && x.session == import_part_->session))
        abort_import();
    } else if (export_.close(x.peer, x.session)) {
      tell_machine(end_export{partition_, x.session});
    }
  }
}

/// This replica stays behind until its log is given what it lacks by other means: nothing here can do anything about it.
void partition_impl::note_snapshot_required(bool x) {
  if (x && !snapshot_required_)
    log_->error(
      "partition {}: what this replica needs next is compacted away on the leader, whose state machine exports no "
      "state; the replica stays behind until it is given the leader's state",
      partition_.value());
  snapshot_required_ = x;
}

void partition_impl::describe_snapshot(node_id peer, peer_status& result) const {
  if (!core_.needs_snapshot(peer))
    return;
  auto sent = export_.sent_to(peer);
  result.snapshot_bytes = sent.value_or(0);
  if (!exports())
    result.snapshot = snapshot_progress::snapshot_required;
  else
    result.snapshot = sent ? snapshot_progress::sending : snapshot_progress::waiting;
}

// -- import -------------------------------------------------------------------------------------------------------

void partition_impl::continue_import() {
  if (!import_part_)
    return;
  // What is committed already is applied first; after the last part nothing more comes until the import is over.
  if (import_part_->last && (!delivers_ || delivery_.waiting() > 0 || !undelivered_.empty()))
    return;
  auto x = std::move(*import_part_);
  import_part_.reset();
  if (!exports())
    return refuse_import(x.session, "the state machine does not import");
  auto decision = import_.take(x);
  auto end = x.offset + x.data.size();
  if (decision.what == snapshot_import::outcome::passed)
    return pass_on(std::move(decision.to_machine), end);
  if (decision.what == snapshot_import::outcome::refused)
    return refuse_import(x.session, "it does not have the form of a snapshot");
  step(snapshot_stored_input{x.session, end});
  ++inputs_;
}

void partition_impl::pass_on(snapshot_import::part part, std::uint64_t end) {
  auto session = import_.session();
  if (part.last && !decode_state({import_.index(), import_.state()}))
    return refuse_import(session, "the library's part of it cannot be read");
  auto last = part.last;
  if (!parts_.machine.full)
    return on_import_result(session, end, last, {part.data.empty(), "the state machine does not import"});
  auto answered = [=, this](const import_result& x) { on_import_result(session, end, last, x); };
  auto refused = [=, this](const caf::error& x) {
    on_import_result(session, end, last, import_result{false, system().render(x)});
  };
  request(parts_.machine.full, caf::infinite,
          import_state{partition_, session, import_.index(), part.offset, std::move(part.data), last})
    .then(answered, refused);
}

void partition_impl::on_import_result(snapshot_session session, std::uint64_t end, bool last, const import_result& x) {
  if (!works() || import_.session() != session)
    return;
  if (!x.ok) {
    refuse_import(session, x.reason);
  } else if (!last) {
    step(snapshot_stored_input{session, end});
    ++inputs_;
  } else {
    kept_state state{import_.index(), import_.state()};
    import_.close();
    compaction_state_.reset();                 // what it is as of is below the boundary now
    delivery_.installed(*decode_state(state)); // which was possible before
    tell_map();
    compaction_.installed(state.index, delivery_.state().checkpoint());
    observe_state();
    log_->info("partition {}: the state as of index {} was taken over from the leader", partition_.value(),
               state.index.value());
    installed_state_ = std::move(state);
    step(snapshot_imported_input{session, true});
    ++inputs_;
    after_delivery();
  }
  stepped(0);
}

void partition_impl::refuse_import(snapshot_session session, const std::string& why) {
  log_->warn("partition {}: a snapshot was not taken over: {}", partition_.value(), why);
  if (import_.session() == session)
    abort_import();
  step(snapshot_imported_input{session, false});
  ++inputs_;
}

void partition_impl::abort_import() {
  if (import_.reached_machine())
    tell_machine(kommander::abort_import{partition_, import_.session()});
  import_.close();
  import_part_.reset();
}

} // namespace kommander
