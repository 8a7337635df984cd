"""Error rates, power and coverage of regression gates and intervals, over simulated sessions.

    python -m tests.calibration.gates [--sessions N] [--only WORDS] [--jobs N] [--rows K/M]

Every rate is printed with its 95 % interval (Wilson). Alarms are sessions in which any gate fails although
nothing changed; alpha is 5 %. A row whose interval lies wholly on the wrong side of what is promised ends
with ``!``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from multiprocessing import get_context
from time import process_time

from tests.calibration.rows import HEADERS, Result, Row, Section, compute, rows
from tests.calibration.simulation import ALPHA

SESSIONS = 2_000


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    part, n_parts = map(int, options.rows.split("/"))
    words = set(options.only.split())
    chosen = [row for row in rows() if words <= set(row.label.split())][part - 1 :: n_parts]
    print(f"{len(chosen)} rows of {options.sessions:,} sessions (dear ones fewer); alpha {ALPHA:.0%}")
    results, section = [], None
    with get_context("spawn").Pool(options.jobs) as pool:
        for result, seconds in pool.imap(partial(_timed, n_sessions=options.sessions), chosen):
            if result.row.section != section:
                section = result.row.section
                print(f"\n{section}: {HEADERS[section]}\n")
            print(f"{result}  ({seconds:.0f} s)", flush=True)
            results.append(result)
    _print_worst(results)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=SESSIONS, help="for each row (default 2,000)")
    parser.add_argument("--only", default="", help="rows whose label has these words: 'A/A f1 30'")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--rows", default="1/1", help="every M-th row, beginning with the K-th: K/M")
    return parser


def _timed(row: Row, n_sessions: int) -> tuple[Result, float]:
    start = process_time()
    return compute(row, n_sessions), process_time() - start


def _print_worst(results: Sequence[Result]) -> None:
    """Of each section and kind of scores the row with the most alarms or the least coverage."""
    print("\nThe worst row of each kind\n")
    groups: dict[tuple[Section, str], list[Result]] = {}
    for result in results:
        if result.row.section not in ("A/B", "margin"):
            groups.setdefault((result.row.section, result.row.session.scores), []).append(result)
    for group in groups.values():
        print(max(group, key=_badness))
    n_off = sum(result.is_off for result in results)
    print(f"\n{n_off} rows with an interval on the wrong side of what is promised")


def _badness(result: Result) -> float:
    sign = 1 if result.row.section == "A/A" else -1
    return max(sign * rate.count / rate.n for rate in result.rates)


if __name__ == "__main__":
    main()
