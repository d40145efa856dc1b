# SPDX-License-Identifier: Apache-2.0
"""The run's options and figures. `run` sets the options before a test is loaded; tests add figures."""

import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
binary = str(ROOT / "build/release/src/io/herdgate")
slow_factor = 1.0
slow = False
fleet_required = False    # the fleet's tests fail instead of being skipped where the daemon has no Redis store
figures = {}


def scaled(seconds):
    """A tolerance in time (or memory), stretched for slow builds."""
    return seconds * slow_factor


def figure(test, **values):
    """Prints measured values and keeps them for --figures."""
    rounded = {name: round(v, 2) if isinstance(v, float) else v for name, v in values.items()}
    figures.setdefault(test, {}).update(rounded)
    print(f"\n  {test}: " + ", ".join(f"{name}={value}" for name, value in rounded.items()), flush=True)


def write_figures(path):
    pathlib.Path(path).write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
