"""``evalkit prompts blame``: which version brought a regression."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from evalkit.api.options import options_of, project_root
from evalkit.api.progress import ProgressBar
from evalkit.cli.printing import print_json, print_notes, say
from evalkit.cli.prompt_texts import catalogue_of, version_object
from evalkit.core.estimate import Comparison
from evalkit.core.task import Task
from evalkit.core.text import plural
from evalkit.errors import UsageError
from evalkit.report.numbers import interval_text, usd_text, value_text
from evalkit.session.driver import drive
from evalkit.session.options import Options
from evalkit.session.prompt_blame.blame import Blame, Blaming, Looked
from evalkit.session.prompt_blame.ends import Ends, Wanted, read_ends
from evalkit.session.prompt_catalogue.timeline import title
from evalkit.session.solo import SoloSession
from evalkit.session.task_sources import load_tasks
from evalkit.store.prompts import StoredPrompt
from evalkit.store.store import Store


def _blame(arguments: argparse.Namespace) -> int:
    """Status 0 where a version is named, or nothing got worse; 1 where no single one can be told."""
    catalogue = catalogue_of(arguments)
    wanted = Wanted(arguments.task, arguments.model, arguments.metric, arguments.alpha)
    with Store.open(arguments.store) as store:
        ends = read_ends(store, catalogue, arguments.base, arguments.candidate, wanted)
        print_notes(store.notes)
    ask = partial(_ask, arguments, ends)
    found = Blaming(ends, ask, lambda: Store.open(arguments.store)).run()
    if arguments.json:
        print_json(_object(found))
    else:
        say(*_lines(found, catalogue.name, arguments.suite))
    return int(found.outcome == "undecided")


def _ask(arguments: argparse.Namespace, ends: Ends, version: StoredPrompt, sample_ids: Sequence[str]) -> str:
    """Evaluate a version on the samples that both runs asked; the run's id."""
    cwd = Path.cwd()
    task, options = _task(arguments.suite, ends), _options(arguments, ends, version, sample_ids, cwd)
    with ProgressBar(not (arguments.quiet or arguments.json) and sys.stderr.isatty()) as bar:
        words = ["evalkit", *arguments.words]
        solo = SoloSession(options, project_root(cwd), cwd, words, on_wait=bar.tick)
        bar.follow(solo.session)
        drive(solo, [task])
    if solo.closing.has_lost_results or solo.is_cut:
        raise UsageError("\n".join(solo.closing.summary_lines()))
    return solo.closing.run_id


def _task(suites: Sequence[Path], ends: Ends) -> Task:
    name = ends.candidate.task
    tasks = [task for suite in suites for task in load_tasks(suite) if task.task == name]
    if not tasks:
        what = f"versions of which the store has no answers are to be asked, and no suite has task {name!r}"
        raise UsageError(what, hint="add --suite=PATH of its task file")
    return tasks[0]


def _options(
    arguments: argparse.Namespace,
    ends: Ends,
    version: StoredPrompt,
    sample_ids: Sequence[str],
    cwd: Path,
) -> Options:
    """Those of the environment, but for what the two runs fix."""
    evaluation = ends.candidate
    is_whole = len(sample_ids) == evaluation.n_available
    return replace(
        options_of({"store": arguments.store, "report": "off"}, cwd),
        models=(evaluation.subject.model,),
        prompts=(f"{evaluation.task}:{version.prompt}@{version.prompt_hash}",),
        samples=() if is_whole else tuple(sample_ids),
        n_repeats=evaluation.n_repeats or 1,
        baseline=None,
        save_baseline=None,
        limit=None,
        is_sequential=False,
        is_dry_run=False,
        n_rerun=0,
        batch=None,
        ci="off",
    )


