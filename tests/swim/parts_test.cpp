/// The parts of the failure detector, one by one.
#define CAF_SUITE swim

#include "actors/swim/gossip_queue.hpp"
#include "actors/swim/local_health.hpp"
#include "actors/swim/member_list.hpp"
#include "actors/swim/suspicion.hpp"
#include "actors/swim/swim_message.hpp"

#include <caf/test/unit_test.hpp>

#include <random>
#include <set>

using namespace kommander;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const node_id a{1}, b{2}, c{3}, d{4}, e{5};

rumour alive(node_id x, std::uint64_t incarnation) {
  return {x, liveness::alive, incarnation, {}};
}

rumour suspect(node_id x, std::uint64_t incarnation, node_id accuser = b) {
  return {x, liveness::suspect, incarnation, accuser};
}

rumour dead(node_id x, std::uint64_t incarnation, node_id accuser = b) {
  return {x, liveness::dead, incarnation, accuser};
}

struct list_of {
  explicit list_of(std::vector<node_id> members) {
    list.set(members, instant{0}, random);
  }

  merge_outcome hear(const rumour& x) {
    return list.merge(x, times, now);
  }

  swim_member& at(node_id x) {
    return *list.find(x);
  }

  member_list list{a};
  swim_random random{1};
  suspicion_times times{seconds{5}, seconds{30}, 2};
  swim_time now{seconds{1}, seconds{1}};
};

// -- messages -----------------------------------------------------------------------------------------------------

