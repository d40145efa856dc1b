// SPDX-License-Identifier: Apache-2.0
//
// origin: where values come from. Each key has a version that only grows; a load reads the version
// that is current at one moment between its beginning and its end. A value reads
// "KEY|VERSION|WHO", WHO being "L" and the load's number, or "S" for a client's own SET.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "herdgate/core/fill/loader.hpp"
#include "settings.hpp"

namespace herdgate::sim {

struct sim_value {
    std::string key;
    std::size_t version = 0;
    std::size_t load = 0;  ///< 0 = a SET

    std::string text() const {
        return key + "|" + std::to_string(version) + "|" +
               (load == 0 ? "S" : "L" + std::to_string(load));
    }
    /// Nothing, if the text is no value of ours.
    static std::optional<sim_value> parse(const std::string& text);
};

struct sim_load {
    std::size_t number = 0;
    std::size_t process = 0;
    std::uint64_t incarnation = 0;
    std::uint32_t worker = 0;
    load_id flight = 0;
    std::string key;
    steady_time begun{};
    steady_time ended{};  ///< unless it is running
    bool running = true;
    std::string token;  ///< of its lease; empty = it has none
};

class origin {
  public:
    struct version {
        steady_time since;
        bool absent;
    };

    /// The current version; the first is 1.
    std::size_t current(const std::string& key) { return versions_of(key).size() - 1; }
    std::size_t bump(const std::string& key, steady_time now, bool absent) {
        auto& all = versions_of(key);
        all.push_back({now, absent});
        return all.size() - 1;
    }
    const version& at(const std::string& key, std::size_t n) { return versions_of(key)[n]; }
    /// Whether a version between two of them is "does not exist".
    bool absent_between(const std::string& key, std::size_t first, std::size_t last) {
        const auto& all = versions_of(key);
        for (std::size_t i = first; i <= last && i < all.size(); ++i)
            if (all[i].absent) return true;
        return false;
    }

    sim_load& begin(sim_load l) {
        l.number = loads_.size() + 1;
        loads_.push_back(std::move(l));
        return loads_.back();
    }
    sim_load& load(std::size_t number) { return loads_[number - 1]; }
    std::deque<sim_load>& loads() noexcept { return loads_; }

  private:
    std::vector<version>& versions_of(const std::string& key) {
        auto& all = versions_[key];
        if (all.empty()) all = {{steady_time{}, true}, {steady_time{}, false}};
        return all;
    }

    std::map<std::string, std::vector<version>> versions_;
    std::deque<sim_load> loads_;  ///< references stay
};

inline std::optional<sim_value> sim_value::parse(const std::string& text) {
    const std::size_t first = text.find('|');
    const std::size_t second = text.find('|', first + 1);
    if (first == std::string::npos || second == std::string::npos) return std::nullopt;
    sim_value v;
    v.key = text.substr(0, first);
    v.version = std::stoul(text.substr(first + 1));
    if (text[second + 1] == 'L') v.load = std::stoul(text.substr(second + 2));
    return v;
}

}  // namespace herdgate::sim
