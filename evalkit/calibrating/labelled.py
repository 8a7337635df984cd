"""Responses that people labelled, and what a judge said of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.judgement import Judgement


@frozen
class Labelled:
    """One response with everything that people said of it.

    Attributes:
        sample_id: of the Sample that it answers.
        labels: reviewer to value on the judge's scale.
        criteria: of a list of criteria: name to reviewer to value.
        model: who wrote it; None where unknown.
        opponent: the text it was held against; None where it was judged by itself.
        opponent_model: who wrote that.
        weight: what it counts: one over the probability with which it was picked for review.
        row: fields of the Sample, where the labels bring them.
        where: file and line, for messages.
        group: what the Sample has in common with others, where its task says so.
        content: what the Sample held when it was answered (``Sample.content_hash``); None where unknown.
    """

    sample_id: str
    output: str
    labels: Mapping[str, float]
    criteria: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    model: str | None = None
    opponent: str | None = None
    opponent_model: str | None = None
    weight: float = 1.0
    row: Mapping[str, Any] | None = None
    where: str = ""
    group: str | None = None
    content: str | None = None

    @property
    def cluster(self) -> str:
        """What is drawn as one: the group of the Sample, or the Sample."""
        return self.group if self.group is not None else self.sample_id

    @property
    def key(self) -> tuple[str, str, str | None]:
        """What was labelled: the same texts of the same Sample are one."""
        return self.sample_id, self.output, self.opponent

    def with_labels_of(self, other: Labelled) -> Labelled:
        """The same response with what people said of it elsewhere too."""
        names = dict.fromkeys((*self.criteria, *other.criteria))
        criteria = {name: {**self.criteria.get(name, {}), **other.criteria.get(name, {})} for name in names}
        return replace(
            self,
            labels={**self.labels, **other.labels},
            criteria=criteria,
            model=self.model or other.model,
            opponent_model=self.opponent_model or other.opponent_model,
            row=self.row or other.row,
        )


@frozen
class Labels:
    """What was read.

    Attributes:
        source: name of the file, or ``reviews``.
        n_skipped: labels that say that somebody passed over a response.
    """

    responses: Sequence[Labelled]
    source: str
    n_skipped: int = 0

    @property
    def reviewers(self) -> list[str]:
        """Who labelled, by name."""
        return sorted({each for response in self.responses for each in _names(response)})

    def together(self) -> Labels:
        """The same with one response for the same texts of the same Sample, whatever that held."""
        found: dict[tuple[str, str, str | None], Labelled] = {}
        for each in self.responses:
            first = found.get(each.key)
            found[each.key] = each if first is None else first.with_labels_of(each)
        return replace(self, responses=list(found.values()))


@frozen
class Opinion:
    """What a judge says of one response.

    Attributes:
        value: on the scale of its Score; None where it said nothing.
        values: of a list of criteria, each by its name.
        error: why there is no value.
    """

    value: float | None
    judgements: Sequence[Judgement] = ()
    values: Mapping[str, float] | None = None
    error: str | None = None


def _names(response: Labelled) -> set[str]:
    return {*response.labels, *(name for each in response.criteria.values() for name in each)}
