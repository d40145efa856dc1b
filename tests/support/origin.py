#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small HTTP origin for tests, demonstrations and the quickstart.

It serves made-up products, counts what it is asked, and misbehaves on request. HTTP/1.1 with keep-alive, one process,
standard library only, thousands of connections. It listens on 127.0.0.1 alone and is no production server.

    origin.py [PORT] [--tls CERT KEY] [--client-ca CA] [--unix PATH] [--until-eof]      PORT 0 (the default) = any free port

prints `listening on 127.0.0.1:PORT` once it serves.

    GET  /products/{id}   {"id":"42","load":17,"version":1}   load: how often this product was asked for
    GET  /products?ids=…  a list of products, for batches; /categories/{id}, /stock/{id}, /users/{id}: see catalogue.py
    GET  /echo            the request's method, target and headers as JSON
    POST /-/set?…         options for all requests from now on (below)
    GET  /-/requests      the targets and headers of the last 1,000 requests, and when (monotonic, in seconds), as JSON
    GET  /-/stats         what was counted, as JSON; nothing under /-/ is counted, nor a connection that saw nothing else
    POST /-/reset         counters to zero, options to their defaults; what is in flight stays counted

Options, for all requests by /-/set or for one request in its own query (which wins):

    delay=200ms    wait before answering (ms or s)
    status=503     answer with this status
    version=2      the "version" in a product
    size=1000      pad a product to this many bytes
    body=text      answer with this instead of a product
    etag="1"       send this ETag; a request that knows it (If-None-Match) is answered with 304
    modified=DATE  likewise with Last-Modified and If-Modified-Since
    headers=A: b   further headers of every answer, one a line
    only=1         status and mode apply to so many first requests for each path
    mode=ok | 500 | 404 | hang (never answer) | close (no answer at all) | half (body cut short of its Content-Length)
         | endless (chunks without end) | slow (a byte every 50 ms) | redirect (302) | chunked-cut (no last chunk)
         | gzip | gzip-bomb (256 MiB of zeros in 256 KiB) | endless-head (headers without end)

