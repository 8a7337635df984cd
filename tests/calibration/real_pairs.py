"""Regression gates over recorded outputs of real models: the full run beside ``--llm-sequential``.

    python -m tests.calibration.real_pairs [--only SET …] [--orders N] [--rows] [--update]

One row for each gate of each pair, in both directions: verdict, difference and interval of a session that
asks everything; verdict of one with ``--llm-sequential`` and the share of the candidate's calls that it
made; the shares in N random orders that the gate alone would need; and the share that no betting could do
without on average. A verdict that turned (``pass`` for ``fail`` or the other way round) ends the program
with status 1, and so does an error, or a full verdict other than the one in ``tests/golden/real_pairs.json``.
Numbers that were published without samples follow: they can be compared, but not replayed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.core.estimate import Comparison
from evalkit.core.verdict import GateResult
from tests.calibration.pair_imports import alpaca_pairs, compared, pythia_pairs
from tests.calibration.pair_replays import GatedPair, Orders, fewest_samples, look
from tests.calibration.pair_sessions import Sessions, StoppedGate
from tests.calibration.pair_sets import PAIR_SETS, ROOT, PairSet
from tests.data.recorded import write

GOLDEN = ROOT / "tests/golden/real_pairs.json"
#: A difference is clear where the full run's test says so beyond a doubt.
CLEAR = 1e-4
#: The share of the calls that a clear difference should take at most.
FEW = 0.25
NUMBERS = ("pythia", "alpaca_eval")

_HEAD = (
    f"{'task':<25} {'baseline -> candidate':<40} {'n':>6} {'won/lost':>10} {'difference':>10} "
    f"{'interval':<18} {'full':<9} {'sequential':<10} {'asked':>5}  {'orders (90 %)':<16} least"
)


def main() -> int:
    arguments = _arguments()
    chosen = set(arguments.only or [*(each.name for each in PAIR_SETS), *NUMBERS])
    data = Path(arguments.data)
    table = Table(arguments.orders)
    print(_HEAD)
    with tempfile.TemporaryDirectory() as folder:
        for each in PAIR_SETS:
            if each.name in chosen:
                table.add(each, write(each.name, data, Path(folder)))
        table.print_summary()
        if "pythia" in chosen or "alpaca_eval" in chosen:
            _print_numbers(data, Path(folder), chosen, with_rows=arguments.rows)
    if arguments.update:
        table.save()
    return int(table.n_turned + table.n_strange > 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default=os.environ.get("EVALKIT_SHARED_DATA", "../shared/data"))
    names = [*(each.name for each in PAIR_SETS), *NUMBERS]
    parser.add_argument("--only", nargs="+", choices=names, metavar="SET", help=", ".join(names))
    parser.add_argument("--orders", type=int, default=100, metavar="N", help="random orders (100)")
    parser.add_argument("--rows", action="store_true", help="print undecided numbers without samples too")
    parser.add_argument("--update", action="store_true", help=f"write {GOLDEN.name}")
    return parser.parse_args()


class Table:
    """Rows as they come, and what the summary counts.

    Attributes:
        n_turned: verdicts that turned, of sessions and of orders.
        n_strange: full verdicts other than the pinned ones, and errors.
    """

    def __init__(self, n_orders: int) -> None:
        self._n_orders = n_orders
        self.n_rows = self.n_turned = self.n_strange = 0
        self._known = json.loads(GOLDEN.read_text("utf-8")) if GOLDEN.exists() else {}
        self._seen: dict[str, list[dict[str, Any]]] = {}
        #: Clear differences: share asked by the session, median share of the orders, least share; name.
        self._clear: list[tuple[float, float, float, str]] = []

    def add(self, which: PairSet, folder: Path) -> None:
        """Run both sessions of every pair, print its rows."""
        for baseline, candidate in which.directed:
            sessions = Sessions(which, folder, baseline, candidate)
            with ThreadPoolExecutor() as pool:
                running = pool.submit(sessions.full), pool.submit(sessions.sequential)
            full, stopped = running[0].result(), running[1].result()
            for key, (pair, n_all) in full.items():
                name = f"{baseline} -> {candidate}"
                self._add_row(pair, n_all, stopped[key], name)
                self._hold(golden_row(pair, baseline, candidate), which, pair, stopped[key])

    def _add_row(self, pair: GatedPair, n_all: int, stopped: StoppedGate, name: str) -> None:
        self.n_rows += 1
        share = stopped.n_asked / max(1, n_all)
        orders = look(pair, self._n_orders) if pair.pairs and self._n_orders else None
        least = fewest_samples(pair)
        n_turned = _n_turned(pair.verdict.verdict, stopped, orders)
        self.n_turned += n_turned
        mark = f"  {n_turned} TURNED" if n_turned else ""
        print(f"{_front(pair, name)} {stopped.verdict.verdict:<10} {share:>5.0%}  "
              f"{_shares(pair, orders):<16} {_least(pair, least)}{mark}", flush=True)  # fmt: skip
        comparison = pair.verdict.comparison
        if pair.pairs and comparison is not None and least is not None and is_clear(comparison):
            median = share if orders is None else float(np.median(orders.shares))
            self._clear.append((share, median, least / comparison.n, f"{pair.task}, {name}"))

    def _hold(self, row: dict[str, Any], which: PairSet, pair: GatedPair, stopped: StoppedGate) -> None:
        """Against what is pinned."""
        self._seen.setdefault(which.name, []).append(row)
        errors = [each.detail for each in (pair.verdict, stopped.verdict) if each.verdict == "error"]
        is_strange = row not in self._known.get(which.name, [row])
        self.n_strange += bool(errors) or is_strange
        for error in errors:
            print(f"    {error}")
        if is_strange:
            print(f"    other than pinned in {GOLDEN.relative_to(ROOT)}")

    def save(self) -> None:
        """Pin the full verdicts of the sets that ran."""
        lines = [
            f'  "{name}": [\n' + ",\n".join(f"    {json.dumps(row)}" for row in rows) + "\n  ]"
            for name, rows in sorted({**self._known, **self._seen}.items())
        ]
        GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")

    def print_summary(self) -> None:
        """Rows, turned verdicts, clear differences and what they took."""
        if not self.n_rows:
            return
        strange = f"{self.n_strange} errors or other than pinned"
        print(f"\n{self.n_rows} rows, {self.n_turned} verdicts that turned, {strange}")
        n_few = (sum(each[0] < FEW for each in self._clear), sum(each[1] < FEW for each in self._clear))
        orders = f", {n_few[1]} in the median of {self._n_orders} orders" if self._n_orders else ""
        print(
            f"{len(self._clear)} clear differences (means, p < {CLEAR:g}): {n_few[0]} were asked less than "
            f"{FEW:.0%} of the calls in their session{orders}"
        )
        for share, median, least, name in self._clear:
            if max(share, median) >= FEW:
                shares = f"{share:.0%} in the session, {median:.0%} in the median"
                print(f"  more: {shares}, no betting below {least:.0%}: {name}")


def is_clear(found: Comparison) -> bool:
    """Whether the full run's two-sided test is beyond a doubt."""
    return found.p_two_sided is not None and found.p_two_sided < CLEAR


