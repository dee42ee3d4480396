/// Three nodes of which only what asks and answers between nodes is real: who leads, and what partitions answer, is said by
/// the test.
#define CAF_SUITE cluster_node_caller

#include "actors/coordinator/node_caller_actor.hpp"
#include "kommander/raft.hpp"
#include "kommander/testing/in_process_network.hpp"
#include "kommander/testing/virtual_scheduler.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace std::chrono_literals;

namespace {

constexpr partition_id p{1};

template <class T>
using answer_ptr = std::shared_ptr<std::optional<T>>;

/// What of a node the caller meets.
using fake_node = cafx::typed<leader_result(get_leader), load_report(load_request), progress_report(progress_request)>;

/// Says who leads, and answers nothing while `silent`. Also what the node leads, and how far learners are.
struct leader_script {
  load_report load{status::success, {}, {}, false, {}};
  leader_result known{status::success, {}, raft_term{1}};
  bool silent = false;
  std::vector<caf::typed_response_promise<leader_result>> kept;
};

fake_node::behavior_type leaders(fake_node::pointer self, std::shared_ptr<leader_script> script) {
  return {
    [=](const get_leader&) -> caf::result<leader_result> {
      if (!script->silent)
        return script->known;
      script->kept.push_back(self->make_response_promise<leader_result>());
      return script->kept.back();
    },
    [=](const load_request&) { return script->load; },
    [=](const progress_request& x) {
      return progress_report{status::success, {}, {}, x.node.value(), 100};
    },
  };
}

/// What of a partition the caller meets.
using fake_partition = cafx::typed<control_result(control_proposal), range_part(range_export),
                                   control_result(handover_request), void(peer_messages), void(partition_tick)>;

struct partition_script {
  std::vector<control_proposal> proposals;
  std::vector<range_export> exports;
  std::vector<handover_request> handovers;
  std::vector<raft_message> messages;
  bool silent = false;
  std::vector<caf::typed_response_promise<control_result>> kept;
  control_result result{status::success, log_index{7}, {}, {}};
  range_part part{status::success, {}, {}, {}, bytes::copy("data"), bytes::copy("cursor"), false};
};

fake_partition::behavior_type partition(fake_partition::pointer self, std::shared_ptr<partition_script> script) {
  return {
    [=](const control_proposal& x) -> caf::result<control_result> {
      script->proposals.push_back(x);
      if (!script->silent)
        return script->result;
      script->kept.push_back(self->make_response_promise<control_result>());
      return script->kept.back();
    },
    [=](const range_export& x) {
      script->exports.push_back(x);
      return script->part;
    },
    [=](const handover_request& x) {
      script->handovers.push_back(x);
      return script->result;
    },
    [=](const peer_messages& x) {
      script->messages.insert(script->messages.end(), x.messages.begin(), x.messages.end());
    },
    [=](const partition_tick&) {
      for (auto& x : script->kept)
        x.deliver(control_result{status::success, log_index{1}, {}, {}});
      script->kept.clear();
    },
  };
}

struct node {
  transport_ptr net;
  std::shared_ptr<partition_routes> routes = std::make_shared<partition_routes>();
  std::shared_ptr<leader_script> leads = std::make_shared<leader_script>();
  std::shared_ptr<partition_script> partition = std::make_shared<partition_script>();
  link_table links;
  fake_node source;
  fake_partition served;
  node_caller_actor caller;
};

caf::actor_system_config& prepared(caf::actor_system_config& config) {
  setup(config);
  config.set("scheduler.policy", caf::atom("testing"));
  return config;
}

struct client_task {
  std::function<void(caf::event_based_actor*)> run;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(client_task)

namespace {

class three_nodes {
public:
  explicit three_nodes(std::uint64_t seed = 1)
    : system_{prepared(config_)},
      network{in_process_network::make(seed)},
      client_{system_.spawn(
        [](caf::event_based_actor* self) -> caf::behavior { return {[=](const client_task& x) { x.run(self); }}; })},
      scheduler{system_, seed} {
    for (std::size_t i = 1; i <= 3; ++i)
      start(i);
  }

