# SPDX-License-Identifier: Apache-2.0
"""redis-py."""

import threading

import redis

from settings import check, database, done, host, name, port, tag, tls, told, unix

PIPELINED = SCANNED = 1000
BYTES = bytes(range(256)) * 40


def connect(database=database):
    where = {"unix_socket_path": unix} if told["through_unix"] else {"host": host, "port": port}
    if tls:
        where.update(ssl=True, ssl_ca_certs=tls["ca"], ssl_certfile=tls["cert"], ssl_keyfile=tls["key"])
    return redis.Redis(**where, db=database, client_name=name)


def connects(r):
    check(r.ping(), True)
    check(r.client_getname(), name)
    r.set(f"{tag}:here", "x")
    other = connect()
    check(other.get(f"{tag}:here"), b"x")
    check(other.info("server")["redis_mode"], "standalone")
    if database:
        check(connect(0).get(f"{tag}:here"), None)


def pipelines(r):
    pipe = r.pipeline(transaction=False)
    for i in range(PIPELINED):
        pipe.set(f"{tag}:pipe:{i}", i).get(f"{tag}:pipe:{i}")
    replies = pipe.execute()
    check(replies[0::2], [True] * PIPELINED)
    check(replies[1::2], [str(i).encode() for i in range(PIPELINED)])
    pipe = r.pipeline()    # a transaction
    for i in range(PIPELINED):
        pipe.incr(f"{tag}:counter")
    check(pipe.execute(), list(range(1, PIPELINED + 1)))


def transactions(r):
    key, other = f"{tag}:watched", connect()
    r.set(key, 1)
    with r.pipeline() as pipe:
        pipe.watch(key)
        value = int(pipe.get(key))
        pipe.multi()
        pipe.set(key, value + 1).get(key)
        check(pipe.execute(), [True, b"2"])
        pipe.watch(key)
        other.set(key, 10)
        pipe.multi()
        pipe.set(key, 3)
        try:
            pipe.execute()
            check("the transaction", "lost")
        except redis.WatchError:
            check(r.get(key), b"10")
    check(r.transaction(lambda pipe: (pipe.multi(), pipe.incr(key)), key), [11])


def pub_sub(r):
    with r.pubsub() as listener:
        listener.subscribe(f"{tag}:news")
        listener.psubscribe(f"{tag}:other:*")
        for kind in ("subscribe", "psubscribe"):
            check(listener.get_message(timeout=5)["type"], kind)
        for i in range(20):
            check(r.publish(f"{tag}:news", f"text {i}"), 1)
            check(r.publish(f"{tag}:other:{i}", BYTES), 1)
        for i in range(20):
            check(listener.get_message(timeout=5)["data"], f"text {i}".encode())
            message = listener.get_message(timeout=5)
            check((message["pattern"], message["channel"], message["data"]),
                  (f"{tag}:other:*".encode(), f"{tag}:other:{i}".encode(), BYTES))
        listener.ping()
        check(listener.get_message(timeout=5)["type"], "pong")
        listener.unsubscribe()
        listener.punsubscribe()
        check([listener.get_message(timeout=5)["type"] for _ in range(2)], ["unsubscribe", "punsubscribe"])
    check(r.publish(f"{tag}:news", "nobody"), 0)


def blocking(r):
    key, found = f"{tag}:queue", []
    check(r.blpop(key, timeout=1), None)
    waiter = threading.Thread(target=lambda: found.extend(connect().blpop([f"{tag}:none", key], timeout=10) for _ in range(3)))
    waiter.start()
    for i in range(3):
        r.rpush(key, f"job {i}")
    waiter.join(20)
    check(found, [(key.encode(), f"job {i}".encode()) for i in range(3)])
    r.xadd(f"{tag}:stream", {"a": "1"}, id="1-1")
    check(r.xread({f"{tag}:stream": "0"}, block=100), [[f"{tag}:stream".encode(), [(b"1-1", {b"a": b"1"})]]])
    check(r.xread({f"{tag}:stream": "1-1"}, block=50), [])


def scripts(r):
    check(r.eval("return {KEYS[1], ARGV[1], 3, redis.call('GET', KEYS[1])}", 1, f"{tag}:none", "x"),
          [f"{tag}:none".encode(), b"x", 3, None])
    script = r.register_script(f"return redis.call('INCRBY', KEYS[1], ARGV[1]) -- {tag}")
    try:
        r.evalsha(script.sha, 1, f"{tag}:n", 5)
        check("EVALSHA", "NOSCRIPT")
    except redis.exceptions.NoScriptError as error:
        check("No matching script" in str(error), True)
    check([script(keys=[f"{tag}:n"], args=[5]) for _ in range(3)], [5, 10, 15])
    check(r.script_exists(script.sha, "0" * 40), [True, False])


def scanning(r):
    r.mset({f"{tag}:scan:{i}": i for i in range(SCANNED)})
    check(sorted(r.scan_iter(f"{tag}:scan:*", count=100)), sorted(f"{tag}:scan:{i}".encode() for i in range(SCANNED)))
    r.hset(f"{tag}:hash", mapping={i: i for i in range(SCANNED)})
    check(len(dict(r.hscan_iter(f"{tag}:hash"))), SCANNED)


def bytes_and_errors(r):
    r.set(f"{tag}:bytes\x00\r\n", BYTES)
    check(r.get(f"{tag}:bytes\x00\r\n"), BYTES)
    for call, text in ((lambda: r.lpush(f"{tag}:here", "x"), "wrong kind of value"), (lambda: r.execute_command("NOSUCH", "a"), "unknown command"),
                       (lambda: r.incr(f"{tag}:here"), "not an integer")):
        try:
            call()
            check("a reply", "an error")
        except redis.ResponseError as error:
            check(text in str(error), True)
    check(r.get(f"{tag}:here"), b"x")


client = connect()
for case in (connects, pipelines, transactions, pub_sub, blocking, scripts, scanning, bytes_and_errors):
    case(client)
done()
