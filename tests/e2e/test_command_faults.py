# SPDX-License-Identifier: Apache-2.0
"""Commands that misbehave: a clear error in time, no memory, zombie, process or descriptor left behind."""

import asyncio
import os
import pathlib
import signal
import time

from support.daemon import command_route
from support.options import scaled
from support.process import alive, children, descriptors, memory_peak
from support.scenario import scenario

TIMEOUT = 0.5         # of a load
GRACE = 2.0           # between SIGTERM and SIGKILL
MEMORY = 64 * 2**20   # that one load may cost


class command_faults(scenario):
    async def serve(self, script, argv=None, pass_fds=(), **settings):
        """A daemon with one route that runs a shell script, and a client. Files that the script makes are in self.folder."""
        path = pathlib.Path(self.folder, "load.sh")
        path.write_text(f"cd {self.folder}\n{script}\n")
        command = {"timeout": f"{int(TIMEOUT * 1000)}ms", **settings.pop("command", {})}
        route = command_route("job", argv or ["/bin/sh", str(path), "{id}"], command=command, wait={"timeout": "20s"}, **settings)
        self.daemon = await self.start_daemon([route], pass_fds=pass_fds)
        self.client = await self.connect(self.daemon)
        await self.daemon.metrics()
        self.before = descriptors(self.daemon.pid)
        return self.client

    async def until(self, condition, what, deadline=5.0):
        end = time.monotonic() + scaled(deadline)
        while not (result := condition()):
            self.assertLess(time.monotonic(), end, what() if callable(what) else what)
            await asyncio.sleep(0.01)
        return result

    async def pid_in(self, name):
        path = pathlib.Path(self.folder, name)
        return int(await self.until(lambda: path.exists() and path.read_text().strip(), f"no pid in {name}"))

    async def assert_nothing_left(self):
        await self.until(lambda: not children(self.daemon.pid), lambda: f"left: {children(self.daemon.pid)}")
        await self.until(lambda: descriptors(self.daemon.pid) == self.before,
                         lambda: f"descriptors {self.before} became {descriptors(self.daemon.pid)}")

    async def assert_fails(self, *parts, within, key="job:1"):
        began = time.monotonic()
        self.assert_error(await self.client.call("GET", key), "herdgate: route 'job': load failed: ", *parts)
        took = time.monotonic() - began
        self.assertLess(took, within)
        await self.assert_nothing_left()
        self.figure(error_after_ms=took * 1000)

    async def test_a_command_killed_from_outside_is_an_error_at_once(self):
        client = await self.serve("echo $$ > pid.new; mv pid.new pid; exec sleep 60", command={"timeout": "1m"})
        reply = client.send("GET", "job:1")
        os.kill(await self.pid_in("pid"), signal.SIGKILL)
        self.assert_error(await asyncio.wait_for(reply, scaled(2)), "load failed: killed by signal 9")
        await self.assert_nothing_left()

    async def test_a_command_that_never_exits_is_ended_at_its_timeout(self):
        await self.serve("exec sleep 60")
        await self.assert_fails("not finished within 500 ms", within=TIMEOUT + scaled(1))

    async def test_a_command_that_ignores_sigterm_is_killed_two_seconds_later(self):
        await self.serve("trap '' TERM; echo $$ > pid; while :; do sleep 0.1; done")
        await self.assert_fails("not finished within 500 ms", within=TIMEOUT + GRACE + scaled(1))
        self.assertFalse(alive(await self.pid_in("pid")))

    async def test_a_grandchild_that_holds_the_output_delays_nothing_and_is_ended(self):
        client = await self.serve("sleep 60 & echo $! > pid; printf done", command={"timeout": "1m"})
        began = time.monotonic()
        self.assertEqual(await client.call("GET", "job:1"), b"done")
        self.assertLess(time.monotonic() - began, scaled(1))
        grandchild = await self.pid_in("pid")
        await self.until(lambda: not alive(grandchild), "the grandchild lives")
        await self.assert_nothing_left()

    async def test_a_grandchild_is_ended_with_a_command_that_timed_out(self):
        await self.serve("sleep 60 & echo $! > pid; wait")
        await self.assert_fails("not finished within 500 ms", within=TIMEOUT + scaled(1))
        grandchild = await self.pid_in("pid")
        await self.until(lambda: not alive(grandchild), "the grandchild lives")

    async def test_a_grandchild_that_ignores_sigterm_is_killed_too(self):
        await self.serve("(trap '' TERM; while :; do sleep 0.1; done) & echo $! > pid; wait")
        await self.assert_fails("not finished within 500 ms", within=TIMEOUT + GRACE + scaled(1))
        grandchild = await self.pid_in("pid")
        await self.until(lambda: not alive(grandchild), "the grandchild lives")

    async def test_a_grandchild_in_a_session_of_its_own_delays_nothing(self):
        client = await self.serve("setsid sh -c 'echo $$ > pid; exec sleep 60' & while [ ! -s pid ]; do sleep 0.01; done; printf done",
                                  command={"timeout": "1m"})
        began = time.monotonic()
        self.assertEqual(await client.call("GET", "job:1"), b"done")
        self.assertLess(time.monotonic() - began, scaled(2))
        os.kill(await self.pid_in("pid"), signal.SIGKILL)    # out of the daemon's reach, by its own choice
        await self.assert_nothing_left()

    async def test_a_gigabyte_of_output_is_an_error_and_no_memory(self):
        await self.serve("exec head -c 1G /dev/zero", command={"timeout": "30s"})
        before = memory_peak(self.daemon.pid)
        await self.assert_fails("output larger than 16777216 bytes", within=scaled(5))
        grown = memory_peak(self.daemon.pid) - before
        self.figure(peak_memory_grown_mib=grown / 2**20)
        self.assertLess(grown, scaled(MEMORY))

    async def test_a_gigabyte_on_standard_error_is_read_and_dropped(self):
        client = await self.serve("head -c 1G /dev/zero >&2; printf done", command={"timeout": "30s"})
        before = memory_peak(self.daemon.pid)
        self.assertEqual(await client.call("GET", "job:1", deadline=scaled(20)), b"done")
        self.assertLess(memory_peak(self.daemon.pid) - before, scaled(MEMORY))
        await self.assert_nothing_left()

    async def test_an_exit_status_is_an_error_that_names_it(self):
        await self.serve("printf partial; exit 3")
        await self.assert_fails("exit status 3", within=scaled(1))

    async def test_the_exit_status_for_absence_is_nil(self):
        client = await self.serve("exit 44", command={"absent_exit": 44})
        self.assertIsNone(await client.call("GET", "job:1"))
        await self.assert_nothing_left()

    async def test_a_program_that_is_not_there_is_an_error_that_names_it(self):
        await self.serve("", argv=["/nonexistent/loader", "{id}"])
        await self.assert_fails("cannot start 'loader'", within=scaled(1))

    async def test_a_failing_command_runs_once_in_a_backoff_window(self):
        client = await self.serve("echo run >> runs; exit 3")
        end, asked = time.monotonic() + 0.7, 0    # the window is a second, at most a fifth shorter
        while time.monotonic() < end:
            self.assert_error(await client.call("GET", "job:1"), "exit status 3")
            asked += 1
        self.assertGreater(asked, 10)
        self.assertEqual(pathlib.Path(self.folder, "runs").read_text(), "run\n")

    async def test_a_command_sees_no_descriptor_but_the_three_standard_ones(self):
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        self.addCleanup(os.close, write)
        program = pathlib.Path(self.folder, "list.py")
        program.write_text("import os\ndef is_open(fd):\n    try: os.fstat(fd)\n    except OSError: return False\n    return True\n"
                           "print([fd for fd in range(4096) if is_open(fd)], end='')\n")
        # The daemon itself inherits one that is not close-on-exec.
        client = await self.serve("", argv=["/usr/bin/python3", str(program)], pass_fds=(write,), command={"timeout": "30s"})
        self.assertEqual(await client.call("GET", "job:1"), b"[0, 1, 2]")
        await self.assert_nothing_left()

    async def test_a_hundred_failing_commands_leave_nothing_behind(self):
        client = await self.serve('case $1 in *0) exec sleep 60;; *1) kill -9 $$;; *2) sleep 60 & ;; *3) exit 3;; esac; printf "%s" "$1"',
                                  limit={"concurrency": 20})
        replies = await client.pipeline([("GET", f"job:{i}") for i in range(100)])
        for i, reply in enumerate(replies):
            wanted = {0: "not finished within", 1: "killed by signal 9", 3: "exit status 3"}.get(i % 10)
            if wanted:
                self.assert_error(reply, wanted)
            else:
                self.assertEqual(reply, str(i).encode())
        await self.assert_nothing_left()

    async def test_a_key_cannot_become_an_option_or_a_second_command(self):
        client = await self.serve('printf "[%s]" "$@"')
        self.assertEqual(await client.call("GET", "job:a b;touch x $(touch y)"), b"[a b;touch x $(touch y)]")
        self.assert_error(await client.call("GET", "job:-rf"), "key refused")
        self.assert_error(await client.call("GET", b"job:a\0b"), "key refused")
        self.assertEqual({"x", "y"} & set(os.listdir(self.folder)), set())
