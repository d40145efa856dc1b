// SPDX-License-Identifier: Apache-2.0
//
// Flights of a route whose loads are limited in the whole fleet, with a store that answers when the
// test says so.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "herdgate/core/fill/flights.hpp"
#include "support/world.hpp"

namespace herdgate {
namespace {

using words = std::vector<std::string>;

constexpr milliseconds lease{900};

/// Writes down what it is asked; grants every lease.
class scripted_store final : public store {
  public:
    explicit scripted_store(words& heard) : heard_(heard) {}
    store_sink* flights = nullptr;

    void read(flight_id id, entry_key, const instant& now) override {
        flights->on_read(id, {store_status::ok, {}}, now);
    }
    void acquire(flight_id id, entry_key, const lease_request&, const instant& now) override {
        flights->on_acquired(id, {acquire_status::granted, {}, {}}, now);
    }
    void renew(flight_id id, entry_key, lease_token, milliseconds, const instant&) override {
        say("renew", id);
    }
    void fill(flight_id id, entry_key, lease_token, const entry&, const instant& now) override {
        say("fill", id);
        flights->on_stored(id, {}, now);
    }
    void fail(flight_id id, entry_key, lease_token, const entry&, const instant& now) override {
        say("fail", id);
        flights->on_stored(id, {}, now);
    }
    void release(entry_key, lease_token, const instant&) override { heard_.push_back("release"); }
    void watch(flight_id, entry_key, const instant&) override {}
    void unwatch(flight_id, entry_key) override {}
    void enter(flight_id id, const fleet_places& where, lease_token, milliseconds,
               const instant&) override {
        EXPECT_EQ(where.route, "p");
        EXPECT_EQ(where.limit, 2U);
        say("enter", id);
    }
    void keep_place(const fleet_places&, lease_token, milliseconds, const instant&) override {
        heard_.push_back("keep");
    }
    void leave(const fleet_places&, lease_token, const instant&) override {
        heard_.push_back("leave");
    }
    void watch_place(flight_id id, const fleet_places&, lease_token, const instant&) override {
        say("watch", id);
    }
    void unwatch_place(flight_id id, const fleet_places&, lease_token) override {
        say("unwatch", id);
    }

  private:
    void say(const std::string& what, flight_id id) {
        heard_.push_back(what + " " + std::to_string(id));
    }
    words& heard_;
};

class fleet_limit : public testing::Test, protected loader, protected flights_host {
  protected:
    fleet_limit() : store_(heard_), route_(test::make_route("p", policy())) {
        breakers_.push_back(std::make_unique<breaker>(0, milliseconds{0}));
        limiters_.push_back(std::make_unique<load_limiter>(2, 10));
        flights_ = std::make_unique<flights>(
            flights::parts{0, *this, *this, metrics_, limiters_, breakers_, 1, lease});
        flights_->use(store_);
        store_.flights = &flights_->sink();
    }

    static route_policy policy() {
        route_policy p;
        p.limit.fleet = 2;
        p.limit.queue_timeout = milliseconds{5000};
        return p;
    }

