# SPDX-License-Identifier: Apache-2.0
"""The processes that a test starts: the daemon, the HTTP origin, a real Redis.

Each is ready to serve when its constructor returns, speaks on 127.0.0.1 or a unix socket of its own folder only, and is
ended by stop(), by its own process id. A daemon must end with status 0 and without a sanitizer's report.
"""

import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
ORIGIN = ROOT / "tests" / "support" / "origin.py"
START_SECONDS = 20
STOP_SECONDS = 30
SANITIZER_REPORT = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|assertion", re.IGNORECASE)
OPEN_FILES = 20000


def find_daemon():
    """The daemon of this tree's newest build."""
    built = [path for path in (ROOT / "build").glob("*/src/io/herdgate") if os.access(path, os.X_OK)]
    if not built:
        sys.exit("no daemon in build/: say where with --bin PATH")
    return max(built, key=lambda path: path.stat().st_mtime)


def raise_open_files():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def wait_until(condition, seconds, what):
    """The first true value of condition()."""
    end = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


class Process:
    """A child whose output is gathered line by line."""

    def __init__(self, argv, environment=None, prepare=None):
        self.lines = []
        self.child = subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})},
                                      preexec_fn=prepare)
        self.pid = self.child.pid
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.child.stdout:
            self.lines.append(line.decode(errors="replace").rstrip("\n"))

    def output(self):
        return "\n".join(self.lines)

    def alive(self):
        return self.child.poll() is None

    def find(self, pattern):
        """The match of the first line that has one."""
        def look():
            for line in list(self.lines):
                if match := re.search(pattern, line):
                    return match
            if not self.alive():
                raise AssertionError(f"the process ended early:\n{self.output()}")
            return None
        return wait_until(look, START_SECONDS, pattern)

    def end(self):
        if self.alive():
            self.child.terminate()
            try:
                self.child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.child.kill()
        self.child.wait()
        self.reader.join()
        self.child.stdout.close()
        return self.child.returncode

    def stop(self):
        self.end()


class Origin(Process):
    def __init__(self):
        super().__init__([sys.executable, ORIGIN, "0"])
        self.port = int(self.find(r"listening on 127\.0\.0\.1:(\d+)")[1])

    def set(self, options):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/-/set?{options}", method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()


CONFIGURATION = """\
listen:
  - address: 127.0.0.1:0
  - address: unix:{folder}/herdgate.sock
{listeners}admin: {{ address: "127.0.0.1:0" }}
{settings}
routes:
  - name: products
    match: "product:{{id}}"
    load:
      http:
        url: "http://127.0.0.1:{origin_port}/products/{{id}}"
        timeout: 5s
    ttl: 1h
    wait: {{ timeout: 10s }}
    backoff: {{ first: 10ms, max: 20ms }}
  - name: broken
    match: "broken:{{id}}"
    load:
      http:
        url: "http://127.0.0.1:{origin_port}/products/{{id}}?status=500"
        timeout: 5s
    backoff: {{ first: 10ms, max: 20ms }}
  - name: greetings
    match: "greeting:{{name}}"
    load:
      command:
        argv: [ "printf", "Hello, %s!", "{{name}}" ]
        timeout: 5s
    ttl: 1h
"""


class Daemon(Process):
    """`settings` is YAML that is put before the routes, `listeners` more lines of `listen`; `files` a limit of open files."""

    def __init__(self, binary, origin_port=1, settings="", files=None, listeners=""):
        self.folder = tempfile.mkdtemp(prefix="herdgate-e2e-")
        path = pathlib.Path(self.folder, "herdgate.yaml")
        self.unix = os.path.join(self.folder, "herdgate.sock")
        path.write_text(CONFIGURATION.format(origin_port=origin_port, settings=settings, folder=self.folder,
                                             listeners=listeners))
        prepare = None
        if files:
            def prepare():
                resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        super().__init__([binary, "run", "-c", path], prepare=prepare)
        self.port = int(self.find(r"listening on 127\.0\.0\.1:(\d+)")[1])
        self.admin_port = int(self.find(r"admin on http://127\.0\.0\.1:(\d+)")[1])
        self.find(r"is ready")
        self.address = ("127.0.0.1", self.port)
        # Under a sanitizer a process has terabytes of shadow addresses.
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        self.sanitized = int(status.split("VmSize:")[1].split()[0]) > 1 << 30

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        status = self.end()
        shutil.rmtree(self.folder, ignore_errors=True)
        if status != 0 or SANITIZER_REPORT.search(self.output()):
            raise AssertionError(f"the daemon ended with status {status}:\n{self.output()[-8000:]}")


class Redis(Process):
    """A real Redis on a unix socket, for comparison. Keeps nothing on disk."""

    def __init__(self, *options):
        self.folder = tempfile.mkdtemp(prefix="herdgate-e2e-")
        self.address = os.path.join(self.folder, "redis.sock")
        super().__init__(["redis-server", "--port", "0", "--unixsocket", self.address, "--save", "", "--appendonly",
                          "no", "--dir", self.folder, *options])
        wait_until(self.answers, START_SECONDS, "Redis answers")

    def answers(self):
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(self.address)
                return True
        except OSError:
            return False

    def stop(self):
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)
