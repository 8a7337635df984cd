"""``--llm-batch --llm-sequential``: false alarms, power and samples asked where asking ends between batches
only, beside looks after every sample. Alpha is 5 %."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

from evalkit.session.batches.lane import N_PARTS
from evalkit.stats.intervals import wilson_interval
from tests.calibration.lines import Computed, Line, rate
from tests.calibration.population import Scores
from tests.calibration.simulation import ALPHA, Session, simulate

_SCORES: tuple[Scores, ...] = ("binary", "graded", "ties", "rare")
_SIZES, _GATES, _DROP = (100, 400), (1, 20), 0.15
#: Sessions of twenty gates take twenty times as long.
_SHARE_MANY = 0.25


def lines(n_sessions: int) -> Iterator[Line]:
    """All rows, in the order of the table."""
    title = (
        "batches, A/A: n, gates | fixed; looks after each sample: alarms, asked; between batches: the same"
    )
    for scores, n, n_gates in product(_SCORES, _SIZES, _GATES):
        n_run = max(100, round(n_sessions * _SHARE_MANY)) if n_gates > 1 else n_sessions
        session = Session(scores, n, n_gates)
        yield Line(title, f"batches A/A {scores} {n} {n_gates}", partial(_computed, session, n_run))
    title = (
        f"batches, {_DROP:.0%} lost: n | fixed; looks after each sample: found, asked; between batches: same"
    )
    for scores, n in product(_SCORES, _SIZES):
        session = Session(scores, n, drop=_DROP)
        yield Line(title, f"batches drop {scores} {n}", partial(_computed, session, n_sessions))


def _computed(session: Session, n_sessions: int) -> Computed:
    fixed, each = simulate(session, n_sessions, has_looks=True)
    _, parts = simulate(session, n_sessions, has_looks=True, n_parts=N_PARTS)
    told = [rate(fixed.n_alarms, n_sessions)]
    told += [f"{rate(t.n_alarms, n_sessions)}, {t.share_asked:.0%}" for t in (each, parts)]
    low, _ = wilson_interval(parts.n_alarms / n_sessions, n_sessions)
    label = f"{session.scores:<8} {session.n:>4} {session.n_gates:>3}"
    return Computed(f"{label} | {' | '.join(told)}", not session.drop and low > ALPHA)
