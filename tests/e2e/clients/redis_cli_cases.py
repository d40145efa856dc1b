# SPDX-License-Identifier: Apache-2.0
"""redis-cli: plain, RESP3, as a pipe, interactive, and its scanning and latency modes."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from resp import encode

PIPED = 10000


class Cli:
    def __init__(self, world, *options):
        self.world = world
        self.options = list(options)

    def argv(self, *words, daemon=None):
        port = (daemon or self.world.open).port
        return ["redis-cli", "-h", "127.0.0.1", "-p", str(port), *self.options, *words]

    def __call__(self, *words, data=b"", daemon=None):
        done = subprocess.run(self.argv(*words, daemon=daemon), input=data, capture_output=True, timeout=60)
        return (done.stdout + done.stderr).decode().strip()


def check(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def routed(cli):
    name = "cli" + "".join(cli.options).replace("-", "")
    for _ in range(2):
        check(cli("GET", f"product:{name}"), f'{{"id":"{name}","load":1,"version":1}}')
        check(cli("GET", f"greeting:{name}"), f"Hello, {name}!")


def unrouted(cli):
    check(cli("SET", "cli:key", "value"), "OK")
    check(cli("-n", "3", "GET", "cli:key"), "")
    check(cli("GET", "cli:key"), "value")
    check(cli("DEL", "cli:key"), "1")


def errors(cli):
    assert "load failed" in (text := cli("GET", "broken:cli")), text
    assert "needs an upstream Redis" in (text := cli("LPUSH", "list", "a")), text
    assert text.startswith("ERR"), text
    assert "unknown command" in (text := cli("NOSUCH", "a")), text
    check(cli(data=b"GET broken:cli2\nPING\n").splitlines()[-1], "PONG")


def info(cli):
    text = cli("INFO")
    for field in ("redis_version:7.0.15", "loading:0", "role:master", "cluster_enabled:0", "maxmemory_policy:"):
        assert field in text, text
    assert "redis_version" not in cli("INFO", "clients")


def database_and_password(cli):
    closed = cli.world.closed
    assert "NOAUTH" in cli("GET", "greeting:x", daemon=closed)
    options = ["--no-auth-warning", "-n", "3", "--user", cli.world.user, "--pass", cli.world.password]
    check(cli(*options, "GET", "greeting:x", daemon=closed), "Hello, x!")
    check(cli("--no-auth-warning", "-a", cli.world.password, "PING", daemon=closed), "PONG")
    assert "WRONGPASS" in cli("--no-auth-warning", "-a", "wrong", "PING", daemon=closed)


def pipe(cli):
    data = b"".join(encode("SET", f"pipe:{i}", f"value of {i}") for i in range(PIPED))
    text = cli("--pipe", data=data)
    assert f"errors: 0, replies: {PIPED}" in text, text
    check(cli("MGET", "pipe:0", f"pipe:{PIPED - 1}").splitlines(), ["value of 0", f"value of {PIPED - 1}"])


def scan(cli):
    names = cli("--scan", "--pattern", "pipe:*").splitlines()
    check(len(names), PIPED)
    check(len(set(names)), PIPED)


def big_keys(cli):
    text = cli("--bigkeys")
    assert re.search(r"Sampled (\d+) keys in the keyspace", text), text


def latency(cli):
    """--latency runs for one second (-i 1) and prints min, max, avg and samples when it has no terminal."""
    fields = cli("--latency", "-i", "1").split()
    check(len(fields), 4)
    assert float(fields[2]) < 100 and int(fields[3]) > 10, fields


def interactive(cli):
    """A session at a terminal: redis-cli asks for COMMAND DOCS to help with the arguments."""
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        os.execvpe("redis-cli", cli.argv(), {**os.environ, "TERM": "xterm", "HOME": "/nonexistent"})
    seen = bytearray()

    def expect(text, seconds=15):
        end = time.monotonic() + seconds
        while text not in seen:
            assert time.monotonic() < end and pid_alive(), f"no {text!r} in {bytes(seen)!r}"
            if select.select([terminal], [], [], 0.1)[0]:
                seen.extend(os.read(terminal, 65536))

    def pid_alive():
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def ask(line, answer):
        """At a prompt: what is typed ahead of it is dropped by redis-cli's line editor."""
        expect(b"> ")
        seen.clear()
        os.write(terminal, line + b"\r")
        expect(b"\r\n")    # the end of the typed line's echo
        del seen[:seen.index(b"\r\n")]
        expect(answer)
        del seen[:seen.index(answer) + len(answer)]

    try:
        ask(b"HELP GET", b"since:")    # from COMMAND DOCS
        ask(b"GET greeting:tty", b"Hello, tty!")
        ask(b"COMMAND COUNT", b"(integer)")
        expect(b"> ")
        os.write(terminal, b"QUIT\r")
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)


CASES = [routed, unrouted, errors, info, database_and_password]


def run(report, world):
    for name, options in (("redis-cli", []), ("redis-cli -3", ["-3"])):
        for case in CASES:
            report.run(f"{name}: {case.__name__}", case, Cli(world, *options))
    for case in (pipe, scan, big_keys, latency, interactive):
        report.run(f"redis-cli: {case.__name__}", case, Cli(world))
    report.run("redis-cli: flush", lambda cli: check(cli("FLUSHDB"), "OK"), Cli(world))
