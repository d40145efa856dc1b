// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/route_table.hpp"

#include <cstdint>

#include "herdgate/core/config/config.hpp"

namespace herdgate {

route_table::route_table(const std::vector<route>& routes) : routes_(routes) {
    for (std::size_t i = 0; i < routes.size(); ++i)
        index_.add(routes[i].match.literal_prefix(), static_cast<std::uint32_t>(i));
}

// The prefixes' lists are each in file order, but a longer prefix may hold an earlier route: each
// list is tried only up to the best route so far.
const route* route_table::first_match(std::string_view key) const {
    std::size_t best = routes_.size();
    index_.for_each_prefix_of(key, [&](const std::vector<std::uint32_t>& candidates) {
        for (const std::uint32_t i : candidates) {
            if (i >= best) return;
            if (routes_[i].match.match(key)) best = i;
        }
    });
    return best == routes_.size() ? nullptr : &routes_[best];
}

const route* route_table::find(std::string_view key) const {
    const route* first = first_match(key);
    return first != nullptr && first->dry_run ? nullptr : first;
}

const route* route_table::find_dry(std::string_view key) const {
    const route* first = first_match(key);
    return first != nullptr && first->dry_run ? first : nullptr;
}

// Two passes: a route that is tried later must not spoil the captures of the one that wins.
const route* route_table::find(std::string_view key, captures& out) const {
    out.clear();
    const route* found = first_match(key);
    if (found != nullptr) found->match.match(key, out);
    return found;
}

// A pattern that covers another has a literal prefix that the other's starts with.
std::vector<unreachable_route> unreachable_routes(const std::vector<route>& routes) {
    std::vector<unreachable_route> found;
    prefix_index earlier;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const route_pattern& pattern = routes[i].match;
        std::size_t by = i;
        earlier.for_each_prefix_of(pattern.literal_prefix(),
                                   [&](const std::vector<std::uint32_t>& candidates) {
                                       for (const std::uint32_t j : candidates) {
                                           if (j >= by) return;
                                           if (routes[j].match.covers(pattern)) by = j;
                                       }
                                   });
        if (by != i) found.push_back({i, by});
        earlier.add(pattern.literal_prefix(), static_cast<std::uint32_t>(i));
    }
    return found;
}

}  // namespace herdgate