def golden_row(pair: GatedPair, baseline: str, candidate: str) -> dict[str, Any]:
    """What is pinned of a full verdict."""
    row = {
        "task": pair.task, "gate": pair.gate.text, "baseline": baseline, "candidate": candidate,
        "verdict": pair.verdict.verdict,
    }  # fmt: skip
    found = pair.verdict.comparison
    if found is None:
        return row
    ends = {"difference": found.difference, "low": found.low, "high": found.high}
    return {
        **row, "n": found.n, "won": found.n_wins, "lost": found.n_losses,
        **{name: round(value, 4) for name, value in ends.items()},
    }  # fmt: skip


def _n_turned(full: GateResult, stopped: StoppedGate, orders: Orders | None) -> int:
    """Of the session and of all orders."""
    other = {"pass": "fail", "fail": "pass"}.get(full)
    n_orders = orders.decisions[other] if orders is not None and other is not None else 0
    return n_orders + (stopped.verdict.verdict == other)


def _front(pair: GatedPair, name: str) -> str:
    metric = pair.gate.metric.name.removeprefix("mean:")
    task = pair.task if metric in ("accuracy", "python") else f"{pair.task.rpartition('/')[2]} {metric}"
    return f"{task[:25]:<25} {name:<40} {_numbers(pair.verdict.comparison)} {pair.verdict.verdict:<9}"


def _numbers(found: Comparison | None) -> str:
    if found is None:
        return f"{'-':>6} {'-':>10} {'-':>10} {'-':<18}"
    turns, ends = f"{found.n_wins}/{found.n_losses}", f"[{_short(found.low)}, {_short(found.high)}]"
    difference = f"{'+' * (found.difference > 0)}{_short(found.difference)}"
    return f"{found.n:>6,} {turns:>10} {difference:>10} {ends:<18}"


def _short(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def _shares(pair: GatedPair, orders: Orders | None) -> str:
    if orders is None:
        return "-" if pair.pairs else "to the end"
    low, middle, high = np.quantile(orders.shares, (0.05, 0.5, 0.95))
    return f"{middle:.0%} ({low:.0%} to {high:.0%})"


def _least(pair: GatedPair, least: float | None) -> str:
    found = pair.verdict.comparison
    if least is None or found is None:
        return "-"
    return f"{least / found.n:.1%}" if least < found.n else f"over 100% ({least:,.0f})"


def _print_numbers(data: Path, folder: Path, chosen: set[str], *, with_rows: bool) -> None:
    """Numbers without samples: all that is known of their difference are the standard errors."""
    print("\nno samples, compared by their standard errors; nothing to replay, so no share of calls")
    pairs = [
        *(alpaca_pairs(data, folder) if "alpaca_eval" in chosen else ()),
        *(pythia_pairs(data) if "pythia" in chosen else ()),
    ]
    for pair in pairs:
        rows = compared(pair, folder / "numbers.duckdb")
        counts = Counter(row["finding"] for row in rows)
        words = ", ".join(f"{n} {word}" for word, n in counts.most_common())
        print(f"{pair.name}: {len(rows)} metrics: {words}")
        refused = [row for row in rows if row["verdict"] == "error"]
        told: Sequence[Any] = [
            row for row in rows if with_rows or len(rows) < 9 or row["finding"] in ("better", "worse")
        ]
        for row in told or refused[:1]:
            print(f"    {row['task']} {row['detail']}")


if __name__ == "__main__":
    sys.exit(main())