    void refresh(const std::string& key) { flights_->refresh({0, key}, route_, {}, now_); }
    void answer(flight_id id, place_status status, milliseconds look_in = milliseconds{10'000}) {
        store_.flights->on_entered(id, {status, look_in}, now_);
    }
    void end_load(flight_id id) {
        flights_->on_loaded(id, {load_outcome::ok, shared_bytes{"v"}, {}}, now_);
    }
    void pass(milliseconds time) {
        now_.steady += time;
        now_.store += time;
        while (flights_->next_deadline() && *flights_->next_deadline() <= now_.steady)
            flights_->on_deadline(now_);
    }
    words heard() { return std::exchange(heard_, {}); }
    const route_metrics& count() const { return metrics_.routes[0]; }

    void start(load_id id, load_call) override { heard_.push_back("load " + std::to_string(id)); }
    void deliver(std::vector<waiter>, const read_result&) override {}
    void pass_turn(load_limiter::ticket next) override { flights_->on_turn(next.flight, now_); }
    void load_failed(const route&, std::string_view reason) override {
        heard_.emplace_back(reason);
    }
    void learned(entry_key, const route&, const entry&, bool) override {}
    route_floor floor_of(std::string_view, std::string_view) const override { return {}; }
    entry remembered(entry_key) override { return {}; }

    instant now_{steady_time{seconds{100}}, redis_time{seconds{1'700'000'000}}};
    words heard_;
    scripted_store store_;
    route route_;
    worker_metrics metrics_{1};
    std::vector<std::unique_ptr<load_limiter>> limiters_;
    std::vector<std::unique_ptr<breaker>> breakers_;
    std::unique_ptr<flights> flights_;
};

TEST_F(fleet_limit, a_load_takes_a_place_and_gives_it_back_before_its_result_is_stored) {
    refresh("p:1");
    EXPECT_EQ(heard(), words{"enter 1"});
    EXPECT_EQ(count().places_waiting.read(), 1);
    answer(1, place_status::entered);
    EXPECT_EQ(heard(), words{"load 1"});
    EXPECT_EQ(count().places_held.read(), 1);
    end_load(1);
    EXPECT_EQ(heard(), (words{"leave", "fill 1"}));
    EXPECT_EQ(count().places_held.read() + count().places_waiting.read(), 0);
    EXPECT_EQ(count().places_entered.read(), 1U);
}

TEST_F(fleet_limit, who_waits_listens_looks_once_more_and_goes_when_told) {
    refresh("p:1");
    answer(1, place_status::queued);
    EXPECT_EQ(heard(), (words{"enter 1", "watch 1"}));
    store_.flights->on_watching(1, true, now_);
    answer(1, place_status::queued);
    EXPECT_EQ(heard(), words{"enter 1"});
    store_.flights->on_wake(1, now_);
    answer(1, place_status::entered);
    EXPECT_EQ(heard(), (words{"enter 1", "unwatch 1", "load 1"}));
}

TEST_F(fleet_limit, a_wake_up_while_an_answer_is_on_its_way_is_not_lost) {
    refresh("p:1");
    answer(1, place_status::queued);
    store_.flights->on_watching(1, true, now_);
    store_.flights->on_wake(1, now_);
    heard();
    answer(1, place_status::queued);
    EXPECT_EQ(heard(), words{"enter 1"});
}

TEST_F(fleet_limit, who_waits_asks_again_before_the_ticket_runs_out_and_renews_the_lease) {
    refresh("p:1");
    answer(1, place_status::queued);
    store_.flights->on_watching(1, true, now_);
    answer(1, place_status::queued);
    heard();
    pass(milliseconds{300});
    EXPECT_EQ(heard(), (words{"enter 1", "renew 1"}));
    answer(1, place_status::queued, milliseconds{20});  // a holder may be dead by then
    pass(milliseconds{20});
    EXPECT_EQ(heard(), words{"enter 1"});
}

TEST_F(fleet_limit, where_nobody_tells_it_looks_often) {
    refresh("p:1");
    answer(1, place_status::queued);
    store_.flights->on_watching(1, false, now_);
    answer(1, place_status::queued);
    heard();
    pass(milliseconds{50});
    EXPECT_EQ(heard(), words{"enter 1"});
}

TEST_F(fleet_limit, a_held_place_is_kept_while_the_load_runs_also_without_the_lease) {
    refresh("p:1");
    answer(1, place_status::entered);
    heard();
    pass(milliseconds{300});
    EXPECT_EQ(heard(), (words{"keep", "renew 1"}));
    store_.flights->on_renewed(1, false, now_);
    pass(milliseconds{300});
    EXPECT_EQ(heard(), words{"keep"});
}

TEST_F(fleet_limit, a_load_that_waits_too_long_is_rejected_and_leaves_the_line) {
    refresh("p:1");
    answer(1, place_status::queued);
    store_.flights->on_watching(1, true, now_);
    answer(1, place_status::queued);
    for (int i = 0; i < 16; ++i) {
        pass(milliseconds{300});
        answer(1, place_status::queued);
    }
    heard();
    pass(milliseconds{200});
    EXPECT_EQ(heard(),
              (words{"unwatch 1", "leave", "waited too long for its turn to load", "fail 1"}));
    EXPECT_EQ(flights_->size(), 0U);
    EXPECT_EQ(count().places_timed_out.read(), 1U);
    EXPECT_EQ(count().places_waiting.read(), 0);
    EXPECT_EQ(limiters_[0]->running(), 0U);
    answer(1, place_status::entered);  // too late: the leave that was sent follows it
    EXPECT_EQ(heard(), words{});
}

TEST_F(fleet_limit, without_the_store_only_this_process_limits) {
    refresh("p:1");
    answer(1, place_status::away);
    EXPECT_EQ(heard(), (words{"enter 1", "load 1"}));
    end_load(1);
    EXPECT_EQ(heard(), words{"fill 1"});
    EXPECT_EQ(count().places_unlimited.read(), 1U);
    EXPECT_EQ(count().places_waiting.read(), 0);
}

TEST_F(fleet_limit, no_place_is_taken_before_the_turn_in_this_process) {
    for (const char* key : {"p:1", "p:2", "p:3"}) refresh(key);
    EXPECT_EQ(heard(), (words{"enter 1", "enter 2"}));
    answer(1, place_status::entered);
    end_load(1);
    EXPECT_EQ(heard(), (words{"load 1", "leave", "enter 3", "fill 1"}));
}

TEST_F(fleet_limit, a_process_that_ends_gives_all_places_back) {
    refresh("p:1");
    refresh("p:2");
    answer(1, place_status::entered);
    heard();
    flights_->release_leases(now_);
    const words after = heard();
    EXPECT_EQ(std::count(after.begin(), after.end(), "leave"), 2);
    EXPECT_EQ(std::count(after.begin(), after.end(), "release"), 2);
    pass(milliseconds{2000});
    EXPECT_EQ(heard(), words{});
}

}  // namespace
}  // namespace herdgate
