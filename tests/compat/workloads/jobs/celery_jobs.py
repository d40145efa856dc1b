# SPDX-License-Identifier: Apache-2.0
"""Celery: tasks from this process, worked off by a worker in another; its events and remote control are pub/sub."""

import subprocess
import sys

from celery import chord, group
from celery_app import again, app, double, fail, total
from settings import check, done

TASKS = 100
SECONDS = 60

worker = subprocess.Popen([sys.executable, "-m", "celery", "-A", "celery_app", "worker", "--concurrency", "2", "--loglevel", "ERROR"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    results = [double.delay(number) for number in range(TASKS)]
    check([result.get(timeout=SECONDS) for result in results], [number * 2 for number in range(TASKS)])
    check(group(double.s(number) for number in range(10))().get(timeout=SECONDS), [number * 2 for number in range(10)])
    check(chord((double.s(number) for number in range(10)), total.s())().get(timeout=SECONDS), 90)
    check(again.delay().get(timeout=SECONDS), 2)
    try:
        fail.delay().get(timeout=SECONDS)
        check("a result", "an error")
    except ValueError as error:
        check(str(error), "on purpose")
    check(double.apply_async((21,), countdown=0.1).get(timeout=SECONDS), 42)
    check([list(one.values()) for one in app.control.ping(timeout=3)], [[{"ok": "pong"}]])
finally:
    worker.terminate()
    worker.wait()
done()
