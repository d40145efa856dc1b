// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/command_verdict.hpp"

#include <gtest/gtest.h>

#include "herdgate/core/config/config.hpp"

namespace herdgate {
namespace {

// The layout of a wait status on Linux: exit status in the second byte, signal in the first.
constexpr int exited(int code) {
    return code << 8;
}
constexpr int signalled(int signal) {
    return signal;
}

command_verdict judged(int wait_status, std::optional<int> absent_exit = 44) {
    command_load terms;
    terms.absent_exit = absent_exit;
    return judge({false, false, wait_status}, terms);
}

TEST(command_verdict, goes_by_the_exit_status) {
    EXPECT_EQ(judged(exited(0)).outcome, load_outcome::ok);
    EXPECT_EQ(judged(exited(44)).outcome, load_outcome::absent);
    EXPECT_EQ(judged(exited(44), std::nullopt).outcome, load_outcome::error);
    EXPECT_EQ(judged(exited(0), 0).outcome, load_outcome::absent);
    EXPECT_EQ(judged(exited(3)).reason, "exit status 3");
    EXPECT_EQ(judged(signalled(9)).outcome, load_outcome::error);
    EXPECT_EQ(judged(signalled(9)).reason, "killed by signal 9");
}

TEST(command_verdict, a_timeout_outweighs_a_late_success) {
    command_load terms;
    terms.timeout = milliseconds{150};
    const command_verdict verdict = judge({true, false, exited(0)}, terms);
    EXPECT_EQ(verdict.outcome, load_outcome::timeout);
    EXPECT_EQ(verdict.reason, "not finished within 150 ms");
}

TEST(command_verdict, too_much_output_outweighs_all) {
    command_load terms;
    terms.max_output = 10;
    const command_verdict verdict = judge({true, true, exited(0)}, terms);
    EXPECT_EQ(verdict.outcome, load_outcome::error);
    EXPECT_EQ(verdict.reason, "output larger than 10 bytes");
}

TEST(command_verdict, an_unknown_end_is_an_error) {
    EXPECT_EQ(judge({false, false, std::nullopt}, {}).outcome, load_outcome::error);
}

TEST(program_name, is_the_last_part_of_the_path) {
    EXPECT_EQ(program_name("/usr/local/bin/report"), "report");
    EXPECT_EQ(program_name("report"), "report");
    EXPECT_EQ(program_name("/x/" + std::string(100, 'a')).size(), 60U);
}

}  // namespace
}  // namespace herdgate
