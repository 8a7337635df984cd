"""``evalkit flaky``: samples that pass and fail by themselves."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import date
from typing import Any

from evalkit.cli.printing import cell_text, local_time, print_json, print_notes, print_table, say, utc_time
from evalkit.cli.since import since_of
from evalkit.comparisons.wording import rate
from evalkit.core.quarantine import utc_day
from evalkit.core.text import plural
from evalkit.stats.intervals import wilson_interval
from evalkit.store.flaky import FlakySample
from evalkit.store.store import Store

HELP = "list samples that pass and fail although nothing changed, and how often"

WORSE = 1
_ASSERTS = "asserts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--task", metavar="NAME", help="only this task")
    parser.add_argument("--model", metavar="SPEC", help="only this model, as given to --llm-model")
    parser.add_argument("--since", metavar="WHEN", help="only runs since a date (2026-01-31) or an age (90d)")


def run(arguments: argparse.Namespace) -> int:
    """Status 0 when no asserted sample flips, or only such as are in quarantine; 1 when another one does."""
    with Store.open(arguments.store) as store:
        samples = store.flaky(task=arguments.task, model=arguments.model, since=since_of(arguments.since))
        print_notes(store.notes)
    today = utc_day(time.time())
    if arguments.json:
        print_json([_object(sample, today) for sample in samples])
    else:
        _print(samples, today)
    return WORSE if any(_is_open(sample, today) for sample in samples) else 0


def _is_open(sample: FlakySample, today: date) -> bool:
    return sample.scorer == _ASSERTS and not _is_held(sample, today)


def _is_held(sample: FlakySample, today: date) -> bool:
    return sample.quarantine is not None and sample.quarantine.holds_on(today)


def _print(samples: Sequence[FlakySample], today: date) -> None:
    if not samples:
        say("no sample was scored both ways")
        return
    headers = ["sample", "task", "subject", "scorer", "fails", "answers", "runs", "last failed", "quarantine"]
    rows = [
        [
            cell_text(sample.sample_id), sample.task, _subject(sample), sample.scorer,
            rate(sample.n_failed, sample.n), f"{sample.n:,}", f"{sample.n_runs:,}",
            local_time(sample.last_failed_at), _state(sample, today),
        ]
        for sample in samples
    ]  # fmt: skip
    print_table(headers, rows, right=("answers", "runs"), whole=("fails", "last failed"), width=140)
    n_open = sum(_is_open(sample, today) for sample in samples)
    n_golden = sum(sample.scorer == _ASSERTS for sample in samples)
    asserted = f"{n_golden:,} asserted, of them {n_open:,} without quarantine"
    say(f"{plural(len(samples), 'flaky sample')}: {asserted}")


def _subject(sample: FlakySample) -> str:
    return sample.model if sample.prompt == "default" else f"{sample.model}#{sample.prompt}"


def _state(sample: FlakySample, today: date) -> str:
    if sample.quarantine is None:
        return ""
    return f"{'until' if _is_held(sample, today) else 'ended'} {sample.quarantine.text}"


def _object(sample: FlakySample, today: date) -> dict[str, Any]:
    share = sample.n_failed / sample.n
    low, high = wilson_interval(share, sample.n)
    quarantine = sample.quarantine
    return {
        "task": sample.task, "model": sample.model, "prompt": sample.prompt,
        "model_revision": sample.model_revision, "sample_id": sample.sample_id, "scorer": sample.scorer,
        "is_asserted": sample.scorer == _ASSERTS,
        "n": sample.n, "n_failed": sample.n_failed, "n_runs": sample.n_runs,
        "rate": share, "rate_low": low, "rate_high": high,
        "last_at": utc_time(sample.last_at), "last_failed_at": utc_time(sample.last_failed_at),
        "is_quarantined": _is_held(sample, today),
        "quarantine_until": None if quarantine is None else str(quarantine.until),
        "quarantine_reason": None if quarantine is None else quarantine.reason,
    }  # fmt: skip
