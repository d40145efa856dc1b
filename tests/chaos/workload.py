# SPDX-License-Identifier: Apache-2.0
"""Who uses the daemons during a chaos run, and what they wrote down: readers, a writer, and an eye on Redis itself."""

import asyncio
import json
import time

from faults import OUR_NAME
from histories import put, read, sample, write
from support import resp
from support.monitor import parse_line
from support.versioned_origin import parse_value
from world import CHANGING, KEYS, PLACES, WAIT

PAUSE = (0.02, 0.09)    # seconds between a client's reads
WRITES = (0.05, 0.3)    # seconds between invalidations
SAMPLES = 0.1
WRITERS_READS = 1_000_000    # numbers of clients from here on read once, after a deletion


class reader:
    """One client of one daemon. Each GET has a PING with a number of its own behind it: replies come in order."""

    def __init__(self, world, number, rng, log):
        self.world, self.number, self.random, self.log = world, number, rng, log
        self.place = PLACES[number % len(PLACES)]
        self.link, self.pings = None, 0

    async def run(self, end):
        while time.monotonic() < end:
            if self.link is None and not await self.connect():
                await asyncio.sleep(0.05)
                continue
            await self.ask(self.random.choice(KEYS))
            await asyncio.sleep(self.random.uniform(*PAUSE))
        self.close()

    async def connect(self):
        """False if there is no daemon now. A connection belongs to one incarnation."""
        self.daemon = self.world.names[self.place]
        try:
            self.link = await self.world.daemons[self.place].connect()
            return True
        except (OSError, asyncio.TimeoutError):
            return False

    def close(self):
        if self.link:
            self.link.reset()
        self.link = None

    async def ask(self, key):
        self.pings += 1
        nonce, asked = b"%d/%d" % (self.number, self.pings), time.monotonic()
        seen = read(self.number, self.daemon, key, asked, asked, "lost")
        try:
            reply, echo = await self.link.pipeline([("GET", key), ("PING", nonce)], deadline=WAIT)
            self.judge(seen, reply, echo, nonce)
        except asyncio.TimeoutError:
            seen.outcome = "late"
        except (ConnectionError, OSError) as problem:
            seen.text = str(problem)
        seen.ended = time.monotonic()
        self.log.append(seen)
        if seen.outcome in ("late", "lost", "mixed"):
            self.close()

    def judge(self, seen, reply, echo, nonce):
        found = parse_value(reply)
        # A link that was lost is told in the place of what was on it.
        if echo != nonce and not (isinstance(echo, resp.error) and "upstream Redis" in echo.text):
            seen.outcome, seen.text = "mixed", f"{echo!r} for {nonce!r}"
        elif isinstance(reply, resp.error):
            seen.outcome, seen.text = "error", reply.text
        elif reply is None:
            seen.outcome = "nil"
        elif found is None:
            seen.outcome, seen.text = "mixed", f"no value: {reply[:80]!r}"
        else:
            seen.outcome, (seen.value_key, seen.version, seen.load) = "value", found


