// Files of certificates: missing ones, broken ones, and ones that are replaced while the node runs.
#define CAF_SUITE net_tls
#include <caf/test/unit_test.hpp>

#include <openssl/pem.h>

#include <filesystem>

#include "tests/net/tls_fixture.hpp"

using namespace kommander;
using namespace kommander::net;
using namespace kommander::test;
using namespace std::chrono_literals;

namespace {

struct fixture : tls_fixture {
  security_config from_settings = settings_of(dialing, "dialing");
  std::shared_ptr<const tls_factory> from = load(dialing, from_settings);
  std::shared_ptr<const tls_factory> to = load(accepting, settings_of(accepting, "accepting"));

  std::string refusal() {
    auto made = make_tls_factory(from_settings, true);
    auto message = made ? std::string{} : made.error().message;
    CAF_MESSAGE(message);
    return message;
  }

  bool opens() {
    auto x = pair(*from, *to);
    return x.open();
  }

  void replace(const credentials& own) {
    write_text(from_settings.certificate_file, own.certificate_text());
    write_text(from_settings.private_key_file, own.key_text());
  }
};

bool keeps_the_old_ones(const failure& x) {
  return contains(x.message, "the certificates that were read before stay in use");
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(tls_reload_tests, fixture)

CAF_TEST(a file that is missing is named) {
  for (auto member :
       {&security_config::certificate_file, &security_config::private_key_file, &security_config::authorities_file}) {
    auto good = from_settings;
    from_settings.*member = directory / "nowhere.pem";
    CAF_CHECK(contains(refusal(), "nowhere.pem\" cannot be opened: No such file"));
    from_settings.*member = directory.path();
    CAF_CHECK(contains(refusal(), "cannot be read: Is a directory"));
    from_settings = good;
  }
}

CAF_TEST(a file that is broken is named) {
  const auto whole = issue(node_request(1), &authority).certificate_text();
  const auto bad_texts = {std::string{}, std::string{"nothing of use"}, whole.substr(0, whole.size() / 2),
                          whole + whole.substr(0, whole.size() / 2), std::string(100'000, '\xff')};
  for (auto member :
       {&security_config::certificate_file, &security_config::private_key_file, &security_config::authorities_file})
    for (const auto& text : bad_texts) {
      auto good = from_settings;
      from_settings.*member = directory / "broken.pem";
      write_text(directory / "broken.pem", text);
      CAF_CHECK(contains(refusal(), "broken.pem\" has no "));
      from_settings = good;
    }
}

CAF_TEST(a file of gigabytes is not read) {
  write_text(directory / "large.pem", "");
  std::filesystem::resize_file(directory / "large.pem", std::uintmax_t{1} << 33);
  from_settings.authorities_file = directory / "large.pem";
  CAF_CHECK(contains(refusal(), "has more than a mebibyte"));
}

CAF_TEST(a key of another certificate and a key with a password are refused) {
  write_text(from_settings.private_key_file, issue(node_request(1)).key_text());
  CAF_CHECK(contains(refusal(), "dialing.key\" does not belong to certificate_file"));
  from_settings = settings_of(dialing, "dialing");
  bio_ptr out{BIO_new(BIO_s_mem())};
  auto key = issue(node_request(1));
  unsigned char password[] = "secret";
  CAF_REQUIRE(PEM_write_bio_PrivateKey(out.get(), key.key.get(), EVP_aes_128_cbc(), password, 6, nullptr, nullptr)
              == 1);
  write_text(from_settings.private_key_file, content_of(out.get()));
  CAF_CHECK(contains(refusal(), "dialing.key\" has no private key in PEM without a password"));
}

CAF_TEST(settings that cannot be right together are refused) {
  auto good = from_settings;
  from_settings.private_key_file.clear();
  CAF_CHECK(contains(refusal(), "both or none"));
  from_settings.certificate_file.clear();
  CAF_CHECK(contains(refusal(), "certificate_file: is empty"));
  from_settings = good;
  from_settings.authorities_file.clear();
  CAF_CHECK(contains(refusal(), "authorities_file and pinned_certificates: both are empty"));
}

CAF_TEST(new certificates are used by new connections and the old ones go on) {
  auto old = pair(*from, *to);
  CAF_REQUIRE(old.open());
  auto fresh = dialing.request;
  fresh.subject = "node 1 anew";
  replace(issue(fresh, &authority));
  CAF_CHECK(from->reload());
  auto x = pair(*from, *to);
  CAF_REQUIRE(x.open());
  CAF_CHECK_EQUAL(x.accepting.channel->peer().name, "CN=node 1 anew");
  old.dialing.say("still here");
  old.run();
  CAF_CHECK_EQUAL(text_of(old.accepting.plain), "still here");
}

CAF_TEST(only files that have changed are read again) {
  auto again = from->reload_if_changed();
  CAF_CHECK(again && !*again);
  replace(issue(dialing.request, &authority));
  again = from->reload_if_changed();
  CAF_CHECK(again && *again);
  again = from->reload_if_changed();
  CAF_CHECK(again && !*again);
  CAF_CHECK(opens());
}

CAF_TEST(connections see to it themselves that files are read again) {
  auto made = tls_factory::load(from_settings, true, false, {}, 0s);
  CAF_REQUIRE(made);
  from = *made;
  auto fresh = dialing.request;
  fresh.subject = "node 1 anew";
  auto good = issue(fresh, &authority);
  write_text(from_settings.certificate_file, good.certificate_text());
  CAF_CHECK(opens()); // with the old ones
  write_text(from_settings.private_key_file, good.key_text());
  auto x = pair(*from, *to);
  CAF_REQUIRE(x.open());
  CAF_CHECK_EQUAL(x.accepting.channel->peer().name, "CN=node 1 anew");
}

CAF_TEST(files are not looked at with each connection) {
  replace(issue(certificate_request{}, &authority));
  CAF_CHECK(opens());
  CAF_CHECK(!from->reload_if_changed()); // so nobody had looked
}

CAF_TEST(broken new files leave the old ones in use and are told once) {
  auto good = issue(dialing.request, &authority);
  write_text(from_settings.certificate_file, good.certificate_text()); // and its key is not there yet
  auto again = from->reload_if_changed();
  CAF_REQUIRE(!again);
  CAF_CHECK(keeps_the_old_ones(again.error()));
  CAF_CHECK(contains(again.error().message, "does not belong to certificate_file"));
  CAF_CHECK(opens());
  again = from->reload_if_changed();
  CAF_CHECK(again && !*again);
  write_text(from_settings.private_key_file, good.key_text());
  again = from->reload_if_changed();
  CAF_CHECK(again && *again);
  CAF_CHECK(opens());
}

CAF_TEST(files that are gone leave the old ones in use) {
  for (const auto& file :
       {from_settings.certificate_file, from_settings.private_key_file, from_settings.authorities_file}) {
    std::filesystem::rename(file, file + ".away");
    auto again = from->reload_if_changed();
    CAF_CHECK(!again && keeps_the_old_ones(again.error()) && contains(again.error().message, file));
    auto forced = from->reload();
    CAF_CHECK(!forced && keeps_the_old_ones(forced.error()));
    CAF_CHECK(opens());
    std::filesystem::rename(file + ".away", file);
  }
}

CAF_TEST(a certificate that names nobody does not replace one that does) {
  replace(issue(certificate_request{}, &authority));
  auto again = from->reload();
  CAF_CHECK(!again && keeps_the_old_ones(again.error()));
  CAF_CHECK_EQUAL(from->own_name().node, node_id{1});
  CAF_CHECK(opens());
}

CAF_TEST(a certificate of another node is refused with both ids at the start and later) {
  auto made = tls_factory::load(from_settings, true, false, node_id{7});
  CAF_REQUIRE(!made);
  CAF_CHECK_EQUAL(made.error().message,
                  "certificate_file: \"" + from_settings.certificate_file + "\" names node 1, but this is node 7");
  made = tls_factory::load(from_settings, true, false, node_id{1});
  CAF_REQUIRE(made);
  from = *made;
  replace(issue(node_request(4), &authority));
  auto again = from->reload();
  CAF_REQUIRE(!again);
  CAF_CHECK(keeps_the_old_ones(again.error()));
  CAF_CHECK(contains(again.error().message, "names node 4, but this is node 1"));
  CAF_CHECK_EQUAL(from->own_name().node, node_id{1});
  CAF_CHECK(opens());
  auto client = node_request(1);
  client.names.back() = "URI:kommander:client";
  replace(issue(client, &authority));
  auto changed = from->reload_if_changed();
  CAF_CHECK(!changed && contains(changed.error().message, "names a client, but this is node 1"));
  CAF_CHECK(opens());
  replace(issue(dialing.request, &authority));
  CAF_CHECK(from->reload());
  CAF_CHECK(opens());
}

CAF_TEST(an authority is replaced without a moment in which nobody gets in) {
  // First everybody trusts both, then everybody gets a new certificate, then the old authority goes.
  auto trust = [&](const security_config& x, const std::string& text) { write_text(x.authorities_file, text); };
  auto to_settings = settings_of(accepting, "accepting");
  auto both = authority.certificate_text() + other_authority.certificate_text();
  trust(from_settings, both);
  CAF_CHECK(from->reload());
  CAF_CHECK(opens());
  trust(to_settings, both);
  CAF_CHECK(to->reload());
  CAF_CHECK(opens());
  replace(issue(dialing.request, &other_authority));
  CAF_CHECK(from->reload());
  CAF_CHECK(opens());
  auto new_other = issue(accepting.request, &other_authority);
  write_text(to_settings.certificate_file, new_other.certificate_text());
  write_text(to_settings.private_key_file, new_other.key_text());
  CAF_CHECK(to->reload());
  CAF_CHECK(opens());
  trust(from_settings, other_authority.certificate_text());
  trust(to_settings, other_authority.certificate_text());
  CAF_CHECK(from->reload() && to->reload());
  CAF_CHECK(opens());
  replace(issue(dialing.request, &authority));
  CAF_CHECK(from->reload());
  CAF_CHECK(!opens());
}

CAF_TEST_FIXTURE_SCOPE_END()
