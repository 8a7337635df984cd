"""Asserted samples that pass and fail by themselves, and those in quarantine."""

from __future__ import annotations

from evalkit.core.quarantine import utc_day
from evalkit.core.run import Evaluation, Run
from evalkit.report.data import FlakySample, Source

TITLE = "Flaky and quarantined samples"

_ASSERTS = "asserts"


def flaky_samples(source: Source, run: Run, evaluation: Evaluation) -> tuple[FlakySample, ...]:
    """The samples of one evaluation, as they were known when the run began and with its own answers.

    Those in quarantine come first, then those that failed most often; tasks without asserted samples have
    none.
    """
    if _ASSERTS not in evaluation.scorer_signatures:
        return ()
    history = source.own_history(evaluation, scorer=_ASSERTS, until=run.started_at).get(_ASSERTS, {})
    day, found = utc_day(run.started_at), []
    for sample_id in dict.fromkeys([*evaluation.quarantine, *history]):
        values, quarantine = history.get(sample_id), evaluation.quarantine.get(sample_id)
        if quarantine is None and (values is None or values.low == values.high):
            continue
        n = values.n if values is not None else 0
        n_failed = round(n * (1 - values.mean)) if values is not None else 0
        is_held = quarantine is not None and quarantine.holds_on(day)
        found.append(FlakySample(sample_id, n, n_failed, quarantine, is_held))
    return tuple(sorted(found, key=lambda each: (each.quarantine is None, -each.share_failed)))