class message_maker {
public:
  swim_message next() {
    swim_message x;
    x.kind = static_cast<swim_kind>(random_() % 10);
    x.incarnation = number();
    x.roster_version = random_() >> (random_() % 64);
    for (auto n = random_() % 4; n > 0; --n)
      x.rumours.push_back(any_rumour());
    if (x.kind <= swim_kind::nack)
      x.probe = number();
    if (x.kind >= swim_kind::ping_request && x.kind <= swim_kind::nack)
      x.subject = node_id{number()};
    if (x.kind == swim_kind::ping_request)
      x.patience = milliseconds{static_cast<std::int64_t>(random_() % 10'000)};
    if (x.kind >= swim_kind::sync && x.kind <= swim_kind::reports)
      for (auto n = random_() % 3; n > 0; --n)
        x.reports.push_back({node_id{number() | 1}, number(), bytes{std::string(random_() % 9, 'r')}});
    if (x.kind == swim_kind::roster)
      x.roster = bytes{std::string(random_() % 50, 'm')};
    return x;
  }

  std::mt19937_64& random() {
    return random_;
  }

private:
  std::uint64_t number() {
    return random_() >> (2 + random_() % 62);
  }

  rumour any_rumour() {
    rumour x{node_id{random_() | 1}, static_cast<liveness>(random_() % 3), number(), {}};
    if (x.state != liveness::alive)
      x.accuser = node_id{random_() | 1};
    return x;
  }

  std::mt19937_64 random_{7};
};

swim_message news_of(std::uint64_t incarnation, std::vector<rumour> rumours = {}) {
  swim_message x;
  x.incarnation = incarnation;
  x.rumours = std::move(rumours);
  return x;
}

} // namespace

CAF_TEST(messages of all kinds come back as they were) {
  message_maker maker;
  for (int i = 0; i < 20'000; ++i) {
    auto x = maker.next();
    auto y = decode_swim_message(encode(x));
    CAF_REQUIRE(y);
    CAF_REQUIRE(*y == x);
  }
}

CAF_TEST(what is cut short or has a tail is no message) {
  message_maker maker;
  for (int i = 0; i < 500; ++i) {
    auto body = encode(maker.next());
    for (std::size_t n = 0; n < body.size(); ++n)
      CAF_REQUIRE(!decode_swim_message(body.slice(0, n)));
    CAF_REQUIRE(!decode_swim_message(bytes{std::string{body.view()} + '\0'}));
  }
}

CAF_TEST(spoilt messages are refused or sound) {
  message_maker maker;
  for (int i = 0; i < 100'000; ++i) {
    std::string body{encode(maker.next()).view()};
    for (auto n = 1 + maker.random()() % 3; n > 0; --n)
      body[maker.random()() % body.size()] = static_cast<char>(maker.random()());
    auto x = decode_swim_message(bytes{std::move(body)});
    if (!x)
      continue;
    CAF_REQUIRE(x->incarnation <= incarnation_max);
    for (const auto& y : x->rumours)
      CAF_REQUIRE(y.subject && y.incarnation <= incarnation_max && y.state <= liveness::dead);
  }
}

CAF_TEST(a message has the bytes that it always had) {
  swim_message x;
  x.kind = swim_kind::ping_request;
  x.incarnation = 300;
  x.roster_version = 4;
  x.rumours = {suspect(node_id{7}, 5, node_id{9})};
  x.probe = 6;
  x.subject = node_id{7};
  x.patience = milliseconds{200};
  const char golden[] =
    "\x01\x02\xac\x02\x04\x01\x07\0\0\0\0\0\0\0\x01\x05\x09\0\0\0\0\0\0\0\x06\x07\0\0\0\0\0\0\0\xc8\x01";
  CAF_CHECK(encode(x).view() == std::string_view(golden, sizeof golden - 1));
}

CAF_TEST(versions and numbers that nobody can outrank are refused) {
  auto body = std::string{encode(news_of(1)).view()};
  CAF_CHECK(decode_swim_message(bytes{body}));
  auto other = body;
  other[0] = 2;
  CAF_CHECK(!decode_swim_message(bytes{other}));
  other = body;
  other[1] = 10;
  CAF_CHECK(!decode_swim_message(bytes{other}));
  CAF_CHECK(decode_swim_message(encode(news_of(1, {suspect(b, incarnation_max)}))));
  CAF_CHECK(!decode_swim_message(encode(news_of(1, {suspect(b, incarnation_max + 1)}))));
  CAF_CHECK(!decode_swim_message(encode(news_of(incarnation_max + 1))));
  CAF_CHECK(!decode_swim_message(encode(news_of(1, {suspect(node_id{}, 1)}))));
}

// -- merging ------------------------------------------------------------------------------------------------------

CAF_TEST(of two beliefs the higher incarnation counts and then the worse state) {
  struct row {
    rumour before, heard;
    liveness after;
    std::uint64_t incarnation;
    merge_outcome outcome;
  };
  using enum merge_outcome;
  const row rows[] = {
    {alive(c, 3), alive(c, 2), liveness::alive, 3, old},
    {alive(c, 3), alive(c, 3), liveness::alive, 3, old},
    {alive(c, 3), alive(c, 4), liveness::alive, 4, changed},
    {alive(c, 3), suspect(c, 2), liveness::alive, 3, old},
    {alive(c, 3), suspect(c, 3), liveness::suspect, 3, changed},
    {alive(c, 3), suspect(c, 9), liveness::suspect, 9, changed},
    {alive(c, 3), dead(c, 2), liveness::alive, 3, old},
    {alive(c, 3), dead(c, 3), liveness::suspect, 3, changed}, // it may object here, too
    {alive(c, 3), dead(c, 9), liveness::suspect, 9, changed},
    {suspect(c, 3), alive(c, 3), liveness::suspect, 3, old},
    {suspect(c, 3), alive(c, 4), liveness::alive, 4, changed},
    {suspect(c, 3), suspect(c, 3), liveness::suspect, 3, old},
    {suspect(c, 3), suspect(c, 3, d), liveness::suspect, 3, changed}, // another one confirms it
    {suspect(c, 3), suspect(c, 4), liveness::suspect, 4, changed},
    {suspect(c, 3), dead(c, 3), liveness::suspect, 3, old},
  };
  for (const auto& x : rows) {
    list_of all{{a, b, c, d}};
    all.hear(x.before);
    CAF_CHECK(all.hear(x.heard) == x.outcome);
    CAF_CHECK_EQUAL(to_string(all.at(c).state), to_string(x.after));
    CAF_CHECK_EQUAL(all.at(c).incarnation, x.incarnation);
  }
}

CAF_TEST(only its own word with a higher incarnation brings a dead one back) {
  auto buried = [] {
    list_of all{{a, b, c}};
    all.hear(suspect(c, 3));
    all.now.lived += seconds{60};
    CAF_CHECK_EQUAL(all.list.expire(all.now).size(), 1u);
    return all;
  };
  auto all = buried();
  for (const auto& x : {alive(c, 3), alive(c, 2), suspect(c, 3), dead(c, 3)})
    CAF_CHECK(all.hear(x) == merge_outcome::old);
  CAF_CHECK(all.hear(dead(c, 4)) == merge_outcome::changed);
  CAF_CHECK(all.at(c).state == liveness::dead);
  CAF_CHECK(all.hear(alive(c, 4)) == merge_outcome::old);
  CAF_CHECK(all.hear(alive(c, 5)) == merge_outcome::changed);
  CAF_CHECK(all.at(c).state == liveness::alive);
  all = buried();
  CAF_CHECK(all.hear(suspect(c, 4)) == merge_outcome::changed); // it has lived meanwhile
  CAF_CHECK(all.at(c).state == liveness::suspect);
}

CAF_TEST(beliefs rise whatever is heard in whatever order) {
  swim_random random{5};
  for (int round = 0; round < 2000; ++round) {
    list_of all{{a, b, c}};
    for (int i = 0; i < 12; ++i) {
      auto before = std::pair{all.at(c).incarnation, all.at(c).state};
      auto version = all.list.version();
      auto state = static_cast<liveness>(random.below(3));
      all.now.lived += seconds{static_cast<int>(random.below(20))};
      if (random.below(4) == 0)
        all.list.expire(all.now);
      else
        all.hear({c, state, 1 + random.below(4), state == liveness::alive ? node_id{} : node_id{2 + random.below(5)}});
      auto after = std::pair{all.at(c).incarnation, all.at(c).state};
      CAF_REQUIRE(after >= before);
      if (after.second != before.second)
        CAF_REQUIRE(all.list.version() > version);
    }
  }
}

CAF_TEST(about strangers and about this node itself nothing is believed) {
  list_of all{{a, b}};
  auto version = all.list.version();
  for (auto id : {a, d})
    for (const auto& x : {alive(id, 5), suspect(id, 5), dead(id, 5)})
      CAF_CHECK(all.hear(x) == merge_outcome::old);
  CAF_CHECK_EQUAL(all.list.version(), version);
  CAF_CHECK_EQUAL(all.list.view().nodes.size(), 1u);
}

CAF_TEST(who leaves and comes back begins anew) {
  list_of all{{a, b, c, d}};
  all.hear(suspect(c, 7));
  CAF_CHECK(all.list.set({a, b, d}, seconds{9}, all.random) == std::vector{c});
  CAF_CHECK(all.list.find(c) == nullptr);
  CAF_CHECK(all.list.expire({seconds{99}, seconds{99}}).empty());
  all.list.set({a, b, c, d, e}, seconds{10}, all.random);
  CAF_CHECK(all.at(c).state == liveness::alive);
  CAF_CHECK_EQUAL(all.at(c).incarnation, 0u);
  CAF_CHECK(all.at(c).since == instant{seconds{10}});
}

CAF_TEST(a view tells since when) {
  list_of all{{a, b, c}};
  all.now.now = seconds{20};
  all.hear(suspect(c, 1));
  all.now.now = seconds{21};
  all.hear(suspect(c, 2));
  auto view = all.list.view();
  CAF_REQUIRE(view.find(c) != nullptr);
  CAF_CHECK(view.find(c)->state == liveness::suspect);
  CAF_CHECK(view.find(c)->since == instant{seconds{20}});
  CAF_CHECK_EQUAL(view.find(c)->incarnation, 2u);
  CAF_CHECK(view.find(a) == nullptr);
  CAF_CHECK(std::ranges::is_sorted(view.nodes, {}, &node_liveness::node));
}

// -- whom to ping -------------------------------------------------------------------------------------------------

CAF_TEST(a round comes to each member once but to the spared one) {
  std::vector<node_id> ids;
  for (std::uint64_t i = 1; i <= 9; ++i)
    ids.emplace_back(i);
  list_of all{ids};
  auto spared = all.list.watched();
  CAF_CHECK_EQUAL(spared, b);
  std::set<std::vector<node_id>> orders;
  for (int round = 0; round < 20; ++round) {
    std::vector<node_id> order;
    for (int i = 0; i < 7; ++i)
      order.push_back(all.list.next_in_round(spared, all.random));
    CAF_CHECK_EQUAL((std::set<node_id>{order.begin(), order.end()}.size()), 7u);
    CAF_CHECK(std::ranges::find(order, spared) == order.end());
    orders.insert(order);
  }
  CAF_CHECK(orders.size() > 15);
}

CAF_TEST(a new member is pinged within the round that it comes into or the next) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    list_of all{{a, b, c, d}};
    all.random = swim_random{seed};
    for (auto n = all.random.below(5); n > 0; --n)
      all.list.next_in_round({}, all.random);
    all.list.set({a, b, c, d, e}, instant{0}, all.random);
    std::vector<node_id> pinged;
    for (int i = 0; i < 8; ++i)
      pinged.push_back(all.list.next_in_round({}, all.random));
    CAF_CHECK(std::ranges::count(pinged, e) >= 1);
    all.list.set({a, b, d}, instant{0}, all.random);
    for (int i = 0; i < 4; ++i) {
      auto x = all.list.next_in_round({}, all.random);
      CAF_CHECK(x == b || x == d);
    }
  }
}

