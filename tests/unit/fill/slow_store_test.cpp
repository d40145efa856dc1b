// SPDX-License-Identifier: Apache-2.0
//
// Flights over a store that takes its time: readers wait no longer than their route says, whatever
// the store is asked meanwhile.
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace herdgate::test {
namespace {

/// A store that answers the look at the entry and the lease when told to, and nothing else.
class silent_store final : public store {
  public:
    void read(flight_id id, entry_key, const instant&) override { reading = id; }
    void acquire(flight_id id, entry_key, const lease_request&, const instant&) override {
        acquiring = id;
    }
    void renew(flight_id, entry_key, lease_token, milliseconds, const instant&) override {}
    void fill(flight_id, entry_key, lease_token, const entry&, const instant&) override {}
    void fail(flight_id, entry_key, lease_token, const entry&, const instant&) override {}
    void release(entry_key, lease_token, const instant&) override {}
    void watch(flight_id id, entry_key, const instant&) override { watching = id; }
    void unwatch(flight_id, entry_key) override {}
    void enter(flight_id, const fleet_places&, lease_token, milliseconds, const instant&) override {
    }
    void keep_place(const fleet_places&, lease_token, milliseconds, const instant&) override {}
    void leave(const fleet_places&, lease_token, const instant&) override {}
    void watch_place(flight_id, const fleet_places&, lease_token, const instant&) override {}
    void unwatch_place(flight_id, const fleet_places&, lease_token) override {}

    flight_id reading = 0;
    flight_id acquiring = 0;
    flight_id watching = 0;
};

class slow_store : public testing::Test, private loader, private flights_host {
  protected:
    class last_result final : public reader {
      public:
        void on_read(std::uint32_t, const read_result& r) override { result = r; }
        std::optional<read_result> result;
    };

    slow_store() {
        breakers_.push_back(std::make_unique<breaker>(0, milliseconds{0}));
        limiters_.push_back(std::make_unique<load_limiter>(1, 1));
        core_.use(store_);
    }
    void ask() {
        core_.join({0, "p:1"}, config_.routes[0], std::nullopt, {reader_, 0, 0, {}}, now_);
    }
    /// To the next deadline, which there is.
    void pass() {
        ASSERT_TRUE(core_.next_deadline().has_value());
        now_.steady = *core_.next_deadline();
        core_.on_deadline(now_);
    }

    void start(load_id, load_call) override {}
    void deliver(std::vector<waiter> waiters, const read_result& result) override {
        for (waiter& w : waiters) w.who->on_read(w.part, result);
    }
    void pass_turn(load_limiter::ticket) override {}
    void load_failed(const route&, std::string_view) override {}
    void learned(entry_key, const route&, const entry&, bool) override {}
    route_floor floor_of(std::string_view, std::string_view) const override { return {}; }
    entry remembered(entry_key) override { return {}; }

    const config config_ = make_config({make_route("p")});
    worker_metrics metrics_{1};
    std::vector<std::unique_ptr<load_limiter>> limiters_;
    std::vector<std::unique_ptr<breaker>> breakers_;
    silent_store store_;
    flights core_{{0, *this, *this, metrics_, limiters_, breakers_, 1, milliseconds{3000}}};
    instant now_{steady_time{seconds{100}}, redis_time{seconds{1'700'000'000}}};
    std::shared_ptr<last_result> reader_ = std::make_shared<last_result>();
};

TEST_F(slow_store, the_first_reader_waits_no_longer_than_its_route_says) {
    const steady_time asked = now_.steady;
    ask();
    EXPECT_NE(store_.reading, 0U);
    pass();
    EXPECT_EQ(now_.steady - asked, config_.routes[0].policy.wait.timeout);
    ASSERT_TRUE(reader_->result.has_value());
    EXPECT_EQ(reader_->result->what, read_result::kind::error);
}

TEST_F(slow_store, the_first_reader_does_not_wait_for_a_subscription) {
    const steady_time asked = now_.steady;
    ask();
    store_sink& answers = core_.sink();
    answers.on_read(store_.reading, {store_status::ok, {}}, now_);
    answers.on_acquired(store_.acquiring, {acquire_status::held, {}, milliseconds{3000}}, now_);
    EXPECT_NE(store_.watching, 0U);
    pass();
    EXPECT_EQ(now_.steady - asked, config_.routes[0].policy.wait.timeout);
    EXPECT_TRUE(reader_->result.has_value());
}

TEST_F(slow_store, a_value_found_before_a_change_is_served_to_nobody_after_it) {
    entry stale;
    stale.value = shared_bytes{"old"};
    stale.meta = filled_meta({}, now_.store - milliseconds{60'001}, milliseconds{60'000}, {});
    ask();
    core_.sink().on_read(store_.reading, {store_status::ok, stale}, now_);
    ASSERT_TRUE(reader_->result.has_value());
    EXPECT_EQ(reader_->result->value.view(), "old") << "served while it is refreshed";
    reader_->result.reset();
    core_.changed({0, "p:1"}, now_);
    ask();
    EXPECT_FALSE(reader_->result.has_value());
}

}  // namespace
}  // namespace herdgate::test
