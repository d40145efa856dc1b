// SPDX-License-Identifier: Apache-2.0
//
// load_bench: an event loop and a sink for tests of loaders. Waits on conditions, with a limit that
// only a failing test reaches. Asserts that each load ends once, and what shared_bytes and reason
// promise of every result.
#pragma once

#include <dirent.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/fill/loader.hpp"

namespace herdgate::test {

using stopwatch = std::chrono::steady_clock;

struct load_bench final : load_sink {
    void on_loaded(load_id id, load_result result) override {
        EXPECT_FALSE(starting) << "told from inside start()";
        EXPECT_EQ(static_cast<bool>(result.value), result.outcome == load_outcome::ok);
        EXPECT_LE(result.reason.size(), limits::reason_bytes);
        for (const char c : result.reason) EXPECT_TRUE(c >= ' ' && c <= '~');
        EXPECT_TRUE(results.emplace(id, std::move(result)).second) << "told twice";
    }

    load_id start(loader& l, load_call call) {
        starting = true;
        l.start(++last_id, std::move(call));
        starting = false;
        return last_id;
    }

    /// Runs the event loop until `done`; fails the test after 20 s.
    void run_until(const std::function<bool()>& done) {
        const auto limit = stopwatch::now() + std::chrono::seconds(20);
        while (!done()) {
            if (stopwatch::now() > limit) {
                ADD_FAILURE() << "the condition did not come true";
                return;
            }
            if (io.stopped()) io.restart();
            io.run_one_for(std::chrono::milliseconds(5));
        }
    }

    const load_result& wait(load_id id) {
        run_until([&] { return results.contains(id); });
        return results[id];
    }

    /// Runs one load from start to end.
    const load_result& run(loader& l, load_call call) {
        const auto begin = stopwatch::now();
        const load_result& result = wait(start(l, std::move(call)));
        took = std::chrono::duration_cast<std::chrono::milliseconds>(stopwatch::now() - begin);
        return result;
    }

    boost::asio::io_context io{1};
    /// Makes the event loop open its own descriptors now, so that tests can count what loaders
    /// open.
    boost::asio::posix::stream_descriptor reactor{io};
    std::map<load_id, load_result> results;
    load_id last_id = 0;
    bool starting = false;
    std::chrono::milliseconds took{0};  ///< of the last run()
};

/// How many descriptors this process has open.
inline std::size_t open_descriptors() {
    std::size_t count = 0;
    DIR* dir = ::opendir("/proc/self/fd");
    while (::readdir(dir) != nullptr) ++count;
    ::closedir(dir);
    return count;
}

/// A figure of /proc/self/status, e.g. "VmRSS", in bytes.
std::size_t own_memory();

/// A directory that goes with the object.
class temp_dir {
  public:
    temp_dir();
    ~temp_dir();
    std::string path(std::string_view name) const { return root_ + "/" + std::string(name); }

  private:
    std::string root_;
};

/// The whole file; empty if there is none.
std::string read_file(const std::string& path);

}  // namespace herdgate::test