  ~three_nodes() {
    for (auto& [id, x] : nodes_) {
      end_caller(id);
      caf::anon_send_exit(x.source, caf::exit_reason::kill);
      caf::anon_send_exit(x.served, caf::exit_reason::kill);
      for (auto& [peer, each] : x.links)
        caf::anon_send_exit(each.link, caf::exit_reason::kill);
      x.leads->kept.clear();
      x.partition->kept.clear();
    }
    caf::anon_send_exit(client_, caf::exit_reason::kill);
    scheduler.settle();
  }

  caf::actor_system& system() {
    return system_;
  }

  node& at(std::size_t number) {
    return nodes_.at(number);
  }

  /// All nodes believe so; zero: nobody is known.
  void lead(std::size_t number) {
    for (auto& [id, x] : nodes_)
      x.leads->known.leader.id = node_id{number};
  }

  void end_caller(std::size_t number) {
    auto& x = at(number);
    x.routes->set_calls_receiver({});
    caf::anon_send_exit(x.caller, caf::exit_reason::user_shutdown);
  }

  template <class Reply, class Request>
  answer_ptr<Reply> ask(std::size_t number, Request request) {
    auto answer = std::make_shared<std::optional<Reply>>();
    auto to = at(number).caller;
    caf::anon_send(
      client_, client_task{[=](caf::event_based_actor* self) {
        self->request(to, caf::infinite, request).then([=](const Reply& x) { *answer = x; }, [](const caf::error&) {});
      }});
    scheduler.settle(); // requests are made in the order of the test
    return answer;
  }

  answer_ptr<control_result> propose(std::size_t number, const char* what = "command") {
    return ask<control_result>(number, control_proposal{p, bytes::copy(what)});
  }

  template <class Reply>
  Reply await(const answer_ptr<Reply>& x, caf::timespan within = 12s) {
    CAF_REQUIRE(scheduler.run_until([&] { return x->has_value(); }, within));
    return **x;
  }

  /// The partition at node `number` answers all that it has kept.
  void answer_kept(std::size_t number) {
    caf::anon_send(at(number).served, partition_tick{});
    scheduler.settle();
  }

  /// A message as if it had come over the network.
  void deliver(std::size_t from, std::size_t to, raft_message_body body, partition_id partition = p) {
    at(to).routes->deliver({raft_message{partition, node_id{from}, node_id{to}, {}, std::move(body)}});
    scheduler.settle();
  }

  /// The id of what this node has asked last, if it has arrived.
  std::uint64_t last_call_of(std::size_t number) {
    return last_calls_[node_id{number}];
  }

private:
  void start(std::size_t number) {
    auto& x = nodes_[number];
    x.net = in_process_transport(network);
    transport_context context;
    context.self = {node_id{number}, {"127.0.0.1", 0}};
    context.cluster_id = "test";
    context.deliver = [this, routes = x.routes](node_id from, std::vector<raft_message>&& y) {
      for (const auto& z : y)
        if (const auto* call = std::get_if<node_call>(&z.body))
          last_calls_[from] = call->id;
      routes->deliver(std::move(y));
    };
    CAF_REQUIRE(x.net->start(system_, std::move(context)).ok());
    for (std::size_t peer = 1; peer <= 3; ++peer)
      if (peer != number)
        x.links.emplace(node_id{peer}, linked_node{x.net->open_link({node_id{peer}, {}}), {}, true});
    x.source = system_.spawn(leaders, x.leads);
    x.served = system_.spawn(partition, x.partition);
    partition_table table;
    table[p] = caf::actor_cast<partition_actor>(caf::actor_cast<caf::strong_actor_ptr>(x.served));
    x.routes->set(std::move(table));
    node_caller_parts parts;
    parts.self = node_id{number};
    parts.node = caf::actor_cast<caf::weak_actor_ptr>(x.source);
    auto links = std::make_shared<link_directory>();
    links->set(x.links);
    parts.links = std::move(links);
    parts.routes = x.routes;
    parts.body_bytes_max = 1000;
    x.caller = spawn_node_caller(system_, std::move(parts));
    x.routes->set_calls_receiver(x.caller);
  }

