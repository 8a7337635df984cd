"""``evalkit drift``: what moved over the history of the store, since when, and why."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evalkit.cli.drift_outputs import write_outputs
from evalkit.cli.printing import cell_text, print_json, print_lines, print_notes, say
from evalkit.cli.since import since_of
from evalkit.core.text import plural
from evalkit.drift.finding import Finding, find_drift
from evalkit.drift.series import Series, series_of
from evalkit.drift.watched import Watched
from evalkit.errors import UsageError
from evalkit.stats.changepoint import HORIZON, MIN_RUNS
from evalkit.store.store import Store

HELP = "what moved over time, since when, by how much, and why"

WORSE, UNDECIDED = 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--task", metavar="NAME", help="only this task")
    parser.add_argument("--model", metavar="SPEC", help="only this model, as it was given to --llm-model")
    parser.add_argument("--metric", metavar="NAME", help="only this metric")
    parser.add_argument("--since", metavar="WHEN", help="only runs since a date (2026-01-31) or an age (90d)")
    parser.add_argument(
        "--alpha", type=float, default=0.05, metavar="A",
        help=f"chance of any false alarm while {HORIZON} runs are watched (default 0.05)",
    )  # fmt: skip
    parser.add_argument(
        "--html", type=Path, metavar="PATH", help="write a page with a picture of each series"
    )
    parser.add_argument("--markdown", type=Path, metavar="PATH", help="write a summary for people")
    parser.add_argument(
        "--ci", choices=("auto", "github", "gitlab", "off"), default="auto",
        help="CI host to report to: annotations and the step's summary, or code quality (default auto)",
    )  # fmt: skip
    parser.add_argument("--strict", action="store_true", help="end with 2 where nothing can be said yet")


def run(arguments: argparse.Namespace) -> int:
    """Status 0 when nothing got worse, 1 when something stands worse than it did, 2 when no series is long
    enough and ``--strict``."""
    if not 0 < arguments.alpha <= 0.5:
        raise UsageError(f"--alpha {arguments.alpha:g} is outside (0, 0.5]")
    with Store.open(arguments.store) as store:
        rows = store.history(task=arguments.task, model=arguments.model, since=since_of(arguments.since))
        series = series_of(row for row in rows if arguments.metric in (None, row.metric))
        if not series:
            raise UsageError("no finished whole run has such numbers", mend="'evalkit runs' lists the runs")
        now = max(each.last.started_at for each in series)
        over = [each for each in series if each.is_over(now)]
        series = [each for each in series if not each.is_over(now)]
        findings = find_drift(store, series, arguments.alpha)
        print_notes(store.notes)
    lines = write_outputs(Watched(arguments.alpha, series, over, findings), arguments)
    if arguments.json:
        print_json({**_object(series, findings, arguments.alpha), "n_over": len(over)})
    else:
        _print(series, findings, arguments.alpha, over)
    print_lines(lines, is_aside=arguments.json)
    if any(each.is_worse for each in findings):
        return WORSE
    return UNDECIDED if arguments.strict and all(each.too_short for each in series) else 0


def _print(
    series: Sequence[Series], findings: Sequence[Finding], alpha: float, over: Sequence[Series]
) -> None:
    short = [each for each in series if each.too_short]
    watched = len(series) - len(short)
    say(f"{watched:,} series watched, chance of any false alarm in {HORIZON} runs {alpha:g}")
    if short:
        say(f"{len(short)} too short: fewer than {MIN_RUNS} runs")
    if over:
        names = sorted({f"{task} · {model}" for task, model, _, _ in (each.name for each in over)})
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        say(f"{len(over)} no longer run: {', '.join(map(cell_text, names[:3]))}{more}")
    for finding in sorted(findings, key=lambda each: not each.is_worse):
        for line in _lines(finding):
            say(line)
    if not watched:
        say(f"nothing can be said yet: the longest history has {plural(max(map(_n_runs, series)), 'run')}")
    elif not findings:
        say("nothing moved")


def _n_runs(series: Series) -> int:
    return len(series.rows)


def _lines(finding: Finding) -> list[str]:
    task, _, _, metric = map(cell_text, finding.series.name)
    later = "" if finding.is_last else ", and changed again later"
    return [
        f"\n{task} · {cell_text(finding.subject)} · {metric}: {finding.direction}{later}",
        f"  {cell_text(finding.change_text)}",
        f"  {cell_text(finding.cause_text)}",
        f"  {cell_text(finding.recommendation)}",
        *(f"    $ {cell_text(line)}" for line in finding.advice.commands),
    ]


def _object(series: Sequence[Series], findings: Sequence[Finding], alpha: float) -> dict[str, Any]:
    return {
        "alpha": alpha,
        "horizon": HORIZON,
        "n_series": len(series),
        "n_too_short": sum(each.too_short is not None for each in series),
        "changes": [_change_object(each) for each in findings],
    }


def _change_object(finding: Finding) -> dict[str, Any]:
    change, attribution = finding.change, finding.attribution
    task, model, prompt, metric = finding.series.name
    day, earliest, latest = finding.dates
    return {
        "task": task, "model": model, "prompt": prompt, "metric": metric,
        "direction": finding.direction, "kind": change.kind, "is_last": finding.is_last,
        "date": day, "date_low": earliest, "date_high": latest,
        "before": change.before, "after": change.after, "size": change.size,
        "size_low": change.low, "size_high": change.high, "p_value": change.p_value,
        "cause": attribution.cause, "evidence": list(attribution.evidence),
        "changed_share": attribution.changed_share,
        "run_before": attribution.earlier.run_id, "run_after": attribution.later.run_id,
        "recommendation": finding.recommendation,
        "action": finding.advice.action, "commands": list(finding.advice.commands),
    }  # fmt: skip
