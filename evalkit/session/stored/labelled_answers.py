"""Responses that people labelled, as a task whose scorer judges them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evalkit.calibrating.labelled import Labelled, Labels
from evalkit.calibrating.standard import Standard
from evalkit.core.content import changed_fields
from evalkit.core.observations import Observations
from evalkit.core.request import GenerateParams
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.task import DatasetSpec, ScorerSpec, Task
from evalkit.errors import UsageError
from evalkit.models.model import ModelSettings
from evalkit.scorers.judge.engine.row_text import is_template
from evalkit.session.options import Options
from evalkit.session.stored.stored_answers import StoredAnswers
from evalkit.session.subjects import open_subjects
from evalkit.session.task_book import TaskBook

#: Fields of a row that tell a session what to do with it, not what it holds.
_OF_SESSIONS = frozenset({"assert", "quarantine"})
#: The field that names a response among all that are judged.
_ID = "_labelled_id"
#: Fields that labels may bring for a sample that the task does not have.
_ROW = ("input", "target")


class LabelledTask:
    """A task as its judge sees it.

    Args:
        options: those that datasets are loaded by.
        root: folder of the project.
        cwd: folder that relative paths start at.
    """

    def __init__(
        self, task: Task, spec: ScorerSpec, standard: Standard, options: Options, root: Path, cwd: Path
    ) -> None:
        self._spec = spec
        self._standard = standard
        book = TaskBook(options, root, cwd, open_subjects((), (), root, ModelSettings(base_dir=cwd)))
        self._task = book.whole(task)
        self.samples: Mapping[str, Sample] = {each.id: each for each in book.prepared(self._task).available}

    def of_today(self, labels: Labels) -> Labels:
        """The labels without those of Samples that were edited or dropped since they were reviewed: the judge
        would read another question than people did. A file's labels do not say what it was."""
        kept = [each for each in labels.responses if each.content is None or self._is_same(each)]
        return replace(labels, responses=kept).together()

    def _is_same(self, response: Labelled) -> bool:
        sample = self.samples.get(response.sample_id)
        return sample is not None and not changed_fields(response.content, sample.content_hash)

    def with_groups(self, labels: Labels) -> Labels:
        """The labels with the groups of their Samples, which are drawn as one."""
        groups = {name: each.group for name, each in self.samples.items()}
        responses = [replace(each, group=groups.get(each.sample_id)) for each in labels.responses]
        return replace(labels, responses=responses)

    def of(self, responses: Sequence[Labelled]) -> tuple[Task, StoredAnswers]:
        """A task with one row for each response, and the model that gives it. Raises UsageError on a label of
        a sample that nobody knows."""
        names = [f"{place}" for place in range(len(responses))]
        rows = tuple({**self._row(each), _ID: name} for name, each in zip(names, responses, strict=True))
        answers = [Response(each.output, name, 0) for name, each in zip(names, responses, strict=True)]
        judged = replace(
            self._task,
            dataset=DatasetSpec(rows=rows),
            id=f"{{{{ {_ID} }}}}",
            group=None,
            scorers=(self._spec,),
            metrics=(),
            gates=(),
            quarantine=(),
            fewshot=None,
            description=None,
            scoring="generate",
            choices=None,
            continuation=None,
            tools=(),
            tool_choice=None,
            response_format=None,
            reasoning=None,
            generate=GenerateParams(),
            judge=None,
            max_truncated_rate=1.0,
            max_error_rate=1.0,
        )
        return judged, StoredAnswers(Observations(names, [None] * len(names), answers))

    def _row(self, response: Labelled) -> dict[str, Any]:
        sample = self.samples.get(response.sample_id)
        if sample is None and response.row is None:
            raise UsageError(
                f"sample {response.sample_id!r} is not in task {self._task.task}",
                where=response.where or None,
                hint="label samples of the task, or give the row its own input",
            )
        row = {key: value for key, value in (sample.row if sample else {}).items() if key not in _OF_SESSIONS}
        row |= {key: value for key, value in (response.row or {}).items() if key in _ROW}
        return row | self._opponent(response, row)

    def _opponent(self, response: Labelled, row: Mapping[str, Any]) -> dict[str, Any]:
        """The other side of a pair, in the field that the judge reads it from."""
        field = self._standard.against
        if self._standard.main.kind != "pairwise" or response.opponent is None:
            return {}
        if not is_template(field):
            return {field: response.opponent}
        raise UsageError(
            f"the labels bring opponents, and the judge compares with the template {field!r}",
            where=response.where or None,
            hint="name one field in the scorer's 'against'",
        )