  caf::actor_system_config config_;
  caf::actor_system system_;

public:
  std::shared_ptr<in_process_network> network;

private:
  caf::actor client_;
  std::map<std::size_t, node> nodes_;
  std::map<node_id, std::uint64_t> last_calls_;

public:
  testing::virtual_scheduler scheduler;
};

range_export an_export() {
  range_export x;
  x.what = {operation_id{3}, p, partition_id{2}, false, {}, true};
  x.attempt = 1;
  x.bytes_max = 100;
  return x;
}

} // namespace

CAF_TEST(a node is asked what it leads whoever leads anything) {
  three_nodes x;
  x.at(2).leads->load.led = {{p, 60, 7}};
  x.at(2).routes->set({}); // not one of its partitions is needed for it
  auto other = x.await(x.ask<load_report>(1, load_question{node_id{2}}));
  CAF_CHECK((other == load_report{status::success, {}, {}, false, {{p, 60, 7}}}));
  CAF_CHECK(x.await(x.ask<load_report>(1, load_question{node_id{1}})).led.empty()); // itself
  CAF_CHECK(x.await(x.ask<load_report>(1, load_question{node_id{9}})).code == status::errored);
  x.network->isolate(node_id{3});
  CAF_CHECK(x.await(x.ask<load_report>(1, load_question{node_id{3}})).code == status::proposal_timeout);
}

CAF_TEST(who leads partition 0 is asked how far a learner is and who leads a group to hand over) {
  three_nodes x;
  x.lead(3);
  for (std::size_t from : {1, 3}) {
    auto far = x.await(x.ask<progress_report>(from, progress_request{node_id{17}}));
    CAF_CHECK((far == progress_report{status::success, {}, {}, 17, 100}));
    CAF_CHECK(x.await(x.ask<control_result>(from, handover_request{p, node_id{2}})).code == status::success);
  }
  CAF_CHECK_EQUAL(x.at(3).partition->handovers.size(), 2u);
  CAF_CHECK_EQUAL(x.at(1).partition->handovers.size() + x.at(2).partition->handovers.size(), 0u);
  x.lead(0);
  CAF_CHECK(x.await(x.ask<progress_report>(1, progress_request{node_id{17}})).code == status::node_is_not_leader);
}

CAF_TEST(a node that has ended tells nothing more about itself) {
  three_nodes x;
  caf::anon_send_exit(x.at(2).source, caf::exit_reason::kill);
  x.scheduler.settle();
  CAF_CHECK(x.await(x.ask<load_report>(1, load_question{node_id{2}})).code == status::stopping);
}

CAF_TEST(a request reaches the partition on the node that leads it) {
  for (std::size_t leader = 1; leader <= 3; ++leader) {
    three_nodes all;
    all.lead(leader);
    for (std::size_t i = 1; i <= 3; ++i) {
      auto answer = all.await(all.propose(i, "grow"));
      CAF_CHECK(answer == (control_result{status::success, log_index{7}, {}, {}}));
      auto part = all.await(all.ask<range_part>(i, an_export()));
      CAF_CHECK(part == all.at(leader).partition->part);
    }
    CAF_CHECK_EQUAL(all.at(leader).partition->proposals.size(), 3u);
    CAF_CHECK(all.at(leader).partition->proposals[0] == (control_proposal{p, bytes::copy("grow")}));
    CAF_CHECK(all.at(leader).partition->exports == std::vector(3, an_export()));
  }
}

CAF_TEST(a partition that refuses is believed) {
  three_nodes all;
  all.lead(2);
  all.at(2).partition->result = {status::errored, log_index{9}, node_id{2}, "there is an operation already"};
  for (std::size_t i = 1; i <= 3; ++i)
    CAF_CHECK(all.await(all.propose(i)) == all.at(2).partition->result);
}

CAF_TEST(while nobody is known to lead nothing is sent) {
  three_nodes all;
  all.lead(0);
  CAF_CHECK(all.await(all.propose(1)).code == status::node_is_not_leader);
  CAF_CHECK(all.await(all.ask<range_part>(1, an_export())).code == status::node_is_not_leader);
  all.at(1).leads->known.code = status::unknown_partition;
  CAF_CHECK(all.await(all.propose(1)).code == status::unknown_partition);
  CAF_CHECK_EQUAL(all.network->delivered(), 0u);
}

CAF_TEST(a leader that does not have the partition says so) {
  three_nodes all;
  all.lead(2);
  all.at(2).routes->set({});
  CAF_CHECK(all.await(all.propose(1)).code == status::unknown_partition);
  CAF_CHECK(all.await(all.propose(2)).code == status::unknown_partition);
}

CAF_TEST(a leader that is gone is waited for in bounded time) {
  three_nodes all;
  all.lead(2);
  all.network->isolate(node_id{2});
  auto lost = all.propose(1);
  all.scheduler.run_for(10900ms);
  CAF_CHECK(!lost->has_value());
  CAF_CHECK(all.await(lost, 200ms).code == status::proposal_timeout);
  // nothing of it is left, and the next one is sent to who leads then
  all.lead(3);
  CAF_CHECK(all.await(all.propose(1)).code == status::success);
}

CAF_TEST(a partition that never answers is waited for in bounded time) {
  three_nodes all;
  all.lead(2);
  all.at(2).partition->silent = true;
  auto remote = all.propose(1);
  auto local = all.propose(2);
  CAF_CHECK(all.await(remote).code == status::proposal_timeout);
  CAF_CHECK(all.await(local).code == status::proposal_timeout);
  // what is answered after that is answered to nobody
  all.answer_kept(2);
  CAF_CHECK((*remote)->code == status::proposal_timeout);
}

CAF_TEST(a node that does not say who leads is waited for in bounded time) {
  three_nodes all;
  all.at(1).leads->silent = true;
  CAF_CHECK(all.await(all.propose(1)).code == status::proposal_timeout);
}

CAF_TEST(a partition that has ended leaves nobody waiting) {
  three_nodes all;
  all.lead(2);
  caf::anon_send_exit(all.at(2).served, caf::exit_reason::kill);
  all.scheduler.settle();
  CAF_CHECK(all.await(all.propose(1), 1s).code == status::replication_failed);
  CAF_CHECK(all.await(all.propose(2), 1s).code == status::replication_failed);
}

CAF_TEST(what cannot be read is dropped and what comes after it is served) {
  three_nodes all;
  all.lead(2);
  all.deliver(1, 2, node_call{1, bytes::copy("\x07 what is this")});
  all.deliver(1, 2, node_call{2, {}});
  all.deliver(1, 2, node_call{3, encode(node_request{control_proposal{partition_id{2}, bytes::copy("elsewhere")}})});
  all.deliver(1, 2, node_answer{4, bytes::copy("nobody asked")});
  CAF_CHECK(all.at(2).partition->proposals.empty());
  CAF_CHECK_EQUAL(all.network->delivered(), 0u);
  CAF_CHECK(all.await(all.propose(1)).code == status::success);
}

CAF_TEST(an answer counts only from the node that was asked and only if it fits the request) {
  three_nodes all;
  all.lead(2);
  all.at(2).partition->silent = true;
  all.network->cut(node_id{2}, node_id{1}); // answers come from the test
  auto answer = all.propose(1);
  CAF_REQUIRE_EQUAL(all.at(2).partition->proposals.size(), 1u);
  auto good = encode(node_reply{control_result{status::success, log_index{5}, {}, {}}});
  auto other = encode(node_reply{range_part{}});
  auto id = all.last_call_of(1);
  all.deliver(3, 1, node_answer{id, good});
  CAF_CHECK(!answer->has_value());
  all.deliver(2, 1, node_answer{id, bytes::copy("garbage")});
  all.deliver(2, 1, node_answer{id, other});
  all.deliver(2, 1, node_answer{id + 1, good});
  CAF_CHECK(!answer->has_value());
  all.deliver(2, 1, node_answer{id, good});
  CAF_CHECK(all.await(answer, 1ms).index == log_index{5});
  all.deliver(2, 1, node_answer{id, good});
}

CAF_TEST(a call that the network repeats is carried out once) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    three_nodes all{seed};
    all.lead(2);
    all.network->set_faults({.duplication = 1, .reordering = 0.5, .delay_max = 20ms});
    for (auto i = 0; i < 10; ++i)
      CAF_CHECK(all.await(all.propose(1)).code == status::success);
    all.scheduler.run_for(1s);
    CAF_CHECK_EQUAL(all.at(2).partition->proposals.size(), 10u);
  }
}

