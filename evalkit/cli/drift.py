"""``evalkit drift``: what moved over the history of the store, since when, and why."""

from __future__ import annotations

import argparse
from typing import Any

from evalkit.cli.drift_outputs import write_outputs
from evalkit.cli.printing import cell_text, print_json, print_lines, print_notes, say
from evalkit.cli.shared_options import written_file
from evalkit.cli.since import since_of
from evalkit.core.text import plural
from evalkit.drift.departure import Departure
from evalkit.drift.finding import Finding
from evalkit.drift.seams import Seam
from evalkit.drift.series import Series
from evalkit.drift.watched import Watched
from evalkit.drift.watching import watch
from evalkit.errors import UsageError
from evalkit.stats.changepoint import HORIZON, MIN_RUNS
from evalkit.store.store import Store

HELP = "show what changed over time, since when, by how much, and why"

WORSE, UNDECIDED = 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--task", metavar="NAME", help="only this task")
    parser.add_argument("--model", metavar="SPEC", help="only this model, as given to --llm-model")
    parser.add_argument("--metric", metavar="NAME", help="only this metric")
    parser.add_argument("--since", metavar="WHEN", help="only runs since a date (2026-01-31) or an age (90d)")
    parser.add_argument(
        "--alpha", type=float, default=0.05, metavar="A",
        help=f"probability of any false alarm over {HORIZON} watched runs (default 0.05)",
    )  # fmt: skip
    parser.add_argument(
        "--html", type=written_file, metavar="PATH", help="write a page with a picture of each series"
    )
    parser.add_argument("--markdown", type=written_file, metavar="PATH", help="write a summary for people")
    parser.add_argument(
        "--ci", choices=("auto", "github", "gitlab", "off"), default="auto",
        help="CI host to report to, by annotations and step summary, or code quality (default auto)",
    )  # fmt: skip
    parser.add_argument("--strict", action="store_true", help="exit with 2 if nothing can be said yet")


def run(arguments: argparse.Namespace) -> int:
    """Status 0 when nothing got worse, 1 when something stands worse than it did, 2 when no series is long
    enough and ``--strict``."""
    if not 0 < arguments.alpha <= 0.5:
        raise UsageError(f"--alpha {arguments.alpha:g} is outside (0, 0.5]")
    with Store.open(arguments.store) as store:
        rows = store.history(task=arguments.task, model=arguments.model, since=since_of(arguments.since))
        chosen = (row for row in rows if arguments.metric in (None, row.metric))
        watched = watch(store, chosen, arguments.alpha)
        if watched is None:
            raise UsageError(
                "no finished, complete run has such numbers", hint="'evalkit runs' lists the runs"
            )
        print_notes(store.notes)
    lines = write_outputs(watched, arguments)
    if arguments.json:
        print_json(_object(watched))
    else:
        _print(watched)
    print_lines(lines, is_aside=arguments.json)
    if watched.names_of_worse:
        return WORSE
    return UNDECIDED if arguments.strict and all(each.too_short for each in watched.series) else 0


def _print(watched: Watched) -> None:
    n_short = len(watched.short)
    n_watched = len(watched.series) - n_short
    say(f"{n_watched:,} series watched, chance of any false alarm in {HORIZON} runs {watched.alpha:g}")
    if n_short:
        say(f"{n_short} too short: fewer than {MIN_RUNS} runs")
    if watched.over:
        names = sorted({f"{task} · {model}" for task, model, _, _ in (each.name for each in watched.over)})
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        say(f"{len(watched.over)} no longer run: {', '.join(map(cell_text, names[:3]))}{more}")
    for each, seam in watched.seams:
        say(f"{_name(each)}: {cell_text(seam.text)}")
    for finding in watched.ordered:
        for line in _lines(finding):
            say(line)
    for departure in watched.ordered_departures:
        say(f"\n{_title(departure)}: {departure.direction} than its first baseline")
        say(f"  {cell_text(departure.text)}")
    if not n_watched:
        longest = max(map(_n_runs, watched.series))
        say(f"nothing can be said yet: the longest history has {plural(longest, 'run')}")
    elif not watched.findings and not watched.departures:
        say("nothing moved")


def _n_runs(series: Series) -> int:
    return len(series.rows)


def _lines(finding: Finding) -> list[str]:
    later = "" if finding.is_last else ", and changed again later"
    return [
        f"\n{_title(finding)}: {finding.direction}{later}",
        f"  {cell_text(finding.change_text)}",
        f"  {cell_text(finding.cause_text)}",
        f"  {cell_text(finding.recommendation)}",
        *(f"    $ {cell_text(line)}" for line in finding.advice.commands),
    ]


def _title(told: Finding | Departure) -> str:
    return _name(told.series)


def _name(series: Series) -> str:
    task, _, _, metric = map(cell_text, series.name)
    return f"{task} · {cell_text(series.subject)} · {metric}"


def _object(watched: Watched) -> dict[str, Any]:
    return {
        "alpha": watched.alpha,
        "horizon": HORIZON,
        "n_series": len(watched.series),
        "n_too_short": len(watched.short),
        "n_over": len(watched.over),
        "changes": [_change_object(each) for each in watched.findings],
        "seams": [_seam_object(*each) for each in watched.seams],
        "since_first_baseline": [_departure_object(each) for each in watched.departures],
    }


def _seam_object(series: Series, seam: Seam) -> dict[str, Any]:
    task, model, prompt, metric = series.name
    bridge = seam.bridge
    return {
        "task": task, "model": model, "prompt": prompt, "metric": metric, "kind": bridge.kind,
        "from": bridge.old, "date": seam.day, "shift": seam.shift, "difference": bridge.difference,
        "difference_low": bridge.low, "difference_high": bridge.high, "n": bridge.n,
    }  # fmt: skip


def _departure_object(departure: Departure) -> dict[str, Any]:
    moved = departure.distance
    task, model, prompt, metric = departure.series.name
    return {
        "task": task, "model": model, "prompt": prompt, "metric": metric,
        "direction": departure.direction, "first_baseline": departure.first.run_id,
        "n_baselines": departure.n_baselines, "before": moved.before, "after": moved.after,
        "size": moved.size, "size_low": moved.low, "size_high": moved.high, "size_level": moved.level,
        "p_value": moved.p_value,
    }  # fmt: skip


def _change_object(finding: Finding) -> dict[str, Any]:
    change, attribution = finding.change, finding.attribution
    task, model, prompt, metric = finding.series.name
    day, earliest, latest = finding.dates
    return {
        "task": task, "model": model, "prompt": prompt, "metric": metric,
        "direction": finding.direction, "kind": change.kind, "is_last": finding.is_last,
        "date": day, "date_low": earliest, "date_high": latest,
        "before": change.before, "after": change.after, "size": change.size,
        "size_low": change.low, "size_high": change.high, "size_level": change.level,
        "p_value": change.p_value,
        "cause": attribution.cause, "evidence": list(attribution.evidence),
        "changed_share": attribution.changed_share,
        "run_before": attribution.earlier.run_id, "run_after": attribution.later.run_id,
        "recommendation": finding.recommendation,
        "action": finding.advice.action, "commands": list(finding.advice.commands),
    }  # fmt: skip