CAF_TEST(alone or with one other the round ends) {
  list_of none{{a}};
  CAF_CHECK(!none.list.next_in_round({}, none.random));
  CAF_CHECK(!none.list.watched());
  list_of one{{a, b}};
  CAF_CHECK_EQUAL(one.list.watched(), b);
  CAF_CHECK(!one.list.next_in_round(b, one.random));
  CAF_CHECK_EQUAL(one.list.next_in_round({}, one.random), b);
}

CAF_TEST(each member is watched by one and whoever is not alive by nobody) {
  std::map<node_id, std::set<node_id>> watchers;
  for (auto self : {a, b, c, d, e}) {
    member_list list{self};
    swim_random random{1};
    list.set({a, b, c, d, e}, instant{0}, random);
    list.merge(suspect(c, 1), {seconds{5}, seconds{5}, 0}, {});
    if (self != c)
      watchers[list.watched()].insert(self);
  }
  CAF_CHECK(watchers[b] == std::set{a});
  CAF_CHECK(watchers[d] == std::set{b});
  CAF_CHECK(watchers[e] == std::set{d});
  CAF_CHECK(watchers[a] == std::set{e});
  CAF_CHECK(!watchers.contains(c));
}

// -- suspicion ----------------------------------------------------------------------------------------------------