CAF_TEST(on a network that loses messages every request ends) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    three_nodes all{seed};
    all.lead(2);
    all.network->set_faults({.loss = 0.3, .duplication = 0.2, .delay_max = 20ms});
    std::vector<answer_ptr<control_result>> answers;
    for (auto i = 0; i < 50; ++i)
      answers.push_back(all.propose(1 + 2 * (i % 2)));
    std::size_t succeeded = 0;
    for (const auto& x : answers) {
      auto code = all.await(x).code;
      CAF_CHECK(code == status::success || code == status::proposal_timeout);
      succeeded += code == status::success ? 1 : 0;
    }
    CAF_CHECK(succeeded >= 10);
    CAF_CHECK(all.at(2).partition->proposals.size() >= succeeded);
    CAF_CHECK(all.at(2).partition->proposals.size() <= 50);
  }
}

CAF_TEST(only so many requests are open at a time and each that is answered makes room) {
  three_nodes all;
  all.lead(2);
  all.at(2).partition->silent = true;
  std::vector<answer_ptr<control_result>> waiting;
  for (auto i = 0; i < 256; ++i)
    waiting.push_back(all.propose(1));
  CAF_CHECK(all.await(all.propose(1)).code == status::proposal_queue_full);
  // The leader serves so many of one node: another one has room of its own.
  auto from_elsewhere = all.propose(3);
  CAF_CHECK_EQUAL(all.at(2).partition->proposals.size(), 257u);
  all.answer_kept(2);
  all.at(2).partition->silent = false;
  for (const auto& x : waiting)
    CAF_CHECK(all.await(x, 1s).code == status::success);
  CAF_CHECK(all.await(from_elsewhere, 1s).code == status::success);
  CAF_CHECK(all.await(all.propose(1), 1s).code == status::success);
}

