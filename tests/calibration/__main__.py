"""Error rates, power and coverage of gates, slices, intervals, looks, reruns, leaderboards, drift and more.

    python -m tests.calibration [PART ...] [--sessions N] [--only WORDS] [--jobs N]

Every rate is printed with its 95 % interval (Wilson). A line with a rate whose whole interval lies on the
wrong side of what is promised ends with ``!``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence

from tests.calibration import (
    agreement,
    batch_looks,
    bounded_means,
    control_variate,
    coverage,
    degenerate,
    drift,
    gates,
    judge_noise,
    many_subjects,
    people,
    planning,
    ppi,
    prompt_blame,
    rerun,
    slices,
    tournaments,
)
from tests.calibration.lines import Line, print_lines

#: Of a number of sessions.
PARTS: dict[str, Callable[[int], Iterator[Line]]] = {
    "gates": gates.lines,
    "means": bounded_means.lines,
    "tables": degenerate.lines,
    "coverage": coverage.lines,
    "rerun": rerun.lines,
    "batches": batch_looks.lines,
    "drift": drift.lines,
    "blame": prompt_blame.lines,
    "control": control_variate.lines,
    "agreement": agreement.lines,
    "judges": judge_noise.lines,
    "leaderboards": many_subjects.lines,
    "people": people.lines,
    "planning": planning.lines,
    "ppi": ppi.lines,
    "slices": slices.lines,
    "tournaments": tournaments.lines,
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (default all)")
    parser.add_argument(
        "--sessions", type=int, default=2_000, help="of each row, dear ones fewer (default 2,000)"
    )
    parser.add_argument("--only", default="", help="rows whose label has these words: 'A/A f1 30'")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    options = parser.parse_args(arguments)
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    words = set(options.only.split())
    lines = (line for part in options.parts or PARTS for line in PARTS[part](options.sessions))
    print(f"{options.sessions:,} sessions of each row (dear ones fewer), each rate with its 95 % interval")
    print_lines((line for line in lines if words <= set(line.label.split())), options.jobs)


if __name__ == "__main__":
    main()
