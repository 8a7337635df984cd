"""False alarms, wrong passes and decided gates of sessions that ask again, and of the same without.

    python -m tests.calibration.rerun [--sessions N]

Every rate is printed with its 95 % interval (Wilson). Alarms are sessions in which any gate fails although
nothing changed; alpha is 5 %.
"""

from __future__ import annotations

import argparse

from evalkit.stats.intervals import wilson_interval
from tests.calibration.rerun_simulation import ALPHA, RerunSession, simulate_rerun

#: No true difference. Three samples in ten vary, or all do, or none does.
EQUAL = (
    RerunSession("own", 30, margin=0.0),
    RerunSession("own", 100, margin=0.0),
    RerunSession("own", 100, margin=0.0, is_live=True),
    RerunSession("own", 100, 20, margin=0.0, is_live=True),
    RerunSession("own", 100, margin=0.0, is_live=True, has_history=True),
    RerunSession("mixed", 30, margin=0.0),
    RerunSession("mixed", 30, margin=0.0, is_live=True),
    RerunSession("mixed", 100, margin=0.0),
    RerunSession("mixed", 100, 20, margin=0.0),
    RerunSession("mixed", 500, margin=0.0, is_live=True),
    RerunSession("fixed", 100, margin=0.0),
    RerunSession("own", 100, margin=0.05, is_live=True),
    RerunSession("own", 100, 4, margin=0.02, is_live=True),
)
#: The candidate lost just the margin: no pass is right. Right were 71, 67 or 80 % of answers, by the noise.
BOUNDARY = (
    RerunSession("own", 30, margin=0.1, drop=0.1 / 0.71, is_live=True),
    RerunSession("own", 100, margin=0.05, drop=0.05 / 0.71),
    RerunSession("own", 100, margin=0.05, drop=0.05 / 0.71, is_live=True),
    RerunSession("own", 100, margin=0.05, drop=0.05 / 0.71, is_live=True, has_history=True),
    RerunSession("own", 100, 4, margin=0.05, drop=0.05 / 0.71, is_live=True),
    RerunSession("mixed", 100, margin=0.1, drop=0.15, is_live=True),
    RerunSession("mixed", 100, margin=0.1, drop=0.15),
    RerunSession("fixed", 100, margin=0.05, drop=0.05 / 0.8),
)
#: What asking again is for, and what it cannot help.
DECIDED = (
    RerunSession("own", 100, margin=0.05),
    RerunSession("own", 100, margin=0.05, is_live=True),
    RerunSession("own", 100, margin=0.05, is_live=True, has_history=True),
    RerunSession("own", 100, margin=0.1),
    RerunSession("own", 100, margin=0.1, is_live=True),
    RerunSession("own", 300, margin=0.03, is_live=True),
    RerunSession("own", 100, margin=0.0, drop=0.1, is_live=True),
    RerunSession("mixed", 100, margin=0.1, is_live=True),
    RerunSession("fixed", 100, margin=0.05),
    RerunSession("fixed", 200, margin=0.0, drop=0.05),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=1_000)
    n_sessions = parser.parse_args().sessions
    print(
        f"A/A: sessions with a false alarm, of {n_sessions:,}, a tenth with many gates; alpha {ALPHA:.0%}\n"
    )
    print(f"{_HEAD}  {'once':<20} {'asked again':<20} rounds")
    for session in EQUAL:
        _print_alarms(session, _affordable(session, n_sessions))
    print(f"\nThe margin is lost: gates that pass, of {n_sessions:,} sessions, a tenth with many gates\n")
    print(f"{_HEAD}  {'once':<20} {'asked again':<20} rounds")
    for session in BOUNDARY:
        _print_passes(session, _affordable(session, n_sessions))
    n_sessions = min(n_sessions, 400)
    print(f"\nShare of gates that are decided, of {n_sessions:,}\n")
    print(f"{_HEAD}  {'once':<22} {'asked again':<22} of the undecided       rounds")
    for session in DECIDED:
        _print_decided(session, n_sessions)


_HEAD = f"{'noise':<6} {'baseline':<16} {'n':>4} {'gates':>5} {'margin':>6} {'drop':>5}"


def _print_alarms(session: RerunSession, n_sessions: int) -> None:
    tally = simulate_rerun(session, n_sessions)
    rates = [_rate(count, n_sessions) for count in (tally.n_alarms_fixed, tally.n_alarms)]
    print(
        f"{_label(session)}  {rates[0]:<20} {rates[1]:<20} {_rounds(session, tally.n_asked, n_sessions)}",
        flush=True,
    )


def _print_passes(session: RerunSession, n_sessions: int) -> None:
    tally = simulate_rerun(session, n_sessions, seed=2)
    rates = [_rate(n, n_sessions * session.n_gates) for n in (tally.n_passes_fixed, tally.n_passes)]
    print(
        f"{_label(session)}  {rates[0]:<20} {rates[1]:<20} {_rounds(session, tally.n_asked, n_sessions)}",
        flush=True,
    )


def _affordable(session: RerunSession, n_sessions: int) -> int:
    return n_sessions if session.n_gates == 1 else n_sessions // 10


def _print_decided(session: RerunSession, n_sessions: int) -> None:
    tally = simulate_rerun(session, n_sessions, seed=1)
    n_open = n_sessions - tally.n_decided_fixed
    rates = [_rate(count, n_sessions) for count in (tally.n_decided_fixed, tally.n_decided)]
    new = _rate(max(0, tally.n_newly_decided), n_open)
    rounds = _rounds(session, tally.n_asked, n_sessions)
    print(f"{_label(session)}  {rates[0]:<22} {rates[1]:<22} {new:<22} {rounds}", flush=True)


def _label(session: RerunSession) -> str:
    kind = ("live" if session.is_live else "stored") + (", history" if session.has_history else "")
    sizes = f"{session.n:>4} {session.n_gates:>5} {session.margin:>6} {session.drop:>5.3g}"
    return f"{session.noise:<6} {kind:<16} {sizes}"


def _rounds(session: RerunSession, n_asked: int, n_sessions: int) -> str:
    """Requests as a multiple of the first pass of what can be asked again."""
    return f"{n_asked / (n_sessions * session.budget / session.n_rounds):.2f}"


def _rate(count: int, n: int) -> str:
    low, high = wilson_interval(count / n, n)
    return f"{count / n:.1%} [{low:.1%}, {high:.1%}]"


if __name__ == "__main__":
    main()
