// SPDX-License-Identifier: Apache-2.0
//
// The refresh stream as a dialogue: what is said on its two links, and what Redis answers.
#include "herdgate/core/fleet/refresh_jobs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace herdgate {
namespace {

using words = std::vector<std::string>;

std::string bulk(const std::string& text) {
    return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

std::string list(const words& frames) {
    std::string out = "*" + std::to_string(frames.size()) + "\r\n";
    for (const std::string& frame : frames) out += frame;
    return out;
}

/// One of the stream's entries, as XREADGROUP and XCLAIM show it.
std::string entry(const std::string& id, const words& fields) {
    words frames;
    for (const std::string& field : fields) frames.push_back(bulk(field));
    return list({bulk(id), list(frames)});
}

/// The reply of XREADGROUP.
std::string delivery(const words& entries) {
    return list({list({bulk("s"), list(entries)})});
}

/// A row of XPENDING.
std::string pending(const std::string& id, int deliveries) {
    return list({bulk(id), bulk("other"), ":9999\r\n", ":" + std::to_string(deliveries) + "\r\n"});
}

/// Commands on the wire, each as one line.
words readable(std::string bytes) {
    words lines;
    while (!bytes.empty()) {
        const std::size_t count = std::stoul(bytes.substr(1));
        bytes.erase(0, bytes.find('\n') + 1);
        std::string line;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t size = std::stoul(bytes.substr(1));
            bytes.erase(0, bytes.find('\n') + 1);
            line += (i > 0 ? " " : "") + bytes.substr(0, size);
            bytes.erase(0, size + 2);
        }
        lines.push_back(line);
    }
    return lines;
}

const std::string read_all = "XREADGROUP GROUP herdgate me COUNT 2 BLOCK 5000 STREAMS s >";
const std::string read_one = "XREADGROUP GROUP herdgate me COUNT 1 BLOCK 5000 STREAMS s >";
const std::string look = "XPENDING s herdgate IDLE 3000 - + ";

class refresh_stream : public testing::Test, protected refresh_jobs_user {
  protected:
    refresh_stream()
        : jobs_({.stream = "s", .consumer = "me", .lease = milliseconds{1000}, .at_once = 2},
                *this),
          reader_({}, jobs_.reader_user(), 1),
          keeper_({}, jobs_.keeper_user(), 2) {
        jobs_.use(reader_, keeper_);
        for (link* l : {&reader_, &keeper_}) {
            l->start(now_);
            connect(*l);
        }
    }

    void connect(link& l) {
        EXPECT_EQ(l.wants(), link::want::connect);
        l.on_connected(now_);
        EXPECT_EQ(readable(l.take_output()), words{"PING"});
        l.on_bytes("+PONG\r\n", now_);
        EXPECT_TRUE(l.up());
    }

    /// The group is there, the reader waits for jobs.
    void begin() {
        EXPECT_EQ(kept(), words{"XGROUP CREATE s herdgate 0 MKSTREAM"});
        keeper_.on_bytes("-BUSYGROUP Consumer Group name already exists\r\n", now_);
        EXPECT_EQ(read(), words{read_all});
    }

    words kept() { return readable(keeper_.take_output()); }
    words read() { return readable(reader_.take_output()); }
    void reader_hears(const std::string& frame) { reader_.on_bytes(frame, now_); }
    void keeper_hears(const std::string& frame) { keeper_.on_bytes(frame, now_); }
    words heard() { return std::exchange(heard_, {}); }

    void pass(milliseconds time) {
        now_.steady += time;
        jobs_.tick(now_);
    }

    void refresh(job_id id, std::uint16_t database, std::string_view key, const instant&) override {
        heard_.push_back(std::to_string(id) + " " + std::to_string(database) + " " +
                         std::string{key});
    }
    void count(event what) override {
        heard_.emplace_back(
            std::array{"done", "failed", "parked", "claimed"}.at(static_cast<std::size_t>(what)));
    }
    void on_trouble(std::string_view text) override { heard_.emplace_back(text); }

