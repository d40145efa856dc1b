// SPDX-License-Identifier: Apache-2.0
//
// command_bench: a test of command_loader with real programs, mostly small shell scripts.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "herdgate/core/config/config.hpp"
#include "herdgate/io/command_loader.hpp"
#include "load_bench.hpp"

namespace herdgate::test {

class command_bench : public ::testing::Test {
  protected:
    command_call call(std::vector<std::string> argv) {
        return command_call{&spec, std::move(argv), {"DIR=" + dir.path("")}, {}};
    }
    command_call script(std::string text) { return call({"/bin/sh", "-c", std::move(text)}); }

    const load_result& run(command_call c) { return bench.run(loader, std::move(c)); }
    const load_result& run_script(std::string text) { return run(script(std::move(text))); }

    /// Waits for a file that a script writes (whole, by renaming it), and returns the number in it.
    int number_in(const std::string& name) {
        bench.run_until([&] { return !read_file(dir.path(name)).empty(); });
        return std::stoi(read_file(dir.path(name)));
    }

    /// Waits until the process is gone, or is a zombie that its new parent has yet to reap.
    void expect_dead(int pid) {
        bench.run_until([&] {
            const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
            const std::size_t name_end = stat.rfind(") ");
            return name_end == std::string::npos || stat[name_end + 2] == 'Z';
        });
    }

    temp_dir dir;
    command_load spec;
    load_bench bench;
    command_loader loader{bench.io, bench};
};

}  // namespace herdgate::test
