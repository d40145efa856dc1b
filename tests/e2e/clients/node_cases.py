# SPDX-License-Identifier: Apache-2.0
"""ioredis and node-redis, RESP2 and RESP3: installs them from their lock file, runs node/main.mjs, counts its lines."""

import json
import os
import pathlib
import subprocess

FOLDER = pathlib.Path(__file__).resolve().parent / "node"
INSTALL_SECONDS = 300
RUN_SECONDS = 300


def install():
    """Nothing to do if what is there was installed from this lock file."""
    installed = FOLDER / "node_modules" / ".package-lock.json"
    lock = FOLDER / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=FOLDER, capture_output=True, timeout=INSTALL_SECONDS)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def run(report, world):
    install()
    settings = {"port": world.open.port, "closed_port": world.closed.port, "user": world.user, "password": world.password,
                "only": report.only}
    child = subprocess.Popen(["node", "main.mjs"], cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             env={**os.environ, "HERDGATE_TEST": json.dumps(settings)})
    other = []
    for line in child.stdout:
        text = line.decode(errors="replace").rstrip("\n")
        try:
            row = json.loads(text)
            report.add(row["name"], row["good"], row["note"])
        except (ValueError, TypeError, KeyError):
            other.append(text)
    status = child.wait(RUN_SECONDS)
    if status != 0 or other:
        report.add("node ends cleanly and prints nothing of its own", False, f"status {status}\n" + "\n".join(other))
