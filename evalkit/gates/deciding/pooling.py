"""Several runs of one subject as one side of a comparison, each an answer more to every sample.

What a run happened to answer is noise, and a baseline's noise meets every candidate: the one that was lucky
raises alarms until it is replaced. Pooled runs are repeats of their samples. Their mean varies less, and
tests that know of repeats (sign flips of samples' means, the exchange of answers, a bootstrap over samples)
take in what they vary among themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from itertools import groupby

from evalkit.core.columns import column_of
from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.core.text import plural
from evalkit.metrics.metric import Metric
from evalkit.metrics.repeats.engine.repeats import RepeatMetric

#: A member of the pool and a row of it.
_Row = tuple[int, int]


@frozen
class BaselineEvaluation:
    """The baseline's side of one comparison.

    Attributes:
        others: by run, the latest first, what the same Subject answered to the same data in the other runs
            of a pooled baseline.
    """

    evaluation: Evaluation
    observations: Observations
    others: Mapping[str, Observations] = field(default_factory=dict)

    @classmethod
    def read(
        cls, found: Evaluation, pool: Iterable[Evaluation], answers: Callable[[str], Observations]
    ) -> BaselineEvaluation:
        """``found`` with those of the ``pool`` that asked the same.

        Args:
            pool: evaluations of the other runs, the latest run first.
            answers: what was answered, by evaluation id.
        """
        alike = (each for each in pool if each.question == found.question)
        others = {each.run_id: answers(each.evaluation_id) for each in alike}
        return cls(found, answers(found.evaluation_id), others)

    @property
    def sentence(self) -> str:
        """What a verdict says of it."""
        return f"The baseline is {plural(1 + len(self.others), 'run')}, pooled." if self.others else ""

    @cached_property
    def _pooled(self) -> Observations:
        return pooled([self.observations, *self.others.values()])

    def seen_by(self, metric: Metric) -> BaselineEvaluation:
        """What a gate on ``metric`` compares with: all runs where more answers are a better value, else the
        latest alone."""
        if not self.others or not can_be_pooled(metric):
            return replace(self, others={})
        # Each run is whole; how often a sample was answered in all is no longer a number of repeats.
        return replace(self, evaluation=replace(self.evaluation, n_repeats=None), observations=self._pooled)


def can_be_pooled(metric: Metric) -> bool:
    """Whether more answers are a better value and not another one: a total grows with them, what counts the
    answers to a sample (pass@k, a majority) asks something else of more, and reviews are of single ones."""
    if metric.reads_reviews is not None:
        return False
    return metric.kind != "total" and not isinstance(metric, RepeatMetric)


def pooled(members: Sequence[Observations]) -> Observations:
    """The answers of all members to the first one's samples, repeats numbered anew, in the first one's order.

    Copies from the response cache are not further answers: of a sample with none but copies one is kept.
    """
    first = members[0]
    rows = list(_rows(members))
    repeats = [k for _, its in groupby(rows, key=lambda row: _id_of(members, row)) for k, _ in enumerate(its)]
    scorers = [name for name in first.scores if all(name in each.scores for each in members)]
    return replace(
        first,
        sample_ids=[_id_of(members, row) for row in rows],
        targets=[members[m].targets[i] for m, i in rows],
        responses=[
            replace(members[m].responses[i], repeat=repeat)
            for (m, i), repeat in zip(rows, repeats, strict=True)
        ],
        scores={name: [members[m].scores[name][i] for m, i in rows] for name in scorers},
        groups=_optional([each.groups for each in members], rows),
        sample_hashes=_optional([each.sample_hashes for each in members], rows),
    )


def _rows(members: Sequence[Observations]) -> Iterator[_Row]:
    rows_of: dict[str, list[_Row]] = {sample_id: [] for sample_id in members[0].sample_ids}
    is_copy = [column_of(each.responses, "is_cached") for each in members]
    for m, member in enumerate(members):
        for i, sample_id in enumerate(member.sample_ids):
            if sample_id in rows_of:
                rows_of[sample_id].append((m, i))
    for rows in rows_of.values():
        yield from [(m, i) for m, i in rows if not is_copy[m][i]] or rows[:1]


def _id_of(members: Sequence[Observations], row: _Row) -> str:
    return members[row[0]].sample_ids[row[1]]


def _optional(
    columns: Sequence[Sequence[str | None] | None], rows: Sequence[_Row]
) -> Sequence[str | None] | None:
    """A column that members may lack."""
    if all(column is None for column in columns):
        return None
    return [None if (column := columns[m]) is None else column[i] for m, i in rows]
