// SPDX-License-Identifier: Apache-2.0
//
// settings: everything that one seed decides before it begins: how many processes, which policies,
// which faults.
#pragma once

#include <string>

#include "herdgate/core/config/config.hpp"
#include "model_redis.hpp"
#include "pipe.hpp"

namespace herdgate::sim {

struct settings {
    std::uint64_t seed = 1;
    std::size_t processes = 2;
    std::size_t workers = 1;
    std::size_t clients = 4;
    std::size_t keys = 3;
    bool faults = false;  ///< processes die, connections break, Redis forgets
    bool origin_fails = false;
    bool clock_jumps = false;
    config::tracking_mode tracking = config::tracking_mode::keys;
    route_policy policy;
    milliseconds lease{1000};
    milliseconds max_age{3000};
    milliseconds store_timeout{1000};
    milliseconds relay_timeout{2000};
    nanoseconds load_least{1'000'000};
    nanoseconds load_most{200'000'000};
    network net;
    milliseconds active{2000};  ///< how long clients work and faults happen
    planted bugs;
    bool trace = false;

    /// The settings of a seed.
    static settings of(std::uint64_t seed, planted bugs = {});

    /// One line for people.
    std::string describe() const;
    config make_config() const;
};

std::string key_name(std::size_t index);

}  // namespace herdgate::sim