def _lines(found: Blame, name: str, suites: Sequence[Path]) -> Iterator[str]:
    ends, gate = found.ends, found.ends.gate
    first, last = ends.versions[0], ends.versions[-1]
    yield f"{ends.candidate.task} · {ends.candidate.subject.model} · {gate.metric.label}"
    yield f"  {title(first)} -> {title(last)}: {_drop(found.regression, gate.metric.label)}"
    yield from _looks(found)
    yield from _answer(found, name)
    for earlier, later in found.others:
        runs = (earlier.evaluation.run_id, later.evaluation.run_id)
        command = ["evalkit", "prompts", "blame", name, *runs, *(f"--suite={each}" for each in suites)]
        worse = f"{title(later.version)} is worse than {title(earlier.version)}"
        yield f"  {worse}, too: {' '.join(command)}"
    yield f"  {_spent(found)}"


def _looks(found: Blame) -> Iterator[str]:
    words = {
        "as before": "no loss yet",
        "worse": "already worse",
        "in between": "already worse, and not as bad as the last",
        "not told": "not told apart",
    }
    for place in found.searched.sides:
        looked = found.looked[place]
        yield f"  {title(looked.version)}: {words[found.searched.sides[place]]} ({_source(looked)})"


def _source(looked: Looked) -> str:
    if looked.source == "asked":
        return f"{plural(looked.n_asked, 'call')}, {looked.n_cached:,} from the cache"
    return f"stored answers of run {looked.evaluation.run_id}"


def _answer(found: Blame, name: str) -> Iterator[str]:
    label = found.ends.gate.metric.label
    if found.outcome == "no regression":
        yield f"no regression is shown between these runs: {name} is not to blame"
    elif found.culprit is not None and found.proof is not None:
        version = found.culprit
        commit = f", commit {version.git_commit[:10]}" if version.git_commit else ", never committed"
        author = f" by {version.git_author}" if version.git_author else ""
        yield f"{title(version)} brought it{commit}{author}: {_drop(found.proof, label)}"
        if version.message:
            yield f"  {version.message.splitlines()[0]}"
    else:
        shown = ", ".join(map(title, found.suspects))
        n = found.regression.n
        only = "is not shown to be worse than the version before it" if len(found.suspects) == 1 else (
            "cannot be told apart"
        )  # fmt: skip
        yield f"undecided: {shown} {only} on {plural(n, 'sample')}; evaluate both ends on more"


def _drop(comparison: Comparison, label: str) -> str:
    before, after = value_text(label, comparison.baseline), value_text(label, comparison.candidate)
    interval = interval_text(label, comparison.low, comparison.high)
    change = value_text(label, comparison.difference)
    return f"{before} -> {after}, {change} {interval}, p = {comparison.p_value:.2g}, n = {comparison.n:,}"


def _spent(found: Blame) -> str:
    cost = "at a cost that nobody knows" if found.cost_usd is None else f"for {usd_text(found.cost_usd)}"
    return f"asked: {plural(found.n_asked, 'call')} {cost}, {found.n_cached:,} answers from the cache"


def _object(found: Blame) -> dict[str, Any]:
    shown: Callable[[StoredPrompt], dict[str, Any]] = version_object
    ends = found.ends
    return {
        "outcome": found.outcome,
        "task": ends.candidate.task,
        "model": ends.candidate.subject.model,
        "metric": ends.gate.metric.label,
        "alpha": ends.gate.alpha,
        "level": found.searched.level,
        "base_run": ends.base.run_id,
        "candidate_run": ends.candidate.run_id,
        "versions": [shown(each) for each in ends.versions],
        "culprit": None if found.culprit is None else shown(found.culprit),
        "suspects": [each.prompt_hash for each in found.suspects],
        "others": [
            [earlier.evaluation.run_id, later.evaluation.run_id] for earlier, later in found.others
        ],
        "regression": asdict(found.regression),
        "proof": None if found.proof is None else asdict(found.proof),
        "looked": [
            {
                "prompt_hash": each.version.prompt_hash, "run_id": each.evaluation.run_id,
                "source": each.source, "shown": found.searched.sides.get(place),
                "n_asked": each.n_asked, "n_cached": each.n_cached, "cost_usd": each.cost_usd,
            }
            for place, each in sorted(found.looked.items())
        ],
        "n_asked": found.n_asked,
        "n_cached": found.n_cached,
        "cost_usd": found.cost_usd,
    }  # fmt: skip


ACTIONS = {"blame": _blame}
