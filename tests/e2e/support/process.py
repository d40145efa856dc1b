# SPDX-License-Identifier: Apache-2.0
"""Runs programs whose lines of output a test waits for, and looks at processes through /proc."""

import asyncio
import contextlib
import os
import pathlib
import re
import signal

from . import options


unfinished = set()    # the pids of what start() has started and nobody has seen end


def kill_unfinished():
    """For a run that is cut short."""
    for pid in unfinished:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class process:
    """A program and the lines of one of its outputs. It is ended by its pid, at the latest by kill()."""

    def __init__(self, child, stream):
        self.child = child
        self.pid = child.pid
        unfinished.add(self.pid)
        self.lines = []
        self.grown = asyncio.Condition()
        self.reading = asyncio.get_running_loop().create_task(self.read(stream))

    @classmethod
    async def start(cls, *argv, watch, **more):
        pipes = {"stdin": asyncio.subprocess.DEVNULL, "stdout": asyncio.subprocess.DEVNULL, watch: asyncio.subprocess.PIPE}
        child = await asyncio.create_subprocess_exec(*argv, **pipes, **more)
        return cls(child, child.stdout if watch == "stdout" else child.stderr)

    async def read(self, stream):
        while line := await stream.readline():
            async with self.grown:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self.grown.notify_all()
        async with self.grown:
            self.grown.notify_all()

    @property
    def text(self):
        return "\n".join(self.lines)

    async def wait_line(self, pattern, deadline=15.0):
        """The match of the first line that has `pattern`."""
        def look():
            return next((m for line in self.lines if (m := re.search(pattern, line))), None)

        async def wait():
            async with self.grown:
                await self.grown.wait_for(lambda: look() or self.child.returncode is not None or self.reading.done())
            if found := look():
                return found
            raise AssertionError(f"it ended without a line like {pattern!r}:\n{self.text}")

        try:
            return await asyncio.wait_for(wait(), options.scaled(deadline))
        except asyncio.TimeoutError:
            raise AssertionError(f"no line like {pattern!r} in time:\n{self.text}") from None

    async def wait_exit(self, deadline):
        """The exit status."""
        status = await asyncio.wait_for(self.child.wait(), deadline)
        unfinished.discard(self.pid)
        await self.reading
        return status

    @property
    def running(self):
        return self.child.returncode is None

    async def kill(self):
        if self.running:
            self.child.kill()
            await self.child.wait()
        unfinished.discard(self.pid)
        self.reading.cancel()


def children(pid):
    """The processes, zombies included, whose parent is `pid`: pid → state."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found[int(entry.name)] = fields[0]
    return found


def alive(pid):
    """Whether `pid` runs: a zombie does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def descriptors(pid):
    return sorted(int(name) for name in os.listdir(f"/proc/{pid}/fd"))


def memory_peak(pid):
    """The most resident memory so far, in bytes."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) * 1024