class writer:
    """Changes a key at the origin, then invalidates it: through a daemon, by the channel, or by the entry in Redis.

    Half of the time it is a key that is being loaded just now, often through the daemon that loads it. After a deletion
    somebody reads at once through the same daemon. `acked` is set only where the reply says that Redis has done it.
    """

    def __init__(self, world, rng, log, reads):
        self.world, self.random, self.log, self.reads, self.links = world, rng, log, reads, {}
        self.looking = set()

    async def run(self, end):
        while time.monotonic() < end:
            await asyncio.sleep(self.random.uniform(*WRITES))
            kind = self.random.choices(["del", "channel", "entry"], [6, 2, 2])[0]
            place = self.random.choice(PLACES)
            made = await self.invalidate(*self.choose(place), kind)
            if made.acked and kind == "del":
                task = asyncio.ensure_future(self.read_at_once(made))
                self.looking.add(task)
                task.add_done_callback(self.looking.discard)
        await asyncio.gather(*self.looking)
        self.close()

    def close(self):
        for link in self.links.values():
            link.reset()
        self.links.clear()

    def choose(self, place):
        """A key, and the daemon to go through."""
        loading = [one for one in self.world.origin.loads[-50:] if one.ended is None and one.key in CHANGING]
        if not loading or self.random.random() < 0.5:
            return self.random.choice(CHANGING), place
        one = self.random.choice(loading)
        return one.key, one.daemon[0] if self.random.random() < 0.7 else place

    async def read_at_once(self, made):
        """One read by a client of its own, through the daemon that acknowledged the deletion."""
        someone = reader(self.world, WRITERS_READS + len(self.log), self.random, self.reads)
        someone.place = made.via[0]
        if await someone.connect():
            await someone.ask(made.key)
        someone.close()

    async def invalidate(self, key, place, kind):
        via = self.world.names[place] if kind == "del" else ""
        made = write(key, self.world.origin.bump(key), via, kind, time.monotonic(), 0)
        self.log.append(made)
        try:
            if kind == "del":
                done = await (await self.link(via, place)).call("DEL", key, deadline=WAIT)
            elif kind == "channel":
                message = json.dumps({"key": key, "mode": "delete"})
                done = await self.tell_redis("PUBLISH", "cache_invalidation", message)
                done = done if done >= len(PLACES) else None    # somebody has not heard of it
            else:
                done = await self.tell_redis("DEL", "cache:" + key)
            made.acked = time.monotonic() if isinstance(done, int) else 0
        except (OSError, asyncio.TimeoutError):
            self.links.pop(via, None)
        return made

    async def link(self, via, place):
        if via not in self.links:
            self.links[via] = await self.world.daemons[place].connect()
        return self.links[via]

    async def tell_redis(self, *words):
        client = await self.world.redis.connect()
        try:
            return await client.call(*words, deadline=1)
        finally:
            client.close()


class observer:
    """Looks at every entry again and again, and at every value that is put into one."""

    def __init__(self, world, samples, puts):
        self.world, self.samples, self.puts = world, samples, puts

    async def run(self, end):
        await asyncio.gather(self.keep_trying(self.sample, end), self.keep_trying(self.watch, end))

    async def keep_trying(self, work, end):
        while time.monotonic() < end:
            link = None
            try:
                link = await self.world.redis.connect()
                await link.call("CLIENT", "SETNAME", OUR_NAME, deadline=1)
                await work(link, end)
            except (OSError, asyncio.TimeoutError):
                await asyncio.sleep(0.05)
            finally:
                link and link.close()

    async def sample(self, link, end):
        while time.monotonic() < end:
            await self.sample_once(link)
            await asyncio.sleep(SAMPLES)

    async def sample_once(self, link):
        at = time.monotonic()
        keys = await link.call("KEYS", "cache:*", deadline=3)
        replies = await link.pipeline([command for key in keys for command in
                                       (("PTTL", key), ("HMGET", key, "data", "lease"))], deadline=3)
        for key, pttl, fields in zip(keys, replies[::2], replies[1::2]):
            if pttl == -2:
                continue    # it ended between the two commands
            data, lease = fields if isinstance(fields, list) else (None, None)
            found = parse_value(data)
            self.samples.append(sample(at, key.decode().removeprefix("cache:"), pttl, found.version if found else 0,
                                       lease is not None))

    async def watch(self, link, end):
        await link.call("MONITOR", deadline=1)
        offset = time.time() - time.monotonic()
        while time.monotonic() < end and not link.closed.done():
            await asyncio.sleep(0.05)
            lines, link.unasked = link.unasked, []
            for line in lines:
                if "lua]" in line and '"data"' in line and (seen := parse_line(line, offset)):
                    self.note(seen)

    def note(self, seen):
        if not seen.writes_data(seen.words[1]):
            return
        data = seen.words[seen.words.index("data", 2) + 1]
        if found := parse_value(data.encode("latin-1")):
            self.puts.append(put(seen.at, seen.words[1].removeprefix("cache:"), found.version))
