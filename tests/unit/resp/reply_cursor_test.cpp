// SPDX-License-Identifier: Apache-2.0
//
// Reading a frame in place: every shape, what is asked of the wrong shape, and frames that are
// none. hiredis's tree of the same bytes is the oracle.
#include "herdgate/core/resp/reply_cursor.hpp"

#include <gtest/gtest.h>
#include <hiredis/hiredis.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "herdgate/core/resp/writer.hpp"

namespace herdgate::resp {
namespace {

using namespace std::string_literals;

TEST(reply_cursor, reads_the_elements_of_an_array_in_order) {
    reply_cursor reply{"*3\r\n$7\r\ngranted\r\n$-1\r\n:12\r\n"};
    EXPECT_TRUE(reply.is(reply_kind::array));
    EXPECT_EQ(reply.array_size(), 3U);
    EXPECT_EQ(reply.next().text(), "granted");
    EXPECT_TRUE(reply.next().is(reply_kind::null));
    EXPECT_EQ(reply.next().integer(), 12);
    EXPECT_FALSE(reply.next().exists());
    EXPECT_FALSE(reply.next().exists());
}

TEST(reply_cursor, reads_scalars) {
    EXPECT_EQ(reply_cursor{"+OK\r\n"}.text(), "OK");
    EXPECT_TRUE(reply_cursor{"+OK\r\n"}.is(reply_kind::simple));
    EXPECT_EQ(reply_cursor{"-ERR no\r\n"}.text(), "ERR no");
    EXPECT_TRUE(reply_cursor{"-ERR no\r\n"}.is(reply_kind::error));
    EXPECT_EQ(reply_cursor{":-5\r\n"}.integer(), -5);
    EXPECT_EQ(reply_cursor{":0\r\n"}.integer(), 0);
    EXPECT_EQ(reply_cursor{"$3\r\n\r\na\r\n"}.text(), "\r\na");
    EXPECT_TRUE(reply_cursor{"$0\r\n\r\n"}.is(reply_kind::bulk));
    EXPECT_TRUE(reply_cursor{"$-1\r\n"}.is(reply_kind::null));
    EXPECT_TRUE(reply_cursor{"*-1\r\n"}.is(reply_kind::null));
}

TEST(reply_cursor, passes_an_element_with_all_that_is_in_it) {
    reply_cursor reply{"*3\r\n*2\r\n*1\r\n:1\r\n*0\r\n+a\r\n*2\r\n:7\r\n*-1\r\n"};
    EXPECT_EQ(reply.next().frame(), "*2\r\n*1\r\n:1\r\n*0\r\n");
    EXPECT_EQ(reply.next().text(), "a");
    reply_cursor last = reply.next();
    EXPECT_EQ(last.next().integer(), 7);
    EXPECT_TRUE(last.next().is(reply_kind::null));
}

TEST(reply_cursor, reads_a_push_as_an_array_of_its_own_kind) {
    reply_cursor push{">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"};
    EXPECT_TRUE(push.is(reply_kind::push));
    EXPECT_EQ(push.next().text(), "invalidate");
    EXPECT_EQ(push.next().next().text(), "k");
}

TEST(reply_cursor, answers_nothing_to_questions_of_another_shape) {
    for (const char* scalar : {"+OK\r\n", "-ERR\r\n", ":1\r\n", "$1\r\na\r\n", "$-1\r\n"}) {
        reply_cursor reply{scalar};
        EXPECT_EQ(reply.array_size(), 0U) << scalar;
        EXPECT_FALSE(reply.next().exists()) << scalar;
    }
    EXPECT_EQ(reply_cursor{":1\r\n"}.text(), "");
    EXPECT_EQ(reply_cursor{"$1\r\n1\r\n"}.integer(), std::nullopt);
    EXPECT_EQ(reply_cursor{"*1\r\n:1\r\n"}.integer(), std::nullopt);
    EXPECT_EQ(reply_cursor{"*1\r\n:1\r\n"}.text(), "");
}

TEST(reply_cursor, is_a_value_that_is_not_there_where_the_bytes_are_no_frame) {
    for (const std::string& bytes :
         {""s, "\r\n"s, "+OK"s, "$5\r\nabc\r\n"s, "$3\r\nabc"s, "$-2\r\n"s, "*-2\r\n"s, ":x\r\n"s,
          "*9223372036854775807\r\n:1\r\n"s, "$9223372036854775807\r\nab\r\n"s, "_\r\n"s,
          "%1\r\n+a\r\n+b\r\n"s}) {
        reply_cursor reply{bytes};
        EXPECT_FALSE(reply.exists()) << bytes;
        EXPECT_FALSE(reply.is(reply_kind::null)) << bytes;
        EXPECT_FALSE(reply.next().exists()) << bytes;
    }
}

TEST(reply_cursor, ends_where_a_cut_frame_ends) {
    const std::string frame = "*3\r\n*2\r\n$3\r\nabc\r\n:1\r\n$-1\r\n*1\r\n+a\r\n";
    for (std::size_t size = 0; size < frame.size(); ++size) {
        const std::vector<char> cut(frame.begin(), frame.begin() + static_cast<long>(size));
        reply_cursor reply{{cut.data(), cut.size()}};
        int elements = 0;
        while (reply.next().exists()) ++elements;
        EXPECT_LT(elements, 3) << size;
    }
}

TEST(reply_cursor, needs_no_stack_for_nesting) {
    std::string frame;
    for (int i = 0; i < 100'000; ++i) write_array(frame, 1);
    write_integer(frame, 5);
    reply_cursor reply{frame};
    EXPECT_TRUE(reply.next().is(reply_kind::array));
    EXPECT_FALSE(reply.next().exists());
}

rc::Gen<std::string> frames(int depth) {
    return rc::gen::exec([depth] {
        std::string out;
        switch (*rc::gen::inRange(0, depth > 0 ? 8 : 6)) {
            case 0:
                write_simple(out, "OK");
                break;
            case 1:
                write_error(out, "ERR no");
                break;
            case 2:
                write_integer(out, *rc::gen::arbitrary<std::int64_t>());
                break;
            case 3:
                write_bulk(out, *rc::gen::string<std::string>());
                break;
            case 4:
                write_null(out, protocol::resp2);
                break;
            case 5:
                write_null_array(out, protocol::resp2);
                break;
            default: {
                const int count = *rc::gen::inRange(0, 5);
                write_array(out, static_cast<std::size_t>(count));
                for (int i = 0; i < count; ++i) out += *frames(depth - 1);
            }
        }
        return out;
    });
}

bool same(reply_cursor value, const redisReply& oracle) {
    const std::string_view text{oracle.str == nullptr ? "" : oracle.str, oracle.len};
    switch (oracle.type) {
        case REDIS_REPLY_STRING:
            return value.is(reply_kind::bulk) && value.text() == text;
        case REDIS_REPLY_STATUS:
            return value.is(reply_kind::simple) && value.text() == text;
        case REDIS_REPLY_ERROR:
            return value.is(reply_kind::error) && value.text() == text;
        case REDIS_REPLY_INTEGER:
            return value.is(reply_kind::integer) && value.integer() == oracle.integer;
        case REDIS_REPLY_NIL:
            return value.is(reply_kind::null);
        default:
            break;
    }
    if (!value.is(reply_kind::array) || value.array_size() != oracle.elements) return false;
    for (std::size_t i = 0; i < oracle.elements; ++i)
        if (!same(value.next(), *oracle.element[i])) return false;
    return !value.next().exists();
}

TEST(reply_cursor, agrees_with_hiredis_on_any_frame) {
    EXPECT_TRUE(rc::check([] {
        const std::string frame = *frames(5);
        redisReader* reader = redisReaderCreate();
        redisReaderFeed(reader, frame.data(), frame.size());
        void* reply = nullptr;
        RC_ASSERT(redisReaderGetReply(reader, &reply) == REDIS_OK && reply != nullptr);
        const bool agrees = same(reply_cursor{frame}, *static_cast<redisReply*>(reply));
        freeReplyObject(reply);
        redisReaderFree(reader);
        RC_ASSERT(agrees);
    }));
}

}  // namespace
}  // namespace herdgate::resp
