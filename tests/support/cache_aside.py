#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A program as there are many: it reads the cache, computes what is missing, and writes it. It knows nothing of herdgate.

    cache_aside.py CACHE_PORT ORIGIN_PORT KEY TTL_MS SECONDS PAUSE

To compute is to ask the origin for /products/KEY. It connects, prints `ready`, waits for a line on standard input, reads at
random moments PAUSE seconds apart on average, and prints how long each read took (in seconds) as JSON.
"""

import json
import random
import socket
import sys
import time


def command(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in map(str.encode, words))


def ask(cache, *words):
    """A reply: text, or None."""
    cache.sendall(command(*words))
    line = cache.file.readline()
    if line[:1] == b"$":
        size = int(line[1:])
        return None if size < 0 else cache.file.read(size + 2)[:-2].decode()
    if line[:1] != b"+":
        raise SystemExit(f"{words}: {line!r}")
    return line[1:-2].decode()


class connection(socket.socket):
    def __init__(self, port):
        super().__init__()
        self.connect(("127.0.0.1", port))
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.makefile("rb")


def compute(port, key):
    with connection(port) as origin:
        origin.sendall(f"GET /products/{key} HTTP/1.0\r\n\r\n".encode())
        return origin.file.read().partition(b"\r\n\r\n")[2].decode()


def main():
    cache_port, origin_port, key, ttl, seconds, pause = sys.argv[1:]
    cache = connection(int(cache_port))
    ask(cache, "PING")
    print("ready", flush=True)
    sys.stdin.readline()
    end, took = time.monotonic() + float(seconds), []
    while (began := time.monotonic()) < end:
        if ask(cache, "GET", key) is None:
            ask(cache, "PSETEX", key, ttl, compute(int(origin_port), key.partition(":")[2]))
        took.append(time.monotonic() - began)
        time.sleep(random.uniform(0, 2 * float(pause)))
    print(json.dumps(took))


if __name__ == "__main__":
    main()
