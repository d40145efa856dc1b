// SPDX-License-Identifier: Apache-2.0
//
// Runs seeds of local_sim. HERDGATE_SIM_SEEDS=N runs so many, HERDGATE_SIM_FIRST=X begins with X,
// HERDGATE_SIM_SEED=X runs one. A failing seed is printed; keep it in local_seeds.txt.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "local_sim.hpp"

namespace herdgate::sim {
namespace {

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

std::size_t commands = 0;
std::size_t loads = 0;

bool passes(std::uint64_t seed) {
    local_sim run{seed};
    const auto failure = run.run();
    commands += run.commands();
    loads += run.loads();
    if (!failure) return true;
    for (const std::string& event : run.last_events()) std::cout << event << "\n";
    ADD_FAILURE() << "seed " << seed << ": " << *failure << "\n" << run.describe();
    return false;
}

TEST(local, seeds_that_have_failed_before_pass) {
    std::ifstream in{HERDGATE_LOCAL_SEEDS_FILE};
    for (std::string line; std::getline(in, line);)
        if (!line.empty() && line.front() != '#' && !passes(std::stoull(line))) return;
}

TEST(local, one_process_keeps_its_promises) {
    if (const std::uint64_t seed = number_of("HERDGATE_SIM_SEED", 0); seed != 0) {
        passes(seed);
        return;
    }
    const std::uint64_t first = number_of("HERDGATE_SIM_FIRST", 1);
    const std::uint64_t count = number_of("HERDGATE_SIM_SEEDS", HERDGATE_SIM_COUNT);
    for (std::uint64_t seed = first; seed < first + count; ++seed)
        if (!passes(seed)) return;
    std::cout << count << " seeds, " << commands << " commands, " << loads << " loads\n";
}

}  // namespace
}  // namespace herdgate::sim
