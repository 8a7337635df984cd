"""``evalkit judge calibrate TASK``: measure a task's judge against people, and keep what was found."""

from __future__ import annotations

import argparse
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.cli.printing import print_json, print_notes, say
from evalkit.core.text import plural, shown_path
from evalkit.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from evalkit.calibrating.asking import Ask
    from evalkit.calibrating.figures import Figures
    from evalkit.calibrating.labelled import Labels
    from evalkit.calibrating.standard import Standard
    from evalkit.cli.asked_judge import AskedJudge
    from evalkit.core.judge_calibration import JudgeCalibration
    from evalkit.core.task import ScorerSpec, Task
    from evalkit.scorers.judge.judge import JudgeScorer
    from evalkit.session.stored.labelled_answers import LabelledTask

HELP = "measure a task's judge against people's labels; gates can require such a calibration"

_JUDGE = "judge"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", metavar="TASK", type=Path, help="the task file whose scorer is the judge")
    parser.add_argument(
        "--labels", required=True, metavar="FILE|reviews",
        help="a .jsonl or .csv file of responses with labels, or 'reviews' for those of 'evalkit review'",
    )  # fmt: skip
    parser.add_argument("--task-name", metavar="NAME", help="which task, if the file has several")
    parser.add_argument("--scorer", metavar="NAME", help="which judge, if the task has several")
    parser.add_argument("--judge", metavar="SPEC", help="the judge, if the scorer names none")
    parser.add_argument(
        "--judgements", type=Path, metavar="FILE",
        help="compute the figures from judgements made elsewhere; nothing is asked or stored",
    )  # fmt: skip
    parser.add_argument(
        "--repeats", type=int, metavar="N",
        help="how often each response is judged (default 2; 1 if verdicts are ranked)",
    )  # fmt: skip
    parser.add_argument(
        "--attacks", type=int, default=20, metavar="N",
        help="bad responses that every attack is tried on (default 20; 0 for none)",
    )  # fmt: skip
    parser.add_argument("--max-cost", metavar="USD", help="spend at most this many US dollars")
    parser.add_argument("--offline", action="store_true", help="refuse every connection except to loopback")


def run(arguments: argparse.Namespace) -> int:
    """Status 0 where figures were found, whatever they say."""
    from evalkit.calibrating.judge_standard import standard_of

    if (arguments.repeats is not None and arguments.repeats < 1) or arguments.attacks < 0:
        raise UsageError("--repeats must be at least 1, and --attacks at least 0")
    task, spec, scorer = _judge_of(arguments)
    standard = standard_of(scorer)
    labels = _labels(arguments, task, standard)
    if arguments.judgements is not None:
        labels = labels.together()
        _show(arguments, task, _recorded(arguments.judgements, standard, labels), labels, [])
        return 0
    asked = _asked(arguments, task, spec, standard)
    labels = _of_today(asked.labelled, labels)
    labels = asked.labelled.with_groups(labels)
    figures = _measured(arguments, asked, standard, labels, is_fickle=scorer.decide != "rank")
    rows = _rows(task, spec, asked, labels, figures)
    _store(arguments.store, rows)
    _show(arguments, task, figures, labels, rows, asked.cost_usd)
    return 0


def _judge_of(arguments: argparse.Namespace) -> tuple[Task, ScorerSpec, JudgeScorer]:
    """The task and its judge. Raises UsageError where there is none, or several and none is named."""
    from evalkit.scorers.judge.judge import JudgeScorer
    from evalkit.scorers.open import open_scorer
    from evalkit.session.task_sources import load_tasks

    tasks = {each.task: each for each in load_tasks(arguments.task)}
    judged = {name: each for name, each in tasks.items() if any(s.name == _JUDGE for s in each.scorers)}
    task = judged[_one("task", arguments.task_name, judged, str(arguments.task))]
    specs = {spec.label: spec for spec in task.scorers if spec.name == _JUDGE}
    spec = specs[_one("scorer", arguments.scorer, specs, task.task)]
    scorer = open_scorer(replace(spec, alias=None))
    assert isinstance(scorer, JudgeScorer)
    return task, spec, scorer


def _one(what: str, wanted: str | None, known: dict[str, Any], where: str) -> str:
    option = "--task-name" if what == "task" else "--scorer"
    if not known:
        hint = "give the task a scorer: 'scorers: [{judge: The answer is polite.}]'"
        raise UsageError("there is no task with a judge", where=where, hint=hint)
    if wanted is None and len(known) > 1:
        hint = f"choose one: {option}, of {', '.join(known)}"
        raise UsageError(f"there is more than one {what} with a judge", where=where, hint=hint)
    if wanted is not None and wanted not in known:
        hint = did_you_mean(wanted, known)
        raise UsageError(f"{option} {wanted!r} is no {what} with a judge", where=where, hint=hint)
    return wanted if wanted is not None else next(iter(known))


