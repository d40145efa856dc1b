# SPDX-License-Identifier: Apache-2.0
"""The tasks of Celery, for the worker and for who asks for them."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

from celery import Celery  # noqa: E402
from settings import database, host, port  # noqa: E402

url = f"redis://{host}:{port}/{database}"
app = Celery("workload", broker=url, backend=url)


@app.task
def double(number):
    return number * 2


@app.task
def total(numbers):
    return sum(numbers)


@app.task(bind=True, max_retries=3)
def again(self):
    """Fails twice, then does not."""
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    return self.request.retries


@app.task
def fail():
    raise ValueError("on purpose")
