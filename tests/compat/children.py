# SPDX-License-Identifier: Apache-2.0
"""Programs that a run has started: each leads a process group of its own, and is ended by its id, at the latest by end_all()."""

import os
import pathlib
import re
import signal
import subprocess
import threading
import time

running = {}    # pid: child
closing = threading.Lock()    # held while one is started
closed = False    # nothing is started any more


class did_not_start(Exception):
    """A program ended, or did not say what it says when it is ready."""


class child:
    def __init__(self, argv, log, cwd=None, env=None):
        self.log = pathlib.Path(log)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.name = pathlib.Path(argv[0]).name
        with self.log.open("wb") as out, closing:
            if closed:
                raise did_not_start("the run is over")
            self.process = subprocess.Popen([str(word) for word in argv], cwd=cwd, env=env, stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
            self.pid = self.process.pid
            running[self.pid] = self

    @property
    def alive(self):
        return self.process.poll() is None

    @property
    def text(self):
        return self.log.read_text("utf-8", "replace")

    def tail(self, lines=20):
        return "\n".join(self.text.splitlines()[-lines:])

    def wait_for(self, pattern, deadline=15.0):
        """The match of `pattern` in what it prints."""
        end = time.monotonic() + deadline
        while True:
            alive, found = self.alive, re.search(pattern, self.text)
            if found:
                return found
            if not alive or time.monotonic() > end:
                raise did_not_start(f"{self.name} does not start:\n{self.tail()}")
            time.sleep(0.02)

    def wait(self, deadline):
        """Whether it has ended by itself within `deadline` seconds."""
        try:
            self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self, gently=0.0):
        """Ends it and what it has started; with SIGTERM and so many seconds first. Returns its exit status."""
        if gently and self.alive:
            self.process.terminate()
            self.wait(gently)
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        status = self.process.wait()
        running.pop(self.pid, None)
        return status


def end_all():
    """Ends all there are; none can be started after that."""
    global closed
    with closing:
        closed = True
    for each in list(running.values()):
        each.end()
