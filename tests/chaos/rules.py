# SPDX-License-Identifier: Apache-2.0
"""What a run's configuration allows, and which fault excuses which violation. Seconds throughout.

A fault holds from its beginning until `settle` after its end: links are made again, scripts loaded, leases run out.
Nothing is excused for longer, and no fault of one daemon excuses another daemon that it does not concern.

| fault | concerns | excuses |
| --- | --- | --- |
| redis_kill, redis_freeze | all | loads without a lease; copies up to their maximum age and windows |
| flushall | all | one load more of every key (leases and entries are gone) |
| entry_del | all, one key | one load more of that key |
| client_kill | all | as redis_kill, for as long as links need to come back |
| cut, blackhole | one daemon | its loads without a lease, its copies up to their maximum age, its lost lease |
| kill | one daemon | connections lost; its lease |
| freeze | one daemon | late answers; its lease; copies until it has caught up |
| script_flush, slow_link | | nothing at all |
"""

from dataclasses import dataclass

from histories import place

REDIS_AWAY = {"redis_kill", "redis_freeze", "client_kill"}
ALONE = {"cut", "blackhole"}
STOPPED = {"kill", "freeze"}
LEASE_LOST = REDIS_AWAY | ALONE | STOPPED | {"flushall"}


@dataclass
class route_rule:
    ttl: float
    revalidate: float = 0.0
    if_error: float = 0.0

    @property
    def longest(self):
        return self.ttl + max(self.revalidate, self.if_error)


@dataclass
class rules:
    routes: dict                 # a key's first word → route_rule
    lease: float = 1.0
    near_age: float = 1.5        # the near cache's maximum age
    told: float = 0.25           # from an acknowledged invalidation until every connected daemon has acted on it
    granted: float = 0.02        # from a lease's grant until its load has reached the origin
    wait: float = 5.0            # a client's deadline for one read
    woken: float = 0.5           # a waiter's answer after the end of the load that it waited for; less than a lease
    settle: float = 2.0          # after a fault's end
    slack: float = 0.1           # of the clocks: the origin's log, the clients' and the event loop's
    jitter: float = 0.11         # share of a TTL

    def route(self, key):
        return self.routes[key.partition(":")[0]]


class fault_log:
    """Answers what was wrong, where and when."""

    def __init__(self, faults, settle):
        self.faults = sorted(faults, key=lambda f: f.began)
        self.settle = settle

    def during(self, kinds, began, ended, daemon=None, key=None):
        """The first fault of these kinds that held in [began, ended] and concerned that daemon, that key."""
        for one in self.faults:
            if one.began > ended:
                return None
            if one.kind not in kinds or one.ended + self.settle < began:
                continue
            if self.concerns(one, daemon, key):
                return one
        return None

    @staticmethod
    def concerns(one, daemon, key):
        if one.kind == "entry_del":
            return key is None or one.target == key
        if one.kind in ALONE | STOPPED:
            return daemon is None or one.target == place(daemon)
        return True

    def redis_out_of_reach(self, began, ended, daemon):
        return self.during(REDIS_AWAY | ALONE, began, ended, daemon)

    def stopped(self, began, ended, daemon):
        return self.during(STOPPED, began, ended, daemon)
