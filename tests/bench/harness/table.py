# SPDX-License-Identifier: Apache-2.0
"""Tables of medians, and ratios that are taken within a round."""

import statistics


def median(samples, field):
    return statistics.median(s[field] for s in samples)


def ratio(samples, base, field):
    """The median of the ratios of the samples of one round: what the machine did to both cancels out."""
    return statistics.median(s[field] / b[field] for s, b in zip(samples, base))


def spread(samples, field):
    """Least and greatest, as text."""
    values = [s[field] for s in samples]
    return f"{min(values):.2f}–{max(values):.2f}"


def show(head, rows):
    """A Markdown table, aligned for reading as text."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    for number, row in enumerate(cells):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if number == 0:
            print("| " + " | ".join("-" * width for width in widths) + " |")
    print(flush=True)
