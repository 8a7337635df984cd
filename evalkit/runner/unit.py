"""One Task with one Subject while it is being evaluated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.core.prompt import Prompt
from evalkit.core.response import Response
from evalkit.core.run import SubjectRecord
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.subject import Subject
from evalkit.models.model import Model
from evalkit.runner.prepared_task import PreparedTask
from evalkit.runner.prompt_context import generation_of, has_namespaces, prompt_context, renderer_of
from evalkit.scorers.scorer import Scorer


@frozen(slots=True)
class FurtherAnswer:
    """An answer that was asked for after the first pass.

    Attributes:
        is_recheck: asked because an earlier answer failed: scored by itself, left out of ``observations``.
    """

    sample_index: int
    response: Response
    scores: tuple[Score, ...]
    is_recheck: bool = False

    @property
    def is_error(self) -> bool:
        """Whether it failed, or a scorer could not score it."""
        return _is_error(self.response, self.scores)


@dataclass
class Unit:
    """Task x Subject: what to ask, and what came back so far.

    Responses stand at ``position = sample index * n_repeats + repeat``, so whatever order they arrive in they
    are read in the order of the dataset. Written by the runner's loop alone; others read it once it is done.

    Attributes:
        samples: the Samples to ask; fewer than ``prepared.samples`` when only some items were selected.
        generate: the generation parameters: the task's, and below them those of the prompt's file.
        n_errors: responses that failed, or that a scorer could not score; rechecks left out.
        order: indexes of ``samples`` in the order in which they are asked; None asks them as they stand.
        partners: units of the same task that are compared with this one, so that none may run ahead.
        n_issued: jobs that were begun.
        is_stopped: nothing further is to be asked; what is in flight still comes.
        n_left_out: jobs that were not begun, as the budget of the session was spent.
        is_closed: the sink was told that the unit is done.
        further: answers that were asked for after the unit was done, in the order in which they came.
    """

    evaluation_id: str
    prepared: PreparedTask
    subject: Subject
    record: SubjectRecord
    model: Model
    prompt: Prompt
    samples: Sequence[Sample]
    scorers: Sequence[Scorer]
    n_repeats: int = 1
    n_done: int = 0
    n_errors: int = 0
    responses: list[Response | None] = field(default_factory=list)
    scores: list[tuple[Score, ...]] = field(default_factory=list)
    order: Sequence[int] | None = None
    partners: list[Unit] = field(default_factory=list, repr=False, compare=False)
    n_issued: int = 0
    is_stopped: bool = False
    n_left_out: int = 0
    is_closed: bool = False
    further: list[FurtherAnswer] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        self.renderer = renderer_of(self.prepared.task, self.prompt, self.prepared.media)
        self.has_namespaces = has_namespaces(self.prepared.task, self.prompt)
        self.generate = generation_of(self.prepared.task, self.prompt)
        self.responses = [None] * self.n_total
        self.scores = [()] * self.n_total

    @property
    def n_total(self) -> int:
        """Responses to get: samples times repeats."""
        return len(self.samples) * self.n_repeats

    @property
    def is_done(self) -> bool:
        return self.n_done == (self.n_issued if self.is_stopped else self.n_total - self.n_left_out)

    @property
    def is_cut(self) -> bool:
        """Whether the unit was stopped before everything was asked."""
        return self.is_stopped and self.n_issued < self.n_total

    @property
    def is_out_of_budget(self) -> bool:
        """Whether the asking ended as the budget of the session was spent, and not as all was decided."""
        return self.n_left_out > 0 and not self.is_stopped

    @property
    def n_samples_asked(self) -> int:
        """Samples that were asked with all repeats."""
        if self.is_out_of_budget:
            return sum(None not in self.answers(index) for index in range(len(self.samples)))
        return self.n_issued // self.n_repeats if self.is_cut else len(self.samples)

    @property
    def is_partial(self) -> bool:
        if self.prepared.is_partial or len(self.samples) < len(self.prepared.samples):
            return True
        return self.is_cut or self.n_left_out > 0

    def leave_out(self) -> None:
        """A job that was begun is not made: the budget of the session is spent."""
        self.n_issued -= 1
        self.n_left_out += not self.is_stopped

    def position_at(self, turn: int) -> int:
        """The position of the job that is the ``turn``-th to be asked; repeats follow one another."""
        if self.order is None:
            return turn
        return self.order[turn // self.n_repeats] * self.n_repeats + turn % self.n_repeats

    def sample_at(self, position: int) -> Sample:
        """The Sample that the Response at ``position`` answers."""
        return self.samples[position // self.n_repeats]

    def record_answer(self, position: int, response: Response, scores: tuple[Score, ...]) -> bool:
        """Keep what came back; True when it was the Sample's last repeat to come."""
        self.responses[position] = response
        self.scores[position] = scores
        self.n_done += 1
        self.n_errors += _is_error(response, scores)
        if self.n_repeats == 1:
            return True
        return all(answer is not None for answer in self.answers(position // self.n_repeats))

    def record_further(self, answer: FurtherAnswer) -> None:
        """Keep what came after the unit was done."""
        self.further.append(answer)
        self.n_errors += answer.is_error and not answer.is_recheck

    def next_repeats(self) -> list[int]:
        """The number of the next answer to each Sample."""
        counts = Counter(answer.sample_index for answer in self.further)
        return [self.n_repeats + counts[index] for index in range(len(self.samples))]

    def answers(self, sample_index: int) -> list[Response | None]:
        """The Responses to one Sample, repeat by repeat; None where it has not come."""
        start = sample_index * self.n_repeats
        return self.responses[start : start + self.n_repeats]

    def observations(self, sample_index: int | None = None) -> Observations:
        """What is there, as columns in dataset order, without rechecks and what was never answered.

        Args:
            sample_index: the one Sample to look at; None for all.
        """
        first = 0 if sample_index is None else sample_index * self.n_repeats
        stop = self.n_total if sample_index is None else first + self.n_repeats
        rows = [
            (position // self.n_repeats, response, self.scores[position])
            for position, response in enumerate(self.responses[first:stop], first)
            if response is not None
        ]
        if self.further:
            rows += self._later_rows(sample_index)
            rows.sort(key=lambda row: (row[0], row[1].repeat))
        samples = [self.samples[index] for index, _, _ in rows]
        return Observations(
            [sample.id for sample in samples],
            [sample.target for sample in samples],
            [response for _, response, _ in rows],
            {
                scorer.name: [scores[column] for _, _, scores in rows]
                for column, scorer in enumerate(self.scorers)
            },
            self.labels,
            {scorer.name: scorer.signature for scorer in self.scorers},
            [sample.group for sample in samples] if self.prepared.task.group is not None else None,
            [sample.content_hash for sample in samples],
            self.prepared.slices,
        )

    def _later_rows(self, sample_index: int | None) -> Iterator[tuple[int, Response, tuple[Score, ...]]]:
        for answer in self.further:
            if not answer.is_recheck and sample_index in (None, answer.sample_index):
                yield answer.sample_index, answer.response, answer.scores

    @property
    def labels(self) -> tuple[str, ...] | None:
        """The task's choices where all Samples share them."""
        choices = self.prepared.task.choices
        return choices if isinstance(choices, tuple) else None

    def context(self, sample: Sample) -> dict[str, Any]:
        """What the prompt's template sees of a Sample: its fields and its input, never the target."""
        return prompt_context(sample, has_namespaces=self.has_namespaces)


def _is_error(response: Response, scores: Sequence[Score]) -> bool:
    return response.error is not None or any(score.error is not None for score in scores)
