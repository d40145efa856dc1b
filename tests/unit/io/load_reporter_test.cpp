// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/load_reporter.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "herdgate/core/base/limits.hpp"

namespace herdgate {
namespace {

struct recording_sink final : load_sink {
    void on_loaded(load_id id, load_result result) override {
        heard.emplace_back(id, std::move(result));
    }
    std::vector<std::pair<load_id, load_result>> heard;
};

TEST(load_reporter, tells_from_the_event_loop_and_not_before) {
    boost::asio::io_context io;
    recording_sink sink;
    load_reporter reporter(io, sink);
    reporter.report(7, load_outcome::error, "why");
    EXPECT_TRUE(sink.heard.empty());
    io.run();
    ASSERT_EQ(sink.heard.size(), 1U);
    EXPECT_EQ(sink.heard[0].first, 7U);
    EXPECT_EQ(sink.heard[0].second.reason, "why");
}

TEST(load_reporter, drops_what_was_not_delivered_when_it_goes) {
    boost::asio::io_context io;
    recording_sink sink;
    std::optional<load_reporter> reporter(std::in_place, io, sink);
    reporter->report(7, load_outcome::error, "why");
    reporter.reset();
    io.run();
    EXPECT_TRUE(sink.heard.empty());
}

TEST(printable_reason, replaces_what_is_not_printable) {
    EXPECT_EQ(printable_reason("a\r\nb\x7f\xc3\xa9 ~"), "a??b??? ~");
}

TEST(printable_reason, is_cut_at_the_limit) {
    EXPECT_EQ(printable_reason(std::string(limits::reason_bytes, 'x')).size(),
              limits::reason_bytes);
    EXPECT_EQ(printable_reason(std::string(limits::reason_bytes + 1, 'x')).size(),
              limits::reason_bytes);
}

}  // namespace
}  // namespace herdgate
