#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A small model of the daemon, to try the chaos run, its checker and the fleet's tests on: `--bin` with this file.

It takes `run -c FILE` and keeps the contract of entries, leases, fills and wake-ups for GET, SET and DEL of routed
keys, the invalidation channel and the near cache; other commands are passed through. It is slow, and no proof of
anything about the daemon. The environment variable STAND_IN_BUG plants a fault that the checker has to find: `BUGS`.
"""

import asyncio
import json
import os
import pathlib
import re
import secrets
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from stand_in_links import away, links  # noqa: E402
from stand_in_scripts import acquire, fill, invalidate, put, renew  # noqa: E402
from support import resp  # noqa: E402

BUGS = {"no_fence": "a fill does not look whether its lease is still there",
        "no_look_again": "an acquisition does not look whether somebody has filled the entry",
        "lost_wake_up": "a fill tells nobody", "immortal_lease": "an acquisition leaves no TTL",
        "join_detached": "a deletion leaves its flight in the table"}
BUG = os.environ.get("STAND_IN_BUG", "")
SET_OPTIONS = {"EX": 1000, "PX": 1}


def milliseconds(value):
    number, unit = re.fullmatch(r"([\d.]+)(ms|s|m|h|)", str(value)).groups()
    return int(float(number) * {"ms": 1, "s": 1000, "m": 60000, "h": 3600000, "": 1}[unit])


def bulk(data):
    return b"$-1\r\n" if data is None else b"$%d\r\n%s\r\n" % (len(data), data)


def raw(reply):
    """A reply as bytes again."""
    if isinstance(reply, resp.error):
        return b"-%s\r\n" % reply.text.encode()
    if isinstance(reply, str):
        return b"+%s\r\n" % reply.encode()
    if isinstance(reply, int):
        return b":%d\r\n" % reply
    if isinstance(reply, list):
        return b"*%d\r\n" % len(reply) + b"".join(map(raw, reply))
    return bulk(reply)


class route:
    def __init__(self, given):
        http, stale = given["load"]["http"], given.get("stale", {})
        self.name = given["name"]
        self.prefix = given.get("match", "").partition("{")[0].encode()
        self.port, self.target = re.match(r"http://127\.0\.0\.1:(\d+)(/.*)", http["url"]).groups()
        self.headers = http.get("headers", {})
        self.timeout = milliseconds(http.get("timeout", "2s")) / 1000
        self.ttl = milliseconds(given.get("ttl", "1m"))
        self.revalidate = milliseconds(stale.get("while_revalidate", "1m"))
        self.if_error = milliseconds(stale.get("if_error", "10m"))
        self.wait = milliseconds(given.get("wait", {}).get("timeout", "3s")) / 1000
        self.lookups = self.loads = self.good = self.bad = 0

    def keep(self):
        return self.ttl + max(self.revalidate, self.if_error) + 1000

    async def load(self, key):
        """The origin's answer; None where it says that there is none."""
        self.loads += 1
        try:
            value = await asyncio.wait_for(self.ask(key), self.timeout)
            self.good += 1
            return value
        except (OSError, asyncio.TimeoutError, ValueError, IndexError) as problem:
            self.bad += 1
            raise ValueError(f"the load failed: {problem!r}") from None

    async def ask(self, key):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self.port))
        try:
            target = self.target.replace("{id}", key.decode()[len(self.prefix):])
            headers = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
            writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n".encode())
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            status = int(head.split()[1])
            if status == 404:
                return None
            if status != 200:
                raise ValueError(f"status {status}")
            return body
        finally:
            writer.close()


