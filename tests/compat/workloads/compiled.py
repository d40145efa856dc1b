# SPDX-License-Identifier: Apache-2.0
"""Compiles a workload in C and becomes it: compiled.py SOURCE FLAG..."""

import os
import subprocess
import sys

from settings import told

source, *flags = sys.argv[1:]
program = os.path.join(told["folder"], source.partition(".")[0])
if not os.path.exists(program):
    subprocess.run(["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, source, *flags], check=True)
where = ["unix", told["unix"]] if told["through_unix"] else [told["host"], str(told["port"])]
os.execv(program, [program, *where, str(told["database"]), told["name"] or "", told["tag"]])
