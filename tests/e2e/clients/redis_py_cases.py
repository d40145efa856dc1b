# SPDX-License-Identifier: Apache-2.0
"""redis-py, RESP2: single commands, pipelines, concurrent connections, errors, expiry, scanning."""

import json
import random
import threading

import redis

THREADS = 20
PIPELINED = 2000
SCANNED = 5000


def open_client(world, **options):
    return redis.Redis("127.0.0.1", world.open.port, **{"socket_timeout": 60, **options})


def check(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def check_product(value, name):
    check(json.loads(value)["id"], name)


def fails(text, call, *arguments):
    """The call raises the library's usual error, with this text."""
    try:
        call(*arguments)
    except redis.ResponseError as error:
        assert text in str(error), error
    else:
        raise AssertionError(f"no error: {text}")


def connects(world):
    with open_client(world) as client:
        check(client.ping(), True)
    with open_client(world, client_name="tests", db=3, decode_responses=True, health_check_interval=1) as client:
        check(client.client_getname(), "tests")
        check(client.set("py:database", "3"), True)
        assert any(row["name"] == "tests" and row["db"] == "3" for row in client.client_list())
        assert client.client_id() > 0
        check(client.info()["redis_version"], "7.0.15")
        check(client.config_get("maxmemory-policy"), {"maxmemory-policy": "allkeys-lru"})
        assert client.command_count() > 50
        assert client.time()[0] > 1_600_000_000
        check(client.echo("é"), "é")
    with open_client(world) as client:
        check(client.get("py:database"), None)


def logs_in(world):
    address = ("127.0.0.1", world.closed.port)
    for options in ({"username": world.user}, {}):
        with redis.Redis(*address, password=world.password, db=3, client_name="x", **options) as client:
            check(client.get("greeting:py-auth"), b"Hello, py-auth!")
    with redis.Redis(*address) as client:
        try:
            client.get("greeting:py-auth")
            raise AssertionError("served without a password")
        except redis.AuthenticationError:
            pass
    with redis.Redis(*address, username=world.user, password="wrong") as client:
        fails("WRONGPASS", client.ping)


def reads_together(world):
    """Cold and warm, from many connections at once: one load, one value for all."""
    barrier, problems = threading.Barrier(THREADS), []

    def read():
        try:
            with open_client(world, single_connection_client=True) as client:
                client.ping()
                for turn in range(5):
                    barrier.wait(30)
                    for name in (f"py-{turn}", f"py-{turn}-second"):
                        check(json.loads(client.get(f"product:{name}")), {"id": name, "load": 1, "version": 1})
                        check(client.get(f"greeting:{name}"), f"Hello, {name}!".encode())
        except Exception as problem:
            problems.append(problem)
            barrier.abort()

    threads = [threading.Thread(target=read) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems


def mixed_commands(prefix, random_source):
    """A command and a check of its reply, PIPELINED times: hits, misses, keys without a route, MGET of all kinds."""
    written = {}
    for index in range(PIPELINED):
        name = f"{prefix}-{random_source.randrange(400)}"
        kind = random_source.randrange(6)
        if kind == 0:
            yield ("GET", f"product:{name}"), lambda reply, name=name: check_product(reply, name)
        elif kind == 1:
            yield ("GET", f"greeting:{name[:-1]}"), lambda reply, name=name[:-1]: check(reply, f"Hello, {name}!".encode())
        elif kind == 2:
            written[name] = f"{name} at {index}".encode()
            yield ("SET", f"own:{name}", written[name]), lambda reply: check(reply in (True, b"OK"), True)
        elif kind == 3:
            yield ("GET", f"own:{name}"), lambda reply, value=written.get(name): check(reply, value)
        elif kind == 4:
            def check_all(reply, name=name, value=written.get(name)):
                check_product(reply[0], name)
                check(reply[1], value)
                check_product(reply[2], prefix)
            yield ("MGET", f"product:{name}", f"own:{name}", f"product:{prefix}"), check_all
        else:
            yield ("ECHO", f"{prefix} {index}"), lambda reply, i=index: check(reply, f"{prefix} {i}".encode())


def pipelines(world):
    with open_client(world) as client:
        for turn in ("cold", "warm"):
            commands = list(mixed_commands(f"py-{turn}", random.Random(1)))
            pipeline = client.pipeline(transaction=False)
            for words, _ in commands:
                pipeline.execute_command(*words)
            replies = pipeline.execute(raise_on_error=False)
            check(len(replies), len(commands))
            for reply, (_, check_reply) in zip(replies, commands):
                check_reply(reply)


def one_by_one(world):
    with open_client(world) as client:
        for words, check_reply in list(mixed_commands("py-single", random.Random(2)))[:300]:
            check_reply(client.execute_command(*words))


def errors(world):
    with open_client(world, single_connection_client=True) as client:
        connection = client.client_id()
        fails("load failed", client.get, "broken:py")
        fails("broken", client.mget, "product:py-errors", "broken:py-2")
        fails("needs an upstream Redis (upstream.url is not set", client.lpush, "list", "a")
        fails("unknown command 'NOSUCH'", client.execute_command, "NOSUCH")
        fails("not an integer", lambda: (client.set("own:text", "x"), client.incr("own:text")))
        pipeline = client.pipeline(transaction=False)
        pipeline.get("product:py-errors").get("broken:py-3").set("own:after", "1").lpush("l", "a").get("own:after")
        first, second, third, fourth, fifth = pipeline.execute(raise_on_error=False)
        check_product(first, "py-errors")
        assert isinstance(second, redis.ResponseError) and "load failed" in str(second), second
        check(third, True)
        assert isinstance(fourth, redis.ResponseError), fourth
        check(fifth, b"1")
        check(client.client_id(), connection)


def strings(world):
    with open_client(world, decode_responses=True) as client:
        client.delete("s")
        check(client.set("s", "1", nx=True, ex=100), True)
        check(client.set("s", "2", nx=True), None)
        check(client.set("s", "2", xx=True, get=True, keepttl=True), "1")
        assert 0 < client.ttl("s") <= 100
        check(client.set("missing", "2", xx=True), None)
        check((client.incr("s"), client.incrby("s", 5), client.decr("s")), (3, 8, 7))
        check(client.incrbyfloat("s", 0.5), 7.5)
        check(client.append("s", "!"), 4)
        check((client.getrange("s", 0, 1), client.strlen("s")), ("7.", 4))
        check(client.getex("s", persist=True), "7.5!")
        check(client.ttl("s"), -1)
        check(client.getdel("s"), "7.5!")
        check(client.exists("s"), 0)
        check(client.mset({"a": "1", "b": "2"}), True)
        check(client.msetnx({"b": "1", "c": "2"}), False)
        check(client.mget("a", "nothing", "b"), ["1", None, "2"])


def expiry(world):
    with open_client(world) as client:
        client.set("e", "1")
        check(client.expire("e", 100), True)
        assert 99 <= client.ttl("e") <= 100 and 99000 <= client.pttl("e") <= 100000
        check(client.persist("e"), True)
        check(client.ttl("e"), -1)
        check(client.ttl("missing"), -2)
        check(client.expire("missing", 1), False)
        check((client.pexpire("e", 1), client.type("a")), (True, b"string"))


def scanning(world):
    with open_client(world, db=5, decode_responses=True) as client:
        client.flushdb()
        pipeline = client.pipeline(transaction=False)
        for i in range(SCANNED):
            pipeline.set(f"scan:{i}", i)
        pipeline.execute()
        check(client.dbsize(), SCANNED)
        names = {f"scan:{i}" for i in range(SCANNED)}
        check(set(client.scan_iter()), names)
        check(set(client.scan_iter(match="scan:1*", count=100)), {name for name in names if name[5] == "1"})
        check(set(client.keys("scan:*")), names)
        check((client.exists("scan:1", "scan:2", "no"), client.delete("scan:1", "no"), client.unlink("scan:2")), (2, 1, 1))
        check(client.exists("scan:1", "scan:2"), 0)
        check(client.flushdb(), True)
        check(client.dbsize(), 0)


def binary(world):
    everything = bytes(range(256))
    with open_client(world) as client:
        client.set(b"own:" + everything, everything * 100)
        check(client.get(b"own:" + everything), everything * 100)
        check_product(client.get("product:a/../b c\r\nd é"), "a/../b c\r\nd é")


CASES = [connects, logs_in, reads_together, pipelines, one_by_one, errors, strings, expiry, scanning, binary]


def run(report, world):
    for case in CASES:
        report.run(f"redis-py: {case.__name__}", case, world)
