# SPDX-License-Identifier: Apache-2.0
"""Loads over HTTP/2 with TLS: values arrive over one kept connection, a truncated answer is an error and never a value."""

import pathlib
import subprocess
import tempfile

from processes import Process

CONFIGURATION = """\
listen: [ {{ address: "127.0.0.1:0" }} ]
admin: {{ address: none }}
routes:
  - match: "p:{{id}}"
    load: {{ http: {{ url: "https://localhost:{port}/{{id}}", tls: {{ ca: "{ca}" }} }} }}
"""


def certificate(folder):
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


def run(report, world):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="herdgate-e2e-"))
    cert, key = certificate(folder)
    origin = Process(["node", pathlib.Path(__file__).parent / "node/http2_origin.js", cert, key])
    config = folder / "herdgate.yaml"
    config.write_text(CONFIGURATION.format(port=origin.find(r"listening on 127\.0\.0\.1:(\d+)")[1], ca=cert))
    daemon = Process([world.binary, "run", "-c", config])
    port = daemon.find(r"listening on 127\.0\.0\.1:(\d+)")[1]
    daemon.find("is ready")

    def ask(*keys):
        lines = "".join(f"GET p:{key}\n" for key in keys)
        done = subprocess.run(["redis-cli", "-p", port], input=lines, capture_output=True, text=True, timeout=60)
        return [line for line in done.stdout.splitlines() if line]

    def values():
        keys = [f"k{i}" for i in range(20)]
        got = ask(*keys)
        assert [line.split()[:2] for line in got] == [["h2", f"/{key}"] for key in keys], got
        assert int(got[-1].split("=")[1]) <= 2, f"one connection a worker: {got[-1]}"

    def truncated():
        for key in ("rst1", "gone1"):
            got = ask(key)
            assert len(got) == 1 and "load failed" in got[0], got
        assert ask("after")[0].startswith("h2 /after"), "the loader goes on"

    try:
        report.run("http2: values come over kept connections", values)
        report.run("http2: a truncated answer is an error", truncated)
    finally:
        for process in (daemon, origin):
            process.end()