CAF_TEST(suspicions last longer in larger clusters and shorter when they are confirmed) {
  struct row {
    std::size_t members;
    milliseconds least;
    std::size_t confirmations;
  };
  for (auto [members, least, confirmations] :
       {row{2, seconds{5}, 0}, row{3, seconds{5}, 0}, row{4, seconds{5}, 2}, row{10, seconds{5}, 2},
        row{100, seconds{10}, 2}, row{1000, seconds{15}, 2}}) {
    auto x = suspicion_times_for(seconds{5}, members);
    CAF_CHECK_EQUAL(std::chrono::round<milliseconds>(x.least).count(), least.count());
    CAF_CHECK_EQUAL(x.confirmations, confirmations);
    CAF_CHECK(x.most == (confirmations == 0 ? x.least : 6 * x.least));
  }
  suspicion x{seconds{100}, a, {seconds{5}, seconds{30}, 2}};
  CAF_CHECK(x.deadline() == instant{seconds{130}});
  CAF_CHECK(!x.confirm(a));
  CAF_CHECK(x.confirm(b));
  CAF_CHECK(x.deadline() > instant{seconds{105}} && x.deadline() < instant{seconds{115}});
  CAF_CHECK(!x.confirm(b));
  CAF_CHECK(x.confirm(c));
  CAF_CHECK(x.deadline() == instant{seconds{105}});
  CAF_CHECK(!x.confirm(d)); // no more is needed
  suspicion y{seconds{100}, a, {seconds{5}, seconds{30}, 2}};
  y.conclude();
  CAF_CHECK(y.deadline() == instant{seconds{105}});
}

