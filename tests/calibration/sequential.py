"""Error rates, power and cost of fixed and sequential regression gates, over simulated sessions.

    python -m tests.calibration.sequential [--sessions N]

Every rate is printed with its 95 % interval (Wilson). Alarms are sessions in which any gate fails although
nothing changed; alpha is 5 %, and as a change for the better is no alarm, 2.5 % is what to expect at most.
"""

from __future__ import annotations

import argparse
from math import sqrt

import numpy as np

from evalkit.stats.betting import anytime_p_value, peak_wealth
from evalkit.stats.intervals import wilson_interval
from evalkit.stats.normal import normal_quantile, normal_tail
from tests.calibration.simulation import ALPHA, Kind, Session, simulate

KINDS: tuple[Kind, ...] = ("binary", "graded", "binary, 3 repeats")
SIZES = (30, 100, 500, 2_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=2_000)
    n_sessions = parser.parse_args().sessions
    _print_alarms(n_sessions)
    _print_power(n_sessions)
    _print_coverage(n_sessions)


def _print_alarms(n_sessions: int) -> None:
    print(f"A/A: sessions with a false alarm, of {n_sessions:,}; margin 0, alpha {ALPHA:.0%}\n")
    print(f"{'scores':<18} {'n':>5} {'gates':>5}  {'fixed':<22} {'sequential':<22} asked")
    for kind in KINDS:
        for n in SIZES:
            for n_gates in (1, 20):
                session = Session(kind, n, n_gates)
                tallies = [simulate(session, n_sessions, is_sequential=flag) for flag in (False, True)]
                rates = [_rate(tally.n_alarms, n_sessions) for tally in tallies]
                asked = f"{tallies[1].share_asked:.0%}"
                print(f"{kind:<18} {n:>5} {n_gates:>5}  {rates[0]:<22} {rates[1]:<22} {asked}", flush=True)


def _print_power(n_sessions: int) -> None:
    n_sessions = min(n_sessions, 1_000)
    print(f"\nA/B: share of {n_sessions:,} gates that fail; margin 0; textbook: two-sided z test\n")
    print(f"{'scores':<18} {'n':>5} {'drop':>5}  {'textbook':<9} {'fixed':<22} {'sequential':<22} asked")
    for kind in KINDS:
        for n, drop in ((200, 0.1), (500, 0.05), (500, 0.1), (2_000, 0.03), (2_000, 0.1)):
            session = Session(kind, n, drop=drop)
            tallies = [simulate(session, n_sessions, is_sequential=flag, seed=1) for flag in (False, True)]
            rates = [_rate(tally.n_failed, n_sessions) for tally in tallies]
            asked = f"{tallies[1].share_asked:.0%}"
            textbook = f"{_textbook(session):.1%}"
            print(
                f"{kind:<18} {n:>5} {drop:>5}  {textbook:<9} {rates[0]:<22} {rates[1]:<22} {asked}",
                flush=True,
            )


def _print_coverage(n_sessions: int) -> None:
    print(
        f"\nConfidence sequences that held the mean at every one of n looks, of {n_sessions:,}; level 95 %\n"
    )
    print(f"{'scores':<18} {'n':>5}  {'independent':<22} without replacement")
    rng = np.random.default_rng(2)
    for kind, share in (("binary", 0.8), ("binary", 0.98), ("graded", 2 / 3)):
        for n in SIZES:
            held = [0, 0]
            for _ in range(n_sessions):
                values = (rng.random(n) < share).astype(float) if kind == "binary" else rng.beta(4, 2, n)
                for column, (mean, population) in enumerate(((share, None), (float(values.mean()), n))):
                    up = peak_wealth(values, mean, population)
                    down = peak_wealth(1 - values, 1 - mean, population)
                    held[column] += anytime_p_value(up, down) > ALPHA
            rates = [_rate(count, n_sessions) for count in held]
            print(f"{kind} {share:<11.2f} {n:>5}  {rates[0]:<22} {rates[1]}", flush=True)


def _textbook(session: Session) -> float:
    """Power of the z test at the true mean and spread of the difference."""
    wide = Session(session.kind, 200_000, drop=session.drop)
    before, after = wide.draw(np.random.default_rng(3))
    differences = after - before
    shift = -float(differences.mean()) / (float(differences.std()) / sqrt(session.n))
    return 1 - normal_tail(shift - normal_quantile(1 - ALPHA / 2))


def _rate(count: int, n: int) -> str:
    low, high = wilson_interval(count / n, n)
    return f"{count / n:.1%} [{low:.1%}, {high:.1%}]"


if __name__ == "__main__":
    main()
