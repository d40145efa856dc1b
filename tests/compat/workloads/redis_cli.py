# SPDX-License-Identifier: Apache-2.0
"""redis-cli: single commands, its modes, and a session at a terminal."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from settings import check, done, program_options, tag

PIPED = 1000
WHERE = program_options()
SECONDS = 30


def cli(*words, data=b""):
    done = subprocess.run(["redis-cli", *WHERE, *words], input=data, capture_output=True, timeout=SECONDS)
    return (done.stdout + done.stderr).decode().strip()


def contains(text, part):
    check(part if part in text else text, part)


def commands():
    check(cli("PING"), "PONG")
    check(cli("SET", f"{tag}:here", "x"), "OK")
    check(cli("-n", "3", "GET", f"{tag}:here"), "")
    check(cli("EVAL", "return {1, KEYS[1]}", "1", "k").splitlines(), ["1", "k"])
    check(cli(data=b"MULTI\nSET a 1\nINCR a\nEXEC\n").split(), ["OK", "QUEUED", "QUEUED", "OK", "2"])
    check(cli("BLPOP", f"{tag}:none", "0.05"), "")
    check(cli("--eval", "/dev/stdin", "a", ",", "7", data=b"return redis.call('INCRBY', KEYS[1], ARGV[1])"), "9")
    contains(cli("LPUSH", f"{tag}:here", "x"), "WRONGTYPE")
    contains(cli("INFO", "server"), "redis_version:")
    contains(cli("--user", "nobody", "--pass", "wrong", "PING"), "WRONGPASS")


def modes():
    data = b"".join(b"*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$1\r\nx\r\n" % (len(k), k) for k in (f"{tag}:pipe:{i}".encode() for i in range(PIPED)))
    contains(cli("--pipe", data=data), f"errors: 0, replies: {PIPED}")
    check(len(set(cli("--scan", "--pattern", f"{tag}:pipe:*").splitlines())), PIPED)
    contains(cli("--bigkeys"), "Sampled")
    contains(cli("--memkeys"), "Sampled")
    minimum, most, mean, samples = cli("--latency", "-i", "1").split()
    check(int(samples) > 10 and float(mean) < 100, True)
    contains(cli("-r", "3", "-i", "0.01", "PING"), "PONG\nPONG\nPONG")
    contains(cli("COMMAND", "DOCS", "get"), "summary")


class Running:
    """redis-cli, going on until it is stopped."""

    def __init__(self, *words):
        self.child = subprocess.Popen(["redis-cli", *WHERE, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.seen = b""

    def expect(self, text):
        end = time.monotonic() + SECONDS
        while text not in self.seen:
            assert time.monotonic() < end and self.child.poll() is None, f"no {text!r} in {self.seen!r}"
            if select.select([self.child.stdout], [], [], 0.1)[0]:
                self.seen += os.read(self.child.stdout.fileno(), 65536)

    def stop(self):
        self.child.terminate()
        self.child.wait()


def monitor():
    watcher = Running("MONITOR")
    try:
        watcher.expect(b"OK")
        cli("SET", f"{tag}:monitored", "y")
        watcher.expect(f'"SET" "{tag}:monitored" "y"'.encode())
        check(re.search(rb'^\d+\.\d+ \[\d+ \S+\] "SET"', watcher.seen, re.MULTILINE) is not None, True)
    finally:
        watcher.stop()


def subscribe():
    listener = Running("SUBSCRIBE", f"{tag}:news")
    try:
        listener.expect(b"subscribe")
        check(cli("PUBLISH", f"{tag}:news", "hello"), "1")
        listener.expect(b"hello")
    finally:
        listener.stop()


def interactive():
    """At a terminal redis-cli asks for COMMAND DOCS, for HELP, hints of arguments, and completion."""
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
        os.execvpe("redis-cli", ["redis-cli", *WHERE], {**os.environ, "TERM": "xterm", "HOME": "/nonexistent"})
    seen = bytearray()

    def expect(text):
        end = time.monotonic() + SECONDS
        while text not in seen:
            assert time.monotonic() < end, f"no {text!r} in {bytes(seen)!r}"
            if select.select([terminal], [], [], 0.1)[0]:
                seen.extend(os.read(terminal, 65536))
        del seen[:seen.index(text) + len(text)]
        check(True, True)

    def say(keys, *answers):
        expect(b"> ")
        os.write(terminal, keys)
        for answer in answers:
            expect(answer)

    try:
        say(b"HELP GETEX\r", b"since:", b"6.2.0")
        say(b"hincrbyf\t", b"HINCRBYFLOAT")    # completed
        os.write(terminal, b" ")
        expect(b"increment")                    # the hint
        os.write(terminal, b"h f 1.5\r")
        expect(b'"1.5"')
        say(b"MULTI\r", b"OK", b"(TX)")
        say(b"PING\r", b"QUEUED", b"(TX)")
        say(b"EXEC\r", b"PONG")
        say(b"SELECT 3\r", b"OK", b"[3]")
        say(b"QUIT\r")
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)


for case in (commands, modes, monitor, subscribe, interactive):
    case()
done()
