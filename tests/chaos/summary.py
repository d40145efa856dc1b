# SPDX-License-Identifier: Apache-2.0
"""The table at the end of a chaos run."""

import time
from collections import Counter

SHOWN = 5    # violations of a kind that are shown in full


def quantile(values, share):
    ordered = sorted(values) or [0.0]
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def table(seen, found, recovery, began):
    took = [one.ended - one.asked for one in seen.reads if one.outcome == "value"]
    lines = ["", "| what | figure |", "| --- | --- |"]

    def row(what, figure):
        lines.append(f"| {what} | {figure} |")

    row("seconds", f"{time.monotonic() - began:.0f}")
    row("requests", len(seen.reads))
    for outcome, count in sorted(Counter(one.outcome for one in seen.reads).items()):
        row(f"requests: {outcome}", count)
    row("latency ms: median, p99, max", ", ".join(f"{quantile(took, q):.1f}" for q in (0.5, 0.99, 1)))
    row("loads", len(seen.loads))
    row("loads: requests a load", f"{len(seen.reads) / max(1, len(seen.loads)):.0f}")
    row("invalidations, acknowledged", f"{len(seen.writes)}, {sum(1 for one in seen.writes if one.acked)}")
    row("looks at entries, values put", f"{len(seen.samples)}, {len(seen.puts)}")
    for kind, count in sorted(Counter(one.kind for one in seen.faults).items()):
        total = sum(one.ended - one.began for one in seen.faults if one.kind == kind)
        row(f"faults: {kind}", f"{count} ({total:.1f} s)")
    for what, seconds in recovery.items():
        row(f"recovery: {what}", f"{seconds * 1000:.0f} ms")
    row("violations", len(found))
    for kind, count in sorted(Counter(one.kind for one in found).items()):
        row(f"violations: {kind}", count)
    return "\n".join(lines + [""] + details(found, seen))


def details(found, seen):
    """The first violations of each kind, with the faults around them."""
    lines, shown = [], Counter()
    zero = min([one.asked for one in seen.reads], default=0.0)
    for one in found:
        shown[one.kind] += 1
        if shown[one.kind] > SHOWN:
            continue
        near = [f"{f.kind} {f.target}".strip() for f in seen.faults if f.began - 1 <= one.at <= f.ended + 5]
        lines.append(f"VIOLATION at {one.at - zero:.3f} s: {one.kind}: {one.text}")
        if near:
            lines.append(f"    around it: {', '.join(near[-6:])}")
    return lines
