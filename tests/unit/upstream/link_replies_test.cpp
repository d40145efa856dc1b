// SPDX-License-Identifier: Apache-2.0
//
// A link that is up: which command gets which reply.
#include "link_fixture.hpp"

namespace herdgate {
namespace {

using test::wire;

using link_replies = test::link_fixture;

TEST_F(link_replies, reach_their_commands_in_order) {
    link& l = make_up();
    send(1);
    send(2);
    send(3);
    EXPECT_EQ(l.pending(), 3U);
    EXPECT_EQ(l.take_output(), wire({"GET", "1"}) + wire({"GET", "2"}) + wire({"GET", "3"}));
    EXPECT_EQ(l.take_output(), "");
    l.on_bytes("$1\r\na\r\n-ERR no\r\n", now_);
    EXPECT_EQ(heard(), (words{"1 $1\r\na\r\n", "2 -ERR no\r\n"}));
    l.on_bytes("*2\r\n:1\r\n*0\r\n", now_);
    EXPECT_EQ(heard(), words{"3 *2\r\n:1\r\n*0\r\n"});
    EXPECT_EQ(l.pending(), 0U);
    EXPECT_EQ(l.wants(), want::nothing);
}

TEST_F(link_replies, are_the_same_however_they_are_split) {
    const std::string stream = "$3\r\nab\n\r\n:5\r\n*2\r\n$0\r\n\r\n*-1\r\n-ERR x\r\n";
    for (std::size_t first = 0; first <= stream.size(); ++first)
        for (std::size_t second = first; second <= stream.size(); ++second) {
            link& l = make_up();
            for (std::uint64_t id = 1; id <= 4; ++id) send(id);
            const std::string_view all = stream;
            for (const auto part :
                 {all.substr(0, first), all.substr(first, second - first), all.substr(second)}) {
                const std::vector<char> copy(part.begin(), part.end());
                l.on_bytes({copy.data(), copy.size()}, now_);
            }
            ASSERT_EQ(heard(), (words{"1 $3\r\nab\n\r\n", "2 :5\r\n", "3 *2\r\n$0\r\n\r\n*-1\r\n",
                                      "4 -ERR x\r\n"}))
                << first << " " << second;
        }
}

TEST_F(link_replies, come_byte_by_byte_as_well) {
    link& l = make_up();
    std::string stream;
    for (std::uint64_t id = 0; id < 100; ++id) {
        send(id);
        stream +=
            "$" + std::to_string(std::to_string(id).size()) + "\r\n" + std::to_string(id) + "\r\n";
    }
    for (const char c : stream) l.on_bytes({&c, 1}, now_);
    const words all = heard();
    ASSERT_EQ(all.size(), 100U);
    EXPECT_EQ(all[42], "42 $2\r\n42\r\n");
}

TEST_F(link_replies, that_nobody_asked_for_end_the_link) {
    link& l = make_up();
    send(1);
    l.on_bytes("+1\r\n+2\r\n", now_);
    EXPECT_EQ(heard(), (words{"1 +1\r\n", "down: a reply that nobody asked for"}));
    EXPECT_EQ(l.wants(), want::close);
}

TEST_F(link_replies, after_a_protocol_error_are_not_believed) {
    link& l = make_up();
    send(1);
    send(2);
    send(3);
    l.on_bytes("+1\r\n$x\r\n+3\r\n", now_);
    EXPECT_EQ(heard(),
              (words{"1 +1\r\n", "down: protocol error: bad bulk length", "2 lost", "3 lost"}));
    EXPECT_EQ(l.wants(), want::close);
    l.on_bytes("+2\r\n", now_);
    EXPECT_EQ(heard(), words{});
}

TEST_F(link_replies, keep_to_their_limit) {
    link_settings s;
    s.reply_bytes = 100;
    for (const std::size_t size : {std::size_t{100}, std::size_t{101}}) {
        link& l = make_up(s);
        send(1);
        l.on_bytes("*2\r\n+" + std::string(size - 5, 'x'), now_);
        EXPECT_EQ(l.up(), size == 100);
        EXPECT_EQ(heard(), size == 100 ? words{} : (words{"down: a reply is too long", "1 lost"}));
    }
}

TEST_F(link_replies, as_pushes_go_to_the_user) {
    link& l = make_up();
    send(1);
    l.on_bytes(">2\r\n+invalidate\r\n*1\r\n+k\r\n+1\r\n", now_);
    EXPECT_EQ(heard(), (words{"push >2\r\n+invalidate\r\n*1\r\n+k\r\n", "1 +1\r\n"}));
}

TEST_F(link_replies, to_commands_sent_from_a_reply) {
    link& l = make_up();
    send(1);
    send(2);
    when_ = "reply";
    then_ = [this] { send(3); };
    l.on_bytes("+1\r\n+2\r\n+3\r\n", now_);
    EXPECT_EQ(heard(), (words{"1 +1\r\n", "2 +2\r\n", "3 +3\r\n"}));
}

TEST_F(link_replies, end_where_a_taker_stops_the_link) {
    for (const bool split : {false, true}) {
        link& l = make_up();
        send(1);
        send(2);
        when_ = "reply";
        then_ = [&] { l.stop(now_); };
        if (split) l.on_bytes("+", now_);
        l.on_bytes(split ? "1\r\n+2\r\n" : "+1\r\n+2\r\n", now_);
        EXPECT_EQ(heard(), (words{"2 lost", "1 +1\r\n"}));
        EXPECT_EQ(l.wants(), want::close);
        EXPECT_EQ(l.next_deadline(), std::nullopt);
    }
}

}  // namespace
}  // namespace herdgate
