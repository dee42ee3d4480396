#include "net/channel/secret_channel.hpp"

#include <optional>

#include "net/channel/greeting.hpp"
#include "net/channel/keys.hpp"
#include "net/channel/records.hpp"

namespace kommander::net {

namespace {

constexpr std::string_view protocol_name = "kommander secret channel 1";
constexpr std::string_view dialing_proof = "the dialing side proves";
constexpr std::string_view accepting_proof = "the accepting side proves";
constexpr std::string_view dialing_records = "the dialing side sends";
constexpr std::string_view accepting_records = "the accepting side sends";

failure refuse(std::string why) {
  return {status::unauthorized, std::move(why)};
}

failure no_cryptography(const char* what) {
  return {status::errored, std::string{"OpenSSL cannot compute "} + what};
}

/// Its length and `x`, so that what is hashed one after the other cannot be cut in two ways.
std::string framed(std::string_view x) {
  auto n = static_cast<std::uint32_t>(x.size());
  std::string out;
  for (auto shift : {24, 16, 8, 0})
    out += static_cast<char>((n >> shift) & 0xff);
  return out.append(x);
}

std::string_view text_of(std::span<const char> x) {
  return {x.data(), x.size()};
}

class secret_channel final : public channel {
public:
  secret_channel(secret_settings_ptr settings, secret_connection connection);
  ~secret_channel() override;
  secret_channel(const secret_channel&) = delete;
  secret_channel& operator=(const secret_channel&) = delete;

  result<done> start(channel_bytes& out) override;
  result<done> receive(std::span<const char> wire, channel_bytes& plain, channel_bytes& out) override;
  result<done> send(std::span<const char> plain, channel_bytes& out) override;

  [[nodiscard]] bool is_open() const noexcept override {
    return phase_ == phase::open;
  }

  [[nodiscard]] const channel_peer& peer() const noexcept override {
    return peer_;
  }

private:
  enum class phase : std::uint8_t { head, body, proof, open, failed };

  [[nodiscard]] bool dials() const {
    return connection_.side == channel_side::dialing;
  }

  result<done> step(std::string_view& wire, channel_bytes& out);
  result<done> take_head();
  result<done> take_greeting(channel_bytes& out);
  result<done> take_proof(channel_bytes& out);
  result<done> check(const greeting& x) const;
  result<done> check_names(const greeting& x) const;
  result<done> greet(channel_bytes& out);
  result<done> make_transcript();
  result<done> open(std::string_view secret);

  /// The proof of one side, with the key that `secret` gives it.
  [[nodiscard]] bool prove(std::string_view secret, std::string_view label, std::string_view context, key_array& out);
  [[nodiscard]] bool derive(std::string_view secret, std::string_view label, key_array& out);
  void await(phase next, std::size_t n);