CAF_TEST(a node serves only so many calls of a peer at a time) {
  three_nodes all;
  all.lead(2);
  all.at(2).partition->silent = true;
  auto call = encode(node_request{control_proposal{p, bytes::copy("much")}});
  for (std::uint64_t id = 1; id <= 300; ++id)
    all.deliver(3, 2, node_call{id, call});
  CAF_CHECK_EQUAL(all.at(2).partition->proposals.size(), 256u);
  all.answer_kept(2);
  all.deliver(3, 2, node_call{301, call});
  CAF_CHECK_EQUAL(all.at(2).partition->proposals.size(), 257u);
}

CAF_TEST(an answer that no link would carry is replaced by the reason) {
  three_nodes all;
  all.lead(2);
  all.at(2).partition->part.data = bytes{std::string(2000, 'd')};
  CAF_CHECK(all.await(all.ask<range_part>(1, an_export())).code == status::payload_too_large);
  CAF_CHECK(all.await(all.ask<range_part>(2, an_export())).code == status::success);
}

CAF_TEST(when a node ends everything that waits is answered) {
  three_nodes all;
  all.lead(2);
  all.at(2).partition->silent = true;
  auto remote = all.propose(1);
  auto local = all.propose(2);
  all.at(3).leads->silent = true;
  auto asking = all.propose(3);
  for (std::size_t i = 1; i <= 3; ++i)
    all.end_caller(i);
  CAF_CHECK(all.await(remote, 1ms).code == status::replication_failed);
  CAF_CHECK(all.await(local, 1ms).code == status::replication_failed);
  CAF_CHECK(all.await(asking, 1ms).code == status::stopping);
}

