// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/worker_reply.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "fuzz/fill_targets.hpp"

namespace herdgate {
namespace {

using state = worker_reply_reader::state;

/// What becomes of an answer that comes in pieces of so many bytes; the largest value has 10.
std::string read(std::string_view answer, std::size_t piece) {
    worker_reply_reader reader{10};
    for (std::size_t at = 0; at < answer.size(); at += piece) reader.feed(answer.substr(at, piece));
    if (reader.now() == state::more) return "(more)";
    const bool done = reader.now() == state::done;
    const load_result result = reader.take();
    if (result.outcome == load_outcome::ok) return "ok " + std::string{result.value.view()};
    if (result.outcome == load_outcome::absent) return "absent";
    return (done ? "error " : "garbage: ") + result.reason;
}

TEST(worker_reply, a_request_is_a_length_and_a_key) {
    EXPECT_EQ(worker_request("a\nb"), "3\na\nb");
    EXPECT_EQ(worker_request(""), "0\n");
}

TEST(worker_reply, answers_are_read_however_they_come) {
    for (const std::size_t piece : {1U, 2U, 3U, 100U}) {
        EXPECT_EQ(read(std::string_view("ok 5\na\n\0\xff ", 10), piece),
                  std::string("ok a\n\0\xff ", 8));
        EXPECT_EQ(read("ok 3\na\nb", piece), "ok a\nb");
        EXPECT_EQ(read("ok 0\n", piece), "ok ");
        EXPECT_EQ(read("ok 10\n0123456789", piece), "ok 0123456789") << "the limit";
        EXPECT_EQ(read("absent\n", piece), "absent");
        EXPECT_EQ(read("error no such table\n", piece), "error no such table");
        for (const char* part : {"", "o", "ok 3", "ok 3\n", "ok 3\nab", "absent", "error x"})
            EXPECT_EQ(read(part, piece), "(more)") << part;
    }
}

TEST(worker_reply, anything_else_is_garbage) {
    for (const std::size_t piece : {1U, 100U}) {
        for (const char* bad :
             {"\n", "ok\n", "ok \n", "ok -1\n", "ok +1\n", "ok 1x\n", "ok 01\n", "OK 1\na",
              "absent \n", "error\n", "error \n", "hello\n", "ok 99999999999999999999\n"})
            EXPECT_EQ(read(bad, piece), "garbage: printed what is no answer") << bad;
        EXPECT_EQ(read("ok 11\n", piece), "garbage: output larger than 10 bytes");
        for (const char* more : {"ok 1\nab", "absent\n\n", "error x\ny"})
            EXPECT_EQ(read(more, piece), "garbage: printed more than its answer") << more;
    }
    const std::string longest(worker_reply_reader::line_bytes_max, 'x');
    EXPECT_EQ(read(longest, 100), "(more)");
    EXPECT_EQ(read(longest + "x", 100), "garbage: printed what is no answer");
}

TEST(worker_reply, one_answer_after_the_other) {
    worker_reply_reader reader{10};
    EXPECT_FALSE(reader.begun());
    EXPECT_EQ(reader.feed("ok 1\na"), state::done);
    EXPECT_EQ(reader.take().value.view(), "a");
    EXPECT_EQ(reader.feed("abs"), state::more);
    EXPECT_TRUE(reader.begun());
    EXPECT_EQ(reader.feed("ent\n"), state::done);
    EXPECT_EQ(reader.take().outcome, load_outcome::absent);
    EXPECT_EQ(reader.now(), state::more);
}

TEST(worker_reply, the_corpus_breaks_no_promise) {
    std::size_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator{
             HERDGATE_SOURCE_DIR "/tests/fuzz/corpus/worker_reply"}) {
        std::ifstream in{file.path(), std::ios::binary};
        std::ostringstream bytes;
        bytes << in.rdbuf();
        fuzz::worker_reply(bytes.str());
        ++files;
    }
    EXPECT_GE(files, 5U);
}

TEST(batch_answer, the_corpus_breaks_no_promise) {
    std::size_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator{
             HERDGATE_SOURCE_DIR "/tests/fuzz/corpus/batch_answer"}) {
        std::ifstream in{file.path(), std::ios::binary};
        std::ostringstream bytes;
        bytes << in.rdbuf();
        fuzz::batch_answer(bytes.str());
        ++files;
    }
    EXPECT_GE(files, 5U);
}

}  // namespace
}  // namespace herdgate
