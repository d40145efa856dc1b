// SPDX-License-Identifier: Apache-2.0
//
// command_loader with programs that fail, hang, flood, or leave others behind.
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <optional>

#include "command_bench.hpp"

namespace herdgate::test {
namespace {

using std::chrono::milliseconds;

class command_loader_faults : public command_bench {
  protected:
    void TearDown() override {
        bench.run_until([&] { return loader.running() == 0; });
        EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child was left behind";
        EXPECT_EQ(errno, ECHILD);
    }

    void expect_timeout(const load_result& result, milliseconds from, milliseconds to) {
        EXPECT_EQ(result.outcome, load_outcome::timeout) << result.reason;
        EXPECT_GE(bench.took, from - milliseconds{5});
        EXPECT_LT(bench.took, to);
    }
};

TEST_F(command_loader_faults, a_program_killed_from_outside_is_an_error) {
    const load_id id =
        bench.start(loader, script("echo $$ >$DIR/a; mv $DIR/a $DIR/pid; exec sleep 60"));
    ::kill(number_in("pid"), SIGKILL);
    const load_result& result = bench.wait(id);
    EXPECT_EQ(result.outcome, load_outcome::error);
    EXPECT_EQ(result.reason, "killed by signal 9");
}

TEST_F(command_loader_faults, a_program_that_never_ends_gets_sigterm) {
    spec.timeout = milliseconds{200};
    spec.kill_after = milliseconds{10'000};
    const load_result& result = run_script("echo half a value; exec sleep 60");
    expect_timeout(result, milliseconds{200}, milliseconds{1500});
    EXPECT_EQ(result.reason, "not finished within 200 ms");
}

TEST_F(command_loader_faults, success_after_sigterm_is_a_timeout_still) {
    spec.timeout = milliseconds{200};
    const load_result& result =
        run_script("trap 'echo late; exit 0' TERM; while :; do sleep 0.02; done");
    expect_timeout(result, milliseconds{200}, milliseconds{1500});
}

TEST_F(command_loader_faults, a_program_that_ignores_sigterm_gets_sigkill) {
    spec.timeout = milliseconds{300};
    spec.kill_after = milliseconds{300};
    const load_id id = bench.start(loader, script(R"(trap '' TERM
        echo $$ >$DIR/a; mv $DIR/a $DIR/pid
        while :; do sleep 1; done)"));
    const int pid = number_in("pid");
    const auto begin = stopwatch::now();
    EXPECT_EQ(bench.wait(id).outcome, load_outcome::timeout);
    EXPECT_LT(stopwatch::now() - begin, milliseconds{1500});
    expect_dead(pid);
}

TEST_F(command_loader_faults, a_grandchild_that_holds_the_output_neither_delays_nor_survives) {
    const load_result& result =
        run_script("sleep 60 & echo $! >$DIR/a; mv $DIR/a $DIR/pid; echo value");
    ASSERT_EQ(result.outcome, load_outcome::ok) << result.reason;
    EXPECT_EQ(result.value.view(), "value\n");
    EXPECT_LT(bench.took, milliseconds{5000});
    expect_dead(number_in("pid"));
}

TEST_F(command_loader_faults, a_grandchild_that_left_the_group_does_not_delay) {
    const load_result& result =
        run_script("setsid sleep 60 & echo $! >$DIR/a; mv $DIR/a $DIR/pid; echo value");
    ASSERT_EQ(result.outcome, load_outcome::ok) << result.reason;
    EXPECT_EQ(result.value.view(), "value\n");
    ::kill(number_in("pid"), SIGKILL);
}

TEST_F(command_loader_faults, a_timeout_takes_the_grandchildren_along) {
    spec.timeout = milliseconds{400};
    spec.kill_after = milliseconds{200};
    const load_id id = bench.start(
        loader, script("(trap '' TERM; while :; do sleep 1; done) & echo $! >$DIR/a; mv $DIR/a "
                       "$DIR/pid; wait"));
    const int pid = number_in("pid");
    EXPECT_EQ(bench.wait(id).outcome, load_outcome::timeout);
    expect_dead(pid);
}

TEST_F(command_loader_faults, a_gigabyte_of_output_is_cut_off) {
    spec.max_output = 1 * mib;
    const std::size_t before = own_memory();
    const load_result& result = run_script("head -c 1000000000 /dev/zero");
    EXPECT_EQ(result.outcome, load_outcome::error);
    EXPECT_EQ(result.reason, "output larger than 1048576 bytes");
    EXPECT_LT(own_memory(), before + 64 * mib);
}

TEST_F(command_loader_faults, output_is_bounded_to_the_byte) {
    spec.max_output = 1000;
    EXPECT_EQ(run_script("head -c 1000 /dev/zero").value.size(), 1000U);
    EXPECT_EQ(run_script("head -c 1001 /dev/zero").reason, "output larger than 1000 bytes");
}

TEST_F(command_loader_faults, a_flood_on_standard_error_is_dropped) {
    EXPECT_EQ(run_script("head -c 50000000 /dev/zero >&2; echo value").value.view(), "value\n");
    command_loader watched(bench.io, bench,
                           [](load_id, std::string_view line) { EXPECT_LE(line.size(), 160U); });
    const std::size_t before = own_memory();
    const load_result& result =
        bench.run(watched, script("head -c 50000000 /dev/zero >&2; echo value"));
    EXPECT_EQ(result.value.view(), "value\n");
    EXPECT_LT(own_memory(), before + 32 * mib);
}

TEST_F(command_loader_faults, closing_the_output_early_is_not_an_end) {
    spec.timeout = milliseconds{300};
    spec.kill_after = milliseconds{300};
    const load_result& result = run_script("echo value; exec >&- 2>&-; sleep 60");
    expect_timeout(result, milliseconds{300}, milliseconds{1500});
}

TEST_F(command_loader_faults, a_missing_program_is_an_error_that_names_it) {
    const load_result& by_path = run(call({"/nowhere/report", "secret"}));
    EXPECT_EQ(by_path.outcome, load_outcome::error);
    EXPECT_EQ(by_path.reason, "cannot start 'report': No such file or directory");
    EXPECT_EQ(run(call({"herdgate-no-such-program"})).reason,
              "cannot start 'herdgate-no-such-program': No such file or directory");
}

TEST_F(command_loader_faults, a_file_that_cannot_be_executed_is_an_error) {
    std::ofstream(dir.path("plain")) << "echo not run by a shell\n";
    EXPECT_EQ(run(call({dir.path("plain")})).reason, "cannot start 'plain': Permission denied");
    ::chmod(dir.path("plain").c_str(), 0700);
    EXPECT_EQ(run(call({dir.path("plain")})).reason, "cannot start 'plain': Exec format error");
}

TEST_F(command_loader_faults, a_lack_of_descriptors_is_an_error_and_passes) {
    const std::size_t before = open_descriptors();
    rlimit old{};
    ::getrlimit(RLIMIT_NOFILE, &old);
    // At each limit another step of the start runs out of descriptors.
    for (rlim_t spare = 0; spare < 3; ++spare) {
        const int lowest_free = ::dup(STDIN_FILENO);
        ::close(lowest_free);
        rlimit tight = old;
        tight.rlim_cur = static_cast<rlim_t>(lowest_free) + spare;
        ::setrlimit(RLIMIT_NOFILE, &tight);
        const load_id id = bench.start(loader, call({"/bin/true"}));
        ::setrlimit(RLIMIT_NOFILE, &old);
        const load_result& result = bench.wait(id);
        if (result.outcome != load_outcome::ok) {
            EXPECT_EQ(result.reason, "cannot start 'true': Too many open files");
        } else {
            EXPECT_GE(spare, 2U);
        }
    }
    EXPECT_EQ(run(call({"/bin/true"})).outcome, load_outcome::ok);
    EXPECT_EQ(open_descriptors(), before);
}

TEST_F(command_loader_faults, an_argument_with_a_zero_byte_is_refused) {
    EXPECT_EQ(run(call({"echo", std::string("a\0b", 3)})).reason, "argument with a zero byte");
}

TEST_F(command_loader_faults, programs_are_killed_and_reaped_when_the_loader_goes) {
    const std::size_t before = open_descriptors();
    std::optional<command_loader> mine(std::in_place, bench.io, bench);
    bench.start(*mine, script(R"(trap '' TERM; sleep 60 & echo $! >$DIR/a; mv $DIR/a $DIR/pid
        while :; do sleep 1; done)"));
    for (int i = 0; i < 5; ++i) bench.start(*mine, script("exec sleep 60"));
    const int grandchild = number_in("pid");
    EXPECT_EQ(mine->running(), 6U);
    mine.reset();
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(open_descriptors(), before);
    expect_dead(grandchild);
    EXPECT_TRUE(bench.results.empty());
}

TEST_F(command_loader_faults, loads_of_every_kind_at_once_leave_nothing_behind) {
    spec.timeout = milliseconds{1500};
    spec.kill_after = milliseconds{200};
    spec.max_output = 100'000;
    const std::size_t before = open_descriptors();
    std::size_t started = 0;
    for (int i = 0; i < 10; ++i) {
        for (const char* text : {"echo ok", "exit 3", "kill -9 $$", "exec sleep 60",
                                 "trap '' TERM; sleep 60", "sleep 60 & echo ok", "cat /dev/zero",
                                 "cat /dev/zero >&2", "exec >&-; sleep 60", "exec /nowhere"}) {
            bench.start(loader, script(text));
            ++started;
        }
    }
    bench.run_until([&] { return bench.results.size() == started && loader.running() == 0; });
    EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace herdgate::test
