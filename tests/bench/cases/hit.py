# SPDX-License-Identifier: Apache-2.0
"""A GET that hits: herdgate's routed and plain keys beside Redis and the floor of the kernel.

10,000 keys of 256 bytes, 50 connections, unpipelined and pipeline 16, one worker on CPU 0, redis-benchmark on the last
CPU, rounds interleaved. Routed keys are warmed by real loads from the HTTP origin (GETs of all keys in concurrent
batches); the case fails if the origin was asked anything else, before or during the measurement.
"""

import contextlib
from collections import defaultdict

from harness import measure, servers, table
from harness.client import Client

KEYS = 10_000
VALUE_BYTES = 256
BATCH = 500
ROUTED, PLAIN = "product", "plain"


def key(kind, number):
    return f"{kind}:{number:012d}"


def fill(server, kind):
    with Client(server.port) as client:
        for first in range(0, KEYS, BATCH):
            client.batch([("SET", key(kind, i), b"x" * VALUE_BYTES) for i in range(first, first + BATCH)])


def warm(server, origin):
    with Client(server.port) as client:
        for first in range(0, KEYS, BATCH):
            values = client.batch([("GET", key(ROUTED, i)) for i in range(first, first + BATCH)])
            assert all(len(value) == VALUE_BYTES for value in values)
    check_loads(origin)


def check_loads(origin):
    loads = origin.stats()["total"]
    if loads != KEYS:
        raise RuntimeError(f"{loads} loads for {KEYS} keys: what was measured were not hits")


def measure_all(contenders, options):
    """samples[pipeline][name]: one per round, in the order of the rounds."""
    samples = {}
    for pipeline in (1, 16):
        taken = samples[pipeline] = defaultdict(list)
        counts = {name: measure.requests_for(server, pipeline, command, options.seconds)
                  for name, (server, command) in contenders.items()}
        for _ in range(options.rounds):
            for name, (server, command) in contenders.items():
                taken[name].append(measure.sample(server, pipeline, command, options.seconds, counts[name]))
    return samples


def report(samples):
    head = ("server", "pipeline", "ops/s", "CPU µs/op", "least–greatest", "CPU ratio to redis", "to floor",
            "ops/s ratio")
    rows = []
    for pipeline, taken in samples.items():
        base, least = taken["redis"], taken["floor"]
        for name, own in taken.items():
            rows.append((name, pipeline, f"{table.median(own, 'ops_per_second'):,.0f}",
                         f"{table.median(own, 'cpu_us_per_op'):.2f}", table.spread(own, "cpu_us_per_op"),
                         f"{table.ratio(own, base, 'cpu_us_per_op'):.2f}",
                         f"{table.ratio(own, least, 'cpu_us_per_op'):.2f}",
                         f"{table.ratio(own, base, 'ops_per_second'):.2f}"))
    table.show(head, rows)


def run(options):
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        origin = enter(servers.Origin(size=VALUE_BYTES))
        redis, floor = enter(servers.redis()), enter(servers.floor())
        routed = enter(servers.herdgate(options.bin, origin.port))
        plain = enter(servers.herdgate(options.bin))
        fill(redis, ROUTED)
        fill(plain, PLAIN)
        warm(routed, origin)
        get_routed, get_plain = ("GET", f"{ROUTED}:__rand_int__"), ("GET", f"{PLAIN}:__rand_int__")
        contenders = {"redis": (redis, get_routed), "herdgate routed": (routed, get_routed),
                      "herdgate plain": (plain, get_plain), "floor": (floor, get_routed)}
        samples = measure_all(contenders, options)
        check_loads(origin)
    report(samples)
    return samples
