// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/batching_loader.hpp"

#include <gtest/gtest.h>

#include "herdgate/core/config/config.hpp"
#include "support/world.hpp"

namespace herdgate::test {
namespace {

/// A route for keys "NAME:{id}", whose batches are asked for at http://h/?ids=.
route batched(const std::string& name, std::size_t max, route_policy policy = {}) {
    route r = make_route(name, policy);
    http_load load;
    load.batch.emplace();
    load.batch->url = *parse_template("http://h/?ids={ids}", {"ids"});
    load.batch->max = max;
    load.batch->window = milliseconds{2};
    r.load = load;
    return r;
}

class batching : public testing::Test, private loader, private batching_host {
  protected:
    explicit batching(std::size_t max = 3, std::size_t concurrency = 2, std::size_t queue = 1) {
        for (std::size_t i = 0; i < 2; ++i)
            limiters_.push_back(std::make_unique<load_limiter>(concurrency, queue));
        config_ = make_config({batched("p", max), batched("q", max)});
    }
    void ask(load_id id, const std::string& name, std::size_t index = 0) {
        core_.start(id, batch_call{&config_.routes[index], name, now_.steady});
    }
    void pass(milliseconds time) {
        now_.steady += time;
        while (core_.next_deadline() && *core_.next_deadline() <= now_.steady)
            core_.on_deadline(now_);
    }
    void answer(std::size_t call, std::string_view text) {
        core_.on_loaded(calls.at(call).first, {load_outcome::ok, shared_bytes{text}, {}});
    }

    void start(load_id id, load_call call) override {
        calls.emplace_back(id, std::get<http_call>(call).url);
    }
    void part_loaded(load_id id, load_result result) override {
        ended += std::to_string(id) + "=" +
                 (result.value ? std::string{result.value.view()} : result.reason) + ";";
    }
    void pass_turn(load_limiter::ticket next) override { turns.push_back(next); }

    config config_;
    worker_metrics metrics_{2};
    std::vector<std::unique_ptr<load_limiter>> limiters_;
    batching_loader core_{{7, *this, *this, metrics_, limiters_}};
    instant now_{steady_time{seconds{100}}, redis_time{seconds{1'700'000'000}}};
    std::vector<std::pair<load_id, std::string>> calls;
    std::vector<load_limiter::ticket> turns;
    std::string ended;
};

TEST_F(batching, keys_within_the_window_go_as_one_call) {
    ask(1, "a");
    pass(milliseconds{1});
    ask(2, "b c");
    EXPECT_TRUE(calls.empty());
    EXPECT_EQ(core_.next_deadline(), now_.steady + milliseconds{1});
    pass(milliseconds{1});
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].second, "http://h/?ids=a,b%20c");
    EXPECT_TRUE(batching_loader::is_batch(calls[0].first));
    EXPECT_FALSE(core_.next_deadline());
    answer(0, R"({"a":1,"b c":2})");
    EXPECT_EQ(ended, "1=1;2=2;");
    EXPECT_EQ(core_.size(), 0U);
    EXPECT_EQ(metrics_.routes[0].batches.read(), 1U);
    EXPECT_EQ(metrics_.routes[0].batch_keys.read(), 2U);
}

TEST_F(batching, a_full_batch_does_not_wait) {
    for (load_id id = 1; id <= 4; ++id) ask(id, std::to_string(id));
    EXPECT_TRUE(calls.empty()) << "never from inside start()";
    pass(milliseconds{0});
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].second, "http://h/?ids=1,2,3");
    pass(milliseconds{2});
    EXPECT_EQ(calls.at(1).second, "http://h/?ids=4");
}

TEST_F(batching, routes_do_not_mix) {
    ask(1, "a", 0);
    ask(2, "b", 1);
    pass(milliseconds{2});
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_EQ(calls[0].second + " " + calls[1].second, "http://h/?ids=a http://h/?ids=b");
}

TEST_F(batching, a_call_that_waits_for_its_turn_takes_more_keys) {
    for (load_id id = 1; id <= 6; ++id) ask(id, std::to_string(id));
    ask(7, "7");
    pass(milliseconds{2});
    EXPECT_EQ(calls.size(), 2U) << "the limit";
    ask(8, "8");
    EXPECT_EQ(limiters_[0]->queued(), 1U);
    answer(0, "{}");
    ASSERT_EQ(turns.size(), 1U);
    EXPECT_EQ(turns[0].worker, 7U);
    core_.on_turn(turns[0].flight);
    EXPECT_EQ(calls.at(2).second, "http://h/?ids=7,8");
    EXPECT_FALSE(core_.next_deadline());
}

TEST_F(batching, what_the_limiter_refuses_fails_every_key) {
    for (load_id id = 1; id <= 12; ++id) ask(id, std::to_string(id));
    pass(milliseconds{2});
    EXPECT_EQ(calls.size(), 2U);
    const std::string full = "=too many loads are waiting for their turn;";
    EXPECT_EQ(ended, "10" + full + "11" + full + "12" + full);
    ended.clear();
    pass(config_.routes[0].policy.limit.queue_timeout);
    const std::string late = "=waited too long for its turn to load;";
    EXPECT_EQ(ended, "7" + late + "8" + late + "9" + late);
    EXPECT_EQ(limiters_[0]->queued(), 0U);
    answer(0, "{}");
    answer(1, "{}");
    EXPECT_EQ(limiters_[0]->running(), 0U);
    EXPECT_EQ(core_.size(), 0U);
}

TEST_F(batching, a_turn_that_is_on_its_way_is_taken) {
    for (load_id id = 1; id <= 9; ++id) ask(id, std::to_string(id));
    pass(milliseconds{2});
    answer(0, "{}");
    pass(config_.routes[0].policy.limit.queue_timeout);
    EXPECT_EQ(calls.size(), 2U);
    core_.on_turn(turns.at(0).flight);
    EXPECT_EQ(calls.at(2).second, "http://h/?ids=7,8,9");
}

class wide_batching : public batching {
  protected:
    wide_batching() : batching(1000, 100, 100) {}
};

TEST_F(wide_batching, a_url_does_not_grow_past_its_limit) {
    const std::string name(limits::batch_url_bytes / 2 - 1, 'x');
    ask(1, name);
    ask(2, name);
    ask(3, "y");
    pass(milliseconds{0});
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].second, "http://h/?ids=" + name + "," + name);
    pass(milliseconds{2});
    EXPECT_EQ(calls.at(1).second, "http://h/?ids=y");
}

TEST(batched_route, all_keys_meet_at_one_worker) {
    world w{make_config({batched("p", 100)}), 4};
    auto client = w.connect(1);
    client->send_line("MGET p:a p:b p:c p:d p:e p:f p:g p:h");
    EXPECT_TRUE(w.loads().empty());
    w.pass(milliseconds{2});
    ASSERT_EQ(w.loads().size(), 1U);
    EXPECT_EQ(w.count(&route_metrics::loads_started), 8U);
    w.load_value(R"({"a":"1","b":"2","c":"3","d":"4","e":"5","f":"6","g":"7"})");
    EXPECT_EQ(client->received(),
              "*8\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\n4\r\n$1\r\n5\r\n"
              "$1\r\n6\r\n$1\r\n7\r\n$-1\r\n");
    EXPECT_EQ(w.count(&route_metrics::batches), 1U);
    EXPECT_EQ(w.gauge_sum(&worker_metrics::flights), 0);
    client->send_line("GET p:c");
    EXPECT_EQ(client->received(), "$1\r\n3\r\n");
}

}  // namespace
}  // namespace herdgate::test
