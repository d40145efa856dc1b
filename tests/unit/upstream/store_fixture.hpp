// SPDX-License-Identifier: Apache-2.0
//
// A redis_store over two links whose other end is the test: it says what Redis answers, and sees
// what was asked and what everybody was told.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "herdgate/core/resp/command_writer.hpp"
#include "herdgate/core/resp/request_parser.hpp"
#include "herdgate/core/upstream/redis_store.hpp"

namespace herdgate::test {

class store_fixture : public testing::Test,
                      protected redis_store_user,
                      protected store_sink,
                      protected editor_sink {
  protected:
    using words = std::vector<std::string>;

    void make(config::tracking_mode tracking = config::tracking_mode::keys) {
        redis_store_settings s;
        s.prefix = "cache:";
        s.owner = "host:1";
        s.tracking = tracking;
        store_.emplace(s, static_cast<redis_store_user&>(*this), static_cast<store_sink&>(*this),
                       static_cast<editor_sink&>(*this));
        link_settings plain;
        link_settings unasked;
        unasked.subscriber = true;
        data_.emplace(plain, store_->data_user(), 1);
        unasked_.emplace(unasked, store_->unasked_user(), 2);
        store_->use(*data_, *unasked_);
        data_->start(now_);
        unasked_->start(now_);
    }

    /// Both links up, the scripts known, tracking on; nothing has been heard.
    void make_ready() {
        make();
        bring_up_data();
        bring_up_unasked(7);
        take(*data_);
        answer("+OK\r\n");
        heard_.clear();
    }

    void greet(link& l) {
        l.wants();
        l.on_connected(now_);
        l.take_output();
        l.on_bytes("+PONG\r\n", now_);
    }
    void bring_up_data() {
        greet(*data_);
        answer("*2\r\n$4\r\n5000\r\n$1\r\n0\r\n");
        answer("*0\r\n");  // no floors
        for (std::size_t i = 0; i < script_count; ++i)
            answer(std::string{"$4\r\nsha"} + "0123456789abcdef"[i] + "\r\n");
        data_->take_output();
    }
    /// The link comes back; `sent` is what waited for it.
    void bring_up_data_with(const words& sent) {
        greet(*data_);
        answer("*2\r\n$4\r\n5000\r\n$1\r\n0\r\n");
        answer("*0\r\n");  // no floors
        data_->take_output();
        for (std::size_t i = 0; i < script_count; ++i)
            answer(std::string{"$4\r\nsha"} + "0123456789abcdef"[i] + "\r\n");
        words got = take(*data_);
        std::erase_if(got, [](const std::string& line) { return line.starts_with("CLIENT"); });
        EXPECT_EQ(got, sent);
        answer("+OK\r\n");  // tracking
        std::erase(heard_, "coherent");
    }
    void bring_up_unasked(int id) {
        greet(*unasked_);
        tell(":" + std::to_string(id) + "\r\n");
        tell("*3\r\n$9\r\nsubscribe\r\n$20\r\n__redis__:invalidate\r\n:1\r\n");
        unasked_->take_output();
    }
    void lose_data() { data_->on_closed("gone", now_); }

    void answer(const std::string& frame) { data_->on_bytes(frame, now_); }
    void tell(const std::string& frame) { unasked_->on_bytes(frame, now_); }
    void tell_message(const std::string& channel, const std::string& text) {
        tell(resp::command({"message", channel, text}));
    }

    /// What was sent since the last call, a command a line.
    static words take(link& l) {
        words commands;
        const std::string bytes = l.take_output();
        std::string_view rest = bytes;
        resp::request_parser parser;
        while (!rest.empty() && parser.parse(rest) == resp::parse_status::complete) {
            std::string line;
            for (const std::string_view word : parser.args())
                line += (line.empty() ? "" : " ") + std::string{word};
            commands.push_back(line);
            rest.remove_prefix(parser.consumed());
        }
        return commands;
    }
    words heard() { return std::exchange(heard_, {}); }

    void on_store_away(bool away, std::string_view, const instant&) override {
        heard_.push_back(away ? "away" : "there");
    }
    void on_trouble(std::string_view text) override {
        heard_.push_back("trouble " + std::string{text});
    }
    void on_coherent(bool coherent, const instant&) override {
        heard_.push_back(coherent ? "coherent" : "incoherent");
    }
    void on_entry_changed(std::string_view key, const instant&) override {
        heard_.push_back("changed " + std::string{key});
    }
    void on_all_changed(const instant&) override { heard_.push_back("all changed"); }
    void on_published(std::string_view text, const instant&) override {
        heard_.push_back("published " + std::string{text});
    }
    void on_following(bool told, const instant&) override {
        heard_.push_back(told ? "following" : "not following");
    }
    route_floor floor_of(std::string_view, std::string_view) override { return floor_; }
    void on_floor(std::string_view route, const route_floor& floor, const instant&) override {
        heard_.push_back("floor " + std::string{route} + " " +
                         std::to_string(floor.gone.time_since_epoch().count()) + " " +
                         std::to_string(floor.stale.time_since_epoch().count()));
    }
    void on_refresh_due(entry_key key, const instant&) override {
        heard_.push_back("refresh " + std::string{key.key});
    }
    void on_clock(nanoseconds offset) override { offset_ = offset; }

    void on_read(flight_id id, read_answer a, const instant&) override {
        static const std::map<store_status, std::string> names{{store_status::ok, "ok"},
                                                               {store_status::foreign, "foreign"},
                                                               {store_status::away, "away"}};
        heard_.push_back(std::to_string(id) + " read " + names.at(a.status) + " " +
                         std::string{a.e.value.view()});
        entry_ = a.e;
    }
    void on_acquired(flight_id id, acquire_answer a, const instant&) override {
        static const std::map<acquire_status, std::string> names{
            {acquire_status::granted, "granted"}, {acquire_status::held, "held"},
            {acquire_status::fresh, "fresh"},     {acquire_status::backoff, "backoff"},
            {acquire_status::foreign, "foreign"}, {acquire_status::away, "away"}};
        heard_.push_back(std::to_string(id) + " " + names.at(a.status));
        held_for_ = a.held_for;
        entry_ = a.e;
    }
    void on_renewed(flight_id id, bool held, const instant&) override {
        heard_.push_back(std::to_string(id) + (held ? " renewed" : " lost"));
    }
    void on_stored(flight_id id, fill_answer a, const instant&) override {
        static const std::map<fill_status, std::string> names{{fill_status::stored, "stored"},
                                                              {fill_status::refused, "refused"},
                                                              {fill_status::too_large, "too large"},
                                                              {fill_status::foreign, "foreign"},
                                                              {fill_status::away, "away"}};
        heard_.push_back(std::to_string(id) + " fill " + names.at(a.status) + " " +
                         std::string{a.e.value.view()});
    }
    void on_entered(flight_id id, place_answer a, const instant&) override {
        const std::string look = " queued " + std::to_string(a.look_in.count());
        const bool entered = a.status == place_status::entered;
        heard_.push_back(std::to_string(id) + (a.status == place_status::queued ? look
                                               : entered                        ? " entered"
                                                                                : " away"));
    }
    void on_watching(flight_id id, bool told, const instant&) override {
        heard_.push_back(std::to_string(id) + (told ? " watching" : " not watching"));
    }
    void on_wake(flight_id id, const instant&) override {
        heard_.push_back(std::to_string(id) + " woken");
    }
    void on_edit_read(edit_id id, read_answer a, const instant&) override {
        heard_.push_back("edit " + std::to_string(id) + " read " + std::string{a.e.value.view()});
    }
    void on_swapped(edit_id id, swap_answer a, const instant&) override {
        static const std::map<swap_status, std::string> names{{swap_status::swapped, "swapped"},
                                                              {swap_status::changed, "changed"},
                                                              {swap_status::foreign, "foreign"},
                                                              {swap_status::away, "away"}};
        heard_.push_back("edit " + std::to_string(id) + " " + names.at(a.status) + " " +
                         std::string{a.e.value.view()} + a.reason);
    }

    instant now_{steady_time{seconds{1000}}, redis_time{seconds{5000}}};
    std::optional<redis_store> store_;
    std::optional<link> data_;
    std::optional<link> unasked_;
    route_floor floor_;
    words heard_;
    entry entry_;
    milliseconds held_for_{};
    nanoseconds offset_{};
};

}  // namespace herdgate::test
