"""From test items to units: one for each Task x Subject, with the Samples that were selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from evalkit.core.gate import GateRules
from evalkit.core.prompt import Prompt
from evalkit.core.run import Evaluation
from evalkit.core.sample import Sample
from evalkit.core.subject import DEFAULT_PROMPT, Subject
from evalkit.core.task import Task
from evalkit.errors import EvalkitError, TaskError
from evalkit.models.model import Model
from evalkit.runner.carried import check_carried
from evalkit.runner.content import dataset_hash, read_by_model, read_by_task, with_content
from evalkit.runner.prepared_task import PreparedTask
from evalkit.runner.prompt_context import shown_media
from evalkit.runner.scoring import describe
from evalkit.runner.task_prompt import BARE_PROMPT, check_prompt
from evalkit.runner.task_scorers import scoring_of
from evalkit.runner.unit import Unit
from evalkit.scorers.scorer import Scorer
from evalkit.scorers.settings import ScorerSettings
from evalkit.scorers.shared_sandbox import SharedSandbox
from evalkit.session.item_spec import ItemSpec
from evalkit.session.prompt_binding import choose, why_not
from evalkit.session.subjects import Subjects
from evalkit.session.task_judges import TaskJudges
from evalkit.session.units import BrokenUnit, PlannedUnit, ReadyUnit, subject_record


class UnitPlanner:
    """Makes units.

    Args:
        prepare: loads a Task's rows; what it raises becomes an error outcome.
        judges: what the scorers of one task reach judges by.
        order_seed: what puts samples into a random order; None asks them as they stand.
    """

    def __init__(
        self,
        run_id: str,
        process: str,
        subjects: Subjects,
        prepare: Callable[[Task], PreparedTask],
        n_repeats: int,
        sandbox: SharedSandbox,
        judges: Callable[[], TaskJudges],
        *,
        order_seed: str | None = None,
    ) -> None:
        self._run_id = run_id
        self._order_seed = order_seed
        # A worker that takes over from a dead one begins evaluations of its own.
        self._prefix = run_id if process == "main" else f"{run_id}-{process}"
        self._subjects = subjects
        self._prepare = prepare
        self._n_repeats = n_repeats
        self._sandbox = sandbox
        self._judges = judges

    def plan(self, items: Sequence[ItemSpec], also: Sequence[tuple[Task, Subject]] = ()) -> list[PlannedUnit]:
        """Group items by Task x Subject, in their order.

        Args:
            also: pairs that must be evaluated although no item of theirs was selected (a baseline Subject).
        """
        groups: dict[tuple[str, str], tuple[Task, Subject, list[ItemSpec]]] = {}
        for item in items:
            groups.setdefault(item.key, (item.task, item.subject, []))[2].append(item)
        for task, subject in also:
            groups.setdefault((task.task, subject.label), (task, subject, []))
        return [
            self._plan_one(number, task, subject, tuple(its))
            for number, (task, subject, its) in enumerate(groups.values())
        ]

    def _plan_one(
        self, number: int, task: Task, subject: Subject, items: tuple[ItemSpec, ...]
    ) -> PlannedUnit:
        model = self._subjects.models[subject.model.text]
        prompt = prompt_of(self._subjects, task, subject)
        record = subject_record(subject, model, prompt)
        evaluation = Evaluation(
            f"{self._prefix}-{number:03d}", self._run_id, task.task, task.task_hash, "", record
        )
        try:
            prepared = self._prepare(task)
            self._check(task, subject, prompt, prepared)
            door = self._sandbox.door()
            judges = self._judges()
            settings = ScorerSettings(door, judges, prepared.media)
            scoring = scoring_of(task, prepared.samples, settings)
            if judges.is_used:
                from evalkit.session.judging.account import with_judge_metrics

                scoring = with_judge_metrics(scoring)
            data_hash, chosen = _contents(prepared, items, prompt, model, scoring.scorers)
        except EvalkitError as error:
            return BrokenUnit(task, subject, items, evaluation, describe(error))
        unit = Unit(
            evaluation.evaluation_id, prepared, subject, record, model, prompt, chosen,
            scoring.scorers, self._n_repeats,
        )  # fmt: skip
        evaluation = replace(
            evaluation,
            task_hash=prepared.task_hash,
            dataset_hash=data_hash,
            n_samples=len(chosen),
            n_repeats=self._n_repeats,
            n_available=len(prepared.available),
            rules=_rules(task, items),
            labels=unit.labels,
            scorer_signatures={scorer.name: scorer.signature for scorer in scoring.scorers},
            metric_specs={label: spec.stored for label, spec in scoring.specs.items()},
            examples=prepared.examples.as_rows(),
            quarantine={s.id: s.quarantine for s in chosen if s.quarantine is not None},
            order_seed=self._order_seed,
        )
        return ReadyUnit(task, subject, items, evaluation, scoring, unit, door)

    def _check(self, task: Task, subject: Subject, prompt: Prompt, prepared: PreparedTask) -> None:
        """Raises TaskError where the prompt cannot be put to the task's rows, known once they are loaded."""
        bound = self._subjects.prompts.get(subject.prompt)
        why = why_not(bound, task, prepared.samples) if bound is not None else None
        if why is not None:
            raise TaskError(f"prompt {subject.prompt!r} {why}", where=task.task)
        check_prompt(task, prompt, prepared.samples)
        check_carried(self._subjects.models[subject.model.text], prepared, prompt)


def _contents(
    prepared: PreparedTask,
    items: Sequence[ItemSpec],
    prompt: Prompt,
    model: Model,
    scorers: Sequence[Scorer],
) -> tuple[str, tuple[Sample, ...]]:
    """The hash of the dataset, and the Samples to ask with the content that counts for them.

    Raises TemplateError where an image, a recording or a file of theirs cannot be read.
    """
    task, chosen = prepared.task, prepared.samples
    if items and all(item.kind == "sample" for item in items):
        ids = {item.sample_id for item in items}
        chosen = tuple(sample for sample in chosen if sample.id in ids)
    by_task = read_by_task(task, task.prompt or BARE_PROMPT, scorers)
    reads = read_by_task(task, prompt, scorers) | read_by_model(model)
    # Of the task alone: other prompts and models over the same data are over the same data.
    available = with_content(prepared.available, by_task.by_name())
    if reads != by_task or reads.media:
        chosen = with_content(chosen, reads, shown_media(task, prompt, prepared.media))
    elif reads:
        known = {sample.id: sample for sample in available}
        chosen = tuple(known[sample.id] for sample in chosen)
    return (dataset_hash(available) if by_task else prepared.dataset_hash), chosen


def prompt_of(subjects: Subjects, task: Task, subject: Subject) -> Prompt:
    """The prompt that a Subject puts to a Task."""
    if subject.prompt == DEFAULT_PROMPT:
        prompt: Prompt = task.prompt or BARE_PROMPT
        return prompt
    bound = subjects.prompts[subject.prompt]
    return (choose(bound, task.task) or bound[0]).prompt


def _rules(task: Task, items: Sequence[ItemSpec]) -> GateRules:
    """What the session decides of the task; several items may wait for one gate."""
    gates = {id(item.gate): item.gate for item in items if item.gate is not None}
    return GateRules(tuple(gates.values()), task.gate_limits, task.judge_condition)