  secret_settings_ptr settings_;
  secret_connection connection_;
  phase phase_ = phase::head;
  std::string input_; ///< Of the message that is being read; never more than `awaited_`.
  std::size_t awaited_ = greeting_head_bytes;
  greeting own_;
  greeting theirs_;
  std::string own_text_;   ///< The greetings as they were sent.
  std::string their_text_; ///< …
  std::string salt_;       ///< Both random numbers.
  key_array transcript_{};
  key_array dialing_proof_{}; ///< What the dialing side has proved itself with.
  channel_peer peer_;
  record_writer writer_;
  record_reader reader_;
};

secret_channel::secret_channel(secret_settings_ptr settings, secret_connection connection)
  : settings_{std::move(settings)},
    connection_{std::move(connection)} {
  if (!connection_.random)
    connection_.random = draw_random;
}

secret_channel::~secret_channel() {
  wipe(connection_.binding);
}

// -- the channel --------------------------------------------------------------------------------------------------

result<done> secret_channel::start(channel_bytes& out) {
  own_.side = connection_.side;
  own_.purpose = settings_->purpose;
  own_.cluster_mark = mark_of_cluster(settings_->cluster);
  own_.from = dials() && own_.purpose == channel_purpose::clients ? node_id{} : settings_->self;
  own_.to = connection_.expected;
  own_.address = connection_.address;
  if (own_.cluster_mark.empty())
    return no_cryptography("SHA-256");
  if (!connection_.random(own_.nonce))
    return failure{status::errored, "the system has no random numbers"};
  return dials() ? greet(out) : done{};
}

result<done> secret_channel::receive(std::span<const char> wire, channel_bytes& plain, channel_bytes& out) {
  auto rest = text_of(wire);
  while (phase_ != phase::open && phase_ != phase::failed && !rest.empty()) {
    if (auto taken = step(rest, out); !taken) {
      phase_ = phase::failed;
      return taken;
    }
  }
  if (phase_ == phase::failed)
    return refuse("this connection has failed before");
  if (rest.empty())
    return done{};
  auto read = reader_.read(rest, plain);
  if (!read)
    phase_ = phase::failed;
  return read;
}

result<done> secret_channel::send(std::span<const char> plain, channel_bytes& out) {
  if (phase_ != phase::open)
    return refuse("the peer has not proved itself yet");
  return writer_.write(text_of(plain), out);
}

// -- the handshake ------------------------------------------------------------------------------------------------

result<done> secret_channel::step(std::string_view& wire, channel_bytes& out) {
  auto part = wire.substr(0, awaited_ - input_.size());
  wire.remove_prefix(part.size());
  input_ += part;
  if (phase_ == phase::head)
    return take_head();
  if (input_.size() < awaited_)
    return done{};
  return phase_ == phase::body ? take_greeting(out) : take_proof(out);
}

void secret_channel::await(phase next, std::size_t n) {
  phase_ = next;
  awaited_ = n;
  input_.clear();
}

/// Whoever speaks something else is refused at its first wrong byte.
result<done> secret_channel::take_head() {
  auto length = read_greeting_head(input_);
  if (!length)
    return refuse(input_.starts_with('\x16') ? "it begins with TLS, which is not expected here"
                                             : "it does not begin with a greeting; is it set to use a secret?");
  if (*length > 0) {
    their_text_ = input_;
    await(phase::body, *length);
  }
  return done{};
}

result<done> secret_channel::take_greeting(channel_bytes& out) {
  auto read = decode_greeting(input_);
  if (!read)
    return refuse("its greeting cannot be read");
  theirs_ = *std::move(read);
  if (auto good = check(theirs_); !good)
    return good;
  their_text_ += input_;
  if (!dials()) {
    own_.to = theirs_.from;
    if (auto greeted = greet(out); !greeted)
      return greeted;
  }
  if (auto made = make_transcript(); !made)
    return made;
  await(phase::proof, key_bytes);
  if (!dials())
    return done{};
  if (!prove(settings_->secret, dialing_proof, {}, dialing_proof_))
    return no_cryptography("a proof");
  auto proof = view_of(dialing_proof_);
  out.insert(out.end(), proof.begin(), proof.end());
  return done{};
}

/// Whatever else the peer may have proved, it must be who is meant to be here.
result<done> secret_channel::check(const greeting& x) const {
  if (x.version != secret_channel_version)
    return refuse("it speaks version " + std::to_string(x.version) + " of the handshake, this node speaks "
                  + std::to_string(secret_channel_version));
  if (x.side == connection_.side || x.nonce == own_.nonce)
    return refuse("it sends back what this node has said");
  if (x.purpose != settings_->purpose)
    return refuse(x.purpose == channel_purpose::clients
                    ? "clients and nodes use different ports: this one is for nodes"
                    : "clients and nodes use different ports: this one is for clients");
  if (x.cluster_mark != own_.cluster_mark)
    return refuse("it belongs to another cluster");
  return check_names(x);
}

result<done> secret_channel::check_names(const greeting& x) const {
  auto is_node = settings_->purpose == channel_purpose::nodes || dials();
  if (is_node != static_cast<bool>(x.from))
    return refuse(is_node ? "it does not say which node it is" : "a client cannot be node " + to_string(x.from));
  if (x.from && x.from == settings_->self)
    return refuse("it says that it is this very node, " + to_string(x.from));
  if (dials() && connection_.expected && x.from != connection_.expected)
    return refuse("it is node " + to_string(x.from) + ", but node " + to_string(connection_.expected) + " was called");
  if (dials() ? x.to != own_.from : x.to && x.to != settings_->self)
    return refuse("it wants node " + to_string(x.to) + ", but this is node " + to_string(settings_->self));
  return done{};
}

result<done> secret_channel::greet(channel_bytes& out) {
  own_text_ = encode_greeting(own_);
  out.insert(out.end(), own_text_.begin(), own_text_.end());
  return done{};
}

result<done> secret_channel::make_transcript() {
  const auto& dialing = dials() ? own_text_ : their_text_;
  const auto& accepting = dials() ? their_text_ : own_text_;
  salt_ = std::string{view_of(dials() ? own_.nonce : theirs_.nonce)};
  salt_ += view_of(dials() ? theirs_.nonce : own_.nonce);
  if (!hash_of({framed(protocol_name), framed(settings_->cluster), framed(connection_.binding), framed(dialing),
                framed(accepting)},
               transcript_))
    return no_cryptography("SHA-256");
  return done{};
}

bool secret_channel::derive(std::string_view secret, std::string_view label, key_array& out) {
  return derive_key(secret, salt_, framed(protocol_name) + framed(label) + framed(view_of(transcript_)), out);
}

bool secret_channel::prove(std::string_view secret, std::string_view label, std::string_view context, key_array& out) {
  key_array key;
  return derive(secret, label, key) && keyed_hash{key}.compute({view_of(transcript_), context}, out);
}

result<done> secret_channel::take_proof(channel_bytes& out) {
  auto wrong = refuse("it does not know the secret of this cluster");
  key_array right;
  if (dials()) {
    if (!prove(settings_->secret, accepting_proof, view_of(dialing_proof_), right))
      return no_cryptography("a proof");
    return are_equal(input_, view_of(right)) ? open(settings_->secret) : result<done>{wrong};
  }
  // Answered under the same secret, or the other side could not tell that it was understood.
  for (const auto* secret : {&settings_->secret, &settings_->accepted}) {
    if (secret->empty())
      continue;
    if (!prove(*secret, dialing_proof, {}, right))
      return no_cryptography("a proof");
    if (!are_equal(input_, view_of(right)))
      continue;
    key_array answer;
    if (!prove(*secret, accepting_proof, input_, answer))
      return no_cryptography("a proof");
    auto proof = view_of(answer);
    out.insert(out.end(), proof.begin(), proof.end());
    return open(*secret);
  }
  return wrong;
}

result<done> secret_channel::open(std::string_view secret) {
  key_array dialing;
  key_array accepting;
  if (!derive(secret, dialing_records, dialing) || !derive(secret, accepting_records, accepting))
    return no_cryptography("HKDF");
  writer_ = record_writer{dials() ? dialing : accepting};
  reader_ = record_reader{dials() ? accepting : dialing};
  for (auto* key : {&dialing, &accepting})
    wipe({reinterpret_cast<char*>(key->data()), key->size()});
  peer_.proved = true;
  peer_.client = !theirs_.from;
  peer_.node = theirs_.from;
  phase_ = phase::open;
  input_.clear();
  return done{};
}

} // namespace

channel_ptr make_secret_channel(secret_settings_ptr settings, secret_connection connection) {
  return std::make_unique<secret_channel>(std::move(settings), std::move(connection));
}

} // namespace kommander::net
