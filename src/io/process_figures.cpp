// SPDX-License-Identifier: Apache-2.0
#include "process_figures.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace herdgate {
namespace {

std::uint64_t count_descriptors() {
    DIR* directory = ::opendir("/proc/self/fd");
    if (directory == nullptr) return 0;
    std::uint64_t count = 0;
    while (::readdir(directory) != nullptr) ++count;
    ::closedir(directory);
    return count > 3 ? count - 3 : 0;  // ".", "..", and the directory itself
}

/// The system's boot time in seconds since the Unix epoch.
double boot_time() {
    std::ifstream file{"/proc/stat"};
    for (std::string word; file >> word;) {
        double value = 0;
        if (word == "btime" && file >> value) return value;
    }
    return 0;
}

}  // namespace

/// proc(5): in /proc/self/stat the program's name ends with ')'; after it come state and numbers,
/// of which the 12th and 13th are user and system time, the 20th the start, the 21st virtual bytes
/// and the 22nd resident pages.
process_figures read_process_figures() {
    process_figures figures;
    std::ifstream file{"/proc/self/stat"};
    std::string line;
    std::getline(file, line);
    std::istringstream rest{line.substr(std::min(line.rfind(')') + 2, line.size()))};
    std::string state;
    rest >> state;
    double value[22] = {};
    for (double& v : value) rest >> v;
    const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    figures.cpu_seconds = (value[10] + value[11]) / ticks;
    figures.start_time_seconds = boot_time() + value[18] / ticks;
    figures.virtual_bytes = static_cast<std::uint64_t>(value[19]);
    figures.resident_bytes =
        static_cast<std::uint64_t>(value[20]) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    figures.open_descriptors = count_descriptors();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.max_descriptors = limit.rlim_cur;
    return figures;
}

}  // namespace herdgate
