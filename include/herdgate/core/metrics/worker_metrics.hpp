// SPDX-License-Identifier: Apache-2.0
//
// What one worker counts. Written by that worker only, summed over the workers when scraped
// (prometheus.hpp).
//
// The figures add up. For each route, every read of a routed key is counted once in `lookups` and
// once in exactly one of the outcomes below it; every load once in `loads_started` and, when it has
// ended, once in `loads`.
#pragma once

#include <array>
#include <cstdint>
#include <deque>

#include "herdgate/core/fill/loader.hpp"
#include "herdgate/core/metrics/counter.hpp"

namespace herdgate {

struct route_metrics {
    counter lookups;  ///< reads of this route's keys

    // Outcomes of a look-up.
    counter hits_fresh;
    counter hits_stale;        ///< served at once within a stale window
    counter store_hits_fresh;  ///< found so in the shared store
    counter store_hits_stale;
    counter negative_hits;
    counter misses;     ///< opened a flight
    counter coalesced;  ///< joined one
    counter backoff;    ///< answered from the last failure
    counter refused;    ///< key refused, or too many waiters

    counter refreshes;       ///< flights opened in the background
    counter detached;        ///< flights that a write made obsolete
    counter wait_timeouts;   ///< readers whose patience ended first
    counter stale_on_error;  ///< waiting readers that got a stale value because the load failed or
                             ///< took too long
    counter errors;          ///< reads answered with an error

    counter loads_started;  ///< loads that were asked for; = sum of `loads` + in flight
    std::array<counter, load_outcome_count> loads;  ///< by outcome
    counter loads_uncacheable;                      ///< their answers may not be stored
    counter breaker_refused;                        ///< loads that the breaker did not let start
    counter refreshes_early;                        ///< of `refreshes`: before the end of the TTL
    counter slides;                                 ///< reads that have moved an entry's end
    counter warmed;                                 ///< keys at the start
    counter warm_failed;                            ///< those that could not be loaded
    // With `dry_run`: reads, by what the route would have made of them; loads it would have
    // started.
    counter dry_hits;
    counter dry_stale;
    counter dry_misses;
    counter dry_coalesced;
    counter dry_loads;
    counter load_retries;          ///< requests beyond a load's first
    counter dropped_tags;          ///< tags of answers beyond the bounds
    load_histogram load_duration;  ///< of loads that reached the origin

    counter batches;     ///< calls for several keys
    counter batch_keys;  ///< loads that went with them

    gauge processes;           ///< of a command that is kept running: there now
    counter process_restarts;  ///< started in place of one that ended

    counter invalidations;  ///< messages about one of its keys, or about the route

    // Places in the fleet, where the route's loads are limited there.
    gauge places_waiting;      ///< loads that wait for one now
    gauge places_held;         ///< loads that have one now
    counter places_entered;    ///< loads that got one
    counter places_unlimited;  ///< loads without: the store was away
    counter places_timed_out;  ///< loads that never got one

    counter leases_granted;
    counter leases_held;         ///< somebody else had it
    counter leases_unavailable;  ///< the store could not be asked
    counter leases_lost;         ///< while the load ran
    counter fills_stored;
    counter fills_refused;   ///< the lease was lost before the fill
    counter fills_unstored;  ///< the store could not take it
};

struct worker_metrics {
    explicit worker_metrics(std::size_t route_count) : routes(route_count) {}

    counter connections_opened;
    gauge connections;
    counter rejected_max_clients;
    counter rejected_protected;
    counter tls_handshakes;
    counter tls_handshakes_failed;
    counter rejected_output;  ///< closed: did not read its replies
    counter protocol_errors;
    counter bytes_read;
    counter bytes_written;
    counter commands_routed;
    counter commands_local;       ///< keys of the embedded store
    counter commands_passed;      ///< passed on to Redis
    counter commands_connection;  ///< connection and server commands
    counter commands_rejected;    ///< unknown, wrong arity, not authenticated, needs an upstream
    // Messages on the invalidation channel that did nothing.
    counter messages_malformed;
    counter messages_unrouted;  ///< a key or a route that is not configured
    // Jobs of the refresh stream.
    counter jobs_done;
    counter jobs_failed;        ///< deliveries that ended without an entry
    counter jobs_parked;        ///< given up
    counter jobs_claimed;       ///< taken over from a process that has died, or after a failure
    counter upstream_connects;  ///< times that the store's link came up
    counter upstream_changes;   ///< entries that Redis said somebody had changed
    counter links_opened;       ///< to Redis, for one client each
    gauge links_lent;           ///< those that have a client
    gauge links_spare;          ///< those that wait for one
    gauge flights;
    gauge waiters;
    std::deque<route_metrics> routes;  ///< by route index
};

}  // namespace herdgate
