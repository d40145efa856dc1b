// SPDX-License-Identifier: Apache-2.0
//
// command_loader with well-behaved programs: values, exit statuses, and what the program is given.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "command_bench.hpp"

namespace herdgate::test {
namespace {

class command_loader_test : public command_bench {};

TEST_F(command_loader_test, brings_standard_output_byte_by_byte) {
    const load_result& result = run_script(R"(printf 'a\000\377\r\n')");
    ASSERT_EQ(result.outcome, load_outcome::ok) << result.reason;
    EXPECT_EQ(result.value.view(), std::string_view("a\0\xff\r\n", 5));
}

TEST_F(command_loader_test, keeps_the_last_line_break) {
    EXPECT_EQ(run_script("echo value").value.view(), "value\n");
}

TEST_F(command_loader_test, takes_no_output_for_an_empty_value) {
    const load_result& result = run(call({"true"}));
    ASSERT_EQ(result.outcome, load_outcome::ok) << result.reason;
    EXPECT_EQ(result.value.view(), "");
}

TEST_F(command_loader_test, brings_a_long_output_whole) {
    const load_result& result = run_script("head -c 5000000 /dev/zero");
    ASSERT_EQ(result.outcome, load_outcome::ok) << result.reason;
    EXPECT_EQ(result.value.size(), 5'000'000U);
}

TEST_F(command_loader_test, passes_arguments_as_they_are) {
    const load_result& result =
        run(call({"printf", "%s|", "a b", "$HOME", "", "'\"", "; exit 1", "--", "-n"}));
    EXPECT_EQ(result.value.view(), "a b|$HOME||'\"|; exit 1|--|-n|");
}

TEST_F(command_loader_test, gives_the_key_on_standard_input) {
    spec.stdin_key = true;
    command_call c = call({"cat"});
    c.input = std::string("key\0\n", 5);
    EXPECT_EQ(run(std::move(c)).value.view(), std::string_view("key\0\n", 5));
}

TEST_F(command_loader_test, gives_an_empty_standard_input_otherwise) {
    command_call c = call({"cat"});
    c.input = "not asked for";
    const load_result& result = run(std::move(c));
    ASSERT_EQ(result.outcome, load_outcome::ok) << result.reason;
    EXPECT_EQ(result.value.view(), "");
}

TEST_F(command_loader_test, is_not_held_up_by_a_program_that_reads_no_input) {
    spec.stdin_key = true;
    command_call c = call({"true"});
    c.input = std::string(1'000'000, 'k');
    EXPECT_EQ(run(std::move(c)).outcome, load_outcome::ok);
}

TEST_F(command_loader_test, gives_the_environment_of_the_call_and_path_and_nothing_else) {
    ::setenv("HERDGATE_TEST_SECRET", "x", 1);
    command_call c = call({"/usr/bin/env"});
    c.env = {"A=1", "B=two words"};
    EXPECT_EQ(run(std::move(c)).value.view(),
              "A=1\nB=two words\nPATH=" + std::string(::getenv("PATH")) + "\n");
    command_call own_path = call({"/usr/bin/env"});
    own_path.env = {"PATH=/nowhere"};
    EXPECT_EQ(run(std::move(own_path)).value.view(), "PATH=/nowhere\n");
    ::unsetenv("HERDGATE_TEST_SECRET");
}

TEST_F(command_loader_test, gives_no_descriptor_of_ours) {
    const int inheritable = ::dup(STDIN_FILENO);
    const load_result& result = run(call({"/bin/ls", "/proc/self/fd"}));
    EXPECT_EQ(result.value.view(), "0\n1\n2\n3\n") << "3 is the directory itself";
    ::close(inheritable);
}

TEST_F(command_loader_test, gives_default_signal_handling) {
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    sigset_t blocked;
    sigset_t old_mask;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &old_mask);
    const load_result& result = run(call({"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"}));
    // Signals 32 and 33 are the C library's own; it leaves them ignored.
    EXPECT_THAT(std::string(result.value.view()),
                ::testing::MatchesRegex("SigBlk:\t0000000000000000\nSigIgn:\t0000000180000000\n|"
                                        "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"));
    ::pthread_sigmask(SIG_SETMASK, &old_mask, nullptr);
    std::signal(SIGPIPE, before);
}

TEST_F(command_loader_test, makes_the_program_the_leader_of_a_group) {
    const load_result& result = run_script(R"(read -r pid _ _ _ pgid _ </proc/self/stat
        [ "$pid" = "$pgid" ] && echo leader)");
    EXPECT_EQ(result.value.view(), "leader\n");
}

TEST_F(command_loader_test, takes_the_configured_exit_status_for_absent) {
    spec.absent_exit = 44;
    EXPECT_EQ(run_script("echo ignored; exit 44").outcome, load_outcome::absent);
    EXPECT_EQ(run_script("exit 45").outcome, load_outcome::error);
}

TEST_F(command_loader_test, names_the_exit_status_of_a_failure) {
    const load_result& result = run_script("echo out; echo secret >&2; exit 3");
    EXPECT_EQ(result.outcome, load_outcome::error);
    EXPECT_EQ(result.reason, "exit status 3");
}

TEST_F(command_loader_test, shows_the_first_line_of_standard_error_to_an_observer) {
    std::vector<std::string> lines;
    command_loader mine(bench.io, bench,
                        [&](load_id, std::string_view line) { lines.emplace_back(line); });
    bench.run(mine, script(R"(printf 'no \033such thing\nmore\n' >&2; exit 3)"));
    bench.run(mine, script("head -c 300 /dev/zero | tr '\\0' x >&2"));
    bench.run(mine, script("true"));
    EXPECT_EQ(lines, (std::vector<std::string>{"no ?such thing", std::string(160, 'x')}));
}

TEST_F(command_loader_test, runs_100_loads_and_leaves_no_descriptor_and_no_child) {
    const std::size_t before = open_descriptors();
    for (int i = 0; i < 100; ++i) bench.start(loader, script("echo $$"));
    bench.run_until([&] { return bench.results.size() == 100; });
    for (const auto& [id, result] : bench.results) {
        EXPECT_EQ(result.outcome, load_outcome::ok) << result.reason;
    }
    EXPECT_EQ(loader.running(), 0U);
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace herdgate::test
