"""False alarms, wrong passes and decided gates of sessions that ask again, and of the same without.

Alarms are sessions in which any gate fails although nothing changed; alpha is 5 %.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from evalkit.stats.intervals import wilson_interval
from tests.calibration.lines import Computed, Line, rate
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


_HEAD = f"{'noise':<6} {'baseline':<16} {'n':>4} {'gates':>5} {'margin':>6} {'drop':>5}"
_RATES = f"{_HEAD}  {'one look':<24} {'asked again':<24} first passes asked"


def lines(n_sessions: int) -> Iterator[Line]:
    """All rows, in the order of the tables: of half of the sessions, a twentieth with many gates, and a fifth
    where any rate will do."""
    for session in EQUAL:
        compute = partial(_alarms, session, _affordable(session, n_sessions))
        yield Line(
            f"asking again, nothing changed: sessions with a false alarm\n\n{_RATES}",
            _label(session),
            compute,
        )
    for session in BOUNDARY:
        compute = partial(_passes, session, _affordable(session, n_sessions))
        yield Line(f"asking again, the margin is lost: gates that pass\n\n{_RATES}", _label(session), compute)
    head = f"{_HEAD}  {'one look':<24} {'asked again':<24} {'of the undecided':<24} first passes asked"
    for session in DECIDED:
        compute = partial(_decided, session, max(1, n_sessions // 5))
        yield Line(f"asking again: gates that are decided\n\n{head}", _label(session), compute)


def _affordable(session: RerunSession, n_sessions: int) -> int:
    return max(1, n_sessions // (2 if session.n_gates == 1 else 20))


def _alarms(session: RerunSession, n: int) -> Computed:
    tally = simulate_rerun(session, n)
    return _both(session, (tally.n_alarms_fixed, tally.n_alarms), n, tally.n_asked / n)


def _passes(session: RerunSession, n: int) -> Computed:
    tally = simulate_rerun(session, n, seed=2)
    counts = tally.n_passes_fixed, tally.n_passes
    return _both(session, counts, n * session.n_gates, tally.n_asked / n)


def _both(session: RerunSession, counts: tuple[int, int], n: int, n_asked: float) -> Computed:
    """Two rates that are to be at most alpha."""
    cells = " ".join(f"{rate(count, n):<24}" for count in counts)
    is_off = any(wilson_interval(count / n, n).low > ALPHA for count in counts)
    return Computed(f"{_label(session)}  {cells} {_rounds(session, n_asked)}", is_off)


def _decided(session: RerunSession, n: int) -> Computed:
    tally = simulate_rerun(session, n, seed=1)
    n_open = n - tally.n_decided_fixed
    cells = [rate(count, n) for count in (tally.n_decided_fixed, tally.n_decided)]
    cells.append(rate(max(0, tally.n_newly_decided), n_open) if n_open else "")
    text = " ".join(f"{cell:<24}" for cell in cells)
    return Computed(f"{_label(session)}  {text} {_rounds(session, tally.n_asked / n)}")


def _label(session: RerunSession) -> str:
    kind = ("live" if session.is_live else "stored") + (", history" if session.has_history else "")
    sizes = f"{session.n:>4} {session.n_gates:>5} {session.margin:>6} {session.drop:>5.3g}"
    return f"{session.noise:<6} {kind:<16} {sizes}"


def _rounds(session: RerunSession, n_asked: float) -> str:
    """Requests of a session as a multiple of the first pass of what can be asked again."""
    return f"{n_asked * session.n_rounds / session.budget:.2f}"
