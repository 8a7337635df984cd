"""A Task with its Samples: everything that can be known before a Model is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from evalkit.core.canonical import canonical_json
from evalkit.core.content import MEDIA
from evalkit.core.fewshot import FewShot
from evalkit.core.frozen import frozen
from evalkit.core.quarantine import Quarantine, parse_quarantine
from evalkit.core.sample import Sample
from evalkit.core.task import DatasetSpec, Task
from evalkit.core.task_values import label_text
from evalkit.errors import DatasetError, TaskError, TemplateError, did_you_mean
from evalkit.prompts.fields import fields_read
from evalkit.prompts.media import MediaFiles
from evalkit.prompts.template import compile_value
from evalkit.runner.content import content_of, dataset_hash
from evalkit.runner.examples import Examples, Row, draw_examples, example_context
from evalkit.runner.prompt_context import shown_media
from evalkit.runner.row_values import InputReader, field_id, row_template
from evalkit.scorers.custom.asserts import validate_assertions
from evalkit.tasks.assertions import parse_assertions

RowLoader = Callable[[DatasetSpec], Sequence[Row]]


class NothingSelectedError(DatasetError):
    """``--llm-sample`` names no Sample of this task."""


@frozen
class PreparedTask:
    """A Task with the Samples that will be asked.

    Attributes:
        samples: after ``--llm-limit`` and ``--llm-sample``; never empty.
        available: every Sample of the Dataset.
        examples: the few-shot examples and which Sample gets which.
        dataset_hash: 16 hex digits over all Samples of the Dataset, limits or not, without fields of the row
            that a prompt or a scorer may read beside (see ``evalkit.runner.content``).
        task_hash: the task's own hash with the few-shot examples in it.
        is_partial: a limit left Samples out.
        media: where the images, audio and files of its messages come from.
        slices: of what its gates and metrics are sliced by, by sample id, the values that this gives.
    """

    task: Task
    samples: tuple[Sample, ...]
    available: tuple[Sample, ...]
    examples: Examples
    dataset_hash: str
    task_hash: str
    is_partial: bool
    media: MediaFiles = field(default_factory=MediaFiles, compare=False)
    slices: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict, compare=False)


def prepare(
    task: Task,
    load_rows: RowLoader,
    *,
    limit: int | None = None,
    sample_ids: Sequence[str] = (),
    media: MediaFiles | None = None,
) -> PreparedTask:
    """Load the rows and render every Sample.

    Raises DatasetError (no rows, duplicate ids), TemplateError (a missing field) or TaskError (a target that
    is not among the choices), each naming the task file and the row.
    """
    spec, media = _dataset(task), media or MediaFiles()
    builder = _SampleBuilder(task, media)
    samples = _quarantined(task, builder.build_all(load_rows(spec)))
    examples = _examples(task, spec, samples, load_rows, builder)
    chosen = _choose(task, samples, limit, sample_ids)
    task_hash = task.task_hash
    if examples:
        shown = canonical_json([_shown(task, sample, media) for sample in examples.all])
        task_hash = hashlib.sha256(task_hash.encode() + shown).hexdigest()[:16]
    is_partial = len(chosen) < len(samples)
    return PreparedTask(task, chosen, samples, examples, dataset_hash(samples), task_hash, is_partial, media)


def _dataset(task: Task) -> DatasetSpec:
    assert isinstance(task.dataset, DatasetSpec)
    return task.dataset


def where(task: Task) -> str:
    """How a task is named in errors: its file, else its name."""
    return str(task.source) if task.source else f"task {task.task}"


class _SampleBuilder:
    """Compiles a task's templates once and turns rows into Samples."""

    def __init__(self, task: Task, media: MediaFiles) -> None:
        self._task = task
        self._where = where(task)
        self._id, self._group = (
            row_template(source, f"{self._where}: {key}") if source else None
            for key, source in (("id", task.id), ("group", task.group))
        )
        self._input = InputReader(task.input, self._where, media, has_prompt=task.prompt is not None)
        self._target = self._compile_target(task.target)
        self._continuation = (
            row_template(task.continuation, f"{self._where}: continuation") if task.continuation else None
        )
        # Numbers as choices with a number as target (STS-B's 3.8 between 0 … 5): near counts, not equal.
        self._is_graded = "numeric" in {spec.name for spec in task.scorers}
        self._choices = (
            row_template(task.choices, f"{self._where}: choices", compile_value)
            if isinstance(task.choices, str)
            else None
        )

    def _compile_target(self, target: Any) -> Callable[[Row], Any] | None:
        if target is None:
            return None
        if isinstance(target, str):
            return row_template(target, f"{self._where}: target", compile_value)
        return lambda row: target

    def build_all(self, rows: Iterable[Row]) -> tuple[Sample, ...]:
        """The Samples with the content of each."""
        samples: list[Sample] = []
        seen: dict[str, int] = {}
        for number, row in enumerate(rows):
            sample = self._build_located(row, number)
            first = seen.setdefault(sample.id, number)
            if first != number:
                raise DatasetError(
                    f"sample id {sample.id!r} appears twice: rows {first + 1} and {number + 1}",
                    where=self._where,
                    hint="give every row its own id, or set the task key id so that they differ",
                )
            # Nobody has seen the Sample yet, and a copy of each would take a third of the time of loading.
            object.__setattr__(sample, "content_hash", content_of(sample))
            samples.append(sample)
        self._check_assertions(samples)
        if not samples:
            raise DatasetError(
                f"dataset {_dataset(self._task).text} has no rows",
                where=self._where,
                hint="check file and split",
            )
        return tuple(samples)

    def _check_assertions(self, samples: Sequence[Sample]) -> None:
        """All samples or none carry assertions: the share that holds is a share of all."""
        bare = next((sample for sample in samples if not sample.assertions), None)
        if bare is not None and any(sample.assertions for sample in samples):
            raise TaskError(
                f"sample {bare.id!r} has no assertions, but others have",
                where=self._where,
                hint="give it an assert: list, or move it to its own task",
            )

    def _build_located(self, row: Row, number: int) -> Sample:
        try:
            return self._build(row, number)
        except (TemplateError, TaskError) as error:
            if "row " not in (error.where or ""):
                error.where = f"{error.where or self._where}: row {number + 1}"
            raise

    def _build(self, row: Row, number: int) -> Sample:
        sample_id = self._id(row) if self._id else field_id(row, number, self._where)
        choices = self._choices_of(row)
        assertions = parse_assertions(row["assert"], self._where) if "assert" in row else ()
        validate_assertions(assertions)
        row, quarantine = _without_quarantine(row, f"{self._where}: sample {sample_id}")
        text, conversation = self._input.read(row)
        return Sample(
            sample_id,
            text,
            self._target_of(row, choices),
            row,
            choices,
            assertions,
            self._group(row) if self._group else None,
            self._continuations_of(row, choices),
            quarantine=quarantine,
            conversation=conversation,
        )

    def _choices_of(self, row: Row) -> tuple[str, ...] | None:
        if self._choices is None:
            return self._task.choices  # type: ignore[return-value]
        labels = self._choices(row)
        if isinstance(labels, str) or not isinstance(labels, Sequence) or not labels:
            raise TaskError(f"choices {labels!r} are not a list of labels", where=self._where)
        try:
            return tuple(label_text(label, "choices") for label in labels)
        except TaskError as error:
            error.where = self._where
            raise

    def _continuations_of(self, row: Row, choices: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if self._continuation is None or choices is None:
            return None
        return tuple(self._continuation({"row": row, **row, "choice": choice}) for choice in choices)

    def _target_of(self, row: Row, choices: tuple[str, ...] | None) -> Any:
        target = self._target(row) if self._target else row.get("target")
        if choices is None or target is None or self._is_graded:
            return target
        if isinstance(target, int) and not isinstance(target, bool) and 0 <= target < len(choices):
            return self._choice_at(target, choices)
        allowed = target if isinstance(target, list) else [target]
        for label in allowed:
            if str(label) not in choices:
                raise TaskError(
                    f"target {label!r} is not among the choices {list(choices)!r}",
                    where=self._where,
                    hint="fix the target or the choices",
                )
        return target if isinstance(target, list) else str(target)

    def _choice_at(self, index: int, choices: tuple[str, ...]) -> str:
        label = choices[index]
        if str(index) in choices and label != str(index):
            raise TaskError(
                f"target {index} is a label of the choices {list(choices)!r} and the index of another",
                where=self._where,
                hint=f"write the intended label as a text: '{index}' or '{label}'",
            )
        return label


def _examples(
    task: Task,
    spec: DatasetSpec,
    samples: tuple[Sample, ...],
    load_rows: RowLoader,
    builder: _SampleBuilder,
) -> Examples:
    """Drawn from another split, or out of the rows that are asked about: files and inline rows have none."""
    shots = task.fewshot
    if not isinstance(shots, FewShot):
        return Examples()
    is_own = spec.path is None or shots.split == spec.split
    pool = samples if is_own else builder.build_all(load_rows(replace(spec, split=shots.split)))
    return draw_examples(shots, pool, is_own=is_own, where=where(task))


def _shown(task: Task, sample: Sample, media: MediaFiles) -> Row:
    """What the task's prompt can show of an example; of a task that brings no prompt, all of it."""
    context: dict[str, Any] = {**example_context(sample), "input": sample.input}
    if task.prompt is None:
        return context
    read = {"input", "target", "choices", *fields_read(task.prompt, task.description)}
    shown = {name: value for name, value in context.items() if name in read}
    hashes = shown_media(task, task.prompt, media)
    return shown if hashes is None else {**shown, MEDIA: hashes(sample)}


def _choose(
    task: Task, samples: tuple[Sample, ...], limit: int | None, sample_ids: Sequence[str]
) -> tuple[Sample, ...]:
    if sample_ids:
        wanted = set(sample_ids)
        samples = tuple(sample for sample in samples if sample.id in wanted)
    if not samples:
        raise NothingSelectedError(
            f"none of the requested samples exists: {', '.join(sample_ids)}",
            where=where(task),
            hint="check --llm-sample",
        )
    return samples[:limit] if limit is not None else samples


def _without_quarantine(row: Row, where: str) -> tuple[Row, Quarantine | None]:
    """The row as it were without its ``quarantine`` key, so that no hash and no template sees it."""
    value = row.get("quarantine")
    if "assert" not in row and (value is None or not isinstance(value, Mapping) or "until" not in value):
        return row, None  # a field of the dataset that happens to have this name
    rest = {key: each for key, each in row.items() if key != "quarantine"}
    try:
        return rest, None if value is None else parse_quarantine(value, "quarantine")
    except TaskError as error:
        error.where = where
        raise


def _quarantined(task: Task, samples: tuple[Sample, ...]) -> tuple[Sample, ...]:
    """The Samples with what the task's ``quarantine:`` says of them."""
    listed = {entry.sample: entry.quarantine for entry in task.quarantine}
    known = {sample.id: sample for sample in samples}
    for sample_id in listed:
        if sample_id not in known:
            raise _refused(task, sample_id, "is not in the dataset", did_you_mean(sample_id, known))
        if known[sample_id].quarantine is not None:
            raise _refused(task, sample_id, "is also quarantined by its own row", "keep one of both")
    for sample in samples:
        if not sample.assertions and (sample.id in listed or sample.quarantine is not None):
            what = "has no assertions, so that it cannot fail by itself"
            raise _refused(task, sample.id, what, "remove the entry, or give the sample an assert: list")
    if not listed:
        return samples
    return tuple(
        replace(sample, quarantine=listed[sample.id]) if sample.id in listed else sample for sample in samples
    )


def _refused(task: Task, sample_id: str, what: str, hint: str | None) -> TaskError:
    return TaskError(
        f"quarantine: sample {sample_id!r} {what}", key="quarantine", where=where(task), hint=hint
    )