def _labels(arguments: argparse.Namespace, task: Task, standard: Standard) -> Labels:
    from evalkit.calibrating.label_files import read_labels
    from evalkit.calibrating.label_reviews import REVIEWS, read_reviews
    from evalkit.store.store import Store

    if arguments.labels != REVIEWS:
        return read_labels(Path(arguments.labels), standard)
    with Store.open(arguments.store) as store:
        return read_reviews(store, task.task, standard)


def _recorded(path: Path, standard: Standard, labels: Labels) -> list[Figures]:
    from evalkit.calibrating.figures import figures_of
    from evalkit.calibrating.label_files import read_judgements, recorded_opinions

    opinions = recorded_opinions(labels, read_judgements(path, standard.main))
    return [figures_of(standard.main, labels, opinions)]


def _asked(arguments: argparse.Namespace, task: Task, spec: ScorerSpec, standard: Standard) -> AskedJudge:
    from evalkit.api.options import options_of, project_root
    from evalkit.cli.asked_judge import AskedJudge
    from evalkit.session.stored.labelled_answers import LabelledTask
    from evalkit.store.creation import make_folder

    cwd = Path.cwd()
    given = {"judge": arguments.judge, "max_cost": arguments.max_cost, "offline": arguments.offline or None}
    given = {name: value for name, value in given.items() if value is not None}
    make_folder(arguments.store.parent)
    labelled = LabelledTask(task, spec, standard, options_of(given, cwd), project_root(cwd), cwd)
    return AskedJudge(labelled, spec.label, arguments.store.absolute(), given, not arguments.json)


def _of_today(labelled: LabelledTask, labels: Labels) -> Labels:
    """Raises UsageError where none is left."""
    kept = labelled.of_today(labels)
    n_left = len({each.key for each in labels.responses} - {each.key for each in kept.responses})
    if not kept.responses:
        hint = "review answers of a run on the current samples"
        raise UsageError("all reviewed samples have been edited or removed since", hint=hint)
    if n_left:
        note = (
            f"{plural(n_left, 'reviewed response')} left out: samples that have been edited or removed since"
        )
        print_notes([note])
    return kept


def _measured(
    arguments: argparse.Namespace, ask: Ask, standard: Standard, labels: Labels, *, is_fickle: bool
) -> list[Figures]:
    from evalkit.calibrating.asking import measure
    from evalkit.calibrating.probes.builtin import PROBES

    n_rounds = arguments.repeats or (2 if is_fickle else 1)
    return measure(ask, standard, labels, n_rounds, PROBES, arguments.attacks, is_fickle=is_fickle)


def _rows(
    task: Task, spec: ScorerSpec, asked: AskedJudge, labels: Labels, figures: Sequence[Figures]
) -> list[JudgeCalibration]:
    """What is stored; nothing where the judge said nothing at all."""
    from evalkit.calibrating.record import calibration_of

    now = time.time()
    return [
        calibration_of(
            each, calibration_id=uuid.uuid4().hex[:12], created_at=now, task=task.task, scorer=spec.label,
            signature=asked.signature, source=labels.source,
        )
        for each in figures
        if each.counts.n_compared
    ]  # fmt: skip


def _store(path: Path, rows: Sequence[JudgeCalibration]) -> None:
    from evalkit.store.calibrations import write_calibrations
    from evalkit.store.store import Store

    if rows:
        with Store.open(path, mode="write") as store:
            write_calibrations(store.connection, rows)


def _show(
    arguments: argparse.Namespace,
    task: Task,
    figures: Sequence[Figures],
    labels: Labels,
    rows: Sequence[JudgeCalibration],
    cost_usd: float | None = None,
) -> None:
    from evalkit.calibrating.record import as_record
    from evalkit.cli.calibration_text import lines_of

    if arguments.json:
        named = {"task": task.task, "source": labels.source, "cost_usd": cost_usd}
        kept = {each.record["criterion"]: each for each in rows}
        print_json({
            **named,
            "calibrations": [
                {**_identity(kept.get(each.criterion)), **as_record(each)} for each in figures
            ],
        })  # fmt: skip
        return
    for each in figures:
        name = task.task if each.criterion is None else f"{task.task}, {each.criterion}"
        head = f"{name}, judged by {each.judge or 'nobody'}, labels of {labels.source}"
        say(*lines_of(head, as_record(each), task.judge_condition if rows else None), "")
    if rows:
        place = shown_path(arguments.store.resolve(), Path.cwd())
        cost = f", ${cost_usd:.4f}" if cost_usd else ""
        say(f"kept in {place}: {plural(len(rows), 'calibration')} of {rows[0].signature}{cost}")
    elif arguments.judgements is not None:
        say("nothing is stored: it is unknown which judge and prompt gave the recorded judgements")
    else:
        say("nothing is stored: no response has both a verdict and a label")


def _identity(row: JudgeCalibration | None) -> dict[str, Any]:
    if row is None:
        return {}
    names = ("calibration_id", "scorer", "signature", "judge_revision")
    return {**{name: getattr(row, name) for name in names}, "judge_spec": row.judge}