CAF_TEST(that others hold it dead makes a suspicion as short as can be but not shorter) {
  list_of all{{a, b, c, d}};
  all.hear(suspect(c, 1));
  all.hear(dead(c, 1));
  all.now.lived += milliseconds{4999};
  CAF_CHECK(all.list.expire(all.now).empty());
  all.now.lived += milliseconds{1};
  CAF_CHECK(all.list.expire(all.now) == std::vector{dead(c, 1)});
}

// -- gossip -------------------------------------------------------------------------------------------------------

CAF_TEST(a rumour is told some times and those told least come first) {
  gossip_queue queue;
  queue.push(alive(b, 1));
  queue.push(suspect(c, 1));
  CAF_CHECK(queue.take(rumour_bytes_max, 3, {}) == std::vector{suspect(c, 1)});
  CAF_CHECK(queue.take(rumour_bytes_max, 3, {}) == std::vector{alive(b, 1)});
  queue.push(dead(d, 1));
  CAF_CHECK(queue.take(rumour_bytes_max, 3, {}) == std::vector{dead(d, 1)});
  std::size_t told = 0;
  while (!queue.empty())
    told += queue.take(10 * rumour_bytes_max, 3, {}).size();
  CAF_CHECK_EQUAL(told, 9u - 3u);
}

CAF_TEST(a newer rumour takes the place of the older one and is told anew) {
  gossip_queue queue;
  queue.push(suspect(c, 1));
  CAF_CHECK_EQUAL(queue.take(1000, 2, {}).size(), 1u);
  queue.push(alive(c, 2));
  CAF_CHECK_EQUAL(queue.size(), 1u);
  CAF_CHECK(queue.take(1000, 2, {}) == std::vector{alive(c, 2)});
  CAF_CHECK(queue.take(1000, 2, c).empty()); // what is told anyway is left out
  CAF_CHECK_EQUAL(queue.take(1000, 2, {}).size(), 1u);
  CAF_CHECK(queue.empty());
  queue.push(alive(c, 3));
  queue.forget(c);
  CAF_CHECK(queue.empty());
}

CAF_TEST(rumours are told more often in larger clusters) {
  CAF_CHECK_EQUAL(times_to_tell(3), 4u);
  CAF_CHECK_EQUAL(times_to_tell(9), 4u);
  CAF_CHECK_EQUAL(times_to_tell(10), 8u);
  CAF_CHECK_EQUAL(times_to_tell(300), 12u);
}

CAF_TEST(health has bounds) {
  local_health x{3};
  x.improve();
  CAF_CHECK_EQUAL(x.factor(), 1);
  x.worsen(2);
  CAF_CHECK_EQUAL(x.factor(), 3);
  x.worsen(100);
  CAF_CHECK_EQUAL(x.score(), 3u);
  x.improve();
  CAF_CHECK_EQUAL(x.score(), 2u);
}
