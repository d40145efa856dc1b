// SPDX-License-Identifier: Apache-2.0
//
// engine, continued: routes that are tried out (`dry_run`): commands on their keys are looked at on
// their way to where they go without such a route.
#include <algorithm>
#include <array>

#include "herdgate/core/base/hash.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/session/routed_reads.hpp"
#include "herdgate/core/session/session.hpp"

namespace herdgate {

void engine::look_on(const session& client, const command_info& info,
                     std::span<const std::string_view> args) {
    constexpr std::array<std::string_view, 3> erasing{"del", "getdel", "unlink"};
    const bool erases = std::find(erasing.begin(), erasing.end(), info.name) != erasing.end();
    const bool reads = loads_on_miss(info);
    const bool writes = info.flags.find("write") != std::string_view::npos;
    if (!reads && !writes) return;
    const key_range keys = keys_of(info, args.size());
    for (std::size_t i = keys.first; i <= keys.last && keys.first > 0; i += keys.step) {
        const route* r = process_.routes.find_dry(args[i]);
        if (r == nullptr) continue;
        const std::uint64_t key = hash_bytes(args[i], process_.seed + 1 + client.state().database);
        if (erases)
            process_.dry.erase(key);
        else if (writes)
            process_.dry.write(key, r->policy, now_.steady);
        else
            count_dry(*r, process_.dry.read(key, r->policy, now_.steady));
    }
}

void engine::count_dry(const route& r, const dry_runs::seen& seen) {
    route_metrics& count = metrics_.routes[r.index];
    switch (seen.what) {
        case dry_outcome::hit:
            count.dry_hits.add();
            break;
        case dry_outcome::stale:
            count.dry_stale.add();
            break;
        case dry_outcome::load:
            count.dry_misses.add();
            break;
        case dry_outcome::coalesced:
            count.dry_coalesced.add();
            break;
    }
    if (seen.loads) count.dry_loads.add();
}

}  // namespace herdgate
