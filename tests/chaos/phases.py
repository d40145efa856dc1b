# SPDX-License-Identifier: Apache-2.0
"""A run in its phases: faults under load; healed, until the fleet works as one; converged; looked at what is left."""

import asyncio
import random
import time

from faults import fault_injector
from histories import end, histories
from support import metrics
from support.process import children, descriptors
from support.versioned_origin import parse_value
from workload import observer, reader, writer
from world import KEYS, LEASE, PLACES, world

RECOVERED = 10.0    # seconds after healing, at most
SPARE = 16          # descriptors that a daemon may have more than at its start: links, connections kept to the origin


async def run(seed, seconds, clients, kinds):
    """The histories, the recovery times by name in seconds, and the folder of the run's files."""
    here, seen, recovery = await world.start(seed), histories(), {}
    try:
        await faulty_phase(here, seen, seed, seconds, clients, kinds)
        recovery["the fleet loads once again"] = await recover(here, seen)
        recovery["all keys converged"] = await converge(here, seen)
        await look_at_what_is_left(here, seen)
    finally:
        for name, text in await here.stop():
            seen.ends.append(end(name, "a daemon did not end well: " + text, 0, 1))
    seen.loads = here.loads()
    return seen, recovery, here.folder


async def faulty_phase(here, seen, seed, seconds, clients, kinds):
    ending = time.monotonic() + seconds
    injector = fault_injector(here, random.Random(seed), kinds)
    seen.faults = injector.log
    users = [reader(here, number, random.Random(f"{seed}/{number}"), seen.reads) for number in range(clients)]
    watching = asyncio.ensure_future(observer(here, seen.samples, seen.puts).run(ending + 5))
    writing = writer(here, random.Random(f"{seed}/writer"), seen.writes, seen.reads)
    await asyncio.gather(injector.run(ending), writing.run(ending), *(user.run(ending) for user in users))
    await here.heal()
    for name in here.unexpected_ends():
        seen.ends.append(end(name, "a daemon ended by itself", 0, 1))
    await watching


async def ask_everywhere(here, key, each=2):
    """The key's values, read at once through all daemons, or None for whatever is none."""
    links = [await here.daemons[place].connect() for place in PLACES for _ in range(each)]
    try:
        replies = await asyncio.gather(*(link.call("GET", key) for link in links), return_exceptions=True)
        return [None if isinstance(reply, BaseException) else parse_value(reply) for reply in replies]
    finally:
        for link in links:
            link.reset()


async def recover(here, seen):
    """How long until a cold key is one load in the fleet and is stored in Redis."""
    began, number = time.monotonic(), 0
    while time.monotonic() < began + RECOVERED:
        number += 1
        key, before = f"hard:probe{number}", here.origin.count()
        values = await ask_everywhere(here, key)
        stored = await here.redis.call("HGET", "cache:" + key, "data")
        if all(values) and here.origin.count() - before == 1 and stored:
            return time.monotonic() - began
        await asyncio.sleep(0.05)
    seen.ends.append(end("all", "the fleet did not recover", 0, 1))
    return time.monotonic() - began


async def converge(here, seen):
    """Each key changes once more; all daemons then have its newest version, for one load at most."""
    began, invalidate = time.monotonic(), writer(here, here.random, seen.writes, seen.reads)
    for key in KEYS:
        here.origin.delay = 0.02
        await invalidate.invalidate(key, here.random.choice(PLACES), "del")
        await asyncio.sleep(0.05)    # near copies elsewhere
        before = here.origin.count(key)
        values = await ask_everywhere(here, key)
        newest = here.origin.version(key)
        if not seen.writes[-1].acked or any(value is None or value.version != newest for value in values):
            versions = [value and value.version for value in values]
            seen.ends.append(end("all", f"{key} did not converge to version {newest}: {versions}", 0, 1))
        if (loads := here.origin.count(key) - before) > 1:
            seen.ends.append(end("all", f"loads of {key} after the end of all faults", 1, loads))
    invalidate.close()
    return time.monotonic() - began


async def look_at_what_is_left(here, seen):
    """After the last client: leases, keys without a TTL, descriptors, children, and whether the figures add up."""
    await asyncio.sleep(LEASE + 0.5)
    await observer(here, seen.samples, seen.puts).sample_once(await here.redis.connect())
    for key in await here.redis.scan("cache:*"):
        if await here.redis.call("HEXISTS", key, "lease") == 1:
            seen.ends.append(end("redis", f"a lease was left in {key.decode()}", 0, 1))
    for place in PLACES:
        await look_at_daemon(here, seen, here.names[place], here.daemons[place])


async def look_at_daemon(here, seen, name, daemon):
    """A daemon that still runs was never killed: its figures are whole."""
    figures = await metrics.scrape(daemon.admin_port)
    for gauge in ("waiters", "flights", "client_connections"):
        seen.ends.append(end(name, f"left: {gauge}", 0, figures.get(gauge)))
    started, outcomes = figures.get("loads_started_total"), figures.get("loads_total")
    seen.ends.append(end(name, "loads started and ended", started, outcomes))
    seen.ends.append(end(name, "loads started, by the origin's count", here.origin.count(daemon=name), started))
    answered = sum(one.daemon == name and one.outcome in ("value", "nil", "error") for one in seen.reads)
    asked = sum(one.daemon == name for one in seen.reads) + 10_000    # probes, and whoever left before an answer
    lookups = figures.get("cache_lookups_total")
    seen.ends.append(end(name, "look-ups, by the clients' count", min(max(lookups, answered), asked), lookups))
    spare = max(0, len(descriptors(daemon.pid)) - here.first_descriptors[name] - SPARE)
    seen.ends.append(end(name, "descriptors left over", 0, spare))
    seen.ends.append(end(name, "children left", 0, len(children(daemon.pid))))
