// SPDX-License-Identifier: Apache-2.0
//
// Properties of both parsers over random streams: the slices do not matter, and what was written is
// what is read. A failure prints the seed; RC_PARAMS="seed=…" runs it again.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "support/feed_replies.hpp"
#include "support/feed_requests.hpp"

namespace herdgate::resp {
namespace {

using requests = std::vector<std::vector<std::string>>;

// Pieces of both grammars: joined at random, they reach far more states than random bytes.
rc::Gen<std::string> pieces() {
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::oneOf(
                            rc::gen::element<std::string>(
                                "\r\n", "\r", "\n", "*", "$", "*1\r\n", "*2\r\n", "$0\r\n",
                                "$3\r\n", "$3\r\nabc\r\n", "+OK\r\n", ":1\r\n", "%1\r\n", "|1\r\n",
                                ">1\r\n", "_\r\n", "#t\r\n", ",1.5\r\n", "=5\r\ntxt:a\r\n", "\"",
                                "'", "\\x4", " ", "-1", "*-1\r\n", "$-1\r\n", "(7\r\n"),
                            rc::gen::string<std::string>())),
                        [](const std::vector<std::string>& parts) {
                            std::string joined;
                            for (const std::string& part : parts) joined += part;
                            return joined;
                        });
}

std::vector<std::size_t> any_cuts(std::size_t size) {
    auto cuts =
        *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, size + 1));
    std::sort(cuts.begin(), cuts.end());
    return cuts;
}

std::string write(const std::vector<std::string>& arguments) {
    std::string out = "*" + std::to_string(arguments.size()) + "\r\n";
    for (const std::string& argument : arguments) {
        out += "$";
        out += std::to_string(argument.size());
        out += "\r\n";
        out += argument;
        out += "\r\n";
    }
    return out;
}

TEST(parser_properties, requests_do_not_depend_on_their_slices) {
    EXPECT_TRUE(rc::check([] {
        const std::string stream = *pieces();
        const request_limits limits{
            .arguments = 100, .bulk_bytes = 100, .request_bytes = 200, .inline_bytes = 50};
        RC_ASSERT(test::feed_requests(stream, {}, limits) ==
                  test::feed_requests(stream, any_cuts(stream.size()), limits));
    }));
}

TEST(parser_properties, replies_do_not_depend_on_their_slices) {
    EXPECT_TRUE(rc::check([] {
        const std::string stream = *pieces();
        const reply_limits limits{.nesting = 3, .bulk_bytes = 20, .elements = 10};
        RC_ASSERT(test::feed_replies(stream, {}, limits) ==
                  test::feed_replies(stream, any_cuts(stream.size()), limits));
    }));
}

TEST(parser_properties, written_requests_are_read_as_they_were) {
    EXPECT_TRUE(rc::check([] {
        const auto written = *rc::gen::container<requests>(rc::gen::nonEmpty(
            rc::gen::container<std::vector<std::string>>(rc::gen::string<std::string>())));
        std::string stream;
        for (const auto& arguments : written) stream += write(arguments);
        requests read;
        for (const auto& outcome : test::feed_requests(stream, any_cuts(stream.size())))
            if (outcome.status == parse_status::complete) read.push_back(outcome.args);
        RC_ASSERT(read == written);
    }));
}

TEST(parser_properties, any_bytes_in_hexadecimal_escapes_are_one_inline_argument) {
    EXPECT_TRUE(rc::check([](const std::string& argument) {
        std::string line = "\"";
        for (const char c : argument) {
            const auto byte = static_cast<unsigned char>(c);
            line += {'\\', 'x', "0123456789abcdef"[byte / 16], "0123456789ABCDEF"[byte % 16]};
        }
        line += "\"\r\n";
        const auto outcomes = test::feed_requests(line, {});
        RC_ASSERT(outcomes.front().args == std::vector<std::string>{argument});
    }));
}

}  // namespace
}  // namespace herdgate::resp
