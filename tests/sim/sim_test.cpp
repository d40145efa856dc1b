// SPDX-License-Identifier: Apache-2.0
//
// Runs seeds: those that have failed before, then new ones. HERDGATE_SIM_SEEDS=N runs so many,
// HERDGATE_SIM_FIRST=X begins with X, HERDGATE_SIM_SEED=X runs one and shows all that happened;
// HERDGATE_SIM_ALL=1 goes on after a failure, a line for each.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "simulation.hpp"

namespace herdgate::sim {
namespace {

constexpr std::size_t events_shown = 60;

std::optional<std::uint64_t> number_of(const char* variable) {
    const char* text = std::getenv(variable);
    if (text == nullptr || *text == '\0') return std::nullopt;
    return std::strtoull(text, nullptr, 10);
}

/// Bugs planted by HERDGATE_SIM_BUG, to see that they are found.
planted planted_bugs() {
    const char* text = std::getenv("HERDGATE_SIM_BUG");
    const std::string name = text == nullptr ? "" : text;
    return {name == "fence", name == "wake", name == "ttl", name == "lease", name == "push"};
}

/// Runs a seed; a failing one once more, with its events.
bool passes(std::uint64_t seed, bool show) {
    settings s = settings::of(seed, planted_bugs());
    s.trace = show;
    simulation run{s};
    const auto failure = run.run();
    if (failure && number_of("HERDGATE_SIM_ALL")) {
        std::cout << "seed " << seed << " violates " << *failure << "\n";
        return true;
    }
    if (!failure && !show) return true;
    if (!show) return passes(seed, true);
    const std::deque<std::string>& events = run.last_events();
    const std::size_t shown = number_of("HERDGATE_SIM_SEED") ? events.size() : events_shown;
    for (std::size_t i = events.size() - std::min(shown, events.size()); i < events.size(); ++i)
        std::cout << events[i] << "\n";
    std::cout << "seed " << seed << ": " << s.describe() << "\n";
    if (failure) ADD_FAILURE() << "seed " << seed << " violates " << *failure;
    return !failure;
}

std::vector<std::uint64_t> kept_seeds() {
    std::ifstream in{HERDGATE_SIM_SEEDS_FILE};
    std::vector<std::uint64_t> seeds;
    for (std::string line; std::getline(in, line);)
        if (!line.empty() && line.front() != '#') seeds.push_back(std::stoull(line));
    return seeds;
}

TEST(simulation, seeds_that_have_failed_before_pass) {
    if (number_of("HERDGATE_SIM_SEED")) GTEST_SKIP();
    for (const std::uint64_t seed : kept_seeds())
        if (!passes(seed, false)) return;
}

TEST(simulation, the_fleet_keeps_its_promises) {
    if (const auto seed = number_of("HERDGATE_SIM_SEED")) {
        passes(*seed, true);
        return;
    }
    const std::uint64_t first = number_of("HERDGATE_SIM_FIRST").value_or(1);
    const std::uint64_t count = number_of("HERDGATE_SIM_SEEDS").value_or(HERDGATE_SIM_COUNT);
    for (std::uint64_t seed = first; seed < first + count; ++seed)
        if (!passes(seed, false)) return;
}

}  // namespace
}  // namespace herdgate::sim