A request is in flight from its last byte's arrival until its answer is handed to the kernel or its connection is lost.
"""

import argparse
import asyncio
import json
import resource
import ssl
import sys
import time
import urllib.parse
import zlib
from collections import Counter, deque

import catalogue

HEAD_LIMIT = 64 * 1024
BODY_LIMIT = 16 * 1024 * 1024
DEFAULTS = {"delay": "0ms", "mode": "ok", "status": "", "version": "1", "size": "0", "body": "", "etag": "", "modified": "",
            "headers": "", "only": "0"}
MODES = {"ok", "500", "404", "hang", "close", "half", "endless", "slow", "redirect", "chunked-cut", "gzip", "gzip-bomb",
         "endless-head"}
PHRASES = {200: "OK", 204: "No Content", 302: "Found", 304: "Not Modified", 400: "Bad Request", 404: "Not Found",
           405: "Method Not Allowed", 410: "Gone", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
           503: "Service Unavailable"}


class Stats:
    """What the origin saw. One event loop, one thread: plain integers are exact."""

    def __init__(self):
        self.in_flight = 0
        self.open_connections = 0
        self.reset()

    def reset(self):
        self.total = self.body_bytes = 0
        self.paths = Counter()
        self.max_in_flight = self.in_flight
        self.connections = 0
        self.options = dict(DEFAULTS)
        self.requests = deque(maxlen=1000)

    def begin(self, path, first_on_connection):
        self.total += 1
        self.connections += first_on_connection
        self.paths[path] += 1
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)

    def as_json(self):
        return json.dumps({"total": self.total, "paths": self.paths, "in_flight": self.in_flight,
                           "max_in_flight": self.max_in_flight, "body_bytes": self.body_bytes, "connections": self.connections,
                           "open_connections": self.open_connections, "options": self.options}).encode()


class Request:
    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, self.protocol = lines[0].split(" ")
        url = urllib.parse.urlsplit(self.target)
        self.path = url.path
        self.query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        self.headers = {}
        self.answer_headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self.length = int(self.headers.get("content-length", "0"))
        if not 0 <= self.length <= BODY_LIMIT:
            raise ValueError("length")
        connection = self.headers.get("connection", "").lower()
        self.keep_alive = "close" not in connection and (self.protocol == "HTTP/1.1" or "keep-alive" in connection)


def seconds(text):
    if text.endswith("ms"):
        return float(text[:-2]) / 1000
    return float(text[:-1] if text.endswith("s") else text)


def check(options):
    """The options that are not understood, as a sentence; empty if all is well."""
    for name, value in options.items():
        if name not in DEFAULTS:
            return f"unknown option {name}"
        try:
            if name == "mode" and value not in MODES:
                return f"unknown mode {value}"
            if name == "delay":
                seconds(value)
            if name in ("size", "version", "only") or (name == "status" and value):
                int(value)
        except ValueError:
            return f"bad {name}"
    return ""


def gzip_bomb(cache=[]):
    """256 MiB of zeros as one gzip member. A fully flushed deflate block can be repeated, so this is quick to make."""
    if not cache:
        zeros, count = bytes(1 << 20), 256
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        block = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
        crc = 0
        for _ in range(count):
            crc = zlib.crc32(zeros, crc)
        header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
        trailer = crc.to_bytes(4, "little") + (count << 20).to_bytes(4, "little")
        cache.append(header + block * count + packer.flush() + trailer)
    return cache[0]


class Connection(asyncio.Protocol):
    """One client: its requests are answered one after the other, by one task."""

    def __init__(self, stats):
        self.stats = stats
        self.buffer = bytearray()
        self.unused = True
        self.arrived = asyncio.Event()
        self.writable = asyncio.Event()
        self.writable.set()

    def connection_made(self, transport):
        self.transport = transport
        self.stats.open_connections += 1
        self.task = asyncio.get_running_loop().create_task(self.serve())

    def connection_lost(self, _error):
        self.stats.open_connections -= 1
        self.task.cancel()

    def data_received(self, data):
        self.buffer += data
        self.arrived.set()
        if len(self.buffer) > HEAD_LIMIT + BODY_LIMIT:
            self.transport.abort()

    def pause_writing(self):
        self.writable.clear()

    def resume_writing(self):
        self.writable.set()

    async def more(self):
        self.arrived.clear()
        await self.arrived.wait()

    async def send(self, data):
        self.transport.write(data)
        await self.writable.wait()

    async def next_request(self):
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            if len(self.buffer) > HEAD_LIMIT:
                raise ValueError("head")
            await self.more()
        request = Request(bytes(self.buffer[:end]))
        total = end + 4 + request.length
        while len(self.buffer) < total:
            await self.more()
        del self.buffer[:total]
        return request

    async def serve(self):
        try:
            while True:
                try:
                    request = await self.next_request()
                except ValueError:
                    await self.answer(None, 400, b"bad request\n")
                    break
                if request.path.startswith("/-/"):
                    await self.control(request)
                else:
                    self.stats.begin(request.path, self.unused)
                    self.unused = False
                    try:
                        await self.load(request)
                    finally:
                        self.stats.in_flight -= 1
                if not request.keep_alive:
                    break
            self.transport.close()
        except asyncio.CancelledError:
            pass

    async def answer(self, request, status, body, headers=(), kind="text/plain"):
        keep = request is not None and request.keep_alive
        lines = [f"HTTP/1.1 {status} {PHRASES.get(status, 'Other')}", f"Content-Type: {kind}", *headers]
        if request is not None:
            lines += request.answer_headers
        if status not in (204, 304):
            lines.append(f"Content-Length: {len(body)}")
        if not keep:
            lines.append("Connection: close")
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        silent = status in (204, 304) or (request is not None and request.method == "HEAD")
        await self.send(head if silent else head + body)

    async def control(self, request):
        if request.path == "/-/stats":
            return await self.answer(request, 200, self.stats.as_json(), kind="application/json")
        if request.path == "/-/requests":
            return await self.answer(request, 200, json.dumps(list(self.stats.requests)).encode(), kind="application/json")
        if request.path not in ("/-/set", "/-/reset"):
            return await self.answer(request, 404, b"not found\n")
        if request.method != "POST":
            return await self.answer(request, 405, b"POST only\n")
        if request.path == "/-/reset":
            self.stats.reset()
        elif problem := check(request.query):
            return await self.answer(request, 400, problem.encode() + b"\n")
        else:
            self.stats.options.update(request.query)
        await self.answer(request, 204, b"")

    def content(self, request, options):
        """Status, body and media type of an undisturbed answer."""
        if request.path == "/echo":
            seen = {"method": request.method, "target": request.target, "headers": request.headers}
            return 200, json.dumps(seen).encode(), "application/json"
        if options["body"]:
            return 200, options["body"].encode(), "application/json"
        made = catalogue.answer(request.path, request.query, self.stats.paths[request.path], int(options["version"]))
        if made is None:
            return 404, b"not found\n", "text/plain"
        content, tags = made
        if tags:
            request.answer_headers.append("Surrogate-Key: " + " ".join(tags))
        return 200, catalogue.body(content, int(options["size"])), "application/json"

    def unchanged(self, request, options):
        """Whether the request knows the version that would be sent; notes the headers that tell of it."""
        request.answer_headers += [line for line in options["headers"].split("\n") if line]
        unchanged = False
        for option, header, condition in (("etag", "ETag", "if-none-match"), ("modified", "Last-Modified", "if-modified-since")):
            if options[option]:
                request.answer_headers.append(f"{header}: {options[option]}")
                unchanged = unchanged or request.headers.get(condition) == options[option]
        return unchanged

    async def load(self, request):
        self.stats.requests.append({"target": request.target, "headers": request.headers, "at": time.monotonic()})
        own = {name: value for name, value in request.query.items() if name in DEFAULTS}
        if problem := check(own):
            return await self.answer(request, 400, problem.encode() + b"\n")
        options = {**self.stats.options, **own}
        if 0 < int(options["only"]) < self.stats.paths[request.path]:
            options.update(mode="ok", status="")
        status, body, kind = self.content(request, options)
        unchanged = self.unchanged(request, options)
        if options["status"]:
            status = int(options["status"])
        elif unchanged:
            status, body = 304, b""
        if (delay := seconds(options["delay"])) > 0:
            await asyncio.sleep(delay)
        fault = getattr(self, "fault_" + options["mode"].replace("-", "_"), None)
        if fault is not None:
            return await fault(request, status, body)
        if options["mode"] in ("500", "404"):
            status = int(options["mode"])
        self.stats.body_bytes += len(body)
        await self.answer(request, status, body, kind=kind)

    async def fault_hang(self, request, status, body):
        await asyncio.Event().wait()

    async def fault_close(self, request, status, body):
        request.keep_alive = False

    async def fault_half(self, request, status, body):
        request.keep_alive = False
        await self.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body[: len(body) // 2])

    async def fault_endless(self, request, status, body):
        await self.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            await self.send(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            await asyncio.sleep(0)

    async def fault_endless_head(self, request, status, body):
        await self.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            await self.send(b"X-Filler: " + b"x" * 8000 + b"\r\n")
            await asyncio.sleep(0)

    async def fault_slow(self, request, status, body):
        await self.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        for at in range(len(body)):
            await self.send(body[at : at + 1])
            await asyncio.sleep(0.05)

    async def fault_redirect(self, request, status, body):
        await self.answer(request, 302, b"", headers=["Location: /echo"])

    async def fault_chunked_cut(self, request, status, body):
        request.keep_alive = False
        await self.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(body), body))

    async def fault_gzip(self, request, status, body):
        packer = zlib.compressobj(6, zlib.DEFLATED, 31)
        packed = packer.compress(body) + packer.flush()
        await self.answer(request, status, packed, headers=["Content-Encoding: gzip"])

    async def fault_gzip_bomb(self, request, status, body):
        await self.answer(request, status, gzip_bomb(), headers=["Content-Encoding: gzip"])


async def run(arguments):
    stats, tls = Stats(), None
    if arguments.tls:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*arguments.tls)
        if arguments.client_ca:
            tls.load_verify_locations(arguments.client_ca)
            tls.verify_mode = ssl.CERT_REQUIRED
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(stats), "127.0.0.1", arguments.port, backlog=4096, ssl=tls)
    if arguments.unix:
        await loop.create_unix_server(lambda: Connection(stats), arguments.unix)
    print(f"listening on 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    if not arguments.until_eof:
        return await server.serve_forever()
    ended = asyncio.Event()
    loop.add_reader(sys.stdin, lambda: sys.stdin.buffer.read1() or ended.set())
    await ended.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", nargs="?", type=int, default=0)
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    parser.add_argument("--client-ca", metavar="CA")
    parser.add_argument("--unix", metavar="PATH", help="listen on this socket, too")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input does: with its parent")
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        asyncio.run(run(arguments))
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
