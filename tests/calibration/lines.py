"""Lines of the table that ``make calibration`` prints: computed side by side, printed in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from multiprocessing import get_context
from time import process_time
from typing import NamedTuple

from evalkit.stats.intervals import wilson_interval


class Computed(NamedTuple):
    """What a line came to.

    Attributes:
        text: all of the line.
        is_off: a rate's whole interval lies on the wrong side of what is promised.
    """

    text: str
    is_off: bool = False


class Line(NamedTuple):
    """One line to compute, in any process.

    Attributes:
        title: printed before the first line that has it.
        label: words that ``--only`` picks the line by.
    """

    title: str
    label: str
    compute: Callable[[], Computed]


def print_lines(lines: Iterable[Line], n_processes: int) -> None:
    """Print each line, with its CPU seconds, once those before it are there; ``!`` marks what is off."""
    chosen = list(lines)
    title, n_off, seconds = "", 0, 0.0
    with get_context("spawn").Pool(n_processes) as pool:
        done = pool.imap(_timed, [line.compute for line in chosen])
        for line, (computed, took) in zip(chosen, done, strict=True):
            if line.title != title:
                title = line.title
                print(f"\n{title}\n")
            print(f"{computed.text}{'  !' if computed.is_off else ''}  ({took:.0f} s)", flush=True)
            n_off, seconds = n_off + computed.is_off, seconds + took
    print(f"\n{len(chosen)} rows in {seconds:,.0f} s of CPU time; {n_off} surely not as promised (!)")


def rate(count: int, n: int) -> str:
    """``4.5 % [3.6, 5.5]``, with its 95 % interval (Wilson)."""
    low, high = wilson_interval(count / n, n)
    return f"{100 * count / n:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def _timed(compute: Callable[[], Computed]) -> tuple[Computed, float]:
    start = process_time()
    return compute(), process_time() - start
