# SPDX-License-Identifier: Apache-2.0
"""rq: jobs from this process, worked off by rq's worker in another."""

import pathlib
import subprocess
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

import redis  # noqa: E402
import rq  # noqa: E402
import work  # noqa: E402
from settings import check, database, done, host, port, tag, tls, told, unix  # noqa: E402

JOBS = 100
SECONDS = 90

if told["through_unix"]:
    url = f"unix://{unix}?db={database}"
elif tls:
    url = f"rediss://{host}:{port}/{database}?ssl_ca_certs={tls['ca']}"
else:
    url = f"redis://{host}:{port}/{database}"
connection = redis.Redis.from_url(url)
queue = rq.Queue(tag, connection=connection)
jobs = [queue.enqueue(work.double, number) for number in range(JOBS)]
failing = queue.enqueue(work.fail)
after = queue.enqueue(work.double, 1000, depends_on=jobs[-1])
check(len(queue), JOBS + 1)
worker = subprocess.Popen([sys.executable, "-m", "rq.cli", "worker", "--url", url, "--worker-class", "rq.worker.SimpleWorker", tag],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    end = time.monotonic() + SECONDS
    while not (after.get_status(refresh=True) == "finished" and failing.get_status(refresh=True) == "failed"):
        assert time.monotonic() < end and worker.poll() is None, f"{len(queue)} jobs are left"
        time.sleep(0.05)
    check([job.result for job in jobs], [number * 2 for number in range(JOBS)])
    check(after.result, 2000)
    check(len(queue.failed_job_registry), 1)
    check(len(queue.finished_job_registry), JOBS + 1)
    check(len(rq.Worker.all(connection=connection)), 1)
finally:
    worker.terminate()
    worker.wait()
done()
