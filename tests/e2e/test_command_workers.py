# SPDX-License-Identifier: Apache-2.0
"""Commands that are kept running: keys in, values out; those that die, hang or talk nonsense are replaced."""

import asyncio
import os
import pathlib
import signal
import time

from support import options
from support.daemon import command_route
from support.options import scaled
from support.process import alive, children, descriptors
from support.scenario import scenario

EXAMPLES = options.ROOT / "config/examples"
PYTHON = "/usr/bin/python3"

# Frames in and out, and one function that a test gives.
FRAME = """
import os, signal, sys, time
def answer(text):
    sys.stdout.buffer.write(text if isinstance(text, bytes) else text.encode())
    sys.stdout.buffer.flush()
def ok(value):
    answer(b"ok %d\\n%s" % (len(value), value))
while line := sys.stdin.buffer.readline():
    key = sys.stdin.buffer.read(int(line))
    name = key.partition(b":")[2].decode("latin-1")
"""


class command_workers(scenario):
    async def serve(self, body=None, argv=None, workers=1, wait="30s", **command):
        """A daemon whose route is served by a worker; `body`: what the Python one does with `key` and `name`."""
        if body is not None:
            program = pathlib.Path(self.folder, "worker.py")
            program.write_text(FRAME + "".join(f"    {line}\n" for line in body.strip().splitlines()))
            argv = [PYTHON, str(program)]
        command = {"mode": "worker", "timeout": "20s", **command}
        route = command_route("job", argv, match="job:{id*}", command=command, wait={"timeout": wait}, backoff={"first": "1ms", "max": "1ms"})
        self.daemon = await self.start_daemon([route], workers=workers)
        self.client = await self.connect(self.daemon)
        await self.daemon.metrics()
        self.before = descriptors(self.daemon.pid)
        return self.client

    async def until(self, condition, what, deadline=5.0):
        end = time.monotonic() + scaled(deadline)
        while not (result := condition()):
            self.assertLess(time.monotonic(), end, what)
            await asyncio.sleep(0.01)
        return result

    def processes(self):
        return sorted(pid for pid, state in children(self.daemon.pid).items() if state != "Z")

    async def wait_restarts(self, count):
        return await self.daemon.wait_until(lambda m: m.get("loader_process_restarts_total") == count, f"{count} restarts")

    async def assert_only(self, count, clients=0):
        """So many processes and no zombie, four descriptors of ours for each."""
        await self.until(lambda: len(children(self.daemon.pid)) == count == len(self.processes()), children(self.daemon.pid))
        await self.until(lambda: len(descriptors(self.daemon.pid)) == len(self.before) + clients + 4 * count,
                         f"descriptors {self.before} became {descriptors(self.daemon.pid)}")
        seen = await self.daemon.metrics()
        self.assertEqual(seen.get("loader_processes", loader="job"), count)

    async def check_example(self, *argv):
        client = await self.serve(argv=argv)
        self.assertEqual(self.processes(), [], "nothing runs before the first key")
        replies = await client.pipeline([("GET", f"job:{i}") for i in range(20)] + [("GET", "job:none"), ("GET", "job:bad")])
        self.assertEqual(replies[:20], [f"value of job:{i}".encode() for i in range(20)])
        self.assertIsNone(replies[20])
        self.assert_error(replies[21], "load failed: this key cannot be loaded")
        binary = b"job:" + bytes(range(1, 256)) + b"\n\n"
        self.assertEqual(await client.call("GET", binary), b"value of " + binary)
        await self.assert_only(1)
        worker = self.processes()[0]
        await self.daemon.stop()
        self.assertFalse(alive(worker))

    async def test_the_python_example(self):
        await self.check_example(PYTHON, str(EXAMPLES / "worker.py"))

    async def test_the_shell_example(self):
        await self.check_example("/bin/sh", str(EXAMPLES / "worker.sh"))

    async def test_any_bytes_large_and_small(self):
        client = await self.serve("ok({'0': b'', '1': bytes(range(256)), '2': b'ok 1\\n', '3': os.urandom(1) * 3000000}[name])")
        self.assertEqual(await client.call("GET", "job:0"), b"")
        self.assertEqual(await client.call("GET", "job:1"), bytes(range(256)))
        self.assertEqual(await client.call("GET", "job:2"), b"ok 1\n")
        self.assertEqual(len(await client.call("GET", "job:3")), 3000000)
        await self.assert_only(1)

    async def test_many_clients_share_few_processes_in_order(self):
        await self.serve("ok(b'%d ' % os.getpid() + key)", processes=3, workers=2)
        clients = await self.connect(self.daemon, 40)
        replies = await asyncio.gather(*(c.call("GET", f"job:{n}-{i}") for n, c in enumerate(clients) for i in range(10)))
        keys = [reply.split(b" ")[1].decode() for reply in replies]
        self.assertEqual(keys, [f"job:{n}-{i}" for n in range(40) for i in range(10)])
        pids = {int(reply.split(b" ")[0]) for reply in replies}
        self.assertLessEqual(len(pids), 6)
        self.assertEqual(pids, set(self.processes()))
        seen = await self.daemon.wait_idle()
        self.assertEqual(seen.get("loads_total", outcome="ok"), 400)
        self.assertEqual(seen.get("loader_process_restarts_total"), 0)
        await self.assert_only(len(pids), clients=40)

    async def test_one_that_is_killed_fails_its_key_and_is_replaced(self):
        client = await self.serve("if name == 'slow': time.sleep(60)\nok(key)")
        self.assertEqual(await client.call("GET", "job:1"), b"job:1")
        slow, next_one = client.send("GET", "job:slow"), (await self.connect(self.daemon)).send("GET", "job:2")
        await self.daemon.wait_until(lambda m: m.get("waiters") == 2, "both wait")
        os.kill(self.processes()[0], signal.SIGKILL)
        self.assert_error(await slow, "load failed: 'python3': killed by signal 9")
        self.assertEqual(await next_one, b"job:2", "who waits is served by the next")
        await self.wait_restarts(1)
        await self.assert_only(1, clients=1)

    async def test_one_that_is_killed_while_idle_fails_nobody(self):
        client = await self.serve("ok(key)")
        for i in range(3):
            self.assertEqual(await client.call("GET", f"job:{i}"), b"job:%d" % i)
            os.kill(self.processes()[0], signal.SIGKILL)
            await self.until(lambda: not children(self.daemon.pid), "it is reaped")
        self.assertEqual(await client.call("GET", "job:x"), b"job:x")
        await self.wait_restarts(3)
        await self.assert_only(1)

    async def test_an_answer_before_the_end_counts(self):
        client = await self.serve("ok(key)\nos._exit(3)")
        for i in range(3):
            self.assertEqual(await client.call("GET", f"job:{i}"), b"job:%d" % i)
            await self.until(lambda: not children(self.daemon.pid), "it is reaped")

    async def test_a_hung_one_is_replaced_at_the_timeout(self):
        client = await self.serve("if name == 'hang': signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)\nok(key)", timeout="700ms")
        self.assertEqual(await client.call("GET", "job:1"), b"job:1")
        hung = self.processes()[0]
        began = time.monotonic()
        self.assert_error(await client.call("GET", "job:hang"), "not finished within 700 ms")
        self.assertLess(time.monotonic() - began, 0.7 + scaled(0.5))
        reply = await self.client.call("GET", "job:2")
        if isinstance(reply, bytes):    # a slow build may take longer to start Python than the time-out
            self.assertEqual(reply, b"job:2")
        await self.until(lambda: not alive(hung), "killed two seconds later", deadline=4)

    async def test_garbage_replaces_the_process(self):
        client = await self.serve("if name == 'text': print('hello', flush=True)\nelif name == 'more': answer('ok 1\\nab')\n"
                                  "elif name == 'large': answer('ok 99999999\\n')\nelif name == 'close': os.close(1); time.sleep(60)\nelse: ok(key)")
        wanted = {"text": "printed what is no answer", "more": "printed more than its answer",
                  "large": "output larger than 16777216 bytes", "close": "closed its standard output"}
        for name, reason in wanted.items():
            self.assert_error(await client.call("GET", "job:" + name), "load failed: 'python3': " + reason)
            self.assertEqual(await client.call("GET", "job:after " + name), b"job:after " + name.encode())
        await self.wait_restarts(4)
        await self.assert_only(1)

    async def test_one_that_talks_without_being_asked_is_replaced(self):
        client = await self.serve("ok(key)\nif name == 'talk': time.sleep(0.2); answer('ok 1\\nx')")
        self.assertEqual(await client.call("GET", "job:talk"), b"job:talk")
        await self.daemon.wait_until(lambda m: m.get("loader_processes") == 0, "it is gone")
        self.assertEqual(await client.call("GET", "job:1"), b"job:1")

    async def test_a_program_that_is_not_there_is_an_error_at_once(self):
        client = await self.serve(argv=["/nonexistent/worker"])
        began = time.monotonic()
        self.assert_error(await client.call("GET", "job:1"), "cannot start 'worker': No such file")
        self.assertLess(time.monotonic() - began, scaled(1))
        await self.assert_only(0)

    async def test_starts_are_paced_when_they_fail(self):
        client = await self.serve(argv=["/bin/sh", "-c", f"echo run >> {self.folder}/runs; exit 3"], timeout="5s")
        began, asked = time.monotonic(), 0
        while time.monotonic() - began < 1.0:
            self.assert_error(await client.call("GET", f"job:{asked}"), "exit status 3")
            asked += 1
        runs = pathlib.Path(self.folder, "runs").read_text().count("run")
        took = time.monotonic() - began
        self.assertLessEqual(asked, runs, "one that ends before it is asked fails no key")
        self.assertGreaterEqual(took, 0.075 * (2 ** (runs - 1) - 1), f"{runs} runs, 100, 200, 400, 800 ms less a quarter between them")
        await self.assert_only(0)

    async def test_keys_wait_for_one_process_within_their_time(self):
        client = await self.serve("time.sleep(0.05); ok(key)", timeout="1s")
        replies = await client.pipeline([("GET", f"job:{i}") for i in range(60)], deadline=scaled(30))
        answered = [r for r in replies if isinstance(r, bytes)]
        self.assertTrue(answered)
        for reply in replies:
            if not isinstance(reply, bytes):
                self.assert_error(reply, "within 1000 ms")

    async def test_a_daemon_that_ends_takes_workers_with_it(self):
        await self.serve("if name == 'term': signal.signal(signal.SIGTERM, signal.SIG_IGN); ok(key); time.sleep(60)\nok(key)", processes=2)
        self.assertEqual(await self.client.call("GET", "job:term"), b"job:term")
        stubborn = self.processes()
        await self.daemon.stop()
        self.assertFalse(any(alive(pid) for pid in stubborn))