class stand_in:
    def __init__(self, config):
        self.routes = [route(given) for given in config["routes"]]
        self.upstream = "upstream" in config
        self.lease = milliseconds(config.get("store", {}).get("lease", "3s"))
        self.max_age = milliseconds(config.get("near_cache", {}).get("max_age", "30s")) / 1000
        port = re.search(r":(\d+)/", config["upstream"]["url"])[1] if self.upstream else 0
        self.links = links(int(port), self.told, self.lost)
        self.flights, self.refreshing, self.near, self.waits = {}, set(), {}, {}
        self.epoch, self.epochs = 0, {}
        self.waiters = self.connections = self.stored = self.fenced = 0

    # What becomes known of others' doings

    def told(self, channel, data):
        if channel == b"__redis__:invalidate":
            if data is None:
                return self.lost()
            for entry in data:
                self.detach(entry.removeprefix(b"cache:"))
        elif channel == b"cache_invalidation":
            message = json.loads(data)
            for key in [message["key"]] if "key" in message else message["keys"]:
                asyncio.ensure_future(self.delete_quietly(key.encode()))
        else:
            for event in self.waits.get(channel, ()):
                event.set()

    async def delete_quietly(self, key):
        self.detach(key)
        try:
            await self.links.script(invalidate, b"cache:" + key)
        except away:
            pass

    def forget(self, key):
        self.near.pop(key, None)
        self.epochs[key] = self.epochs.get(key, 0) + 1

    def lost(self):
        self.near.clear()
        self.epoch += 1
        if BUG != "join_detached":
            self.flights.clear()
        for event in [event for events in self.waits.values() for event in events]:
            event.set()

    def detach(self, key):
        self.forget(key)
        if BUG != "join_detached":
            self.flights.pop(key, None)

    # A read

    async def read(self, its, key):
        its.lookups += 1
        copy = self.near.get(key)
        if copy and copy[1] > time.monotonic():
            return copy[0]
        flight = self.flights.get(key)
        if flight is None:
            flight = self.flights[key] = asyncio.ensure_future(self.fly(its, key))
            flight.add_done_callback(lambda f: self.flights.pop(key) if self.flights.get(key) is f else None)
        self.waiters += 1
        try:
            return await asyncio.wait_for(asyncio.shield(flight), its.wait)
        finally:
            self.waiters -= 1

    async def look(self, key):
        """The entry as it is: data, fresh until, revalidate until; a fresh one becomes a near copy."""
        before = (self.epoch, self.epochs.get(key, 0))
        reply = await self.links.call("HMGET", b"cache:" + key, "data", "meta")
        if isinstance(reply, resp.error) or reply[1] is None:
            return None, 0, 0
        fresh, revalidate = map(int, reply[1].split(b" ")[1:3])
        left = fresh / 1000 - time.time()
        if left > 0 and before == (self.epoch, self.epochs.get(key, 0)):
            self.near[key] = (reply[0], time.monotonic() + min(left, self.max_age))
        return reply[0], fresh, revalidate

    async def fly(self, its, key):
        try:
            data, fresh, revalidate = await self.look(key)
            now = time.time() * 1000
            if fresh > now:
                return data
            if revalidate > now and data is not None:
                if key not in self.refreshing:
                    self.refreshing.add(key)
                    asyncio.ensure_future(self.refresh(its, key))
                return data
            return await self.lead_or_wait(its, key)
        except away:
            return await its.load(key)

    async def refresh(self, its, key):
        try:
            answer = await self.take(key)
            if answer[0] == b"granted":
                await self.load_and_fill(its, key, answer[1])
        except (away, ValueError):
            pass
        finally:
            self.refreshing.discard(key)

    async def take(self, key):
        return await self.links.script(acquire(BUG), b"cache:" + key, secrets.token_hex(8), self.lease, os.getpid())

    async def lead_or_wait(self, its, key):
        while True:
            answer = await self.take(key)
            if answer[0] == b"granted":
                return await self.load_and_fill(its, key, answer[1])
            if answer[0] == b"fresh":
                return answer[1]
            if answer[0] == b"foreign":
                return await its.load(key)
            channel = b"cache:" + key
            event = asyncio.Event()
            self.waits.setdefault(channel, []).append(event)
            self.links.listen(channel, True)
            try:
                data, fresh, _ = await self.look(key)
                if fresh > time.time() * 1000:
                    return data
                await asyncio.wait_for(event.wait(), answer[1] / 1000 + 0.01)
            except asyncio.TimeoutError:
                pass
            finally:
                self.waits[channel].remove(event)
                if not self.waits[channel]:
                    del self.waits[channel]
                    self.links.listen(channel, False)

    async def load_and_fill(self, its, key, token):
        renewing = asyncio.ensure_future(self.renew(key, token))
        began = time.monotonic()
        try:
            data = await its.load(key)
        except ValueError:
            asyncio.ensure_future(self.delete_quietly(key))
            raise
        finally:
            renewing.cancel()
        took = int((time.monotonic() - began) * 1000)
        self.forget(key)
        try:
            stored = await self.links.script(fill(BUG), b"cache:" + key, token, data or b"", its.ttl, its.revalidate,
                                             its.if_error, took, its.keep())
            self.stored += stored == b"stored"
            self.fenced += stored != b"stored"
        except away:
            pass
        return data

    async def renew(self, key, token):
        try:
            while True:
                await asyncio.sleep(self.lease / 3000)
                await self.links.script(renew, b"cache:" + key, token, self.lease)
        except away:
            pass

    # Commands

    def route_of(self, key):
        return next((r for r in self.routes if key.startswith(r.prefix)), None)

    async def answer(self, words):
        verb = words[0].upper().decode()
        its = self.route_of(words[1]) if len(words) > 1 else None
        if verb == "PING":
            return bulk(words[1]) if len(words) > 1 else b"+PONG\r\n"
        try:
            if its and verb == "GET":
                return bulk(await self.read(its, words[1]))
            if its and verb == "SET":
                return await self.set(its, words)
            if verb in ("DEL", "UNLINK") and all(map(self.route_of, words[1:])):
                for key in words[1:]:
                    self.detach(key)
                return raw(sum([await self.links.script(invalidate, b"cache:" + key) for key in words[1:]]))
            return raw(await self.links.call(*words))
        except away:
            return b"-ERR herdgate: upstream unavailable\r\n"
        except (asyncio.TimeoutError, ValueError) as problem:
            return b"-ERR herdgate: %r\r\n" % (problem,)

    async def set(self, its, words):
        self.detach(words[1])
        ttl = int(words[4]) * SET_OPTIONS[words[3].upper().decode()] if len(words) > 4 else its.ttl
        await self.links.script(put, b"cache:" + words[1], words[2], ttl, its.revalidate, its.if_error,
                                ttl + its.keep())
        return b"+OK\r\n"

    async def serve(self, reader, writer):
        self.connections += 1
        buffer = bytearray()
        try:
            while data := await reader.read(65536):
                buffer += data
                at = 0
                try:
                    while at < len(buffer):
                        words, at = resp.parse(buffer, at)
                        writer.write(await self.answer(words))
                except resp.incomplete:
                    pass
                del buffer[:at]
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self.connections -= 1
            writer.close()

    async def admin(self, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        series = [("waiters", "", self.waiters), ("flights", "", len(self.flights) + len(self.refreshing)),
                  ("client_connections", "", self.connections), ("upstream_up", "", int(bool(self.links.data))),
                  ("fills_total", '{result="stored"}', self.stored), ("fills_total", '{result="fenced"}', self.fenced)]
        for its in self.routes:
            label = f'route="{its.name}"'
            series += [("cache_lookups_total", "{%s}" % label, its.lookups),
                       ("loads_started_total", "{%s}" % label, its.loads),
                       ("loads_total", '{%s,outcome="ok"}' % label, its.good),
                       ("loads_total", '{%s,outcome="error"}' % label, its.bad)]
        body = "".join(f"herdgate_{name}{labels} {value}\n" for name, labels, value in series).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()


async def run(config):
    model, ended = stand_in(config), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    upkeep = asyncio.ensure_future(model.links.keep_up()) if model.upstream else None
    clients = await asyncio.start_server(model.serve, "127.0.0.1", 0, backlog=4096)
    admin = await asyncio.start_server(model.admin, "127.0.0.1", 0)
    print(f"listening on 127.0.0.1:{clients.sockets[0].getsockname()[1]}", file=sys.stderr)
    print(f"admin on http://127.0.0.1:{admin.sockets[0].getsockname()[1]}", file=sys.stderr)
    began = time.monotonic()
    while upkeep and not model.links.data and time.monotonic() < began + 1:
        await asyncio.sleep(0.02)
    print(f"the stand-in is ready: bug {BUG or 'none'}", file=sys.stderr, flush=True)
    await ended.wait()
    clients.close()
    upkeep and upkeep.cancel()


if __name__ == "__main__":
    if BUG and BUG not in BUGS:
        sys.exit(f"no such bug: {BUG}; there are {', '.join(BUGS)}")
    if sys.argv[1] == "run":
        asyncio.run(run(json.loads(pathlib.Path(sys.argv[3]).read_text())))