    instant now_{steady_time{seconds{1000}}, redis_time{seconds{5000}}};
    words heard_;
    refresh_jobs jobs_;
    link reader_;
    link keeper_;
};

TEST_F(refresh_stream, a_job_is_acknowledged_when_its_entry_is_stored_and_not_before) {
    begin();
    reader_hears(delivery({entry("1-1", {"key", "k:1"})}));
    EXPECT_EQ(heard(), words{"1 0 k:1"});
    EXPECT_EQ(kept(), words{});
    jobs_.done(1, job_end::stored, {}, now_);
    EXPECT_EQ(kept(), words{"XACK s herdgate 1-1"});
    EXPECT_EQ(heard(), words{"done"});
    EXPECT_EQ(jobs_.in_progress(), 0U);
}

TEST_F(refresh_stream, no_more_is_read_than_may_be_in_progress) {
    begin();
    reader_hears(delivery({entry("1-1", {"key", "a"})}));
    EXPECT_EQ(read(), words{read_one});
    reader_hears(delivery({entry("1-2", {"db", "3", "key", "b"})}));
    EXPECT_EQ(read(), words{});
    EXPECT_EQ(heard(), (words{"1 0 a", "2 3 b"}));
    jobs_.done(1, job_end::stored, {}, now_);
    EXPECT_EQ(read(), words{read_one});
    reader_hears("*-1\r\n");  // nothing new for a while
    EXPECT_EQ(read(), words{read_one});
}

TEST_F(refresh_stream, claims_of_jobs_in_progress_are_renewed) {
    begin();
    reader_hears(delivery({entry("1-1", {"key", "a"})}));
    pass(milliseconds{1000});
    EXPECT_EQ(kept(),
              (words{"XCLAIM s herdgate me 0 1-1 JUSTID", look + "1", "XTRIM s MAXLEN ~ 100000"}));
}

TEST_F(refresh_stream, a_failed_job_is_left_and_claimed_again_when_it_has_been_idle) {
    begin();
    reader_hears(delivery({entry("1-1", {"key", "a"})}));
    jobs_.done(1, job_end::failed, "HTTP 500", now_);
    EXPECT_EQ(heard(), (words{"1 0 a", "failed"}));
    EXPECT_EQ(kept(), words{});
    pass(milliseconds{1000});
    EXPECT_EQ(kept().front(), look + "2");
    keeper_hears(list({pending("1-1", 1)}) + ":0\r\n");
    EXPECT_EQ(kept(), words{"XCLAIM s herdgate me 3000 1-1"});
    keeper_hears(list({entry("1-1", {"key", "a"})}));
    EXPECT_EQ(heard(), (words{"claimed", "2 0 a"}));
}

TEST_F(refresh_stream, a_job_that_fails_the_fifth_time_is_parked_with_its_reason) {
    begin();
    pass(milliseconds{1000});
    kept();
    keeper_hears(list({pending("1-1", 4)}) + ":0\r\n");
    kept();
    keeper_hears(list({entry("1-1", {"key", "a", "db", "2"})}));
    EXPECT_EQ(heard(), (words{"claimed", "1 2 a"}));
    jobs_.done(1, job_end::failed, "HTTP 500", now_);
    EXPECT_EQ(heard(), (words{"failed", "parked"}));
    EXPECT_EQ(kept(), (words{"XADD s:parked MAXLEN ~ 100000 * key a db 2 reason HTTP 500 "
                             "deliveries 5 entry 1-1",
                             "XACK s herdgate 1-1"}));
}

TEST_F(refresh_stream, a_job_that_outlives_every_worker_is_parked_untried) {
    begin();
    pass(milliseconds{1000});
    kept();
    keeper_hears(list({pending("1-1", 5)}) + ":0\r\n");
    kept();
    keeper_hears(list({entry("1-1", {"key", "a"})}));
    EXPECT_EQ(heard(), (words{"claimed", "parked"}));
    EXPECT_EQ(kept().size(), 2U);
}

TEST_F(refresh_stream, what_somebody_else_has_claimed_or_what_is_gone_is_left_alone) {
    begin();
    pass(milliseconds{1000});
    kept();
    keeper_hears(list({pending("1-1", 1), pending("1-2", 1)}) + ":0\r\n");
    kept();
    keeper_hears("*1\r\n*-1\r\n");
    EXPECT_EQ(heard(), words{});
    pass(milliseconds{1000});
    EXPECT_EQ(kept(), words{look + "2"});
}

TEST_F(refresh_stream, jobs_that_make_no_sense_are_parked_at_once) {
    const std::vector<words> odd{{"no", "key"},
                                 {"key", ""},
                                 {"key"},
                                 {"key", "a", "db", "x"},
                                 {"key", "a", "db", "99"},
                                 {"key", "a", "db", "-1"},
                                 {"key", std::string(2000, 'x')},
                                 {}};
    begin();
    for (const words& fields : odd) {
        reader_hears(delivery({entry("1-1", fields)}));
        EXPECT_EQ(heard(), words{"parked"});
        EXPECT_EQ(kept().back(), "XACK s herdgate 1-1");
        EXPECT_EQ(read(), words{read_all});
    }
}

TEST_F(refresh_stream, a_key_that_can_never_be_loaded_is_parked_at_its_first_delivery) {
    begin();
    reader_hears(delivery({entry("1-1", {"key", "a"})}));
    jobs_.done(1, job_end::useless, "no route claims the key", now_);
    EXPECT_EQ(heard(), (words{"1 0 a", "failed", "parked"}));
}

TEST_F(refresh_stream, a_stream_that_somebody_removes_is_made_anew) {
    begin();
    reader_hears("-NOGROUP No such consumer group 'herdgate' for key name 's'\r\n");
    EXPECT_EQ(kept(), words{"XGROUP CREATE s herdgate 0 MKSTREAM"});
    EXPECT_EQ(read(), words{});
    keeper_hears("+OK\r\n");
    EXPECT_EQ(read(), words{read_all});
    EXPECT_EQ(heard(), words{});
}

TEST_F(refresh_stream, a_refusal_is_said_and_tried_again_with_the_tick) {
    begin();
    reader_hears("-NOPERM no\r\n");
    EXPECT_EQ(heard(), words{"the refresh stream: XREADGROUP: NOPERM no"});
    EXPECT_EQ(read(), words{});
    pass(milliseconds{1000});
    EXPECT_EQ(read(), words{read_all});
}

TEST_F(refresh_stream, lost_links_leave_jobs_pending_and_begin_anew) {
    begin();
    reader_hears(delivery({entry("1-1", {"key", "a"})}));
    heard();
    reader_.on_closed("gone", now_);
    keeper_.on_closed("gone", now_);
    EXPECT_EQ(heard().size(), 2U);
    jobs_.done(1, job_end::stored, {}, now_);  // no way to say so: somebody will do it again
    EXPECT_EQ(jobs_.in_progress(), 0U);
    pass(milliseconds{1000});
    for (link* l : {&reader_, &keeper_}) {
        l->take_output();
        l->wants();
        now_.steady += seconds{5};
        l->on_deadline(now_);
        connect(*l);
    }
    begin();
}

TEST_F(refresh_stream, one_that_is_stopped_takes_no_more) {
    begin();
    jobs_.stop();
    reader_hears("*-1\r\n");
    pass(milliseconds{5000});
    EXPECT_EQ(read(), words{});
    EXPECT_EQ(kept(), words{});
}

}  // namespace
}  // namespace herdgate