CAF_TEST(calls and messages of partitions that come together are told apart) {
  three_nodes all;
  all.lead(2);
  auto call = [](std::uint64_t id) {
    return raft_message{
      p, node_id{1}, node_id{2}, {}, node_call{id, encode(node_request{control_proposal{p, bytes::copy("x")}})}};
  };
  auto beat = [](std::uint64_t round) {
    return raft_message{p, node_id{1}, node_id{2}, raft_term{1}, heartbeat{{}, round, false}};
  };
  all.at(2).routes->deliver({beat(1), call(1), beat(2), call(2), beat(3)});
  all.scheduler.settle();
  CAF_CHECK_EQUAL(all.at(2).partition->proposals.size(), 2u);
  CAF_CHECK(all.at(2).partition->messages == (std::vector{beat(1), beat(2), beat(3)}));
  all.at(2).routes->set_calls_receiver({});
  all.at(2).routes->deliver({call(3), beat(4)});
  all.scheduler.settle();
  CAF_CHECK_EQUAL(all.at(2).partition->proposals.size(), 2u);
  CAF_CHECK_EQUAL(all.at(2).partition->messages.size(), 4u);
}

namespace {

gossip_receiver::behavior_type gossips(gossip_receiver::pointer, std::shared_ptr<std::vector<heard_gossip>> heard) {
  return {
    [=](const heard_gossip& x) { heard->push_back(x); },
  };
}

} // namespace

CAF_TEST(gossip goes neither to partitions nor to the receiver of calls) {
  three_nodes all;
  all.lead(2);
  auto gossip = [](const char* text) {
    return raft_message{{}, node_id{1}, node_id{2}, {}, node_gossip{bytes::copy(text)}};
  };
  raft_message beat{p, node_id{1}, node_id{2}, raft_term{1}, heartbeat{{}, 1, false}};
  raft_message call{
    p, node_id{1}, node_id{2}, {}, node_call{1, encode(node_request{control_proposal{p, bytes::copy("x")}})}};
  all.at(2).routes->deliver({gossip("nobody is there")});
  auto heard = std::make_shared<std::vector<heard_gossip>>();
  auto receiver = all.system().spawn(gossips, heard);
  all.at(2).routes->set_gossip_receiver(receiver);
  all.at(2).routes->deliver({gossip("one"), beat, gossip("two"), call});
  all.scheduler.settle();
  CAF_REQUIRE_EQUAL(heard->size(), 1u);
  CAF_CHECK(heard->front().from == node_id{1});
  CAF_CHECK(heard->front().packets == (std::vector{bytes::copy("one"), bytes::copy("two")}));
  CAF_CHECK_EQUAL(all.at(2).partition->proposals.size(), 1u);
  CAF_CHECK(all.at(2).partition->messages == std::vector{beat});
  all.at(2).routes->set_gossip_receiver({});
}

CAF_TEST(a caller at idle keeps no timer) {
  three_nodes all;
  all.lead(2);
  CAF_CHECK(all.await(all.propose(1)).code == status::success);
  all.scheduler.run_for(1s);
  auto before = all.scheduler.steps();
  all.scheduler.run_for(1min);
  CAF_CHECK_EQUAL(all.scheduler.steps(), before);
}
